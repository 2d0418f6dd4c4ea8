/**
 * @file unstructured_jobs.h
 *
 * What is this Unstructured job doing, and how did it end? A small blocking client.
 *
 * **The C API in 30 seconds:**
 *
 * ```c
 * uns_client *client = NULL;
 * uns_job_details *details = NULL;
 * uns_error *error = NULL;
 * if (uns_client_new(NULL, &client, &error) == UNS_OK
 *     && uns_client_job_details(client, "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e", &details, &error) == UNS_OK)
 *     printf("%s is %s\n", details->id, details->processing_status_text);
 * else
 *     fprintf(stderr, "%s\n", error->message);
 * uns_error_free(error);
 * uns_job_details_free(details);
 * uns_client_free(client);
 * ```
 *
 * - uns_config: the settings. API key, service, timeouts, retries, proxy, certificates. In its place NULL means those
 *   of the environment.
 * - uns_client: made of settings, and used by any number of threads.
 * - uns_client_job_details: asks once where a job stands, and what each node of its workflow has done.
 * - uns_client_wait, uns_client_wait_all: poll until one job has ended, or many (uns_job_outcomes). uns_wait_options
 *   say how often and how long, and an observer sees each poll (uns_event).
 * - uns_client_failed_files: which documents failed, and why. uns_client_file_statuses: where each document is.
 * - uns_cancel_token, uns_client_shutdown: end calls before their time, from any thread.
 * - uns_result, uns_error: how a call ended, as a code; why it failed, in a sentence.
 * - uns_set_log_callback: shows what the library is doing.
 *
 * **Rules**, which hold for every function and are not said again at each:
 *
 * - Strings are UTF-8 and NUL-terminated, those handed in as well as those handed out. A NUL inside a JSON string
 *   becomes U+FFFD.
 * - What a function hands out is yours: free it once, with the function named for it. Freeing NULL does nothing;
 *   freeing a thing twice, or using it afterwards, is as undefined as with free(). What lies inside it (strings, nodes)
 *   is part of it: it lives as long, and is never freed alone.
 * - What is handed in is only read during the call: strings may be freed as soon as it returns.
 * - A pointer may be NULL only where the function says so; elsewhere NULL is UNS_ERROR_INVALID_ARGUMENT, and nothing is
 *   sent. Pointers that are not NULL must be what they claim to be: that cannot be checked.
 * - Outputs are all or nothing: an out parameter is set to NULL first, and to what is handed out only with UNS_OK.
 *   `error` may always be NULL; otherwise it is set to NULL first, and to an error with every code but UNS_OK.
 * - A client, a cancel token, and everything a call has handed out may be used from many threads at once. Settings and
 *   wait options may be read from many, but changed only while nobody else uses them. Unless its function says
 *   otherwise, free a thing only when no call that was given it is still running; to end such calls, see
 *   uns_client_shutdown and uns_client_with_cancel_token.
 * - No function panics or unwinds into the caller. A defect of the library is UNS_ERROR_INTERNAL; the panic that it was
 *   is also written to standard error. Only when memory runs out does the process end, by abort().
 * - The library keeps no global state but the log callback, installs no signal handler, and raises no SIGPIPE. It may
 *   be used from any thread, in any order, and on a small stack: 64 KiB do for a TLS call of a release build.
 * - Durations are milliseconds.
 *
 * **What stays as it is.** Before 1.0 the ABI's major version is 0, and is part of the shared library's soname. Within
 * one, functions, enumerators, and fields at the end of a struct that the library hands out may be added, and nothing
 * else changes. So keep such structs behind the pointer that was handed out: do not copy them, or depend on their size.
 * The structs that stand in arrays (uns_node_stats, uns_failed_file, uns_file_status, uns_job_outcome) and uns_node_totals
 * do not grow.
 */

/* Generated from src/ffi by cbindgen: not to be edited by hand. */

#ifndef UNSTRUCTURED_JOBS_H
#define UNSTRUCTURED_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Stands before every function. On Windows, define UNS_DLL before including this header if you link the DLL. */
#ifndef UNS_API
#if defined(_WIN32) && defined(UNS_DLL)
#define UNS_API __declspec(dllimport)
#elif defined(__GNUC__)
#define UNS_API __attribute__((visibility("default")))
#else
#define UNS_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup version Version: which one this is, when compiling and when running
 * @{
 */

/** The version of this header, for the preprocessor. */
#define UNS_VERSION_MAJOR 0

/** See UNS_VERSION_MAJOR. */
#define UNS_VERSION_MINOR 1

/** See UNS_VERSION_MAJOR. */
#define UNS_VERSION_PATCH 0

/** The same as one number: 10203 is 1.2.3. It is uns_version_number() unless another library was loaded. */
#define UNS_VERSION (((10000 * UNS_VERSION_MAJOR) + (100 * UNS_VERSION_MINOR)) + UNS_VERSION_PATCH)

/**
 * The version of the library that is running: "1.2.3".
 *
 * @return never NULL. It is not freed, and lives as long as the library is loaded.
 */
UNS_API const char *uns_version(void);

/** The version of the library that is running, as a number to compare with UNS_VERSION: 10203 is 1.2.3. */
UNS_API uint32_t uns_version_number(void);

/** @} */

/**
 * @defgroup result Codes: how a call ended
 * @{
 */

/**
 * How a call ended: a code. Zero is success. A code keeps its number, and new ones are added at the end, so a program
 * also handles numbers that are not listed here.
 */
enum uns_result
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L || defined(__swift__)
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L || defined(__swift__)
 {
    /** It succeeded. */
    UNS_OK = 0,
    /** A setting or an argument is not acceptable; nothing was sent. */
    UNS_ERROR_INVALID_ARGUMENT = 1,
    /** HTTP 401: the service does not accept the API key. */
    UNS_ERROR_UNAUTHORIZED = 2,
    /** HTTP 403: the key may not see this job. */
    UNS_ERROR_FORBIDDEN = 3,
    /** HTTP 404: no such job. */
    UNS_ERROR_NOT_FOUND = 4,
    /** HTTP 422: the service could not make sense of the request. */
    UNS_ERROR_UNPROCESSABLE = 5,
    /** HTTP 429: too many requests. */
    UNS_ERROR_RATE_LIMITED = 6,
    /** Any other HTTP status than 200, redirects among them (they are never followed), or a proxy's refusal. */
    UNS_ERROR_HTTP_STATUS = 7,
    /** The host's name could not be resolved. */
    UNS_ERROR_DNS = 8,
    /** No connection could be made. */
    UNS_ERROR_CONNECT = 9,
    /** No TLS session could be agreed, or the server's certificate was not accepted. */
    UNS_ERROR_TLS = 10,
    /** The time allowed has passed. */
    UNS_ERROR_TIMEOUT = 11,
    /** The connection broke, or the system lacked something it needs (file descriptors, memory). */
    UNS_ERROR_IO = 12,
    /** The response was not HTTP, or larger than a limit. */
    UNS_ERROR_PROTOCOL = 13,
    /** The response was not the JSON expected. */
    UNS_ERROR_DECODE = 14,
    /** The call was ended from outside: by uns_client_shutdown, a cancel token, or an observer. */
    UNS_ERROR_CANCELLED = 15,
    /** A defect in this library. */
    UNS_ERROR_INTERNAL = 16,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L || defined(__swift__)
typedef enum uns_result uns_result;
#else
typedef int32_t uns_result;
#endif // __STDC_VERSION__ >= 202311L || defined(__swift__)
#endif // __cplusplus

/**
 * The name of a code, as it is spelt here: "UNS_ERROR_TIMEOUT".
 *
 * @param result any number
 * @return the name; "UNKNOWN" for a number that is no code of this version. Never NULL. It is not freed, and lives as
 *     long as the library is loaded.
 */
UNS_API const char *uns_result_name(int32_t result);

/** @} */

/**
 * @defgroup error Errors: why a call failed
 * @{
 */

/** Why a call failed. Freed by uns_error_free, unless it is inside uns_job_outcomes or a uns_event. */
typedef struct uns_error {
    /** The code that the call returned. */
    uns_result result;
    /** The HTTP status of the response; 0 if there was none. */
    uint16_t http_status;
    /** Whether asking again later may well succeed. */
    bool retryable;
    /** How long the service asked to be left alone (Retry-After), in milliseconds; 0 if it did not. */
    uint64_t retry_after_ms;
    /** How many requests were tried, the failed one included; 0 if none was. */
    uint32_t attempts;
    /** What happened and to which URL, in one sentence, without the API key. Never NULL. */
    const char *message;
} uns_error;

/**
 * Frees an error.
 *
 * @param error may be NULL
 */
UNS_API void uns_error_free(uns_error *error);

/** @} */

/**
 * @defgroup logging Log: what the library is doing, line by line
 * @{
 */

/**
 * Is given one line of the log, on the thread that logs it: in several threads at once, if several use the library.
 *
 * It must not leave by longjmp or by an exception: that ends the process. It may call functions of this library; what
 * they log meanwhile is dropped.
 *
 * @param level 1 error, 2 warning, 3 information, 4 debug, 5 trace
 * @param message the line, without a line break at its end and without the API key; only until the callback returns
 * @param user_data what was given to uns_set_log_callback
 */
typedef void (*uns_log_callback)(int32_t level, const char *message, void *user_data);

/**
 * Sets who is given the library's log lines, for the whole process: each attempt, each pause and its reason, each
 * connection. At first nobody is. This is the library's only global state, so it is for the program to set, not for
 * another library in it.
 *
 * May be called at any time from any thread. When it returns, no call of the callback set before is under way any more,
 * and none will begin: its user_data may be freed. So hold no lock meanwhile that the callback takes. (Called by that
 * callback itself, it does not wait for that call.)
 * In a Rust program that has given the `log` crate a logger before, that one keeps the lines, and this does nothing.
 *
 * @param max_level the least important level that is wanted, 1 to 5; 0: none
 * @param callback NULL: none
 * @param user_data handed to the callback, and not looked at; may be NULL
 */
UNS_API void uns_set_log_callback(int32_t max_level, uns_log_callback callback, void *user_data);

/** @} */

/**
 * @defgroup config Settings: what a client is made of
 * @{
 */

/**
 * Settings for a client. The setters only store: uns_client_new checks them all and says what is wrong. They return
 * UNS_OK, or UNS_ERROR_INVALID_ARGUMENT for NULL and for text that is not UTF-8, and then change nothing.
 * Freed by uns_config_free.
 */
typedef struct uns_config uns_config;

/**
 * The default settings, and no API key. Of the environment only the proxy variables are read, by uns_client_new.
 *
 * @return settings, to be freed by uns_config_free
 */
UNS_API uns_config *uns_config_new(void);

/**
 * The default settings, with the API key from UNSTRUCTURED_API_KEY and the base URL from UNSTRUCTURED_API_URL, as these
 * variables are now. An empty UNSTRUCTURED_API_URL counts as unset. What is set afterwards wins.
 *
 * @return settings, to be freed by uns_config_free; not NULL even if a variable is unset or unusable, which
 *     uns_client_new reports
 */
UNS_API uns_config *uns_config_new_from_env(void);

/**
 * Frees settings, and wipes the API key that they hold. Clients made from them do not need them any more.
 *
 * @param config may be NULL
 */
UNS_API void uns_config_free(uns_config *config);

/**
 * Sets the API key. Required.
 *
 * @param config the settings
 * @param api_key white space around it is trimmed; inside, only visible ASCII is acceptable
 */
UNS_API uns_result uns_config_set_api_key(uns_config *config, const char *api_key);

/**
 * Sets the service's base URL. Default: https://platform.unstructuredapp.io
 *
 * @param config the settings
 * @param base_url https, or http for loopback hosts only (see uns_config_set_allow_plain_http). A path prefix is kept;
 *     a trailing "/" or "/api/v1" is dropped.
 */
UNS_API uns_result uns_config_set_base_url(uns_config *config, const char *base_url);

/**
 * Sets how long one call may take as a whole: name look-up, connecting, TLS, every retry and every pause.
 *
 * @param config the settings
 * @param timeout_ms default 30000. Zero is unacceptable; more than ten years means ten years.
 */
UNS_API uns_result uns_config_set_timeout_ms(uns_config *config, uint64_t timeout_ms);

/**
 * Sets how long name look-up, TCP and TLS of one attempt may take together.
 *
 * @param config the settings
 * @param timeout_ms default 10000. Zero is unacceptable.
 */
UNS_API uns_result uns_config_set_connect_timeout_ms(uns_config *config, uint64_t timeout_ms);

/**
 * Sets how many times a request is tried again after a connection failure, a broken response, HTTP 408, 425, 429 or
 * any 5xx but 501 and 505, as far as the timeout allows.
 *
 * @param config the settings
 * @param max_retries default 3; 0 turns retries off
 */
UNS_API uns_result uns_config_set_max_retries(uns_config *config, uint32_t max_retries);

/**
 * Sets the proxy. Default: what the environment says (https_proxy, http_proxy, all_proxy, no_proxy), by curl's rules.
 *
 * @param config the settings
 * @param proxy "http://[user[:password]@]host[:port]", the same with https, or "none"
 */
UNS_API uns_result uns_config_set_proxy(uns_config *config, const char *proxy);

/**
 * Trusts the certificates in a PEM file instead of the built-in ones (Mozilla's).
 *
 * @param config the settings
 * @param path read by uns_client_new, not here
 */
UNS_API uns_result uns_config_set_ca_file(uns_config *config, const char *path);

/**
 * Trusts PEM certificates instead of the built-in ones (Mozilla's).
 *
 * @param config the settings
 * @param pem the certificates; copied
 * @param pem_len how many bytes
 */
UNS_API uns_result uns_config_set_ca_pem(uns_config *config, const uint8_t *pem, size_t pem_len);

/**
 * Trusts the certificates in a PEM file as well as those trusted already.
 *
 * @param config the settings
 * @param path read by uns_client_new, not here
 */
UNS_API uns_result uns_config_add_ca_file(uns_config *config, const char *path);

/**
 * Trusts PEM certificates as well as those trusted already.
 *
 * @param config the settings
 * @param pem the certificates; copied
 * @param pem_len how many bytes
 */
UNS_API uns_result uns_config_add_ca_pem(uns_config *config, const uint8_t *pem, size_t pem_len);

/**
 * Sets the User-Agent header. Default: "unstructured-jobs/" and the version.
 *
 * @param config the settings
 * @param user_agent 1 to 512 visible ASCII characters, with blanks only between them
 */
UNS_API uns_result uns_config_set_user_agent(uns_config *config, const char *user_agent);

/**
 * Allows http to hosts other than this one: the API key then crosses the network unencrypted.
 *
 * @param config the settings
 * @param allow default false
 */
UNS_API uns_result uns_config_set_allow_plain_http(uns_config *config, bool allow);

/**
 * Sets the largest response that is accepted.
 *
 * @param config the settings
 * @param bytes of body; default 16777216 (16 MiB). Zero is unacceptable.
 */
UNS_API uns_result uns_config_set_max_response_bytes(uns_config *config, uint64_t bytes);

/** @} */

/**
 * @defgroup cancel_token Cancel tokens: what ends a call before its time
 * @{
 */

/**
 * Ends the calls that were given it, at once and from any thread: asleep, or blocked in the network. It is given to
 * waits by uns_wait_options_set_cancel_token, and to calls of every kind by uns_client_with_cancel_token; as long as it
 * is not cancelled, to any number of them. It holds two file descriptors from the first of them on, and belongs to the
 * process that made it: a child of fork makes its own. Freed by uns_cancel_token_free.
 */
typedef struct uns_cancel_token uns_cancel_token;

/**
 * A token that is not cancelled.
 *
 * @return a token, to be freed by uns_cancel_token_free
 */
UNS_API uns_cancel_token *uns_cancel_token_new(void);

/**
 * Ends every call that was given this token, now and later: they return UNS_ERROR_CANCELLED. Cannot be undone.
 *
 * Takes no lock and allocates nothing: it may be called from a signal handler.
 *
 * @param token NULL does nothing
 */
UNS_API void uns_cancel_token_cancel(const uns_cancel_token *token);

/**
 * Frees a token. Calls that were given it go on.
 *
 * @param token may be NULL
 */
UNS_API void uns_cancel_token_free(uns_cancel_token *token);

/** @} */

/**
 * @defgroup client Client: made once, used for all calls, shut down
 * @{
 */

/**
 * Asks the service about jobs. Keeps its connections alive between calls, and may be used from many threads at once.
 * Freed by uns_client_free.
 */
typedef struct uns_client uns_client;

/**
 * Makes a client, after checking every setting. Sends nothing.
 *
 * @param config the settings, read here and not needed afterwards. NULL: those of uns_config_new_from_env.
 * @param client out: the client, to be freed by uns_client_free
 * @param error out, may be NULL: which setting is wrong and how, to be freed by uns_error_free
 * @return UNS_OK; UNS_ERROR_INVALID_ARGUMENT; UNS_ERROR_IO if the system has no file descriptor left
 */
UNS_API uns_result uns_client_new(const uns_config *config, uns_client **client, uns_error **error);

/**
 * Makes a handle for the same client, every call through which `token` ends too: at once, from any thread, asleep or
 * blocked in the network, with UNS_ERROR_CANCELLED. Once the token is cancelled, calls made later send nothing. Calls
 * through other handles are not disturbed.
 *
 * Sends nothing, and costs little: the handles share connections, settings and uns_client_shutdown. Each is freed on
 * its own; the client lives as long as any of them. To be able to cancel call after call, make a token and a handle
 * once, use them until the token has been cancelled, and only then make new ones.
 *
 * @param client the client. If it has a token itself, that ends the calls too.
 * @param token may be freed before the handle is, and while calls use it
 * @param with_token out: the handle, to be freed by uns_client_free
 * @param error out, may be NULL: to be freed by uns_error_free
 * @return UNS_OK, or UNS_ERROR_INVALID_ARGUMENT for NULL
 */
UNS_API uns_result uns_client_with_cancel_token(const uns_client *client, const uns_cancel_token *token,
                                                uns_client **with_token, uns_error **error);

/**
 * Ends every call on this client, in any thread, at once: asleep, or blocked in the network. They and all later calls
 * return UNS_ERROR_CANCELLED, through every handle of it (uns_client_with_cancel_token). Cannot be undone.
 *
 * Takes no lock and allocates nothing: it may be called from a signal handler. The client still has to be freed, once
 * the calls have returned.
 *
 * @param client NULL does nothing
 */
UNS_API void uns_client_shutdown(const uns_client *client);

/**
 * Frees a client, and closes its connections; with handles made of it (uns_client_with_cancel_token), when the last of
 * them is freed.
 *
 * No call through it may be under way: first uns_client_shutdown, then join the threads that use it, then this.
 *
 * @param client may be NULL
 */
UNS_API void uns_client_free(uns_client *client);

/** @} */

/**
 * @defgroup job_details Job details: where a job stands, and what each node of its workflow has done
 * @{
 */

/** Where a job stands. The values keep their numbers, and new ones are added at the end. */
enum uns_processing_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L || defined(__swift__)
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L || defined(__swift__)
 {
    /** A status that this version does not know: no error, and not an end. */
    UNS_PROCESSING_STATUS_UNKNOWN = 0,
    /** Accepted, not started. */
    UNS_PROCESSING_STATUS_SCHEDULED = 1,
    /** Running. */
    UNS_PROCESSING_STATUS_IN_PROGRESS = 2,
    /** Ended, every document processed. */
    UNS_PROCESSING_STATUS_SUCCESS = 3,
    /** Ended, some documents failed. */
    UNS_PROCESSING_STATUS_COMPLETED_WITH_ERRORS = 4,
    /** Ended because someone stopped it. */
    UNS_PROCESSING_STATUS_STOPPED = 5,
    /** Ended without a result. */
    UNS_PROCESSING_STATUS_FAILED = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L || defined(__swift__)
typedef enum uns_processing_status uns_processing_status;
#else
typedef int32_t uns_processing_status;
#endif // __STDC_VERSION__ >= 202311L || defined(__swift__)
#endif // __cplusplus

/** The counts of one workflow node: whole numbers of documents. */
typedef struct uns_node_stats {
    /** The node's name in the workflow; NULL if the service gave none. */
    const char *node_name;
    /** What the node does ("partition", "chunk", "embed", ...); NULL if the service did not say. */
    const char *node_type;
    /** How it does it ("auto", "chunk_by_title", ...); NULL if the service did not say. */
    const char *node_subtype;
    /** Documents waiting for this node. */
    uint64_t ready;
    /** Documents in this node now. */
    uint64_t in_progress;
    /** Documents this node has finished. */
    uint64_t success;
    /** Documents that failed in this node. */
    uint64_t failure;
} uns_node_stats;

/**
 * The details of a job. Freed by uns_job_details_free, unless they are inside a uns_event or
 * uns_job_outcomes.
 */
typedef struct uns_job_details {
    /** The job's identifier, as the service spells it. Never NULL. */
    const char *id;
    /** Where the job stands. */
    uns_processing_status processing_status;
    /** The same as the service sent it: "IN_PROGRESS". Never NULL. */
    const char *processing_status_text;
    /** One entry for each node of the workflow, in the service's order; NULL if there are none. */
    const uns_node_stats *node_stats;
    /** How many there are. */
    size_t node_stats_len;
    /** The service's remark on the job; NULL if it made none. */
    const char *message;
} uns_job_details;

/** Counts added up over the nodes of a job. A sum that exceeds 64 bits stays at the maximum. */
typedef struct uns_node_totals {
    /** Documents waiting. */
    uint64_t ready;
    /** Documents being worked on. */
    uint64_t in_progress;
    /** Documents finished. */
    uint64_t success;
    /** Documents that failed. */
    uint64_t failure;
} uns_node_totals;

/**
 * The name of a status, as the service spells it: "IN_PROGRESS".
 *
 * @param status any number
 * @return the name; "UNKNOWN" for UNS_PROCESSING_STATUS_UNKNOWN and for a number that is no status of this version. Never
 *     NULL. It is not freed, and lives as long as the library is loaded.
 */
UNS_API const char *uns_processing_status_name(int32_t status);

/**
 * Whether a job with this status has ended. With UNS_PROCESSING_STATUS_UNKNOWN it has not.
 *
 * @param status any number; one that is no status of this version is not an end
 */
UNS_API bool uns_processing_status_is_terminal(int32_t status);

/**
 * Whether a job with this status has ended well, every document processed.
 *
 * @param status any number
 */
UNS_API bool uns_processing_status_is_success(int32_t status);

/**
 * Asks once how a job is doing, with retries as configured. Returns within the client's timeout.
 *
 * @param client the client
 * @param job_id 1 to 128 letters, digits, "-" and "_"
 * @param details out: the details, to be freed by uns_job_details_free
 * @param error out, may be NULL: to be freed by uns_error_free
 * @return UNS_OK, or any other code; UNS_ERROR_DECODE also if the response is about another job
 */
UNS_API uns_result uns_client_job_details(const uns_client *client, const char *job_id, uns_job_details **details,
                                          uns_error **error);

/**
 * Adds up the counts of all nodes. A document is counted in each node that it has reached.
 *
 * @param details the details
 * @param totals out: written by UNS_OK only
 * @return UNS_OK; UNS_ERROR_INVALID_ARGUMENT for NULL
 */
UNS_API uns_result uns_job_details_totals(const uns_job_details *details, uns_node_totals *totals);

/**
 * How much of the work that the service has counted is done: the share of `success` and `failure` in all counts of all
 * nodes. It may shrink while documents are still being found; whether the job has ended is for `processing_status` alone
 * to say.
 *
 * @param details the details
 * @return 0 to 1; negative while all counts are 0, and for NULL
 */
UNS_API double uns_job_details_fraction_done(const uns_job_details *details);

/**
 * Frees details that a call handed out. Those inside uns_job_outcomes or a uns_event are not freed alone.
 *
 * @param details may be NULL
 */
UNS_API void uns_job_details_free(uns_job_details *details);

/** @} */

/**
 * @defgroup failed_files Failed files: the documents of a job that failed, and why
 * @{
 */

/** A document that failed, and why. */
typedef struct uns_failed_file {
    /** The document, as the service names it. Never NULL. */
    const char *document;
    /** Why it failed, in the service's words. Never NULL. */
    const char *error;
} uns_failed_file;

/** The documents of a job that failed. Freed by uns_failed_files_free. */
typedef struct uns_failed_files {
    /** One entry for each, in the service's order; NULL if there are none. */
    const uns_failed_file *files;
    /** How many there are. */
    size_t files_len;
} uns_failed_files;

/**
 * Asks which documents of a job failed, and why: the next question after an end that is not
 * UNS_PROCESSING_STATUS_SUCCESS. Returns within the client's timeout.
 *
 * @param client the client
 * @param job_id 1 to 128 letters, digits, "-" and "_"
 * @param files out: the list, to be freed by uns_failed_files_free
 * @param error out, may be NULL: to be freed by uns_error_free
 * @return UNS_OK, or any other code
 */
UNS_API uns_result uns_client_failed_files(const uns_client *client, const char *job_id, uns_failed_files **files,
                                           uns_error **error);

/**
 * Frees a list of failed documents.
 *
 * @param files may be NULL
 */
UNS_API void uns_failed_files_free(uns_failed_files *files);

/** @} */

/**
 * @defgroup file_statuses File statuses: where each document of a job is
 * @{
 */

/** Where a file stands. The values keep their numbers, and new ones are added at the end. */
enum uns_file_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L || defined(__swift__)
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L || defined(__swift__)
 {
    /** A state that this version does not know, or none. */
    UNS_FILE_STATE_UNKNOWN = 0,
    /** Waiting for a node. */
    UNS_FILE_STATE_READY = 1,
    /** In a node. */
    UNS_FILE_STATE_IN_PROGRESS = 2,
    /** Processed. */
    UNS_FILE_STATE_SUCCESS = 3,
    /** Failed; `error` may say why. */
    UNS_FILE_STATE_FAILURE = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L || defined(__swift__)
typedef enum uns_file_state uns_file_state;
#else
typedef int32_t uns_file_state;
#endif // __STDC_VERSION__ >= 202311L || defined(__swift__)
#endif // __cplusplus

/** Where one file is. */
typedef struct uns_file_status {
    /** Where the file stands. */
    uns_file_state state;
    /** The same as the service sent it: "IN_PROGRESS"; empty if it sent nothing. Never NULL. */
    const char *state_text;
    /** The file, as the service names it; empty if it did not. Never NULL. */
    const char *document;
    /** The file's record identifier, a UUID; NULL if the service did not say. */
    const char *record_id;
    /** Why the file failed, in the service's words; NULL if it said nothing. */
    const char *error;
    /** The workflow node that has the file now; NULL if none has. */
    const char *node_id;
    /** Where the file stands in that node, as sent; NULL if the service did not say. */
    const char *node_state_text;
    /** The node that found the file; NULL if the service did not say. */
    const char *discovered_by_node_id;
    /** How many times that node has tried the file; 0 if the service did not say. */
    uint32_t tries;
    /** Seconds spent on the file so far; negative if the service did not say. */
    double seconds;
    /** Seconds that the node has spent on it so far; negative if the service did not say. */
    double node_seconds;
} uns_file_status;

/** Where each file of a job is, as of one moment. Freed by uns_file_statuses_free. */
typedef struct uns_file_statuses {
    /** The job's identifier, as the service spells it. Never NULL. */
    const char *id;
    /** One entry for each file, in the service's order; NULL if there are none. */
    const uns_file_status *files;
    /** How many there are. */
    size_t files_len;
    /** Whether the service cut the list: the job has more files than are listed. */
    bool truncated;
    /** Whether the job's sources have named all their files. While they have not, more files may appear. */
    bool index_finished;
    /** When the service made the list: RFC 3339, as sent; NULL if it did not say. */
    const char *generated_at;
} uns_file_statuses;

/**
 * Asks where each file of a job is: which node has it, how often that has tried, and for how long. The service allows 12
 * such calls a minute for each job. Whether the job has ended is for its details to say. Returns within the client's
 * timeout.
 *
 * @param client the client
 * @param job_id 1 to 128 letters, digits, "-" and "_"
 * @param files out: the list, to be freed by uns_file_statuses_free
 * @param error out, may be NULL: to be freed by uns_error_free
 * @return UNS_OK, or any other code
 */
UNS_API uns_result uns_client_file_statuses(const uns_client *client, const char *job_id, uns_file_statuses **files,
                                            uns_error **error);

/**
 * Frees a list of files.
 *
 * @param files may be NULL
 */
UNS_API void uns_file_statuses_free(uns_file_statuses *files);

/** @} */

/**
 * @defgroup wait_options Wait options: when to poll, and when to stop
 * @{
 */

/**
 * When to poll, and when to stop. The defaults suit most jobs.
 *
 * The first poll is at once. Then pauses grow from the initial interval by half each to the maximum interval, 10 % longer
 * or shorter at random. A pause never runs past the timeout: it is cut, so that a last poll happens then, which may take
 * 200 ms.
 *
 * The setters only store: uns_client_wait and uns_client_wait_all check. They return UNS_OK, or
 * UNS_ERROR_INVALID_ARGUMENT for NULL. Freed by uns_wait_options_free.
 */
typedef struct uns_wait_options uns_wait_options;

/**
 * The default options.
 *
 * @return options, to be freed by uns_wait_options_free
 */
UNS_API uns_wait_options *uns_wait_options_new(void);

/**
 * Frees options. The cancel token that was set in them stays valid.
 *
 * @param options may be NULL
 */
UNS_API void uns_wait_options_free(uns_wait_options *options);

/**
 * Sets how long the whole wait may take.
 *
 * @param options the options
 * @param timeout_ms default: no limit. Zero polls once; of many jobs, those that 200 ms are enough for.
 */
UNS_API uns_result uns_wait_options_set_timeout_ms(uns_wait_options *options, uint64_t timeout_ms);

/**
 * Sets the first pause.
 *
 * @param options the options
 * @param interval_ms default 1000. Less than 10, or more than the maximum interval, is unacceptable.
 */
UNS_API uns_result uns_wait_options_set_initial_interval_ms(uns_wait_options *options, uint64_t interval_ms);

/**
 * Sets the longest pause.
 *
 * @param options the options
 * @param interval_ms default 15000. Less than 10 is unacceptable.
 */
UNS_API uns_result uns_wait_options_set_max_interval_ms(uns_wait_options *options, uint64_t interval_ms);

/**
 * Sets how long failures in a row that may pass (uns_error's `retryable`) are borne before the last one is returned.
 * Meanwhile polls are 0.5 to 8 s apart, or as far as Retry-After asks.
 *
 * @param options the options
 * @param outage_ms default 300000. Zero bears none.
 */
UNS_API uns_result uns_wait_options_set_max_outage_ms(uns_wait_options *options, uint64_t outage_ms);

/**
 * Sets how long after its start a wait bears that the service does not know the job (HTTP 404). For a job that was started
 * just now, in a service whose parts take a while to agree that it is there.
 *
 * @param options the options
 * @param time_ms default 0: not at all
 */
UNS_API uns_result uns_wait_options_set_until_exists_ms(uns_wait_options *options, uint64_t time_ms);

/**
 * Sets the token that ends the wait at once, between polls or while one is under way. One token may be set in many
 * options.
 *
 * @param options the options
 * @param token NULL: none, as at first. It may be freed before the options are, and while a wait uses them.
 */
UNS_API uns_result uns_wait_options_set_cancel_token(uns_wait_options *options, const uns_cancel_token *token);

/** @} */

/**
 * @defgroup event What is learnt of a job that is waited for
 * @{
 */

/** What an event says. The values keep their numbers, and new ones are added at the end. */
enum uns_event_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L || defined(__swift__)
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L || defined(__swift__)
 {
    /** The service responded, and the job goes on. */
    UNS_EVENT_RESPONDED = 1,
    /** The service responded, and the job has ended, whatever the end: the last event of this job. */
    UNS_EVENT_ENDED = 2,
    /** A poll failed, and the job will be polled again. */
    UNS_EVENT_FAILED = 3,
    /** The job will not be polled again, although it is not known to have ended: the last event of this job. */
    UNS_EVENT_GAVE_UP = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L || defined(__swift__)
typedef enum uns_event_kind uns_event_kind;
#else
typedef int32_t uns_event_kind;
#endif // __STDC_VERSION__ >= 202311L || defined(__swift__)
#endif // __cplusplus

/** What one poll of a job brought. */
typedef struct uns_event {
    /** What happened. */
    uns_event_kind kind;
    /** The job's id, as it was given. Never NULL. */
    const char *job_id;
    /** The place of the id in `job_ids`, the first one if it is there more than once; 0 in a wait for one job. */
    size_t index;
    /**
     * What the service sent last: just now with UNS_EVENT_RESPONDED and UNS_EVENT_ENDED, before that with the others.
     * NULL if it has not sent anything.
     */
    const uns_job_details *details;
    /** What failed, with UNS_EVENT_FAILED and UNS_EVENT_GAVE_UP; otherwise NULL. */
    const uns_error *error;
    /** How many polls of this job have failed in a row. */
    uint32_t failures;
    /** How long until the job is polled again, in milliseconds; 0 after its last poll. */
    uint64_t next_poll_in_ms;
} uns_event;

/**
 * Sees an event for every poll of a wait, on the thread that waits. NULL: none.
 *
 * It may call functions of this library, on the same client too. It must not free the client or anything in the event, and
 * must not leave by longjmp or by an exception: an exception ends the process. (unstructured_jobs.hpp catches
 * exceptions, ends the wait, and throws them on to its caller.)
 *
 * @param event what happened; only until the observer returns
 * @param user_data what was given to the wait
 * @return true to go on, false to stop the wait: what has not ended then gets UNS_ERROR_CANCELLED
 */
typedef bool (*uns_observer)(const uns_event *event, void *user_data);

/** @} */

/**
 * @defgroup wait Waiting for the end of one job or of many, and what came of it
 * @{
 */

/** What came of one job of many. */
typedef struct uns_job_outcome {
    /** UNS_OK if the job has ended, whatever the end: see details->processing_status. */
    uns_result result;
    /**
     * What the service sent last, also if there is an error. Never NULL with UNS_OK; otherwise NULL if it has not sent
     * anything.
     */
    const uns_job_details *details;
    /** Why it is not known that the job has ended; NULL with UNS_OK. */
    const uns_error *error;
} uns_job_outcome;

/** What came of many jobs. Freed by uns_job_outcomes_free, with everything in it. */
typedef struct uns_job_outcomes {
    /** One for each id, in the order given; NULL if there were none. */
    const uns_job_outcome *outcomes;
    /** How many there are. */
    size_t outcomes_len;
} uns_job_outcomes;

/**
 * Polls until a job ends, and hands out its last details, whatever the end: see details->processing_status. What the
 * service sent before a wait that fails is known from the events, or from uns_client_wait_all, whose outcomes hold it.
 *
 * @param client the client
 * @param job_id 1 to 128 letters, digits, "-" and "_"
 * @param options when to poll and when to stop; NULL: the defaults
 * @param observer sees an event for every poll, and can stop the wait; may be NULL
 * @param user_data handed to the observer, and not looked at; may be NULL
 * @param details out: the job's end, to be freed by uns_job_details_free
 * @param error out, may be NULL: to be freed by uns_error_free
 * @return UNS_OK; UNS_ERROR_INVALID_ARGUMENT for unacceptable options too, before anything is sent; UNS_ERROR_TIMEOUT once
 *     the wait's timeout has passed; UNS_ERROR_CANCELLED if the observer, a cancel token or uns_client_shutdown ended
 *     it; the first failure that will not pass; one that may pass, once it has lasted for the maximum outage
 *     (at once if Retry-After asks for more)
 */
UNS_API uns_result uns_client_wait(const uns_client *client, const char *job_id, const uns_wait_options *options,
                                   uns_observer observer, void *user_data, uns_job_details **details,
                                   uns_error **error);

/**
 * Waits for any number of jobs on this thread, over one kept connection, each on its own schedule. One job's failure does
 * not end the others. An id given twice is polled once, and both get the outcome. A rate limit in response to one poll
 * slows all of them.
 *
 * @param client the client
 * @param job_ids the ids, each 1 to 128 letters, digits, "-" and "_"; may be NULL if there are none
 * @param job_ids_len how many there are; with 0 the outcomes are empty
 * @param options when to poll and when to stop; NULL: the defaults
 * @param observer sees an event for every poll, and can stop the wait; may be NULL
 * @param user_data handed to the observer, and not looked at; may be NULL
 * @param outcomes out: one for each id, to be freed by uns_job_outcomes_free
 * @param error out, may be NULL: to be freed by uns_error_free
 * @return UNS_OK, whatever the outcomes say; before anything is sent UNS_ERROR_INVALID_ARGUMENT for an id (NULL among them)
 *     or options that are unacceptable, and UNS_ERROR_IO if the system has no file descriptor left for a cancel token
 */
UNS_API uns_result uns_client_wait_all(const uns_client *client, const char *const *job_ids, size_t job_ids_len,
                                       const uns_wait_options *options, uns_observer observer, void *user_data,
                                       uns_job_outcomes **outcomes, uns_error **error);

/**
 * Frees outcomes, with the details and errors in them.
 *
 * @param outcomes may be NULL
 */
UNS_API void uns_job_outcomes_free(uns_job_outcomes *outcomes);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* UNSTRUCTURED_JOBS_H */
