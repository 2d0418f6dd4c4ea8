/* Arguments: NULL for each pointer in turn, text that is no text, settings that cannot be. */

#include "check.h"

static const char not_utf8[] = "ab\xff";

/* Not NULL, and no result of any call: what an out parameter must not keep. */
static char stale;

/* Checks that the call refused its arguments, cleared its result and explained itself. */
static void refused(uns_result result, const void *out, uns_error **error, const char *message) {
    CHECK_RESULT(result, UNS_ERROR_INVALID_ARGUMENT);
    CHECK(out == NULL);
    CHECK(*error != NULL);
    if (*error != NULL) {
        CHECK_TEXT((*error)->message, message);
        CHECK_RESULT((*error)->result, UNS_ERROR_INVALID_ARGUMENT);
        CHECK_NUMBER((*error)->attempts, 0);
        CHECK(!(*error)->retryable);
    }
    uns_error_free(*error);
    *error = (uns_error *)(void *)&stale;
}

/* The call first, then what it left in `out`. */
#define REFUSED(call, out, message)                 \
    do {                                            \
        uns_result result = (call);                 \
        refused(result, (out), &error, (message));  \
    } while (0)

static void freeing_null_does_nothing(void) {
    uns_config_free(NULL);
    uns_client_free(NULL);
    uns_client_shutdown(NULL);
    uns_job_details_free(NULL);
    uns_failed_files_free(NULL);
    uns_file_statuses_free(NULL);
    uns_job_outcomes_free(NULL);
    uns_wait_options_free(NULL);
    uns_cancel_token_free(NULL);
    uns_cancel_token_cancel(NULL);
    uns_error_free(NULL);
}

static void setters_refuse_null_and_bad_text(void) {
    const uns_result bad = UNS_ERROR_INVALID_ARGUMENT;
    const uint8_t pem[1] = {0};
    uns_config *config = uns_config_new();
    CHECK_RESULT(uns_config_set_api_key(NULL, "a"), bad);
    CHECK_RESULT(uns_config_set_api_key(config, NULL), bad);
    CHECK_RESULT(uns_config_set_api_key(config, not_utf8), bad);
    CHECK_RESULT(uns_config_set_base_url(NULL, "a"), bad);
    CHECK_RESULT(uns_config_set_base_url(config, NULL), bad);
    CHECK_RESULT(uns_config_set_base_url(config, not_utf8), bad);
    CHECK_RESULT(uns_config_set_timeout_ms(NULL, 1), bad);
    CHECK_RESULT(uns_config_set_connect_timeout_ms(NULL, 1), bad);
    CHECK_RESULT(uns_config_set_max_retries(NULL, 1), bad);
    CHECK_RESULT(uns_config_set_proxy(NULL, "none"), bad);
    CHECK_RESULT(uns_config_set_proxy(config, NULL), bad);
    CHECK_RESULT(uns_config_set_proxy(config, not_utf8), bad);
    CHECK_RESULT(uns_config_set_ca_file(NULL, "a"), bad);
    CHECK_RESULT(uns_config_set_ca_file(config, NULL), bad);
    CHECK_RESULT(uns_config_set_ca_file(config, not_utf8), bad);
    CHECK_RESULT(uns_config_set_ca_pem(NULL, pem, 1), bad);
    CHECK_RESULT(uns_config_set_ca_pem(config, NULL, 1), bad);
    CHECK_RESULT(uns_config_set_ca_pem(config, NULL, 0), bad);
    CHECK_RESULT(uns_config_set_ca_pem(config, pem, SIZE_MAX), bad);
    CHECK_RESULT(uns_config_add_ca_file(NULL, "a"), bad);
    CHECK_RESULT(uns_config_add_ca_file(config, NULL), bad);
    CHECK_RESULT(uns_config_add_ca_file(config, not_utf8), bad);
    CHECK_RESULT(uns_config_add_ca_pem(NULL, pem, 1), bad);
    CHECK_RESULT(uns_config_add_ca_pem(config, NULL, 1), bad);
    CHECK_RESULT(uns_config_set_user_agent(NULL, "a"), bad);
    CHECK_RESULT(uns_config_set_user_agent(config, NULL), bad);
    CHECK_RESULT(uns_config_set_user_agent(config, not_utf8), bad);
    CHECK_RESULT(uns_config_set_allow_plain_http(NULL, true), bad);
    CHECK_RESULT(uns_config_set_max_response_bytes(NULL, 1), bad);
    uns_config_free(config);

    uns_cancel_token *token = uns_cancel_token_new();
    uns_wait_options *options = uns_wait_options_new();
    CHECK_RESULT(uns_wait_options_set_timeout_ms(NULL, 1), bad);
    CHECK_RESULT(uns_wait_options_set_initial_interval_ms(NULL, 1), bad);
    CHECK_RESULT(uns_wait_options_set_max_interval_ms(NULL, 1), bad);
    CHECK_RESULT(uns_wait_options_set_max_outage_ms(NULL, 1), bad);
    CHECK_RESULT(uns_wait_options_set_until_exists_ms(NULL, 1), bad);
    CHECK_RESULT(uns_wait_options_set_cancel_token(NULL, token), bad);
    uns_wait_options_free(options);
    uns_cancel_token_free(token);
}

/* Tries the settings, which must be refused with a message that begins so, and frees them. */
static void unusable(uns_config *config, const char *begin) {
    uns_client *client = (uns_client *)(void *)&stale;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_new(config, &client, &error), UNS_ERROR_INVALID_ARGUMENT);
    CHECK(client == NULL);
    if (error == NULL || strncmp(error->message, begin, strlen(begin)) != 0) {
        CHECK_TEXT(error ? error->message : NULL, begin);
    }
    uns_error_free(error);
    uns_config_free(config);
}

static void a_client_checks_every_setting(void) {
    uns_config *config = uns_config_new();
    unusable(config, "there is no API key");

    config = settings("http://example.com");
    unusable(config, "the base URL");

    config = settings(service_url);
    CHECK_RESULT(uns_config_set_timeout_ms(config, 0), UNS_OK);
    unusable(config, "the timeout is zero");

    config = settings(service_url);
    CHECK_RESULT(uns_config_set_connect_timeout_ms(config, 0), UNS_OK);
    unusable(config, "the connect timeout is zero");

    config = settings(service_url);
    CHECK_RESULT(uns_config_set_max_response_bytes(config, 0), UNS_OK);
    unusable(config, "the maximum response size is zero");

    config = settings(service_url);
    CHECK_RESULT(uns_config_set_user_agent(config, ""), UNS_OK);
    unusable(config, "the user agent");

    config = settings(service_url);
    CHECK_RESULT(uns_config_set_ca_file(config, "/nonexistent/ca.pem"), UNS_OK);
    unusable(config, "the CA file \"/nonexistent/ca.pem\" cannot be read");

    config = settings(service_url);
    CHECK_RESULT(uns_config_add_ca_file(config, "/nonexistent/ca.pem"), UNS_OK);
    unusable(config, "the CA file \"/nonexistent/ca.pem\" cannot be read");

    config = settings(service_url);
    CHECK_RESULT(uns_config_set_ca_pem(config, (const uint8_t *)"", 0), UNS_OK);
    unusable(config, "the CA certificates given");

    config = settings(service_url);
    CHECK_RESULT(uns_config_add_ca_pem(config, (const uint8_t *)"no PEM", 6), UNS_OK);
    unusable(config, "the CA certificates given");

    config = settings("http://example.com");
    CHECK_RESULT(uns_config_set_allow_plain_http(config, true), UNS_OK);
    uns_client *client = NULL;
    CHECK_RESULT(uns_client_new(config, &client, NULL), UNS_OK);
    uns_client_free(client);
    CHECK_RESULT(uns_client_new(config, NULL, NULL), UNS_ERROR_INVALID_ARGUMENT);
    uns_config_free(config);
}

static void each_pointer_of_a_call_may_not_be_null(uns_client *client) {
    uns_error *error = (uns_error *)(void *)&stale;
    uns_client *made = NULL;
    REFUSED(uns_client_new(NULL, NULL, &error), made, "client is NULL");

    uns_job_details *details = (uns_job_details *)(void *)&stale;
    REFUSED(uns_client_job_details(NULL, "ok", &details, &error), details, "client is NULL");
    details = (uns_job_details *)(void *)&stale;
    REFUSED(uns_client_job_details(client, NULL, &details, &error), details, "job_id is NULL");
    REFUSED(uns_client_job_details(client, "ok", NULL, &error), NULL, "details is NULL");
    details = (uns_job_details *)(void *)&stale;
    REFUSED(uns_client_job_details(client, not_utf8, &details, &error), details,
            "job_id is not valid UTF-8 from byte 2 on");

    uns_failed_files *files = (uns_failed_files *)(void *)&stale;
    REFUSED(uns_client_failed_files(NULL, "ok", &files, &error), files, "client is NULL");
    files = (uns_failed_files *)(void *)&stale;
    REFUSED(uns_client_failed_files(client, NULL, &files, &error), files, "job_id is NULL");
    REFUSED(uns_client_failed_files(client, "ok", NULL, &error), NULL, "files is NULL");
    uns_file_statuses *statuses = (uns_file_statuses *)(void *)&stale;
    REFUSED(uns_client_file_statuses(NULL, "ok", &statuses, &error), statuses, "client is NULL");
    statuses = (uns_file_statuses *)(void *)&stale;
    REFUSED(uns_client_file_statuses(client, NULL, &statuses, &error), statuses, "job_id is NULL");
    REFUSED(uns_client_file_statuses(client, "ok", NULL, &error), NULL, "files is NULL");

    details = (uns_job_details *)(void *)&stale;
    REFUSED(uns_client_wait(NULL, "ok", NULL, NULL, NULL, &details, &error), details, "client is NULL");
    details = (uns_job_details *)(void *)&stale;
    REFUSED(uns_client_wait(client, NULL, NULL, NULL, NULL, &details, &error), details, "job_id is NULL");
    REFUSED(uns_client_wait(client, "ok", NULL, NULL, NULL, NULL, &error), NULL, "details is NULL");

    const char *ids[3] = {"ok", NULL, "ok"};
    uns_job_outcomes *outcomes = (uns_job_outcomes *)(void *)&stale;
    REFUSED(uns_client_wait_all(NULL, ids, 1, NULL, NULL, NULL, &outcomes, &error), outcomes, "client is NULL");
    outcomes = (uns_job_outcomes *)(void *)&stale;
    REFUSED(uns_client_wait_all(client, NULL, 1, NULL, NULL, NULL, &outcomes, &error), outcomes,
            "job_ids is NULL");
    outcomes = (uns_job_outcomes *)(void *)&stale;
    REFUSED(uns_client_wait_all(client, ids, 3, NULL, NULL, NULL, &outcomes, &error), outcomes,
            "job_ids[1] is NULL");
    outcomes = (uns_job_outcomes *)(void *)&stale;
    REFUSED(uns_client_wait_all(client, ids, SIZE_MAX / 2, NULL, NULL, NULL, &outcomes, &error), outcomes,
            "job_ids cannot have 9223372036854775807 items");
    const char *const bad[] = {"ok", "../b"};
    outcomes = (uns_job_outcomes *)(void *)&stale;
    REFUSED(uns_client_wait_all(client, bad, 2, NULL, NULL, NULL, &outcomes, &error), outcomes,
            "job 2 of 2, \"../b\": the job id has '.' at byte 0; only letters, digits, - and _ are allowed");
    REFUSED(uns_client_wait_all(client, ids, 1, NULL, NULL, NULL, NULL, &error), NULL, "outcomes is NULL");

    uns_node_totals totals;
    CHECK_RESULT(uns_job_details_totals(NULL, &totals), UNS_ERROR_INVALID_ARGUMENT);
    CHECK(uns_job_details_fraction_done(NULL) < 0);
    CHECK_RESULT(uns_client_job_details(client, "ok", &details, NULL), UNS_OK);
    CHECK_RESULT(uns_job_details_totals(details, NULL), UNS_ERROR_INVALID_ARGUMENT);
    uns_job_details_free(details);

    /* nobody has to ask why */
    CHECK_RESULT(uns_client_job_details(client, NULL, &details, NULL), UNS_ERROR_INVALID_ARGUMENT);
    CHECK_RESULT(uns_client_job_details(client, "status_404", &details, NULL), UNS_ERROR_NOT_FOUND);
}

static void a_misaligned_pointer_is_refused(uns_client *client) {
    char room[2 * sizeof(uns_job_details *)] = {0};
    /* one of the two addresses is odd */
    uintptr_t odd = (uintptr_t)room | 1;
    uns_error *error = NULL;
    REFUSED(uns_client_job_details(client, "ok", (uns_job_details **)odd, &error), NULL,
            "details is not aligned, so it points to something else");
}

static void job_ids_are_checked(uns_client *client) {
    static const char *const ids[] = {"", "..", "a/b", "a%2fb", "a?b", "a b", "a\r\nb", "\xc3\xbc"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        uns_job_details *details = (uns_job_details *)(void *)&stale;
        CHECK_RESULT(uns_client_job_details(client, ids[i], &details, NULL), UNS_ERROR_INVALID_ARGUMENT);
        CHECK(details == NULL);
    }
}

void test_arguments(void) {
    uns_client *client = connect_to(service_url);
    freeing_null_does_nothing();
    setters_refuse_null_and_bad_text();
    a_client_checks_every_setting();
    each_pointer_of_a_call_may_not_be_null(client);
    a_misaligned_pointer_is_refused(client);
    job_ids_are_checked(client);
    uns_client_free(client);
}
