/* The ways from the C library's callbacks to Go. A handle is a number that Go gives out (runtime/cgo.Handle), not an
 * address: C keeps no pointer of Go. */
#include <unstructured_jobs.h>

uns_result observed_wait(const uns_client *client, const char *job_id, const uns_wait_options *options,
                         uintptr_t handle, uns_job_details **details, uns_error **error);

uns_result observed_wait_all(const uns_client *client, const char *const *job_ids, size_t job_ids_len,
                             const uns_wait_options *options, uintptr_t handle, uns_job_outcomes **outcomes,
                             uns_error **error);

void set_log_callback(int32_t max_level, bool wanted);
