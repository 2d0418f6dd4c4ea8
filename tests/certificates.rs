//! Certificates that are refused: what is said of each, and that their words do no harm.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use unstructured_jobs::{Client, Error, ErrorKind};

use crate::support::assertions::{fails, fails_saying};
use crate::support::certificates::{Authority, Identity, self_signed};
use crate::support::server::{Server, keep_responding};
use crate::support::time::{AT_ONCE, timed};
use crate::support::{JOB, KEY, builder, client, job, ok};

fn service(config: Arc<ServerConfig>) -> Server {
    Server::start_tls(config, keep_responding(|_, _| ok(job("SUCCESS"))))
}

#[track_caller]
fn trusting(authority: &Authority, base_url: &str) -> Client {
    builder(base_url).ca_pem(authority.pem()).build().expect("a client")
}

/// The server is refused, finally and at once, and has seen no request.
#[track_caller]
fn refused(server: &Server, client: &Client, message: &str) -> Error {
    let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
    let (result, took) = timed(|| client.job_details(JOB));
    let error = fails(result, ErrorKind::Tls, &format!("{message} (GET {url})"));
    assert_eq!((error.attempts(), error.is_retryable(), error.http_status()), (1, false, None));
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(server.requests(), [""; 0], "the key goes to nobody who is not trusted");
    error
}

#[test]
fn unknown_authorities_are_refused() {
    let server = service(Authority::new().identity().config());
    let message = "the certificate of 127.0.0.1 is not signed by a trusted authority; if it should be trusted, give its \
                   CA certificate in a CA file";
    refused(&server, &client(server.url()), message);
    refused(&server, &trusting(&Authority::new(), &server.url()), message);
    let both = builder(server.url()).add_ca_pem(Authority::new().pem()).build().expect("a client");
    let error = refused(&server, &both, message);
    assert!(std::error::Error::source(&error).is_some_and(|source| source.is::<rustls::Error>()));
    assert_eq!(error.setting(), Some("ca_file"));
}

#[test]
fn self_signed_certificates_are_refused() {
    let server = service(self_signed(false).config());
    refused(
        &server,
        &client(server.url()),
        "the certificate of 127.0.0.1 is not signed by a trusted authority; if it should be trusted, give its CA \
         certificate in a CA file",
    );
    let server = service(self_signed(true).config());
    let error = fails_saying(client(server.url()).job_details(JOB), ErrorKind::Tls, "the certificate of 127.0.0.1 is ");
    assert!(!error.is_retryable());
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn certificates_for_another_host_are_refused() {
    let authority = Authority::new();
    let for_others = authority.identity_with(&["other.example", "*.more.example"], |_| {});
    let server = service(for_others.config());
    refused(
        &server,
        &trusting(&authority, &server.url()),
        "the certificate presented for 127.0.0.1 is for another host: other.example, *.more.example",
    );
    let nameless = authority.identity_with(&[], |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, "127.0.0.1");
    });
    let server = service(nameless.config());
    refused(
        &server,
        &trusting(&authority, &server.url()),
        "the certificate presented for 127.0.0.1 names no host at all",
    );
    let by_name_only = authority.identity_with(&["localhost"], |_| {});
    let server = service(by_name_only.config());
    refused(
        &server,
        &trusting(&authority, &server.url()),
        "the certificate presented for 127.0.0.1 is for another host: localhost",
    );
}

#[test]
fn certificates_out_of_their_time_are_refused_with_both_clocks() {
    let authority = Authority::new();
    let names = ["127.0.0.1"];
    let expired = authority.identity_with(&names, |params| params.not_after = date_time_ymd(2021, 2, 3));
    let server = service(expired.config());
    let error = fails_saying(
        trusting(&authority, &server.url()).job_details(JOB),
        ErrorKind::Tls,
        "the certificate of 127.0.0.1 expired on Wed, 03 Feb 2021 00:00:00 GMT; by this machine's clock it is ",
    );
    assert!(!error.is_retryable());
    assert_eq!(server.requests(), [""; 0]);

    let early = authority.identity_with(&names, |params| params.not_before = date_time_ymd(2080, 1, 1));
    let server = service(early.config());
    let client = trusting(&authority, &server.url());
    let start =
        "the certificate of 127.0.0.1 is valid only from Mon, 01 Jan 2080 00:00:00 GMT; by this machine's clock it is ";
    fails_saying(client.job_details(JOB), ErrorKind::Tls, start);
    fails_saying(client.job_details(JOB), ErrorKind::Tls, ": check the clock (GET ");
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn an_authority_that_serves_by_itself_is_refused_in_words() {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("a certificate");
    let identity = Identity { chain: vec![certificate.der().clone()], key: key.into() };
    let server = Server::start_tls(identity.config(), |connection| drop(connection.read_request()));
    let client = builder(server.url_at("localhost")).ca_pem(certificate.pem()).build().expect("a client");
    let what = "the certificate of localhost is not acceptable: it is an authority's, not a server's (`openssl req -x509` \
                makes such) (GET ";
    fails_saying(client.job_details(JOB), ErrorKind::Tls, what);
}
/// A certificate for these names, whatever they look like.
fn naming(authority: &Authority, names: impl IntoIterator<Item = SanType>) -> Identity {
    authority.identity_with(&[], |params| params.subject_alt_names = names.into_iter().collect())
}

fn dns(name: impl Into<String>) -> SanType {
    SanType::DnsName(name.into().try_into().expect("ASCII"))
}

#[track_caller]
fn names_are_told_as(names: impl IntoIterator<Item = SanType>, told: &str) {
    let authority = Authority::new();
    let server = service(naming(&authority, names).config());
    let message = format!("the certificate presented for 127.0.0.1 is for another host: {told}");
    let error = refused(&server, &trusting(&authority, &server.url()), &message);
    let mut below: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = below {
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains(|c: char| c.is_control()) && text.len() < 2000, "{text:?}");
        }
        below = error.source();
    }
}

#[test]
fn names_in_certificates_are_escaped_cut_and_counted() {
    names_are_told_as(
        [dns("a\x1b]0;x\x07\nb"), SanType::URI("https://u\r.example".to_owned().try_into().expect("ASCII"))],
        "a\\u{1b}]0;x\\u{7}\\nb, https://u\\r.example",
    );
    names_are_told_as([dns("x".repeat(20_000))], &format!("{}…", "x".repeat(128)));
    names_are_told_as((0..300).map(|n| dns(format!("n{n}.example"))), &{
        let first: Vec<String> = (0..5).map(|n| format!("n{n}.example")).collect();
        format!("{} and 295 more", first.join(", "))
    });
    names_are_told_as([dns(format!("{KEY}.example")), dns(format!("a{KEY}"))], "[API key].example, a[API key]");
    names_are_told_as(
        [
            SanType::IpAddress("10.0.0.1".parse().expect("an address")),
            SanType::IpAddress("fd00::1".parse().expect("an address")),
            SanType::Rfc822Name("root@a.example".to_owned().try_into().expect("ASCII")),
        ],
        "10.0.0.1, fd00::1, a name of another kind",
    );
}

#[test]
fn an_address_given_as_a_host_name_is_told_apart() {
    let authority = Authority::new();
    let server = service(naming(&authority, [dns("a.example"), dns("127.0.0.1")]).config());
    refused(
        &server,
        &trusting(&authority, &server.url()),
        "the certificate of 127.0.0.1 names it as a host name (DNS:), not as an address (IP:)",
    );
}

#[test]
fn certificates_for_other_purposes_are_refused() {
    let authority = Authority::new();
    let names = ["127.0.0.1"];
    let client_only = authority
        .identity_with(&names, |params| params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth]);
    let server = service(client_only.config());
    refused(
        &server,
        &trusting(&authority, &server.url()),
        "the certificate of 127.0.0.1 is not acceptable: it is not for servers (its extended key usage lacks server \
         authentication)",
    );
}

/// Signs the certificate of a server with a key of this kind, by openssl(1). The authority's certificate in PEM, and the
/// server's identity.
fn signed_by_openssl(key: &[&str], signature: &[&str]) -> (String, Identity) {
    static SCRATCH: AtomicUsize = AtomicUsize::new(0);
    let number = SCRATCH.fetch_add(1, Ordering::Relaxed);
    let scratch = std::env::temp_dir().join(format!("unstructured-jobs-{}-openssl-{number}", std::process::id()));
    std::fs::create_dir(&scratch).expect("a directory");
    let openssl = |arguments: &[&[&str]]| {
        let output = Command::new("openssl").args(arguments.concat()).current_dir(&scratch).output().expect("openssl");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    std::fs::write(scratch.join("names"), "subjectAltName=IP:127.0.0.1\n").expect("a file");
    openssl(&[&["req", "-x509", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=odd", "-newkey"], key]);
    let server = ["req", "-nodes", "-keyout", "key", "-out", "csr", "-subj", "/CN=server", "-newkey", "ec"];
    openssl(&[&server, &["-pkeyopt", "ec_paramgen_curve:P-256"]]);
    let sign = ["x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "cert"];
    openssl(&[&sign, &["-extfile", "names"], signature]);
    let read = |name: &str| std::fs::read_to_string(scratch.join(name)).expect("what openssl wrote");
    let identity = Identity {
        chain: vec![CertificateDer::from_pem_slice(read("cert").as_bytes()).expect("a certificate")],
        key: PrivateKeyDer::from_pem_slice(read("key").as_bytes()).expect("a key"),
    };
    let ca = read("ca.pem");
    std::fs::remove_dir_all(&scratch).expect("removed");
    (ca, identity)
}

#[test]
fn signatures_that_are_not_supported_are_named() {
    let p521 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"];
    let supported = "which is not supported (supported: RSA (2048 to 8192 bits) with SHA-256, SHA-384 or SHA-512, ECDSA \
                     on P-256 or P-384 with SHA-256 or SHA-384, and Ed25519)";
    for (key, signature, why) in [
        (&p521[..], &["-sha512"][..], format!("it, or one above it, is signed by ECDSA with SHA-512, {supported}")),
        (
            &p521,
            &["-sha256"],
            format!("it, or one above it, is signed by ECDSA with SHA-256 with a key of P-521, {supported}"),
        ),
        (&["rsa:2048"], &["-sha1"], format!("it, or one above it, is signed by RSA with SHA-1, {supported}")),
        (&["rsa:2048"], &["-md5"], format!("it, or one above it, is signed by RSA with MD5, {supported}")),
        (&["ed448"], &[], format!("it, or one above it, is signed by Ed448, {supported}")),
        (
            &["rsa:2048"],
            &["-sha3-256"],
            format!("it, or one above it, is signed by the algorithm 2.16.840.1.101.3.4.3.14, {supported}"),
        ),
        (
            &["rsa:1024"],
            &["-sha256"],
            "its signature is wrong, or by a key weaker than what is accepted (RSA below 2048 bits)".to_owned(),
        ),
    ] {
        let (ca, identity) = signed_by_openssl(key, signature);
        let server = service(identity.config());
        let client = builder(server.url()).ca_pem(ca).build().expect("a client");
        refused(&server, &client, &format!("the certificate of 127.0.0.1 is not acceptable: {why}"));
    }
}

/// A chain of certificates, each signed by the one before it, the last one a server's.
fn chain(spoil: impl Fn(usize, &mut CertificateParams), intermediates: usize) -> (String, Identity) {
    let root_key = KeyPair::generate().expect("a key");
    let authority = |level: usize| {
        let mut params = CertificateParams::new([]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, format!("level {level}"));
        spoil(level, &mut params);
        params
    };
    let root = authority(0);
    let pem = root.self_signed(&root_key).expect("a certificate").pem();
    let mut issuer = Issuer::new(root, root_key);
    let mut chain = Vec::new();
    for level in 1..=intermediates {
        let key = KeyPair::generate().expect("a key");
        let params = authority(level);
        chain.insert(0, params.signed_by(&key, &issuer).expect("a certificate").der().clone());
        issuer = Issuer::new(params, key);
    }
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    chain.insert(0, server.signed_by(&key, &issuer).expect("a certificate").der().clone());
    (pem, Identity { chain, key: key.into() })
}

#[test]
fn chains_that_authorities_do_not_allow_are_refused_in_words() {
    type Spoil = fn(usize, &mut CertificateParams);
    let no_ca: Spoil = |level, params| {
        if level == 1 {
            params.is_ca = IsCa::ExplicitNoCa;
        }
    };
    let critical: Spoil = |level, params| {
        if level == 1 {
            let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
            extension.set_criticality(true);
            params.custom_extensions.push(extension);
        }
    };
    let short: Spoil = |level, params| {
        if level == 1 {
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        }
    };
    let elsewhere: Spoil = |level, params| {
        if level == 1 {
            let permitted_subtrees =
                vec![rcgen::GeneralSubtree::IpAddress(rcgen::CidrSubnet::V4([10, 0, 0, 0], [255, 0, 0, 0]))];
            params.name_constraints =
                Some(rcgen::NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
        }
    };
    for (spoil, intermediates, why) in [
        (no_ca, 1, "it was signed by a certificate that is not an authority's"),
        (critical, 1, "it has a critical extension that is not supported"),
        (short, 2, "its chain is longer than its authority allows"),
        (elsewhere, 1, "its authority may not vouch for its names (name constraints)"),
        (|_, _| {}, 7, "its chain has more than 6 certificates between it and the authority"),
    ] {
        let (ca, identity) = chain(spoil, intermediates);
        let server = service(identity.config());
        let client = builder(server.url()).ca_pem(ca).build().expect("a client");
        refused(&server, &client, &format!("the certificate of 127.0.0.1 is not acceptable: {why}"));
    }
    // what docs/configuration.md names as the limit
    let (ca, identity) = chain(|_, _| {}, 6);
    let server = service(identity.config());
    builder(server.url()).ca_pem(ca).build().expect("a client").job_details(JOB).expect("a response");
}

#[test]
fn an_authority_is_trusted_by_name_and_key_whatever_its_dates() {
    // as docs/configuration.md says under its limits
    let (ca, identity) = chain(
        |level, params| {
            if level == 0 {
                params.not_after = date_time_ymd(2021, 2, 3);
            }
        },
        1,
    );
    let server = service(identity.config());
    builder(server.url()).ca_pem(ca).build().expect("a client").job_details(JOB).expect("a response");
}
