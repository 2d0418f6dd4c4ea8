package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrClosed is what errors.Is finds in the error of a call on a closed client, and of one that [Client.Close] ended.
var ErrClosed = errors.New("unstructuredjobs: the client is closed")

// Error is why a call failed. Every error of this package is one, for errors.As.
//
// It unwraps to the context's error if the context ended the call, to the observer's if that did, and to [ErrClosed] if
// the client was closed.
type Error struct {
	// Code is what kind of failure it was.
	Code Code
	// HTTPStatus is the HTTP status of the response; 0 if there was none.
	HTTPStatus int
	// Retryable tells whether asking again later may well succeed.
	Retryable bool
	// RetryAfter is how long the service asked to be left alone (Retry-After); 0 if it did not. More than the 292 years
	// that a Duration holds is that much.
	RetryAfter time.Duration
	// Attempts counts the requests that were tried, the failed one included.
	Attempts int
	// Message says what happened and to which URL, in one sentence, without the API key.
	Message string

	cause error
}

// Error is the Message.
func (e *Error) Error() string { return e.Message }

// Unwrap is the error from this side of the C library that ended the call, if one did.
func (e *Error) Unwrap() error { return e.cause }

// Timeout tells whether a time limit passed: the client's, a wait's, or the context's deadline.
func (e *Error) Timeout() bool { return e.Code == CodeTimeout }

// Temporary is Retryable, under the name that net.Error has for it.
func (e *Error) Temporary() bool { return e.Retryable }

// Code is what kind of failure it was: the C library's uns_result.
type Code int32

const (
	// CodeInvalidArgument: a setting or an argument is not acceptable; nothing was sent.
	CodeInvalidArgument Code = C.UNS_ERROR_INVALID_ARGUMENT
	// CodeUnauthorized is HTTP 401: the service does not accept the API key.
	CodeUnauthorized Code = C.UNS_ERROR_UNAUTHORIZED
	// CodeForbidden is HTTP 403: the key may not see this job.
	CodeForbidden Code = C.UNS_ERROR_FORBIDDEN
	// CodeNotFound is HTTP 404: no such job.
	CodeNotFound Code = C.UNS_ERROR_NOT_FOUND
	// CodeUnprocessable is HTTP 422: the service could not make sense of the request.
	CodeUnprocessable Code = C.UNS_ERROR_UNPROCESSABLE
	// CodeRateLimited is HTTP 429: too many requests.
	CodeRateLimited Code = C.UNS_ERROR_RATE_LIMITED
	// CodeHTTPStatus is any other HTTP status than 200, redirects among them (they are never followed), or a proxy's
	// refusal.
	CodeHTTPStatus Code = C.UNS_ERROR_HTTP_STATUS
	// CodeDNS: the host's name could not be resolved.
	CodeDNS Code = C.UNS_ERROR_DNS
	// CodeConnect: no connection could be made.
	CodeConnect Code = C.UNS_ERROR_CONNECT
	// CodeTLS: no TLS session could be agreed, or the server's certificate was not accepted.
	CodeTLS Code = C.UNS_ERROR_TLS
	// CodeTimeout: the time allowed has passed.
	CodeTimeout Code = C.UNS_ERROR_TIMEOUT
	// CodeIO: the connection broke, or the system lacked something it needs.
	CodeIO Code = C.UNS_ERROR_IO
	// CodeProtocol: the response was not HTTP, or larger than a limit.
	CodeProtocol Code = C.UNS_ERROR_PROTOCOL
	// CodeDecode: the response was not the JSON expected.
	CodeDecode Code = C.UNS_ERROR_DECODE
	// CodeCancelled: the call was ended from outside, by its context, Close, or an observer.
	CodeCancelled Code = C.UNS_ERROR_CANCELLED
	// CodeInternal: a defect in the C library.
	CodeInternal Code = C.UNS_ERROR_INTERNAL
)

// String is the code's name in C: "UNS_ERROR_TIMEOUT".
func (c Code) String() string { return C.GoString(C.uns_result_name(C.int32_t(c))) }

// errorFromC copies an error of the C library.
func errorFromC(e *C.uns_error) *Error {
	return &Error{
		Code:       Code(e.result),
		HTTPStatus: int(e.http_status),
		Retryable:  bool(e.retryable),
		RetryAfter: durationOf(uint64(e.retry_after_ms)),
		Attempts:   int(e.attempts),
		Message:    C.GoString(e.message),
	}
}

// takeError copies an error of the C library and frees it.
func takeError(e *C.uns_error) *Error {
	defer C.uns_error_free(e)
	return errorFromC(e)
}

func invalidArgument(format string, arguments ...any) *Error {
	return &Error{Code: CodeInvalidArgument, Message: fmt.Sprintf(format, arguments...)}
}

// endedBy is the error of a call that its context ended.
func endedBy(cause error) *Error {
	e := &Error{Code: CodeCancelled, Message: "the call was ended by its context: " + cause.Error(), cause: cause}
	if errors.Is(cause, context.DeadlineExceeded) {
		e.Code, e.Retryable = CodeTimeout, true
	}
	return e
}

// stoppedBy is the error of a wait that its observer stopped.
func stoppedBy(cause error) *Error {
	return &Error{Code: CodeCancelled, Message: "the observer stopped the wait: " + cause.Error(), cause: cause}
}

func closedError() *Error {
	return &Error{Code: CodeCancelled, Message: ErrClosed.Error(), cause: ErrClosed}
}

// durationOf saturates: C counts milliseconds up to 2^64, a Duration nanoseconds up to 2^63.
func durationOf(milliseconds uint64) time.Duration {
	if milliseconds > math.MaxInt64/uint64(time.Millisecond) {
		return math.MaxInt64
	}
	return time.Duration(milliseconds) * time.Millisecond
}

// millisecondsOf rounds up, so that a short duration does not become none.
func millisecondsOf(what string, d time.Duration) (C.uint64_t, *Error) {
	if d < 0 {
		return 0, invalidArgument("the %s is negative: %v", what, d)
	}
	milliseconds := d / time.Millisecond
	if d%time.Millisecond > 0 {
		milliseconds++
	}
	return C.uint64_t(milliseconds), nil
}
