//! Codes: how a call ended.

use std::ffi::CStr;

use libc::c_char;

use super::catch;
use crate::ErrorKind;

/// How a call ended: a code. Zero is success. A code keeps its number, and new ones are added at the end, so a program
/// also handles numbers that are not listed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum uns_result {
    /// It succeeded.
    UNS_OK = 0,
    /// A setting or an argument is not acceptable; nothing was sent.
    UNS_ERROR_INVALID_ARGUMENT = 1,
    /// HTTP 401: the service does not accept the API key.
    UNS_ERROR_UNAUTHORIZED = 2,
    /// HTTP 403: the key may not see this job.
    UNS_ERROR_FORBIDDEN = 3,
    /// HTTP 404: no such job.
    UNS_ERROR_NOT_FOUND = 4,
    /// HTTP 422: the service could not make sense of the request.
    UNS_ERROR_UNPROCESSABLE = 5,
    /// HTTP 429: too many requests.
    UNS_ERROR_RATE_LIMITED = 6,
    /// Any other HTTP status than 200, redirects among them (they are never followed), or a proxy's refusal.
    UNS_ERROR_HTTP_STATUS = 7,
    /// The host's name could not be resolved.
    UNS_ERROR_DNS = 8,
    /// No connection could be made.
    UNS_ERROR_CONNECT = 9,
    /// No TLS session could be agreed, or the server's certificate was not accepted.
    UNS_ERROR_TLS = 10,
    /// The time allowed has passed.
    UNS_ERROR_TIMEOUT = 11,
    /// The connection broke, or the system lacked something it needs (file descriptors, memory).
    UNS_ERROR_IO = 12,
    /// The response was not HTTP, or larger than a limit.
    UNS_ERROR_PROTOCOL = 13,
    /// The response was not the JSON expected.
    UNS_ERROR_DECODE = 14,
    /// The call was ended from outside: by uns_client_shutdown, a cancel token, or an observer.
    UNS_ERROR_CANCELLED = 15,
    /// A defect in this library.
    UNS_ERROR_INTERNAL = 16,
}

impl From<ErrorKind> for uns_result {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidArgument => Self::UNS_ERROR_INVALID_ARGUMENT,
            ErrorKind::Unauthorized => Self::UNS_ERROR_UNAUTHORIZED,
            ErrorKind::Forbidden => Self::UNS_ERROR_FORBIDDEN,
            ErrorKind::NotFound => Self::UNS_ERROR_NOT_FOUND,
            ErrorKind::Unprocessable => Self::UNS_ERROR_UNPROCESSABLE,
            ErrorKind::RateLimited => Self::UNS_ERROR_RATE_LIMITED,
            ErrorKind::HttpStatus => Self::UNS_ERROR_HTTP_STATUS,
            ErrorKind::Dns => Self::UNS_ERROR_DNS,
            ErrorKind::Connect => Self::UNS_ERROR_CONNECT,
            ErrorKind::Tls => Self::UNS_ERROR_TLS,
            ErrorKind::Timeout => Self::UNS_ERROR_TIMEOUT,
            ErrorKind::Io => Self::UNS_ERROR_IO,
            ErrorKind::Protocol => Self::UNS_ERROR_PROTOCOL,
            ErrorKind::Decode => Self::UNS_ERROR_DECODE,
            ErrorKind::Cancelled => Self::UNS_ERROR_CANCELLED,
            ErrorKind::Internal => Self::UNS_ERROR_INTERNAL,
        }
    }
}

/// The name of a code, as it is spelt here: "UNS_ERROR_TIMEOUT".
///
/// @param result any number
/// @return the name; "UNKNOWN" for a number that is no code of this version. Never NULL. It is not freed, and lives as
///     long as the library is loaded.
#[unsafe(no_mangle)]
pub extern "C" fn uns_result_name(result: i32) -> *const c_char {
    catch::value(c"UNKNOWN".as_ptr(), || name(result).as_ptr())
}

fn name(result: i32) -> &'static CStr {
    match result {
        0 => c"UNS_OK",
        1 => c"UNS_ERROR_INVALID_ARGUMENT",
        2 => c"UNS_ERROR_UNAUTHORIZED",
        3 => c"UNS_ERROR_FORBIDDEN",
        4 => c"UNS_ERROR_NOT_FOUND",
        5 => c"UNS_ERROR_UNPROCESSABLE",
        6 => c"UNS_ERROR_RATE_LIMITED",
        7 => c"UNS_ERROR_HTTP_STATUS",
        8 => c"UNS_ERROR_DNS",
        9 => c"UNS_ERROR_CONNECT",
        10 => c"UNS_ERROR_TLS",
        11 => c"UNS_ERROR_TIMEOUT",
        12 => c"UNS_ERROR_IO",
        13 => c"UNS_ERROR_PROTOCOL",
        14 => c"UNS_ERROR_DECODE",
        15 => c"UNS_ERROR_CANCELLED",
        16 => c"UNS_ERROR_INTERNAL",
        _ => c"UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_named_as_it_is_spelt() {
        let kinds = [
            ErrorKind::InvalidArgument,
            ErrorKind::Unauthorized,
            ErrorKind::Forbidden,
            ErrorKind::NotFound,
            ErrorKind::Unprocessable,
            ErrorKind::RateLimited,
            ErrorKind::HttpStatus,
            ErrorKind::Dns,
            ErrorKind::Connect,
            ErrorKind::Tls,
            ErrorKind::Timeout,
            ErrorKind::Io,
            ErrorKind::Protocol,
            ErrorKind::Decode,
            ErrorKind::Cancelled,
            ErrorKind::Internal,
        ];
        let codes = [uns_result::UNS_OK].into_iter().chain(kinds.map(uns_result::from));
        for (number, code) in codes.enumerate() {
            assert_eq!(code as usize, number);
            assert_eq!(name(code as i32).to_str().unwrap(), format!("{code:?}"));
        }
        for number in [17, -1, i32::MIN, i32::MAX] {
            assert_eq!(name(number), c"UNKNOWN");
        }
    }
}
