package unstructuredjobs

import (
	"fmt"
	"math"
	"testing"
	"time"
)

func nodes(counts ...[4]uint64) *JobDetails {
	details := &JobDetails{ID: "a", ProcessingStatus: StatusInProgress}
	for _, c := range counts {
		node := NodeStats{Ready: c[0], InProgress: c[1], Success: c[2], Failure: c[3]}
		details.NodeStats = append(details.NodeStats, node)
	}
	return details
}

func TestTotals(t *testing.T) {
	const most = math.MaxUint64
	for _, of := range []struct {
		nodes  [][4]uint64
		totals NodeTotals
	}{
		{nil, NodeTotals{}},
		{[][4]uint64{{1, 2, 3, 4}, {10, 20, 30, 40}}, NodeTotals{11, 22, 33, 44}},
		{[][4]uint64{{most, 0, most - 1, 0}, {1, 0, 1, 0}}, NodeTotals{most, 0, most, 0}},
		{[][4]uint64{{0, most, 0, 1}, {0, most, 0, most}}, NodeTotals{0, most, 0, most}},
	} {
		if totals := nodes(of.nodes...).Totals(); totals != of.totals {
			t.Errorf("%v: %v", of.nodes, totals)
		}
	}
}

func TestFractionDone(t *testing.T) {
	const most = math.MaxUint64
	for _, of := range []struct {
		nodes    [][4]uint64
		fraction float64
		known    bool
	}{
		{nil, 0, false},
		{[][4]uint64{{0, 0, 0, 0}}, 0, false},
		{[][4]uint64{{4, 0, 0, 0}}, 0, true},
		{[][4]uint64{{1, 1, 1, 1}}, 0.5, true},
		{[][4]uint64{{0, 0, 3, 0}, {0, 1, 0, 0}}, 0.75, true},
		{[][4]uint64{{0, 0, 7, 2}}, 1, true},
		{[][4]uint64{{most, most, most, most}}, 0.5, true},
	} {
		if fraction, known := nodes(of.nodes...).FractionDone(); fraction != of.fraction || known != of.known {
			t.Errorf("%v: %v, %v", of.nodes, fraction, known)
		}
	}
}

// What a person reads in a log: names and counts, no addresses, and nothing that moves the cursor.
func TestPrinted(t *testing.T) {
	name, kind, message := "Partitioner", "chunk", "one\n\x1b[2Jtwo"
	details := &JobDetails{ID: "b2c3", ProcessingStatus: StatusInProgress, Message: &message, NodeStats: []NodeStats{
		{NodeName: &name, NodeType: &kind, Ready: 3, InProgress: 2, Success: 41, Failure: 1},
		{NodeType: &kind, Ready: 3},
		{},
	}}
	const printed = `b2c3 IN_PROGRESS; Partitioner: 41 done, 1 failed, 2 in progress, 3 ready; ` +
		`chunk: 0 done, 0 failed, 0 in progress, 3 ready; unnamed node: 0 done, 0 failed, 0 in progress, 0 ready; ` +
		`the service says: "one\n\x1b[2Jtwo"`
	failure := &Error{Code: CodeHTTPStatus, Message: "HTTP 503: busy"}
	for _, of := range []struct {
		value    any
		expected string
	}{
		{details, printed},
		{*details, printed},
		{JobOutcome{JobID: "b2c3", Details: details}, printed},
		{[]JobOutcome{{JobID: "b2c3", Details: details, Err: failure}}, "[b2c3: HTTP 503: busy]"},
		{JobOutcome{JobID: "b2c3"}, "b2c3"},
		{FailedFile{Document: "a.pdf", Error: "too\tlarge"}, `a.pdf: "too\tlarge"`},
		{NodeTotals{1, 2, 3, 4}, "3 done, 4 failed, 2 in progress, 1 ready"},
		{Event{Kind: EventResponded, JobID: "b2c3", Details: details, NextPoll: time.Second},
			"b2c3 responded: IN_PROGRESS, next poll in 1s"},
		{Event{Kind: EventEnded, JobID: "b2c3", Details: &JobDetails{ProcessingStatus: "\x1b[2J"}},
			`b2c3 ended: "\x1b[2J"`},
		{Event{Kind: EventFailed, JobID: "b2c3", Details: details, Err: failure, Failures: 2, NextPoll: time.Minute},
			"b2c3 failed (2 in a row): HTTP 503: busy, next poll in 1m0s"},
		{Event{Kind: EventGaveUp, JobID: "b2c3", Err: failure, Failures: 3}, "b2c3 gave up (3 in a row): HTTP 503: busy"},
		{EventKind(9), "event kind 9"},
		{StatusFailed, "FAILED"},
		{CodeTimeout, "UNS_ERROR_TIMEOUT"},
	} {
		for _, verb := range []string{"%v", "%+v", "%s"} {
			if printed := fmt.Sprintf(verb, of.value); printed != of.expected {
				t.Errorf("%s prints %s, expected %s", verb, printed, of.expected)
			}
		}
	}
}
