/*
 * Waits for a job's end, showing its progress; Ctrl-C ends the wait at once: wait JOB_ID, with the key in
 * UNSTRUCTURED_API_KEY. Exits with 0 only if the job ended well.
 */

#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unstructured_jobs.h"

/* Set before the handler is installed, and freed after the handler is gone. */
static uns_client *client = NULL;

static void interrupted(int number) {
    (void)number;
    uns_client_shutdown(client); /* takes no lock and allocates nothing, so a handler may call it */
}

static bool show(const uns_event *event, void *user_data) {
    double done = uns_job_details_fraction_done(event->details);
    (void)user_data;
    if (event->error) {
        fprintf(stderr, "%s\n", event->error->message);
    } else if (done < 0) {
        printf("%s\n", event->details->processing_status_text);
    } else {
        printf("%s, %.0f %% done\n", event->details->processing_status_text, 100 * done);
    }
    fflush(stdout);
    return true;
}

static void show_failed_files(const char *job_id) {
    uns_failed_files *files = NULL;
    uns_error *error = NULL;

    if (uns_client_failed_files(client, job_id, &files, &error) == UNS_OK) {
        for (size_t i = 0; i < files->files_len; i++) {
            fprintf(stderr, "%s: %s\n", files->files[i].document, files->files[i].error);
        }
    } else {
        fprintf(stderr, "the failed files are not known: %s\n", error->message);
    }
    uns_error_free(error);
    uns_failed_files_free(files);
}

int main(int argc, char **argv) {
    uns_job_details *details = NULL;
    uns_error *error = NULL;
    struct sigaction action;
    int status = EXIT_FAILURE;

    if (argc != 2) {
        fprintf(stderr, "usage: %s JOB_ID\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (uns_client_new(NULL, &client, &error) != UNS_OK) goto done;

    memset(&action, 0, sizeof action);
    action.sa_handler = interrupted;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    if (uns_client_wait(client, argv[1], NULL, show, NULL, &details, &error) != UNS_OK) goto done;
    printf("%s ended %s\n", details->id, details->processing_status_text);
    if (details->processing_status == UNS_PROCESSING_STATUS_SUCCESS) {
        status = EXIT_SUCCESS;
    } else {
        show_failed_files(argv[1]);
    }

done:
    if (error) fprintf(stderr, "%s: %s\n", uns_result_name(error->result), error->message);
    uns_error_free(error);
    uns_job_details_free(details);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    uns_client_free(client);
    return status;
}
