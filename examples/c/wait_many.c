/*
 * Waits for any number of jobs on one thread and one connection: wait_many JOB_ID..., with the key in
 * UNSTRUCTURED_API_KEY. Exits with 0 only if all of them ended well.
 */

#include <stdio.h>
#include <stdlib.h>

#include "unstructured_jobs.h"

static bool show(const uns_event *event, void *user_data) {
    (void)user_data;
    printf("%s: %s\n", event->job_id, event->error ? event->error->message : event->details->processing_status_text);
    return true;
}

int main(int argc, char **argv) {
    uns_client *client = NULL;
    uns_job_outcomes *outcomes = NULL;
    uns_error *error = NULL;
    int status = EXIT_FAILURE;
    char **job_ids = argv + 1;
    size_t job_ids_len = argc > 1 ? (size_t)argc - 1 : 0;

    if (uns_client_new(NULL, &client, &error) != UNS_OK) goto done;
    if (uns_client_wait_all(client, (const char *const *)job_ids, job_ids_len, NULL, show, NULL, &outcomes, &error) != UNS_OK) {
        goto done;
    }
    status = EXIT_SUCCESS;
    for (size_t i = 0; i < outcomes->outcomes_len; i++) {
        const uns_job_outcome *outcome = &outcomes->outcomes[i];
        if (outcome->result != UNS_OK) {
            fprintf(stderr, "%s: %s\n", job_ids[i], outcome->error->message);
            status = EXIT_FAILURE;
        } else {
            printf("%s ended %s\n", job_ids[i], outcome->details->processing_status_text);
            if (outcome->details->processing_status != UNS_PROCESSING_STATUS_SUCCESS) status = EXIT_FAILURE;
        }
    }

done:
    if (error) fprintf(stderr, "%s: %s\n", uns_result_name(error->result), error->message);
    uns_error_free(error);
    uns_job_outcomes_free(outcomes);
    uns_client_free(client);
    return status;
}
