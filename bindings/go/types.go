package unstructuredjobs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// JobDetails is what the service says of a job. It marshals to the JSON that the service sent, unknown fields aside.
type JobDetails struct {
	// ID is the job's identifier, as the service spells it.
	ID string `json:"id"`
	// ProcessingStatus is where the job stands.
	ProcessingStatus ProcessingStatus `json:"processing_status"`
	// NodeStats has one entry for each node of the workflow, in the service's order. It is empty while nothing has
	// started, and never nil.
	NodeStats []NodeStats `json:"node_stats"`
	// Message is the service's remark on the job; nil if it made none.
	Message *string `json:"message"`
}

// Totals adds up the counts of all nodes. A document is counted in each node that it has reached.
func (d *JobDetails) Totals() NodeTotals {
	var totals NodeTotals
	for _, node := range d.NodeStats {
		totals.Ready = saturatingSum(totals.Ready, node.Ready)
		totals.InProgress = saturatingSum(totals.InProgress, node.InProgress)
		totals.Success = saturatingSum(totals.Success, node.Success)
		totals.Failure = saturatingSum(totals.Failure, node.Failure)
	}
	return totals
}

// FractionDone is [NodeTotals.FractionDone] of the totals. It may shrink while documents are still being found; whether
// the job has ended is for ProcessingStatus alone to say.
func (d *JobDetails) FractionDone() (fraction float64, known bool) { return d.Totals().FractionDone() }

// String is a line for a log: the id, the status, and each node's counts.
func (d JobDetails) String() string {
	parts := []string{plain(d.ID) + " " + plain(d.ProcessingStatus.String())}
	for _, node := range d.NodeStats {
		parts = append(parts, node.String())
	}
	if d.Message != nil {
		parts = append(parts, "the service says: "+plain(*d.Message))
	}
	return strings.Join(parts, "; ")
}

// NodeStats are the counts of one workflow node: whole numbers of documents.
type NodeStats struct {
	// NodeName is the node's name in the workflow; nil if the service gave none.
	NodeName *string `json:"node_name"`
	// NodeType is what the node does ("partition", "chunk", "embed", …); nil if the service did not say.
	NodeType *string `json:"node_type"`
	// NodeSubtype is how it does it ("auto", "chunk_by_title", …); nil if the service did not say.
	NodeSubtype *string `json:"node_subtype"`
	// Ready counts the documents waiting for this node.
	Ready uint64 `json:"ready"`
	// InProgress counts the documents in this node now.
	InProgress uint64 `json:"in_progress"`
	// Success counts the documents that this node has finished.
	Success uint64 `json:"success"`
	// Failure counts the documents that failed in this node.
	Failure uint64 `json:"failure"`
}

// String is "Partitioner: 41 done, 1 failed, 2 in progress, 3 ready".
func (n NodeStats) String() string {
	name := "unnamed node"
	for _, given := range []*string{n.NodeSubtype, n.NodeType, n.NodeName} {
		if given != nil {
			name = plain(*given)
		}
	}
	return name + ": " + NodeTotals{n.Ready, n.InProgress, n.Success, n.Failure}.String()
}

// NodeTotals are counts added up over the nodes of a job. A sum that exceeds 64 bits stays at the maximum.
type NodeTotals struct {
	// Ready counts the documents waiting.
	Ready uint64
	// InProgress counts the documents being worked on.
	InProgress uint64
	// Success counts the documents finished.
	Success uint64
	// Failure counts the documents that failed.
	Failure uint64
}

// FractionDone is the share of Success and Failure in all four counts, 0 to 1. It is not known while all of them are 0.
func (t NodeTotals) FractionDone() (fraction float64, known bool) {
	done := float64(t.Success) + float64(t.Failure)
	all := done + float64(t.Ready) + float64(t.InProgress)
	if all == 0 {
		return 0, false
	}
	return done / all, true
}

// String is "41 done, 1 failed, 2 in progress, 3 ready".
func (t NodeTotals) String() string {
	return fmt.Sprintf("%d done, %d failed, %d in progress, %d ready", t.Success, t.Failure, t.InProgress, t.Ready)
}

// FailedFile is a document that failed, and why.
type FailedFile struct {
	// Document is the document, as the service names it.
	Document string `json:"document"`
	// Error is why it failed, in the service's words.
	Error string `json:"error"`
}

// String is the document and why it failed.
func (f FailedFile) String() string { return plain(f.Document) + ": " + plain(f.Error) }

// JobOutcome is what came of one job of many. Without an Err the job has ended, and there are Details.
type JobOutcome struct {
	// JobID is the job's id, as it was given.
	JobID string
	// Details are what the service sent last, whatever the job's end: see their ProcessingStatus. They are there with an
	// Err too if the service has sent any, and nil otherwise.
	Details *JobDetails
	// Err is why it is not known that the job has ended, an *Error; nil if it has.
	Err error
}

// String is the details, or the id and the error.
func (o JobOutcome) String() string {
	switch {
	case o.Err != nil:
		return plain(o.JobID) + ": " + o.Err.Error()
	case o.Details != nil:
		return o.Details.String()
	}
	return plain(o.JobID)
}

// ProcessingStatus is where a job stands, as the service spells it. A status that is none of the constants is no error,
// and not an end.
type ProcessingStatus string

const (
	// StatusScheduled: accepted, not started.
	StatusScheduled ProcessingStatus = "SCHEDULED"
	// StatusInProgress: running.
	StatusInProgress ProcessingStatus = "IN_PROGRESS"
	// StatusSuccess: ended, every document processed.
	StatusSuccess ProcessingStatus = "SUCCESS"
	// StatusCompletedWithErrors: ended, some documents failed.
	StatusCompletedWithErrors ProcessingStatus = "COMPLETED_WITH_ERRORS"
	// StatusStopped: ended because someone stopped it.
	StatusStopped ProcessingStatus = "STOPPED"
	// StatusFailed: ended without a result.
	StatusFailed ProcessingStatus = "FAILED"
)

// String is the status as the service spells it.
func (s ProcessingStatus) String() string { return string(s) }

// IsKnown tells whether the status is one of the constants.
func (s ProcessingStatus) IsKnown() bool {
	return s == StatusScheduled || s == StatusInProgress || s.IsTerminal()
}

// IsTerminal tells whether the job has ended. With an unknown status it has not.
func (s ProcessingStatus) IsTerminal() bool {
	switch s {
	case StatusSuccess, StatusCompletedWithErrors, StatusStopped, StatusFailed:
		return true
	}
	return false
}

// IsSuccess tells whether the job has ended well: StatusSuccess and nothing else.
func (s ProcessingStatus) IsSuccess() bool { return s == StatusSuccess }

// plain is text as it is, unless something in it does not print: then it is quoted.
func plain(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) >= 0 {
		return strconv.Quote(text)
	}
	return text
}

func saturatingSum(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
