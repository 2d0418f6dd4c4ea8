//! ureq's view of a connection: our channel, our buffers, and the one place where the API key meets the wire.
//!
//! ureq never has the key: it writes the request line and the host, and [`Connection::transmit_output`] adds our headers on
//! the way out. So neither a redirect nor a log line of a library below can carry it anywhere but to this connection's peer.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport, time};
use zeroize::Zeroizing;

use super::channel::{Channel, GaveUp};
use super::tls;
use crate::error::{Error, ErrorKind};
use crate::key::ApiKey;

/// Holds the whole of a usual answer.
const INPUT_SIZE: usize = 8 * 1024;
/// Grown to this only for large response heads: their limit (64 KiB) and a read beyond it.
const MAX_INPUT_SIZE: usize = super::MAX_HEAD_BYTES + 16 * 1024;
/// Less room than this is not worth a read.
const MIN_READ: usize = 1024;
/// The part of a request head that ureq writes: a URL of 2 KiB at most, and the host once more.
const HEAD_SIZE: usize = 4 * 1024;

/// How long the explanation that comes with a refusal is waited for: the status is the news.
const WORDS_WITHIN: Duration = Duration::from_secs(2);

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
    channel: Channel,
    buffers: FixedBuffers,
    head_end: HeadEnd,
    /// How many requests this connection has carried.
    requests: u64,
    /// A byte of the answer to the last one has come.
    answered: bool,
    /// The answer is a refusal, whose body is not worth waiting for beyond this.
    words_until: Option<Instant>,
    /// The last answer has just been read: the probe that ureq makes before it keeps the connection is still to come.
    in_use: bool,
}

impl Connection {
    pub(super) fn new(channel: Channel, head_end: HeadEnd) -> Self {
        let buffers = FixedBuffers::new(HEAD_SIZE + head_end.0.len());
        Self { channel, buffers, head_end, requests: 0, answered: false, words_until: None, in_use: false }
    }

    fn set_deadline(&mut self, timeout: NextTimeout) {
        const NEVER: Duration = Duration::from_secs(u32::MAX as u64);
        let after = match timeout.after {
            time::Duration::Exact(after) => after.min(NEVER),
            time::Duration::NotHappening => NEVER,
        };
        let deadline = Instant::now() + after;
        self.channel.set_deadline(self.words_until.map_or(deadline, |until| deadline.min(until)));
    }

    /// Puts our headers in place of the empty line that ends the head in `output[..amount]`.
    fn end_head(&mut self, amount: usize) -> usize {
        let output = &mut self.buffers.output;
        let start = match output.get(..amount) {
            Some(head) if head.ends_with(b"\r\n\r\n") => amount - 2,
            _ => return amount,
        };
        let end = start + self.head_end.0.len();
        match output.get_mut(start..end) {
            Some(to) => {
                to.copy_from_slice(&self.head_end.0);
                end
            }
            None => amount,
        }
    }

    /// What a failed read or write means, here and now.
    fn explain(&self, error: io::Error, doing: &str) -> ureq::Error {
        let explained = match GaveUp::of(&error) {
            Some(GaveUp::TimedOut) => Error::new(ErrorKind::Timeout, format_args!("timed out while {doing}")),
            Some(GaveUp::Interrupted(interruption)) => interruption.into(),
            None => match tls::in_session(&error) {
                Some(what) => Error::new(ErrorKind::Tls, what).with_source(error),
                None => {
                    let broken = Error::new(ErrorKind::Io, format_args!("the connection broke while {doing}: {error}"))
                        .with_source(error);
                    if self.requests > 1 && !self.answered { broken.stale() } else { broken }
                }
            },
        };
        ureq::Error::Other(Box::new(explained))
    }
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.words_until = None;
        self.set_deadline(timeout);
        self.requests += 1;
        self.answered = false;
        self.in_use = true;
        let amount = self.end_head(amount);
        let head = self.buffers.output.get(..amount).unwrap_or_default();
        match self.channel.write_all(head) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.explain(error, "sending the request")),
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.set_deadline(timeout);
        let doing = if self.answered { "reading the answer" } else { "waiting for the answer" };
        let room = self.buffers.input_append_buf();
        if room.is_empty() {
            let text = format_args!("a line of the answer is longer than {MAX_INPUT_SIZE} bytes");
            return Err(ureq::Error::Other(Box::new(Error::new(ErrorKind::Protocol, text))));
        }
        let read = match self.channel.read(room) {
            Ok(read) => read,
            Err(error) => return Err(self.explain(error, doing)),
        };
        if read == 0 && !self.answered {
            let error = Error::new(ErrorKind::Io, "the server closed the connection without an answer")
                .with_source(io::Error::from(io::ErrorKind::UnexpectedEof));
            let error = if self.requests > 1 { error.stale() } else { error };
            return Err(ureq::Error::Other(Box::new(error)));
        }
        self.buffers.input_appended(read);
        if !self.answered && !self.channel.is_tls() && self.buffers.input().starts_with(&[0x15, 0x03]) {
            // a TLS alert: our request was no ClientHello
            let text = "the server speaks TLS on this port; the base URL should begin with https://";
            return Err(ureq::Error::Other(Box::new(Error::new(ErrorKind::Protocol, text))));
        }
        if !self.answered && is_refusal(self.buffers.input()) {
            self.words_until = Some(Instant::now() + WORDS_WITHIN);
        }
        self.answered |= read > 0;
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        // asked twice: when the connection is put back and when it is taken again. Only the second answer counts, and
        // it covers what the first one would have found.
        std::mem::take(&mut self.in_use) || self.channel.is_idle()
    }

    fn is_tls(&self) -> bool {
        self.channel.is_tls()
    }
}

/// Whether this is the whole head of a final answer other than 200, and perhaps more.
fn is_refusal(input: &[u8]) -> bool {
    let status = input
        .get(.."HTTP/1.x ".len())
        .filter(|start| start.starts_with(b"HTTP/1."))
        .and_then(|start| input.get(start.len()..));
    let refused = status.is_some_and(|status| !status.starts_with(b"200") && !status.starts_with(b"1"));
    refused && input.windows(4).any(|end| end == b"\r\n\r\n")
}

/// Buffers for small answers that make room for large heads when one comes.
struct FixedBuffers {
    input: Vec<u8>,
    start: usize,
    end: usize,
    progress: bool,
    /// Room for the head that ureq writes, and behind it for our headers. Wiped when dropped.
    output: Zeroizing<Vec<u8>>,
}

impl FixedBuffers {
    fn new(output: usize) -> Self {
        Self { input: vec![0; INPUT_SIZE], start: 0, end: 0, progress: false, output: Zeroizing::new(vec![0; output]) }
    }
}

impl fmt::Debug for FixedBuffers {
    /// Never the contents: the key is among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedBuffers").field("input", &self.input.len()).finish_non_exhaustive()
    }
}

impl Buffers for FixedBuffers {
    fn output(&mut self) -> &mut [u8] {
        let end = HEAD_SIZE.min(self.output.len());
        self.output.get_mut(..end).unwrap_or_default()
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.start..self.end).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        if self.input.len() - self.end < MIN_READ && self.start > 0 {
            self.input.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.input.len() - self.end < MIN_READ {
            let size = (self.input.len() * 2).min(MAX_INPUT_SIZE);
            self.input.resize(size, 0);
        }
        self.input.get_mut(self.end..).unwrap_or_default()
    }

    fn input_appended(&mut self, amount: usize) {
        self.end = (self.end + amount).min(self.input.len());
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.start = (self.start + amount).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        // for request bodies, which no request of ours has
        (&mut [], self.output.as_mut_slice())
    }

    fn can_use_input(&self) -> bool {
        self.start < self.end && self.progress
    }
}
