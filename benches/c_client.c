/* Warm calls through the C ABI, as a C program makes them.
 *
 * usage: c_client URL CA_FILE KEY JOB_ID CALLS     (URL: https://host:port)
 * Prints for each of CALLS warm calls, on average: CPU microseconds, wall microseconds; and the process's peak KiB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "unstructured_jobs.h"

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: %s URL CA_FILE KEY JOB_ID CALLS\n", argv[0]);
        return 2;
    }
    uns_client *client = NULL;
    uns_error *error = NULL;
    uns_config *config = uns_config_new();
    if (uns_config_set_base_url(config, argv[1]) == UNS_OK && uns_config_set_ca_file(config, argv[2]) == UNS_OK
        && uns_config_set_api_key(config, argv[3]) == UNS_OK) {
        uns_client_new(config, &client, &error);
    }
    uns_config_free(config);

    int failed = client == NULL;
    unsigned long calls = strtoul(argv[5], NULL, 10);
    struct measure start = {0, 0};
    /* the first calls are not warm */
    for (unsigned long call = 0; call < WARM_UP + calls && !failed; call++) {
        uns_job_details *details = NULL;
        if (call == WARM_UP) {
            start = measure_now();
        }
        failed = uns_client_job_details(client, argv[4], &details, &error) != UNS_OK || details->node_stats_len != 5;
        uns_job_details_free(details);
    }
    if (failed) {
        fprintf(stderr, "%s\n", error == NULL ? "not the answer expected" : error->message);
    } else {
        measure_print(start, calls);
    }
    uns_error_free(error);
    uns_client_free(client);
    return failed;
}
