//! Which failures are worth another attempt, and after which pause, for calls and waits alike. Pure: the clock and the
//! randomness are arguments.

use std::time::{Duration, SystemTime};

use crate::error_kind::ErrorKind;

/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// No pause of our own is longer (jitter aside).
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// After so many failures in a row the service is spared, even if it keeps asking for no pause at all.
const TAKEN_AT_ITS_WORD: u32 = 3;
/// How far a pause may be off, either way, so that many clients do not come back in step.
const JITTER: f64 = 0.1;

/// Whether another attempt may help after a failure of this kind, unless more is known of it.
pub(crate) fn is_retryable_kind(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Io)
}

/// Whether a response with this status, of the service or of a proxy, may be a better one next time. 408 is what servers
/// and load balancers send on a connection that was idle for too long (RFC 9110 section 15.5.9), 425 comes of TLS early
/// data (RFC 8470); of the 5xx, those that gateways have made up are no different, while 501 and 505 are about what the
/// server can do at all.
pub(crate) fn is_retryable_status(status: u16) -> bool {
    match status {
        408 | 425 | 429 => true,
        501 | 505 => false,
        _ => (500..600).contains(&status),
    }
}

/// The pause after the `failures`-th failure in a row (counted from 1): what the service asked for, or exponential
/// from 0.5 s to 8 s. `random` is uniform in 0..1.
pub(crate) fn pause(failures: u32, retry_after: Option<Duration>, random: f64) -> Duration {
    let own = || {
        let doublings = failures.saturating_sub(1).min(8);
        jittered(FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE), random)
    };
    match retry_after {
        None => own(),
        Some(asked) if failures <= TAKEN_AT_ITS_WORD => asked,
        Some(asked) => asked.max(own()),
    }
}

/// `duration`, at most 10 % longer or shorter. `random` is uniform in 0..1.
pub(crate) fn jittered(duration: Duration, random: f64) -> Duration {
    duration.mul_f64(1.0 + JITTER * (2.0 * random.clamp(0.0, 1.0) - 1.0))
}

/// What a `Retry-After` header asks for: delay seconds or one of the three HTTP dates (RFC 9110 sections 10.2.3
/// and 5.6.7). A date counts from `date`, the `Date` header of the same response, so that it does not matter whether our
/// clock is right; without one, from `now`. A date that has passed means now; a number too large for a clock, for ever;
/// anything else, nothing.
pub(crate) fn retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let value = value.trim_matches([' ', '\t']);
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = parse_date(value)?;
    let sent = date.and_then(parse_date).unwrap_or(now);
    Some(until.duration_since(sent).unwrap_or(Duration::ZERO))
}

fn parse_date(value: &str) -> Option<SystemTime> {
    let value = value.trim_matches([' ', '\t']);
    // the end of a folded line has become blanks
    let unfolded = || value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    httpdate::parse_http_date(value).or_else(|_| httpdate::parse_http_date(&unfolded())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_from_half_a_second_to_eight() {
        let pauses: Vec<u64> = (0..8).map(|failures| pause(failures, None, 0.5).as_millis() as u64).collect();
        assert_eq!(pauses, [500, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(pause(u32::MAX, None, 0.5), 8 * SECOND);
    }

    #[test]
    fn jitter_stays_within_a_tenth() {
        assert_eq!(pause(1, None, 0.0), Duration::from_millis(450));
        assert_eq!(pause(1, None, 1.0), Duration::from_millis(550));
        assert_eq!(pause(9, None, 1.0), Duration::from_millis(8800));
        assert_eq!(pause(9, None, f64::MAX), Duration::from_millis(8800));
    }

    #[test]
    fn what_the_service_asks_for_replaces_the_pause() {
        assert_eq!(pause(1, Some(7 * SECOND), 1.0), 7 * SECOND);
        assert_eq!(pause(3, Some(Duration::ZERO), 1.0), Duration::ZERO);
        assert_eq!(pause(9, Some(90 * SECOND), 1.0), 90 * SECOND);
    }

    #[test]
    fn a_service_that_keeps_asking_for_no_pause_is_spared_all_the_same() {
        assert_eq!(pause(4, Some(Duration::ZERO), 0.5), 4 * SECOND);
        assert_eq!(pause(u32::MAX, Some(SECOND), 0.5), 8 * SECOND);
    }

    #[test]
    fn statuses_worth_another_attempt() {
        let retryable: Vec<u16> = (100..=999).filter(|&status| is_retryable_status(status)).collect();
        let expected: Vec<u16> = [408, 425, 429, 500, 502, 503, 504].into_iter().chain(506..=599).collect();
        assert_eq!(retryable, expected);
    }

    #[test]
    fn retry_after_in_seconds() {
        let now = SystemTime::UNIX_EPOCH;
        for (value, expected) in [
            ("0", Some(0)),
            ("5", Some(5)),
            (" 120 ", Some(120)),
            ("007", Some(7)),
            ("99999999999999999999", Some(u64::MAX)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("1e9", None),
            ("abc", None),
            ("5, 7", None),
            ("٣", None),
        ] {
            assert_eq!(retry_after(value, None, now), expected.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn retry_after_as_a_date() {
        // the example of RFC 9110 section 5.6.7 in its three forms: 784,111,777 s after the epoch
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for value in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(retry_after(value, None, date - 90 * SECOND), Some(90 * SECOND), "{value:?}");
            assert_eq!(retry_after(value, None, date), Some(Duration::ZERO), "{value:?}");
            assert_eq!(retry_after(value, None, date + SECOND), Some(Duration::ZERO), "in the past: {value:?}");
        }
        let folded = "Sun, 06 Nov  \t 1994   08:49:37 GMT";
        assert_eq!(retry_after(folded, None, date - 90 * SECOND), Some(90 * SECOND));
        for value in
            ["Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT", "1994-11-06T08:49:37Z", "Sun, 06 Nov"]
        {
            assert_eq!(retry_after(value, None, date), None, "{value:?}");
        }
    }

    #[test]
    fn a_date_counts_from_the_response_s_own_date() {
        // our clock is a day off, either way
        for now in [784_025_377, 784_198_177].map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)) {
            let until = "Sun, 06 Nov 1994 08:49:37 GMT";
            let asked = |date| retry_after(until, Some(date), now);
            assert_eq!(asked("Sun, 06 Nov 1994 08:49:34 GMT"), Some(3 * SECOND));
            assert_eq!(asked(" Sunday, 06-Nov-94 08:48:37 GMT "), Some(60 * SECOND));
            assert_eq!(asked("Sun, 06 Nov 1994 08:49:38 GMT"), Some(Duration::ZERO), "it had passed when it was sent");
            assert_eq!(retry_after("7", Some("Sun, 06 Nov 1994 08:49:34 GMT"), now), Some(7 * SECOND));
            assert_eq!(asked("yesterday"), retry_after(until, None, now), "no date is as none");
        }
    }
}
