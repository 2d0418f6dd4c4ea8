/* Failures: the code, and everything that comes with it. */

#include "check.h"

struct expected {
    const char *job_id;
    uns_result result;
    uint16_t http_status;
    bool retryable;
    uint64_t retry_after_ms;
};

static const struct expected statuses[] = {
    {"status_204", UNS_ERROR_HTTP_STATUS, 204, false, 0},
    {"status_301", UNS_ERROR_HTTP_STATUS, 301, false, 0},
    {"status_308", UNS_ERROR_HTTP_STATUS, 308, false, 0},
    {"status_400", UNS_ERROR_HTTP_STATUS, 400, false, 0},
    {"status_401", UNS_ERROR_UNAUTHORIZED, 401, false, 0},
    {"status_403", UNS_ERROR_FORBIDDEN, 403, false, 0},
    {"status_404", UNS_ERROR_NOT_FOUND, 404, false, 0},
    {"status_418", UNS_ERROR_HTTP_STATUS, 418, false, 0},
    {"status_422", UNS_ERROR_UNPROCESSABLE, 422, false, 0},
    {"status_429", UNS_ERROR_RATE_LIMITED, 429, true, 0},
    {"status_429_7", UNS_ERROR_RATE_LIMITED, 429, true, 7000},
    {"status_500", UNS_ERROR_HTTP_STATUS, 500, true, 0},
    {"status_501", UNS_ERROR_HTTP_STATUS, 501, false, 0},
    {"status_503_120", UNS_ERROR_HTTP_STATUS, 503, true, 120000},
    {"status_504", UNS_ERROR_HTTP_STATUS, 504, true, 0},
    {"html", UNS_ERROR_DECODE, 200, false, 0},
    {"other", UNS_ERROR_DECODE, 200, false, 0},
    {"drop", UNS_ERROR_IO, 0, true, 0},
};

static void each_failure_says_all_it_knows(uns_client *client) {
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        const struct expected *expected = &statuses[i];
        uns_job_details *details = (uns_job_details *)&details;
        uns_error *error = NULL;
        int before = failures;
        CHECK_RESULT(uns_client_job_details(client, expected->job_id, &details, &error), expected->result);
        CHECK(details == NULL);
        CHECK(error != NULL);
        if (error != NULL) {
            CHECK_RESULT(error->result, expected->result);
            CHECK_NUMBER(error->http_status, expected->http_status);
            CHECK_NUMBER(error->retryable, expected->retryable);
            CHECK_NUMBER(error->retry_after_ms, expected->retry_after_ms);
            CHECK_NUMBER(error->attempts, 1);
            CHECK(strstr(error->message, expected->job_id) != NULL);
            CHECK(strstr(error->message, "key-of-the-configuration") == NULL);
            if (expected->http_status >= 400) CHECK(strstr(error->message, "the server's words") != NULL);
        }
        if (failures != before) fprintf(stderr, "  in the case %s\n", expected->job_id);
        uns_error_free(error);
    }
}

static void every_attempt_is_counted(void) {
    uns_config *config = settings(service_url);
    uns_client *client = NULL;
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_config_set_max_retries(config, 2), UNS_OK);
    CHECK_RESULT(uns_client_new(config, &client, NULL), UNS_OK);
    CHECK_RESULT(uns_client_job_details(client, "status_503_0", &details, &error), UNS_ERROR_HTTP_STATUS);
    if (error != NULL) CHECK_NUMBER(error->attempts, 3);
    uns_error_free(error);
    uns_client_free(client);
    uns_config_free(config);
}

static void nobody_listens(void) {
    uns_client *client = connect_to(closed_url);
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_job_details(client, "ok", &details, &error), UNS_ERROR_CONNECT);
    if (error != NULL) {
        CHECK(error->retryable);
        CHECK_NUMBER(error->http_status, 0);
        CHECK_NUMBER(error->attempts, 1);
    }
    uns_error_free(error);
    uns_client_free(client);
}

static void a_silent_server_is_a_timeout(void) {
    uns_config *config = settings(service_url);
    uns_client *client = NULL;
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_config_set_timeout_ms(config, 200), UNS_OK);
    CHECK_RESULT(uns_client_new(config, &client, NULL), UNS_OK);
    CHECK_RESULT(uns_client_job_details(client, "silent", &details, &error), UNS_ERROR_TIMEOUT);
    if (error != NULL) CHECK(error->retryable);
    uns_error_free(error);
    uns_client_free(client);
    uns_config_free(config);
}

static void a_response_over_the_limit_is_refused(void) {
    uns_config *config = settings(service_url);
    uns_client *client = NULL;
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_config_set_max_response_bytes(config, 100), UNS_OK);
    CHECK_RESULT(uns_client_new(config, &client, NULL), UNS_OK);
    CHECK_RESULT(uns_client_job_details(client, "ok", &details, NULL), UNS_ERROR_PROTOCOL);
    CHECK_RESULT(uns_client_job_details(client, "empty", &details, NULL), UNS_OK);
    uns_job_details_free(details);
    uns_client_free(client);
    uns_config_free(config);
}

static void the_user_agent_is_sent(void) {
    uns_config *config = settings(service_url);
    uns_client *client = NULL;
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_config_set_user_agent(config, "c tests/1"), UNS_OK);
    CHECK_RESULT(uns_config_set_proxy(config, "none"), UNS_OK);
    CHECK_RESULT(uns_client_new(config, &client, NULL), UNS_OK);
    CHECK_RESULT(uns_client_job_details(client, "ok_agent", &details, NULL), UNS_OK);
    uns_job_details_free(details);
    uns_client_free(client);
    uns_config_free(config);
}

void test_errors(void) {
    uns_client *client = connect_to(service_url);
    each_failure_says_all_it_knows(client);
    uns_client_free(client);
    every_attempt_is_counted();
    nobody_listens();
    a_silent_server_is_a_timeout();
    a_response_over_the_limit_is_refused();
    the_user_agent_is_sent();
}
