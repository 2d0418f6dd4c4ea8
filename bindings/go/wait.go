package unstructuredjobs

// #include <stdlib.h>
// #include "observer.h"
import "C"

import (
	"context"
	"runtime/cgo"
	"time"
	"unsafe"
)

// WaitOptions say when to look, and when to stop. The zero value, as nil, is the defaults, which suit most jobs.
//
// The first look is at once. Then pauses grow from InitialInterval by half each to MaxInterval, 10 % longer or shorter
// at random.
type WaitOptions struct {
	// Timeout is how long the whole wait may take; 0 is without end. A pause never runs past it: it is cut, so that one
	// last look happens then. (A context's deadline ends the wait without one.)
	Timeout time.Duration
	// InitialInterval is the first pause; 0 is 1 s. Less than 10 ms, or more than MaxInterval, is unacceptable.
	InitialInterval time.Duration
	// MaxInterval is the longest pause; 0 is 15 s. Less than 10 ms is unacceptable.
	MaxInterval time.Duration
	// MaxOutage is how long retryable failures in a row are borne before the last one is returned; 0 is 5 min, and a
	// negative one bears none. Meanwhile looks are 0.5 to 8 s apart, or as far as Retry-After asks.
	MaxOutage time.Duration
}

// Wait asks again until a job ends, and returns its last details, whatever the end: look at their ProcessingStatus. Nil
// options are the defaults.
//
// The observer sees every answer, the last one included, on the goroutine that called Wait; it may be nil, and may use
// the client. An error of it stops the wait: Wait then fails with CodeCancelled, and errors.Is finds the observer's
// error.
func (c *Client) Wait(
	ctx context.Context, jobID string, options *WaitOptions, observer func(details *JobDetails) error,
) (*JobDetails, error) {
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
	var each func(int, *JobDetails) error
	if observer != nil {
		each = func(_ int, details *JobDetails) error { return observer(details) }
	}
	details, failure, by := wait(ctx, c, options, each, ask)
	if by.stopped != nil {
		return nil, stoppedBy(by.stopped)
	}
	return details, c.failure(failure, by.ended)
}

// WaitAll waits for any number of jobs on one thread, over one kept connection, each on its own schedule. It returns
// one outcome for each id, in their order; one job's failure does not end the others. An id given twice is asked for
// once, and both get the outcome. A rate limit answered to one look slows all of them.
//
// The observer is as in [Client.Wait]; index is the place of the id in jobIDs, the first one if it is there more than
// once. If it stops the wait, or Close ends it, WaitAll returns that error and the outcomes as well: the jobs that had
// not ended have the same error. With any other error there are no outcomes, for then an id or an option is
// unacceptable and nothing was sent, or the context has ended.
func (c *Client) WaitAll(
	ctx context.Context, jobIDs []string, options *WaitOptions, observer func(index int, details *JobDetails) error,
) ([]JobOutcome, error) {
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
	found, failure, by := wait(ctx, c, options, observer, ask)
	if failure != nil {
		return nil, c.failure(failure, by.ended)
	}
	var ended error
	if by.stopped != nil {
		ended = stoppedBy(by.stopped)
	}
	outcomes := make([]JobOutcome, len(found))
	for i, of := range found {
		outcomes[i].Details = of.details
		if of.err == nil {
			continue
		}
		outcomes[i].Err = c.failure(of.err, by.ended)
		if of.err.Code != CodeCancelled {
			continue
		}
		if ended == nil {
			ended = outcomes[i].Err
			if by.ended != nil {
				return nil, ended
			}
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
	ctx context.Context, c *Client, options *WaitOptions, observer func(int, *JobDetails) error,
	ask func(*C.uns_client, *C.uns_wait_options, C.uintptr_t) (T, *Error),
) (answer T, failure *Error, by by) {
	if by.ended = ctx.Err(); by.ended != nil {
		return answer, endedBy(by.ended), by
	}
	schedule, failure := options.toC()
	defer C.uns_wait_options_free(schedule)
	if failure != nil {
		return answer, failure, by
	}
	if observer == nil {
		answer, failure, by.ended = run(ctx, c, func(client *C.uns_client) (T, *Error) {
			return ask(client, schedule, 0)
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
		answer, failure = ask(h.client, schedule, C.uintptr_t(number))
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
			by.stopped = observer(report.index, report.details)
			report.goOn <- by.stopped == nil
		case <-done:
			return answer, failure, by
		case <-ctx.Done():
		}
	}
}

// toC makes the options for C, to be freed also when they are unacceptable.
func (o *WaitOptions) toC() (*C.uns_wait_options, *Error) {
	options := C.uns_wait_options_new()
	if o == nil {
		return options, nil
	}
	if o.Timeout != 0 {
		ms, err := millisecondsOf("wait's timeout", o.Timeout)
		if err != nil {
			return options, err
		}
		C.uns_wait_options_set_timeout_ms(options, ms)
	}
	if o.InitialInterval != 0 {
		ms, err := millisecondsOf("initial interval", o.InitialInterval)
		if err != nil {
			return options, err
		}
		C.uns_wait_options_set_initial_interval_ms(options, ms)
	}
	if o.MaxInterval != 0 {
		ms, err := millisecondsOf("maximum interval", o.MaxInterval)
		if err != nil {
			return options, err
		}
		C.uns_wait_options_set_max_interval_ms(options, ms)
	}
	if o.MaxOutage < 0 {
		C.uns_wait_options_set_max_outage_ms(options, 0)
	} else if o.MaxOutage > 0 {
		ms, _ := millisecondsOf("maximum outage", o.MaxOutage)
		C.uns_wait_options_set_max_outage_ms(options, ms)
	}
	return options, nil
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
