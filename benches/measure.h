/* What the C programs of the benchmark print about themselves, the same way for both. Linux. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#define WARM_UP 20

struct measure {
    double cpu_us, wall_us;
};

static double microseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

static struct measure measure_now(void)
{
    struct rusage usage;
    struct timespec now;
    getrusage(RUSAGE_SELF, &usage);
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct measure measure = {
        microseconds(usage.ru_utime) + microseconds(usage.ru_stime),
        (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3,
    };
    return measure;
}

/* The peak of this program alone: ru_maxrss begins with the peak of the process that started it. */
static long peak_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kib = strtol(line + 6, NULL, 10);
        }
    }
    if (status != NULL) {
        fclose(status);
    }
    return kib;
}

static void measure_print(struct measure start, unsigned long calls)
{
    struct measure end = measure_now();
    printf("%.3f %.3f %ld\n", (end.cpu_us - start.cpu_us) / (double)calls, (end.wall_us - start.wall_us) / (double)calls,
           peak_kib());
}

#endif
