/* The header is found through pkg-config. */
#include <unstructured_jobs.h>

/* Types and error texts of threads differ between C libraries as Swift sees them (Glibc, Musl, Darwin): in C they do not. */
#include <pthread.h>
#include <string.h>

/* Starts a detached thread; returns what pthread_create did. */
static inline int unstructured_jobs_start_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, body, argument);
    if (failure == 0) pthread_detach(thread);
    return failure;
}
