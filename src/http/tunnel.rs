//! CONNECT: a channel through a proxy (RFC 9110 section 9.3.6). The API key is no part of it.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::time::Instant;

use zeroize::Zeroizing;

use super::channel::{Channel, GaveUp};
use super::head;
use super::transport::WORDS_WITHIN;
use crate::endpoint::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::proxy::Proxy;
use crate::text::Quote;

/// A longer response head than any proxy sends.
const MAX_REPLY: usize = 16 * 1024;
/// How much of a proxy's words goes into an error.
const MAX_QUOTE: usize = 128;

/// Why there is no tunnel.
pub(super) enum TunnelError {
    /// The proxy said no.
    Refused(Error),
    /// The connection to the proxy broke off.
    Broken(io::Error),
}

impl From<io::Error> for TunnelError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// Asks `proxy`, at the other end of `channel`, to connect it to `target`, until `deadline`.
pub(super) fn open(
    channel: &mut Channel,
    deadline: Instant,
    proxy: &Proxy,
    target: &BaseUrl,
    user_agent: &str,
    quote: &Quote,
) -> Result<(), TunnelError> {
    channel.write_all(&request(proxy, target, user_agent))?;
    let refused = |kind, why: &str| Error::new(kind, format_args!("the proxy {proxy} made no connection: {why}"));
    let error = match read_reply(channel, deadline)? {
        Reply::Head(200..=299, _) => return Ok(()),
        Reply::Head(status, head) => {
            let error = match (status, without_basic(&head, quote)) {
                (407, Some(offered)) => {
                    let why = format!("it wants authentication by {offered}, and only Basic is supported");
                    refused(ErrorKind::HttpStatus, &why)
                }
                (407, None) => {
                    let why = "it wants a user name and password, or others than those given";
                    refused(ErrorKind::HttpStatus, why).of_setting("proxy")
                }
                _ => refused(ErrorKind::HttpStatus, &format!("it responded with HTTP {status}")),
            };
            let value = |name| values(&head, name).next();
            error.refused_with(status).asking_for(value("retry-after").as_deref(), value("date").as_deref())
        }
        Reply::TooLong => refused(ErrorKind::Connect, "its reply is too long to be a reply to CONNECT"),
        Reply::NotHttp => refused(ErrorKind::Connect, "its reply is not HTTP"),
        Reply::TlsAlert => {
            let why = "it speaks TLS on this port; its URL should begin with https://";
            refused(ErrorKind::Connect, why).of_setting("proxy")
        }
    };
    Err(TunnelError::Refused(error))
}

/// The request, in memory that is wiped and of the right size from the start: growing would leave copies of the
/// password behind.
fn request(proxy: &Proxy, target: &BaseUrl, user_agent: &str) -> Zeroizing<Vec<u8>> {
    let BaseUrl { host, port, .. } = target;
    let authority = format!("{host}:{port}");
    let authorization = match &proxy.authorization {
        Some(value) => ["\r\nProxy-Authorization: ", value],
        None => ["", ""],
    };
    let [name, value] = authorization;
    let parts = ["CONNECT ", &authority, " HTTP/1.1\r\nHost: ", &authority, "\r\nUser-Agent: ", user_agent];
    let parts = parts.iter().copied().chain([name, value, "\r\n\r\n"]);
    let mut request = Zeroizing::new(Vec::with_capacity(parts.clone().map(str::len).sum()));
    parts.for_each(|part| request.extend_from_slice(part.as_bytes()));
    request
}

/// What came in reply to CONNECT.
enum Reply {
    /// The final one's status, and as much of its head as there is.
    Head(u16, Vec<u8>),
    TooLong,
    NotHttp,
    TlsAlert,
}

fn read_reply(channel: &mut Channel, deadline: Instant) -> io::Result<Reply> {
    let mut reply = Vec::with_capacity(256);
    let mut refusal = None;
    for _ in 0..MAX_REPLY {
        // byte by byte: what follows the reply belongs to the tunnel, and there is little of it
        let mut byte = [0];
        match (channel.read(&mut byte), refusal) {
            (Ok(1..), _) => reply.extend_from_slice(&byte),
            (Err(error), _) if matches!(GaveUp::of(&error), Some(GaveUp::Interrupted(_))) => return Err(error),
            // the status is what counts, even if the rest of the head is cut off
            (_, Some(status)) => return Ok(Reply::Head(status, reply)),
            (Ok(0), None) if reply.starts_with(&[0x15, 0x03]) => return Ok(Reply::TlsAlert),
            (Ok(0), None) if !reply.is_empty() && !reply.trim_ascii_start().starts_with(b"HTTP/1.") => {
                return Ok(Reply::NotHttp);
            }
            (Ok(_), None) => return Err(io::ErrorKind::UnexpectedEof.into()),
            (Err(error), None) => return Err(error),
        }
        if byte != *b"\n" {
            continue;
        }
        let Ok(head) = head::read_without_body(&mut reply) else { break };
        match head.status {
            // an interim reply is not the reply (RFC 9110 section 15.2)
            Some(_) if head.is_interim() && head.is_whole => reply.clear(),
            Some(_) if head.is_interim() => {}
            Some(status @ 100..) if head.is_whole => return Ok(Reply::Head(status, reply)),
            Some(200..=299) => {}
            Some(status @ 100..) if refusal.is_none() => {
                refusal = Some(status);
                channel.set_deadline(deadline.min(Instant::now() + WORDS_WITHIN));
            }
            Some(100..) => {}
            // empty lines may come before it
            None if reply.trim_ascii().is_empty() => {}
            Some(_) | None => return Ok(Reply::NotHttp),
        }
    }
    Ok(refusal.map_or(Reply::TooLong, |status| Reply::Head(status, reply)))
}

/// The values of the header fields of this name.
fn values<'a>(reply: &'a [u8], name: &str) -> impl Iterator<Item = Cow<'a, str>> {
    reply.split(|byte| *byte == b'\n').skip(1).filter_map(move |line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (field, value) = line.split_at(colon);
        let value = value.strip_prefix(b":")?.trim_ascii();
        field.eq_ignore_ascii_case(name.as_bytes()).then(|| String::from_utf8_lossy(value))
    })
}

/// Which ways of authentication a 407 offers, if there are any and Basic, the only one that we have, is not among them.
fn without_basic(reply: &[u8], quote: &Quote) -> Option<String> {
    let offered: Vec<String> = values(reply, "proxy-authenticate").flat_map(|value| schemes(&value)).collect();
    let useless = !offered.is_empty() && !offered.iter().any(|scheme| scheme.eq_ignore_ascii_case("basic"));
    useless.then(|| quote.excerpt(&offered.join(", "), MAX_QUOTE).to_string())
}

/// The schemes of the challenges in a `Proxy-Authenticate` field (RFC 9110 section 11.6.1): commas stand between
/// challenges, and between the parameters of one; only the latter have a `=` after their first word.
fn schemes(value: &str) -> Vec<String> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = value.split(|c: char| {
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        c == ',' && !quoted
    });
    let words = parts.filter_map(|part| {
        let part = part.trim_ascii();
        let (word, rest) = part.split_at(part.find([' ', '\t', '=']).unwrap_or(part.len()));
        (!word.is_empty() && !rest.trim_ascii_start().starts_with('=')).then(|| word.to_owned())
    });
    words.collect()
}
