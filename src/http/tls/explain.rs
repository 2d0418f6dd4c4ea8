//! What TLS failures mean: a sentence for each.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::endpoint::Host;
use crate::error::{Error, ErrorKind};

/// The error for a handshake with `host` that failed: what is wrong, and what to do about it.
pub(super) fn refused(error: rustls::Error, host: &Host, first: &[u8]) -> Error {
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
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) if first == b"HTTP/" => {
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
pub(in crate::http) fn in_session(error: &io::Error) -> Option<String> {
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
