//! Results for people: the same facts as in JSON, in columns.

use std::sync::Arc;
use std::time::Duration;

use console::{Alignment, measure_text_width, pad_str};
use unstructured_jobs::{FailedFile, FileState, FileStatus, FileStatuses, JobDetails, Outcome, ProcessingStatus};

use crate::duration;
use crate::output::{coloured, escape, status as status_of};

/// A longer text has the rest of its row on the next line, so that the columns stay where they are.
const WIDEST_COLUMN: usize = 48;

/// The details of one job.
pub(crate) fn details(details: &JobDetails, colours: bool) -> String {
    let mut text =
        format!("job      {}\nstatus   {}\n", escape(&details.id), status_of(&details.processing_status, colours));
    if let Some(message) = &details.message {
        text.push_str(&format!("message  {}\n", escape(message)));
    }
    if details.node_stats.is_empty() {
        text.push_str("\nthe service lists no nodes\n");
        return text;
    }
    let head = ["NODE", "TYPE", "SUBTYPE", "READY", "IN_PROGRESS", "SUCCESS", "FAILURE"];
    let mut rows = vec![head.map(str::to_owned)];
    for node in &details.node_stats {
        let name = |name: &Option<Arc<str>>| name.as_deref().map_or_else(|| "-".to_owned(), escape);
        rows.push([
            name(&node.node_name),
            name(&node.node_type),
            name(&node.node_subtype),
            node.ready.to_string(),
            node.in_progress.to_string(),
            node.success.to_string(),
            node.failure.to_string(),
        ]);
    }
    let (left, right) = (Alignment::Left, Alignment::Right);
    text.push('\n');
    text.push_str(&columns(&rows, [left, left, left, right, right, right, right]));
    text
}

/// What came of many jobs: a line for each, and how many there are of each end.
pub(crate) fn summary(outcomes: &[&Outcome], colours: bool) -> String {
    let mut rows = vec![["JOB", "STATUS", "STEPS", "FAILED"].map(str::to_owned)];
    let mut ends: Vec<(String, usize)> = Vec::new();
    for outcome in outcomes {
        let seen = outcome.details.as_ref();
        let totals = seen.map(|details| details.totals()).unwrap_or_default();
        let all =
            [totals.ready, totals.in_progress, totals.failure].into_iter().fold(totals.success, u64::saturating_add);
        let named = |status: &ProcessingStatus| status_of(status, colours);
        rows.push([
            escape(&outcome.job_id),
            seen.map_or_else(|| "-".to_owned(), |details| named(&details.processing_status)),
            format!("{} of {all}", totals.success),
            totals.failure.to_string(),
        ]);
        let end = match (&outcome.error, seen) {
            (None, Some(details)) => named(&details.processing_status),
            _ => "not known to have ended".to_owned(),
        };
        match ends.iter_mut().find(|(known, _)| *known == end) {
            Some((_, count)) => *count += 1,
            None => ends.push((end, 1)),
        }
    }
    let (left, right) = (Alignment::Left, Alignment::Right);
    let ends: Vec<String> = ends.iter().map(|(end, count)| format!("{count} {end}")).collect();
    format!("{}\n{} jobs: {}\n", columns(&rows, [left, left, right, right]), outcomes.len(), ends.join(", "))
}

/// The documents of one job that failed.
pub(crate) fn failed_files(files: &[FailedFile]) -> String {
    if files.is_empty() {
        return "no failed files\n".to_owned();
    }
    let mut rows = vec![["DOCUMENT".to_owned(), "ERROR".to_owned()]];
    rows.extend(files.iter().map(|file| [escape(&file.document), escape(&file.error)]));
    columns(&rows, [Alignment::Left; 2])
}

/// Where each document of one job is, how many there are of each status, and whether those are all.
pub(crate) fn files(statuses: &FileStatuses, colours: bool) -> String {
    let mut text = String::new();
    let mut counts: Vec<(&FileState, usize)> = Vec::new();
    let mut rows = vec![["DOCUMENT", "STATUS", "NODE", "TRIES", "TIME", "ERROR"].map(str::to_owned)];
    for file in &statuses.files {
        rows.push(file_row(file, colours));
        match counts.iter_mut().find(|(known, _)| *known == &file.status) {
            Some((_, count)) => *count += 1,
            None => counts.push((&file.status, 1)),
        }
    }
    let (left, right) = (Alignment::Left, Alignment::Right);
    if !statuses.files.is_empty() {
        text.push_str(&columns(&rows, [left, left, left, right, right, left]));
        text.push('\n');
    }
    text.push_str(&format!("{} documents", statuses.files.len()));
    for (at, (state, count)) in counts.iter().enumerate() {
        let before = if at == 0 { ": " } else { ", " };
        text.push_str(&format!("{before}{count} {}", file_state(state, colours)));
    }
    if statuses.truncated {
        text.push_str("; there are more, which the service does not list");
    } else if !statuses.index_finished {
        text.push_str("; more may be found yet");
    }
    text + "\n"
}

fn file_row(file: &FileStatus, colours: bool) -> [String; 6] {
    let or_dash = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned());
    let node = file.current_node.as_ref();
    [
        or_dash(Some(escape(&file.document))),
        or_dash(Some(file_state(&file.status, colours)).filter(|_| !file.status.as_str().is_empty())),
        or_dash(node.and_then(|node| node.id.as_deref()).map(escape)),
        or_dash(node.map(|node| node.tries.to_string())),
        or_dash(file.time_elapsed.map(seconds)),
        file.error.as_deref().map_or_else(String::new, escape),
    ]
}

fn file_state(state: &FileState, colours: bool) -> String {
    let colour = match state {
        _ if state.as_str().is_empty() => return "without a status".to_owned(),
        FileState::Success => 32,
        FileState::Failure => 31,
        FileState::InProgress => 36,
        _ => return escape(state.as_str()),
    };
    coloured(state.as_str(), colour, colours)
}

/// A time that the service has measured: `0.4s`, `1m 5s`.
fn seconds(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds) {
        Ok(short) if short < Duration::from_secs(60) => format!("{seconds:.1}s"),
        Ok(long) => duration::show(long),
        Err(_) => format!("{seconds:e}s"),
    }
}

fn columns<const N: usize>(rows: &[[String; N]], alignments: [Alignment; N]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell).min(WIDEST_COLUMN));
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        let mut end = 0;
        for ((at, cell), (width, alignment)) in row.iter().enumerate().zip(widths.into_iter().zip(alignments)) {
            line.push_str(&pad_str(cell, width, alignment, None));
            end += width;
            if at + 1 < N && measure_text_width(cell) > width {
                text.push_str(&line);
                text.push('\n');
                line = " ".repeat(end);
            }
            line.push_str("  ");
            end += 2;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use unstructured_jobs::NodeStats;

    use super::*;

    fn job(node_stats: Vec<NodeStats>, message: Option<&str>) -> JobDetails {
        serde_json::from_value(json!({
            "id": "b2c3", "processing_status": "COMPLETED_WITH_ERRORS", "node_stats": node_stats, "message": message,
        }))
        .expect("details")
    }

    fn node(name: Option<&str>, success: u64) -> NodeStats {
        serde_json::from_value(json!({
            "node_name": name, "node_type": name, "ready": 0, "in_progress": 7, "success": success, "failure": 1,
        }))
        .expect("a node")
    }

    #[test]
    fn a_job_in_columns() {
        let nodes = vec![node(Some("partition"), u64::MAX), node(None, 0), node(Some("文\x1b書"), 3)];
        assert_eq!(
            details(&job(nodes, Some("3 documents\ncould not be read")), false),
            "job      b2c3\n\
             status   COMPLETED_WITH_ERRORS\n\
             message  3 documents\\ncould not be read\n\
             \n\
             NODE        TYPE        SUBTYPE  READY  IN_PROGRESS               SUCCESS  FAILURE\n\
             partition   partition   -            0            7  18446744073709551615        1\n\
             -           -           -            0            7                     0        1\n\
             文\\u{1b}書  文\\u{1b}書  -            0            7                     3        1\n"
        );
    }

    #[test]
    fn colours_are_for_the_status_alone() {
        assert_eq!(
            details(&job(vec![], None), true),
            "job      b2c3\nstatus   \x1b[33mCOMPLETED_WITH_ERRORS\x1b[0m\n\nthe service lists no nodes\n"
        );
    }

    #[test]
    fn after_a_long_name_the_row_goes_on_in_its_columns() {
        let file = |document: &str| -> FailedFile {
            serde_json::from_value(json!({ "document": document, "error": "e\x07" })).expect("a file")
        };
        let (fits, long) = ("f".repeat(48), "d".repeat(49));
        let blank = " ".repeat(48);
        assert_eq!(
            failed_files(&[file("short"), file(&long), file(&fits)]),
            format!(
                "DOCUMENT{}  ERROR\nshort{}  e\\u{{7}}\n{long}\n{blank}  e\\u{{7}}\n{fits}  e\\u{{7}}\n",
                " ".repeat(40),
                " ".repeat(43)
            )
        );
        assert_eq!(failed_files(&[]), "no failed files\n");
        let (name, kind) = ("n".repeat(50), "k".repeat(60));
        let mut node = node(Some(&name), 3);
        node.node_type = Some(kind.as_str().into());
        let text = details(&job(vec![node], None), false);
        assert_eq!(
            text.lines().skip(4).collect::<Vec<_>>(),
            [
                name.clone(),
                format!("{blank}  {kind}"),
                format!("{}  -            0            7        3        1", " ".repeat(2 * 48 + 2))
            ]
        );
    }
}
