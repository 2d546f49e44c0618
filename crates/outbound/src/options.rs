//! What may be asked, and how much is too much.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What a [`crate::Sender`] goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Who may be asked; nobody when there are none.
    pub hosts: Vec<AllowedHost>,
    /// Whether a policy may do without a check of the server's certificate.
    pub allow_unverified_tls: bool,
    /// The longest body of a request.
    pub request_bytes_max: usize,
    /// The longest body of an answer, also once it is unpacked.
    pub response_bytes_max: usize,
    /// The longest header of a request or an answer.
    pub head_bytes_max: usize,
    /// Redirects that are followed one after the other.
    pub redirects_max: usize,
    /// For one request with all its attempts and redirects.
    pub time_max: Duration,
    /// Requests under way at once.
    pub connections_max: usize,
    /// Answers that are kept, all together.
    pub cache_bytes_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            allow_unverified_tls: false,
            request_bytes_max: 8 << 20,
            response_bytes_max: 16 << 20,
            head_bytes_max: 64 << 10,
            redirects_max: 10,
            time_max: Duration::from_secs(30),
            connections_max: 64,
            cache_bytes_max: 64 << 20,
        }
    }
}

/// Somebody who may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    /// Who.
    pub pattern: HostPattern,
    /// At which port; at any when there is none.
    pub port: Option<u16>,
    /// Whether its name may stand for this machine, a link-local address or the like.
    pub local: bool,
}

/// Which hosts are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// All.
    Any,
    /// The host of this name, in lower case.
    Name(String),
    /// All whose name ends with a dot and this.
    Below(String),
    /// The host at this address, where the URL has the address and no name.
    Address(IpAddr),
    /// A unix socket.
    Socket(PathBuf),
}
