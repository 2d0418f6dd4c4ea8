/* The conformance cases through the C API: `conformance CASES.tsv`, as examples/conformance_server.rs serves them. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unstructured_jobs.h"

struct leaf {
    const char *name, *path, *value; /* value: NULL for null */
};

static struct leaf *leaves;
static size_t leaves_len;
static const char *current; /* the case that runs */
static int failures;

/* The text at a path of the current case; `*there` says whether there is such a path. */
static const char *look_up(const char *path, bool *there) {
    for (size_t i = 0; i < leaves_len; i++)
        if (strcmp(leaves[i].name, current) == 0 && strcmp(leaves[i].path, path) == 0) {
            *there = true;
            return leaves[i].value;
        }
    *there = false;
    return NULL;
}

static const char *text(const char *path) {
    bool there;
    return look_up(path, &there);
}

static bool has(const char *path) {
    bool there;
    look_up(path, &there);
    return there;
}

static uint64_t number(const char *path) {
    const char *digits = text(path);
    return digits == NULL ? 0 : strtoull(digits, NULL, 10);
}

static const char *step(const char *format, size_t at, const char *field) {
    static char path[128];
    snprintf(path, sizeof path, format, at, field);
    return path;
}

static void same_text(const char *path, const char *found) {
    const char *expected = text(path);
    if (has(path) && (expected == found || (expected != NULL && found != NULL && strcmp(expected, found) == 0))) return;
    failures++;
    printf("%s: %s: expected %s, found %s\n", current, path, expected ? expected : "NULL", found ? found : "NULL");
}

static void same_number(const char *path, uint64_t found) {
    if (has(path) && number(path) == found) return;
    failures++;
    printf("%s: %s: expected %" PRIu64 ", found %" PRIu64 "\n", current, path, number(path), found);
}

static void check_details(const uns_job_details *details) {
    same_text("expect.details.id", details->id);
    same_text("expect.details.processing_status", details->processing_status_text);
    same_text("expect.details.message", details->message);
    same_text("expect.status", uns_processing_status_name(details->processing_status));
    same_number("expect.details.node_stats.len", details->node_stats_len);
    for (size_t i = 0; i < details->node_stats_len; i++) {
        const uns_node_stats *node = &details->node_stats[i];
        const char *format = "expect.details.node_stats.%zu.%s";
        same_text(step(format, i, "node_name"), node->node_name);
        same_text(step(format, i, "node_type"), node->node_type);
        same_text(step(format, i, "node_subtype"), node->node_subtype);
        same_number(step(format, i, "ready"), node->ready);
        same_number(step(format, i, "in_progress"), node->in_progress);
        same_number(step(format, i, "success"), node->success);
        same_number(step(format, i, "failure"), node->failure);
    }
}

static void check_files(const uns_failed_files *files) {
    same_number("expect.failed_files.len", files->files_len);
    for (size_t i = 0; i < files->files_len; i++) {
        same_text(step("expect.failed_files.%zu.%s", i, "document"), files->files[i].document);
        same_text(step("expect.failed_files.%zu.%s", i, "error"), files->files[i].error);
    }
}

/* seconds; negative where there are none */
static void same_seconds(const char *path, double found) {
    const char *expected = text(path);
    if (expected == NULL ? found < 0 : found == strtod(expected, NULL)) return;
    failures++;
    printf("%s: %s: expected %s, found %f\n", current, path, expected == NULL ? "none" : expected, found);
}

static void check_statuses(const uns_file_statuses *list) {
    same_text("expect.file_statuses.id", list->id);
    same_text("expect.file_statuses.truncated", list->truncated ? "true" : "false");
    same_text("expect.file_statuses.index_finished", list->index_finished ? "true" : "false");
    same_text("expect.file_statuses.generated_at", list->generated_at);
    same_number("expect.file_statuses.files.len", list->files_len);
    for (size_t i = 0; i < list->files_len; i++) {
        const uns_file_status *file = &list->files[i];
        const char *format = "expect.file_statuses.files.%zu.%s";
        same_text(step(format, i, "record_id"), file->record_id);
        same_text(step(format, i, "document"), file->document);
        same_text(step(format, i, "status"), file->state_text);
        same_text(step(format, i, "error"), file->error);
        same_text(step(format, i, "discovered_by_node_id"), file->discovered_by_node_id);
        same_seconds(step(format, i, "time_elapsed"), file->seconds);
        if (!has(step(format, i, "current_node.id"))) {
            same_text(step(format, i, "current_node"), file->node_id);
            continue;
        }
        same_text(step(format, i, "current_node.id"), file->node_id);
        same_text(step(format, i, "current_node.status"), file->node_state_text);
        same_number(step(format, i, "current_node.tries"), file->tries);
        same_seconds(step(format, i, "current_node.time_elapsed"), file->node_seconds);
    }
}

static void check_error(const uns_error *error) {
    if (error == NULL) {
        failures++;
        printf("%s: there is no error\n", current);
        return;
    }
    same_text("expect.result", uns_result_name(error->result));
    same_number("expect.http_status", error->http_status);
    same_text("expect.retryable", error->retryable ? "true" : "false");
    same_number("expect.retry_after_ms", error->retry_after_ms);
    same_number("expect.attempts", error->attempts);
    for (size_t i = 0; i < number("expect.message.len"); i++) {
        const char *part = text(step("expect.message.%zu%s", i, ""));
        if (strstr(error->message, part) != NULL) continue;
        failures++;
        printf("%s: expected \"%s\" in \"%s\"\n", current, part, error->message);
    }
    for (size_t i = 0; i < number("expect.message_lacks.len"); i++) {
        const char *part = text(step("expect.message_lacks.%zu%s", i, ""));
        if (strstr(error->message, part) == NULL) continue;
        failures++;
        printf("%s: expected no \"%s\" in \"%s\"\n", current, part, error->message);
    }
}

static bool observe(const uns_event *event, void *user_data) {
    size_t *seen = user_data;
    if (event->kind != UNS_EVENT_RESPONDED && event->kind != UNS_EVENT_ENDED) return true;
    if (has("expect.observed.len"))
        same_text(step("expect.observed.%zu%s", *seen, ""), event->details->processing_status_text);
    (*seen)++;
    return !(has("wait.stop_after") && *seen == number("wait.stop_after"));
}

static uns_result wait_for(const uns_client *client, uns_job_details **details, uns_error **error) {
    size_t seen = 0;
    uns_wait_options *options = uns_wait_options_new();
    uns_wait_options_set_initial_interval_ms(options, number("wait.initial_interval_ms"));
    uns_wait_options_set_max_interval_ms(options, number("wait.max_interval_ms"));
    if (has("wait.timeout_ms")) uns_wait_options_set_timeout_ms(options, number("wait.timeout_ms"));
    if (has("wait.max_outage_ms")) uns_wait_options_set_max_outage_ms(options, number("wait.max_outage_ms"));
    uns_result result = uns_client_wait(client, text("job_id"), options, observe, &seen, details, error);
    if (has("expect.observed.len")) same_number("expect.observed.len", seen);
    uns_wait_options_free(options);
    return result;
}

static uns_result make_client(uns_client **client, uns_error **error) {
    uns_config *config = uns_config_new();
    uns_config_set_api_key(config, text("config.api_key"));
    uns_config_set_base_url(config, text("config.base_url"));
    uns_config_set_proxy(config, text("config.proxy"));
    uns_config_set_timeout_ms(config, number("config.timeout_ms"));
    uns_config_set_connect_timeout_ms(config, number("config.connect_timeout_ms"));
    uns_config_set_max_retries(config, (uint32_t)number("config.max_retries"));
    if (has("config.max_response_bytes"))
        uns_config_set_max_response_bytes(config, number("config.max_response_bytes"));
    if (has("config.ca_pem")) {
        const char *pem = text("config.ca_pem");
        uns_config_set_ca_pem(config, (const uint8_t *)pem, strlen(pem));
    }
    uns_result result = uns_client_new(config, client, error);
    uns_config_free(config);
    return result;
}

static void run_case(void) {
    uns_client *client = NULL;
    uns_error *error = NULL;
    uns_result made = make_client(&client, &error);
    const char *call = text("call");
    uint64_t calls = has("calls") ? number("calls") : 1;
    for (uint64_t i = 0; i < calls; i++) {
        uns_job_details *details = NULL;
        uns_failed_files *files = NULL;
        uns_file_statuses *statuses = NULL;
        uns_result result = made;
        if (made == UNS_OK) {
            if (strcmp(call, "job_details") == 0)
                result = uns_client_job_details(client, text("job_id"), &details, &error);
            else if (strcmp(call, "failed_files") == 0)
                result = uns_client_failed_files(client, text("job_id"), &files, &error);
            else if (strcmp(call, "file_statuses") == 0)
                result = uns_client_file_statuses(client, text("job_id"), &statuses, &error);
            else
                result = wait_for(client, &details, &error);
        }
        same_text("expect.result", uns_result_name(result));
        if (details != NULL) check_details(details);
        if (files != NULL) check_files(files);
        if (statuses != NULL) check_statuses(statuses);
        if (result != UNS_OK) check_error(error);
        uns_job_details_free(details);
        uns_failed_files_free(files);
        uns_file_statuses_free(statuses);
    }
    uns_error_free(error);
    uns_client_free(client);
}

/* Replaces the escapes in place. */
static char *unescape(char *text) {
    if (strcmp(text, "\\N") == 0) return NULL;
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '\\') {
            from++;
            *to++ = *from == 't' ? '\t' : *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return text;
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    size_t len = 0, size = 1 << 20;
    char *bytes = malloc(size);
    for (size_t got; (got = fread(bytes + len, 1, size - len - 1, file)) > 0;) {
        len += got;
        if (len + 1 == size) bytes = realloc(bytes, size *= 2);
    }
    bytes[len] = '\0';
    fclose(file);
    return bytes;
}

int main(int argc, char **argv) {
    char *file = argc == 2 ? read_file(argv[1]) : NULL;
    if (file == NULL) {
        fprintf(stderr, "usage: conformance CASES.tsv\n");
        return 2;
    }
    size_t lines = 1;
    for (const char *c = file; *c != '\0'; c++) lines += *c == '\n';
    leaves = calloc(lines, sizeof *leaves);
    for (char *line = strtok(file, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *path = strchr(line, '\t'), *value = path == NULL ? NULL : strchr(path + 1, '\t');
        if (value == NULL) {
            fprintf(stderr, "not a line of cases: %s\n", line);
            return 2;
        }
        *path++ = '\0';
        *value++ = '\0';
        leaves[leaves_len++] = (struct leaf){line, path, unescape(value)};
    }
    size_t cases = 0;
    for (size_t i = 0; i < leaves_len; i++) {
        if (i > 0 && strcmp(leaves[i].name, leaves[i - 1].name) == 0) continue;
        current = leaves[i].name;
        cases++;
        run_case();
    }
    printf("%zu cases, %d failures\n", cases, failures);
    free(leaves);
    free(file);
    return failures == 0 && cases > 0 ? 0 : 1;
}
