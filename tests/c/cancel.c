/* Ending calls one by one, by a token that a handle of the client was given. */

#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8

/* How many of the callers below have had their first response, and how many have come back from their second question. */
static int responded, returned;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int count(int *counter, int more) {
    pthread_mutex_lock(&lock);
    int now = *counter += more;
    pthread_mutex_unlock(&lock);
    return now;
}

static void pause_ms(long milliseconds) {
    struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static uns_client *handle_of(const uns_client *client, const uns_cancel_token *token) {
    uns_client *handle = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_with_cancel_token(client, token, &handle, &error), UNS_OK);
    CHECK(handle != NULL && error == NULL);
    return handle;
}

static void null_is_refused(uns_client *client) {
    const uns_result bad = UNS_ERROR_INVALID_ARGUMENT;
    uns_cancel_token *token = uns_cancel_token_new();
    uns_client *handle = client;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_with_cancel_token(NULL, token, &handle, &error), bad);
    CHECK(handle == NULL);
    CHECK_TEXT(error ? error->message : NULL, "client is NULL");
    uns_error_free(error);
    CHECK_RESULT(uns_client_with_cancel_token(client, NULL, &handle, &error), bad);
    CHECK_TEXT(error ? error->message : NULL, "token is NULL");
    uns_error_free(error);
    CHECK_RESULT(uns_client_with_cancel_token(client, token, NULL, &error), bad);
    CHECK_TEXT(error ? error->message : NULL, "with_token is NULL");
    uns_error_free(error);
    CHECK_RESULT(uns_client_with_cancel_token(client, NULL, &handle, NULL), bad);
    uns_cancel_token_free(token);
}

/* Nothing depends on the order in which things are freed. */
static void a_handle_outlives_what_it_was_made_of(void) {
    uns_client *client = connect_to(service_url);
    uns_cancel_token *token = uns_cancel_token_new();
    uns_client *handle = handle_of(client, token);
    uns_client *of_handle = handle_of(handle, token);
    uns_cancel_token_free(token);
    uns_client_free(client);
    uns_client_free(handle);
    uns_job_details *details = NULL;
    for (int i = 0; i < 3; i++) {
        CHECK_RESULT(uns_client_job_details(of_handle, "ok", &details, NULL), UNS_OK);
        uns_job_details_free(details);
    }
    uns_client_shutdown(of_handle);
    CHECK_RESULT(uns_client_job_details(of_handle, "ok", &details, NULL), UNS_ERROR_CANCELLED);
    uns_client_free(of_handle);
}

static void a_cancelled_token_sends_nothing(uns_client *client) {
    uns_cancel_token *token = uns_cancel_token_new();
    uns_client *handle = handle_of(client, token);
    uns_job_details *details = NULL;
    uns_failed_files *files = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_job_details(handle, "ok", &details, &error), UNS_OK);
    uns_job_details_free(details);
    uns_cancel_token_cancel(token);
    CHECK_RESULT(uns_client_job_details(handle, "ok", &details, &error), UNS_ERROR_CANCELLED);
    CHECK(details == NULL && error != NULL);
    if (error != NULL) {
        CHECK_RESULT(error->result, UNS_ERROR_CANCELLED);
        CHECK(strncmp(error->message, "the call was cancelled (GET ", 28) == 0);
        CHECK(!error->retryable && error->attempts == 0);
    }
    uns_error_free(error);
    CHECK_RESULT(uns_client_failed_files(handle, "ok", &files, NULL), UNS_ERROR_CANCELLED);
    CHECK_RESULT(uns_client_wait(handle, "ok", NULL, NULL, NULL, &details, NULL), UNS_ERROR_CANCELLED);
    CHECK_RESULT(uns_client_job_details(client, "ok", &details, NULL), UNS_OK);
    uns_job_details_free(details);
    uns_client_free(handle);
    uns_cancel_token_free(token);
}

struct caller {
    const uns_client *client;
    uns_cancel_token *token;
    uns_result result;
    char message[128];
};

/* Asks once, and once more for what never gets a response. */
static void *ask(void *argument) {
    struct caller *caller = argument;
    uns_client *handle = handle_of(caller->client, caller->token);
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_job_details(handle, "ok", &details, NULL), UNS_OK);
    uns_job_details_free(details);
    count(&responded, 1);
    caller->result = uns_client_job_details(handle, "silent", &details, &error);
    count(&returned, 1);
    snprintf(caller->message, sizeof caller->message, "%s", error ? error->message : "");
    uns_error_free(error);
    uns_client_free(handle);
    return NULL;
}

static void a_token_ends_its_own_calls_alone(uns_client *client) {
    pthread_t threads[THREADS];
    struct caller callers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        struct caller caller = {client, uns_cancel_token_new(), UNS_OK, ""};
        callers[i] = caller;
        CHECK(pthread_create(&threads[i], NULL, ask, &callers[i]) == 0);
    }
    while (count(&responded, 0) < THREADS) pause_ms(2);
    pause_ms(50); /* for most of them to have sent their second question; whether they have or not, they can be ended */
    time_t began = time(NULL);
    for (int i = 0; i < THREADS; i++) {
        CHECK_NUMBER((uint64_t)count(&returned, 0), (uint64_t)i);
        uns_cancel_token_cancel(callers[i].token);
        pthread_join(threads[i], NULL);
        CHECK_RESULT(callers[i].result, UNS_ERROR_CANCELLED);
        CHECK(strncmp(callers[i].message, "the call was cancelled (GET ", 28) == 0);
        uns_cancel_token_free(callers[i].token);
    }
    CHECK(time(NULL) - began < 10); /* their timeout is 20 s */
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_job_details(client, "ok", &details, NULL), UNS_OK);
    uns_job_details_free(details);
}

/* A child that fork(2) made has the parent's handles, and may well free them on its way out. */
static void a_child_ends_nothing_of_its_parents(void) {
    uns_config *config = settings(service_url);
    uns_client *client = NULL;
    CHECK_RESULT(uns_config_set_timeout_ms(config, 1000), UNS_OK);
    CHECK_RESULT(uns_client_new(config, &client, NULL), UNS_OK);
    uns_config_free(config);
    uns_cancel_token *token = uns_cancel_token_new();
    uns_client *handle = handle_of(client, token);
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_job_details(handle, "ok", &details, NULL), UNS_OK);
    uns_job_details_free(details);

    pid_t child = fork();
    if (child == 0) {
        uns_cancel_token_cancel(token);
        uns_client_shutdown(client);
        int ended = uns_client_job_details(handle, "ok", &details, NULL) == UNS_ERROR_CANCELLED;
        uns_client_free(handle);
        uns_client_free(client);
        uns_cancel_token_free(token);
        _exit(ended ? 0 : 1);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);

    clock_t used = clock();
    CHECK_RESULT(uns_client_job_details(handle, "silent", &details, NULL), UNS_ERROR_TIMEOUT);
    used = clock() - used;
    CHECK(used < CLOCKS_PER_SEC / 2); /* a second asleep, not busy */
    CHECK_RESULT(uns_client_job_details(handle, "ok", &details, NULL), UNS_OK);
    uns_job_details_free(details);
    uns_client_free(handle);
    uns_client_free(client);
    uns_cancel_token_free(token);
}

void test_cancel(void) {
    a_child_ends_nothing_of_its_parents(); /* first: as long as there are no other threads */
    uns_client *client = connect_to(service_url);
    null_is_refused(client);
    a_handle_outlives_what_it_was_made_of();
    a_cancelled_token_sends_nothing(client);
    a_token_ends_its_own_calls_alone(client);
    uns_client_free(client);
}
