package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import "context"

// maxIdle is how many unused handles a client keeps: as many as the C library keeps unused connections. Each holds two
// file descriptors.
const maxIdle = 16

// handle is the client once more, with a token that ends calls through it and no others. It serves one call at a time,
// and call after call until its token is cancelled.
type handle struct {
	client *C.uns_client
	token  *C.uns_cancel_token
	// cancel cancels the token and then says so in cancelled.
	cancel    func()
	cancelled chan struct{}
	watch     watch
}

// newHandle is followed by free.
func newHandle(client *C.uns_client) *handle {
	h := &handle{token: C.uns_cancel_token_new(), cancelled: make(chan struct{}, 1)}
	C.uns_client_with_cancel_token(client, h.token, &h.client, nil) // refuses nothing but NULL
	h.cancel = func() {
		C.uns_cancel_token_cancel(h.token)
		h.cancelled <- struct{}{}
	}
	return h
}

func (h *handle) free() {
	C.uns_client_free(h.client)
	C.uns_cancel_token_free(h.token)
}

// borrow is a handle for one call, which has entered. It is followed by giveBack.
func (c *Client) borrow(client *C.uns_client) *handle {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	last := len(c.idle) - 1
	if last < 0 {
		return newHandle(client)
	}
	h := c.idle[last]
	c.idle = c.idle[:last]
	return h
}

// giveBack ends the use of a handle, which nobody will cancel any more. One that was cancelled is of no more use.
func (c *Client) giveBack(h *handle, cancelled bool) {
	c.mutex.Lock()
	keep := !cancelled && c.handle != nil && len(c.idle) < maxIdle
	if keep {
		c.idle = append(c.idle, h)
	}
	c.mutex.Unlock()
	if !keep {
		h.free()
	}
}

// run asks on this goroutine, blocked in C. If ctx ends first, so does the question, at once; ended is then ctx's error.
// A response that has come all the same is returned.
func run[T any](
	ctx context.Context, c *Client, ask func(*C.uns_client) (T, *Error),
) (answer T, failure *Error, ended error) {
	if ended = ctx.Err(); ended != nil {
		return answer, endedBy(ended), ended
	}
	client, failure := c.enter()
	if failure != nil {
		return answer, failure, nil
	}
	defer c.leave()
	if ctx.Done() == nil {
		answer, failure = ask(client)
		return answer, failure, nil
	}
	h := c.borrow(client)
	h.begin(ctx)
	answer, failure = ask(h.client)
	cancelled := h.end()
	c.giveBack(h, cancelled)
	if cancelled {
		ended = ctx.Err()
	}
	return answer, failure, ended
}
