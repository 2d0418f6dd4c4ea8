//! Progress as rows of a terminal of a given size. Pure: what each row says, not how it is drawn.

use std::time::Instant;

use console::{measure_text_width, pad_str, truncate_str};
use unstructured_jobs::ProcessingStatus;

use super::lines::{counts, node_name, total};
use super::{Job, Jobs};
use crate::duration;
use crate::output;

/// A shorter bar shows nothing.
const SHORTEST_BAR: usize = 8;
/// What stands around the bar: two blanks and two brackets.
const BRACKETS: usize = 4;
/// A longer name of a node is cut.
const LONGEST_NAME: usize = 24;
/// Of a job's id so much is always shown.
const SHORTEST_ID: usize = 8;

/// One row: a label, then a bar if there is one and room for it, then a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) label: String,
    /// Done, of how many.
    pub(super) bar: Option<(u64, u64)>,
    pub(super) text: String,
}

/// The terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) colours: bool,
}

impl Screen {
    /// How many rows may be used: not the last, where the cursor goes, nor the one above, for what scrolls by.
    fn room(self) -> usize {
        self.height.saturating_sub(2).max(1)
    }
}

/// Whether there is a row for each job; otherwise one row counts them all.
pub(super) fn each_has_a_row(jobs: &Jobs, screen: Screen) -> bool {
    jobs.all.len() < screen.room()
}

/// What is to be seen now, each row no wider than the screen.
pub(super) fn rows(jobs: &Jobs, screen: Screen, now: Instant) -> Vec<Row> {
    let mut rows = match &*jobs.all {
        [job] => one_job(job, jobs, screen, now),
        all if each_has_a_row(jobs, screen) => all.iter().map(|job| job_row(job, screen, now)).collect(),
        all => vec![overall(all, screen)],
    };
    if let Some(outage) = &jobs.outage {
        rows.push(text_row(format!("no answer for {}: {}", duration::show(now - outage.since), outage.error)));
    }
    align(&mut rows, screen.width);
    rows
}

/// The job, then each of its nodes.
fn one_job(job: &Job, jobs: &Jobs, screen: Screen, now: Instant) -> Vec<Row> {
    let waited = duration::show(now - jobs.started);
    let Some(last) = &job.last else {
        return vec![text_row(format!("{}  asking, for {waited} now", job.id))];
    };
    let status = output::status(&last.processing_status, screen.colours);
    let lasted = duration::show(now - job.since);
    let mut rows = vec![text_row(format!("{}  {status} for {lasted}, waited {waited}", job.id))];
    // one row for the job, one for an outage, one for the nodes left out
    let room = screen.room().saturating_sub(3).max(1);
    for (at, node) in last.node_stats.iter().enumerate().take(room) {
        let name = node_name(at, node);
        rows.push(Row {
            label: truncate_str(&name, LONGEST_NAME, "…").into_owned(),
            bar: Some((node.success.saturating_add(node.failure), total(node))),
            text: counts(node),
        });
    }
    if last.node_stats.len() > room {
        rows.push(text_row(format!("and {} more nodes", last.node_stats.len() - room)));
    }
    rows
}

/// One of several jobs: all its nodes in one bar.
fn job_row(job: &Job, screen: Screen, now: Instant) -> Row {
    let Some(last) = &job.last else {
        return Row { label: job.id.clone(), bar: Some((0, 0)), text: "asking".to_owned() };
    };
    let sum = |count: fn(&unstructured_jobs::NodeStats) -> u64| {
        last.node_stats.iter().fold(0_u64, |sum, node| sum.saturating_add(count(node)))
    };
    let (success, failure, total) = (sum(|node| node.success), sum(|node| node.failure), sum(total));
    let mut text = output::status(&last.processing_status, screen.colours);
    if !job.has_ended() {
        text.push_str(&format!(" for {}", duration::show(now - job.since)));
    }
    text.push_str(&format!(", {success} of {total} done"));
    if failure > 0 {
        text.push_str(&format!(", {failure} failed"));
    }
    Row { label: job.id.clone(), bar: Some((success.saturating_add(failure), total)), text }
}

/// More jobs than rows: how many there are of each status.
fn overall(all: &[Job], screen: Screen) -> Row {
    let mut counts: Vec<(&ProcessingStatus, usize)> = Vec::new();
    for last in all.iter().filter_map(|job| job.last.as_ref()) {
        let status = &last.processing_status;
        match counts.iter_mut().find(|(known, _)| *known == status) {
            Some((_, count)) => *count += 1,
            None => counts.push((status, 1)),
        }
    }
    let each = counts.iter().map(|(status, count)| format!("{count} {}", output::status(status, screen.colours)));
    let ended = all.iter().filter(|job| job.has_ended()).count();
    Row {
        label: format!("{} jobs", all.len()),
        bar: Some((ended as u64, all.len() as u64)),
        text: each.collect::<Vec<_>>().join(", "),
    }
}

fn text_row(text: String) -> Row {
    Row { label: String::new(), bar: None, text }
}

/// Makes bars begin and end in the same columns, shortens labels for their sake, and does without bars where the screen
/// is too narrow. Cuts what is still too wide.
fn align(rows: &mut [Row], width: usize) {
    let widest = |part: fn(&Row) -> &str, rows: &[Row]| {
        rows.iter().filter(|row| row.bar.is_some()).map(|row| measure_text_width(part(row))).max().unwrap_or(0)
    };
    let text_width = widest(|row| &row.text, rows);
    let mut label_width = widest(|row| &row.label, rows);
    let left = width.saturating_sub(text_width + BRACKETS + SHORTEST_BAR);
    label_width = label_width.min(left.max(SHORTEST_ID));
    let bars_fit = label_width <= left;
    for row in rows {
        let label = truncate_str(&row.label, label_width, "…").into_owned();
        if row.bar.is_some() && bars_fit {
            row.label = pad_str(&label, label_width, console::Alignment::Left, None).into_owned();
            row.text = pad_str(&row.text, text_width, console::Alignment::Left, None).into_owned();
            continue;
        }
        if row.bar.take().is_some() {
            row.text = format!("{label} {}", row.text);
            row.label.clear();
        }
        row.text = truncate_str(&row.text, width, "…").into_owned();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Outage;
    use super::super::lines::tests::{job, jobs, node};
    use super::*;

    fn seen(jobs: &Jobs, width: usize, height: usize) -> Vec<String> {
        let screen = Screen { width, height, colours: false };
        let rows = rows(jobs, screen, jobs.started + Duration::from_secs(65));
        let seen: Vec<String> = rows
            .iter()
            .map(|row| match row.bar {
                Some((done, of)) => {
                    let bar = width - measure_text_width(&row.label) - measure_text_width(&row.text) - BRACKETS;
                    assert!(bar >= SHORTEST_BAR, "{row:?}");
                    format!("{} [{done}/{of}] {}", row.label, row.text.trim_end())
                }
                None => row.text.clone(),
            })
            .collect();
        for row in rows.iter().filter(|row| row.bar.is_none()) {
            assert!(measure_text_width(&row.text) <= width, "{row:?} is wider than {width}");
        }
        seen
    }

    #[test]
    fn one_job_has_a_row_for_each_node() {
        let nodes = vec![node("partition", [50, 3, 6, 1]), node("文書", [0; 4])];
        let mut jobs = jobs(vec![Some(job("IN_PROGRESS", nodes))], Instant::now());
        let expected = [
            "job-0  IN_PROGRESS for 1m 5s, waited 1m 5s",
            "partition [7/60] 6 of 60 done, 3 running, 1 failed",
            "文書      [0/0] 0 of 0 done",
        ];
        assert_eq!(seen(&jobs, 80, 24), expected);
        jobs.outage = Some(Outage { since: jobs.started + Duration::from_secs(60), error: "away".to_owned() });
        assert_eq!(seen(&jobs, 80, 24)[3], "no answer for 5s: away");
    }

    #[test]
    fn several_jobs_have_a_row_each() {
        let running = job("IN_PROGRESS", vec![node("a", [0, 4, 5, 1]), node("b", [10, 0, 0, 0])]);
        let jobs = jobs(vec![None, Some(running), Some(job("SUCCESS", vec![node("a", [0, 0, 7, 0])]))], Instant::now());
        let expected = [
            "job-0 [0/0] asking",
            "job-1 [6/20] IN_PROGRESS for 1m 5s, 5 of 20 done, 1 failed",
            "job-2 [7/7] SUCCESS, 7 of 7 done",
        ];
        assert_eq!(seen(&jobs, 80, 24), expected);
    }

    #[test]
    fn more_jobs_than_rows_are_counted() {
        let mut last: Vec<_> = (0..40).map(|_| Some(job("IN_PROGRESS", vec![]))).collect();
        last[3] = Some(job("FAILED", vec![]));
        last[4] = Some(job("DREAMING", vec![]));
        let jobs = jobs(last, Instant::now());
        assert_eq!(seen(&jobs, 80, 24), ["40 jobs [1/40] 38 IN_PROGRESS, 1 FAILED, 1 DREAMING"]);
    }

    #[test]
    fn every_screen_has_room_for_something() {
        let nodes = (0..30).map(|at| node(&format!("a-node-with-a-long-name-{at}"), [u64::MAX, 0, 7, 0])).collect();
        let one = jobs(vec![Some(job("IN_PROGRESS", nodes))], Instant::now());
        let three = jobs((0..3).map(|_| Some(job("IN_PROGRESS", vec![]))).collect(), Instant::now());
        for width in 1..=120 {
            for height in [0, 1, 2, 5, 24] {
                assert!(seen(&one, width, height).len() <= height.max(5), "{width}x{height}");
                assert!(!seen(&three, width, height).is_empty());
            }
        }
        let shown = seen(&one, 80, 24);
        assert_eq!(shown.len(), 21);
        assert_eq!(shown.last().unwrap(), "and 11 more nodes");
    }

    #[test]
    fn colours_take_no_room() {
        let jobs = jobs(vec![Some(job("FAILED", vec![]))], Instant::now());
        let screen = Screen { width: 14, height: 24, colours: true };
        let rows = rows(&jobs, screen, jobs.started);
        assert_eq!(measure_text_width(&rows[0].text), 14, "{rows:?}");
        assert!(rows[0].text.contains("\x1b[31m"), "{rows:?}");
    }
}
