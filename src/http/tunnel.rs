//! CONNECT: a channel through a proxy (RFC 9110 section 9.3.6). The API key is no part of it.

use std::io::{self, Read, Write};

use super::channel::Channel;
use crate::endpoint::Host;
use crate::error::{Error, ErrorKind};
use crate::proxy::Proxy;

/// More than any proxy has to say.
const MAX_REPLY: usize = 16 * 1024;

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

/// Asks `proxy`, at the other end of `channel`, to connect it to `host:port`.
pub(super) fn open(
    channel: &mut Channel,
    proxy: &Proxy,
    host: &Host,
    port: u16,
    user_agent: &str,
) -> Result<(), TunnelError> {
    let mut request = zeroize::Zeroizing::new(format!(
        "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {user_agent}\r\n"
    ));
    if let Some(authorization) = &proxy.authorization {
        request.push_str("Proxy-Authorization: ");
        request.push_str(authorization);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    channel.write_all(request.as_bytes())?;

    let mut reply = Vec::with_capacity(256);
    let mut start = 0;
    loop {
        let this = reply.get(start..).unwrap_or_default();
        if this.ends_with(b"\r\n\r\n") || this.ends_with(b"\n\n") {
            // an interim reply is not the reply (RFC 9110 section 15.2)
            if !matches!(status(this), Some(100 | 102..=199)) {
                break;
            }
            start = reply.len();
        }
        // byte by byte: what follows the reply belongs to the tunnel, and there is little of it
        let mut byte = [0];
        if channel.read(&mut byte)? == 0 {
            return Err(TunnelError::Broken(io::ErrorKind::UnexpectedEof.into()));
        }
        reply.extend_from_slice(&byte);
        if reply.len() > MAX_REPLY {
            return Err(refused(ErrorKind::Connect, proxy, "its reply is too long to be a reply to CONNECT"));
        }
    }
    match status(reply.get(start..).unwrap_or_default()) {
        Some(200..=299) => Ok(()),
        Some(407) => Err(refused_with(407, proxy, "it wants a user name and password, or others than those given")),
        Some(status) => Err(refused_with(status, proxy, &format!("it answered HTTP {status}"))),
        None => Err(refused(ErrorKind::Connect, proxy, "its reply is not HTTP")),
    }
}

fn refused(kind: ErrorKind, proxy: &Proxy, why: &str) -> TunnelError {
    TunnelError::Refused(Error::new(kind, format_args!("the proxy {proxy} made no connection: {why}")))
}

fn refused_with(status: u16, proxy: &Proxy, why: &str) -> TunnelError {
    match refused(ErrorKind::HttpStatus, proxy, why) {
        TunnelError::Refused(error) => TunnelError::Refused(error.refused_with(status)),
        broken @ TunnelError::Broken(_) => broken,
    }
}

/// The status of `HTTP/1.x NNN …`.
fn status(reply: &[u8]) -> Option<u16> {
    let rest = reply.strip_prefix(b"HTTP/1.0 ").or_else(|| reply.strip_prefix(b"HTTP/1.1 "))?;
    let digits = rest.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
