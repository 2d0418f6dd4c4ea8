//! What is wrong with a certificate: a sentence for each error of the verifier.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::algorithms;
use super::names::words;
use crate::endpoint::Host;
use crate::text::{Quote, printable};

/// How many of a certificate's names are told, and how much of each.
const NAMES_TOLD: usize = 5;
const MAX_NAME: usize = 128;
/// How much of an algorithm's number is told.
const MAX_NUMBER: usize = 96;

/// Why the certificate that `host` presented is refused, and what to do about it.
pub(super) fn refused(error: &CertificateError, host: &Host, quote: &Quote) -> String {
    use CertificateError as Certificate;
    match error {
        Certificate::UnknownIssuer => format!(
            "the certificate of {host} is not signed by a trusted authority; if it should be trusted, give its CA \
             certificate in a CA file"
        ),
        Certificate::NotValidForNameContext { presented, .. } => for_another_host(host, presented, quote),
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
        other => {
            let tell = |number: &str| quote.excerpt(number, MAX_NUMBER);
            format!("the certificate of {host} is not acceptable: {}", why(other, &tell))
        }
    }
}

/// Why a certificate of a CA file cannot be used.
pub(super) fn unusable(error: &rustls::Error) -> Cow<'static, str> {
    match error {
        rustls::Error::InvalidCertificate(certificate) => why(certificate, &|number| printable(number).into_owned()),
        _ => "it is not a certificate that can be read".into(),
    }
}

/// What is wrong with a certificate, in words that call it "it". `tell` makes the other side's words fit to print.
fn why(error: &CertificateError, tell: &dyn Fn(&str) -> String) -> Cow<'static, str> {
    use CertificateError as Certificate;
    let told = |identifier: &[u8]| tell(&algorithms::name(identifier));
    match error {
        Certificate::BadEncoding => "it is not well-formed X.509".into(),
        Certificate::Expired | Certificate::ExpiredContext { .. } => "it has expired, or its dates contradict".into(),
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => "it is not valid yet".into(),
        Certificate::Revoked => "it was revoked".into(),
        Certificate::UnhandledCriticalExtension => "it has a critical extension that is not supported".into(),
        Certificate::UnknownIssuer => "it is not signed by a trusted authority".into(),
        Certificate::UnknownRevocationStatus => "it is not known whether it was revoked".into(),
        Certificate::ExpiredRevocationList | Certificate::ExpiredRevocationListContext { .. } => {
            "the list of revoked certificates has expired".into()
        }
        Certificate::BadSignature => {
            "its signature is wrong, or by a key weaker than what is accepted (RSA below 2048 bits)".into()
        }
        Certificate::UnsupportedSignatureAlgorithmContext { signature_algorithm_id, .. } => format!(
            "it, or one above it, is signed by {}, which is not supported (supported: {})",
            told(signature_algorithm_id),
            algorithms::SUPPORTED
        )
        .into(),
        Certificate::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id,
            public_key_algorithm_id,
        } => format!(
            "it, or one above it, is signed by {} with a key of {}, which is not supported (supported: {})",
            told(signature_algorithm_id),
            told(public_key_algorithm_id),
            algorithms::SUPPORTED
        )
        .into(),
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => "it is for another host".into(),
        Certificate::InvalidPurpose | Certificate::InvalidPurposeContext { .. } => {
            "it is not for servers (its extended key usage lacks server authentication)".into()
        }
        Certificate::InvalidOcspResponse => "the proof that it was not revoked is not valid".into(),
        Certificate::ApplicationVerificationFailure => "the verifier does not accept it".into(),
        Certificate::Other(other) => by_verifier(&other.0.to_string()),
        // the deprecated forms without their context, and what later versions may add
        _ => format!("it, or one above it, is not supported (supported: {})", algorithms::SUPPORTED).into(),
    }
}

/// The verifier's own errors, which rustls hands on by name.
fn by_verifier(name: &str) -> Cow<'static, str> {
    match name {
        "CaUsedAsEndEntity" => "it is an authority's, not a server's (`openssl req -x509` makes such)",
        "EndEntityUsedAsCa" => "it was signed by a certificate that is not an authority's",
        "CertDistrusted" => "it is explicitly not trusted",
        "UnsupportedCertVersion" => "it is not of X.509 version 3",
        "UnsupportedCriticalExtension" => "it has a critical extension that is not supported",
        "NameConstraintViolation" => "its authority may not vouch for its names (name constraints)",
        "PathLenConstraintViolated" => "its chain is longer than its authority allows",
        "MaximumPathDepthExceeded" => "its chain has more than 6 certificates between it and the authority",
        "MaximumPathBuildCallsExceeded"
        | "MaximumSignatureChecksExceeded"
        | "MaximumNameConstraintComparisonsExceeded" => "its chain takes too much work to verify",
        "SignatureAlgorithmMismatch" => "it names two different signature algorithms",
        "EmptyEkuExtension" => "its extended key usage is empty",
        other => return format!("the verifier says: {}", words(other)).into(),
    }
    .into()
}

fn for_another_host(host: &Host, presented: &[String], quote: &Quote) -> String {
    if presented.is_empty() {
        return format!("the certificate presented for {host} names no host at all");
    }
    if let Host::Ip(ip) = host
        && presented
            .iter()
            .filter_map(|name| inside(name, "DnsName"))
            .any(|name| name.trim_matches(['[', ']']).parse::<IpAddr>() == Ok(*ip))
    {
        return format!("the certificate of {host} names it as a host name (DNS:), not as an address (IP:)");
    }
    let told: Vec<String> = presented.iter().take(NAMES_TOLD).map(|name| quote.excerpt(bare(name), MAX_NAME)).collect();
    let more = match presented.len().saturating_sub(NAMES_TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("the certificate presented for {host} is for another host: {}{more}", told.join(", "))
}

/// `DnsName("a.example")` as `a.example`; names that are not text by their kind.
fn bare(presented: &str) -> &str {
    let kinds = ["DnsName", "IpAddress", "UniformResourceIdentifier"];
    match kinds.iter().find_map(|kind| inside(presented, kind)) {
        Some(name) => name,
        None if presented == "DirectoryName" => "a directory name",
        None => "a name of another kind",
    }
}

fn inside<'a>(presented: &'a str, kind: &str) -> Option<&'a str> {
    let name = presented.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')')?;
    Some(name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name))
}

fn date(time: UnixTime) -> httpdate::HttpDate {
    // a certificate's dates go no further than the year 9999, as HTTP's do
    let seconds = time.as_secs().min(253_402_300_799);
    httpdate::HttpDate::from(UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH))
}
