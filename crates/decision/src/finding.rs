//! One thing a policy said about one resource or document.

use crate::decision::ResourceIdentity;
use crate::metadata::PolicyMetadata;
use crate::mode::Mode;
use crate::severity::Severity;
use crate::verdict::Verdict;
use std::fmt;
use std::sync::Arc;
use value::{Pointer, Position};

/// What a policy said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// It refuses.
    Deny,
    /// It warns.
    Warn,
    /// It could not be evaluated: a limit was reached, or it is wrong about its input.
    Failure,
    /// It changes what it is about, or would if it were enforced.
    Patch,
}

impl FindingKind {
    /// The word that people and machines read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Failure => "failure",
            Self::Patch => "patch",
        }
    }
}

/// Whether unknown values had a part in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// It holds whatever the unknown values turn out to be.
    #[default]
    Certain,
    /// It holds for some values of what is unknown.
    Possible,
}

/// Where something stands in the input.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file as it was named, `-` for standard input.
    pub file: String,
    /// Which of the file's documents, from 0.
    pub document: usize,
    /// The path in that document.
    pub pointer: Pointer,
    /// Line and column, once somebody with the text has looked it up: [`crate::Decision::locate`].
    pub position: Option<Position>,
}

impl Place {
    /// A place that is not looked up yet.
    pub fn new(file: impl Into<String>, document: usize, pointer: Pointer) -> Self {
        Self { file: file.into(), document, pointer, position: None }
    }
}

/// `file:line:column`, or `file` while the line is not known.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "{}:{position}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// One thing a policy said about one resource or document. Its strings are scrubbed of sensitive values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The policy that said it.
    pub policy: Arc<PolicyMetadata>,
    /// What it said.
    pub kind: FindingKind,
    /// Whether unknown values had a part in it.
    pub certainty: Certainty,
    /// The mode the policy was in.
    pub mode: Mode,
    /// What it comes to, after mode, action and certainty.
    pub verdict: Verdict,
    /// The finding's own severity, or the policy's.
    pub severity: Severity,
    /// What is wrong, or what is unknown, or why the policy failed.
    pub message: String,
    /// The resource it is about; none when it is about a document.
    pub resource: Option<Arc<ResourceIdentity>>,
    /// Where it stands in the input.
    pub place: Place,
    /// What the policy gave beside the message (`seen`, `allowed`, ...), by ascending key; each value as compact JSON,
    /// an unknown leaf as `{"$unknown": "<reason>"}`.
    pub details: Vec<(String, String)>,
    /// How to comply.
    pub remediation: Option<String>,
    /// Where to read more.
    pub documentation: Option<String>,
}

impl Finding {
    /// The policy's id.
    pub fn id(&self) -> &str {
        &self.policy.id
    }
}
