//! TLS configurations from PEM texts.

use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::secret::{Identity, TlsMaterial};

/// Whether the host's roots are trusted besides an authority of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SystemRoots {
    /// Both are trusted.
    #[default]
    Keep,
    /// Only the own authority is trusted, if there is one.
    Replace,
}

/// Why PEM texts cannot be used. No message holds any of them.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificate of an authority can be read.
    #[error("failed to parse CA certificate")]
    Authority,
    /// The own certificate or its key cannot be read.
    #[error("failed to parse TLS certificate and key")]
    Identity(#[source] rustls_pki_types::pem::Error),
    /// Certificate and key do not belong together, or are of a kind that is not known.
    #[error("failed to parse TLS certificate and key")]
    Pair(#[source] rustls::Error),
    /// The TLS library refuses its own defaults.
    #[error("cannot set up TLS")]
    Setup(#[source] rustls::Error),
}

/// The roots of the host, read once: from `SSL_CERT_FILE` and `SSL_CERT_DIR`, or the distribution's bundle.
fn system_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::debug!(%error, "cannot read a root certificate of the host");
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        roots
    })
}

/// The configuration for clients that trust and present what `material` says.
pub(crate) fn client_config(
    material: Option<&TlsMaterial>,
    system: SystemRoots,
) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    let authority = material.and_then(|material| material.authority.as_deref());
    if let Some(pem) = authority {
        // What is no certificate is skipped, as long as one is left.
        let certificates = CertificateDer::pem_slice_iter(pem).flatten();
        if roots.add_parsable_certificates(certificates).0 == 0 {
            return Err(TlsError::Authority);
        }
    }
    if authority.is_none() || system == SystemRoots::Keep {
        roots.roots.extend(system_roots().roots.iter().cloned());
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?
        .with_root_certificates(roots);
    let mut config = match material.and_then(|material| material.identity.as_ref()) {
        None => builder.with_no_client_auth(),
        Some(Identity { certificate, key }) => {
            let chain = CertificateDer::pem_slice_iter(certificate)
                .collect::<Result<Vec<_>, _>>()
                .map_err(TlsError::Identity)?;
            let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Identity)?;
            builder.with_client_auth_cert(chain, key).map_err(TlsError::Pair)?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
