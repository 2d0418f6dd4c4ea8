//! A response -> a result or an [`Error`]: what each status means, and whose words are quoted.

use std::time::SystemTime;

use crate::decode::{self, Malformed};
use crate::error::{Error, ErrorKind};
use crate::http::Answer;
use crate::retry;
use crate::text::Quote;

/// How much of the server's words goes into an error.
const MAX_QUOTE: usize = 1024;
/// How much of an id that is not the one asked for.
const MAX_ID_QUOTE: usize = 128;

/// The result in `answer`, or why there is none.
pub(crate) fn judge<T>(
    answer: &Answer,
    quote: &Quote,
    decode: impl Fn(&[u8]) -> Result<T, Malformed>,
) -> Result<T, Error> {
    if answer.status() != 200 {
        return Err(refused(answer, quote));
    }
    match decode(&answer.body) {
        Ok(value) => Ok(value),
        Err(Malformed::Wrong { message, source }) => {
            let error = Error::new(ErrorKind::Decode, quote.excerpt(&message, MAX_QUOTE)).with_http_status(200);
            // the cause quotes numbers, and a key may be one
            Err(if quote.hides(&source.to_string()) { error } else { error.with_source(source) })
        }
        Err(Malformed::OtherJob(id)) => Err(Error::new(
            ErrorKind::Decode,
            format_args!("id: the answer is for another job, \"{}\"", quote.excerpt(&id, MAX_ID_QUOTE)),
        )
        .with_http_status(200)),
        Err(Malformed::Truncated) if answer.is_close_delimited() => Err(Error::new(
            ErrorKind::Io,
            format_args!("the connection was closed in the middle of the answer, after {} bytes", answer.body.len()),
        )
        .with_http_status(200)),
        Err(Malformed::Truncated) if answer.body.is_empty() => {
            Err(Error::new(ErrorKind::Decode, "the answer is empty").with_http_status(200))
        }
        Err(Malformed::Truncated) => Err(Error::new(
            ErrorKind::Decode,
            format_args!("the answer's JSON ends too early, after {} bytes", answer.body.len()),
        )
        .with_http_status(200)),
    }
}

/// The error for an answer that is not 200.
fn refused(answer: &Answer, quote: &Quote) -> Error {
    let status = answer.status();
    let (kind, what) = match status {
        401 => (ErrorKind::Unauthorized, "the service does not accept the API key"),
        403 => (ErrorKind::Forbidden, "the API key may not do this"),
        404 => (ErrorKind::NotFound, "the service knows no such job"),
        422 => (ErrorKind::Unprocessable, "the service could not make sense of the request"),
        429 => (ErrorKind::RateLimited, "the service asks for fewer requests"),
        300..=399 => (ErrorKind::HttpStatus, "the service answered a redirect, which is never followed"),
        500..=599 => (ErrorKind::HttpStatus, "the service failed"),
        _ => (ErrorKind::HttpStatus, "the service answered something other than 200"),
    };
    let mut message = format!("HTTP {status}: {what}");
    if let Some(location) = answer.location().filter(|_| (300..400).contains(&status)) {
        message.push_str("; it points to ");
        message.push_str(&quote.excerpt(&location, MAX_QUOTE));
    }
    let retry_after =
        answer.retry_after().and_then(|value| retry::retry_after(value, answer.date(), SystemTime::now()));
    if let Some(pause) = retry_after.filter(|pause| !pause.is_zero()) {
        message.push_str(&format!("; it asks for a pause of {} s", pause.as_secs_f64().ceil()));
    }
    let words = decode::server_words(&answer.body);
    let words =
        if answer.is_whole { quote.excerpt(&words, MAX_QUOTE) } else { quote.excerpt_of_cut(&words, MAX_QUOTE) };
    if !words.is_empty() {
        message.push_str("; it says: ");
        message.push_str(&words);
    }
    Error::new(kind, message)
        .with_http_status(status)
        .with_retry_after(retry_after)
        .retryable(retry::is_retryable_status(status))
}
