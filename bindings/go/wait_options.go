package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import "time"

// WaitOption is a setting of a wait, for [Client.Wait] and [Client.WaitAll]: when to poll, and when to stop. The defaults
// suit most jobs. Of two that set the same, the later one wins; a nil one does nothing.
//
// The first poll is at once. Then pauses grow from the initial interval by half each to the maximum interval, 10 % longer
// or shorter at random.
type WaitOption func(*waitConfig)

// waitConfig is what the options of a wait are applied to.
type waitConfig struct {
	settings
	c        *C.uns_wait_options
	observer func(Event) error
}

// WithWaitTimeout sets how long the whole wait may take. Without it a wait has no end of its own; zero polls once. A
// pause never runs past the timeout: it is cut, so that one last poll happens then. (A context's deadline ends the wait
// without one.)
func WithWaitTimeout(timeout time.Duration) WaitOption {
	return func(cfg *waitConfig) {
		cfg.duration("wait's timeout", timeout, func(ms C.uint64_t) setterResult {
			return C.uns_wait_options_set_timeout_ms(cfg.c, ms)
		})
	}
}

// WithInitialInterval sets the first pause. The default is 1 s. Less than 10 ms, or more than the maximum interval, is
// unacceptable.
func WithInitialInterval(interval time.Duration) WaitOption {
	return func(cfg *waitConfig) {
		cfg.duration("initial interval", interval, func(ms C.uint64_t) setterResult {
			return C.uns_wait_options_set_initial_interval_ms(cfg.c, ms)
		})
	}
}

// WithMaxInterval sets the longest pause. The default is 15 s. Less than 10 ms is unacceptable.
func WithMaxInterval(interval time.Duration) WaitOption {
	return func(cfg *waitConfig) {
		cfg.duration("maximum interval", interval, func(ms C.uint64_t) setterResult {
			return C.uns_wait_options_set_max_interval_ms(cfg.c, ms)
		})
	}
}

// WithMaxOutage sets how long failures in a row that may pass ([Error.Retryable]) are borne before the last one is
// returned. The default is 5 min; zero bears none. Meanwhile polls are 0.5 to 8 s apart, or as far as Retry-After asks.
func WithMaxOutage(outage time.Duration) WaitOption {
	return func(cfg *waitConfig) {
		cfg.duration("maximum outage", outage, func(ms C.uint64_t) setterResult {
			return C.uns_wait_options_set_max_outage_ms(cfg.c, ms)
		})
	}
}

// WithUntilExists sets how long after its start a wait bears that the service does not know the job (HTTP 404). The default
// is zero: not at all. It is for a job that was started just now.
func WithUntilExists(limit time.Duration) WaitOption {
	return func(cfg *waitConfig) {
		cfg.duration("time until the job exists", limit, func(ms C.uint64_t) setterResult {
			return C.uns_wait_options_set_until_exists_ms(cfg.c, ms)
		})
	}
}

// WithObserver has observer see an event for every poll, the last one of each job included, on the goroutine that called
// the wait. It may use the client. An error that it returns stops the wait, which then fails with [CodeCancelled], and
// errors.Is finds the observer's error. None runs after the wait has returned.
func WithObserver(observer func(Event) error) WaitOption {
	return func(cfg *waitConfig) { cfg.observer = observer }
}

// newWaitConfig applies options. It is followed by free, also when they are unacceptable.
func newWaitConfig(options []WaitOption) *waitConfig {
	cfg := &waitConfig{c: C.uns_wait_options_new()}
	for _, option := range options {
		if option != nil {
			option(cfg)
		}
	}
	return cfg
}

func (cfg *waitConfig) free() { C.uns_wait_options_free(cfg.c) }
