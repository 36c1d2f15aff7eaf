//! The certificate authority of one control plane and the keys that are made with it.

use std::{fs, path::Path};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::Error;

/// The names that the API server's certificate is for.
const SERVER_NAMES: [&str; 6] = [
    "127.0.0.1",
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
];

/// The files in a control plane's directory.
pub(crate) mod file {
    pub(crate) const AUTHORITY: &str = "ca.crt";
    pub(crate) const SERVER_CERTIFICATE: &str = "apiserver.crt";
    pub(crate) const SERVER_KEY: &str = "apiserver.key";
    /// Signs service account tokens.
    pub(crate) const TOKEN_KEY: &str = "service-account.key";
    /// Proves them.
    pub(crate) const TOKEN_PUBLIC_KEY: &str = "service-account.pub";
}

/// Writes a new authority, the API server's certificate, and the key for service account tokens. Returns the
/// authority's certificate as PEM.
pub(crate) fn write(directory: &Path) -> Result<String, Error> {
    let authority_key = KeyPair::generate().map_err(Error::Certificate)?;
    let mut params = CertificateParams::new(Vec::new()).map_err(Error::Certificate)?;
    params.distinguished_name.push(DnType::CommonName, "ferroflux test control plane");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let authority = params.self_signed(&authority_key).map_err(Error::Certificate)?.pem();
    let issuer = Issuer::new(params, authority_key);

    let server_key = KeyPair::generate().map_err(Error::Certificate)?;
    let names: Vec<String> = SERVER_NAMES.map(str::to_owned).into();
    let mut params = CertificateParams::new(names).map_err(Error::Certificate)?;
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server = params.signed_by(&server_key, &issuer).map_err(Error::Certificate)?;

    let token_key = KeyPair::generate().map_err(Error::Certificate)?;
    for (name, content) in [
        (file::AUTHORITY, authority.clone()),
        (file::SERVER_CERTIFICATE, server.pem()),
        (file::SERVER_KEY, server_key.serialize_pem()),
        (file::TOKEN_KEY, token_key.serialize_pem()),
        (file::TOKEN_PUBLIC_KEY, token_key.public_key_pem()),
    ] {
        let path = directory.join(name);
        fs::write(&path, content).map_err(|source| Error::Io { path, source })?;
    }
    Ok(authority)
}
