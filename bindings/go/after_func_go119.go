//go:build cgo && !go1.21

package unstructuredjobs

import (
	"context"
	"time"
)

// watchAfter is how long a call takes before its context is watched. Without context.AfterFunc that costs a goroutine,
// which is a lot beside a quick call and nothing beside a slow one.
const watchAfter = time.Millisecond

// watch is what watches a context in a goroutine of its own, once the timer has started that.
type watch struct {
	timer *time.Timer
	ctx   context.Context
	// over is told that the call is, unless the token was cancelled.
	over chan struct{}
}

// begin has the token cancelled when ctx ends. It is followed by end.
func (h *handle) begin(ctx context.Context) {
	h.watch.ctx = ctx
	if h.watch.timer != nil {
		h.watch.timer.Reset(watchAfter)
		return
	}
	h.watch.over = make(chan struct{})
	h.watch.timer = time.AfterFunc(watchAfter, h.untilOver)
}

func (h *handle) untilOver() {
	select {
	case <-h.watch.ctx.Done():
		h.cancel()
	case <-h.watch.over:
	}
}

// end tells whether the token was cancelled, and if not sees to it that it will not be.
func (h *handle) end() bool {
	if h.watch.timer.Stop() {
		return false
	}
	select {
	case h.watch.over <- struct{}{}:
		return false
	case <-h.cancelled:
		return true
	}
}
