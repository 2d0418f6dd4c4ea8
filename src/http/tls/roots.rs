//! The certificate authorities trusted.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::certificate;
use super::pem;
use crate::error::Error;

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

    pub(super) fn into_store(self) -> RootCertStore {
        self.0
    }

    /// Adds every certificate in `pem`. One that cannot be used is an error, and so is none at all.
    pub(crate) fn add_pem(&mut self, pem: &[u8], origin: &str) -> Result<(), Error> {
        let refuse = |why: &str| Error::invalid_argument(format_args!("{origin}: {why}"));
        let certificates = pem::certificates(pem).map_err(|why| refuse(&why))?;
        if certificates.is_empty() {
            return Err(Error::invalid_argument(format_args!("{origin} holds no PEM certificate")));
        }
        for pem::Certificate { line, der } in certificates {
            self.0.add(CertificateDer::from(der)).map_err(|error| {
                let why = certificate::unusable(&error);
                refuse(&format!("the certificate that begins in line {line} cannot be used: {why}"))
            })?;
        }
        Ok(())
    }
}
