//! Progress as rows of a terminal of a given size. Pure: what each row says, not how it is drawn.

use std::time::Instant;

use console::{measure_text_width, pad_str, truncate_str};
use unstructured_jobs::ProcessingStatus;

use super::jobs::{Job, Jobs};
use super::lines::{counts, node_name, total};
use crate::duration;
use crate::output;

/// A shorter bar shows nothing.
const SHORTEST_BAR: usize = 8;
/// What stands around the bar: two blanks and two brackets.
const BRACKETS: usize = 4;
/// A longer name of a node is cut.
const LONGEST_NAME: usize = 24;
/// At least this much of a job's id is shown.
const SHORTEST_ID: usize = 8;

/// What a bar is made of: done, the tip, and the rest.
const BAR: [&str; 3] = ["=", ">", "-"];

/// One row: a label if there is one, then a bar if there is one and room for it, then a text.
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

/// The rows to draw now, none wider than the screen.
pub(super) fn rows(jobs: &Jobs, screen: Screen, now: Instant) -> Vec<Row> {
    let mut rows = match &*jobs.all {
        [job] => one_job(job, jobs, screen, now),
        all if each_has_a_row(jobs, screen) => all.iter().map(|job| job_row(job, screen, now)).collect(),
        all => overall(all, screen),
    };
    // rows that scroll away could not be taken back
    rows.truncate(screen.height.max(1));
    align(&mut rows, screen.width);
    rows
}

/// The job, then each of its nodes.
fn one_job(job: &Job, jobs: &Jobs, screen: Screen, now: Instant) -> Vec<Row> {
    let waited = duration::show(now - jobs.started);
    let Some(last) = &job.last else {
        let mut rows = vec![text_row(format!("{}  no response yet, waited {waited}", job.id))];
        rows.extend(job.trouble.as_ref().map(|trouble| text_row(trouble.reason.clone())));
        return rows;
    };
    let status = output::status(&last.processing_status, screen.colours);
    let lasted = duration::show(now - job.since);
    let mut rows = vec![text_row(format!("{}  {status} for {lasted}, waited {waited}", job.id))];
    if let Some(trouble) = &job.trouble {
        let lasted = duration::show(now - trouble.since);
        rows = vec![
            text_row(format!("{}  {status}, no response for {lasted}, waited {waited}", job.id)),
            text_row(trouble.reason.clone()),
        ];
    }
    // one row for the job, one for its trouble, one for the nodes left out
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

/// One of several jobs: why it cannot be polled, or all its nodes in one bar.
fn job_row(job: &Job, screen: Screen, now: Instant) -> Row {
    let label = job.id.clone();
    if let Some(trouble) = &job.trouble {
        return Row { label, bar: None, text: trouble.reason.clone() };
    }
    let Some(last) = &job.last else {
        return Row { label, bar: Some((0, 0)), text: "no response yet".to_owned() };
    };
    let mut text = output::status(&last.processing_status, screen.colours);
    if job.goes_on() {
        text.push_str(&format!(" for {}", duration::show(now - job.since)));
    }
    let totals = last.totals();
    let done = totals.success.saturating_add(totals.failure);
    let all = done.saturating_add(totals.ready).saturating_add(totals.in_progress);
    match last.node_stats.len() {
        0 => {}
        1 => text.push_str(&format!(", {} of {all} documents", totals.success)),
        // a document is a step in each node that it has reached
        _ => text.push_str(&format!(", {} of {all} steps", totals.success)),
    }
    if totals.failure > 0 {
        text.push_str(&format!(", {} failed", totals.failure));
    }
    Row { label, bar: Some((done, all)), text }
}

/// More jobs than rows: how many there are of each status.
fn overall(all: &[Job], screen: Screen) -> Vec<Row> {
    let mut counts: Vec<(&ProcessingStatus, usize)> = Vec::new();
    for last in all.iter().filter_map(|job| job.last.as_ref()) {
        let status = &last.processing_status;
        match counts.iter_mut().find(|(known, _)| *known == status) {
            Some((_, count)) => *count += 1,
            None => counts.push((status, 1)),
        }
    }
    let mut each: Vec<String> =
        counts.iter().map(|(status, count)| format!("{count} {}", output::status(status, screen.colours))).collect();
    let failing: Vec<_> = all.iter().filter_map(|job| job.trouble.as_ref()).collect();
    let given_up = failing.iter().filter(|trouble| trouble.for_good).count();
    if given_up > 0 {
        each.push(format!("{given_up} given up"));
    }
    let ended = all.iter().filter(|job| !job.goes_on()).count();
    let label = format!("{} jobs", all.len());
    let mut rows = vec![Row { label, bar: Some((ended as u64, all.len() as u64)), text: each.join(", ") }];
    // why jobs were given up has been said already
    if let Some(trouble) = failing.iter().find(|trouble| !trouble.for_good) {
        rows.push(text_row(format!("{} failing: {}", failing.len() - given_up, trouble.reason)));
    }
    rows
}

impl Row {
    /// The row on a screen of that width, for which it was made.
    pub(super) fn render(&self, width: usize) -> String {
        let Some((done, of)) = self.bar else { return self.text.clone() };
        let length = width.saturating_sub(measure_text_width(&self.label) + measure_text_width(&self.text) + BRACKETS);
        // without counts the bar is empty
        let filled = u128::from(done) * length as u128 / u128::from(of.max(1));
        let filled = usize::try_from(filled).unwrap_or(length).min(length);
        let tip = usize::from(done > 0 && filled < length);
        let [full, head, rest] = BAR;
        let bar = full.repeat(filled) + &head.repeat(tip) + &rest.repeat(length - filled - tip);
        format!("{} [{bar}] {}", self.label, self.text)
    }
}

fn text_row(text: String) -> Row {
    Row { label: String::new(), bar: None, text }
}

/// Makes bars begin and end in the same columns, shortens labels for their sake, and does without bars where the screen
/// is too narrow. Cuts what is still too wide.
fn align(rows: &mut [Row], width: usize) {
    let beside_bars = rows.iter().filter(|row| row.bar.is_some());
    let text_width = beside_bars.map(|row| measure_text_width(&row.text)).max().unwrap_or(0);
    let longest_label = rows.iter().map(|row| measure_text_width(&row.label)).max().unwrap_or(0);
    let beside_bar = width.saturating_sub(text_width + BRACKETS + SHORTEST_BAR);
    let bars_fit = longest_label.min(SHORTEST_ID) <= beside_bar;
    let left = if bars_fit { beside_bar } else { width.saturating_sub(text_width + 1) };
    let label_width = longest_label.min(left.max(SHORTEST_ID));
    for row in rows {
        let label = truncate_str(&row.label, label_width, "…").into_owned();
        if row.bar.is_some() && bars_fit {
            row.label = pad_str(&label, label_width, console::Alignment::Left, None).into_owned();
            row.text = pad_str(&row.text, text_width, console::Alignment::Left, None).into_owned();
            continue;
        }
        row.bar = None;
        if !row.label.is_empty() {
            row.label.clear();
            row.text = format!("{} {}", pad_str(&label, label_width, console::Alignment::Left, None), row.text);
        }
        row.text = truncate_str(&row.text, width, "…").into_owned();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::lines::tests::{job, jobs, node, trouble};
    use super::*;

    fn seen(jobs: &Jobs, width: usize, height: usize) -> Vec<String> {
        let screen = Screen { width, height, colours: false };
        let rows = rows(jobs, screen, jobs.started + Duration::from_secs(65));
        for row in &rows {
            assert!(measure_text_width(&row.render(width)) <= width, "{row:?} is wider than {width}");
        }
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
        seen
    }

    #[test]
    fn there_are_no_more_rows_than_the_screen_has() {
        let nodes = || (0..9).map(|at| node(&at.to_string(), [1, 0, 0, 0])).collect();
        let mut one = jobs(vec![Some(job("IN_PROGRESS", nodes()))], Instant::now());
        one.all[0].trouble = trouble(one.started, "HTTP 503");
        let many = jobs((0..9).map(|_| Some(job("IN_PROGRESS", nodes()))).collect(), Instant::now());
        for height in 0..12 {
            for jobs in [&one, &many] {
                assert!((1..=height.max(1)).contains(&seen(jobs, 80, height).len()), "{height}");
            }
        }
    }

    #[test]
    fn one_job_has_a_row_for_each_node() {
        let nodes = vec![node("partition", [50, 3, 6, 1]), node("文書", [0; 4])];
        let mut jobs = jobs(vec![Some(job("IN_PROGRESS", nodes))], Instant::now());
        let expected = [
            "job-0  IN_PROGRESS for 1m 5s, waited 1m 5s",
            "partition [7/60] 6 of 60 documents done, 3 running, 1 failed",
            "文書      [0/0] 0 of 0 documents done",
        ];
        assert_eq!(seen(&jobs, 80, 24), expected);
        jobs.all[0].trouble = trouble(jobs.started + Duration::from_secs(60), "HTTP 503: the service is away");
        assert_eq!(
            seen(&jobs, 80, 24)[..2],
            ["job-0  IN_PROGRESS, no response for 5s, waited 1m 5s", "HTTP 503: the service is away"]
        );
        jobs.all[0].last = None;
        assert_eq!(seen(&jobs, 80, 24), ["job-0  no response yet, waited 1m 5s", "HTTP 503: the service is away"]);
    }

    #[test]
    fn several_jobs_have_a_row_each() {
        let running = job("IN_PROGRESS", vec![node("a", [0, 4, 5, 1]), node("b", [10, 0, 0, 0])]);
        let mut jobs =
            jobs(vec![None, Some(running), Some(job("SUCCESS", vec![node("a", [0, 0, 7, 0])]))], Instant::now());
        let expected = [
            "job-0 [0/0] no response yet",
            "job-1 [6/20] IN_PROGRESS for 1m 5s, 5 of 20 steps, 1 failed",
            "job-2 [7/7] SUCCESS, 7 of 7 documents",
        ];
        assert_eq!(seen(&jobs, 80, 24), expected);
        jobs.all[0].id = "another".to_owned();
        jobs.all[0].trouble = trouble(jobs.started, &format!("HTTP 404: {}", "long ".repeat(40)));
        let seen = seen(&jobs, 80, 24);
        assert!(seen[0].starts_with("another HTTP 404: long long"), "the reason takes the bar's place: {seen:?}");
        assert!(seen[1].starts_with("job-1   [6/20] IN_PROGRESS"), "and no other's: {seen:?}");
    }

    #[test]
    fn more_jobs_than_rows_are_counted() {
        let mut last: Vec<_> = (0..40).map(|_| Some(job("IN_PROGRESS", vec![]))).collect();
        last[3] = Some(job("FAILED", vec![]));
        last[4] = Some(job("DREAMING", vec![]));
        let mut jobs = jobs(last, Instant::now());
        assert_eq!(seen(&jobs, 80, 24), ["40 jobs [1/40] 38 IN_PROGRESS, 1 FAILED, 1 DREAMING"]);
        jobs.all[7].trouble = trouble(jobs.started, "HTTP 404");
        jobs.all[7].trouble.as_mut().unwrap().for_good = true;
        jobs.all[8].trouble = trouble(jobs.started, "HTTP 503");
        let expected = ["40 jobs [2/40] 38 IN_PROGRESS, 1 FAILED, 1 DREAMING, 1 given up", "1 failing: HTTP 503"];
        assert_eq!(seen(&jobs, 80, 24), expected);
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
    fn a_bar_is_as_full_as_its_job_is_done() {
        let bar = |bar, width| Row { label: "a".to_owned(), bar: Some(bar), text: "b".to_owned() }.render(width);
        assert_eq!(bar((0, 4), 16), "a [----------] b");
        assert_eq!(bar((1, 4), 16), "a [==>-------] b");
        assert_eq!(bar((3, 4), 16), "a [=======>--] b");
        assert_eq!(bar((4, 4), 16), "a [==========] b");
        assert_eq!(bar((0, 0), 16), "a [----------] b", "without counts the bar is empty");
        assert_eq!(bar((u64::MAX, u64::MAX), 16), "a [==========] b");
        assert_eq!(bar((7, 4), 16), "a [==========] b");
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
