//! What is wrong with a review.

use thiserror::Error;

/// Why a document is no AdmissionReview that can be answered. Fields are named by their path in the document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReviewError {
    /// The document is no object.
    #[error("an AdmissionReview must be an object, and this is of type {found}")]
    NotAnObject {
        /// The type it is of.
        found: &'static str,
    },
    /// It is an object of another kind.
    #[error("`kind` is `{found}`, and must be `AdmissionReview`")]
    WrongKind {
        /// The kind that it names, shortened; empty when it names none.
        found: String,
    },
    /// It is an AdmissionReview of a version that nobody has defined, or of another group.
    #[error("`apiVersion` is `{found}`, and must be `admission.k8s.io/v1` or `admission.k8s.io/v1beta1`")]
    WrongApiVersion {
        /// The version that it names, shortened; empty when it names none.
        found: String,
    },
    /// A field that every request has is not there, or is empty.
    #[error("`{field}` is missing")]
    Missing {
        /// Which.
        field: &'static str,
    },
    /// A field is of the wrong type.
    #[error("`{field}` must be {expected}, and is of type {found}")]
    WrongType {
        /// Which.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// The type it is of.
        found: &'static str,
    },
    /// An operation that Kubernetes does not have.
    #[error("`request.operation` is `{found}`, and must be `CREATE`, `UPDATE`, `DELETE` or `CONNECT`")]
    UnknownOperation {
        /// What it is, shortened.
        found: String,
    },
}

impl ReviewError {
    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::WrongApiVersion { .. } => "set `admissionReviewVersions: [v1]` in the webhook configuration",
            Self::NotAnObject { .. } | Self::WrongKind { .. } => {
                "only an API server calls this address, by way of a webhook configuration"
            }
            Self::Missing { .. } | Self::WrongType { .. } | Self::UnknownOperation { .. } => {
                "an API server fills this in; whoever writes a review by hand must do so too"
            }
        }
    }
}

/// The beginning of a text, as a message shows it.
pub(super) fn excerpt(text: &str) -> String {
    const CHARACTERS_MAX: usize = 80;
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
