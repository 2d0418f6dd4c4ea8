//! TLS: which certificates are trusted, the session, and what its failures mean.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::SigningKey;
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, InvalidMessage, RootCertStore};

use crate::endpoint::Host;
use crate::error::{Error, ErrorKind};

/// A client talks to one origin, through one proxy at most: two sessions to resume, and room for a rotation.
const SESSIONS_KEPT: usize = 4;

/// The certificate authorities trusted.
pub(crate) struct Roots(RootCertStore);

impl Roots {
    pub(crate) fn none() -> Self {
        Self(RootCertStore::empty())
    }

    /// Mozilla's, as compiled in.
    pub(crate) fn mozilla() -> Self {
        Self(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }

    /// Adds every certificate in `pem`. One that cannot be used is an error, and so is none at all.
    pub(crate) fn add_pem(&mut self, pem: &[u8], origin: &str) -> Result<(), Error> {
        let mut count = 0;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            count += 1;
            let certificate = certificate.map_err(|error| {
                Error::invalid_argument(format_args!("{origin}: certificate {count} is not valid PEM"))
                    .with_source(PemError(error.to_string()))
            })?;
            self.0.add(certificate).map_err(|error| {
                Error::invalid_argument(format_args!("{origin}: certificate {count} cannot be used: {error}"))
                    .with_source(error)
            })?;
        }
        if count == 0 {
            return Err(Error::invalid_argument(format_args!("{origin} holds no PEM certificate")));
        }
        Ok(())
    }
}

#[derive(Debug)]
struct PemError(String);

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for PemError {}

/// ring's algorithms, without the private keys of client certificates, which nobody here can configure: RSA and ECDSA
/// signing are then left out of the linked library.
fn provider() -> CryptoProvider {
    CryptoProvider { key_provider: &NoPrivateKeys, ..ring::default_provider() }
}

#[derive(Debug)]
struct NoPrivateKeys;

impl KeyProvider for NoPrivateKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("client certificates are not supported".to_owned()))
    }
}

/// The session settings of a client: TLS 1.2 and 1.3 with ring, no global provider.
pub(super) fn client_config(roots: Roots) -> Result<Arc<ClientConfig>, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Internal, "TLS could not be set up").with_source(error))?;
    let mut config = builder.with_root_certificates(roots.0).with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(SESSIONS_KEPT);
    Ok(Arc::new(config))
}

/// A TLS session over a stream.
#[derive(Debug)]
pub(super) struct Session<S> {
    connection: ClientConnection,
    pub(super) stream: S,
}

impl<S: Read + Write> Session<S> {
    /// Shakes hands with `host` over `stream`. A failure of the stream itself comes back as it is, inside `Broken`.
    pub(super) fn handshake(config: Arc<ClientConfig>, host: &Host, mut stream: S) -> Result<Self, HandshakeError> {
        let name = match host {
            Host::Ip(ip) => ServerName::IpAddress((*ip).into()),
            Host::Name(name) => match ServerName::try_from(name.trim_end_matches('.').to_owned()) {
                Ok(name) => name,
                Err(error) => return Err(HandshakeError::Broken(io::Error::other(error))),
            },
        };
        let refused =
            |error: rustls::Error, opening: &Opening<&mut S>| HandshakeError::Refused(explain(error, host, opening));
        let mut opening = Opening { stream: &mut stream, first: [0; 5], seen: 0 };
        let mut connection = ClientConnection::new(config, name).map_err(|error| refused(error, &opening))?;
        while connection.is_handshaking() || connection.wants_write() {
            while connection.wants_write() {
                connection.write_tls(&mut opening.stream)?;
            }
            if !connection.is_handshaking() {
                break;
            }
            if connection.read_tls(&mut opening)? == 0 {
                return Err(HandshakeError::Broken(io::ErrorKind::UnexpectedEof.into()));
            }
            if let Err(error) = connection.process_new_packets() {
                // the alert that says why; whether it arrives changes nothing
                let _ = connection.write_tls(&mut opening.stream);
                return Err(refused(error, &opening));
            }
        }
        Ok(Self { connection, stream })
    }

    /// Whether the idle session can carry another request: `read_now` (a read of the stream that does not wait)
    /// finds neither data nor an end for us. What belongs to TLS alone, such as session tickets, is taken in.
    pub(super) fn is_idle(&mut self, read_now: impl Fn(&mut S, &mut [u8]) -> io::Result<usize>) -> bool {
        let mut now = ReadNow { stream: &mut self.stream, read_now };
        loop {
            // first what is here already: an answer too many may have come along with the one that was read
            match self.connection.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                _ => return false,
            }
            match self.connection.read_tls(&mut now) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Ok(1..) => {}
                Ok(0) | Err(_) => return false,
            }
        }
    }
}

struct ReadNow<'a, S, F> {
    stream: &'a mut S,
    read_now: F,
}

impl<S, F: Fn(&mut S, &mut [u8]) -> io::Result<usize>> Read for ReadNow<'_, S, F> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (self.read_now)(self.stream, buf)
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
            self.connection.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            while self.connection.wants_write() {
                self.connection.write_tls(&mut self.stream)?;
            }
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
            self.connection.write_tls(&mut self.stream)?;
        }
        Ok(())
    }
}

/// Why there is no session.
pub(super) enum HandshakeError {
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

/// The error for a handshake with `host` that failed: what is wrong, and what to do about it.
fn explain<S>(error: rustls::Error, host: &Host, opening: &Opening<S>) -> Error {
    use CertificateError as Certificate;
    let text = match &error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::UnknownIssuer => format!(
                "the certificate of {host} is not signed by a trusted authority; if it should be trusted, \
                 give its CA certificate in the configuration"
            ),
            Certificate::NotValidForNameContext { presented, .. } => {
                let names: Vec<&str> = presented.iter().map(|name| bare_name(name)).collect();
                match names.is_empty() {
                    true => format!("the certificate presented for {host} names no host at all"),
                    false => format!("the certificate presented for {host} is for another host: {}", names.join(", ")),
                }
            }
            Certificate::NotValidForName => format!("the certificate presented for {host} is for another host"),
            Certificate::ExpiredContext { time, not_after } => format!(
                "the certificate of {host} expired on {}; by this machine's clock it is {}",
                date(*not_after),
                date(*time)
            ),
            Certificate::NotValidYetContext { time, not_before } => format!(
                "the certificate of {host} is valid only from {}; by this machine's clock it is {}: check the clock",
                date(*not_before),
                date(*time)
            ),
            Certificate::BadSignature => {
                format!("the certificate of {host} has a signature that is wrong, or weaker than what is accepted")
            }
            Certificate::Other(other) => {
                // the verifier's own errors, which rustls hands on by name
                let name = other.0.to_string();
                let why = match name.as_str() {
                    "CaUsedAsEndEntity" => "it is an authority's, not a server's (`openssl req -x509` makes such)",
                    "UnsupportedCertVersion" => "it is not of X.509 version 3",
                    name => name,
                };
                format!("the certificate of {host} is not acceptable: {why}")
            }
            other => format!("the certificate of {host} is not acceptable: {other}"),
        },
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) if opening.first == *b"HTTP/" => {
            format!("{host} answers in plain HTTP on this port, not TLS; is the port right?")
        }
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            format!("what {host} answers on this port is not TLS; is the port right?")
        }
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            format!("{host} speaks neither TLS 1.2 nor TLS 1.3")
        }
        rustls::Error::AlertReceived(alert) => format!("{host} refused the TLS handshake: alert {alert:?}"),
        other => format!("no TLS session with {host} could be agreed: {other}"),
    };
    Error::new(ErrorKind::Tls, text).with_source(error)
}

/// What TLS has to say of a read or write that failed in an established session; `None` if it is not about TLS.
pub(super) fn in_session(error: &io::Error) -> Option<String> {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())? {
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            Some("the server asks for a client certificate, which is not supported".to_owned())
        }
        rustls::Error::AlertReceived(alert) => Some(format!("the server ended the TLS session: alert {alert:?}")),
        other => Some(format!("the TLS session broke: {other}")),
    }
}

/// `DnsName("a.example")` as `a.example`.
fn bare_name(presented: &str) -> &str {
    let inner = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(presented).trim_matches('"')
}

fn date(time: UnixTime) -> httpdate::HttpDate {
    // a certificate's dates go no further than the year 9999, as HTTP's do
    let seconds = time.as_secs().min(253_402_300_799);
    httpdate::HttpDate::from(UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH))
}
