//! TLS: the server's certificate, the authorities of its clients, and reading both again when they change.

mod generate;

pub use generate::{
    CertificateError, CertificateOrder, CertificateUse, IssuedCertificate, SigningAuthority, service_names,
};

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use point::Condition;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs as provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Health warns when less than this part of a certificate's life is left.
const LIFE_LEFT_MIN: f64 = 0.1;

/// Whether clients must show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    /// They may; who shows none has no name.
    #[default]
    Optional,
    /// They must.
    Required,
}

/// Where certificates and keys are, as PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsOptions {
    /// The server's certificate, followed by those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authorities that sign certificates of clients; without any, clients are not asked for one.
    pub client_authorities: Option<PathBuf>,
    /// Whether clients must show one.
    pub client_certificates: ClientCertificates,
}

/// Why certificates cannot be used.
#[derive(Debug, Error)]
#[error("`{path}`: {reason}", path = path.display())]
pub struct TlsError {
    /// The file.
    path: PathBuf,
    reason: String,
}

impl TlsError {
    fn new(path: &Path, reason: impl ToString) -> Self {
        Self { path: path.to_path_buf(), reason: reason.to_string() }
    }
}

/// What was read from the files at one time.
#[derive(Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// The configuration that new connections get.
#[derive(Debug)]
pub(crate) struct Tls {
    options: TlsOptions,
    loaded: ArcSwap<Loaded>,
}

impl Tls {
    pub(crate) fn new(options: TlsOptions) -> Result<Self, TlsError> {
        let loaded = ArcSwap::from_pointee(load(&options)?);
        Ok(Self { options, loaded })
    }

    /// For a new connection.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.loaded.load().config)
    }

    /// Files to watch.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let options = &self.options;
        [Some(&options.certificate), Some(&options.key), options.client_authorities.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Reads the files again. When they are wrong, what was read before goes on.
    pub(crate) fn reload(&self) -> Result<String, TlsError> {
        self.loaded.store(Arc::new(load(&self.options)?));
        Ok(self.summary())
    }

    /// What there is, for people.
    pub(crate) fn summary(&self) -> String {
        format!("the certificate is valid until {:.0}", self.loaded.load().not_after)
    }

    /// Whether the certificate is still good for a while.
    pub(crate) fn condition(&self) -> Condition {
        let loaded = self.loaded.load();
        let now = Timestamp::now();
        let life = loaded.not_after.duration_since(loaded.not_before);
        let left = loaded.not_after.duration_since(now);
        let ends = loaded.not_after;
        if now < loaded.not_before {
            return Condition::degraded(
                "certificate_expiry",
                format!("it is not valid before {:.0}", loaded.not_before),
            );
        }
        if left <= SignedDuration::ZERO {
            return Condition::degraded("certificate_expiry", format!("it has expired at {ends:.0}"));
        }
        if left.as_secs_f64() < life.as_secs_f64() * LIFE_LEFT_MIN {
            return Condition::degraded("certificate_expiry", format!("it expires soon, at {ends:.0}"));
        }
        Condition::healthy("certificate_expiry", format!("it is valid until {ends:.0}"))
    }
}

fn load(options: &TlsOptions) -> Result<Loaded, TlsError> {
    let chain = certificates(&options.certificate)?;
    let wrong_certificate = |reason: &dyn std::fmt::Display| TlsError::new(&options.certificate, reason);
    let (not_before, not_after) = validity(&chain).ok_or_else(|| wrong_certificate(&"it is no X.509 certificate"))?;
    let key = PrivateKeyDer::from_pem_file(&options.key).map_err(|error| TlsError::new(&options.key, error))?;
    let crypto = Arc::new(provider::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&crypto))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong_certificate(&error))?;
    let builder = match &options.client_authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| TlsError::new(path, error))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), crypto);
            let verifier = match options.client_certificates {
                ClientCertificates::Optional => verifier.allow_unauthenticated(),
                ClientCertificates::Required => verifier,
            };
            builder.with_client_cert_verifier(verifier.build().map_err(|error| TlsError::new(path, error))?)
        }
    };
    // A key that is not the certificate's is an error here, so that half of a rotation is refused and tried again.
    let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            let certificate = options.certificate.display();
            TlsError::new(&options.key, format!("the key does not belong to the certificate `{certificate}`"))
        }
        error => TlsError::new(&options.key, error),
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Tickets and sessions begin anew with each configuration: a client that resumes one has not been verified by the new authorities.
    config.ticketer = provider::Ticketer::new().map_err(|error| wrong_certificate(&error))?;
    Ok(Loaded { config: Arc::new(config), not_before, not_after })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |error: rustls::pki_types::pem::Error| TlsError::new(path, error);
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).map_err(wrong)?.collect::<Result<_, _>>().map_err(wrong)?;
    if certificates.is_empty() {
        return Err(TlsError::new(path, "there is no certificate in it"));
    }
    Ok(certificates)
}

fn validity(chain: &[CertificateDer<'_>]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate) = X509Certificate::from_der(chain.first()?).ok()?;
    let validity = certificate.validity();
    let at = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
    Some((at(validity.not_before)?, at(validity.not_after)?))
}
