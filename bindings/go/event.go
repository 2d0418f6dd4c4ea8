package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import (
	"fmt"
	"strings"
	"time"
)

// Event is what one poll of a job brought.
type Event struct {
	// Kind says what happened.
	Kind EventKind
	// JobID is the job's id, as it was given.
	JobID string
	// Index is the place of the id among those that are waited for, the first one if it is there more than once.
	Index int
	// Details are what the service sent last: just now with EventResponded and EventEnded, before that with the others.
	// They are nil if it has not sent any.
	Details *JobDetails
	// Err is what failed, an *Error, with EventFailed and EventGaveUp; otherwise nil.
	Err error
	// Failures counts the polls of this job that have failed in a row.
	Failures int
	// NextPoll is how long until the job is polled again; 0 after its last poll.
	NextPoll time.Duration
}

// EventKind is what an [Event] says.
type EventKind int32

const (
	// EventResponded: the service responded, and the job goes on.
	EventResponded EventKind = C.UNS_EVENT_RESPONDED
	// EventEnded: the service responded, and the job has ended, whatever the end: the last event of this job.
	EventEnded EventKind = C.UNS_EVENT_ENDED
	// EventFailed: a poll failed, and the job will be polled again.
	EventFailed EventKind = C.UNS_EVENT_FAILED
	// EventGaveUp: the job will not be polled again, although it is not known to have ended: the last event of this job.
	EventGaveUp EventKind = C.UNS_EVENT_GAVE_UP
)

// String names the kind: "responded".
func (k EventKind) String() string {
	switch k {
	case EventResponded:
		return "responded"
	case EventEnded:
		return "ended"
	case EventFailed:
		return "failed"
	case EventGaveUp:
		return "gave up"
	}
	return fmt.Sprintf("event kind %d", int32(k))
}

// String is a line for a log: "b2c3d4e5 failed (2 in a row): HTTP 503: …, next poll in 1s".
func (e Event) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %v", plain(e.JobID), e.Kind)
	switch {
	case e.Err != nil:
		fmt.Fprintf(&text, " (%d in a row): %v", e.Failures, e.Err)
	case e.Details != nil:
		fmt.Fprintf(&text, ": %v", plain(e.Details.ProcessingStatus.String()))
	}
	if e.NextPoll > 0 {
		fmt.Fprintf(&text, ", next poll in %v", e.NextPoll)
	}
	return text.String()
}
