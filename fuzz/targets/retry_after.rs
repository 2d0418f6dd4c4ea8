//! `Retry-After`, with and without the response's `Date`, and the pause that comes of it.

#![no_main]

use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use unstructured_jobs::fuzzing::{pause, retry_after};

#[derive(Debug, Arbitrary)]
struct Case<'a> {
    now: u32,
    failures: u32,
    random: u16,
    date: Option<&'a str>,
    value: &'a str,
}

fuzz_target!(|case: Case| {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(case.now.into());
    let asked = retry_after(case.value, case.date, now);
    let value = case.value.trim_matches([' ', '\t']);
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = value.trim_start_matches('0');
        let seconds = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u64::MAX) };
        assert_eq!(asked, Some(Duration::from_secs(seconds)), "seconds are seconds, whatever the clock says");
    } else if let Some(asked) = asked {
        // HTTP's dates go from 1970 to 9999
        assert!(asked <= Duration::from_secs(253_402_300_799), "{asked:?}");
        assert!(value.len() >= 20, "no date is so short");
    }
    assert_eq!(asked, retry_after(&format!(" {}\t", case.value), case.date, now), "blanks around it do not count");

    let longest_of_our_own = Duration::from_millis(8800);
    let paused = pause(case.failures, asked, f64::from(case.random) / f64::from(u16::MAX));
    match asked {
        None => assert!((Duration::from_millis(450)..=longest_of_our_own).contains(&paused), "{paused:?}"),
        Some(asked) => assert!(paused == asked || asked < paused && paused <= longest_of_our_own, "{paused:?}"),
    }
});
