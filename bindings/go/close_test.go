package unstructuredjobs

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"
)

func expectClosed(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.Is(err, ErrClosed) || !errors.As(err, &e) || e.Code != CodeCancelled || e.Temporary() {
		t.Errorf("expected an *Error that is ErrClosed, found %v", err)
	}
}

func TestClosedClient(t *testing.T) {
	client := newTestClient(t, serve(t, http.StatusOK, detailsJSON("SUCCESS")))
	for i := 0; i < 2; i++ {
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		forEachQuestion(t, func(t *testing.T, ask func(context.Context, *Client) error) {
			expectClosed(t, ask(context.Background(), client))
		})
	}
}

func TestClientThatNewDidNotMake(t *testing.T) {
	var client Client
	_, err := client.JobDetails(context.Background(), testJob)
	expectClosed(t, err)
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsCalls(t *testing.T) {
	for name, background := range map[string]bool{"background": true, "cancellable": false} {
		background := background
		t.Run(name, func(t *testing.T) {
			forEachQuestion(t, func(t *testing.T, ask func(context.Context, *Client) error) {
				server := newSilent(t)
				client := newTestClient(t, server.url, WithTimeout(10*long))
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				if background {
					ctx = context.Background()
				}
				failed := make(chan error, 1)
				go func() { failed <- ask(ctx, client) }()
				receive(t, server.asked, "the request")
				if err := client.Close(); err != nil {
					t.Fatal(err)
				}
				expectClosed(t, receive(t, failed, "the end of the call"))
			})
		})
	}
}

func TestCloseInAnObserver(t *testing.T) {
	client := newTestClient(t, serve(t, http.StatusOK, detailsJSON("IN_PROGRESS")))
	_, err := client.Wait(context.Background(), testJob, WithObserver(func(Event) error { return client.Close() }))
	expectClosed(t, err)
}

func TestCloseWhileCallsBegin(t *testing.T) {
	url := serve(t, http.StatusOK, detailsJSON("SUCCESS"))
	for round := 0; round < 20; round++ {
		client := newTestClient(t, url)
		var callers sync.WaitGroup
		begun := make(chan struct{}, 4)
		for i := 0; i < 4; i++ {
			callers.Add(1)
			go func() {
				defer callers.Done()
				for first := true; ; first = false {
					_, err := client.JobDetails(context.Background(), testJob)
					if err != nil {
						expectClosed(t, err)
						return
					}
					if first {
						begun <- struct{}{}
					}
				}
			}()
		}
		receive(t, begun, "the first answer")
		for i := 0; i < 2; i++ {
			callers.Add(1)
			go func() {
				defer callers.Done()
				client.Close()
			}()
		}
		callers.Wait()
	}
}

// A client that nobody closes is closed when nobody can use it any more, and not while a call of it is under way.
func TestForgottenClient(t *testing.T) {
	hungUp := make(chan struct{}, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC()
		io.WriteString(w, detailsJSON("SUCCESS"))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			hungUp <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	func() {
		client, err := New(WithAPIKey("key"), WithBaseURL(server.URL), WithProxy("none"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.JobDetails(context.Background(), testJob); err != nil {
			t.Fatal(err)
		}
	}()
	for start := time.Now(); ; {
		runtime.GC()
		select {
		case <-hungUp:
			return
		case <-time.After(time.Millisecond):
		}
		if time.Since(start) > long {
			t.Fatal("its connection is still open")
		}
	}
}
