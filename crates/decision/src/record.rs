//! What a decision leaves behind, and the trait of whatever keeps it.

use crate::decision::Decision;
use crate::point::Point;
use crate::receipt::Receipt;
use crate::request::Subject;
use crate::scrubber::Scrubber;
use host::{HostError, HttpRequest, HttpResponse};
use std::net::IpAddr;
use std::sync::Arc;
use thiserror::Error;

/// Keeps decisions: append, then answer. Threads share it.
pub trait Append: Send + Sync {
    /// Takes an entry and returns at once. The receipt answers when the entry has been kept for good, or cannot be.
    fn append(&self, entry: RecordEntry) -> Receipt;
}

/// Why an entry is not in the record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotRecorded {
    /// The record cannot be written. The entry waits in memory and follows when it can.
    #[error("not recorded yet: {0}")]
    Spooled(Arc<str>),
    /// The record cannot be written, and there is no room to wait. That it is missing will be recorded.
    #[error("not recorded: {0}")]
    Lost(Arc<str>),
    /// Storage has not answered in time. The entry may still come to be recorded.
    #[error("not recorded in time")]
    Late,
    /// The record has been closed.
    #[error("not recorded: the record is closed")]
    Closed,
}

/// Something to keep.
#[derive(Debug)]
pub enum RecordEntry {
    /// A request was decided.
    Decision(Box<DecisionEntry>),
    /// From here on, other policies or data decide.
    PolicySet(PolicySetEntry),
}

/// A request and what was decided.
#[derive(Debug)]
pub struct DecisionEntry {
    /// The decision's own name, which the caller got too.
    pub id: String,
    /// When it was decided, in nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// Where it is enforced.
    pub point: Point,
    /// Who asked, and what verified that.
    pub subject: Subject,
    /// What was asked.
    pub body: RequestBody,
    /// What it was decided by.
    pub revisions: Arc<Revisions>,
    /// What policies learned from the world.
    pub asked: Asked,
    /// What came of it.
    pub answer: Answer,
    /// How long deciding took, in nanoseconds.
    pub took_ns: u64,
}

/// What a request came to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Policies judged it.
    Decision(Arc<Decision>),
    /// A caller of the OPA API asked for a document, or what an ad-hoc query gives.
    Query(QueryAnswer),
}

/// What a caller of the OPA API was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryAnswer {
    /// The document's path below `data`: `authz/allow`. Empty for an ad-hoc query.
    pub path: String,
    /// Whether it was an ad-hoc query; its text stands in the request's body under `query`.
    pub ad_hoc: bool,
    /// Whether a builtin that fails was to stop the evaluation.
    pub strict_builtin_errors: bool,
    /// The answer as JSON; none when it is undefined or there is an error.
    pub result: Option<String>,
    /// Why there is no answer.
    pub error: Option<QueryError>,
    /// Whether an organisation wants neither question nor answer to be written down: only that there was a decision is.
    pub dropped: bool,
}

/// Why an evaluation had no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// OPA's word: `eval_conflict_error`.
    pub code: String,
    /// What happened, and where. It may quote what was asked.
    pub message: String,
}

/// A policy set that has become the one that decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySetEntry {
    /// When, in nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// Its revisions.
    pub revisions: Revisions,
    /// How many policies it holds.
    pub policies: usize,
    /// Who or what brought it: `start`, `reload`, `api`, ...
    pub cause: String,
}

/// Names of what decides, such as digests. Each is free text to the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// The policies.
    pub policies: String,
    /// The data.
    pub data: String,
    /// What is known of the cluster; none where no policy can see any.
    pub inventory: Option<String>,
}

/// What a request's body is, so that it can be decided again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyFormat {
    /// An array of `{"file", "index", "document"}`: what `provost check` read.
    Documents,
    /// A Kubernetes AdmissionReview.
    AdmissionReview,
    /// The body of a call to the OPA API: `{"input": ...}`.
    OpaInput,
    /// A request in Provost's own words, as `/v1/decide` takes it.
    Request,
}

impl BodyFormat {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Documents, Self::AdmissionReview, Self::OpaInput, Self::Request];

    /// The word in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::AdmissionReview => "admission-review",
            Self::OpaInput => "opa-input",
            Self::Request => "request",
        }
    }

    /// The format of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }
}

/// What was asked, as it came. The record masks it before it is written anywhere.
pub struct RequestBody {
    /// What it is.
    pub format: BodyFormat,
    /// JSON, the same bytes that were decided on.
    pub bytes: Box<dyn AsRef<[u8]> + Send>,
    /// What to take out for this request, besides what the record always does.
    pub masks: Vec<Mask>,
    /// Texts that must not be written down.
    pub scrubber: Scrubber,
}

impl std::fmt::Debug for RequestBody {
    /// Without the bytes, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = (*self.bytes).as_ref().len();
        f.debug_struct("RequestBody").field("format", &self.format).field("length", &length).finish_non_exhaustive()
    }
}

/// A part of a body that is not written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The way from the body's root, by keys and positions in arrays.
    pub path: Vec<String>,
    /// What stands there instead, as JSON; nothing at all when none is given.
    pub replacement: Option<String>,
}

/// What policies asked of the world while they decided, so that they can be told the same again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The time that they were told, in nanoseconds since the Unix epoch.
    pub now_ns: Option<i64>,
    /// What their randomness was drawn from.
    pub seed: Option<[u8; 32]>,
    /// Whether they were shown environment variables, which are never written down.
    pub environment: bool,
    /// Names looked up and requests sent, in order.
    pub exchanges: Vec<Exchange>,
}

impl Asked {
    /// Whether the decision hangs on nothing but the request, policies and data.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One question to the network, and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// A host name was looked up.
    Lookup {
        /// The name.
        name: String,
        /// Its addresses, or why there are none.
        answer: Result<Vec<IpAddr>, String>,
    },
    /// A request was sent.
    Http {
        /// The request. Only its method, its URL and a digest of the rest are written down.
        request: Box<HttpRequest>,
        /// The response, or why there is none.
        answer: Result<HttpResponse, HostError>,
    },
}
