//! Schedules in virtual time: what happens in years of waiting takes milliseconds here.

use super::*;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The defaults.
const PACE: Pace =
    Pace { initial: SECOND, max: Duration::from_secs(15), max_outage: Duration::from_secs(300), deadline: None };

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

    fn dice(&mut self) -> f64 {
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

/// When one job that never ends is looked at, every look answered at once.
fn looks(pace: Pace, count: usize, mut dice: impl FnMut() -> f64) -> Vec<Duration> {
    let mut schedule = Schedule::new(1, pace);
    let mut looks = Vec::new();
    while let Some((job, at)) = schedule.next() {
        looks.push(at);
        if looks.len() == count {
            break;
        }
        schedule.answered(job, at, dice());
    }
    looks
}

fn pauses(looks: &[Duration]) -> Vec<Duration> {
    looks.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn pauses_grow_by_half_from_the_first_to_the_longest() {
    let looks = looks(PACE, 11, || EVEN);
    assert_eq!(looks[0], Duration::ZERO, "the first look is at once");
    let seconds: Vec<f64> = pauses(&looks).iter().map(Duration::as_secs_f64).collect();
    assert_eq!(seconds, [1.0, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390_625, 15.0, 15.0, 15.0]);
}

#[test]
fn jitter_is_a_tenth_either_way_and_does_not_add_up() {
    let mut random = Random(1);
    for dice in [0.0, 1.0] {
        let last = *pauses(&looks(PACE, 1000, || dice)).last().expect("a pause");
        assert_eq!(last, PACE.max.mul_f64(0.9 + 0.2 * dice));
    }
    for (at, pause) in pauses(&looks(PACE, 5000, || random.dice())).into_iter().enumerate() {
        let even = SECOND.mul_f64(1.5_f64.powi(at.min(20) as i32)).min(PACE.max);
        assert!(pause >= even.mul_f64(0.899) && pause <= even.mul_f64(1.101), "pause {at}: {pause:?} for {even:?}");
    }
}

#[test]
fn intervals_at_both_limits() {
    let shortest = Pace { initial: 10 * MILLISECOND, max: 10 * MILLISECOND, ..PACE };
    assert!(pauses(&looks(shortest, 1000, || 0.0)).iter().all(|pause| *pause == 9 * MILLISECOND));
    let longest = Pace { initial: 10 * YEAR, max: 10 * YEAR, ..PACE };
    assert_eq!(pauses(&looks(longest, 4, || 1.0)), [(10 * YEAR).mul_f64(1.1); 3]);
    let beyond =
        Pace { initial: Duration::MAX, max: Duration::MAX, max_outage: Duration::MAX, deadline: Some(Duration::MAX) };
    assert_eq!(pauses(&looks(beyond, 2, || 1.0)), [10 * YEAR], "cut to the deadline, which is ten years too");
}

#[test]
fn one_last_look_at_the_deadline_and_none_after_it() {
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
        assert_eq!(looks(until(deadline), usize::MAX, || EVEN), expected, "deadline {deadline:?}");
    }
    let mut random = Random(2);
    for _ in 0..2000 {
        let deadline = Duration::from_millis(random.below(200_000));
        let looks = looks(until(deadline), usize::MAX, || random.dice());
        assert_eq!(looks.last(), Some(&deadline));
        assert_eq!(looks.iter().filter(|at| **at == deadline).count(), 1, "{looks:?}");
        assert!(looks.is_sorted());
    }
}

#[test]
fn a_look_that_outlasts_the_deadline_was_the_last() {
    let mut schedule = Schedule::new(1, Pace { deadline: Some(3 * SECOND), ..PACE });
    let (job, at) = schedule.next().expect("the first look");
    schedule.answered(job, at + 4 * SECOND, EVEN);
    assert_eq!(schedule.next(), None);
}

/// The looks at one job that fails without end, up to the verdict that ends it.
fn failures(pace: Pace, error: &Error) -> (Vec<Duration>, Option<Verdict>) {
    let mut schedule = Schedule::new(1, pace);
    let mut looks = Vec::new();
    while let Some((job, at)) = schedule.next() {
        looks.push(at);
        match schedule.failed(job, at, at, error, EVEN) {
            Verdict::Again(_) => {}
            verdict => return (looks, Some(verdict)),
        }
    }
    (looks, None)
}

fn milliseconds(looks: &[Duration]) -> Vec<u128> {
    looks.iter().map(Duration::as_millis).collect()
}

#[test]
fn failures_are_borne_for_max_outage_with_a_last_look_at_its_end() {
    for error in [away(), sick()] {
        let borne = |outage| failures(Pace { max_outage: outage, ..PACE }, &error);
        let (looks, verdict) = borne(Duration::ZERO);
        assert_eq!((milliseconds(&looks), verdict), (vec![0], Some(Verdict::GiveUpAll)));
        let (looks, verdict) = borne(300 * MILLISECOND);
        assert_eq!((milliseconds(&looks), verdict), (vec![0, 300], Some(Verdict::GiveUpAll)));
        let (looks, verdict) = borne(20 * SECOND);
        assert_eq!(milliseconds(&looks), [0, 500, 1500, 3500, 7500, 15_500, 20_000]);
        assert_eq!(verdict, Some(Verdict::GiveUpAll));
        let (looks, _) = borne(24 * 3600 * SECOND);
        assert!(pauses(&looks).iter().all(|pause| *pause <= 8 * SECOND));
    }
}

#[test]
fn the_deadline_comes_before_the_end_of_the_outage() {
    let pace = Pace { deadline: Some(2 * SECOND), ..PACE };
    let (looks, verdict) = failures(pace, &away());
    assert_eq!((milliseconds(&looks), verdict), (vec![0, 500, 1500, 2000], None));
}

#[test]
fn what_the_service_asks_for_is_kept_or_given_up_at_once() {
    let (looks, verdict) = failures(Pace { max_outage: 100 * SECOND, ..PACE }, &limited(40 * SECOND));
    assert_eq!((milliseconds(&looks), verdict), (vec![0, 40_000, 80_000], Some(Verdict::GiveUp)));
    let (looks, verdict) = failures(PACE, &limited(301 * SECOND));
    assert_eq!((milliseconds(&looks), verdict), (vec![0], Some(Verdict::GiveUp)));
    let (looks, verdict) = failures(PACE, &limited(Duration::MAX));
    assert_eq!((milliseconds(&looks), verdict), (vec![0], Some(Verdict::GiveUp)));
}

#[test]
fn an_answer_ends_an_outage() {
    let mut schedule = Schedule::new(1, Pace { max_outage: SECOND, ..PACE });
    for _ in 0..1000 {
        let (job, at) = schedule.next().expect("a look");
        assert!(matches!(schedule.failed(job, at, at, &away(), EVEN), Verdict::Again(_)));
        let (job, at) = schedule.next().expect("a look");
        schedule.answered(job, at, EVEN);
    }
}

#[test]
fn a_rate_limit_holds_every_job() {
    let mut schedule = Schedule::new(100, PACE);
    let (job, at) = schedule.next().expect("a look");
    assert_eq!(schedule.failed(job, at, at, &limited(30 * SECOND), EVEN), Verdict::Again(Some(30 * SECOND)));
    let (_, at) = schedule.next().expect("a look");
    assert_eq!(at, 30 * SECOND);
}

#[test]
fn one_job_that_is_put_off_for_too_long_ends_alone() {
    let mut schedule = Schedule::new(2, PACE);
    let (job, at) = schedule.next().expect("a look");
    assert_eq!(schedule.failed(job, at, at, &limited(86_400 * SECOND), EVEN), Verdict::GiveUp);
    let (other, at) = schedule.next().expect("a look");
    assert_eq!((other == job, at), (false, PACE.max_outage), "it is held for as long as is borne");
    // what still asks for a rest then is the service's last word
    assert_eq!(schedule.failed(other, at, at, &limited(SECOND), EVEN), Verdict::GiveUpAll);
}

#[test]
fn a_share_of_failures_slows_nobody_else() {
    let mut random = Random(5);
    let error = Error::new(ErrorKind::Io, "the connection broke").retryable(true);
    let mut schedule = Schedule::new(1000, PACE);
    let mut now = Duration::ZERO;
    for _ in 0..1000 {
        let (job, at) = schedule.next().expect("a look");
        now = now.max(at);
        if random.below(10) == 0 {
            assert!(matches!(schedule.failed(job, now, now, &error, random.dice()), Verdict::Again(_)));
        } else {
            schedule.ended(job);
        }
    }
    assert!(now < 3 * SECOND, "the first looks at 1,000 jobs were held up until {now:?}");
}

#[test]
fn one_sick_job_neither_ends_nor_slows_the_others() {
    // the others are looked at so seldom that the sick one is alone for the whole of its outage
    for max_outage in [Duration::ZERO, SECOND, 10 * SECOND] {
        for error in [sick(), sick().with_retry_after(Some(YEAR)), Error::new(ErrorKind::Timeout, "slow")] {
            let mut schedule = Schedule::new(10, Pace { initial: 15 * SECOND, max_outage, ..PACE });
            let mut given_up = 0;
            let mut answered = [0; 10];
            while answered.iter().skip(1).any(|count| *count < 3) {
                let (job, at) = schedule.next().expect("a look");
                if job > 0 {
                    answered[job] += 1;
                    assert!(at <= 60 * SECOND, "{max_outage:?}: {job} waits until {at:?}");
                    schedule.answered(job, at, EVEN);
                    continue;
                }
                match schedule.failed(job, at, at, &error, EVEN) {
                    Verdict::Again(_) => {}
                    Verdict::GiveUp => given_up += 1,
                    Verdict::GiveUpAll => panic!("{max_outage:?}: one job ended all: {error:?}"),
                }
            }
            assert_eq!(given_up, 1, "{max_outage:?}");
        }
    }
}

#[test]
fn a_service_that_is_away_is_asked_once_for_all_and_given_up_for_all() {
    for error in [away(), sick()] {
        let mut schedule = Schedule::new(10_000, PACE);
        let mut looks = Vec::new();
        let verdict = loop {
            let (job, at) = schedule.next().expect("a look");
            looks.push(at);
            match schedule.failed(job, at, at, &error, EVEN) {
                Verdict::Again(_) => {}
                verdict => break verdict,
            }
        };
        assert!(matches!(verdict, Verdict::GiveUpAll), "{verdict:?}");
        assert_eq!(looks.last(), Some(&PACE.max_outage));
        assert!(looks.len() < 60, "{} looks in five minutes", looks.len());
    }
}

#[test]
fn ten_thousand_jobs_are_spread_not_bunched() {
    let mut random = Random(3);
    let jobs = 10_000;
    let mut schedule = Schedule::new(jobs, PACE);
    let from = 300;
    let to = 400;
    let mut per_second = vec![0_u32; to];
    let mut sleeps = 0;
    // a look takes 100 µs, one after the other
    let mut now = Duration::ZERO;
    loop {
        let (job, at) = schedule.next().expect("a look");
        if at > now && at.as_secs() >= from as u64 {
            sleeps += 1;
        }
        now = now.max(at);
        let Some(count) = per_second.get_mut(now.as_secs() as usize) else { break };
        *count += 1;
        now += Duration::from_micros(100);
        schedule.answered(job, now, random.dice());
    }
    let steady = &per_second[from..];
    let mean = f64::from(steady.iter().sum::<u32>()) / steady.len() as f64;
    let most = f64::from(*steady.iter().max().expect("a second"));
    assert!((mean - jobs as f64 / 15.0).abs() < mean * 0.05, "{mean} looks a second");
    assert!(most < mean * 2.5, "{most} looks in one second, {mean} on average");
    // waking up costs more than a look does
    let looks: u32 = steady.iter().sum();
    assert!(sleeps * 20 < looks, "{sleeps} sleeps for {looks} looks");
}

#[test]
fn looks_at_many_jobs_are_put_off_by_a_hundredth_at_most() {
    let mut random = Random(8);
    for _ in 0..10_000 {
        let pause = Duration::from_micros(10_000 + random.below(20_000_000));
        let due = Duration::from_micros(random.below(1 << 40));
        let put_off = put_off(due, pause);
        assert!(put_off >= due && put_off - due <= pause / 100, "{due:?} after {pause:?}: {put_off:?}");
    }
    assert_eq!(put_off(Duration::from_micros(999_999), SECOND), SECOND + Duration::from_micros(7_616));
    // a job by itself is looked at when it is due
    let mut schedule = Schedule::new(1, PACE);
    assert_eq!(schedule.next(), Some((0, Duration::ZERO)));
    schedule.answered(0, Duration::from_nanos(1), 0.5);
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
            deadline,
        };
        let mut schedule = Schedule::new(jobs, pace);
        let mut live = vec![true; jobs];
        let mut now = Duration::ZERO;
        for _ in 0..200 {
            let Some((job, at)) = schedule.next() else {
                assert!(deadline.is_some() || !live.contains(&true), "seed {seed}: a job was forgotten");
                break;
            };
            assert!(live[job], "seed {seed}: a job that has ended is looked at");
            assert!(deadline.is_none_or(|deadline| at <= deadline), "seed {seed}: a look after the deadline");
            now = now.max(at);
            let looked_at = now;
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
                    match schedule.failed(job, looked_at, now, &error, random.dice()) {
                        Verdict::Again(_) => {}
                        Verdict::GiveUp => live[job] = false,
                        Verdict::GiveUpAll => break,
                    }
                }
                _ => drop(schedule.answered(job, now, random.dice())),
            }
        }
    }
}
