//! ureq's view of a connection, for one request: our channel, our buffers, and the one place where the API key meets the
//! wire.
//!
//! ureq never has the key: it writes the request line and the host, and [`Connection::transmit_output`] adds our headers on
//! the way out. So neither a redirect nor a log line of a library below can carry it anywhere but to this connection's peer.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};
use zeroize::Zeroizing;

use super::buffers::{FixedBuffers, MAX_INPUT_SIZE};
use super::channel::{Channel, GaveUp};
use super::head::{self, Head, Refused};
use super::pool::{Idle, Pool};
use super::tls;
use crate::cancel::interrupts;
use crate::error::{Error, ErrorKind};
use crate::key::ApiKey;

/// How many interim responses (RFC 9110 section 15.2) may come before the final one: one every two seconds in the default
/// timeout of a call, which is more than any server has a use for.
const MAX_INTERIM: u32 = 16;
/// How long to wait for the rest of a refusal: its status is known, and the body only explains it.
pub(super) const WORDS_WITHIN: Duration = Duration::from_secs(2);

/// The end of every request head: the headers that are always the same, the API key's among them, and the empty line.
/// Wiped when the last connection that shares it is gone.
#[derive(Clone)]
pub(super) struct HeadEnd(Arc<Zeroizing<Vec<u8>>>);

impl HeadEnd {
    /// `user_agent`: fit for a header line.
    pub(super) fn new(key: &ApiKey, user_agent: &str) -> Self {
        let parts = [
            "accept: application/json\r\naccept-encoding: identity\r\nuser-agent: ",
            user_agent,
            "\r\nunstructured-api-key: ",
            key.expose(),
            "\r\n\r\n",
        ];
        // of the right size from the start: growing would leave copies of the key behind
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
        for part in parts {
            bytes.extend_from_slice(part.as_bytes());
        }
        Self(Arc::new(Zeroizing::new(bytes)))
    }
}

impl fmt::Debug for HeadEnd {
    /// Never the contents: the key is among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeadEnd(..)")
    }
}

#[derive(Debug)]
pub(super) struct Connection {
    /// `None` once this request has no more to do with it.
    channel: Option<Channel>,
    buffers: FixedBuffers,
    head_end: HeadEnd,
    pool: Arc<Pool>,
    /// It carried a request before this one.
    was_kept: bool,
    /// A byte of the response has come.
    has_responded: bool,
    /// What has come of the response's head.
    head: Head,
    /// How many interim responses came before.
    interim: u32,
    /// If the response is a refusal: when waiting for the rest of it ends.
    words_until: Option<Instant>,
}

impl Connection {
    pub(super) fn new(channel: Channel, head_end: HeadEnd, pool: Arc<Pool>) -> Self {
        let buffers = FixedBuffers::new(head_end.0.len());
        Self { was_kept: false, ..Self::kept(Idle { channel, buffers }, head_end, pool) }
    }

    pub(super) fn kept(idle: Idle, head_end: HeadEnd, pool: Arc<Pool>) -> Self {
        Self {
            channel: Some(idle.channel),
            buffers: idle.buffers,
            head_end,
            pool,
            was_kept: true,
            has_responded: false,
            head: Head::default(),
            interim: 0,
            words_until: None,
        }
    }

    /// When there is no more time: for the call, or for the rest of a refusal.
    fn deadline(&self) -> Instant {
        let deadline = interrupts::deadline();
        self.words_until.map_or(deadline, |until| deadline.min(until))
    }

    /// Reads the response's head before ureq does: drops interim responses, refuses what is ambiguous, and learns
    /// whether the final one is a refusal.
    fn read_head(&mut self) -> Result<(), Error> {
        loop {
            let head = head::read(self.buffers.input_mut()).map_err(refused)?;
            if let Some(status) = head.status.filter(|status| self.was_kept && is_about_connection(*status)) {
                return Err(Error::new(
                    ErrorKind::HttpStatus,
                    format_args!("HTTP {status}: the server has given up the kept connection"),
                )
                .with_http_status(status)
                .retryable(true)
                .stale());
            }
            if head.is_refusal() && self.words_until.is_none() {
                self.words_until = Some(Instant::now() + WORDS_WITHIN);
            }
            if !(head.is_whole && head.is_interim()) {
                self.head = head;
                return Ok(());
            }
            self.buffers.input_consume(head.end);
            self.interim += 1;
            if self.interim > MAX_INTERIM {
                return Err(Error::new(
                    ErrorKind::Protocol,
                    format_args!("more than {MAX_INTERIM} interim responses (HTTP 1xx) came and no final one"),
                ));
            }
        }
    }

    /// The error for a read or write that failed.
    fn explain(&self, error: io::Error, doing: &str) -> Error {
        match GaveUp::of(&error) {
            Some(GaveUp::TimedOut) => Error::new(ErrorKind::Timeout, format_args!("timed out while {doing}")),
            Some(GaveUp::Interrupted(interruption)) => interruption.into(),
            None => match tls::in_session(&error) {
                Some(what) => self.broken(Error::new(ErrorKind::Tls, what).with_source(error)),
                None => {
                    let text = format_args!("the connection broke while {doing}");
                    self.broken(Error::new(ErrorKind::Io, text).because(error))
                }
            },
        }
    }

    /// A kept connection that broke before any byte of the response was stale.
    fn broken(&self, error: Error) -> Error {
        if self.was_kept && !self.has_responded { error.stale() } else { error }
    }

    fn receive(&mut self, deadline: Instant) -> Result<bool, Error> {
        let doing = if self.has_responded { "reading the response" } else { "waiting for the response" };
        let Some(channel) = &mut self.channel else {
            // the connection of a refusal that was cut short is gone: nothing more comes
            return Ok(false);
        };
        channel.set_deadline(deadline);
        let room = self.buffers.input_append_buf();
        if room.is_empty() {
            let text = format_args!("a line of the response is longer than {MAX_INPUT_SIZE} bytes");
            return Err(Error::new(ErrorKind::Protocol, text));
        }
        let read = match channel.read(room) {
            Err(error) if matches!(GaveUp::of(&error), Some(GaveUp::Interrupted(_))) => {
                return Err(self.explain(error, doing));
            }
            Ok(0) | Err(_) if self.head.is_refusal() && !self.head.is_whole => {
                // the status is what counts: ureq is shown a head that ends after the last whole line, and then the end
                self.channel = None;
                self.buffers.end_input(self.head.end, b"\r\n");
                self.head.is_whole = true;
                return Ok(true);
            }
            Ok(0) if !self.has_responded => {
                let error = Error::new(ErrorKind::Io, "the server closed the connection without a response")
                    .with_source(io::Error::from(io::ErrorKind::UnexpectedEof));
                return Err(self.broken(error));
            }
            Ok(read) => read,
            Err(error) => return Err(self.explain(error, doing)),
        };
        let is_tls = channel.is_tls();
        self.buffers.input_appended(read);
        if !self.has_responded && !is_tls && self.buffers.input().starts_with(&[0x15, 0x03]) {
            // a TLS alert, in response to a request that was not TLS
            let text = "the server speaks TLS on this port; the base URL should begin with https://";
            return Err(Error::new(ErrorKind::Protocol, text));
        }
        self.has_responded |= read > 0;
        if !self.head.is_whole {
            self.read_head()?;
        }
        Ok(read > 0)
    }

    fn send(&mut self, amount: usize, deadline: Instant) -> Result<(), Error> {
        let (Some(channel), Some(head)) = (&mut self.channel, self.buffers.end_head(amount, &self.head_end.0)) else {
            return Err(Error::new(ErrorKind::Internal, "the HTTP library wrote a request that cannot be sent"));
        };
        channel.set_deadline(deadline);
        match channel.write_all(head) {
            // a server that is too busy to read a request may have responded before it hung up: reading will tell
            Err(error) if !self.was_kept && is_hung_up(&error) => Ok(()),
            sent => sent.map_err(|error| self.explain(error, "sending the request")),
        }
    }
}

/// Whether the status says that the connection has been idle for too long, leads to the wrong server by now, or did not
/// bring the request safely: over another one it may be repeated (RFC 9110 sections 15.5.9 and 15.5.20, RFC 8470 section
/// 5.2).
fn is_about_connection(status: u16) -> bool {
    matches!(status, 408 | 421 | 425)
}

fn is_hung_up(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

/// Our own errors pass through ureq unchanged.
fn ours(error: Error) -> ureq::Error {
    ureq::Error::Other(Box::new(error))
}

fn refused(why: Refused) -> Error {
    match why {
        Refused::TooLarge => Error::new(
            ErrorKind::Protocol,
            format_args!("the response's head is larger than the limit of {} bytes", head::MAX_BYTES),
        ),
        Refused::TooManyFields => Error::new(
            ErrorKind::Protocol,
            format_args!("the response has more header fields than the limit of {}", head::MAX_FIELDS),
        ),
        Refused::Ambiguous(what) => super::not_http(format_args!("it has {what}")),
    }
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.send(amount, self.deadline()).map_err(ours)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        self.receive(self.deadline()).map_err(ours)
    }

    fn is_open(&mut self) -> bool {
        // ureq asks this once it has read the whole response and another request may follow: now our own pool gets the
        // connection, and ureq is told that there is none to keep
        let spent = self.head.status.is_some_and(is_about_connection);
        if let Some(channel) = self.channel.take().filter(|_| !spent) {
            self.pool.put(Idle { channel, buffers: std::mem::take(&mut self.buffers) });
        }
        false
    }

    fn is_tls(&self) -> bool {
        self.channel.as_ref().is_some_and(Channel::is_tls)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::cancel::Latch;
    use crate::http::channel::Socket;

    /// What arrives of a request head that ureq has written so, and whether it was taken for one.
    fn send(written: &[u8]) -> (Result<(), Error>, Vec<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let tcp = TcpStream::connect(listener.local_addr().expect("its address")).expect("a connection");
        let mut peer = listener.accept().expect("a connection").0;
        let shutdown = Arc::new(Latch::new().expect("descriptors"));
        let channel = Channel::Plain(Socket::new(tcp, shutdown, Instant::now()));
        let head_end = HeadEnd::new(&ApiKey::parse("the-key-of-the-test").expect("a key"), "test");
        let mut connection = Connection::new(channel, head_end, Arc::default());
        connection.buffers().output()[..written.len()].copy_from_slice(written);
        let result = connection.send(written.len(), Instant::now() + Duration::from_secs(10));
        drop(connection);
        let mut arrived = Vec::new();
        peer.read_to_end(&mut arrived).expect("what was sent");
        (result, arrived)
    }

    #[test]
    fn a_request_without_the_key_is_never_sent() {
        let (result, arrived) = send(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        result.expect("a whole head");
        let arrived = String::from_utf8(arrived).expect("text");
        assert!(arrived.starts_with("GET / HTTP/1.1\r\nhost: x\r\naccept: "), "{arrived:?}");
        assert!(arrived.ends_with("\r\nunstructured-api-key: the-key-of-the-test\r\n\r\n"), "{arrived:?}");
        // cut, ended by line feeds alone, or with something after the end
        let cut = "x".repeat(4096);
        for written in ["", "\r\n", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\n\r\nbody", &cut] {
            let (result, arrived) = send(written.as_bytes());
            let error = result.expect_err("no request head");
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Internal, false), "{written:?}");
            assert_eq!(error.to_string(), "the HTTP library wrote a request that cannot be sent");
            assert_eq!(arrived, b"", "{written:?}");
        }
    }

    #[test]
    fn without_room_for_the_key_there_is_no_request() {
        let head = b"GET / HTTP/1.1\r\n\r\n";
        let mut buffers = FixedBuffers::new(4);
        let (full, mut short) = (buffers.output().len(), FixedBuffers::default());
        buffers.output()[full - head.len()..].copy_from_slice(head);
        assert!(buffers.end_head(full, b"1234\r\n").is_some_and(|whole| whole.ends_with(b"1.1\r\n1234\r\n")));
        buffers.output()[full - head.len()..].copy_from_slice(head);
        assert_eq!(buffers.end_head(full, b"12345\r\n"), None);
        assert_eq!(short.end_head(0, b"1234\r\n"), None);
        assert_eq!(short.end_head(5, b"1234\r\n"), None);
    }
}
