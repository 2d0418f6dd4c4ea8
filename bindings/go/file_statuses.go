package unstructuredjobs

import (
	"fmt"
	"strings"
)

// FileStatuses is where each file of a job is, as of one moment. Whether the job has ended is for its details to say.
type FileStatuses struct {
	// ID is the job's identifier, as the service spells it.
	ID string `json:"id"`
	// Files has one entry for each file, in the service's order. It is never nil.
	Files []FileStatus `json:"files"`
	// Truncated tells whether the service cut the list: the job has more files than are listed.
	Truncated bool `json:"truncated"`
	// IndexFinished tells whether the job's sources have named all their files. While they have not, more may appear.
	IndexFinished bool `json:"index_finished"`
	// GeneratedAt is when the service made the list: RFC 3339, as sent; nil if it did not say.
	GeneratedAt *string `json:"generated_at"`
}

// String is a line for a log: the id, and where each file is.
func (s FileStatuses) String() string {
	parts := []string{plain(s.ID)}
	for _, file := range s.Files {
		parts = append(parts, file.String())
	}
	if s.Truncated {
		parts = append(parts, "and more that the service does not list")
	}
	return strings.Join(parts, "; ")
}

// FileStatus is where one file is.
type FileStatus struct {
	// RecordID is the file's record identifier, a UUID; nil if the service did not say.
	RecordID *string `json:"record_id"`
	// Document is the file, as the service names it ("s3://bucket/input/document.pdf"); empty if it did not.
	Document string `json:"document"`
	// Status is where the file stands.
	Status FileState `json:"status"`
	// Error is why the file failed, in the service's words; nil if it said nothing.
	Error *string `json:"error"`
	// TimeElapsed is the seconds spent on the file so far; nil if the service did not say.
	TimeElapsed *float64 `json:"time_elapsed"`
	// CurrentNode is the workflow node that has the file now; nil if none has.
	CurrentNode *CurrentNode `json:"current_node"`
	// DiscoveredByNodeID is the node that found the file; nil if the service did not say.
	DiscoveredByNodeID *string `json:"discovered_by_node_id"`
}

// String is "s3://bucket/a.pdf: IN_PROGRESS in node 5f1c (try 2)", or with FileStateFailure "s3://bucket/a.pdf: FAILURE:
// too large".
func (f FileStatus) String() string {
	document, state := plain(f.Document), plain(f.Status.String())
	if document == "" {
		document = "unnamed file"
	}
	if state == "" {
		state = "no state"
	}
	text := document + ": " + state
	if node := f.CurrentNode; node != nil && node.ID != nil {
		text += fmt.Sprintf(" in node %s (try %d)", plain(*node.ID), node.Tries)
	}
	if f.Error != nil {
		text += ": " + plain(*f.Error)
	}
	return text
}

// CurrentNode is the workflow node that has a file.
type CurrentNode struct {
	// ID is the node's identifier; nil if the service did not say.
	ID *string `json:"id"`
	// Status is where the file stands in the node, as sent; nil if the service did not say.
	Status *string `json:"status"`
	// Tries is how many times the node has tried the file; 0 if the service did not say.
	Tries uint32 `json:"tries"`
	// TimeElapsed is the seconds that the node has spent on the file so far; nil if the service did not say.
	TimeElapsed *float64 `json:"time_elapsed"`
}

// String is what a log has to say of the node.
func (n CurrentNode) String() string {
	name := "unnamed node"
	if n.ID != nil {
		name = "node " + plain(*n.ID)
	}
	text := fmt.Sprintf("%s (try %d)", name, n.Tries)
	if n.Status != nil {
		text += ": " + plain(*n.Status)
	}
	return text
}

// FileState is where a file stands, as the service spells it; empty if it sent nothing. A state that is none of the
// constants is no error.
type FileState string

const (
	// FileStateReady: waiting for a node.
	FileStateReady FileState = "READY"
	// FileStateInProgress: in a node.
	FileStateInProgress FileState = "IN_PROGRESS"
	// FileStateSuccess: processed.
	FileStateSuccess FileState = "SUCCESS"
	// FileStateFailure: failed; the file's Error may say why.
	FileStateFailure FileState = "FAILURE"
)

// String is the state as the service spells it.
func (s FileState) String() string { return string(s) }

// IsKnown tells whether the state is one of the constants.
func (s FileState) IsKnown() bool {
	switch s {
	case FileStateReady, FileStateInProgress, FileStateSuccess, FileStateFailure:
		return true
	}
	return false
}
