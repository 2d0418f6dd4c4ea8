#include "callbacks.h"

#include "_cgo_export.h"

static bool one(const uns_job_details *details, void *handle)
{
    return unstructuredJobsObserve(0, (uns_job_details *)details, (uintptr_t)handle);
}

static bool many(size_t index, const uns_job_details *details, void *handle)
{
    return unstructuredJobsObserve(index, (uns_job_details *)details, (uintptr_t)handle);
}

uns_result observed_wait(const uns_client *client, const char *job_id, const uns_wait_options *options,
                         uintptr_t handle, uns_job_details **details, uns_error **error)
{
    return uns_client_wait(client, job_id, options, handle != 0 ? one : NULL, (void *)handle, details, error);
}

uns_result observed_wait_all(const uns_client *client, const char *const *job_ids, size_t job_ids_len,
                             const uns_wait_options *options, uintptr_t handle, uns_job_outcomes **outcomes,
                             uns_error **error)
{
    return uns_client_wait_all(client, job_ids, job_ids_len, options, handle != 0 ? many : NULL, (void *)handle,
                               outcomes, error);
}

static void log_line(int32_t level, const char *message, void *user_data)
{
    (void)user_data;
    unstructuredJobsLog(level, (char *)message);
}

void set_log_callback(int32_t max_level, bool wanted)
{
    uns_set_log_callback(max_level, wanted ? log_line : NULL, NULL);
}
