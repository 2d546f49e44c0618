//! A certificate authority of one's own, for where nobody runs one.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;

/// Certificates hold from this long ago, for clocks that are behind.
const BACKDATED: Duration = Duration::from_secs(60 * 60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a certificate cannot be made.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// The order asks for something that no certificate can say, or the authority is broken.
    #[error("{0}")]
    Order(#[from] rcgen::Error),
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateUse {
    /// A server shows it.
    Server,
    /// A client shows it.
    Client,
}

/// A certificate that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateOrder {
    /// What it is for.
    pub purpose: CertificateUse,
    /// The common name; for a client, who it is.
    pub common_name: String,
    /// The organizations; for a client, its groups.
    pub organizations: Vec<String>,
    /// DNS names and IP addresses.
    pub names: Vec<String>,
    /// URIs, such as a SPIFFE id.
    pub uris: Vec<String>,
    /// How long it is good for, in days.
    pub days: u32,
}

/// A certificate and its private key, both in PEM.
#[derive(Clone)]
pub struct IssuedCertificate {
    /// The certificate.
    pub certificate: String,
    /// The key, as PKCS #8.
    pub key: String,
}

/// An authority that signs certificates.
pub struct SigningAuthority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl SigningAuthority {
    /// A new authority under that name, good for so many days.
    ///
    /// # Errors
    /// When the name cannot stand in a certificate.
    pub fn generate(name: &str, days: u32) -> Result<Self, CertificateError> {
        let key = KeyPair::generate()?;
        let mut parameters = parameters(name, &[], days);
        // It signs certificates of servers and clients and no further authorities.
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        let certificate = parameters.self_signed(&key)?.pem();
        Ok(Self { certificate, issuer: Issuer::new(parameters, key) })
    }

    /// An authority that was made before.
    ///
    /// # Errors
    /// When `certificate` and `key` are not PEM of a certificate and its key.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, CertificateError> {
        let issuer = Issuer::from_ca_cert_pem(certificate, KeyPair::from_pem(key)?)?;
        Ok(Self { certificate: certificate.to_owned(), issuer })
    }

    /// Its certificate, in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Its private key, in PEM. Whoever has it can be anybody.
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Signs a certificate with a new key.
    ///
    /// # Errors
    /// When a name of the order cannot stand in a certificate.
    pub fn issue(&self, order: &CertificateOrder) -> Result<IssuedCertificate, CertificateError> {
        let key = KeyPair::generate()?;
        let mut parameters = parameters(&order.common_name, &order.organizations, order.days);
        parameters.subject_alt_names = CertificateParams::new(order.names.clone())?.subject_alt_names;
        for uri in &order.uris {
            parameters.subject_alt_names.push(SanType::URI(uri.as_str().try_into()?));
        }
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![match order.purpose {
            CertificateUse::Server => ExtendedKeyUsagePurpose::ServerAuth,
            CertificateUse::Client => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        parameters.use_authority_key_identifier_extension = true;
        let certificate = parameters.signed_by(&key, &self.issuer)?.pem();
        Ok(IssuedCertificate { certificate, key: key.serialize_pem() })
    }
}

fn parameters(common_name: &str, organizations: &[String], days: u32) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Certificates count in whole seconds.
    let now = date_time_ymd(1970, 1, 1) + Duration::from_secs(now.as_secs());
    parameters.not_before = now - BACKDATED;
    // The last second counts (RFC 5280, section 4.1.2.5).
    parameters.not_after = now + DAY * days - Duration::from_secs(1);
    let mut name = DistinguishedName::new();
    for organization in organizations {
        name.push(DnType::OrganizationName, organization.as_str());
    }
    name.push(DnType::CommonName, common_name);
    parameters.distinguished_name = name;
    parameters
}

/// Under which names a Kubernetes service is reached: short, with its namespace, and in full; and this machine, to try it out.
pub fn service_names(service: &str, namespace: &str, domain: &str) -> Vec<String> {
    vec![
        service.to_owned(),
        format!("{service}.{namespace}"),
        format!("{service}.{namespace}.svc"),
        format!("{service}.{namespace}.svc.{domain}"),
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ]
}
