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
	"sync/atomic"
	"testing"
	"time"
)

// often polls as often as is acceptable.
func often(cfg *waitConfig) {
	WithInitialInterval(10 * time.Millisecond)(cfg)
	WithMaxInterval(20 * time.Millisecond)(cfg)
}

// goOn is an observer that lets the wait go on.
func goOn(Event) error { return nil }

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
		WithObserver(func(now Event) error {
			if now.Kind == EventEnded {
				seen[now.Index] = now.Details.ProcessingStatus
			}
			return nil
		}))
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

// serveInTurn answers the first request with the first status, and so on: "503" or what the job is doing.
func serveInTurn(t *testing.T, turns ...string) string {
	var polls int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		turn := turns[(atomic.AddInt64(&polls, 1)-1)%int64(len(turns))]
		if turn == "503" {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, detailsJSON(turn))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Every poll is an event: what failed too, with what was seen before.
func TestEvents(t *testing.T) {
	client := newTestClient(t, serveInTurn(t, "503", "503", "IN_PROGRESS", "503", "SUCCESS"))
	var events []Event
	observer := WithObserver(func(now Event) error {
		events = append(events, now)
		return nil
	})
	if _, err := client.Wait(context.Background(), testJob, often, observer); err != nil {
		t.Fatal(err)
	}
	expected := []struct {
		kind     EventKind
		status   ProcessingStatus
		failures int
	}{
		{EventFailed, "", 1}, {EventFailed, "", 2}, {EventResponded, StatusInProgress, 0},
		{EventFailed, StatusInProgress, 1}, {EventEnded, StatusSuccess, 0},
	}
	if len(events) != len(expected) {
		t.Fatalf("%v", events)
	}
	for i, now := range events {
		status := ProcessingStatus("")
		if now.Details != nil {
			status = now.Details.ProcessingStatus
		}
		if now.Kind != expected[i].kind || now.JobID != testJob || now.Index != 0 || status != expected[i].status ||
			now.Failures != expected[i].failures || (now.NextPoll == 0) != (now.Kind == EventEnded) {
			t.Errorf("event %d: %+v", i, now)
		}
		var e *Error
		if failed := errors.As(now.Err, &e); failed != (now.Kind == EventFailed) || failed && e.HTTPStatus != 503 {
			t.Errorf("event %d: %v", i, now)
		}
	}
}

func TestEventOfAJobThatIsGivenUp(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	var events []Event
	outcomes, err := client.WaitAll(context.Background(), []string{"good", "missing"}, often,
		WithObserver(func(now Event) error {
			events = append(events, now)
			return nil
		}))
	if err != nil || len(events) != 2 {
		t.Fatalf("%v, %v", events, err)
	}
	last := events[1]
	var e *Error
	if last.Kind != EventGaveUp || last.JobID != "missing" || last.Index != 1 || last.Details != nil ||
		!errors.As(last.Err, &e) || e.Code != CodeNotFound || last.Failures != 1 || last.NextPoll != 0 {
		t.Errorf("%+v", last)
	}
	if last.Err.Error() != outcomes[1].Err.Error() {
		t.Errorf("%v, %v", last, outcomes[1])
	}
}

// An outcome keeps what was seen last beside its error.
func TestOutcomeOfAJobThatTimesOut(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	outcomes, err := client.WaitAll(context.Background(), []string{"endless"}, WithWaitTimeout(0))
	if err != nil {
		t.Fatal(err)
	}
	var e *Error
	of := outcomes[0]
	if of.Details == nil || of.Details.ProcessingStatus != StatusInProgress || !errors.As(of.Err, &e) || !e.Timeout() {
		t.Errorf("%+v, %v", of.Details, of.Err)
	}
}

// Zero polls once; without a timeout there is none; a nil option does nothing.
func TestWaitTimeoutOfZeroPollsOnce(t *testing.T) {
	var polls int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		atomic.AddInt64(&polls, 1)
		io.WriteString(w, detailsJSON("IN_PROGRESS"))
	}))
	defer server.Close()
	client := newTestClient(t, server.URL)
	_, err := client.Wait(context.Background(), testJob, WithWaitTimeout(0), nil)
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeTimeout || atomic.LoadInt64(&polls) != 1 {
		t.Errorf("%v after %d polls", err, polls)
	}
	outcomes, err := client.WaitAll(context.Background(), []string{testJob}, nil, WithWaitTimeout(0))
	if err != nil || !errors.As(outcomes[0].Err, &e) || e.Code != CodeTimeout || atomic.LoadInt64(&polls) != 2 {
		t.Errorf("%v, %v after %d polls", outcomes, err, polls)
	}
}

// What ended before its context did is not lost.
func TestWaitAllKeepsWhatHadEnded(t *testing.T) {
	for name, end := range map[string]func(context.CancelFunc, *Client){
		"context": func(cancel context.CancelFunc, _ *Client) { cancel() },
		"close":   func(_ context.CancelFunc, client *Client) { client.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			client := newTestClient(t, serveJobs(t))
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ids := []string{"good", "endless", "missing", "bad"}
			ended := 0
			outcomes, err := client.WaitAll(ctx, ids, often, WithObserver(func(now Event) error {
				if now.Kind == EventEnded || now.Kind == EventGaveUp {
					ended++
				}
				if now.Kind == EventResponded && ended == 3 {
					end(cancel, client)
				}
				return nil
			}))
			if name == "context" {
				expectEnded(t, ctx, err)
			} else {
				expectClosed(t, err)
			}
			if len(outcomes) != len(ids) {
				t.Fatalf("%d outcomes", len(outcomes))
			}
			for i, id := range ids {
				if outcomes[i].JobID != id {
					t.Errorf("outcome %d is of %q", i, outcomes[i].JobID)
				}
			}
			for i, status := range map[int]ProcessingStatus{0: StatusSuccess, 3: StatusFailed} {
				if of := outcomes[i]; of.Err != nil || of.Details.ProcessingStatus != status {
					t.Errorf("outcome %d: %v", i, of)
				}
			}
			var e *Error
			if !errors.As(outcomes[2].Err, &e) || e.Code != CodeNotFound {
				t.Errorf("outcome 2: %v", outcomes[2])
			}
			if outcomes[1].Err != err {
				t.Errorf("outcome 1: %v", outcomes[1])
			}
		})
	}
}

// The same shape when it is over before it began.
func TestWaitAllOverBeforeItBegan(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	outcomes, err := client.WaitAll(ctx, []string{"good", "bad"})
	expectEnded(t, ctx, err)
	if len(outcomes) != 2 || outcomes[0].Err != err || outcomes[1].JobID != "bad" {
		t.Errorf("%v", outcomes)
	}
	client.Close()
	outcomes, err = client.WaitAll(context.Background(), []string{"good", "bad"})
	expectClosed(t, err)
	if len(outcomes) != 2 || outcomes[1].Err != err {
		t.Errorf("%v", outcomes)
	}
}

func TestWaitAllForNone(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	outcomes, err := client.WaitAll(context.Background(), nil)
	if err != nil || len(outcomes) != 0 || outcomes == nil {
		t.Errorf("%v, %v", outcomes, err)
	}
}

func TestWaitAllStopped(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	outcomes, err := client.WaitAll(context.Background(), []string{"good", "endless"}, often,
		WithObserver(func(now Event) error {
			if now.Index == 1 {
				return errEnough
			}
			return nil
		}))
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
		outcomes, err := client.WaitAll(context.Background(), ids)
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
	details, err := client.Wait(context.Background(), "good", WithObserver(func(Event) error { return errEnough }))
	var e *Error
	if details != nil || !errors.Is(err, errEnough) || !errors.As(err, &e) || e.Code != CodeCancelled {
		t.Errorf("%v, %v", details, err)
	}
}

func TestObserverUsesTheClient(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	_, err := client.Wait(context.Background(), "good", WithObserver(func(Event) error {
		_, err := client.JobDetails(context.Background(), "bad")
		return err
	}))
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
		client.Wait(context.Background(), "endless", WithObserver(func(Event) error { panic("enough") }))
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
		client.Wait(context.Background(), "endless", WithObserver(func(Event) error {
			runtime.Goexit()
			return nil
		}))
	}()
	receive(t, exited, "the end of the goroutine")
	awaitNoGoroutines(t)
}

func TestObserverIsNotCalledAfterwards(t *testing.T) {
	client := newTestClient(t, serveJobs(t))
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err := client.Wait(ctx, "endless", often, WithObserver(func(Event) error {
		calls++
		cancel()
		return nil
	}))
	expectEnded(t, ctx, err)
	awaitNoGoroutines(t)
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

func TestWaitOptionsThatAreUnacceptable(t *testing.T) {
	server := newSilent(t)
	client := newTestClient(t, server.url)
	for what, option := range map[string]WaitOption{
		"a negative timeout":          WithWaitTimeout(-1),
		"a negative initial interval": WithInitialInterval(-1),
		"no initial interval":         WithInitialInterval(0),
		"a tiny initial interval":     WithInitialInterval(time.Nanosecond),
		"a short initial interval":    WithInitialInterval(9 * time.Millisecond),
		"a long initial interval":     WithInitialInterval(time.Minute),
		"a negative maximum interval": WithMaxInterval(-1),
		"a short maximum interval":    WithMaxInterval(time.Millisecond),
		"a negative outage":           WithMaxOutage(-1),
	} {
		t.Run(what, func(t *testing.T) {
			_, err := client.Wait(context.Background(), testJob, option)
			expectInvalid(t, err)
			_, err = client.WaitAll(context.Background(), []string{testJob}, option)
			expectInvalid(t, err)
		})
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
			_, err := client.Wait(ctx, testJob, often, WithObserver(goOn))
			ended <- err
		}()
	}
	receive(t, started, "a request")
	cancel()
	for i := 0; i < waits; i++ {
		expectEnded(t, ctx, receive(t, ended, "the end of a wait"))
	}
}
