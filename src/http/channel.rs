//! The bytes below HTTP: a socket with a deadline and an interrupt, bare or under TLS.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Instant;

use rustix::event::PollFlags;

use super::tls::Session;
use crate::cancel::Latch;
use crate::cancel::interrupts::{self, Interruption};
use crate::cancel::poll::{Woken, wait_for};

/// A connected, non-blocking socket that is read and written as if it blocked, until `deadline`, or until the call that
/// does so is ended.
#[derive(Debug)]
pub(super) struct Socket {
    tcp: TcpStream,
    shutdown: Arc<Latch>,
    pub(super) deadline: Instant,
    /// A request was just sent: the response is not there yet, so reading before waiting for it would be a wasted call.
    sent: bool,
}

/// Why a socket gave up by itself; carried in an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GaveUp {
    TimedOut,
    Interrupted(Interruption),
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the deadline passed"),
            Self::Interrupted(interruption) => interruption.fmt(f),
        }
    }
}

impl StdError for GaveUp {}

impl GaveUp {
    /// Finds it in an error from a [`Socket`].
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref()).copied()
    }
}

impl Socket {
    pub(super) fn new(tcp: TcpStream, shutdown: Arc<Latch>, deadline: Instant) -> Self {
        Self { tcp, shutdown, deadline, sent: false }
    }

    fn wait(&self, flags: PollFlags) -> io::Result<()> {
        let woken = interrupts::current(&self.shutdown, |ends| wait_for(self.tcp.as_fd(), flags, self.deadline, ends))?;
        match woken {
            Woken::Ready => Ok(()),
            Woken::TimedOut => Err(io::Error::new(io::ErrorKind::TimedOut, GaveUp::TimedOut)),
            Woken::Interrupted(interruption) => Err(io::Error::other(GaveUp::Interrupted(interruption))),
        }
    }

    /// A peer that always has one more byte, or takes one more, must not outrun the end of the call.
    fn go_on(&self) -> io::Result<()> {
        match interrupts::current(&self.shutdown, |ends| ends.interruption()) {
            None => Ok(()),
            Some(interruption) => Err(io::Error::other(GaveUp::Interrupted(interruption))),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.go_on()?;
        if self.sent {
            self.sent = false;
            self.wait(PollFlags::IN)?;
        } else if Instant::now() >= self.deadline {
            // a peer that always has one more byte must not outrun the deadline either
            return Err(io::Error::new(io::ErrorKind::TimedOut, GaveUp::TimedOut));
        }
        loop {
            match self.tcp.read(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(PollFlags::IN)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.sent = true;
        self.go_on()?;
        loop {
            match self.tcp.write(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(PollFlags::OUT)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A socket under any number of TLS sessions: none, one, or two through an `https://` proxy.
#[derive(Debug)]
pub(super) enum Channel {
    Plain(Socket),
    Tls(Box<Session<Channel>>),
}

impl Channel {
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        match self {
            Self::Plain(socket) => socket.deadline = deadline,
            Self::Tls(session) => session.stream.set_deadline(deadline),
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Whether the idle connection can carry another request.
    pub(super) fn is_idle(&mut self) -> bool {
        match self {
            Self::Plain(socket) => {
                let mut byte = [0];
                matches!(socket.tcp.peek(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
            }
            Self::Tls(session) => session.is_idle(Self::read_now),
        }
    }

    /// What has arrived; `WouldBlock` if nothing has. Never waits.
    fn read_now(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.tcp.read(buf),
            Self::Tls(session) => {
                // through an https:// proxy: only whether the outer session is idle matters
                if session.is_idle(Self::read_now) { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(0) }
            }
        }
    }
}

impl Read for Channel {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buf),
            Self::Tls(session) => session.read(buf),
        }
    }
}

impl Write for Channel {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(buf),
            Self::Tls(session) => session.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(session) => session.flush(),
        }
    }
}
