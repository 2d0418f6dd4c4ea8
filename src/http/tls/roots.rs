//! The certificate authorities trusted, and the PEM they come in.

use std::error::Error as StdError;
use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

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
