//! Exit codes: the one table of them, and which end or error means which.

use unstructured_jobs::{Error, ErrorKind, ProcessingStatus};

pub(crate) const OK: i32 = 0;
pub(crate) const INTERNAL: i32 = 1;
pub(crate) const USAGE: i32 = 2;
const COMPLETED_WITH_ERRORS: i32 = 3;
const STOPPED: i32 = 4;
const FAILED: i32 = 5;
pub(crate) const KEY_REFUSED: i32 = 10;
const NOT_FOUND: i32 = 11;
const REQUEST_REFUSED: i32 = 12;
const UNAVAILABLE: i32 = 13;
const NETWORK: i32 = 14;
const NOT_UNDERSTOOD: i32 = 15;
const TIMEOUT: i32 = 124;
/// As a shell reports a death by SIGPIPE: nobody listens any more, and nothing was found out.
pub(crate) const CLOSED_PIPE: i32 = 141;

/// What `--help` and the manual say.
pub(crate) const TABLE: [(&str, &str); 17] = [
    ("0", "details fetched; every job waited for ended SUCCESS"),
    ("1", "internal error, or the output could not be written"),
    ("2", "usage or configuration"),
    ("3", "a job ended COMPLETED_WITH_ERRORS"),
    ("4", "a job ended STOPPED"),
    ("5", "a job ended FAILED (of several jobs the worst: 5 over 4 over 3; an error below over them all)"),
    ("10", "key refused (HTTP 401, 403)"),
    ("11", "job not found (404)"),
    ("12", "request refused (422, other 4xx, 3xx, 501, 505)"),
    ("13", "service unavailable after retries (408, 425, 429, other 5xx)"),
    ("14", "network: DNS, connect, TLS, broken connection"),
    ("15", "response not understood"),
    ("124", "a timeout passed: the wait's or a request's"),
    ("129", "ended by SIGHUP"),
    ("130", "ended by SIGINT"),
    ("141", "the readers of both outputs went away before the end"),
    ("143", "ended by SIGTERM"),
];

/// Of the errors of several jobs, the first of these is the exit code: what another attempt cannot mend comes
/// before what it may, so that an engine that retries 13, 14 and 124 never does so in vain.
const WORST_ERROR_FIRST: [i32; 10] = [
    INTERNAL,
    USAGE,
    KEY_REFUSED,
    REQUEST_REFUSED,
    NOT_FOUND,
    NOT_UNDERSTOOD,
    NETWORK,
    UNAVAILABLE,
    TIMEOUT,
    CLOSED_PIPE,
];

/// The exit code of a job that ended so. Of one that has not ended there is none.
pub(crate) fn of_end(status: &ProcessingStatus) -> Option<i32> {
    match status {
        ProcessingStatus::Success => Some(OK),
        ProcessingStatus::CompletedWithErrors => Some(COMPLETED_WITH_ERRORS),
        ProcessingStatus::Stopped => Some(STOPPED),
        ProcessingStatus::Failed => Some(FAILED),
        _ => None,
    }
}

pub(crate) fn of_error(error: &Error) -> i32 {
    match error.kind() {
        ErrorKind::InvalidArgument => USAGE,
        ErrorKind::Unauthorized | ErrorKind::Forbidden => KEY_REFUSED,
        ErrorKind::NotFound => NOT_FOUND,
        ErrorKind::Unprocessable => REQUEST_REFUSED,
        ErrorKind::RateLimited => UNAVAILABLE,
        ErrorKind::HttpStatus if error.is_retryable() => UNAVAILABLE,
        ErrorKind::HttpStatus => match error.http_status() {
            // what the service will never do (501, 505) is not worth another attempt either
            Some(300..=599) => REQUEST_REFUSED,
            // 204 and the like: a response, but not one with details in it
            _ => NOT_UNDERSTOOD,
        },
        ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Tls | ErrorKind::Io => NETWORK,
        ErrorKind::Protocol | ErrorKind::Decode => NOT_UNDERSTOOD,
        ErrorKind::Timeout => TIMEOUT,
        _ => INTERNAL,
    }
}

/// The one exit code for many.
pub(crate) fn worst(codes: impl IntoIterator<Item = i32>) -> i32 {
    let rank = |code: &i32| match WORST_ERROR_FIRST.iter().position(|error| error == code) {
        Some(at) => FAILED + 1 + i32::try_from(WORST_ERROR_FIRST.len() - at).unwrap_or(i32::MAX - FAILED - 1),
        None => *code,
    };
    codes.into_iter().max_by_key(rank).unwrap_or(OK)
}

/// The table for `--help`, in lines no longer than `width` as far as words allow.
pub(crate) fn help(width: usize) -> String {
    const INDENT: usize = 7;
    let mut text = "Exit codes:".to_owned();
    for (code, meaning) in TABLE {
        let mut line = format!("  {code:>3} ");
        for word in meaning.split(' ') {
            if line.len() > INDENT && line.len() + 1 + word.len() > width {
                text.push_str(&format!("\n{line}"));
                line = " ".repeat(INDENT - 1);
            }
            line.push_str(&format!(" {word}"));
        }
        text.push_str(&format!("\n{line}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several() {
        for (codes, expected) in [
            (&[][..], OK),
            (&[0, 0], 0),
            (&[0, 3, 0], 3),
            (&[3, 4], 4),
            (&[5, 4, 3], 5),
            (&[5, 124], 124),
            (&[124, 13, 14], 14),
            (&[124, 13], 13),
            (&[14, 15, 5], 15),
            (&[14, 11], 11),
            (&[11, 12, 10], 10),
            (&[10, 1], 1),
        ] {
            assert_eq!(worst(codes.iter().copied()), expected, "{codes:?}");
            assert_eq!(worst(codes.iter().rev().copied()), expected, "{codes:?} the other way round");
        }
    }

    #[test]
    fn the_worst_error_is_found_among_all_that_the_table_knows() {
        for code in [1, 2, 10, 11, 12, 13, 14, 15, 124, 141] {
            assert!(WORST_ERROR_FIRST.contains(&code), "{code}");
            assert_eq!(worst([code, FAILED]), code);
        }
    }
}
