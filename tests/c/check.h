/* What the C tests are made of: checks that count, and the client that most of them need. */

#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "unstructured_jobs.h"

/* Where the service is, and where nobody listens. */
extern const char *service_url;
extern const char *closed_url;
extern int failures;

#define CHECK(condition) check((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), __FILE__, __LINE__)
#define CHECK_NUMBER(actual, expected) check_number((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_RESULT(actual, expected) check_result((actual), (expected), __FILE__, __LINE__)

void check(int holds, const char *what, const char *file, int line);
void check_text(const char *actual, const char *expected, const char *file, int line);
void check_number(uint64_t actual, uint64_t expected, const char *what, const char *file, int line);
void check_result(uns_result actual, uns_result expected, const char *file, int line);

/* Settings for the service, with no retries and a short timeout; a client of them. */
uns_config *settings(const char *url);
uns_client *connect_to(const char *url);

/* The tests, by file. */
void test_details(void);
void test_errors(void);
void test_arguments(void);
void test_wait(void);
void test_cancel(void);
void test_log(void);

#endif
