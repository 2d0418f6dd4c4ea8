package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import "runtime/cgo"

// watcher brings what a wait learns from the thread that waits in C to the goroutine that called it. There the observer
// runs: a panic or a runtime.Goexit in it is the caller's own, and does not pass through C.
type watcher struct {
	jobIDs  []string
	reports chan report
	// over is closed when the caller has stopped listening.
	over chan struct{}
	// closing is the client's.
	closing <-chan struct{}
}

// report is one event. The wait goes on once goOn says so.
type report struct {
	event Event
	goOn  chan<- bool
}

//export unstructuredJobsObserve
func unstructuredJobsObserve(index C.size_t, details *C.uns_job_details, handle C.uintptr_t) C.bool {
	w := cgo.Handle(handle).Value().(*watcher)
	event := Event{
		Kind: EventResponded, JobID: w.jobIDs[index], Index: int(index), Details: jobDetailsFromC(details),
	}
	if event.Details.ProcessingStatus.IsTerminal() {
		event.Kind = EventEnded
	}
	goOn := make(chan bool, 1)
	select {
	case w.reports <- report{event, goOn}:
	case <-w.over:
		return false
	case <-w.closing:
		return false
	}
	select {
	case verdict := <-goOn:
		return C.bool(verdict)
	case <-w.over:
	case <-w.closing:
	}
	// what the observer said before counts
	select {
	case verdict := <-goOn:
		return C.bool(verdict)
	default:
		return false
	}
}
