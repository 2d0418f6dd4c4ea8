//! What an error has to be.

use std::fmt::Debug;

use unstructured_jobs::{Error, ErrorKind};

use super::KEY;

/// The error of a failure of this kind with this whole message, the cause included. The key is in none of its texts, nor below it.
#[track_caller]
pub(crate) fn fails<T: Debug>(result: Result<T, Error>, kind: ErrorKind, message: &str) -> Error {
    let error = fails_somehow(result, kind);
    assert_eq!(format!("{error:#}"), message);
    error
}

/// The same where a part of the message is the system's or another library's.
#[track_caller]
pub(crate) fn fails_saying<T: Debug>(result: Result<T, Error>, kind: ErrorKind, part: &str) -> Error {
    let error = fails_somehow(result, kind);
    assert!(format!("{error:#}").contains(part), "{part:?} is not in {error:#}");
    error
}

/// The same where only the kind matters.
#[track_caller]
pub(crate) fn fails_somehow<T: Debug>(result: Result<T, Error>, kind: ErrorKind) -> Error {
    let error = result.expect_err("it should have failed");
    assert_eq!(error.kind(), kind, "{error:?}");
    assert_no_key(&error);
    error
}

/// Searches an error and all its sources for the key.
#[track_caller]
pub(crate) fn assert_no_key(error: &Error) {
    let mut texts = vec![format!("{error}"), format!("{error:#}"), format!("{error:?}"), format!("{error:#?}")];
    let mut below = std::error::Error::source(error);
    while let Some(source) = below {
        texts.push(format!("{source}"));
        texts.push(format!("{source:?}"));
        below = source.source();
    }
    for text in texts {
        assert!(!text.contains(KEY), "the key is in {text:?}");
    }
}
