//! What becomes of failures: which are borne, for how long, and what they mean for the other jobs.

use super::*;

/// The polls of one job that fails without end, up to the verdict that ends it.
fn failures(pace: Pace, error: &Error) -> (Vec<Duration>, Option<Verdict>) {
    let mut schedule = Schedule::new(1, pace, true);
    let mut polls = Vec::new();
    while let Some((job, at)) = schedule.next() {
        polls.push(at);
        match schedule.failed(job, at, at, error, EVEN) {
            Verdict::Again(_) => {}
            verdict => return (polls, Some(verdict)),
        }
    }
    (polls, None)
}

fn milliseconds(polls: &[Duration]) -> Vec<u128> {
    polls.iter().map(Duration::as_millis).collect()
}

#[test]
fn failures_are_borne_for_max_outage_with_a_last_poll_at_its_end() {
    for error in [away(), sick()] {
        let borne = |outage| failures(Pace { max_outage: outage, ..PACE }, &error);
        let (polls, verdict) = borne(Duration::ZERO);
        assert_eq!((milliseconds(&polls), verdict), (vec![0], Some(Verdict::GiveUpAll)));
        let (polls, verdict) = borne(300 * MILLISECOND);
        assert_eq!((milliseconds(&polls), verdict), (vec![0, 300], Some(Verdict::GiveUpAll)));
        let (polls, verdict) = borne(20 * SECOND);
        assert_eq!(milliseconds(&polls), [0, 500, 1500, 3500, 7500, 15_500, 20_000]);
        assert_eq!(verdict, Some(Verdict::GiveUpAll));
        let (polls, _) = borne(24 * 3600 * SECOND);
        assert!(pauses(&polls).iter().all(|pause| *pause <= 8 * SECOND));
    }
}

#[test]
fn the_deadline_comes_before_the_end_of_the_outage() {
    let pace = Pace { deadline: Some(2 * SECOND), ..PACE };
    let (polls, verdict) = failures(pace, &away());
    assert_eq!((milliseconds(&polls), verdict), (vec![0, 500, 1500, 2000], Some(Verdict::OutOfTime)));
}

#[test]
fn what_the_service_asks_for_is_kept_or_given_up_at_once() {
    let (polls, verdict) = failures(Pace { max_outage: 100 * SECOND, ..PACE }, &limited(40 * SECOND));
    assert_eq!((milliseconds(&polls), verdict), (vec![0, 40_000, 80_000], Some(Verdict::GiveUp)));
    let (polls, verdict) = failures(PACE, &limited(301 * SECOND));
    assert_eq!((milliseconds(&polls), verdict), (vec![0], Some(Verdict::GiveUp)));
    let (polls, verdict) = failures(PACE, &limited(Duration::MAX));
    assert_eq!((milliseconds(&polls), verdict), (vec![0], Some(Verdict::GiveUp)));
}

#[test]
fn a_response_ends_an_outage() {
    let mut schedule = Schedule::new(1, Pace { max_outage: SECOND, ..PACE }, true);
    for _ in 0..1000 {
        let (job, at) = schedule.next().expect("a poll");
        assert!(matches!(schedule.failed(job, at, at, &away(), EVEN), Verdict::Again(_)));
        let (job, at) = schedule.next().expect("a poll");
        schedule.responded(job, at, at, EVEN);
    }
}

#[test]
fn a_rate_limit_holds_every_job() {
    let mut schedule = Schedule::new(100, PACE, true);
    let (job, at) = schedule.next().expect("a poll");
    assert_eq!(schedule.failed(job, at, at, &limited(30 * SECOND), EVEN), Verdict::Again(30 * SECOND));
    let (_, at) = schedule.next().expect("a poll");
    assert_eq!(at, 30 * SECOND);
}

#[test]
fn one_job_that_is_put_off_for_too_long_ends_alone() {
    let mut schedule = Schedule::new(2, PACE, true);
    let (job, at) = schedule.next().expect("a poll");
    assert_eq!(schedule.failed(job, at, at, &limited(86_400 * SECOND), EVEN), Verdict::GiveUp);
    let (other, at) = schedule.next().expect("a poll");
    assert_eq!((other == job, at), (false, PACE.max_outage), "it is held for as long as is borne");
    // what still asks for a rest then is the service's last word
    assert_eq!(schedule.failed(other, at, at, &limited(SECOND), EVEN), Verdict::GiveUpAll);
}

#[test]
fn a_share_of_failures_slows_nobody_else() {
    let mut random = Random(5);
    let error = Error::new(ErrorKind::Io, "the connection broke").retryable(true);
    let mut schedule = Schedule::new(1000, PACE, true);
    let mut now = Duration::ZERO;
    for _ in 0..1000 {
        let (job, at) = schedule.next().expect("a poll");
        now = now.max(at);
        if random.below(10) == 0 {
            assert!(matches!(schedule.failed(job, now, now, &error, random.jitter()), Verdict::Again(_)));
        } else {
            schedule.ended(job);
        }
    }
    assert!(now < 3 * SECOND, "the first polls of 1,000 jobs were held up until {now:?}");
}

#[test]
fn one_sick_job_neither_ends_nor_slows_the_others() {
    // the others are polled so seldom that the sick one is alone for the whole of its outage
    for max_outage in [Duration::ZERO, SECOND, 10 * SECOND] {
        for error in [sick(), sick().with_retry_after(Some(YEAR)), Error::new(ErrorKind::Timeout, "slow")] {
            let mut schedule = Schedule::new(10, Pace { initial: 15 * SECOND, max_outage, ..PACE }, true);
            let mut given_up = 0;
            let mut responded = [0; 10];
            while responded.iter().skip(1).any(|count| *count < 3) {
                let (job, at) = schedule.next().expect("a poll");
                if job > 0 {
                    responded[job] += 1;
                    assert!(at <= 60 * SECOND, "{max_outage:?}: {job} waits until {at:?}");
                    schedule.responded(job, at, at, EVEN);
                    continue;
                }
                match schedule.failed(job, at, at, &error, EVEN) {
                    Verdict::Again(_) => {}
                    Verdict::GiveUp => given_up += 1,
                    verdict => panic!("{max_outage:?}: one job ended all: {verdict:?}: {error:?}"),
                }
            }
            assert_eq!(given_up, 1, "{max_outage:?}");
        }
    }
}

#[test]
fn a_service_that_is_away_is_asked_once_for_all_and_given_up_for_all() {
    for error in [away(), sick()] {
        let mut schedule = Schedule::new(10_000, PACE, true);
        let mut polls = Vec::new();
        let verdict = loop {
            let (job, at) = schedule.next().expect("a poll");
            polls.push(at);
            match schedule.failed(job, at, at, &error, EVEN) {
                Verdict::Again(_) => {}
                verdict => break verdict,
            }
        };
        assert!(matches!(verdict, Verdict::GiveUpAll), "{verdict:?}");
        assert_eq!(polls.last(), Some(&PACE.max_outage));
        assert!(polls.len() < 60, "{} polls in five minutes", polls.len());
    }
}

#[test]
fn a_refusal_of_the_client_ends_all_jobs_at_once() {
    let mut schedule = Schedule::new(1000, PACE, true);
    let (job, at) = schedule.next().expect("a poll");
    let refused = Error::new(ErrorKind::Unauthorized, "the key").with_http_status(401).of_client();
    assert_eq!(schedule.failed(job, at, at, &refused, EVEN), Verdict::RefuseAll);
}

#[test]
fn a_name_that_does_not_exist_is_an_outage_only_where_the_service_was_reached_before() {
    let mistyped = || Error::new(ErrorKind::Dns, "no such host").no_such_host();
    let mut schedule = Schedule::new(2, PACE, false);
    let (job, at) = schedule.next().expect("a poll");
    assert!(
        matches!(schedule.failed(job, at, at, &away(), EVEN), Verdict::Again(_)),
        "not reached yet, but it is there"
    );
    let (job, at) = schedule.next().expect("a poll");
    assert_eq!(schedule.failed(job, at, at, &mistyped(), EVEN), Verdict::RefuseAll);

    let mut schedule = Schedule::new(1, PACE, false);
    let (job, at) = schedule.next().expect("a poll");
    assert!(matches!(schedule.failed(job, at, at, &sick(), EVEN), Verdict::Again(_)));
    let (job, at) = schedule.next().expect("a poll");
    assert!(matches!(schedule.failed(job, at, at, &mistyped(), EVEN), Verdict::Again(_)), "its HTTP 500 reached us");
    let mut schedule = Schedule::new(1, PACE, true);
    let (job, at) = schedule.next().expect("a poll");
    assert!(matches!(schedule.failed(job, at, at, &mistyped(), EVEN), Verdict::Again(_)));
}

#[test]
fn a_job_that_the_service_does_not_know_is_borne_until_it_exists() {
    let unknown = Error::new(ErrorKind::NotFound, "no such job").with_http_status(404);
    let (polls, verdict) = failures(PACE, &unknown);
    assert_eq!((milliseconds(&polls), verdict), (vec![0], Some(Verdict::GiveUp)));
    let (polls, verdict) = failures(Pace { until_exists: 4 * SECOND, ..PACE }, &unknown);
    assert_eq!((milliseconds(&polls), verdict), (vec![0, 1000, 2500, 4000], Some(Verdict::GiveUp)));
    let other = Error::new(ErrorKind::Decode, "no details").with_http_status(200);
    let (polls, _) = failures(Pace { until_exists: 4 * SECOND, ..PACE }, &other);
    assert_eq!(polls.len(), 1, "nothing else is borne");
}

#[test]
fn the_last_poll_has_its_time_however_late_it_begins() {
    let pace = Pace { deadline: Some(3 * SECOND), ..PACE };
    let mut schedule = Schedule::new(2, pace, true);
    assert_eq!(schedule.poll_ends_by(SECOND), Some(3 * SECOND + GRACE));
    // the process was stopped until 60 s
    assert_eq!(schedule.poll_ends_by(60 * SECOND), Some(60 * SECOND + GRACE));
    assert_eq!(schedule.poll_ends_by(60 * SECOND + GRACE / 2), Some(60 * SECOND + GRACE), "for all of them together");

    // where a poll that outlasted the deadline has used the time up, nothing is left for the others
    let mut awake = Schedule::new(2, pace, true);
    awake.poll_over(SECOND, 3 * SECOND + GRACE);
    assert_eq!(awake.poll_ends_by(3 * SECOND + GRACE), Some(3 * SECOND + GRACE));

    // one that was under way meanwhile is not the last
    let (job, at) = schedule.next().expect("a poll");
    assert_eq!(schedule.failed(job, at, 60 * SECOND, &away(), EVEN), Verdict::Again(3 * SECOND));
    assert_eq!(schedule.failed(job, 60 * SECOND, 60 * SECOND + GRACE, &away(), EVEN), Verdict::OutOfTime);
    assert_eq!(Schedule::new(1, PACE, true).poll_ends_by(YEAR), None);
}
