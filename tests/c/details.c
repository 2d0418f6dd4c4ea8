/* Responses: job details, failed files, names. */

#include "check.h"

static void names_and_versions(void) {
    char version[64];
    snprintf(version, sizeof version, "%d.%d.%d", UNS_VERSION_MAJOR, UNS_VERSION_MINOR, UNS_VERSION_PATCH);
    CHECK_TEXT(uns_version(), version);
    CHECK_NUMBER(uns_version_number(), UNS_VERSION);
    CHECK_NUMBER(UNS_VERSION, 10000 * UNS_VERSION_MAJOR + 100 * UNS_VERSION_MINOR + UNS_VERSION_PATCH);
    CHECK_TEXT(uns_result_name(UNS_OK), "UNS_OK");
    CHECK_TEXT(uns_result_name(UNS_ERROR_INTERNAL), "UNS_ERROR_INTERNAL");
    CHECK_TEXT(uns_result_name(-1), "UNKNOWN");
    CHECK_TEXT(uns_processing_status_name(UNS_PROCESSING_STATUS_IN_PROGRESS), "IN_PROGRESS");
    CHECK_TEXT(uns_processing_status_name(INT32_MAX), "UNKNOWN");
    CHECK(uns_processing_status_is_terminal(UNS_PROCESSING_STATUS_STOPPED));
    CHECK(!uns_processing_status_is_terminal(UNS_PROCESSING_STATUS_UNKNOWN));
    CHECK(!uns_processing_status_is_terminal(INT32_MIN));
    CHECK(uns_processing_status_is_success(UNS_PROCESSING_STATUS_SUCCESS));
    CHECK(!uns_processing_status_is_success(UNS_PROCESSING_STATUS_COMPLETED_WITH_ERRORS));
    CHECK(!uns_processing_status_is_success(INT32_MAX));
}

static void every_field_of_a_response(uns_client *client) {
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_job_details(client, "ok", &details, &error), UNS_OK);
    CHECK(error == NULL);
    if (details == NULL) return;
    CHECK_TEXT(details->id, "ok");
    CHECK_NUMBER(details->processing_status, UNS_PROCESSING_STATUS_COMPLETED_WITH_ERRORS);
    CHECK_TEXT(details->processing_status_text, "COMPLETED_WITH_ERRORS");
    CHECK_TEXT(details->message, "two failed");
    CHECK_NUMBER(details->node_stats_len, 2);
    CHECK_TEXT(details->node_stats[0].node_name, "Partitioner");
    CHECK_TEXT(details->node_stats[0].node_type, "partition");
    CHECK_TEXT(details->node_stats[0].node_subtype, "auto");
    CHECK_NUMBER(details->node_stats[0].ready, 1);
    CHECK_NUMBER(details->node_stats[0].in_progress, 2);
    CHECK_NUMBER(details->node_stats[0].success, 3);
    CHECK_NUMBER(details->node_stats[0].failure, 4);
    CHECK_TEXT(details->node_stats[1].node_name, NULL);
    CHECK_TEXT(details->node_stats[1].node_type, NULL);
    CHECK_TEXT(details->node_stats[1].node_subtype, NULL);
    CHECK_NUMBER(details->node_stats[1].success, UINT64_MAX);

    uns_node_totals totals;
    CHECK_RESULT(uns_job_details_totals(details, &totals), UNS_OK);
    CHECK_NUMBER(totals.ready, 1);
    CHECK_NUMBER(totals.in_progress, 2);
    CHECK_NUMBER(totals.success, UINT64_MAX);
    CHECK_NUMBER(totals.failure, 4);
    double done = uns_job_details_fraction_done(details);
    CHECK(done > 0.999 && done <= 1.0);
    uns_job_details_free(details);
}

static void a_nul_in_a_string_is_replaced(uns_client *client) {
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_job_details(client, "nul", &details, NULL), UNS_OK);
    if (details == NULL) return;
    CHECK_TEXT(details->message, "a\xef\xbf\xbd" "b");
    CHECK_TEXT(details->node_stats[0].node_name, "\xef\xbf\xbd");
    CHECK(uns_job_details_fraction_done(details) == 0.75);
    uns_job_details_free(details);
}

static void a_job_without_nodes(uns_client *client) {
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_job_details(client, "empty", &details, NULL), UNS_OK);
    if (details == NULL) return;
    CHECK(details->node_stats == NULL);
    CHECK_NUMBER(details->node_stats_len, 0);
    CHECK_TEXT(details->message, NULL);
    CHECK(uns_job_details_fraction_done(details) < 0);
    uns_job_details_free(details);
}

static void an_unknown_status_keeps_its_text(uns_client *client) {
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_job_details(client, "unknown", &details, NULL), UNS_OK);
    if (details == NULL) return;
    CHECK_NUMBER(details->processing_status, UNS_PROCESSING_STATUS_UNKNOWN);
    CHECK_TEXT(details->processing_status_text, "PAUSED");
    uns_job_details_free(details);
}

static void failed_files(uns_client *client) {
    uns_failed_files *files = NULL;
    CHECK_RESULT(uns_client_failed_files(client, "ok", &files, NULL), UNS_OK);
    if (files == NULL) return;
    CHECK_NUMBER(files->files_len, 2);
    CHECK_TEXT(files->files[0].document, "a.pdf");
    CHECK_TEXT(files->files[0].error, "too large");
    CHECK_TEXT(files->files[1].document, "\xc3\xbc.pdf");
    CHECK_TEXT(files->files[1].error, "");
    uns_failed_files_free(files);

    CHECK_RESULT(uns_client_failed_files(client, "empty", &files, NULL), UNS_OK);
    if (files == NULL) return;
    CHECK(files->files == NULL);
    CHECK_NUMBER(files->files_len, 0);
    uns_failed_files_free(files);
}

static void the_status_of_each_file(uns_client *client) {
    uns_file_statuses *statuses = NULL;
    CHECK_RESULT(uns_client_file_statuses(client, "ok", &statuses, NULL), UNS_OK);
    if (statuses == NULL) return;
    CHECK_TEXT(statuses->id, "ok");
    CHECK_TEXT(statuses->generated_at, "2026-11-25T10:00:00Z");
    CHECK(statuses->truncated && statuses->index_finished);
    CHECK_NUMBER(statuses->files_len, 3);
    const uns_file_status *file = &statuses->files[0];
    CHECK_NUMBER(file->state, UNS_FILE_STATE_IN_PROGRESS);
    CHECK_TEXT(file->state_text, "IN_PROGRESS");
    CHECK_TEXT(file->document, "\xc3\xbc.pdf");
    CHECK_TEXT(file->record_id, "r-1");
    CHECK_TEXT(file->error, NULL);
    CHECK_TEXT(file->node_id, "n-1");
    CHECK_TEXT(file->node_state_text, "RUNNING");
    CHECK_TEXT(file->discovered_by_node_id, "n-0");
    CHECK_NUMBER(file->tries, 2);
    CHECK(file->seconds > 12.4 && file->seconds < 12.6);
    CHECK(file->node_seconds > 2.9 && file->node_seconds < 3.1);
    CHECK_NUMBER(statuses->files[1].state, UNS_FILE_STATE_FAILURE);
    CHECK_TEXT(statuses->files[1].error, "too large");
    file = &statuses->files[2];
    CHECK_NUMBER(file->state, UNS_FILE_STATE_UNKNOWN);
    CHECK_TEXT(file->state_text, "PAUSED");
    CHECK_TEXT(file->document, "");
    CHECK(file->record_id == NULL && file->node_id == NULL && file->node_state_text == NULL);
    CHECK(file->discovered_by_node_id == NULL);
    CHECK_NUMBER(file->tries, 0);
    CHECK(file->seconds < 0 && file->node_seconds < 0);
    uns_file_statuses_free(statuses);

    CHECK_RESULT(uns_client_file_statuses(client, "empty", &statuses, NULL), UNS_OK);
    if (statuses == NULL) return;
    CHECK(statuses->files == NULL && statuses->generated_at == NULL);
    CHECK(!statuses->truncated && !statuses->index_finished);
    CHECK_NUMBER(statuses->files_len, 0);
    uns_file_statuses_free(statuses);
}

static void the_environment_is_the_null_configuration(void) {
    uns_config *config = uns_config_new_from_env();
    uns_config *from[2];
    from[0] = NULL;
    from[1] = config;
    for (int i = 0; i < 2; i++) {
        uns_client *client = NULL;
        uns_job_details *details = NULL;
        CHECK_RESULT(uns_client_new(from[i], &client, NULL), UNS_OK);
        CHECK_RESULT(uns_client_job_details(client, "ok_env", &details, NULL), UNS_OK);
        uns_job_details_free(details);
        uns_client_free(client);
    }
    uns_config_free(config);
}

void test_details(void) {
    uns_client *client = connect_to(service_url);
    names_and_versions();
    every_field_of_a_response(client);
    a_nul_in_a_string_is_replaced(client);
    a_job_without_nodes(client);
    an_unknown_status_keeps_its_text(client);
    failed_files(client);
    the_status_of_each_file(client);
    uns_client_free(client);
    the_environment_is_the_null_configuration();
}
