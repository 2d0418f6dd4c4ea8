/* Waiting, and being told to stop. */

#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <pthread.h>

#define THREADS 8

static uns_wait_options *quick(void) {
    uns_wait_options *options = uns_wait_options_new();
    CHECK_RESULT(uns_wait_options_set_initial_interval_ms(options, 10), UNS_OK);
    CHECK_RESULT(uns_wait_options_set_max_interval_ms(options, 20), UNS_OK);
    return options;
}

struct seen {
    uns_client *client;
    int responses;
    int stop_after;
    char statuses[256];
};

static bool observe(const uns_event *event, void *user_data) {
    struct seen *seen = user_data;
    if (event->details == NULL || event->error != NULL) return true;
    CHECK_NUMBER(event->index, 0);
    CHECK_NUMBER(event->failures, 0);
    bool ended = uns_processing_status_is_terminal(event->details->processing_status);
    CHECK_NUMBER(event->kind, ended ? UNS_EVENT_ENDED : UNS_EVENT_RESPONDED);
    CHECK(ended == (event->next_poll_in_ms == 0));
    CHECK(event->next_poll_in_ms <= 22);
    strcat(seen->statuses, event->details->processing_status_text);
    strcat(seen->statuses, " ");
    return ++seen->responses != seen->stop_after;
}

static void until_the_end(uns_client *client) {
    struct seen seen = {NULL, 0, 0, ""};
    uns_wait_options *options = quick();
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_wait(client, "steps_wait", options, observe, &seen, &details, &error), UNS_OK);
    CHECK_TEXT(error ? error->message : NULL, NULL);
    CHECK_TEXT(seen.statuses, "SCHEDULED IN_PROGRESS SUCCESS ");
    if (details != NULL) CHECK_NUMBER(details->processing_status, UNS_PROCESSING_STATUS_SUCCESS);
    uns_job_details_free(details);

    /* an end is an end, whatever it is; neither options nor observer are needed */
    CHECK_RESULT(uns_client_wait(client, "failed", NULL, NULL, NULL, &details, NULL), UNS_OK);
    if (details != NULL) CHECK_NUMBER(details->processing_status, UNS_PROCESSING_STATUS_FAILED);
    uns_job_details_free(details);
    uns_wait_options_free(options);
}

static void an_observer_stops_the_wait(uns_client *client) {
    struct seen seen = {NULL, 0, 2, ""};
    uns_wait_options *options = quick();
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_wait(client, "forever", options, observe, &seen, &details, &error), UNS_ERROR_CANCELLED);
    CHECK_NUMBER((uint64_t)seen.responses, 2);
    CHECK(details == NULL);
    CHECK_TEXT(error ? error->message : NULL, "the observer stopped the wait");
    uns_error_free(error);
    uns_wait_options_free(options);
}

static bool ask_again(const uns_event *event, void *user_data) {
    struct seen *seen = user_data;
    uns_job_details *again = NULL;
    CHECK_RESULT(uns_client_job_details(seen->client, "ok", &again, NULL), UNS_OK);
    CHECK_TEXT(event->details->processing_status_text, "IN_PROGRESS");
    uns_job_details_free(again);
    return ++seen->responses != 3;
}

static void an_observer_may_use_the_client(uns_client *client) {
    struct seen seen = {client, 0, 0, ""};
    uns_wait_options *options = quick();
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_wait(client, "forever", options, ask_again, &seen, &details, NULL), UNS_ERROR_CANCELLED);
    CHECK_NUMBER((uint64_t)seen.responses, 3);
    uns_wait_options_free(options);
}

static void a_wait_ends_with_its_timeout_or_an_error_that_stays(uns_client *client) {
    uns_wait_options *options = quick();
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_wait_options_set_timeout_ms(options, 50), UNS_OK);
    CHECK_RESULT(uns_client_wait(client, "forever", options, NULL, NULL, &details, NULL), UNS_ERROR_TIMEOUT);
    uns_wait_options_free(options);

    options = quick();
    CHECK_RESULT(uns_client_wait(client, "status_404", options, NULL, NULL, &details, NULL), UNS_ERROR_NOT_FOUND);
    CHECK_RESULT(uns_wait_options_set_max_outage_ms(options, 0), UNS_OK);
    CHECK_RESULT(uns_client_wait(client, "status_503", options, NULL, NULL, &details, &error), UNS_ERROR_HTTP_STATUS);
    if (error != NULL) CHECK_NUMBER(error->http_status, 503);
    uns_error_free(error);
    uns_wait_options_free(options);
}

static void options_are_checked_before_anything_is_sent(uns_client *client) {
    uns_job_details *details = NULL;
    uns_wait_options *options = uns_wait_options_new();
    CHECK_RESULT(uns_wait_options_set_initial_interval_ms(options, 9), UNS_OK);
    CHECK_RESULT(uns_client_wait(client, "ok", options, NULL, NULL, &details, NULL), UNS_ERROR_INVALID_ARGUMENT);
    uns_wait_options_free(options);
    options = uns_wait_options_new();
    CHECK_RESULT(uns_wait_options_set_initial_interval_ms(options, 15001), UNS_OK);
    CHECK_RESULT(uns_client_wait(client, "ok", options, NULL, NULL, &details, NULL), UNS_ERROR_INVALID_ARGUMENT);
    uns_wait_options_free(options);
}

static bool observe_many(const uns_event *event, void *user_data) {
    struct seen *seen = user_data;
    char line[64];
    snprintf(line, sizeof line, "%d:%s ", (int)event->index,
             event->error != NULL ? uns_result_name((int32_t)event->error->result) : event->details->processing_status_text);
    CHECK(event->kind == UNS_EVENT_GAVE_UP ? event->error != NULL && event->next_poll_in_ms == 0 : event->error == NULL);
    if (seen->responses++ < 8) strcat(seen->statuses, line);
    return true;
}

static void many_jobs(uns_client *client) {
    static const char *const ids[] = {"steps_all", "status_404", "ok", "status_404"};
    struct seen seen = {NULL, 0, 0, ""};
    uns_wait_options *options = quick();
    uns_job_outcomes *outcomes = NULL;
    CHECK_RESULT(uns_client_wait_all(client, ids, 4, options, observe_many, &seen, &outcomes, NULL), UNS_OK);
    if (outcomes != NULL) {
        const uns_job_outcome *outcome = outcomes->outcomes;
        CHECK_NUMBER(outcomes->outcomes_len, 4);
        CHECK_RESULT(outcome[0].result, UNS_OK);
        CHECK_TEXT(outcome[0].details->id, "steps_all");
        CHECK_TEXT(outcome[0].details->processing_status_text, "SUCCESS");
        CHECK(outcome[0].error == NULL);
        CHECK_TEXT(outcome[2].details->node_stats[0].node_name, "Partitioner");
        for (int i = 1; i < 4; i += 2) {
            CHECK_RESULT(outcome[i].result, UNS_ERROR_NOT_FOUND);
            CHECK(outcome[i].details == NULL);
            CHECK_RESULT(outcome[i].error->result, UNS_ERROR_NOT_FOUND);
            CHECK_NUMBER(outcome[i].error->http_status, 404);
            CHECK(strstr(outcome[i].error->message, "the server's words") != NULL);
        }
    }
    uns_job_outcomes_free(outcomes);
    CHECK_NUMBER((uint64_t)seen.responses, 5);
    CHECK(strstr(seen.statuses, "0:SCHEDULED ") != NULL);
    CHECK(strstr(seen.statuses, "1:UNS_ERROR_NOT_FOUND ") != NULL);
    CHECK(strstr(seen.statuses, "2:COMPLETED_WITH_ERRORS ") != NULL);

    CHECK_RESULT(uns_client_wait_all(client, NULL, 0, NULL, NULL, NULL, &outcomes, NULL), UNS_OK);
    if (outcomes != NULL) CHECK_NUMBER(outcomes->outcomes_len, 0);
    if (outcomes != NULL) CHECK(outcomes->outcomes == NULL);
    uns_job_outcomes_free(outcomes);
    uns_wait_options_free(options);
}

/* Fails twice, and stops the wait then. */
static bool observe_failures(const uns_event *event, void *user_data) {
    struct seen *seen = user_data;
    CHECK_NUMBER(event->kind, UNS_EVENT_FAILED);
    CHECK_TEXT(event->job_id, "status_503_0");
    CHECK(event->details == NULL);
    CHECK_NUMBER(event->error->http_status, 503);
    CHECK_NUMBER(event->failures, (uint64_t)++seen->responses);
    CHECK(event->next_poll_in_ms > 0);
    return seen->responses != 2;
}

static void failures_are_events(uns_client *client) {
    struct seen seen = {NULL, 0, 0, ""};
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_wait(client, "status_503_0", NULL, observe_failures, &seen, &details, NULL),
                 UNS_ERROR_CANCELLED);
    CHECK_NUMBER((uint64_t)seen.responses, 2);
}

/* What was seen of a job that had not ended is in its outcome, beside the error. */
static void an_outcome_keeps_what_was_seen_last(uns_client *client) {
    static const char *const ids[] = {"forever", "status_503"};
    uns_wait_options *options = quick();
    uns_job_outcomes *outcomes = NULL;
    CHECK_RESULT(uns_wait_options_set_timeout_ms(options, 50), UNS_OK);
    CHECK_RESULT(uns_client_wait_all(client, ids, 2, options, NULL, NULL, &outcomes, NULL), UNS_OK);
    if (outcomes != NULL) {
        const uns_job_outcome *outcome = outcomes->outcomes;
        CHECK_RESULT(outcome[0].result, UNS_ERROR_TIMEOUT);
        CHECK_TEXT(outcome[0].error->message, "the job had not ended when the wait's 50ms had passed");
        CHECK_TEXT(outcome[0].details->processing_status_text, "IN_PROGRESS");
        CHECK_RESULT(outcome[1].result, UNS_ERROR_TIMEOUT);
        CHECK(strstr(outcome[1].error->message, "had passed; the last poll failed: HTTP 503: ") != NULL);
        CHECK(outcome[1].details == NULL);
    }
    uns_job_outcomes_free(outcomes);
    uns_wait_options_free(options);
}

struct waiter {
    uns_client *client;
    uns_cancel_token *token;
    const char *job_id;
    uns_result result;
    char message[128];
};

/* Waits for a job that does not end, with pauses of a minute. */
static void *wait_long(void *argument) {
    struct waiter *waiter = argument;
    uns_wait_options *options = uns_wait_options_new();
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    uns_wait_options_set_max_interval_ms(options, 60000);
    uns_wait_options_set_initial_interval_ms(options, 60000);
    CHECK_RESULT(uns_wait_options_set_cancel_token(options, waiter->token), UNS_OK);
    waiter->result = uns_client_wait(waiter->client, waiter->job_id, options, NULL, NULL, &details, &error);
    snprintf(waiter->message, sizeof waiter->message, "%s", error ? error->message : "");
    uns_error_free(error);
    uns_wait_options_free(options);
    return NULL;
}

static void a_token_ends_its_waits_from_another_thread(uns_client *client) {
    pthread_t threads[THREADS];
    struct waiter waiters[THREADS];
    uns_cancel_token *token = uns_cancel_token_new();
    for (int i = 0; i < THREADS; i++) {
        struct waiter waiter = {client, token, "forever", UNS_OK, ""};
        waiters[i] = waiter;
        CHECK(pthread_create(&threads[i], NULL, wait_long, &waiters[i]) == 0);
    }
    uns_cancel_token_cancel(token);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_RESULT(waiters[i].result, UNS_ERROR_CANCELLED);
        CHECK(strncmp(waiters[i].message, "the call was cancelled", 22) == 0); /* perhaps in the middle of a look */
    }
    uns_cancel_token_free(token);
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_job_details(client, "ok", &details, NULL), UNS_OK);
    uns_job_details_free(details);
}

/* A cancelled token that was taken out again ends nothing. */
static void a_token_can_be_taken_out_again(uns_client *client) {
    uns_cancel_token *token = uns_cancel_token_new();
    uns_wait_options *options = uns_wait_options_new();
    uns_job_details *details = NULL;
    uns_cancel_token_cancel(token);
    CHECK_RESULT(uns_wait_options_set_cancel_token(options, token), UNS_OK);
    uns_cancel_token_free(token);
    CHECK_RESULT(uns_client_wait(client, "ok", options, NULL, NULL, &details, NULL), UNS_ERROR_CANCELLED);
    CHECK_RESULT(uns_wait_options_set_cancel_token(options, NULL), UNS_OK);
    CHECK_RESULT(uns_client_wait(client, "ok", options, NULL, NULL, &details, NULL), UNS_OK);
    uns_job_details_free(details);
    uns_wait_options_free(options);
}

/* Half of the threads pause, half are blocked in a read. */
static void shutdown_ends_everything_from_another_thread(void) {
    uns_client *client = connect_to(service_url);
    pthread_t threads[THREADS];
    struct waiter waiters[THREADS];
    for (int i = 0; i < THREADS; i++) {
        struct waiter waiter = {client, NULL, i % 2 == 0 ? "forever" : "silent", UNS_OK, ""};
        waiters[i] = waiter;
        CHECK(pthread_create(&threads[i], NULL, wait_long, &waiters[i]) == 0);
    }
    uns_client_shutdown(client);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_RESULT(waiters[i].result, UNS_ERROR_CANCELLED);
    }
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_job_details(client, "ok", &details, NULL), UNS_ERROR_CANCELLED);
    uns_client_shutdown(client);
    uns_client_free(client);
}

static void *ask_often(void *argument) {
    struct waiter *waiter = argument;
    for (int i = 0; i < 20 && waiter->result == UNS_OK; i++) {
        uns_job_details *details = NULL;
        waiter->result = uns_client_job_details(waiter->client, "ok", &details, NULL);
        uns_job_details_free(details);
    }
    return NULL;
}

static void many_threads_share_a_client(uns_client *client) {
    pthread_t threads[THREADS];
    struct waiter waiters[THREADS];
    for (int i = 0; i < THREADS; i++) {
        struct waiter waiter = {client, NULL, "ok", UNS_OK, ""};
        waiters[i] = waiter;
        CHECK(pthread_create(&threads[i], NULL, ask_often, &waiters[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_RESULT(waiters[i].result, UNS_OK);
    }
}

void test_wait(void) {
    uns_client *client = connect_to(service_url);
    until_the_end(client);
    an_observer_stops_the_wait(client);
    an_observer_may_use_the_client(client);
    a_wait_ends_with_its_timeout_or_an_error_that_stays(client);
    options_are_checked_before_anything_is_sent(client);
    many_jobs(client);
    failures_are_events(client);
    an_outcome_keeps_what_was_seen_last(client);
    a_token_ends_its_waits_from_another_thread(client);
    a_token_can_be_taken_out_again(client);
    many_threads_share_a_client(client);
    uns_client_free(client);
    shutdown_ends_everything_from_another_thread();
}
