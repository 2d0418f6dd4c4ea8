package unstructuredjobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

var often = &WaitOptions{InitialInterval: 10 * time.Millisecond, MaxInterval: 20 * time.Millisecond}

// serveJobs knows the jobs "good", "bad" and "endless".
func serveJobs(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.Split(r.URL.Path, "/")[4]
		status, known := map[string]string{"good": "SUCCESS", "bad": "FAILED", "endless": "IN_PROGRESS"}[id]
		if !known {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, `{"id":%q,"processing_status":%q,"node_stats":[]}`, id, status)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestWaitAll(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	seen := map[int]ProcessingStatus{}
	outcomes, err := client.WaitAll(context.Background(), []string{"good", "missing", "bad", "good"}, often,
		func(index int, details *JobDetails) error {
			seen[index] = details.ProcessingStatus
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0] != StatusSuccess || seen[2] != StatusFailed {
		t.Errorf("observed %v", seen)
	}
	if len(outcomes) != 4 {
		t.Fatalf("%d outcomes", len(outcomes))
	}
	for i, status := range map[int]ProcessingStatus{0: StatusSuccess, 2: StatusFailed, 3: StatusSuccess} {
		if of := outcomes[i]; of.Err != nil || of.Details.ProcessingStatus != status {
			t.Errorf("outcome %d: %+v", i, of)
		}
	}
	var e *Error
	if of := outcomes[1]; of.Details != nil || !errors.As(of.Err, &e) || e.Code != CodeNotFound || e.HTTPStatus != 404 {
		t.Errorf("outcome 1: %+v", of)
	}
}

func TestWaitAllForNone(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	outcomes, err := client.WaitAll(context.Background(), nil, nil, nil)
	if err != nil || len(outcomes) != 0 || outcomes == nil {
		t.Errorf("%v, %v", outcomes, err)
	}
}

func TestWaitAllStopped(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	outcomes, err := client.WaitAll(context.Background(), []string{"good", "endless"}, often,
		func(index int, _ *JobDetails) error {
			if index == 1 {
				return errEnough
			}
			return nil
		})
	if !errors.Is(err, errEnough) || len(outcomes) != 2 {
		t.Fatalf("%v, %v", outcomes, err)
	}
	if outcomes[0].Err != nil || !errors.Is(outcomes[1].Err, errEnough) {
		t.Errorf("%+v", outcomes)
	}
}

func TestWaitAllRefusesBeforeSending(t *testing.T) {
	server := newSilent(t)
	client := newTestClient(t, server.url)
	for _, ids := range [][]string{{"good", "no/id"}, {""}, {"good\x00"}, {"\xff"}} {
		outcomes, err := client.WaitAll(context.Background(), ids, nil, nil)
		expectInvalid(t, err)
		if outcomes != nil {
			t.Errorf("%q: %v", ids, outcomes)
		}
	}
	if len(server.asked) > 0 {
		t.Error("something was sent")
	}
}

func TestObserverStopsAtTheEnd(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	details, err := client.Wait(context.Background(), "good", nil, func(*JobDetails) error { return errEnough })
	var e *Error
	if details != nil || !errors.Is(err, errEnough) || !errors.As(err, &e) || e.Code != CodeCancelled {
		t.Errorf("%v, %v", details, err)
	}
}

func TestObserverUsesTheClient(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	_, err := client.Wait(context.Background(), "good", nil, func(*JobDetails) error {
		_, err := client.JobDetails(context.Background(), "bad")
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// What ends the observer's goroutine ends the wait, and reaches the caller.
func TestObserverPanics(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	func() {
		defer func() {
			if r := recover(); r != "enough" {
				t.Errorf("recovered %v", r)
			}
		}()
		client.Wait(context.Background(), "endless", nil, func(*JobDetails) error { panic("enough") })
	}()
	awaitNoGoroutines(t)
	if _, err := client.JobDetails(context.Background(), "good"); err != nil {
		t.Error(err)
	}
}

func TestObserverExits(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		client.Wait(context.Background(), "endless", nil, func(*JobDetails) error {
			runtime.Goexit()
			return nil
		})
	}()
	receive(t, exited, "the end of the goroutine")
	awaitNoGoroutines(t)
}

func TestObserverIsNotCalledAfterwards(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err := client.Wait(ctx, "endless", often, func(*JobDetails) error {
		calls++
		cancel()
		return nil
	})
	expectEnded(t, ctx, err)
	awaitNoGoroutines(t)
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

func TestWaitOptionsThatAreUnacceptable(t *testing.T) {
	server := newSilent(t)
	client := newTestClient(t, server.url)
	for _, options := range []WaitOptions{
		{Timeout: -1},
		{InitialInterval: -1},
		{MaxInterval: -1},
		{InitialInterval: time.Nanosecond},
		{InitialInterval: 9 * time.Millisecond},
		{InitialInterval: time.Minute},
		{MaxInterval: time.Millisecond},
	} {
		options := options
		_, err := client.Wait(context.Background(), testJob, &options, nil)
		expectInvalid(t, err)
	}
	if len(server.asked) > 0 {
		t.Error("something was sent")
	}
}

func TestManyWaitsAtOnce(t *testing.T) {
	started := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case started <- struct{}{}:
		default:
		}
		io.WriteString(w, detailsJSON("IN_PROGRESS"))
	}))
	defer server.Close()
	client := newTestClient(t, server.URL)
	ctx, cancel := context.WithCancel(context.Background())
	const waits = 50
	ended := make(chan error, waits)
	for i := 0; i < waits; i++ {
		go func() {
			_, err := client.Wait(ctx, testJob, often, func(*JobDetails) error { return nil })
			ended <- err
		}()
	}
	receive(t, started, "a request")
	cancel()
	for i := 0; i < waits; i++ {
		expectEnded(t, ctx, receive(t, ended, "the end of a wait"))
	}
}
