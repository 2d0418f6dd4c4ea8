//! What TLS failures mean: a sentence for each.

use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};

use super::alerts::{self, NOTHING_IN_COMMON};
use super::certificate;
use super::names::words;
use crate::endpoint::Host;
use crate::error::{Error, ErrorKind};
use crate::text::{Quote, printable};

/// The error for a handshake with `host` that failed: what is wrong, and what to do about it. `first`: the first bytes
/// that came from there.
pub(super) fn refused(error: rustls::Error, host: &Host, first: &[u8], quote: &Quote) -> Error {
    let text = match &error {
        rustls::Error::InvalidCertificate(error) => certificate::refused(error, host, quote),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) if first == b"HTTP/" => {
            format!("{host} speaks plain HTTP on this port, not TLS; is the port right?")
        }
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            format!("what {host} sends on this port is not TLS; is the port right?")
        }
        // only a chain of certificates is ever so long
        rustls::Error::InvalidMessage(
            InvalidMessage::CertificatePayloadTooLarge | InvalidMessage::HandshakePayloadTooLarge,
        ) => format!("the certificates that {host} presents are longer than 64 KiB together"),
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled,
        ) => format!("{host} speaks neither TLS 1.2 nor TLS 1.3"),
        rustls::Error::AlertReceived(alert) => {
            format!("{host} refused the TLS handshake: {}", alerts::in_words(*alert))
        }
        rustls::Error::PeerIncompatible(
            PeerIncompatible::NoCipherSuitesInCommon
            | PeerIncompatible::NoKxGroupsInCommon
            | PeerIncompatible::NoEcPointFormatsInCommon
            | PeerIncompatible::NoSignatureSchemesInCommon,
        ) => format!("no TLS session with {host} could be agreed: {NOTHING_IN_COMMON}"),
        other => format!("no TLS session with {host} could be agreed: {}", what(other)),
    };
    let may_pass = may_pass(&error);
    let unknown_issuer = matches!(error, rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer));
    let told = Error::new(ErrorKind::Tls, text).with_source(bare(error)).retryable(may_pass);
    if unknown_issuer { told.of_setting("ca_file") } else { told }
}

/// What TLS has to say of a read or write that failed in an established session; `None` if it is not about TLS.
pub(in crate::http) fn in_session(error: &io::Error) -> Option<String> {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())? {
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            Some("the server asks for a client certificate, which is not supported".to_owned())
        }
        rustls::Error::AlertReceived(alert) => {
            Some(format!("the server ended the TLS session: {}", alerts::in_words(*alert)))
        }
        other => Some(format!("the TLS session broke: {}", what(other))),
    }
}

/// A failure of TLS in general.
fn what(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InappropriateMessage { .. } | rustls::Error::InappropriateHandshakeMessage { .. } => {
            "a message came out of order".to_owned()
        }
        rustls::Error::InvalidMessage(why) => format!("a message cannot be read ({})", words(&format!("{why:?}"))),
        rustls::Error::PeerIncompatible(why) => format!("the two do not fit ({})", words(&format!("{why:?}"))),
        rustls::Error::PeerMisbehaved(why) => {
            format!("the other side broke the rules of TLS ({})", words(&format!("{why:?}")))
        }
        rustls::Error::AlertReceived(alert) => alerts::in_words(*alert),
        rustls::Error::InvalidCertificate(_) => certificate::unusable(error).into_owned(),
        rustls::Error::NoCertificatesPresented => "the other side presented no certificate".to_owned(),
        rustls::Error::DecryptError => "a record arrived damaged, or was not meant for this session".to_owned(),
        rustls::Error::EncryptError => "a record could not be encrypted".to_owned(),
        rustls::Error::PeerSentOversizedRecord => "a record is longer than TLS allows".to_owned(),
        rustls::Error::NoApplicationProtocol => "no application protocol in common".to_owned(),
        rustls::Error::UnsupportedNameType => "the host's name is of a kind that TLS has no use for".to_owned(),
        rustls::Error::FailedToGetCurrentTime => "the system does not tell the time".to_owned(),
        rustls::Error::FailedToGetRandomBytes => "the system gives no random bytes".to_owned(),
        rustls::Error::HandshakeNotComplete => "the handshake is not complete".to_owned(),
        rustls::Error::BadMaxFragmentSize => "the size of fragments is out of range".to_owned(),
        rustls::Error::General(text) => printable(text).into_owned(),
        other => words(&format!("{other:?}")),
    }
}

/// Whether another attempt may succeed: the connection failed, or the server did for the moment, and not what the two
/// sides support.
fn may_pass(error: &rustls::Error) -> bool {
    match error {
        rustls::Error::AlertReceived(alert) => alerts::may_pass(*alert),
        rustls::Error::DecryptError => true,
        _ => false,
    }
}

/// The error to keep as a source: whole, but for what the other side put into its certificate.
fn bare(error: rustls::Error) -> rustls::Error {
    use CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(certificate) = error else { return error };
    rustls::Error::InvalidCertificate(match certificate {
        Certificate::NotValidForNameContext { .. } => Certificate::NotValidForName,
        Certificate::InvalidPurposeContext { .. } => Certificate::InvalidPurpose,
        Certificate::UnsupportedSignatureAlgorithmContext { supported_algorithms, .. } => {
            Certificate::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: Vec::new(),
                supported_algorithms,
            }
        }
        Certificate::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            Certificate::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id: Vec::new(),
                public_key_algorithm_id: Vec::new(),
            }
        }
        other => other,
    })
}
