//! CONNECT: a channel through a proxy (RFC 9110 section 9.3.6). The API key is no part of it.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use super::channel::Channel;
use crate::endpoint::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::proxy::Proxy;
use crate::text::Quote;

/// More than any proxy has to say.
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

/// Asks `proxy`, at the other end of `channel`, to connect it to `target`.
pub(super) fn open(
    channel: &mut Channel,
    proxy: &Proxy,
    target: &BaseUrl,
    user_agent: &str,
    quote: &Quote,
) -> Result<(), TunnelError> {
    channel.write_all(&request(proxy, target, user_agent))?;
    let refused = |kind, why: &str| Error::new(kind, format_args!("the proxy {proxy} made no connection: {why}"));
    let Some(reply) = read_reply(channel)? else {
        let why = "its reply is too long to be a reply to CONNECT";
        return Err(TunnelError::Refused(refused(ErrorKind::Connect, why)));
    };
    let error = match status(&reply) {
        Some(200..=299) => return Ok(()),
        Some(status) => {
            let error = match (status, without_basic(&reply, quote)) {
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
            let value = |name| values(&reply, name).next();
            error.refused_with(status).asking_for(value("retry-after").as_deref(), value("date").as_deref())
        }
        None => refused(ErrorKind::Connect, "its reply is not HTTP"),
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

/// The head of the final reply; `None` if it is too long.
fn read_reply(channel: &mut Channel) -> io::Result<Option<Vec<u8>>> {
    let mut reply = Vec::with_capacity(256);
    let mut read = 0;
    while read < MAX_REPLY {
        // byte by byte: what follows the reply belongs to the tunnel, and there is little of it
        let mut byte = [0];
        if channel.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        read += 1;
        reply.extend_from_slice(&byte);
        if reply.ends_with(b"\r\n\r\n") || reply.ends_with(b"\n\n") {
            // an interim reply is not the reply (RFC 9110 section 15.2)
            if !matches!(status(&reply), Some(100 | 102..=199)) {
                return Ok(Some(reply));
            }
            reply.clear();
        }
    }
    Ok(None)
}

/// The status of `HTTP/1.x NNN …`.
fn status(reply: &[u8]) -> Option<u16> {
    let rest = reply.strip_prefix(b"HTTP/1.0 ").or_else(|| reply.strip_prefix(b"HTTP/1.1 "))?;
    let digits = rest.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
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
/// challenges, and between the parameters of one; only the latter have a `=` in their first word.
fn schemes(value: &str) -> Vec<String> {
    let mut quoted = false;
    let parts = value.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    let words = parts.filter_map(|part| part.split_ascii_whitespace().next());
    words.filter(|word| !word.contains('=')).map(str::to_owned).collect()
}
