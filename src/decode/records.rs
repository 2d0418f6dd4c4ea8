//! The responses' JSON: which fields each object has, which of them are required, and what each must be.

use super::reader::{Blank, Field, Record, Slot, Text, optional, required};
use crate::types::{
    CurrentNode, FailedFile, FileState, FileStatus, FileStatuses, JobDetails, NodeStats, ProcessingStatus,
};

impl Text for ProcessingStatus {
    fn take(&mut self, text: &str) {
        *self = Self::from(text);
    }
}

impl Text for FileState {
    fn take(&mut self, text: &str) {
        *self = Self::from(text);
    }
}

impl Blank for JobDetails {
    fn blank() -> Self {
        let processing_status = ProcessingStatus::Unknown(String::new());
        Self { id: String::new(), processing_status, node_stats: Vec::new(), message: None }
    }
}

impl Record for JobDetails {
    fn fields(&self) -> &'static [Field] {
        const { &[required("id"), required("processing_status"), required("node_stats"), optional("message")] }
    }

    fn slot(&mut self, field: usize) -> Slot<'_> {
        match field {
            0 => Slot::Text(&mut self.id),
            1 => Slot::Text(&mut self.processing_status),
            2 => Slot::List(&mut self.node_stats),
            _ => Slot::TextOrNull(&mut self.message),
        }
    }
}

impl Blank for NodeStats {
    fn blank() -> Self {
        Self { node_name: None, node_type: None, node_subtype: None, ready: 0, in_progress: 0, success: 0, failure: 0 }
    }
}

impl Record for NodeStats {
    fn fields(&self) -> &'static [Field] {
        const {
            &[
                optional("node_name"),
                optional("node_type"),
                optional("node_subtype"),
                required("ready"),
                required("in_progress"),
                required("success"),
                required("failure"),
            ]
        }
    }

    fn slot(&mut self, field: usize) -> Slot<'_> {
        match field {
            0 => Slot::TextOrNull(&mut self.node_name),
            1 => Slot::TextOrNull(&mut self.node_type),
            2 => Slot::TextOrNull(&mut self.node_subtype),
            3 => Slot::Count(&mut self.ready),
            4 => Slot::Count(&mut self.in_progress),
            5 => Slot::Count(&mut self.success),
            _ => Slot::Count(&mut self.failure),
        }
    }
}

/// The response that lists the failed files.
pub(super) struct FailedFiles(pub(super) Vec<FailedFile>);

impl Record for FailedFiles {
    fn fields(&self) -> &'static [Field] {
        const { &[required("failed_files")] }
    }

    fn slot(&mut self, _: usize) -> Slot<'_> {
        Slot::List(&mut self.0)
    }
}

impl Blank for FailedFile {
    fn blank() -> Self {
        Self { document: String::new(), error: String::new() }
    }
}

impl Record for FailedFile {
    fn fields(&self) -> &'static [Field] {
        const { &[required("document"), required("error")] }
    }

    fn slot(&mut self, field: usize) -> Slot<'_> {
        match field {
            0 => Slot::Text(&mut self.document),
            _ => Slot::Text(&mut self.error),
        }
    }
}

impl Blank for FileStatuses {
    fn blank() -> Self {
        Self { id: String::new(), files: Vec::new(), truncated: false, index_finished: false, generated_at: None }
    }
}

impl Record for FileStatuses {
    fn fields(&self) -> &'static [Field] {
        const {
            &[
                required("id"),
                required("files"),
                optional("truncated"),
                optional("index_finished"),
                optional("generated_at"),
            ]
        }
    }

    fn slot(&mut self, field: usize) -> Slot<'_> {
        match field {
            0 => Slot::Text(&mut self.id),
            1 => Slot::List(&mut self.files),
            2 => Slot::Flag(&mut self.truncated),
            3 => Slot::Flag(&mut self.index_finished),
            _ => Slot::TextOrNull(&mut self.generated_at),
        }
    }
}

impl Blank for FileStatus {
    fn blank() -> Self {
        Self {
            record_id: None,
            document: String::new(),
            status: FileState::Unknown(String::new()),
            error: None,
            time_elapsed: None,
            current_node: None,
            discovered_by_node_id: None,
        }
    }
}

impl Record for FileStatus {
    fn fields(&self) -> &'static [Field] {
        const {
            &[
                optional("record_id"),
                optional("document"),
                optional("status"),
                optional("error"),
                optional("time_elapsed"),
                optional("current_node"),
                optional("discovered_by_node_id"),
            ]
        }
    }

    fn slot(&mut self, field: usize) -> Slot<'_> {
        match field {
            0 => Slot::TextOrNull(&mut self.record_id),
            1 => Slot::TextOrNull(&mut self.document),
            2 => Slot::TextOrNull(&mut self.status),
            3 => Slot::TextOrNull(&mut self.error),
            4 => Slot::Seconds(&mut self.time_elapsed),
            5 => Slot::Nested(&mut self.current_node),
            _ => Slot::TextOrNull(&mut self.discovered_by_node_id),
        }
    }
}

impl Blank for CurrentNode {
    fn blank() -> Self {
        Self { id: None, status: None, tries: 0, time_elapsed: None }
    }
}

impl Record for CurrentNode {
    fn fields(&self) -> &'static [Field] {
        const { &[optional("id"), optional("status"), optional("tries"), optional("time_elapsed")] }
    }

    fn slot(&mut self, field: usize) -> Slot<'_> {
        match field {
            0 => Slot::TextOrNull(&mut self.id),
            1 => Slot::TextOrNull(&mut self.status),
            2 => Slot::Tries(&mut self.tries),
            _ => Slot::Seconds(&mut self.time_elapsed),
        }
    }
}
