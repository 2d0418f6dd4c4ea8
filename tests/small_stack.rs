//! Calls from a thread with a small stack, such as other languages' runtimes and plugins give us.
//!
//! A program of its own, so that it is soon built the way the library ships: `cargo test --release --test small_stack`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[allow(dead_code, reason = "shared with tests that use more of it")]
mod support;

use std::ops::ControlFlow;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use unstructured_jobs::{ErrorKind, WaitOptions};

use crate::support::certificates::{Authority, Identity};
use crate::support::child::in_own_process;
use crate::support::server::{Server, keep_responding};
use crate::support::{JOB, builder, job, ok, response};

/// What is promised, and what an unoptimised build needs, whose frames are several times as large. (They get by with 48
/// and 144 KiB.)
const STACK: usize = if cfg!(debug_assertions) { 192 } else { 64 } * 1024;

/// Runs [`every_call`] on such a thread, against a server that presents `identity()` under the authority with it.
/// `name`: the test's, for it runs in a process of its own, which a stack overflow would end.
#[track_caller]
fn on_a_small_stack(
    name: &str,
    version: &'static SupportedProtocolVersion,
    identity: impl FnOnce() -> (Identity, String),
) {
    in_own_process(name, &[], || {
        let (identity, ca_pem) = identity();
        let server = server(identity, version);
        thread::scope(|scope| {
            let call = || every_call(&server, &ca_pem);
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, call).unwrap().join().unwrap();
        });
    });
}

/// Making a client, a whole handshake, another request on the kept connection, a wait, a response that is an error, and a
/// certificate that is refused.
fn every_call(server: &Server, ca_pem: &str) {
    // by name: the look-up takes part too
    let client = builder(server.url_at("localhost")).ca_pem(ca_pem).build().unwrap();
    for _ in 0..2 {
        assert_eq!(client.job_details(JOB).unwrap().id, JOB);
    }
    client.wait(JOB, &WaitOptions::default(), |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(client.failed_files(JOB).unwrap_err().kind(), ErrorKind::Unprocessable);
    assert_eq!(server.connections(), 1);

    let distrustful = builder(server.url_at("localhost")).build().unwrap();
    assert_eq!(distrustful.job_details(JOB).unwrap_err().kind(), ErrorKind::Tls);
}

/// Knows the job, but not its failed files.
fn server(identity: Identity, version: &'static SupportedProtocolVersion) -> Server {
    let script = keep_responding(|_, head| {
        if head.contains("failed-files") {
            response("422 Unprocessable", r#"{"detail":[{"loc":["path","job_id"],"msg":"no","type":"uuid"}]}"#)
        } else {
            // a field to ignore, nested deeper than any stack: it must not be read by recursion
            let nested = "[".repeat(200_000) + &"]".repeat(200_000);
            ok(job("SUCCESS").replacen('{', &format!("{{\"extra\":{nested},"), 1))
        }
    });
    Server::start_tls(identity.config_with(&[version], |_| {}), script)
}

/// A server's certificate below an intermediate one below the authority's, each with a 4096-bit RSA key: the heaviest
/// chain in common use. They share one key, since making them would take longer than all the tests.
fn rsa_chain() -> (Identity, String) {
    let key = || KeyPair::from_pem(include_str!("data/rsa-4096.pem")).unwrap();
    let params = |name: &str, is_ca| {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = is_ca;
        params
    };
    let ca = || IsCa::Ca(BasicConstraints::Unconstrained);
    let root = params("Root", ca());
    let root_pem = root.self_signed(&key()).unwrap().pem();
    let root = Issuer::new(root, key());
    let intermediate = params("Intermediate", ca());
    let intermediate_certificate = intermediate.signed_by(&key(), &root).unwrap();
    let intermediate = Issuer::new(intermediate, key());
    let leaf = params("Server", IsCa::NoCa).signed_by(&key(), &intermediate).unwrap();
    let chain = vec![leaf.der().clone(), intermediate_certificate.der().clone()];
    (Identity { chain, key: key().into() }, root_pem)
}

fn ecdsa() -> (Identity, String) {
    let authority = Authority::new();
    (authority.identity(), authority.pem().to_owned())
}

#[test]
fn ecdsa_over_tls_1_3() {
    on_a_small_stack("ecdsa_over_tls_1_3", &TLS13, ecdsa);
}

#[test]
fn ecdsa_over_tls_1_2() {
    on_a_small_stack("ecdsa_over_tls_1_2", &TLS12, ecdsa);
}

#[test]
fn a_chain_of_rsa_4096_over_tls_1_3() {
    on_a_small_stack("a_chain_of_rsa_4096_over_tls_1_3", &TLS13, rsa_chain);
}

#[test]
fn a_chain_of_rsa_4096_over_tls_1_2() {
    on_a_small_stack("a_chain_of_rsa_4096_over_tls_1_2", &TLS12, rsa_chain);
}
