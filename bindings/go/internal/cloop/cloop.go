// Package cloop makes the same call over and over in C, without Go in between: what calls from Go are measured against.
package cloop

/*
#include <stdlib.h>
#include <time.h>
#include <unstructured_jobs.h>

static uns_result open_client(const char *base_url, const char *key, uns_client **client)
{
    uns_config *config = uns_config_new();
    uns_config_set_base_url(config, base_url);
    uns_config_set_api_key(config, key);
    uns_config_set_proxy(config, "none");
    uns_result result = uns_client_new(config, client, NULL);
    uns_config_free(config);
    return result;
}

static uns_result ask(const uns_client *client, const char *job_id, int times, int64_t *nanoseconds)
{
    struct timespec begin, end;
    uns_result result = UNS_OK;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < times; i++) {
        uns_job_details *details = NULL;
        uns_error *error = NULL;
        result = uns_client_job_details(client, job_id, &details, &error);
        uns_job_details_free(details);
        uns_error_free(error);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    *nanoseconds = (end.tv_sec - begin.tv_sec) * 1000000000LL + (end.tv_nsec - begin.tv_nsec);
    return result;
}
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"
)

// Client is a client of its own.
type Client struct{ handle *C.uns_client }

// New makes a client without a proxy.
func New(baseURL, key string) (*Client, error) {
	url, secret := C.CString(baseURL), C.CString(key)
	defer C.free(unsafe.Pointer(url))
	defer C.free(unsafe.Pointer(secret))
	var c Client
	if result := C.open_client(url, secret, &c.handle); result != C.UNS_OK {
		return nil, fmt.Errorf("uns_client_new: %s", C.GoString(C.uns_result_name(C.int32_t(result))))
	}
	return &c, nil
}

// Close frees the client.
func (c *Client) Close() { C.uns_client_free(c.handle) }

// JobDetails asks the given number of times, which is one call from Go, and tells how long C took. The name is that of
// the last call's result.
func (c *Client) JobDetails(jobID string, times int) (took time.Duration, result string) {
	id := C.CString(jobID)
	defer C.free(unsafe.Pointer(id))
	var nanoseconds C.int64_t
	last := C.ask(c.handle, id, C.int(times), &nanoseconds)
	return time.Duration(nanoseconds), C.GoString(C.uns_result_name(C.int32_t(last)))
}
