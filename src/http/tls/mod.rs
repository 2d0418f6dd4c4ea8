//! TLS: which certificates are trusted, the session, and what its failures mean.

mod alerts;
mod algorithms;
mod certificate;
mod explain;
mod idle;
mod names;
mod pem;
mod roots;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;

pub(super) use self::explain::in_session;
pub(super) use self::session::{HandshakeError, Session};
use crate::config::settings::Trust;
use crate::error::{Error, ErrorKind};

/// A client talks to one origin, through one proxy at most: two sessions to resume, and room for a rotation.
const SESSIONS_KEPT: usize = 4;

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
pub(super) fn client_config(trust: &Trust) -> Result<Arc<ClientConfig>, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Internal, "TLS could not be set up").with_source(error))?;
    let mut config = builder.with_root_certificates(roots::store(trust)?).with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(SESSIONS_KEPT);
    Ok(Arc::new(config))
}
