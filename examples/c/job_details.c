/* Prints what a job is doing: job_details JOB_ID, with the key in UNSTRUCTURED_API_KEY. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "unstructured_jobs.h"

int main(int argc, char **argv) {
    uns_client *client = NULL;
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    int status = EXIT_FAILURE;

    if (argc != 2) {
        fprintf(stderr, "usage: %s JOB_ID\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (uns_client_new(NULL, &client, &error) != UNS_OK) goto done;
    if (uns_client_job_details(client, argv[1], &details, &error) != UNS_OK) goto done;

    printf("%s is %s\n", details->id, details->processing_status_text);
    for (size_t i = 0; i < details->node_stats_len; i++) {
        const uns_node_stats *node = &details->node_stats[i];
        printf("  %s: %" PRIu64 " ready, %" PRIu64 " in progress, %" PRIu64 " done, %" PRIu64 " failed\n",
               node->node_name ? node->node_name : "(no name)", node->ready, node->in_progress, node->success,
               node->failure);
    }
    if (details->message) printf("%s\n", details->message);
    status = EXIT_SUCCESS;

done:
    if (error) fprintf(stderr, "%s: %s\n", uns_result_name(error->result), error->message);
    uns_error_free(error);
    uns_job_details_free(details);
    uns_client_free(client);
    return status;
}
