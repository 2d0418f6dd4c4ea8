/* The peer: the same warm calls with libcurl and cJSON, as a careful C program would make them.
 *
 * usage: peer_libcurl URL CA_FILE KEY JOB_ID CALLS     (URL: https://host:port)
 * Prints for each of CALLS warm calls, on average: CPU microseconds, wall microseconds; and the process's peak KiB. */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

struct body {
    char *bytes;
    size_t len, capacity;
};

static size_t collect(char *data, size_t size, size_t count, void *user_data)
{
    struct body *body = user_data;
    size_t len = size * count;
    if (body->capacity - body->len < len) {
        size_t capacity = (body->len + len) * 2;
        char *bytes = realloc(body->bytes, capacity);
        if (bytes == NULL) {
            return 0;
        }
        body->bytes = bytes;
        body->capacity = capacity;
    }
    memcpy(body->bytes + body->len, data, len);
    body->len += len;
    return len;
}

static int is_text_or_null(const cJSON *value)
{
    return value == NULL || cJSON_IsNull(value) || cJSON_IsString(value);
}

static int is_count(const cJSON *value)
{
    return cJSON_IsNumber(value) && cJSON_GetNumberValue(value) >= 0;
}

/* One call: 0, and the number of nodes, if the answer is what it should be. */
static int job_details(CURL *curl, struct body *body, const char *job_id, size_t *nodes)
{
    long status = 0;
    int failed = 1;
    cJSON *root = NULL;
    const cJSON *list, *node;

    body->len = 0;
    if (curl_easy_perform(curl) != CURLE_OK) {
        return 1;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        return 1;
    }
    root = cJSON_ParseWithLength(body->bytes, body->len);
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(root, "id");
    if (!cJSON_IsString(id) || strcmp(id->valuestring, job_id) != 0) {
        goto done;
    }
    if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(root, "processing_status"))
        || !is_text_or_null(cJSON_GetObjectItemCaseSensitive(root, "message"))) {
        goto done;
    }
    list = cJSON_GetObjectItemCaseSensitive(root, "node_stats");
    if (!cJSON_IsArray(list)) {
        goto done;
    }
    *nodes = 0;
    cJSON_ArrayForEach(node, list)
    {
        if (!is_text_or_null(cJSON_GetObjectItemCaseSensitive(node, "node_name"))
            || !is_text_or_null(cJSON_GetObjectItemCaseSensitive(node, "node_type"))
            || !is_text_or_null(cJSON_GetObjectItemCaseSensitive(node, "node_subtype"))
            || !is_count(cJSON_GetObjectItemCaseSensitive(node, "ready"))
            || !is_count(cJSON_GetObjectItemCaseSensitive(node, "in_progress"))
            || !is_count(cJSON_GetObjectItemCaseSensitive(node, "success"))
            || !is_count(cJSON_GetObjectItemCaseSensitive(node, "failure"))) {
            goto done;
        }
        *nodes += 1;
    }
    failed = 0;
done:
    cJSON_Delete(root);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: %s URL CA_FILE KEY JOB_ID CALLS\n", argv[0]);
        return 2;
    }
    char url[512], key[512];
    snprintf(url, sizeof url, "%s/api/v1/jobs/%s/details", argv[1], argv[4]);
    snprintf(key, sizeof key, "unstructured-api-key: %s", argv[3]);

    struct body body = {0};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, key);
    headers = curl_slist_append(headers, "accept: application/json");
    if (curl == NULL || headers == NULL) {
        return 1;
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_CAINFO, argv[2]);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);

    int failed = 0;
    unsigned long calls = strtoul(argv[5], NULL, 10);
    struct measure start = {0};
    /* the first calls are not warm */
    for (unsigned long call = 0; call < WARM_UP + calls && !failed; call++) {
        size_t nodes = 0;
        if (call == WARM_UP) {
            start = measure_now();
        }
        failed = job_details(curl, &body, argv[4], &nodes) || nodes != 5;
    }
    if (!failed) {
        measure_print(start, calls);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    free(body.bytes);
    return failed;
}
