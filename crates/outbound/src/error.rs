//! Why there is no answer.

use crate::addresses::Locality;
use host::HostError;
use std::net::IpAddr;
use std::time::Duration;
use thiserror::Error;

/// Why there is no answer. URLs in messages have neither a user nor a query: both may hold secrets.
#[derive(Clone, Debug, Error)]
pub(crate) enum SendError {
    /// It is no URL that can be asked.
    #[error("`{url}` is no URL that can be asked: {reason}")]
    Url { url: String, reason: String },
    /// A part of the request cannot be sent.
    #[error("the request has {0}")]
    Request(String),
    /// Nobody allowed the host.
    #[error(
        "host `{host}` is not allowed{redirected}: name it under `http_send.hosts` in provost.yaml, or with \
         `--allow-host {host}`"
    )]
    Host { host: String, redirected: String },
    /// Its name stands for an address that only this machine or its network can mean.
    #[error(
        "host `{host}` has the address {address}, which is {locality}: name the address itself, or write \
         `{{host: \"{host}\", local: true}}` under `http_send.hosts` in provost.yaml"
    )]
    Address { host: String, address: IpAddr, locality: Locality },
    /// The policy wants no check of the certificate, and nobody allowed that.
    #[error(
        "`tls_insecure_skip_verify` is not allowed: trust the server's authority with `tls_ca_cert`, or write \
         `allow_unverified_tls: true` under `http_send` in provost.yaml"
    )]
    Unverified,
    /// What a policy says about TLS cannot be used.
    #[error("{0}")]
    Tls(String),
    /// A limit was reached before anything was sent.
    #[error("{what} than the {limit} that `http_send.{name}` allows")]
    Limit { what: &'static str, limit: usize, name: &'static str },
    /// Too many requests are under way.
    #[error("{under_way} requests are under way, as many as `http_send.connections_max` allows")]
    Busy { under_way: usize },
    /// The system gives no thread.
    #[error("nothing can be sent: {0}")]
    System(String),
    /// It took too long.
    #[error("{asked}: request timed out after {time:?}")]
    Timeout { asked: String, time: Duration },
    /// There was no connection, or it broke.
    #[error("{asked}: {reason}")]
    Network { asked: String, reason: String },
    /// The answer is none, or too much.
    #[error("{asked}: {reason}")]
    Answer { asked: String, reason: String },
}

impl SendError {
    /// Whether another attempt may have an answer.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Network { .. })
    }
}

impl From<SendError> for HostError {
    fn from(error: SendError) -> Self {
        let message = error.to_string();
        match error {
            SendError::Timeout { .. } | SendError::Network { .. } | SendError::Answer { .. } => Self::Failed(message),
            _ => Self::Refused(message),
        }
    }
}
