/* The log callback: what it is given, and that it can be replaced while other threads log. */

#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARN 2
#define DEBUG 4
#define THREADS 4
#define CALLS 25

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct lines {
    int alive;
    int count;
    int least_important;
    char last[512];
};

static void remember(int32_t level, const char *message, void *user_data) {
    struct lines *lines = user_data;
    pthread_mutex_lock(&lock);
    CHECK(lines->alive == 1);
    CHECK(level >= 1 && level <= 5);
    CHECK(message != NULL && message[0] != '\0' && message[strlen(message) - 1] != '\n');
    CHECK(strstr(message, "key-of-the-configuration") == NULL);
    lines->count++;
    if (level > lines->least_important) lines->least_important = level;
    snprintf(lines->last, sizeof lines->last, "%s", message);
    pthread_mutex_unlock(&lock);
}

/* A call that has something to say at debug level: it makes a connection. */
static void connect_and_ask(void) {
    uns_client *client = connect_to(service_url);
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_client_job_details(client, "ok", &details, NULL), UNS_OK);
    uns_job_details_free(details);
    uns_client_free(client);
}

static void lines_come_as_far_as_they_are_wanted(void) {
    struct lines lines = {1, 0, 0, ""};
    uns_set_log_callback(DEBUG, remember, &lines);
    connect_and_ask();
    CHECK(lines.count > 0);
    CHECK_NUMBER((uint64_t)lines.least_important, DEBUG);
    CHECK(strncmp(lines.last, "HTTP 200, ", 10) == 0);

    /* more important than debug: of a call that succeeds there is nothing to say */
    lines.count = 0;
    uns_set_log_callback(1, remember, &lines);
    connect_and_ask();
    CHECK_NUMBER((uint64_t)lines.count, 0);

    /* more than there is means all */
    uns_set_log_callback(INT32_MAX, remember, &lines);
    connect_and_ask();
    CHECK(lines.count > 0);

    int before = lines.count;
    uns_set_log_callback(0, remember, &lines);
    connect_and_ask();
    uns_set_log_callback(-1, remember, &lines);
    connect_and_ask();
    uns_set_log_callback(DEBUG, NULL, &lines);
    connect_and_ask();
    CHECK_NUMBER((uint64_t)lines.count, (uint64_t)before);
}

struct text {
    char all[4096];
};

static void append(int32_t level, const char *message, void *user_data) {
    struct text *text = user_data;
    size_t used = strlen(text->all);
    CHECK(level == DEBUG);
    pthread_mutex_lock(&lock);
    snprintf(text->all + used, sizeof text->all - used, "%s\n", message);
    pthread_mutex_unlock(&lock);
}

/* Whether one line after another begins so. */
static int reads(const char *text, const char *const *beginnings, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strncmp(text, beginnings[i], strlen(beginnings[i])) != 0) return 0;
        const char *end = strchr(text, '\n');
        if (end == NULL) return 0;
        text = end + 1;
    }
    return *text == '\0';
}

/* The library says what it does: each connection, attempt and response, each pause and its reason. */
static void a_call_can_be_followed(void) {
    uns_config *config = settings(service_url);
    uns_client *client = NULL;
    uns_job_details *details = NULL;
    CHECK_RESULT(uns_config_set_max_retries(config, 1), UNS_OK);
    CHECK_RESULT(uns_client_new(config, &client, NULL), UNS_OK);
    uns_config_free(config);
    struct text text = {""};
    uns_set_log_callback(DEBUG, append, &text);
    CHECK_RESULT(uns_client_job_details(client, "status_503_0", &details, NULL), UNS_ERROR_HTTP_STATUS);
    uns_set_log_callback(0, NULL, NULL);
    uns_client_free(client);
    char get[512];
    char again[512];
    snprintf(get, sizeof get, "attempt 1: GET %s/api/v1/jobs/status_503_0/details", service_url);
    snprintf(again, sizeof again, "attempt 2: GET %s/api/v1/jobs/status_503_0/details", service_url);
    const char *const beginnings[] = {
        get, "connected to 127.0.0.1:", "HTTP 503, ", "attempt 1 failed, next one in 0.0ns: HTTP 503: ",
        again, "HTTP 503, "};
    if (!reads(text.all, beginnings, sizeof beginnings / sizeof beginnings[0])) CHECK_TEXT(text.all, "other lines");
}

/* A wait says once that it does not know a status; polling goes on. */
static void an_unknown_status_is_told_once(void) {
    struct lines lines = {1, 0, 0, ""};
    uns_client *client = connect_to(service_url);
    uns_wait_options *options = uns_wait_options_new();
    CHECK_RESULT(uns_wait_options_set_initial_interval_ms(options, 10), UNS_OK);
    CHECK_RESULT(uns_wait_options_set_timeout_ms(options, 100), UNS_OK);
    uns_job_details *details = NULL;
    uns_set_log_callback(WARN, remember, &lines);
    CHECK_RESULT(uns_client_wait(client, "unknown", options, NULL, NULL, &details, NULL), UNS_ERROR_TIMEOUT);
    uns_set_log_callback(0, NULL, NULL);
    CHECK_NUMBER((uint64_t)lines.count, 1);
    CHECK(strncmp(lines.last, "job unknown has the status \"PAUSED\", which version ", 51) == 0);
    uns_wait_options_free(options);
    uns_client_free(client);
}

static void ask_and_leave(int32_t level, const char *message, void *user_data) {
    int *calls = user_data;
    (void)level;
    (void)message;
    ++*calls;
    connect_and_ask(); /* what it logs comes to nobody */
    uns_set_log_callback(0, NULL, NULL);
}

static void a_callback_may_use_the_library_and_end_itself(void) {
    int calls = 0;
    uns_set_log_callback(DEBUG, ask_and_leave, &calls);
    connect_and_ask();
    connect_and_ask();
    CHECK_NUMBER((uint64_t)calls, 1);
}

static void *log_again_and_again(void *argument) {
    for (int i = 0; i < CALLS; i++) connect_and_ask();
    return argument;
}

static void a_callback_is_not_called_once_it_was_replaced(void) {
    pthread_t threads[THREADS];
    int all = 0;
    uns_set_log_callback(0, NULL, NULL);
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, log_again_and_again, NULL) == 0);
    struct lines *lines = NULL;
    for (int i = 0; i < 200; i++) {
        struct lines *next = calloc(1, sizeof *next);
        next->alive = 1;
        uns_set_log_callback(DEBUG, remember, next);
        if (lines != NULL) {
            all += lines->count;
            lines->alive = 0;
            free(lines);
        }
        lines = next;
        struct timespec pause = {0, 500000};
        nanosleep(&pause, NULL);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    uns_set_log_callback(0, NULL, NULL);
    all += lines->count;
    free(lines);
    CHECK(all > 0);
}

struct blocked {
    int entered[2];
    int leave[2];
};

static void block(int32_t level, const char *message, void *user_data) {
    struct blocked *blocked = user_data;
    char byte = 0;
    (void)level;
    (void)message;
    CHECK(write(blocked->entered[1], &byte, 1) == 1);
    CHECK(read(blocked->leave[0], &byte, 1) == 0);
}

static void *log_once(void *argument) {
    connect_and_ask();
    return argument;
}

/* The child has a callback that was being called by a thread that the child does not have. */
static void a_child_need_not_wait_for_its_parents_threads(void) {
    struct blocked blocked;
    pthread_t thread;
    char byte;
    if (pipe(blocked.entered) != 0 || pipe(blocked.leave) != 0) exit(2);
    uns_set_log_callback(DEBUG, block, &blocked);
    CHECK(pthread_create(&thread, NULL, log_once, NULL) == 0);
    CHECK(read(blocked.entered[0], &byte, 1) == 1);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        uns_set_log_callback(0, NULL, NULL);
        kill(getpid(), SIGKILL); /* so that valgrind does not ask what became of the thread's memory */
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(blocked.leave[1]);
    uns_set_log_callback(0, NULL, NULL);
    pthread_join(thread, NULL);
    close(blocked.leave[0]);
    close(blocked.entered[0]);
    close(blocked.entered[1]);
}

void test_log(void) {
    lines_come_as_far_as_they_are_wanted();
    a_call_can_be_followed();
    an_unknown_status_is_told_once();
    a_callback_may_use_the_library_and_end_itself();
    a_child_need_not_wait_for_its_parents_threads();
    a_callback_is_not_called_once_it_was_replaced();
}
