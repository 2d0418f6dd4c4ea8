#include "callbacks.h"

#include "_cgo_export.h"

static bool observe(const uns_event *event, void *handle)
{
    return unstructuredJobsObserve((uns_event *)event, (uintptr_t)handle);
}

uns_result observed_wait(const uns_client *client, const char *job_id, const uns_wait_options *options,
                         uintptr_t handle, uns_job_details **details, uns_error **error)
{
    return uns_client_wait(client, job_id, options, handle != 0 ? observe : NULL, (void *)handle, details, error);
}

uns_result observed_wait_all(const uns_client *client, const char *const *job_ids, size_t job_ids_len,
                             const uns_wait_options *options, uintptr_t handle, uns_job_outcomes **outcomes,
                             uns_error **error)
{
    return uns_client_wait_all(client, job_ids, job_ids_len, options, handle != 0 ? observe : NULL, (void *)handle,
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
