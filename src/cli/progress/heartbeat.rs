//! The line that says, where nothing else was said for a while, that the wait goes on.

use std::time::Instant;

use super::jobs::Jobs;
use super::lines;
use crate::duration;

/// Which jobs are still waited for, and what fails meanwhile.
pub(super) fn line(jobs: &Jobs, now: Instant) -> String {
    let waiting = jobs.all.iter().filter(|job| job.goes_on()).count();
    let mut line = match &*jobs.all {
        [job] => match &job.last {
            Some(last) => {
                let (status, lasted) = (lines::status(last), duration::show(now - job.since));
                format!("{}: still {status}, for {lasted} now", job.id)
            }
            None => format!("{}: no response yet", job.id),
        },
        all => format!("still waiting for {waiting} of {} jobs", all.len()),
    };
    let mut troubles = jobs.all.iter().filter(|job| job.goes_on()).filter_map(|job| job.trouble.as_ref());
    if let Some(trouble) = troubles.next() {
        line.push_str(&format!("; {}, for {} now", trouble.reason, duration::show(now - trouble.since)));
        match troubles.count() {
            0 => {}
            more => line.push_str(&format!("; {more} more fail")),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::lines::tests::{job, jobs, trouble};
    use super::*;

    #[test]
    fn a_heartbeat_says_what_is_waited_for() {
        let started = Instant::now();
        let now = started + Duration::from_secs(125);
        let mut one = jobs(vec![Some(job("IN_PROGRESS", vec![]))], started);
        assert_eq!(line(&one, now), "job-0: still IN_PROGRESS, for 2m 5s now");
        one.all[0].trouble = trouble(started + Duration::from_secs(60), "it is away");
        assert_eq!(line(&one, now), "job-0: still IN_PROGRESS, for 2m 5s now; it is away, for 1m 5s now");
        assert_eq!(line(&jobs(vec![None], started), now), "job-0: no response yet");
        let several = jobs(vec![None, Some(job("SUCCESS", vec![])), Some(job("SCHEDULED", vec![]))], started);
        assert_eq!(line(&several, now), "still waiting for 2 of 3 jobs");
        let mut several = jobs(vec![None, None, None, Some(job("SUCCESS", vec![]))], started);
        for at in [0, 1] {
            several.all[at].trouble = trouble(started + Duration::from_secs(120), "it is away");
        }
        several.all[2].trouble = trouble(started, "there is no such job");
        several.all[2].trouble.as_mut().unwrap().for_good = true;
        assert_eq!(line(&several, now), "still waiting for 2 of 4 jobs; it is away, for 5s now; 1 more fail");
    }
}
