//! Every failure that rustls knows is a sentence.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, EncryptedClientHelloError, Error as Tls, ExtendedKeyPurpose, InconsistentKeys,
    InvalidMessage, OtherError, PeerIncompatible, PeerMisbehaved,
};

use super::{HandshakeError, Session, alerts, algorithms, client_config, explain};
use crate::config::settings::Trust;
use crate::endpoint::Host;
use crate::key::ApiKey;
use crate::text::Quote;

/// Fails on Rust's debug form: brackets, paths, names in CamelCase.
#[track_caller]
fn assert_is_a_sentence(text: &str, of: &dyn fmt::Debug) {
    assert!(!text.contains(['{', '[', '_']) && !text.contains("::"), "{of:?}: {text}");
    let camel = |word: &str| {
        let letters: Vec<char> = word.chars().collect();
        letters.windows(2).any(|two| two[0].is_lowercase() && two[1].is_uppercase())
    };
    let names = ["ChaCha20", "KiB"];
    let odd = text.split(|c: char| !c.is_alphanumeric()).find(|word| camel(word) && !names.contains(word));
    assert_eq!(odd, None, "{of:?}: {text}");
    assert!(text.len() > 20, "{of:?}: {text}");
}

fn quote() -> Quote {
    Quote::new(ApiKey::parse("k3y-0a1b2c3d4e5f6071-Zz").expect("a key"))
}

fn told(error: Tls) -> String {
    let debug = format!("{error:?}");
    let host = Host::parse("a.example").expect("a host");
    let text = explain::refused(error.clone(), &host, b"\x16\x03\x03\x00\x01", &quote()).to_string();
    // the names of alerts are those of the registry, with their underscores
    assert_is_a_sentence(&without_alert(&text), &debug);
    let in_session = std::io::Error::new(std::io::ErrorKind::InvalidData, error);
    let text_in_session = explain::in_session(&in_session).expect("a TLS error");
    assert_is_a_sentence(&without_alert(&text_in_session), &debug);
    text
}

fn without_alert(text: &str) -> String {
    match text.split_once(" (alert ") {
        Some((before, after)) => format!("{before} {}", after.split_once(')').expect("a bracket").1),
        None => text.to_owned(),
    }
}

#[test]
fn every_alert_is_a_sentence() {
    for number in 0..=255 {
        let alert = AlertDescription::from(number);
        let text = told(Tls::AlertReceived(alert));
        let known = !matches!(alert, AlertDescription::Unknown(_));
        assert_eq!(known, !alerts::in_words(alert).starts_with("alert "), "{alert:?}: {text}");
    }
    assert_eq!(
        told(Tls::AlertReceived(AlertDescription::HandshakeFailure)),
        "a.example refused the TLS handshake: no version, cipher or curve in common (needs TLS 1.3, or 1.2 with ECDHE \
         and AES-GCM or ChaCha20), or it wants a client certificate (alert handshake_failure)"
    );
    assert_eq!(told(Tls::AlertReceived(AlertDescription::from(200))), "a.example refused the TLS handshake: alert 200");
}

/// Most names are put into words one like another; these have contents, numbers or abbreviations in them.
#[test]
fn every_breach_of_the_protocol_is_a_sentence() {
    use InvalidMessage as Message;
    use PeerIncompatible as Incompatible;
    use PeerMisbehaved as Misbehaved;
    for why in [
        Message::InvalidCcs,
        Message::InvalidContentType,
        Message::InvalidDhParams,
        Message::MessageTooLarge,
        Message::MissingData("Field"),
        Message::UnsupportedKeyExchangeAlgorithm(rustls::crypto::KeyExchangeAlgorithm::DHE),
        Message::IllegalEmptyList("Field"),
        Message::DuplicateExtension(7),
    ] {
        told(Tls::InvalidMessage(why));
    }
    for why in [
        Incompatible::EcPointsExtensionRequired,
        Incompatible::ExtendedMasterSecretExtensionRequired,
        Incompatible::NoCipherSuitesInCommon,
        Incompatible::NoKxGroupsInCommon,
        Incompatible::ServerDoesNotSupportTls12Or13,
        Incompatible::Tls12NotOfferedOrEnabled,
        Incompatible::ServerRejectedEncryptedClientHello(None),
    ] {
        told(Tls::PeerIncompatible(why));
    }
    for why in [
        Misbehaved::AttemptedDowngradeToTls12WhenTls13IsSupported,
        Misbehaved::EchAcceptanceVariedAfterRetry,
        Misbehaved::IllegalHelloRetryRequestWithInvalidEch,
        Misbehaved::IllegalTlsInnerPlaintext,
        Misbehaved::KeyUpdateReceivedInQuicConnection,
        Misbehaved::MissingPskModesExtension,
        Misbehaved::PskExtensionWithMismatchedIdsAndBinders,
        Misbehaved::ResumptionAttemptedWithVariedEms,
        Misbehaved::SelectedTls12UsingTls13VersionExtension,
        Misbehaved::SelectedUnofferedKxGroup,
        Misbehaved::SignedKxWithWrongAlgorithm,
        Misbehaved::UnsolicitedSctList,
    ] {
        told(Tls::PeerMisbehaved(why));
    }
    let unoffered = told(Tls::PeerMisbehaved(Misbehaved::SelectedUnofferedKxGroup));
    assert!(unoffered.ends_with("broke the rules of TLS (selected unoffered key exchange group)"), "{unoffered}");
}

#[derive(Debug)]
struct OfVerifier(&'static str);

impl fmt::Display for OfVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for OfVerifier {}

#[test]
#[allow(deprecated)] // rustls no longer says so itself, but somebody's verifier may
fn every_certificate_error_is_a_sentence() {
    use CertificateError::*;
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_000_000_000));
    let id = vec![6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 5, 5, 0];
    let mut errors = vec![
        BadEncoding,
        Expired,
        ExpiredContext { time, not_after: time },
        NotValidYet,
        NotValidYetContext { time, not_before: time },
        Revoked,
        UnhandledCriticalExtension,
        UnknownIssuer,
        UnknownRevocationStatus,
        ExpiredRevocationList,
        ExpiredRevocationListContext { time, next_update: time },
        BadSignature,
        UnsupportedSignatureAlgorithm,
        UnsupportedSignatureAlgorithmContext { signature_algorithm_id: id.clone(), supported_algorithms: Vec::new() },
        UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id: id.clone(),
            public_key_algorithm_id: id,
        },
        NotValidForName,
        NotValidForNameContext {
            expected: ServerName::try_from("a.example").expect("a name"),
            presented: vec!["DnsName(\"b.example\")".to_owned(), "IpAddress(10.0.0.1)".to_owned()],
        },
        InvalidPurpose,
        InvalidPurposeContext {
            required: ExtendedKeyPurpose::ServerAuth,
            presented: vec![ExtendedKeyPurpose::ClientAuth, ExtendedKeyPurpose::Other(vec![1, 3, 6])],
        },
        InvalidOcspResponse,
        ApplicationVerificationFailure,
    ];
    for name in [
        "CaUsedAsEndEntity",
        "CertDistrusted",
        "EmptyEkuExtension",
        "EndEntityUsedAsCa",
        "ExtensionValueInvalid",
        "InvalidCrlNumber",
        "InvalidNetworkMaskConstraint",
        "InvalidSerialNumber",
        "MalformedDnsIdentifier",
        "MalformedExtensions",
        "MalformedNameConstraint",
        "MaximumNameConstraintComparisonsExceeded",
        "MaximumPathBuildCallsExceeded",
        "MaximumPathDepthExceeded",
        "MaximumSignatureChecksExceeded",
        "NameConstraintViolation",
        "PathLenConstraintViolated",
        "SignatureAlgorithmMismatch",
        "TrailingData(Certificate)",
        "UnsupportedCertVersion",
        "UnsupportedCriticalExtension",
        "UnsupportedNameType",
        "SomethingNew { with: [1, 2] }",
    ] {
        errors.push(Other(OtherError(Arc::new(OfVerifier(name)))));
    }
    for error in errors {
        let unknown_issuer = error == UnknownIssuer;
        let text = told(Tls::InvalidCertificate(error));
        assert_eq!(text.contains("CA file"), unknown_issuer, "the hint is for an unknown issuer alone: {text}");
    }
}

#[test]
fn an_address_among_the_host_names_is_told_apart_in_every_spelling() {
    for (host, name) in
        [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("[::1]", "[::1]"), ("[2001:db8::1]", "2001:0DB8:0:0:0:0:0:1")]
    {
        let host = Host::parse(host).expect("a host");
        let error = Tls::InvalidCertificate(CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("a.example").expect("a name"),
            presented: vec!["DnsName(\"b.example\")".to_owned(), format!("DnsName({name:?})")],
        });
        let text = explain::refused(error, &host, b"\x16\x03\x03\x00\x01", &quote()).to_string();
        let expected = "names it as a host name (DNS:), not as an address (IP:)";
        assert_eq!(text, format!("the certificate of {host} {expected}"), "{name}");
    }
}

#[test]
fn every_other_failure_is_a_sentence() {
    use rustls::{ContentType, HandshakeType};
    for error in [
        Tls::InappropriateMessage { expect_types: vec![ContentType::Handshake], got_type: ContentType::Alert },
        Tls::InappropriateHandshakeMessage { expect_types: Vec::new(), got_type: HandshakeType::HelloRetryRequest },
        Tls::InvalidEncryptedClientHello(EncryptedClientHelloError::NoCompatibleConfig),
        Tls::NoCertificatesPresented,
        Tls::UnsupportedNameType,
        Tls::DecryptError,
        Tls::EncryptError,
        Tls::InvalidCertRevocationList(rustls::CertRevocationListError::IssuerInvalidForCrl),
        Tls::General("what a provider says".to_owned()),
        Tls::FailedToGetCurrentTime,
        Tls::FailedToGetRandomBytes,
        Tls::HandshakeNotComplete,
        Tls::PeerSentOversizedRecord,
        Tls::NoApplicationProtocol,
        Tls::BadMaxFragmentSize,
        Tls::InconsistentKeys(InconsistentKeys::KeyMismatch),
        Tls::Other(OtherError(Arc::new(OfVerifier("SomethingNew { with: [1, 2] }")))),
    ] {
        told(error);
    }
}

#[test]
fn what_passes_is_tried_again_and_nothing_else() {
    let host = Host::parse("a.example").expect("a host");
    let retryable = |error: Tls| explain::refused(error, &host, b"", &quote()).is_retryable();
    let passing: Vec<u8> =
        (0..=255).filter(|number| retryable(Tls::AlertReceived(AlertDescription::from(*number)))).collect();
    assert_eq!(passing, [0, 20, 80, 90]);
    assert!(retryable(Tls::DecryptError));
    assert!(!retryable(Tls::InvalidCertificate(CertificateError::UnknownIssuer)));
    assert!(!retryable(Tls::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon)));
}

#[test]
fn algorithms_have_names_or_numbers() {
    for (der, name) in [
        (&[6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 5, 5, 0][..], "RSA with SHA-1"),
        (&[6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 4], "RSA with MD5"),
        (&[6, 8, 42, 134, 72, 206, 61, 4, 3, 4], "ECDSA with SHA-512"),
        (&[6, 7, 42, 134, 72, 206, 61, 2, 1, 6, 5, 43, 129, 4, 0, 35], "P-521"),
        (&[6, 7, 42, 134, 72, 206, 61, 2, 1], "an elliptic curve"),
        (&[6, 3, 43, 101, 113], "Ed448"),
        (&[6, 3, 43, 6, 1], "the algorithm 1.3.6.1"),
        (&[6, 3, 0x88, 0x37, 3], "the algorithm 2.999.3"),
        (&[], "an unreadable algorithm"),
        (&[6, 9, 42], "an unreadable algorithm"),
        (&[4, 1, 42], "an unreadable algorithm"),
    ] {
        assert_eq!(algorithms::name(der), name, "{der:?}");
    }
    // a part of any length does no harm
    assert!(algorithms::name(&[&[6, 100][..], &[0xff; 99], &[1]].concat()).starts_with("the algorithm "));
}

/// A peer that has sent `said` and hung up.
struct HungUp<'a>(&'a [u8]);

impl io::Read for HungUp<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        io::Read::read(&mut self.0, buf)
    }
}

impl io::Write for HungUp<'_> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_the_peer_said_before_it_hung_up_is_told() {
    let host = Host::parse("a.example").expect("a host");
    let handshake = |said: &'static [u8]| {
        let trust = Trust { mozilla: true, more: Vec::new() };
        let config = client_config(&trust).expect("a configuration");
        Session::handshake(config, &host, &quote(), HungUp(said)).err().expect("nobody is there")
    };
    match handshake(b"\x15\x03\x03\x00\x02\x02\x74") {
        HandshakeError::Refused(error) => assert!(error.to_string().contains("certificate_required"), "{error}"),
        HandshakeError::Broken(error) => panic!("{error}"),
    }
    for said in [&b""[..], b"\x15\x03\x03"] {
        assert!(matches!(handshake(said), HandshakeError::Broken(error) if error.kind() == io::ErrorKind::BrokenPipe));
    }
}
