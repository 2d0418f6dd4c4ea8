package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import "runtime/cgo"

// watcher brings what a wait learns from the thread that waits in C to the goroutine that called it. There the observer
// runs: a panic or a runtime.Goexit in it is the caller's own, and does not pass through C.
type watcher struct {
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
func unstructuredJobsObserve(event *C.uns_event, handle C.uintptr_t) C.bool {
	w := cgo.Handle(handle).Value().(*watcher)
	goOn := make(chan bool, 1)
	select {
	case w.reports <- report{eventFromC(event), goOn}:
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
