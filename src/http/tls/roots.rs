//! The certificate authorities trusted.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::certificate;
use super::pem;
use crate::config::settings::{Bundle, Trust};
use crate::error::Error;

/// Mozilla's, as compiled in, and those in PEM. A certificate that cannot be used is an error, and so is a bundle without
/// any.
pub(super) fn store(trust: &Trust) -> Result<RootCertStore, Error> {
    let roots = if trust.mozilla { webpki_roots::TLS_SERVER_ROOTS.to_vec() } else { Vec::new() };
    let mut store = RootCertStore { roots };
    for bundle in &trust.more {
        add(&mut store, bundle).map_err(|error| error.of_setting(bundle.setting))?;
    }
    Ok(store)
}

fn add(store: &mut RootCertStore, Bundle { pem, name, .. }: &Bundle) -> Result<(), Error> {
    let refuse = |why: &str| Error::invalid_argument(format_args!("{name}: {why}"));
    let certificates = pem::certificates(pem).map_err(|why| refuse(&why))?;
    if certificates.is_empty() {
        return Err(Error::invalid_argument(format_args!("{name} holds no PEM certificate")));
    }
    for pem::Certificate { line, der } in certificates {
        store.add(CertificateDer::from(der)).map_err(|error| {
            let why = certificate::unusable(&error);
            refuse(&format!("the certificate that begins in line {line} cannot be used: {why}"))
        })?;
    }
    Ok(())
}
