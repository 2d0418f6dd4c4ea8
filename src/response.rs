//! A response -> a result or an [`Error`]: what each status means, and whose words are quoted.

use std::time::SystemTime;

use crate::decode::{self, Malformed};
use crate::error::{Error, ErrorKind};
use crate::http::Response;
use crate::retry;
use crate::text::Quote;

/// How much of the server's words goes into an error.
const MAX_QUOTE: usize = 1024;
/// How much of an id that is not the one asked for.
const MAX_ID_QUOTE: usize = 128;

/// The result in `response`, or why there is none. `path`: that of the base URL, empty if it has none.
pub(crate) fn judge<T>(
    mut response: Response,
    path: &str,
    quote: &Quote,
    decode: impl Fn(&[u8]) -> Result<T, Malformed>,
) -> Result<T, Error> {
    if response.status() != 200 {
        return Err(refused(response, path, quote));
    }
    let mut decoded = decode(&response.body);
    if matches!(decoded, Err(Malformed::Wrong { .. })) && decode::replace_lone_surrogates(&mut response.body) {
        decoded = decode(&response.body);
    }
    decoded.map_err(|malformed| not_understood(malformed, &response, quote).with_http_status(200))
}

/// The error for a 200 that does not hold what was asked for.
fn not_understood(malformed: Malformed, response: &Response, quote: &Quote) -> Error {
    let length = response.body.len();
    match malformed {
        Malformed::Wrong { message, source } => {
            let mut message = quote.excerpt(&message, MAX_QUOTE);
            if let Some(words) = decode::said(&response.body) {
                quote_words(&mut message, &quote.excerpt(&words, MAX_QUOTE));
            }
            let error = Error::new(ErrorKind::Decode, message);
            // the source quotes numbers of the response, and the key may be a number
            if quote.hides(&source.to_string()) { error } else { error.with_source(source) }
        }
        Malformed::OtherJob(id) => Error::new(
            ErrorKind::Decode,
            format_args!("id: the response is for another job, \"{}\"", quote.excerpt(&id, MAX_ID_QUOTE)),
        ),
        Malformed::Truncated if response.is_close_delimited() => Error::new(
            ErrorKind::Io,
            format_args!("the connection was closed in the middle of the response, after {length} bytes"),
        ),
        Malformed::Truncated if length == 0 => Error::new(ErrorKind::Decode, "the response is empty"),
        Malformed::Truncated => {
            Error::new(ErrorKind::Decode, format_args!("the response's JSON ends too early, after {length} bytes"))
        }
    }
}

/// The error for a response that is not 200.
fn refused(mut response: Response, path: &str, quote: &Quote) -> Error {
    let status = response.status();
    decode::replace_lone_surrogates(&mut response.body);
    let words = decode::words(&response.body);

    let mut message = format!("HTTP {status}: ");
    message.push_str(meaning(status));
    if status == 401 && quote.key_begins_with_quotation_mark() {
        message.push_str("; the key begins with a quotation mark, which is probably not part of it");
    }
    if status == 404 && !path.is_empty() {
        message.push_str(&format!(", or it has nothing at all under the base URL's path {path}, which is likelier"));
    }
    if let Some(location) = response.location().filter(|_| is_redirect(status)) {
        message.push_str("; it points to ");
        message.push_str(&quote.excerpt(&location, MAX_QUOTE));
    }
    let retry_after =
        response.retry_after().and_then(|value| retry::retry_after(value, response.date(), SystemTime::now()));
    if let Some(pause) = retry_after.filter(|pause| !pause.is_zero()) {
        let seconds = pause.as_secs().saturating_add(u64::from(pause.subsec_nanos() > 0));
        message.push_str(&format!("; it asks for a pause of {seconds} s"));
    }
    // a body that broke off, or was read in part only, may end in the middle of the key
    let quoted =
        if response.is_whole { quote.excerpt(&words, MAX_QUOTE) } else { quote.excerpt_of_cut(&words, MAX_QUOTE) };
    quote_words(&mut message, &quoted);

    let error = Error::new(kind(status), message).refused_with(status).with_retry_after(retry_after);
    if status == 401 || status == 403 && is_about_the_key(&words) { error.of_client() } else { error }
}

fn quote_words(message: &mut String, words: &str) {
    if !words.is_empty() {
        message.push_str("; it says: ");
        message.push_str(words);
    }
}

fn kind(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        422 => ErrorKind::Unprocessable,
        429 => ErrorKind::RateLimited,
        _ => ErrorKind::HttpStatus,
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        304 => "the service responded \"not modified\" to a request that had no condition",
        300..=399 => "the service responded with a redirect, which is never followed",
        401 => "the service does not accept the API key",
        403 => "the API key may not do this",
        404 => "the service knows no such job",
        408 => "the service waited for too long for the request",
        422 => "the service could not make sense of the request",
        425 => "the service wants the request to be sent again",
        429 => "the service asks for fewer requests",
        400..=499 => "the service refused the request",
        501 | 505 => "the service does not support such requests",
        500..=599 => "the service failed",
        _ => "the service responded with something other than 200 and no known error",
    }
}

fn is_redirect(status: u16) -> bool {
    (300..400).contains(&status) && status != 304
}

/// Whether a 403 is about the key, so that every other job would be refused too. The service's words tell: they name the
/// key, the account or the authentication, and neither a job nor a workflow. In doubt it is not.
fn is_about_the_key(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let of_key =
        ["api key", "api-key", "api_key", "apikey", "credential", "authenticat", "token", "account", "subscription"];
    of_key.iter().any(|word| words.contains(word)) && !["job", "workflow"].iter().any(|word| words.contains(word))
}
