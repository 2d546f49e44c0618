//! How an API server is reached, and as whom.

use crate::error::{AccessError, ClientError};
use crate::kubeconfig;
use http::HeaderValue;
use http::Uri;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The longest certificate, key or token.
const CREDENTIAL_BYTES_MAX: u64 = 1 << 20;

/// How an API server is reached, and as whom. Files are read again for each connection: tokens of pods live for an hour, and
/// certificates are replaced.
#[derive(Clone, Debug)]
pub struct Access {
    pub(crate) server: Uri,
    /// What its certificate is made out to, where that is not the host of the URL.
    pub(crate) server_name: Option<String>,
    /// None for the authorities of the system.
    pub(crate) authority: Option<Text>,
    pub(crate) credential: Credential,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// Nobody.
    None,
    /// Who has a token.
    Token(Text),
    /// Who has a certificate and its key.
    Certificate { chain: Text, key: Text },
}

/// A text that stands in a file or was given.
#[derive(Clone)]
pub(crate) enum Text {
    File(PathBuf),
    Given(String),
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            // It may be a key.
            Self::Given(_) => f.write_str("..."),
        }
    }
}

impl Text {
    pub(crate) fn read(&self) -> Result<String, AccessError> {
        match self {
            Self::Given(text) => Ok(text.clone()),
            Self::File(path) => read(path, CREDENTIAL_BYTES_MAX),
        }
    }
}

/// A file of at most so many bytes.
pub(crate) fn read(path: &Path, bytes_max: u64) -> Result<String, AccessError> {
    let wrong = |reason: String| AccessError::File { path: path.display().to_string(), reason };
    let length = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if length > bytes_max {
        return Err(wrong(format!("it has more than {bytes_max} bytes")));
    }
    fs::read_to_string(path).map_err(|error| wrong(error.to_string()))
}

impl Access {
    /// What the file at `path` says, in the context that is named or its current one.
    ///
    /// # Errors
    /// When it cannot be read, or asks for what is not done here.
    pub fn from_kubeconfig(path: &Path, context: Option<&str>) -> Result<Self, AccessError> {
        kubeconfig::read(path, context)
    }

    /// As the pod's service account, or as the file says that the environment names: `KUBECONFIG`, `~/.kube/config`.
    ///
    /// # Errors
    /// When there is neither, or it is wrong.
    pub fn from_surroundings(context: Option<&str>) -> Result<Self, AccessError> {
        let variable = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
        if let Some((host, port)) = variable("KUBERNETES_SERVICE_HOST").zip(variable("KUBERNETES_SERVICE_PORT")) {
            return Self::from_service_account(&host, &port, Path::new(SERVICE_ACCOUNT));
        }
        let named = env::var_os("KUBECONFIG").and_then(|paths| env::split_paths(&paths).next());
        let at_home = || env::home_dir().map(|home| home.join(".kube/config")).filter(|path| path.is_file());
        match named.or_else(at_home) {
            Some(path) => Self::from_kubeconfig(&path, context),
            None => Err(AccessError::Nowhere),
        }
    }

    /// As the service account whose token and authority stand in `folder`.
    fn from_service_account(host: &str, port: &str, folder: &Path) -> Result<Self, AccessError> {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let url = format!("https://{host}:{port}");
        let wrong = |reason: String| AccessError::File { path: url.clone(), reason };
        let access = Self {
            server: url.parse().map_err(|_| wrong("it is no URL".to_owned()))?,
            server_name: None,
            authority: Some(Text::File(folder.join("ca.crt"))),
            credential: Credential::Token(Text::File(folder.join("token"))),
        };
        access.check()?;
        Ok(access)
    }

    /// Reads everything once.
    pub(crate) fn check(&self) -> Result<(), AccessError> {
        self.tls()?;
        self.server_name()?;
        self.authorization().map(drop)
    }

    /// What is shown and trusted, read anew.
    pub(crate) fn tls(&self) -> Result<Arc<ClientConfig>, AccessError> {
        let wrong = |what: &str, reason: String| AccessError::File { path: what.to_owned(), reason };
        let mut roots = RootCertStore::empty();
        match &self.authority {
            None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
            Some(text) => {
                for certificate in certificates(text)? {
                    roots.add(certificate).map_err(|error| wrong(&format!("{text:?}"), error.to_string()))?;
                }
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong("the versions of TLS", error.to_string()))?
            .with_root_certificates(roots);
        let config = match &self.credential {
            Credential::None | Credential::Token(_) => builder.with_no_client_auth(),
            Credential::Certificate { chain, key } => {
                let place = format!("{key:?}");
                let private = PrivateKeyDer::from_pem_slice(key.read()?.as_bytes())
                    .map_err(|_| wrong(&place, "it holds no private key".to_owned()))?;
                builder
                    .with_client_auth_cert(certificates(chain)?, private)
                    .map_err(|error| wrong(&place, error.to_string()))?
            }
        };
        Ok(Arc::new(config))
    }

    /// What the API server's certificate is made out to.
    pub(crate) fn server_name(&self) -> Result<ServerName<'static>, AccessError> {
        let host = self.server.host().unwrap_or_default();
        let name = self.server_name.as_deref().unwrap_or(host.trim_start_matches('[').trim_end_matches(']'));
        ServerName::try_from(name.to_owned())
            .map_err(|error| AccessError::File { path: self.server.to_string(), reason: error.to_string() })
    }

    /// The header that says who asks.
    pub(crate) fn authorization(&self) -> Result<Option<HeaderValue>, AccessError> {
        let Credential::Token(text) = &self.credential else { return Ok(None) };
        let token = text.read()?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
            .map_err(|_| AccessError::File { path: format!("{text:?}"), reason: "it is no token".to_owned() })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// Host and port to connect to.
    pub(crate) fn address(&self) -> Result<(String, u16), ClientError> {
        let host = self.server.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        Ok((bare.to_owned(), self.server.port_u16().unwrap_or(443)))
    }
}

fn certificates(text: &Text) -> Result<Vec<CertificateDer<'static>>, AccessError> {
    let wrong = || AccessError::File { path: format!("{text:?}"), reason: "it holds no certificate".to_owned() };
    let found =
        CertificateDer::pem_slice_iter(text.read()?.as_bytes()).collect::<Result<Vec<_>, _>>().map_err(|_| wrong())?;
    if found.is_empty() { Err(wrong()) } else { Ok(found) }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
