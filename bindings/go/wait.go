package unstructuredjobs

// #include <stdlib.h>
// // A header that does not fit is an error, not a warning.
// #cgo CFLAGS: -Werror=incompatible-pointer-types
// #include "callbacks.h"
import "C"

import (
	"context"
	"runtime/cgo"
	"unsafe"
)

// Wait polls until a job ends, and returns its last details, whatever the end: look at their ProcessingStatus.
func (c *Client) Wait(ctx context.Context, jobID string, options ...WaitOption) (*JobDetails, error) {
	id, err := terminated("job id", jobID)
	if err != nil {
		return nil, err
	}
	ask := func(client *C.uns_client, options *C.uns_wait_options, observer C.uintptr_t) (*JobDetails, *Error) {
		var details *C.uns_job_details
		var failure *C.uns_error
		if C.observed_wait(client, pointer(id), options, observer, &details, &failure) != C.UNS_OK {
			return nil, takeError(failure)
		}
		return takeJobDetails(details), nil
	}
	details, failure, by := wait(ctx, c, options, ask)
	if by.stopped != nil {
		return nil, stoppedBy(by.stopped)
	}
	return details, c.failure(failure, by.ended)
}

// WaitAll waits for any number of jobs on one thread, over one kept connection, each on its own schedule. It returns
// one outcome for each id, in their order; one job's failure does not end the others. An id given twice is polled once,
// and both get the outcome. A rate limit in response to one poll slows all of them.
//
// When the context, the observer or Close ends the wait, WaitAll returns the outcomes and the error: the jobs that had
// ended by then have their details, and the others that error. With any other error there are no outcomes, for then an
// id or an option is unacceptable, or the system lacks something, and nothing was sent.
func (c *Client) WaitAll(ctx context.Context, jobIDs []string, options ...WaitOption) ([]JobOutcome, error) {
	for _, id := range jobIDs {
		if _, err := terminated("job id", id); err != nil {
			return nil, err
		}
	}
	ask := func(client *C.uns_client, options *C.uns_wait_options, observer C.uintptr_t) ([]outcome, *Error) {
		ids := newStrings(jobIDs)
		defer C.free(unsafe.Pointer(ids))
		var outcomes *C.uns_job_outcomes
		var failure *C.uns_error
		count := C.size_t(len(jobIDs))
		if C.observed_wait_all(client, ids, count, options, observer, &outcomes, &failure) != C.UNS_OK {
			return nil, takeError(failure)
		}
		return takeOutcomes(outcomes), nil
	}
	found, failure, by := wait(ctx, c, options, ask)
	var ended error // once for the wait, and for each job that had not ended by then
	if failure != nil {
		if failure.Code == CodeInvalidArgument || failure.cause == nil {
			return nil, failure
		}
		// over before it began
		ended = failure
		found = make([]outcome, len(jobIDs))
		for i := range found {
			found[i].err = failure
		}
	}
	if by.stopped != nil {
		ended = stoppedBy(by.stopped)
	}
	outcomes := make([]JobOutcome, len(found))
	for i, of := range found {
		outcomes[i] = JobOutcome{JobID: jobIDs[i], Details: of.details}
		if of.err == nil {
			continue
		}
		outcomes[i].Err = c.failure(of.err, by.ended)
		if of.err.Code != CodeCancelled {
			continue
		}
		if ended == nil {
			ended = outcomes[i].Err
		}
		outcomes[i].Err = ended
	}
	return outcomes, ended
}

// by is who ended a wait from this side, if anybody did: the observer, with its error, or the context, with its own.
type by struct{ stopped, ended error }

// wait runs one wait, in C. Without an observer that happens on this goroutine, otherwise on another one, so that the
// observer runs on this one and what it does to it (a panic, runtime.Goexit) is the caller's own, and does not pass
// through C. In either case the wait in C is over when this function is left, in whatever way.
func wait[T any](
	ctx context.Context, c *Client, options []WaitOption,
	ask func(*C.uns_client, *C.uns_wait_options, C.uintptr_t) (T, *Error),
) (answer T, failure *Error, by by) {
	if by.ended = ctx.Err(); by.ended != nil {
		return answer, endedBy(by.ended), by
	}
	cfg := newWaitConfig(options)
	defer cfg.free()
	if cfg.err != nil {
		return answer, cfg.err, by
	}
	if cfg.observer == nil {
		answer, failure, by.ended = run(ctx, c, func(client *C.uns_client) (T, *Error) {
			return ask(client, cfg.c, 0)
		})
		return answer, failure, by
	}

	client, failure := c.enter()
	if failure != nil {
		return answer, failure, by
	}
	h := c.borrow(client)
	w := &watcher{reports: make(chan report), over: make(chan struct{}), closing: c.closing}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// here and not below, for an observer that closes the client
		defer c.leave()
		number := cgo.NewHandle(w)
		defer number.Delete()
		answer, failure = ask(h.client, cfg.c, C.uintptr_t(number))
	}()
	cancelled := false
	cancel := func() {
		cancelled = true
		C.uns_cancel_token_cancel(h.token)
		close(w.over)
		<-done
	}
	defer func() {
		select {
		case <-done:
		default: // the observer has panicked, or ended its goroutine
			cancel()
		}
		c.giveBack(h, cancelled)
	}()
	for {
		if by.ended = ctx.Err(); by.ended != nil {
			cancel()
			return answer, failure, by
		}
		select {
		case report := <-w.reports:
			by.stopped = cfg.observer(report.event)
			report.goOn <- by.stopped == nil
		case <-done:
			return answer, failure, by
		case <-ctx.Done():
		}
	}
}

// outcome is what came of one job, before it is known who ended it.
type outcome struct {
	details *JobDetails
	err     *Error
}

// newStrings copies texts to C: one block, to be freed as such, of their addresses and then the texts themselves.
func newStrings(texts []string) **C.char {
	size := len(texts) * int(unsafe.Sizeof((*C.char)(nil)))
	at := size
	for _, text := range texts {
		size += len(text) + 1
	}
	block := C.malloc(C.size_t(size + 1)) // of nothing, malloc may return NULL
	addresses := unsafe.Slice((**C.char)(block), len(texts))
	bytes := unsafe.Slice((*byte)(block), size)
	for i, text := range texts {
		addresses[i] = (*C.char)(unsafe.Pointer(&bytes[at]))
		at += copy(bytes[at:], text)
		bytes[at] = 0
		at++
	}
	return (**C.char)(block)
}
