//! A TLS session over a stream: the handshake, and the bytes that go through it.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion};

use super::explain::refused;
use crate::endpoint::Host;
use crate::error::{Error, ErrorKind};
use crate::text::Quote;

/// A TLS session over a stream.
#[derive(Debug)]
pub(in crate::http) struct Session<S> {
    pub(super) connection: ClientConnection,
    pub(in crate::http) stream: S,
}

impl<S: Read + Write> Session<S> {
    /// Shakes hands with `host` over `stream`. A failure of the stream itself comes back as it is, inside `Broken`.
    pub(in crate::http) fn handshake(
        config: Arc<ClientConfig>,
        host: &Host,
        quote: &Quote,
        mut stream: S,
    ) -> Result<Self, HandshakeError> {
        let name = match host {
            Host::Ip(ip) => ServerName::IpAddress((*ip).into()),
            Host::Name(name) => match ServerName::try_from(name.trim_end_matches('.').to_owned()) {
                Ok(name) => name,
                Err(error) => {
                    let text = format_args!("{host} is not a name that a certificate can have");
                    return Err(HandshakeError::Refused(Error::new(ErrorKind::Tls, text).with_source(error)));
                }
            },
        };
        let refused = |error: rustls::Error, opening: &Opening<&mut S>| {
            HandshakeError::Refused(refused(error, host, &opening.first, quote))
        };
        let mut opening = Opening { stream: &mut stream, first: [0; 5], seen: 0 };
        let mut connection = ClientConnection::new(config, name).map_err(|error| refused(error, &opening))?;
        while connection.is_handshaking() || connection.wants_write() {
            while connection.wants_write() {
                if let Err(error) = connection.write_tls(&mut opening.stream) {
                    return Err(match last_words(&mut connection, &mut opening, &error) {
                        Some(said) => refused(said, &opening),
                        None => HandshakeError::Broken(error),
                    });
                }
            }
            if !connection.is_handshaking() {
                break;
            }
            if connection.read_tls(&mut opening)? == 0 {
                return Err(HandshakeError::Broken(io::ErrorKind::UnexpectedEof.into()));
            }
            if let Err(error) = connection.process_new_packets() {
                // sends the alert that says why; whether it arrives makes no difference
                let _ = connection.write_tls(&mut opening.stream);
                return Err(refused(error, &opening));
            }
        }
        Ok(Self { connection, stream })
    }
}

impl<S> Session<S> {
    /// The version of TLS, for people.
    pub(in crate::http) fn version(&self) -> &'static str {
        match self.connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS 1.3",
        }
    }
}

impl<S: Read + Write> Read for Session<S> {
    /// Decrypted data; 0 at the end, announced (close_notify) or not: framing and JSON tell whether it came too soon.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.connection.reader().read(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                done => return done,
            }
            self.connection.read_tls(&mut self.stream)?;
            self.connection.process_new_packets().map_err(in_session)?;
            self.flush()?;
        }
    }
}

impl<S: Read + Write> Write for Session<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let taken = self.connection.writer().write(buf)?;
        self.flush()?;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            if let Err(error) = self.connection.write_tls(&mut self.stream) {
                return Err(last_words(&mut self.connection, &mut self.stream, &error).map_or(error, in_session));
            }
        }
        Ok(())
    }
}

fn in_session(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// What the peer said before it closed the connection, on which a write has failed for that: its alert says why.
fn last_words(connection: &mut ClientConnection, stream: &mut dyn Read, failed: &io::Error) -> Option<rustls::Error> {
    if !matches!(failed.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) {
        return None;
    }
    // a connection that is broken has an end: nothing is waited for
    while connection.read_tls(stream).is_ok_and(|read| read > 0) {
        if let Err(error) = connection.process_new_packets() {
            return Some(error);
        }
    }
    None
}

/// Why there is no session.
pub(in crate::http) enum HandshakeError {
    /// One side refused the other, or did not speak TLS.
    Refused(Error),
    /// The stream below broke off.
    Broken(io::Error),
}

impl From<io::Error> for HandshakeError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// Remembers the first bytes that the peer sends, to recognise one that does not speak TLS.
struct Opening<S> {
    stream: S,
    first: [u8; 5],
    seen: usize,
}

impl<S: Read> Read for Opening<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buf)?;
        for (to, from) in self.first.iter_mut().skip(self.seen).zip(buf.iter().take(read)) {
            *to = *from;
        }
        self.seen = self.seen.saturating_add(read);
        Ok(read)
    }
}
