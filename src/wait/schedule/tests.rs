//! Schedules in virtual time: what happens in years of waiting takes milliseconds here.

use super::*;

mod failures;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The defaults.
const PACE: Pace = Pace {
    initial: SECOND,
    max: Duration::from_secs(15),
    max_outage: Duration::from_secs(300),
    until_exists: Duration::ZERO,
    deadline: None,
};

/// No jitter.
const EVEN: f64 = 0.5;

/// SplitMix64: small, and the same on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn jitter(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn away() -> Error {
    Error::new(ErrorKind::Connect, "away")
}

fn sick() -> Error {
    Error::new(ErrorKind::HttpStatus, "sick").with_http_status(500).retryable(true)
}

fn limited(retry_after: Duration) -> Error {
    Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(Some(retry_after)).retryable(true)
}

/// When one job that never ends is polled, every poll with a response at once.
fn polls(pace: Pace, count: usize, mut jitter: impl FnMut() -> f64) -> Vec<Duration> {
    let mut schedule = Schedule::new(1, pace, true);
    let mut polls = Vec::new();
    while let Some((job, at)) = schedule.next() {
        polls.push(at);
        if polls.len() == count {
            break;
        }
        schedule.responded(job, at, at, jitter());
    }
    polls
}

fn pauses(polls: &[Duration]) -> Vec<Duration> {
    polls.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn pauses_grow_by_half_from_the_first_to_the_longest() {
    let polls = polls(PACE, 11, || EVEN);
    assert_eq!(polls[0], Duration::ZERO, "the first poll is at once");
    let seconds: Vec<f64> = pauses(&polls).iter().map(Duration::as_secs_f64).collect();
    assert_eq!(seconds, [1.0, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390_625, 15.0, 15.0, 15.0]);
}

#[test]
fn jitter_is_a_tenth_either_way_and_does_not_add_up() {
    let mut random = Random(1);
    for jitter in [0.0, 1.0] {
        let last = *pauses(&polls(PACE, 1000, || jitter)).last().expect("a pause");
        assert_eq!(last, PACE.max.mul_f64(0.9 + 0.2 * jitter));
    }
    for (at, pause) in pauses(&polls(PACE, 5000, || random.jitter())).into_iter().enumerate() {
        let even = SECOND.mul_f64(1.5_f64.powi(at.min(20) as i32)).min(PACE.max);
        assert!(pause >= even.mul_f64(0.899) && pause <= even.mul_f64(1.101), "pause {at}: {pause:?} for {even:?}");
    }
}

#[test]
fn intervals_at_both_limits() {
    let shortest = Pace { initial: 10 * MILLISECOND, max: 10 * MILLISECOND, ..PACE };
    assert!(pauses(&polls(shortest, 1000, || 0.0)).iter().all(|pause| *pause == 9 * MILLISECOND));
    let longest = Pace { initial: 10 * YEAR, max: 10 * YEAR, ..PACE };
    assert_eq!(pauses(&polls(longest, 4, || 1.0)), [(10 * YEAR).mul_f64(1.1); 3]);
    let beyond = Pace {
        initial: Duration::MAX,
        max: Duration::MAX,
        max_outage: Duration::MAX,
        until_exists: Duration::MAX,
        deadline: Some(Duration::MAX),
    };
    assert_eq!(pauses(&polls(beyond, 2, || 1.0)), [10 * YEAR], "cut to the deadline, which is ten years too");
}

#[test]
fn one_last_poll_at_the_deadline_and_none_after_it() {
    let until = |deadline| Pace { deadline: Some(deadline), ..PACE };
    for (deadline, expected) in [
        (Duration::ZERO, vec![0]),
        (MILLISECOND, vec![0, 1]),
        (SECOND - MILLISECOND, vec![0, 999]),
        (SECOND, vec![0, 1000]),
        (SECOND + MILLISECOND, vec![0, 1000, 1001]),
        (3 * SECOND, vec![0, 1000, 2500, 3000]),
    ] {
        let expected: Vec<Duration> = expected.into_iter().map(Duration::from_millis).collect();
        assert_eq!(polls(until(deadline), usize::MAX, || EVEN), expected, "deadline {deadline:?}");
    }
    let mut random = Random(2);
    for _ in 0..2000 {
        let deadline = Duration::from_millis(random.below(200_000));
        let polls = polls(until(deadline), usize::MAX, || random.jitter());
        assert_eq!(polls.last(), Some(&deadline));
        assert_eq!(polls.iter().filter(|at| **at == deadline).count(), 1, "{polls:?}");
        assert!(polls.is_sorted());
    }
}

#[test]
fn a_poll_that_outlasts_the_deadline_was_the_last() {
    let mut schedule = Schedule::new(1, Pace { deadline: Some(3 * SECOND), ..PACE }, true);
    let (job, at) = schedule.next().expect("the first poll");
    schedule.responded(job, at, at + 3 * SECOND + 100 * MILLISECOND, EVEN);
    assert_eq!(schedule.next(), None);
}

#[test]
fn ten_thousand_jobs_are_spread_not_bunched() {
    let mut random = Random(3);
    let jobs = 10_000;
    let mut schedule = Schedule::new(jobs, PACE, true);
    let from = 300;
    let to = 400;
    let mut per_second = vec![0_u32; to];
    let mut sleeps = 0;
    // a poll takes 100 µs, one after the other
    let mut now = Duration::ZERO;
    loop {
        let (job, at) = schedule.next().expect("a poll");
        if at > now && at.as_secs() >= from as u64 {
            sleeps += 1;
        }
        now = now.max(at);
        let Some(count) = per_second.get_mut(now.as_secs() as usize) else { break };
        *count += 1;
        now += Duration::from_micros(100);
        schedule.responded(job, now, now, random.jitter());
    }
    let steady = &per_second[from..];
    let mean = f64::from(steady.iter().sum::<u32>()) / steady.len() as f64;
    let most = f64::from(*steady.iter().max().expect("a second"));
    assert!((mean - jobs as f64 / 15.0).abs() < mean * 0.05, "{mean} polls a second");
    assert!(most < mean * 2.5, "{most} polls in one second, {mean} on average");
    // waking up costs more than a poll does
    let polls: u32 = steady.iter().sum();
    assert!(sleeps * 20 < polls, "{sleeps} sleeps for {polls} polls");
}

#[test]
fn polls_of_many_jobs_are_put_off_by_a_hundredth_at_most() {
    let mut random = Random(8);
    for _ in 0..10_000 {
        let pause = Duration::from_micros(10_000 + random.below(20_000_000));
        let due = Duration::from_micros(random.below(1 << 40));
        let put_off = put_off(due, pause);
        assert!(put_off >= due && put_off - due <= pause / 100, "{due:?} after {pause:?}: {put_off:?}");
    }
    assert_eq!(put_off(Duration::from_micros(999_999), SECOND), SECOND + Duration::from_micros(7_616));
    // a job by itself is polled when it is due
    let mut schedule = Schedule::new(1, PACE, true);
    assert_eq!(schedule.next(), Some((0, Duration::ZERO)));
    schedule.responded(0, Duration::ZERO, Duration::from_nanos(1), EVEN);
    assert_eq!(schedule.next(), Some((0, SECOND + Duration::from_nanos(1))));
}

#[test]
fn whatever_happens_the_rules_hold() {
    for seed in 0..5000 {
        let mut random = Random(seed);
        let jobs = 1 + random.below(20) as usize;
        let initial = Duration::from_millis(10 + random.below(5000));
        let deadline = (random.below(3) > 0).then(|| Duration::from_millis(random.below(100_000)));
        let pace = Pace {
            initial,
            max: initial + Duration::from_millis(random.below(20_000)),
            max_outage: Duration::from_millis(random.below(30_000)),
            until_exists: Duration::ZERO,
            deadline,
        };
        let mut schedule = Schedule::new(jobs, pace, true);
        let mut live = vec![true; jobs];
        let mut now = Duration::ZERO;
        for _ in 0..200 {
            let Some((job, at)) = schedule.next() else {
                assert!(deadline.is_some() || !live.contains(&true), "seed {seed}: a job was forgotten");
                break;
            };
            assert!(live[job], "seed {seed}: a job that has ended is polled");
            assert!(deadline.is_none_or(|deadline| at <= deadline), "seed {seed}: a poll after the deadline");
            now = now.max(at);
            let polled_at = now;
            now += Duration::from_millis(random.below(300));
            match random.below(10) {
                0 => {
                    live[job] = false;
                    schedule.ended(job);
                }
                1..5 => {
                    let error = match random.below(4) {
                        0 => away(),
                        1 => limited(Duration::from_millis(random.below(40_000))),
                        _ => sick(),
                    };
                    match schedule.failed(job, polled_at, now, &error, random.jitter()) {
                        Verdict::Again(_) => {}
                        Verdict::GiveUp => live[job] = false,
                        Verdict::OutOfTime => live[job] = false,
                        Verdict::GiveUpAll => break,
                        Verdict::RefuseAll => panic!("seed {seed}: nothing was about the client"),
                    }
                }
                _ => drop(schedule.responded(job, polled_at, now, random.jitter())),
            }
        }
    }
}
