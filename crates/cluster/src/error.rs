//! What goes wrong between here and an API server.

use std::time::Duration;
use thiserror::Error;

/// Why nobody can say how the API server is reached.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AccessError {
    /// There is neither a kubeconfig nor a service account.
    #[error("there is no kubeconfig, and this is no pod with a service account")]
    Nowhere,
    /// A file cannot be read.
    #[error("`{path}` cannot be read: {reason}")]
    File {
        /// Where it is.
        path: String,
        /// Why.
        reason: String,
    },
    /// A kubeconfig does not say what is needed.
    #[error("`{path}` does not say how the API server is reached: {reason}")]
    Kubeconfig {
        /// Where it is.
        path: String,
        /// What it lacks.
        reason: String,
    },
}

/// Why an API server did not answer, or did not answer as it should.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum ClientError {
    /// How it is reached has changed, and can no longer be told.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// There was no connection, or it broke.
    #[error("the API server cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("the API server did not answer within {} seconds", .0.as_secs())]
    Slow(Duration),
    /// It refused.
    #[error("the API server answered with status {status}: {message}")]
    Status {
        /// The status.
        status: u16,
        /// What it said.
        message: String,
    },
    /// What it said is not what an API server says.
    #[error("the API server's answer cannot be read: {0}")]
    Answer(String),
    /// An answer or an event is longer than anything that an API server sends.
    #[error("the API server's answer has more than {0} bytes")]
    TooLong(usize),
    /// There are more objects than there may be.
    #[error("there are more than {0} objects")]
    TooMany(usize),
}

/// The status of what is gone: a place in the history of objects that is forgotten.
const GONE: u16 = 410;

impl ClientError {
    /// Whether what was asked for is older than what the API server remembers, so that everything has to be listed again.
    pub(crate) const fn is_expired(&self) -> bool {
        matches!(self, Self::Status { status: GONE, .. })
    }

    /// Whether there is nothing by that name.
    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Status { status: 404, .. })
    }

    /// The same without what only those may read who run the server.
    pub(crate) fn in_brief(&self) -> String {
        match self {
            Self::Access(_) => "how the API server is reached cannot be told".to_owned(),
            Self::Unreachable(_) => "the API server cannot be reached".to_owned(),
            Self::Status { status: 401, .. } => "the API server does not know us (status 401)".to_owned(),
            Self::Status { status: 403, .. } => {
                "the API server does not let us list and watch it (status 403)".to_owned()
            }
            Self::Status { status, .. } => format!("the API server answered with status {status}"),
            Self::Slow(_) | Self::Answer(_) | Self::TooLong(_) | Self::TooMany(_) => self.to_string(),
        }
    }
}
