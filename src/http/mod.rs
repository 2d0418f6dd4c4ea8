//! One GET at a time over kept connections: the only code that names ureq.
//!
//! ureq speaks HTTP and keeps connections; everything below (look-up, connecting, TLS, deadlines, interruption) is ours,
//! because there a call must end on time, and ureq's own parts start threads or wait without an end.

mod buffers;
mod channel;
mod connector;
mod dial;
mod head;
mod pool;
mod resolver;
mod tls;
mod transport;
mod tunnel;

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Instant;

use ureq::Agent;
use ureq::http::header::{self, HeaderName};
use ureq::http::{HeaderMap, HeaderValue, Request, Uri};

use self::connector::{Connector, NoResolver};
use self::pool::MAX_IDLE;
use self::transport::HeadEnd;
use crate::cancel::Latch;
use crate::cancel::interrupts::{self, Tokens};
use crate::config::settings::Settings;
use crate::endpoint::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::text::{Quote, printable};

/// How much of an error's body is read: enough for any explanation.
const MAX_ERROR_BODY: u64 = 64 * 1024;

/// The connections to one origin.
pub(crate) struct Http {
    agent: Agent,
    /// The Host header, made once: ureq would make it for every request.
    host: HeaderValue,
    max_response_bytes: u64,
}

/// The URL of a request, parsed once for all its attempts.
pub(crate) struct Url(Uri);

impl Url {
    pub(crate) fn parse(text: String) -> Result<Self, Error> {
        match Uri::try_from(text) {
            Ok(uri) => Ok(Self(uri)),
            Err(error) => Err(Error::new(ErrorKind::Internal, "the request URL does not parse").with_source(error)),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A whole response.
pub(crate) struct Response {
    head: ureq::http::Response<()>,
    pub(crate) body: Vec<u8>,
    /// Whether the body is certain to have been read to its end.
    pub(crate) is_whole: bool,
}

impl Http {
    /// `shutdown` ends every request under way and yet to come.
    pub(crate) fn new(settings: Settings, shutdown: Arc<Latch>) -> Result<Self, Error> {
        let config = Agent::config_builder()
            // statuses and redirects are judged by the caller; the proxy is the connector's business
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            // these headers are the transport's: ureq would build them anew for every request
            .user_agent("")
            .accept("")
            .accept_encoding("")
            // the transport has checked the head before ureq reads it
            .max_response_header_size(head::MAX_BYTES)
            // the pool is ours
            .max_idle_connections(0)
            .build();
        let host = host_header(&settings.base_url)?;
        let connector = Connector {
            loopback_only: !settings.base_url.tls && !settings.allow_plain_http,
            target: settings.base_url,
            proxy: settings.proxy,
            tls: tls::client_config(&settings.trust)?,
            head_end: HeadEnd::new(&settings.key, &settings.user_agent),
            pool: Arc::default(),
            user_agent: settings.user_agent,
            quote: Quote::new(settings.key),
            connect_timeout: settings.connect_timeout,
            resolver: resolver::Resolver::default(),
            shutdown,
        };
        Ok(Self {
            agent: Agent::with_parts(config, connector, NoResolver),
            host,
            max_response_bytes: settings.max_response_bytes,
        })
    }

    /// Sends one request and reads the whole response, before `deadline`, unless one of `tokens` ends it.
    ///
    /// A kept connection that the server has given up takes nothing from the caller: the next kept one is tried, and in the
    /// end a new one.
    pub(crate) fn get(&self, url: &Url, deadline: Instant, tokens: &Tokens) -> Result<Response, Error> {
        let mut stale = 0;
        loop {
            match interrupts::under(tokens, deadline, || self.exchange(url, deadline)) {
                Err(error) if error.is_stale() && stale < MAX_IDLE => {
                    log::debug!("the kept connection had gone ({error}); asking again over another one");
                    stale += 1;
                }
                done => return done,
            }
        }
    }

    fn exchange(&self, url: &Url, deadline: Instant) -> Result<Response, Error> {
        if Instant::now() >= deadline {
            return Err(Error::new(ErrorKind::Timeout, "timed out before the request was sent"));
        }
        let mut request = Request::new(());
        *request.uri_mut() = url.0.clone();
        request.headers_mut().insert(header::HOST, self.host.clone());
        let received = self.agent.run(request).map_err(|error| explain(error, "head"))?;

        let (parts, body) = received.into_parts();
        let head = ureq::http::Response::from_parts(parts, ());
        let mut response = Response { head, body: Vec::new(), is_whole: true };
        if response.status() == 200 {
            response.refuse_encodings()?;
            let expected = body.content_length().unwrap_or(0).min(MAX_ERROR_BODY);
            response.body = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
            let mut reader = body.into_with_config().limit(self.max_response_bytes).reader();
            read_all(&mut reader, &mut response.body).map_err(|error| explain(ureq::Error::from(error), "body"))?;
        } else {
            // the status is what counts, even if the body breaks off; but a call that was cancelled has no result at all
            let read = body.into_reader().take(MAX_ERROR_BODY).read_to_end(&mut response.body);
            if response.encoding().is_some() {
                // compressed: nothing that could be quoted
                response.body.clear();
            }
            response.is_whole =
                matches!(read, Ok(length) if (length as u64) < MAX_ERROR_BODY) && !response.is_close_delimited();
            if let Err(error) = read {
                let error = explain(ureq::Error::from(error), "body");
                if error.kind() == ErrorKind::Cancelled {
                    return Err(error);
                }
            }
        }
        Ok(response)
    }
}

/// What `read_to_end` does, but growing by steps that are bounded: it touches memory far ahead of what it has read.
fn read_all(reader: &mut impl Read, body: &mut Vec<u8>) -> io::Result<()> {
    const LARGEST_STEP: usize = 256 * 1024;
    body.resize(body.capacity(), 0);
    let mut read = 0;
    loop {
        // a body of the announced length has filled its room: whether it ends here is learnt without growing it
        let mut probe = [0; 32];
        let room = body.get_mut(read..).filter(|room| !room.is_empty());
        let in_place = room.is_some();
        let more = match reader.read(room.unwrap_or(&mut probe)) {
            Ok(0) => break,
            Ok(more) => more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        read += more;
        if !in_place {
            body.extend_from_slice(probe.get(..more).unwrap_or_default());
            body.resize(read + read.clamp(4096, LARGEST_STEP), 0);
        }
    }
    body.truncate(read);
    Ok(())
}

impl Response {
    pub(crate) fn status(&self) -> u16 {
        self.head.status().as_u16()
    }

    /// A header's value, of the first such line; `None` if it is not text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.head.headers().get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn retry_after(&self) -> Option<&str> {
        self.header(header::RETRY_AFTER)
    }

    /// When it was sent, by its sender's clock.
    pub(crate) fn date(&self) -> Option<&str> {
        self.header(header::DATE)
    }

    /// Where a redirect points, as sent.
    pub(crate) fn location(&self) -> Option<String> {
        let location = self.head.headers().get(header::LOCATION).filter(|location| !location.is_empty())?;
        Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
    }

    /// Whether only the end of the connection marks the end of the body, so that one cut short looks complete.
    pub(crate) fn is_close_delimited(&self) -> bool {
        let headers = self.head.headers();
        !headers.contains_key(header::CONTENT_LENGTH) && !headers.contains_key(header::TRANSFER_ENCODING)
    }

    /// The coding that the body is in, if it is not as it was asked for.
    fn encoding(&self) -> Option<&[u8]> {
        encodings(self.head.headers()).find(|encoding| !encoding.eq_ignore_ascii_case(b"identity"))
    }

    fn refuse_encodings(&self) -> Result<(), Error> {
        match self.encoding() {
            None => Ok(()),
            Some(encoding) => Err(Error::new(
                ErrorKind::Protocol,
                format_args!("the response has {}, which was not asked for", named(encoding)),
            )),
        }
    }
}

/// What the filter of heads makes of one: its status, where it ends, and whether it is whole; `None` if it is refused.
#[cfg(fuzzing)]
pub(crate) fn read_head(input: &mut [u8]) -> Option<(Option<u16>, usize, bool)> {
    head::read(input).ok().map(|head| (head.status, head.end, head.is_whole))
}

/// A response that nobody sent.
#[cfg(fuzzing)]
pub(crate) fn made_up(status: u16, body: Vec<u8>) -> Response {
    let mut head = ureq::http::Response::new(());
    *head.status_mut() = ureq::http::StatusCode::from_u16(status).unwrap_or_default();
    Response { head, body, is_whole: true }
}

/// The host, with its port unless that is the scheme's own (RFC 9110 section 7.2).
fn host_header(base_url: &BaseUrl) -> Result<HeaderValue, Error> {
    let BaseUrl { tls, host, port, .. } = base_url;
    let text = match (tls, port) {
        (true, 443) | (false, 80) => host.to_string(),
        _ => format!("{host}:{port}"),
    };
    HeaderValue::try_from(text)
        .map_err(|error| Error::new(ErrorKind::Internal, "the host is no header value").with_source(error))
}

/// The registered codings by name (RFC 9110 section 8.4.1, RFC 7932, RFC 8878); any other is the server's word.
fn named(encoding: &[u8]) -> String {
    let known = ["gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd", "dcb", "dcz"];
    match known.iter().find(|name| encoding.eq_ignore_ascii_case(name.as_bytes())) {
        Some(name) => format!("Content-Encoding {name}"),
        None => "an unknown Content-Encoding".to_owned(),
    }
}

fn encodings(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .map(|value| value.as_bytes().trim_ascii())
        .filter(|value| !value.is_empty())
}

/// What ureq's errors mean. Ours come through it untouched, inside `Other`.
fn explain(error: ureq::Error, part: &str) -> Error {
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => Error::new(ErrorKind::Internal, "the HTTP library failed").why(&other).with_source(other),
        },
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::Io, format_args!("the connection was closed in the middle of the response's {part}"))
                .with_source(error)
        }
        ureq::Error::Io(error) => Error::new(ErrorKind::Io, "the connection broke").because(error),
        // the end came between two chunks, or within the line that begins one
        ureq::Error::BodyStalled => {
            Error::new(ErrorKind::Io, format_args!("the connection was closed in the middle of the response's {part}"))
                .with_source(error)
        }
        ureq::Error::BodyExceedsLimit(limit) => Error::new(
            ErrorKind::Protocol,
            format_args!("the response is larger than the limit of {limit} bytes (max_response_bytes)"),
        ),
        ureq::Error::Protocol(error) => {
            let text = error.to_string();
            let what = text.strip_prefix("http parse fail: ").unwrap_or(&text);
            not_http(printable(what)).with_source(ureq::Error::Protocol(error))
        }
        other => Error::new(ErrorKind::Internal, "the HTTP library failed").why(&other).with_source(other),
    }
}

fn not_http(why: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Protocol, format_args!("the response is not valid HTTP: {why}")).retryable(true)
}
