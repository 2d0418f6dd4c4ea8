//! Certificates made while the test runs, and TLS servers that present them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

static AUTHORITIES: AtomicUsize = AtomicUsize::new(0);

/// A certificate authority of our own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What a server presents.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // a name of its own: authorities of one name would be taken for one another, up to the signature
        let number = AUTHORITIES.fetch_add(1, Ordering::Relaxed);
        params.distinguished_name.push(DnType::CommonName, format!("The Tests' Own Authority {number}"));
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Its certificate, for the client to trust.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A good certificate for this machine.
    pub(crate) fn identity(&self) -> Identity {
        self.identity_with(&["localhost", "127.0.0.1"], |_| {})
    }

    /// A certificate for `names`, spoilt as the test wants it.
    pub(crate) fn identity_with(&self, names: &[&str], spoil: impl FnOnce(&mut CertificateParams)) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params = params(names);
        spoil(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity { chain: vec![certificate.der().clone()], key: key.into() }
    }
}

/// A certificate for this machine that only itself vouches for; `is_ca` as `openssl req -x509` makes it.
pub(crate) fn self_signed(is_ca: bool) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let mut params = params(&["localhost", "127.0.0.1"]);
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let certificate = params.self_signed(&key).expect("a certificate");
    Identity { chain: vec![certificate.der().clone()], key: key.into() }
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2090, 1, 1);
    params
}

impl Identity {
    /// TLS 1.2 and 1.3, two session tickets after the handshake.
    pub(crate) fn config(self) -> Arc<ServerConfig> {
        self.config_with(rustls::ALL_VERSIONS, |_| {})
    }

    pub(crate) fn config_with(
        self,
        versions: &[&'static rustls::SupportedProtocolVersion],
        change: impl FnOnce(&mut ServerConfig),
    ) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key)
            .expect("a chain and its key");
        change(&mut config);
        Arc::new(config)
    }
}
