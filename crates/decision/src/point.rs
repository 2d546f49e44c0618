//! Where a decision is enforced.

use std::fmt;

/// A place where requests are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// Files in a pull request or on a desk: `provost check`.
    Check,
    /// Kubernetes admission.
    Admission,
    /// A caller of the OPA API.
    Api,
    /// Calls to an MLflow server.
    MlflowGateway,
    /// What already runs.
    Audit,
    /// A workstation's polkit.
    Polkit,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Check, Self::Admission, Self::Api, Self::MlflowGateway, Self::Audit, Self::Polkit];

    /// The name in requests, metadata and `provost.yaml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Admission => "admission",
            Self::Api => "api",
            Self::MlflowGateway => "mlflow-gateway",
            Self::Audit => "audit",
            Self::Polkit => "polkit",
        }
    }

    /// The point of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.as_str() == word)
    }

    /// Whether a refusal here stops the request itself. `check` and `audit` only report: somebody looks at their answer.
    pub const fn is_blocking(self) -> bool {
        !matches!(self, Self::Check | Self::Audit)
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
