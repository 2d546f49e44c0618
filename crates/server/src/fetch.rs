//! Fetching documents from servers that are named in the configuration.

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Why nothing was fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// Nothing is fetched in the clear from another machine.
    #[error("`{0}` is no URL that can be fetched: use `https://`, or `http://` for this machine")]
    Url(String),
    /// It took too long.
    #[error("`{url}` did not answer within {seconds} seconds", seconds = time_max.as_secs())]
    Timeout {
        /// What was asked for.
        url: String,
        /// How long it may take.
        time_max: Duration,
    },
    /// There was no connection, or it broke.
    #[error("`{url}` cannot be reached: {reason}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why.
        reason: String,
    },
    /// It is too long, or broke off.
    #[error("`{url}` gave no document of at most {bytes_max} bytes")]
    Document {
        /// What was asked for.
        url: String,
        /// How long it may be.
        bytes_max: usize,
    },
    /// The authorities cannot be read.
    #[error("`{0}` holds no certificate authority")]
    Authority(String),
    /// The system gives no runtime.
    #[error("nothing can be fetched: {0}")]
    Runtime(#[from] std::io::Error),
}

/// What is sent along, and how much is too much.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// Further header fields.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The longest document.
    pub bytes_max: usize,
    /// From the first packet to the last byte.
    pub time_max: Duration,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The document.
    pub body: Bytes,
}

/// Fetches documents by HTTPS, or by HTTP from this machine. Follows no redirects.
#[derive(Clone)]
pub struct Fetcher {
    tls: Arc<ClientConfig>,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

impl Fetcher {
    /// Trusts the authorities in the PEM file, or those of the system.
    ///
    /// # Errors
    /// When the file holds none.
    pub fn new(authority: Option<&Path>) -> Result<Self, FetchError> {
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

    /// Fetches what `url` names.
    ///
    /// # Errors
    /// When there is no answer within the limits.
    pub async fn fetch(&self, url: &str, options: &FetchOptions) -> Result<Fetched, FetchError> {
        let parsed = check_url(url)?;
        match tokio::time::timeout(options.time_max, self.fetch_from(url, &parsed, options)).await {
            Ok(answer) => answer,
            Err(_) => Err(FetchError::Timeout { url: url.to_owned(), time_max: options.time_max }),
        }
    }

    /// The same for a thread that may wait. It must not be one that serves connections.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub fn fetch_blocking(&self, url: &str, options: &FetchOptions) -> Result<Fetched, FetchError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.fetch(url, options))
    }

    async fn fetch_from(&self, url: &str, parsed: &Uri, options: &FetchOptions) -> Result<Fetched, FetchError> {
        let host = parsed.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let https = parsed.scheme_str() == Some("https");
        let port = parsed.port_u16().unwrap_or(if https { 443 } else { 80 });
        let stream = TcpStream::connect((bare, port)).await.map_err(|error| unreachable(url, &error))?;
        if https {
            let name = ServerName::try_from(bare.to_owned()).map_err(|error| unreachable(url, &error))?;
            let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await;
            ask(stream.map_err(|error| unreachable(url, &error))?, url, parsed, options).await
        } else {
            ask(stream, url, parsed, options).await
        }
    }
}

fn unreachable(url: &str, reason: &dyn fmt::Display) -> FetchError {
    FetchError::Unreachable { url: url.to_owned(), reason: reason.to_string() }
}

/// A URL that may be fetched: what decides is not read in the clear from another machine.
///
/// # Errors
/// When it may not.
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

async fn ask<S>(stream: S, url: &str, parsed: &Uri, options: &FetchOptions) -> Result<Fetched, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| unreachable(url, &error))?;
    let mut request = Request::get(parsed.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, parsed.authority().map_or("", |authority| authority.as_str()))
        .header(USER_AGENT, "provost");
    for (name, value) in &options.headers {
        request = request.header(name, value);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|error| unreachable(url, &error))?;
    // An answer may be complete when the connection has ended, so the two end by themselves.
    let driver = tokio::spawn(connection);
    let answer = async {
        let response = sender.send_request(request).await.map_err(|error| unreachable(url, &error))?;
        let (parts, body) = response.into_parts();
        let too_long = |_| FetchError::Document { url: url.to_owned(), bytes_max: options.bytes_max };
        let body = Limited::new(body, options.bytes_max).collect().await.map_err(too_long)?.to_bytes();
        Ok(Fetched { status: parts.status, headers: parts.headers, body })
    }
    .await;
    driver.abort();
    answer
}
