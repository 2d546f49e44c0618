//! Connections: to an address that was looked at, and to no other.

use crate::allow_list::Permission;
use crate::error::SendError;
use crate::target::{Named, Target};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

/// Most addresses of a name that are tried.
const ADDRESSES_MAX: usize = 8;

/// What requests are written to.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// How a connection is to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connecting<'c> {
    pub(crate) target: &'c Target,
    pub(crate) permission: Permission,
    /// What the request is called in errors.
    pub(crate) asked: &'c str,
    /// Whom to trust, where the URL wants encryption.
    pub(crate) tls: Option<&'c Arc<ClientConfig>>,
    /// The name that the server's certificate must have, when it is not the URL's.
    pub(crate) server_name: Option<&'c str>,
    pub(crate) until: Instant,
}

impl Connecting<'_> {
    /// Connects, and shakes hands where the URL wants that.
    pub(crate) async fn connect(&self) -> Result<Box<dyn Stream>, SendError> {
        if let Some(path) = self.target.socket() {
            return self.connect_socket(path).await;
        }
        let mut failed = None;
        let addresses = self.addresses().await?;
        let mut left = addresses.len();
        for address in addresses {
            // A name may have addresses that nobody answers at; each has its share of the time that is left.
            let now = Instant::now();
            let share = self.until.saturating_duration_since(now) / u32::try_from(left).unwrap_or(1).max(1);
            left -= 1;
            match timeout_at(now + share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // It fails only on sockets that are broken, which the next write tells.
                    let _ = stream.set_nodelay(true);
                    return match self.tls {
                        Some(tls) => self.encrypt(stream, tls).await,
                        None => Ok(Box::new(stream)),
                    };
                }
                Ok(Err(error)) => failed = Some(format!("connecting to {address}: {}", error.kind())),
                Err(_) => failed = Some(format!("connecting to {address}: timed out")),
            }
        }
        Err(self.network(failed.unwrap_or_else(|| "the host has no address".to_owned())))
    }

    #[cfg(unix)]
    async fn connect_socket(&self, path: &std::path::Path) -> Result<Box<dyn Stream>, SendError> {
        let stream = tokio::net::UnixStream::connect(path).await;
        let stream =
            stream.map_err(|error| self.network(format!("connecting to {}: {}", path.display(), error.kind())))?;
        Ok(Box::new(stream))
    }

    #[cfg(not(unix))]
    async fn connect_socket(&self, _path: &std::path::Path) -> Result<Box<dyn Stream>, SendError> {
        Err(self.network("there are no unix sockets here".to_owned()))
    }

    /// The addresses of the host, all of which may be connected to.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, SendError> {
        let port = self.target.port();
        let addresses: Vec<SocketAddr> = match self.target.host() {
            Named::Address(address) => vec![SocketAddr::new(address, port)],
            Named::Name(name) => {
                let found = lookup_host((name.as_str(), port)).await;
                let found = found.map_err(|error| self.network(format!("looking up `{name}`: {error}")))?;
                found.take(ADDRESSES_MAX).collect()
            }
        };
        for address in &addresses {
            self.permission.check(self.target, address.ip())?;
        }
        Ok(addresses)
    }

    async fn encrypt(&self, stream: TcpStream, tls: &Arc<ClientConfig>) -> Result<Box<dyn Stream>, SendError> {
        let name = match (self.server_name, self.target.host()) {
            (Some(name), _) => name.to_owned(),
            (None, Named::Name(name)) => name,
            (None, Named::Address(address)) => address.to_string(),
        };
        let name = ServerName::try_from(name.clone())
            .map_err(|_| SendError::Tls(format!("`{name}` is no name that a certificate could have")))?;
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await;
        Ok(Box::new(stream.map_err(|error| self.network(format!("tls: {error}")))?))
    }

    fn network(&self, reason: String) -> SendError {
        SendError::Network { asked: self.asked.to_owned(), reason }
    }
}
