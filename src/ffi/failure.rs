//! What can go wrong in a function for C, and the code and error that it becomes.

use std::any::Any;

use super::blocks;
use super::error::{self, uns_error};
use super::memory::Refused;
use super::result::uns_result;
use crate::Error;

/// What can go wrong in here: what went wrong below, what C handed in, and our own defects.
#[derive(Debug)]
pub(super) enum Failure {
    Core(Error),
    Argument(String),
    Panic(String),
}

impl Failure {
    pub(super) fn from_panic(panic: &(dyn Any + Send)) -> Self {
        let words = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
            (Some(words), _) => words,
            (None, Some(words)) => words.as_str(),
            (None, None) => "a panic without words",
        };
        Self::Panic(format!("a defect in this library, please report it: {words}"))
    }

    pub(super) fn result(&self) -> uns_result {
        match self {
            Self::Core(error) => error.kind().into(),
            Self::Argument(_) => uns_result::UNS_ERROR_INVALID_ARGUMENT,
            Self::Panic(_) => uns_result::UNS_ERROR_INTERNAL,
        }
    }

    pub(super) fn to_block(&self) -> *mut uns_error {
        match self {
            Self::Core(error) => blocks::build(|block| error::fill(block, error)),
            Self::Argument(message) | Self::Panic(message) => blocks::build(|block| uns_error {
                result: self.result(),
                http_status: 0,
                retryable: false,
                retry_after_ms: 0,
                attempts: 0,
                message: block.text(message),
            }),
        }
    }
}

impl From<Refused> for Failure {
    fn from(Refused(message): Refused) -> Self {
        Self::Argument(message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}
