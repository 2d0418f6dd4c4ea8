//! What kinds of failures there are.

/// What kind of failure it was. The C result codes (`UNS_ERROR_*`) are these, one for one.
///
/// ```
/// use unstructured_jobs::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::Unauthorized | ErrorKind::Forbidden => "look at the API key",
///         ErrorKind::NotFound => "look at the job id",
///         ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Tls => "look at the network",
///         _ => "look at the message",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting or an argument is not acceptable; nothing was sent.
    InvalidArgument,
    /// HTTP 401: the service does not accept the API key.
    Unauthorized,
    /// HTTP 403: the API key may not do this.
    Forbidden,
    /// HTTP 404: no such job.
    NotFound,
    /// HTTP 422: the service could not make sense of the request.
    Unprocessable,
    /// HTTP 429: too many requests.
    RateLimited,
    /// Any other HTTP status than 200, redirects among them (they are never followed), or a proxy's refusal.
    HttpStatus,
    /// The host's name could not be resolved.
    Dns,
    /// No connection could be made.
    Connect,
    /// No TLS session could be agreed, or the server's certificate was not accepted.
    Tls,
    /// The time allowed has passed.
    Timeout,
    /// The connection broke, or the system lacked something it needs (file descriptors, memory).
    Io,
    /// The response was not HTTP, or larger than a limit.
    Protocol,
    /// The response was not the JSON expected.
    Decode,
    /// The call was ended from outside: by shutdown, a cancel token, or an observer.
    Cancelled,
    /// A defect in this library.
    Internal,
}
