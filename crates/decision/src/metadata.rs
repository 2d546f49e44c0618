//! What is known about a policy without evaluating it.

use crate::mode::Modes;
use crate::reads::Reads;
use crate::severity::Severity;
use std::fmt;

/// What a policy is evaluated over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Input {
    /// The document as it was parsed, as conftest gives it.
    #[default]
    Document,
    /// One resource in the catalog's shape, with what is done to it.
    Request,
}

impl Input {
    /// The word in metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Request => "request",
        }
    }
}

/// Whether a policy changes what it is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patches {
    /// It only judges.
    #[default]
    Never,
    /// It judges, and at points that can change a request it also says how.
    Also,
    /// It judges nothing.
    Only,
}

/// Where a policy is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyPlace {
    /// The file, as people know it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for PolicyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What a policy says about itself.
///
/// Each list that narrows (`classes`, `providers`, `kinds`, `namespaces`, `actions`) narrows nothing when it is empty.
/// `kinds` and `namespaces` may hold patterns in which `*` stands for any characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyMetadata {
    /// The stable name: `COST-001`.
    pub id: String,
    /// The rule in one line; empty when the author gave none.
    pub title: String,
    /// The rule in full; may be empty.
    pub description: String,
    /// How much a finding matters, unless the finding says otherwise.
    pub severity: Severity,
    /// What it is evaluated over.
    pub input: Input,
    /// The catalog's classes it is about. For [`Input::Document`] policies all five lists are empty.
    pub classes: Vec<String>,
    /// `aws`, `kubernetes`, ...
    pub providers: Vec<String>,
    /// Types as the source names them: `aws_s3_bucket`, `Deployment`. A type that is named in full is judged whether it is an AI
    /// resource or not.
    pub kinds: Vec<String>,
    /// Kubernetes namespaces.
    pub namespaces: Vec<String>,
    /// Actions it judges. When empty: all but those that ask for nothing, `delete` and `forget`. What it patches, it patches on
    /// `create` alone unless it is said here.
    pub actions: Vec<String>,
    /// Whether it is also about objects that are no AI resources and ask for nothing, as Gatekeeper's constraints are.
    pub every_object: bool,
    /// Whether it changes what it is asked about.
    pub patches: Patches,
    /// What of a request it reads.
    pub reads: Reads,
    /// How strictly it is held to, point by point.
    pub modes: Modes,
    /// How to comply, unless the finding says otherwise.
    pub remediation: Option<String>,
    /// Where to read more.
    pub documentation: Option<String>,
    /// Who answers for it.
    pub owners: Vec<String>,
    /// Where it is written.
    pub place: PolicyPlace,
}

impl PolicyMetadata {
    /// Metadata of a policy of which only the id is known.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// The title, or the id when there is none.
    pub fn name(&self) -> &str {
        if self.title.is_empty() { &self.id } else { &self.title }
    }
}
