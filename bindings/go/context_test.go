package unstructuredjobs

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// questions are the calls of a client, each in the form that a context has to end.
var questions = map[string]func(context.Context, *Client) error{
	"JobDetails": func(ctx context.Context, c *Client) error {
		_, err := c.JobDetails(ctx, testJob)
		return err
	},
	"FailedFiles": func(ctx context.Context, c *Client) error {
		_, err := c.FailedFiles(ctx, testJob)
		return err
	},
	"FileStatuses": func(ctx context.Context, c *Client) error {
		_, err := c.FileStatuses(ctx, testJob)
		return err
	},
	"Wait": func(ctx context.Context, c *Client) error {
		_, err := c.Wait(ctx, testJob)
		return err
	},
	"WaitAll": func(ctx context.Context, c *Client) error {
		_, err := c.WaitAll(ctx, []string{testJob, "another"}, WithObserver(goOn))
		return err
	},
}

func forEachQuestion(t *testing.T, test func(t *testing.T, ask func(context.Context, *Client) error)) {
	for name, ask := range questions {
		ask := ask
		t.Run(name, func(t *testing.T) { test(t, ask) })
	}
}

// expectEnded checks the error of a call that ctx ended.
func expectEnded(t *testing.T, ctx context.Context, err error) {
	t.Helper()
	var e *Error
	if !errors.Is(err, ctx.Err()) || !errors.As(err, &e) {
		t.Fatalf("expected an *Error that is %v, found %v", ctx.Err(), err)
	}
	past := errors.Is(err, context.DeadlineExceeded)
	if e.Timeout() != past || e.Temporary() != past || (e.Code == CodeTimeout) != past ||
		(e.Code == CodeCancelled) == past {
		t.Errorf("%v: code %v, Timeout() %v, Temporary() %v", err, e.Code, e.Timeout(), e.Temporary())
	}
}

func TestContextCancelledBefore(t *testing.T) {
	server := newSilent(t)
	client := newTestClient(t, server.url)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	forEachQuestion(t, func(t *testing.T, ask func(context.Context, *Client) error) {
		expectEnded(t, ctx, ask(ctx, client))
	})
	if len(server.asked) > 0 {
		t.Error("something was sent")
	}
}

func TestContextCancelledDuring(t *testing.T) {
	forEachQuestion(t, func(t *testing.T, ask func(context.Context, *Client) error) {
		server := newSilent(t)
		client := newTestClient(t, server.url, WithTimeout(10*long))
		ctx, cancel := context.WithCancel(context.Background())
		failed := make(chan error, 1)
		go func() { failed <- ask(ctx, client) }()
		receive(t, server.asked, "the request")
		cancel()
		expectEnded(t, ctx, receive(t, failed, "the end of the call"))
	})
}

func TestContextCancelledDuringAPause(t *testing.T) {
	client := newTestClient(t, serve(t, http.StatusOK, detailsJSON("IN_PROGRESS")))
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	go func() {
		_, err := client.Wait(ctx, testJob, WithInitialInterval(time.Hour), WithMaxInterval(time.Hour),
			WithObserver(func(Event) error {
				cancel()
				return nil
			}))
		failed <- err
	}()
	expectEnded(t, ctx, receive(t, failed, "the end of the wait"))
	// the wait in C has ended too, and not only by the client's being closed
	awaitNoGoroutines(t)
}

func TestContextDeadlineBeforeTheTimeout(t *testing.T) {
	forEachQuestion(t, func(t *testing.T, ask func(context.Context, *Client) error) {
		client := newTestClient(t, newSilent(t).url, WithTimeout(10*long))
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		expectEnded(t, ctx, ask(ctx, client))
		if took := time.Since(start); took > long {
			t.Errorf("it took %v", took)
		}
	})
}

func TestContextDeadlineAfterTheTimeout(t *testing.T) {
	client := newTestClient(t, newSilent(t).url, WithTimeout(100*time.Millisecond))
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	_, err := client.JobDetails(ctx, testJob)
	var e *Error
	if !errors.As(err, &e) || !e.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("expected the client's own timeout, found %v", err)
	}
}

func TestContextCancelledAfter(t *testing.T) {
	client := newTestClient(t, serve(t, http.StatusOK, detailsJSON("SUCCESS")))
	for i := 0; i < 2; i++ {
		ctx, cancel := context.WithCancel(context.Background())
		details, err := client.JobDetails(ctx, testJob)
		if err != nil {
			t.Fatal(err)
		}
		end, err := client.Wait(ctx, testJob)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if !details.ProcessingStatus.IsSuccess() || !end.ProcessingStatus.IsSuccess() {
			t.Errorf("%+v, %+v", details, end)
		}
	}
}

// A call that its context ended is over in C too when it returns: the service sees it hang up.
func TestContextEndsTheCallInC(t *testing.T) {
	asked, hungUp := make(chan struct{}, 1), make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
		hungUp <- struct{}{}
	}))
	defer server.Close()
	forEachQuestion(t, func(t *testing.T, ask func(context.Context, *Client) error) {
		client := newTestClient(t, server.URL, WithTimeout(10*long))
		ctx, cancel := context.WithCancel(context.Background())
		failed := make(chan error, 1)
		go func() { failed <- ask(ctx, client) }()
		receive(t, asked, "the request")
		cancel()
		expectEnded(t, ctx, receive(t, failed, "the end of the call"))
		awaitNoGoroutines(t)
		receive(t, hungUp, "the end of the connection")
	})
}

// A context ends the calls that have it, and no others on the same client.
func TestContextDisturbsNoOtherCall(t *testing.T) {
	const callers = 8
	asked, release := make(chan struct{}, callers), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-release:
			io.WriteString(w, detailsJSON("SUCCESS"))
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	client := newTestClient(t, server.URL, WithTimeout(10*long))
	var cancels [callers]context.CancelFunc
	var failed [callers]chan error
	for i := range cancels {
		var ctx context.Context
		ctx, cancels[i] = context.WithCancel(context.Background())
		defer cancels[i]()
		failed[i] = make(chan error, 1)
		go func(failed chan<- error) {
			_, err := client.JobDetails(ctx, testJob)
			failed <- err
		}(failed[i])
		receive(t, asked, "the request")
	}
	for i := 0; i < callers; i += 2 {
		cancels[i]()
		if err := receive(t, failed[i], "the end of a call"); !errors.Is(err, context.Canceled) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	close(release)
	for i := 1; i < callers; i += 2 {
		if err := receive(t, failed[i], "the answer to a call"); err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

// One handle serves call after call, until its token is cancelled; Close leaves none.
func TestContextCostsAHandleOnce(t *testing.T) {
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	server := newSilent(t)
	client := newTestClient(t, serve(t, http.StatusOK, detailsJSON("SUCCESS")))
	quiet := newTestClient(t, server.url, WithTimeout(10*long))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ask := func() {
		t.Helper()
		if _, err := client.JobDetails(ctx, testJob); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	first, before := client.idle[0], descriptors()
	for i := 0; i < 10; i++ {
		ask()
	}
	if len(client.idle) != 1 || client.idle[0] != first || descriptors() > before {
		t.Errorf("%d handles, %d descriptors after %d", len(client.idle), descriptors(), before)
	}

	// more at once than are kept, and none of those that were cancelled
	var callers sync.WaitGroup
	const many = 2 * maxIdle
	for i := 0; i < many; i++ {
		callers.Add(1)
		go func() {
			defer callers.Done()
			quiet.JobDetails(ctx, testJob)
		}()
	}
	for i := 0; i < many; i++ {
		receive(t, server.asked, "a request")
	}
	cancel()
	callers.Wait()
	if len(quiet.idle) != 0 {
		t.Errorf("%d cancelled handles are kept", len(quiet.idle))
	}
	for i := 0; i < many; i++ {
		client.giveBack(newHandle(client.handle), false)
	}
	if len(client.idle) != maxIdle {
		t.Errorf("%d handles are kept", len(client.idle))
	}
	client.Close()
	if len(client.idle) != 0 {
		t.Errorf("%d handles are left", len(client.idle))
	}
}

// Cancelled calls give their threads back: rounds of them use the same ones.
func TestContextLeavesNoThreads(t *testing.T) {
	const callers = 20
	threads := func() int {
		entries, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	round := func() {
		server := newSilent(t)
		client := newTestClient(t, server.url, WithTimeout(10*long))
		ctx, cancel := context.WithCancel(context.Background())
		var callersDone sync.WaitGroup
		for i := 0; i < callers; i++ {
			callersDone.Add(1)
			go func() {
				defer callersDone.Done()
				client.JobDetails(ctx, testJob)
			}()
		}
		for i := 0; i < callers; i++ {
			receive(t, server.asked, "a request")
		}
		cancel()
		callersDone.Wait()
		client.Close()
		awaitNoGoroutines(t)
	}
	round()
	after := threads()
	const more = 5
	for i := 0; i < more; i++ {
		round()
	}
	if now := threads(); now > after+callers {
		t.Errorf("%d threads after one round of %d calls, %d after %d more", after, callers, now, more)
	}
}

// Cancelling races with answers here, for the race detector and the leak sanitizer.
func TestContextCancelledAnyTime(t *testing.T) {
	client := newTestClient(t, serve(t, http.StatusOK, detailsJSON("SUCCESS")))
	var callers sync.WaitGroup
	var answered, ended int64
	for i := 0; i < 8; i++ {
		callers.Add(1)
		go func(i int) {
			defer callers.Done()
			for n := 0; n < 50; n++ {
				ctx, cancel := context.WithCancel(context.Background())
				time.AfterFunc(time.Duration((n*7+i*13)%100)*50*time.Microsecond, cancel)
				var err error
				if n%2 == 0 {
					_, err = client.JobDetails(ctx, testJob)
				} else {
					_, err = client.Wait(ctx, testJob, WithObserver(goOn))
				}
				if err == nil {
					atomic.AddInt64(&answered, 1)
				} else if errors.Is(err, context.Canceled) {
					atomic.AddInt64(&ended, 1)
				} else {
					t.Error(err)
				}
				cancel()
			}
		}(i)
	}
	callers.Wait()
	t.Logf("%d were answered, %d cancelled", answered, ended)
	if answered+ended != 400 {
		t.Errorf("%d + %d is not 400", answered, ended)
	}
}
