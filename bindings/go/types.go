package unstructuredjobs

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

// FailedFile is a document that failed, and why.
type FailedFile struct {
	// Document is the document, as the service names it.
	Document string `json:"document"`
	// Error is why it failed, in the service's words.
	Error string `json:"error"`
}

// JobOutcome is what came of one job of many: either Details or Err is nil.
type JobOutcome struct {
	// Details are the job's last details, whatever its end: see their ProcessingStatus.
	Details *JobDetails
	// Err is why there are none: an *Error.
	Err error
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
