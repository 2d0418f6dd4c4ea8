package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import "unsafe"

// Results are copied and freed at once: no pointer of C leaves this package, and none of Go stays in C.

func takeJobDetails(details *C.uns_job_details) *JobDetails {
	defer C.uns_job_details_free(details)
	return jobDetailsFromC(details)
}

func jobDetailsFromC(details *C.uns_job_details) *JobDetails {
	stats := make([]NodeStats, details.node_stats_len)
	for i, node := range unsafe.Slice(details.node_stats, len(stats)) {
		stats[i] = NodeStats{
			NodeName:    optional(node.node_name),
			NodeType:    optional(node.node_type),
			NodeSubtype: optional(node.node_subtype),
			Ready:       uint64(node.ready),
			InProgress:  uint64(node.in_progress),
			Success:     uint64(node.success),
			Failure:     uint64(node.failure),
		}
	}
	return &JobDetails{
		ID:               C.GoString(details.id),
		ProcessingStatus: ProcessingStatus(C.GoString(details.processing_status_text)),
		NodeStats:        stats,
		Message:          optional(details.message),
	}
}

func takeFailedFiles(files *C.uns_failed_files) []FailedFile {
	defer C.uns_failed_files_free(files)
	copied := make([]FailedFile, files.files_len)
	for i, file := range unsafe.Slice(files.files, len(copied)) {
		copied[i] = FailedFile{Document: C.GoString(file.document), Error: C.GoString(file.error)}
	}
	return copied
}

func takeFileStatuses(statuses *C.uns_file_statuses) *FileStatuses {
	defer C.uns_file_statuses_free(statuses)
	files := make([]FileStatus, statuses.files_len)
	for i, file := range unsafe.Slice(statuses.files, len(files)) {
		files[i] = FileStatus{
			RecordID:           optional(file.record_id),
			Document:           C.GoString(file.document),
			Status:             FileState(C.GoString(file.state_text)),
			Error:              optional(file.error),
			TimeElapsed:        seconds(file.seconds),
			CurrentNode:        currentNodeFromC(file),
			DiscoveredByNodeID: optional(file.discovered_by_node_id),
		}
	}
	return &FileStatuses{
		ID:            C.GoString(statuses.id),
		Files:         files,
		Truncated:     bool(statuses.truncated),
		IndexFinished: bool(statuses.index_finished),
		GeneratedAt:   optional(statuses.generated_at),
	}
}

// currentNodeFromC is nil if nothing is said of a node.
func currentNodeFromC(file C.uns_file_status) *CurrentNode {
	node := CurrentNode{
		ID:          optional(file.node_id),
		Status:      optional(file.node_state_text),
		Tries:       uint32(file.tries),
		TimeElapsed: seconds(file.node_seconds),
	}
	if node == (CurrentNode{}) {
		return nil
	}
	return &node
}

func takeOutcomes(outcomes *C.uns_job_outcomes) []outcome {
	defer C.uns_job_outcomes_free(outcomes)
	copied := make([]outcome, outcomes.outcomes_len)
	for i, from := range unsafe.Slice(outcomes.outcomes, len(copied)) {
		if from.details != nil {
			copied[i].details = jobDetailsFromC(from.details)
		}
		if from.error != nil {
			copied[i].err = errorFromC(from.error)
		}
	}
	return copied
}

func eventFromC(from *C.uns_event) Event {
	event := Event{
		Kind:     EventKind(from.kind),
		JobID:    C.GoString(from.job_id),
		Index:    int(from.index),
		Failures: int(from.failures),
		NextPoll: durationOf(uint64(from.next_poll_in_ms)),
	}
	if from.details != nil {
		event.Details = jobDetailsFromC(from.details)
	}
	if from.error != nil {
		event.Err = errorFromC(from.error)
	}
	return event
}

func optional(text *C.char) *string {
	if text == nil {
		return nil
	}
	copied := C.GoString(text)
	return &copied
}

// seconds is nil for what C has as negative: the service did not say.
func seconds(of C.double) *float64 {
	if of < 0 {
		return nil
	}
	copied := float64(of)
	return &copied
}
