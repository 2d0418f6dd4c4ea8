/* Runs the tests of the C ABI: c_tests SERVICE_URL CLOSED_URL. Exits with 0 if all of them pass. */

#include "check.h"

#include <stdlib.h>

const char *service_url;
const char *closed_url;
int failures = 0;

void check(int holds, const char *what, const char *file, int line) {
    if (holds) return;
    failures++;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
}

void check_text(const char *actual, const char *expected, const char *file, int line) {
    if (actual == expected) return;
    if (actual != NULL && expected != NULL && strcmp(actual, expected) == 0) return;
    failures++;
    fprintf(stderr, "%s:%d: got \"%s\", expected \"%s\"\n", file, line, actual ? actual : "(NULL)",
            expected ? expected : "(NULL)");
}

void check_number(uint64_t actual, uint64_t expected, const char *what, const char *file, int line) {
    if (actual == expected) return;
    failures++;
    fprintf(stderr, "%s:%d: %s is %" PRIu64 ", expected %" PRIu64 "\n", file, line, what, actual, expected);
}

void check_result(uns_result actual, uns_result expected, const char *file, int line) {
    check_text(uns_result_name(actual), uns_result_name(expected), file, line);
}

uns_config *settings(const char *url) {
    uns_config *config = uns_config_new();
    CHECK_RESULT(uns_config_set_api_key(config, " key-of-the-configuration\n"), UNS_OK);
    CHECK_RESULT(uns_config_set_base_url(config, url), UNS_OK);
    CHECK_RESULT(uns_config_set_max_retries(config, 0), UNS_OK);
    CHECK_RESULT(uns_config_set_timeout_ms(config, 20000), UNS_OK);
    CHECK_RESULT(uns_config_set_connect_timeout_ms(config, 20000), UNS_OK);
    return config;
}

uns_client *connect_to(const char *url) {
    uns_config *config = settings(url);
    uns_client *client = NULL;
    uns_error *error = NULL;
    CHECK_RESULT(uns_client_new(config, &client, &error), UNS_OK);
    CHECK_TEXT(error ? error->message : NULL, NULL);
    uns_error_free(error);
    uns_config_free(config);
    if (client == NULL) exit(2);
    return client;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s SERVICE_URL CLOSED_URL\n", argv[0]);
        return 2;
    }
    service_url = argv[1];
    closed_url = argv[2];
    test_details();
    test_errors();
    test_arguments();
    test_wait();
    test_cancel();
    test_log();
    if (failures != 0) {
        fprintf(stderr, "%d checks failed\n", failures);
        return 1;
    }
    puts("all passed");
    return 0;
}
