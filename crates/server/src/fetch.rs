//! Fetching one small document from a server that is named in the configuration.

use bytes::Bytes;
use http::header::{ACCEPT, HOST, USER_AGENT};
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// From the first packet to the last byte.
const TIME_MAX: Duration = Duration::from_secs(5);

/// The longest document.
const BYTES_MAX: usize = 1 << 20;

/// Why there is no document.
#[derive(Debug, Error)]
pub(crate) enum FetchError {
    #[error("`{0}` is no URL that can be fetched: use `https://`, or `http://` for this machine")]
    Url(String),
    #[error("`{0}` did not answer within {t} seconds", t = TIME_MAX.as_secs())]
    Timeout(String),
    #[error("`{url}` cannot be reached: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("`{url}` answered with status {status}")]
    Status { url: String, status: u16 },
    #[error("`{url}` gave no document of at most {BYTES_MAX} bytes")]
    Document { url: String },
    #[error("`{0}` holds no certificate authority")]
    Authority(String),
}

/// Fetches documents by HTTPS, or by HTTP from this machine. Follows no redirects.
#[derive(Clone)]
pub(crate) struct Fetcher {
    tls: Arc<ClientConfig>,
}

impl Fetcher {
    /// Trusts the authorities in the file, or those of the system.
    pub(crate) fn new(authority: Option<&Path>) -> Result<Self, FetchError> {
        let mut roots = RootCertStore::empty();
        match authority {
            None => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
            }
            Some(path) => {
                let wrong = || FetchError::Authority(path.display().to_string());
                let certificates = CertificateDer::pem_file_iter(path).map_err(|_| wrong())?;
                for certificate in certificates {
                    roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
                }
                if roots.is_empty() {
                    return Err(wrong());
                }
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| FetchError::Authority(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: Arc::new(tls) })
    }

    /// The document at `url`.
    pub(crate) async fn get(&self, url: &str) -> Result<Bytes, FetchError> {
        let parsed = check_url(url)?;
        match tokio::time::timeout(TIME_MAX, self.get_from(url, &parsed)).await {
            Ok(answer) => answer,
            Err(_) => Err(FetchError::Timeout(url.to_owned())),
        }
    }

    async fn get_from(&self, url: &str, parsed: &Uri) -> Result<Bytes, FetchError> {
        let unreachable = |reason: &dyn std::fmt::Display| FetchError::Unreachable {
            url: url.to_owned(),
            reason: reason.to_string(),
        };
        let host = parsed.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let https = parsed.scheme_str() == Some("https");
        let port = parsed.port_u16().unwrap_or(if https { 443 } else { 80 });
        let stream = TcpStream::connect((bare, port)).await.map_err(|error| unreachable(&error))?;
        if https {
            let name = ServerName::try_from(bare.to_owned()).map_err(|error| unreachable(&error))?;
            let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await;
            ask(stream.map_err(|error| unreachable(&error))?, url, parsed).await
        } else {
            ask(stream, url, parsed).await
        }
    }
}

/// A URL that may be fetched: what decides who is believed is not read in the clear from another machine.
pub(crate) fn check_url(url: &str) -> Result<Uri, FetchError> {
    let wrong = || FetchError::Url(url.to_owned());
    let parsed: Uri = url.parse().map_err(|_| wrong())?;
    let host = parsed.host().ok_or_else(wrong)?;
    match parsed.scheme_str() {
        Some("https") => Ok(parsed),
        Some("http") if matches!(host, "127.0.0.1" | "localhost" | "[::1]") => Ok(parsed),
        _ => Err(wrong()),
    }
}

async fn ask<S>(stream: S, url: &str, parsed: &Uri) -> Result<Bytes, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let unreachable =
        |reason: &dyn std::fmt::Display| FetchError::Unreachable { url: url.to_owned(), reason: reason.to_string() };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(&error))?;
    let request = Request::get(parsed.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, parsed.authority().map_or("", |authority| authority.as_str()))
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, "provost")
        .body(Empty::<Bytes>::new())
        .map_err(|error| unreachable(&error))?;
    // An answer may be complete when the connection has ended, so the two end by themselves.
    let driver = tokio::spawn(connection);
    let answer = async {
        let response = sender.send_request(request).await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(FetchError::Status { url: url.to_owned(), status: status.as_u16() });
        }
        let body = Limited::new(response.into_body(), BYTES_MAX).collect().await;
        body.map(http_body_util::Collected::to_bytes).map_err(|_| FetchError::Document { url: url.to_owned() })
    }
    .await;
    driver.abort();
    answer
}
