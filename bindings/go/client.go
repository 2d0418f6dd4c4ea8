package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import (
	"context"
	"runtime"
	"sync"
)

// Client asks the service about jobs. It keeps its connections alive between calls, may be used by many goroutines at
// once, and is to be closed: one that is forgotten keeps its connections until the garbage collector finds it.
type Client struct {
	mutex sync.Mutex
	// handle is nil once the client is closed, and in a Client that New did not make.
	handle *C.uns_client
	// idle are the handles that no call uses.
	idle []*handle
	// calls are those under way in C. They are added under mutex while handle is not nil, so that after Close has taken
	// it none is.
	calls sync.WaitGroup
	// closing is closed when Close begins: observers are not waited for any more.
	closing   chan struct{}
	closeOnce sync.Once
}

// New makes a client, after checking every option. It sends nothing. Of the environment only the proxy variables are
// read, unless [WithProxy] sets one.
func New(options ...Option) (*Client, error) { return newClient(C.uns_config_new(), options) }

// NewFromEnv is [New] with the API key from UNSTRUCTURED_API_KEY and the base URL from UNSTRUCTURED_API_URL, if that is
// set and not empty. Options win over both.
func NewFromEnv(options ...Option) (*Client, error) {
	return newClient(C.uns_config_new_from_env(), options)
}

func newClient(c *C.uns_config, options []Option) (*Client, error) {
	defer C.uns_config_free(c)
	cfg := config{c: c}
	for _, option := range options {
		if option != nil {
			option(&cfg)
		}
	}
	if cfg.err != nil {
		return nil, cfg.err
	}
	var handle *C.uns_client
	var failure *C.uns_error
	if C.uns_client_new(c, &handle, &failure) != C.UNS_OK {
		return nil, takeError(failure)
	}
	client := &Client{handle: handle, closing: make(chan struct{})}
	runtime.SetFinalizer(client, (*Client).Close)
	return client, nil
}

// Close ends every call on the client at once, in any goroutine, waits until none is under way in C, and frees the
// client. Calls that it ends, and later ones, fail with an error that is [ErrClosed]. An observer may call it. It
// always returns nil, and may be called again.
func (c *Client) Close() error {
	c.closeOnce.Do(func() {
		c.mutex.Lock()
		handle, idle := c.handle, c.idle
		c.handle, c.idle = nil, nil
		c.mutex.Unlock()
		if handle == nil {
			return
		}
		close(c.closing)
		C.uns_client_shutdown(handle)
		c.calls.Wait()
		for _, unused := range idle {
			unused.free()
		}
		C.uns_client_free(handle)
	})
	return nil
}

// JobDetails asks once how a job is doing, with retries as configured. The id is 1 to 128 letters, digits, "-" and "_".
func (c *Client) JobDetails(ctx context.Context, jobID string) (*JobDetails, error) {
	id, err := terminated("job id", jobID)
	if err != nil {
		return nil, err
	}
	details, failure, ended := run(ctx, c, func(client *C.uns_client) (*JobDetails, *Error) {
		var details *C.uns_job_details
		var failure *C.uns_error
		if C.uns_client_job_details(client, pointer(id), &details, &failure) != C.UNS_OK {
			return nil, takeError(failure)
		}
		return takeJobDetails(details), nil
	})
	return details, c.failure(failure, ended)
}

// FailedFiles asks which documents of a job failed, and why: the next question after an end that is not StatusSuccess.
func (c *Client) FailedFiles(ctx context.Context, jobID string) ([]FailedFile, error) {
	id, err := terminated("job id", jobID)
	if err != nil {
		return nil, err
	}
	files, failure, ended := run(ctx, c, func(client *C.uns_client) ([]FailedFile, *Error) {
		var files *C.uns_failed_files
		var failure *C.uns_error
		if C.uns_client_failed_files(client, pointer(id), &files, &failure) != C.UNS_OK {
			return nil, takeError(failure)
		}
		return takeFailedFiles(files), nil
	})
	return files, c.failure(failure, ended)
}

// FileStatuses asks where each file of a job is: which node has it, how often that has tried, and for how long. The
// service allows 12 such calls a minute for each job, so this is no call to poll with.
func (c *Client) FileStatuses(ctx context.Context, jobID string) (*FileStatuses, error) {
	id, err := terminated("job id", jobID)
	if err != nil {
		return nil, err
	}
	statuses, failure, ended := run(ctx, c, func(client *C.uns_client) (*FileStatuses, *Error) {
		var statuses *C.uns_file_statuses
		var failure *C.uns_error
		if C.uns_client_file_statuses(client, pointer(id), &statuses, &failure) != C.UNS_OK {
			return nil, takeError(failure)
		}
		return takeFileStatuses(statuses), nil
	})
	return statuses, c.failure(failure, ended)
}

// enter begins a call. It is followed by leave.
func (c *Client) enter() (*C.uns_client, *Error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.handle == nil {
		return nil, closedError()
	}
	c.calls.Add(1)
	return c.handle, nil
}

func (c *Client) leave() { c.calls.Done() }

// failure is err as an error; if a context ended the call (ended is then its error) or Close did, as an error of that.
func (c *Client) failure(err *Error, ended error) error {
	if err == nil {
		return nil
	}
	if err.Code != CodeCancelled || err.cause != nil {
		return err
	}
	if ended != nil {
		by := endedBy(ended)
		by.Attempts = err.Attempts
		return by
	}
	select {
	case <-c.closing:
		err.cause = ErrClosed
	default:
	}
	return err
}
