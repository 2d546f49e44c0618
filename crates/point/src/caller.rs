//! Who asks, as far as it was verified.

use decision::Subject;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// Who asks, over which connection, and until when an answer is of use.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who it is, by a credential that was verified.
    pub identity: Arc<Identity>,
    /// The other end of the connection.
    pub peer: Peer,
    /// Names the request in logs, in the record and in the answer's `x-request-id`.
    pub request_id: RequestId,
    /// When the answer must stand. Evaluations take their time limit from it.
    pub deadline: Instant,
}

/// What a verified credential says about the caller. Nothing in here was merely claimed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The name, the groups and what verified them: `mtls`, `oidc`, `token`, `unix`, or `none` when there was no credential.
    pub subject: Subject,
    /// The client's certificate, if it showed one that a configured authority signed, also when a token names the subject.
    pub certificate: Option<CertificateIdentity>,
    /// The claims of a verified bearer token as a JSON object, as they were signed.
    pub claims: Option<String>,
}

impl Identity {
    /// Nobody that could be verified.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// Whether no credential was verified.
    pub fn is_anonymous(&self) -> bool {
        self.subject.id.is_none()
    }
}

/// A verified client certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateIdentity {
    /// The subject's common name.
    pub common_name: Option<String>,
    /// The subject's organizations.
    pub organizations: Vec<String>,
    /// The subject's organizational units.
    pub organizational_units: Vec<String>,
    /// DNS names among the alternative names.
    pub dns_names: Vec<String>,
    /// URIs among the alternative names.
    pub uris: Vec<String>,
    /// The SPIFFE id, where exactly one URI is one.
    pub spiffe_id: Option<String>,
    /// The issuer's name as RFC 4514 writes it.
    pub issuer: String,
    /// The serial number, in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of the certificate, in hexadecimal digits.
    pub fingerprint: String,
    /// The certificates that the client sent, each in DER, its own first.
    pub chain: Vec<Vec<u8>>,
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Over TCP.
    Tcp(SocketAddr),
    /// Over a unix socket, with what the kernel says of the other process.
    Unix {
        /// Its user.
        uid: u32,
        /// Its group.
        gid: u32,
        /// Its process, where the kernel says so.
        pid: Option<i32>,
    },
}

impl Peer {
    /// Whether the other end is on this machine.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix { .. } => true,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix { uid, .. } => write!(f, "unix:uid={uid}"),
        }
    }
}

/// Names one request: 128 random bits, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub u128);

impl RequestId {
    /// The digits that it is written in. Each request writes them several times, and formatting takes ten times as long.
    pub fn digits(self) -> [u8; 32] {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut text = [b'0'; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0.to_be_bytes()) {
            for (digit, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
                *digit = DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
            }
        }
        text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.digits()).unwrap_or_default())
    }
}
