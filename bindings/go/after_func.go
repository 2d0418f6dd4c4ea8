//go:build cgo && go1.21

package unstructuredjobs

import "context"

// watch is what is to be undone when a context does not have to be watched any more.
type watch struct{ stop func() bool }

// begin has the token cancelled when ctx ends. It is followed by end.
func (h *handle) begin(ctx context.Context) { h.watch.stop = context.AfterFunc(ctx, h.cancel) }

// end tells whether the token was cancelled, and if not sees to it that it will not be.
func (h *handle) end() bool {
	if h.watch.stop() {
		return false
	}
	<-h.cancelled
	return true
}
