//! Whom to trust, and how to be trusted: what policies say about TLS, as the library wants it.

use crate::error::SendError;
use host::{Pem, TlsOptions};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::fs::File;
use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::{env, fmt};

/// The longest file or variable with certificates or a key.
const PEM_BYTES_MAX: u64 = 4 << 20;

/// Authorities and identities as they are needed, those of the system read once.
#[derive(Default)]
pub(crate) struct Trust {
    system: OnceLock<Arc<RootCertStore>>,
    /// For requests that say nothing about TLS, so that they resume sessions.
    usual: OnceLock<Arc<ClientConfig>>,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}

impl Trust {
    /// What a connection goes by. The identity is shown to nobody but the server that the policy named.
    pub(crate) fn configuration(&self, tls: &TlsOptions, shows_identity: bool) -> Result<Arc<ClientConfig>, SendError> {
        let usual = TlsOptions { server_name: tls.server_name.clone(), ..TlsOptions::default() };
        if *tls != usual {
            return self.build(tls, shows_identity).map(Arc::new);
        }
        if let Some(known) = self.usual.get() {
            return Ok(Arc::clone(known));
        }
        let built = Arc::new(self.build(tls, false)?);
        Ok(Arc::clone(self.usual.get_or_init(|| built)))
    }

    fn build(&self, tls: &TlsOptions, shows_identity: bool) -> Result<ClientConfig, SendError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| SendError::Tls(error.to_string()))?;
        let builder = if tls.skip_verification {
            let algorithms = provider.signature_verification_algorithms;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(algorithms)))
        } else {
            let roots = self.roots(tls)?;
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
            builder.with_webpki_verifier(verifier.map_err(|_| {
                SendError::Tls("no certificate authority is trusted: name one with `tls_ca_cert`".to_owned())
            })?)
        };
        let identities = if shows_identity { tls.identities.as_slice() } else { &[] };
        let mut configuration = match identities {
            [] => builder.with_no_client_auth(),
            identities => {
                let keys: Result<Vec<_>, _> = identities.iter().map(|pair| certified(pair, &provider)).collect();
                builder.with_client_cert_resolver(Arc::new(Identities(keys?)))
            }
        };
        configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(configuration)
    }

    /// Those that the policy names; the system's too where it says so, or names none.
    fn roots(&self, tls: &TlsOptions) -> Result<Arc<RootCertStore>, SendError> {
        let with_system = tls.trust_system.unwrap_or(tls.authorities.is_empty());
        if tls.authorities.is_empty() && with_system {
            return Ok(self.system());
        }
        let mut roots = if with_system { self.system().as_ref().clone() } else { RootCertStore::empty() };
        for authority in &tls.authorities {
            let pem = read(authority)?;
            let wrong = || SendError::Tls(format!("{} holds no certificate authority", described(authority)));
            let mut found = false;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
                found = true;
            }
            if !found {
                return Err(wrong());
            }
        }
        Ok(Arc::new(roots))
    }

    fn system(&self) -> Arc<RootCertStore> {
        let read = || {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Arc::new(roots)
        };
        Arc::clone(self.system.get_or_init(read))
    }
}

fn certified((certificate, key): &(Pem, Pem), provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, SendError> {
    let text = read(certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| SendError::Tls(format!("{} holds no certificate", described(certificate))))?;
    let wrong = || SendError::Tls(format!("{} holds no private key that can be used", described(key)));
    let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| wrong())?;
    let certified = CertifiedKey::from_der(chain, private, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            SendError::Tls(format!("{} is not the key of {}", described(key), described(certificate)))
        }
        _ => wrong(),
    })?;
    Ok(Arc::new(certified))
}

/// Bytes of a certificate or key. What is no such thing is shown to nobody.
fn read(pem: &Pem) -> Result<Vec<u8>, SendError> {
    match pem {
        Pem::Text(text) => Ok(text.clone().into_bytes()),
        Pem::EnvironmentVariable(name) => match env::var(name) {
            Ok(text) => Ok(text.into_bytes()),
            Err(_) => Err(SendError::Tls(format!("{} is not set", described(pem)))),
        },
        Pem::File(path) => {
            let mut bytes = Vec::new();
            let length = File::open(path).and_then(|file| file.take(PEM_BYTES_MAX + 1).read_to_end(&mut bytes));
            match length {
                Ok(length) if length as u64 <= PEM_BYTES_MAX => Ok(bytes),
                Ok(_) => Err(SendError::Tls(format!("{} is longer than {PEM_BYTES_MAX} bytes", described(pem)))),
                Err(error) => Err(SendError::Tls(format!("{} cannot be read: {}", described(pem), error.kind()))),
            }
        }
    }
}

fn described(pem: &Pem) -> String {
    match pem {
        Pem::Text(_) => "the text of the request".to_owned(),
        Pem::File(path) => format!("the file `{path}`"),
        Pem::EnvironmentVariable(name) => format!("the environment variable `{name}`"),
    }
}

/// Shows the first identity that the server can check.
#[derive(Debug)]
struct Identities(Vec<Arc<CertifiedKey>>);

impl ResolvesClientCert for Identities {
    fn resolve(&self, _hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.iter().find(|identity| identity.key.choose_scheme(schemes).is_some()).cloned()
    }

    fn has_certs(&self) -> bool {
        !self.0.is_empty()
    }
}

/// Takes any certificate, and checks only that the server has its key.
#[derive(Debug)]
struct Unverified(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
