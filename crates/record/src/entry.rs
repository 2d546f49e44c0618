//! What stands in an entry: the JSON that is hashed, stored and read again.
//!
//! The bytes as stored are the canonical ones; nothing is ever written anew to check a hash. A field may be added; none changes its
//! meaning.

use crate::chain::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One entry as it is read.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Entry {
    /// Its place in the record, from 1 and without holes.
    pub sequence: u64,
    /// When it happened. Of spooled entries that is before the entries in front of them.
    pub time: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event<'static>,
}

/// What happened.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event<'e> {
    /// A process began to write.
    Start(Start<'e>),
    /// It ended in good order.
    Stop,
    /// From here on, other policies or data decide.
    PolicySet(PolicySet<'e>),
    /// A request was decided.
    Decision(Box<Decision<'e>>),
    /// The record could not be written for a while.
    Gap(Gap<'e>),
    /// Bodies were deleted, as their retention says.
    Retention(Retention),
}

impl Event<'_> {
    /// The word in `kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Stop => "stop",
            Self::PolicySet(_) => "policy-set",
            Self::Decision(_) => "decision",
            Self::Gap(_) => "gap",
            Self::Retention(_) => "retention",
        }
    }
}

/// The beginning of what one process wrote.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Start<'e> {
    /// Which record this is: 32 hexadecimal digits, drawn when it was made.
    pub record: Cow<'e, str>,
    /// The public key that heads are signed with from here on: 64 hexadecimal digits.
    pub key: Cow<'e, str>,
    /// What writes.
    pub software: Cow<'e, str>,
    /// Whether the process before ended in good order; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean: Option<bool>,
}

/// What decides.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Revisions<'e> {
    /// The policies.
    pub policies: Cow<'e, str>,
    /// The data.
    pub data: Cow<'e, str>,
    /// What is known of the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Cow<'e, str>>,
}

/// A policy set that has become the one that decides.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PolicySet<'e> {
    /// Its revisions.
    pub revisions: Revisions<'e>,
    /// How many policies it holds.
    pub policies: usize,
    /// Who or what brought it.
    pub cause: Cow<'e, str>,
}

/// A time in which the record could not be written.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Gap<'e> {
    /// When it began; it ended at the entry's own time.
    pub since: Timestamp,
    /// Why, in the words of the storage.
    pub reason: Cow<'e, str>,
    /// How many entries waited in memory. They follow.
    pub spooled: u64,
    /// How many entries are missing.
    pub lost: u64,
}

/// Bodies that are gone.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Retention {
    /// All packs up to this one are gone.
    pub through_pack: u64,
    /// How many packs went with this entry.
    pub packs: u64,
    /// How many bytes they took.
    pub bytes: u64,
}

/// A request and what was decided.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Decision<'e> {
    /// The decision's own name.
    pub id: Cow<'e, str>,
    /// Where it is enforced.
    pub point: Cow<'e, str>,
    /// Who asked.
    pub subject: Subject<'e>,
    /// What was asked.
    pub request: Request<'e>,
    /// What it was decided by.
    pub revisions: Revisions<'e>,
    /// What policies learned from the world.
    #[serde(default, skip_serializing_if = "Host::is_empty")]
    pub host: Host,
    /// `deny`, `unknown`, `warn` or `allow`; none for a query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Cow<'e, str>>,
    /// What was judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource<'e>>,
    /// How many more were judged than [`Decision::resources`] holds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub resources_left_off: u64,
    /// What policies said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding<'e>>,
    /// How many more findings there were than [`Decision::findings`] holds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub findings_left_off: u64,
    /// What was queried, where a caller of the OPA API asked for a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Query<'e>>,
    /// How long deciding took, in nanoseconds.
    pub took_ns: u64,
}

/// Who asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Subject<'e> {
    /// The name that the credential gave.
    pub id: Option<Cow<'e, str>>,
    /// The groups that the credential gave.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub groups: Cow<'e, [String]>,
    /// What verified the credential; `none` when nothing did.
    pub verified_by: Cow<'e, str>,
}

/// What was asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Request<'e> {
    /// The SHA-256 of the bytes as they came.
    pub digest: Digest,
    /// What the bytes are.
    pub format: Cow<'e, str>,
    /// Where what may be written of them is; none when nothing may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyReference>,
    /// Why there is no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Cow<'e, str>>,
    /// JSON pointers to parts of the body that are not what they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
    /// JSON pointers to parts that were taken out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<String>,
}

/// A query over the OPA API.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Query<'e> {
    /// The document's path below `data`; empty for an ad-hoc query.
    pub path: Cow<'e, str>,
    /// Whether it was an ad-hoc query: its text stands in the request's body under `query`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ad_hoc: bool,
    /// Whether a builtin that fails was to stop the evaluation.
    #[serde(default, skip_serializing_if = "is_false")]
    pub strict_builtin_errors: bool,
    /// Why there is no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<QueryError<'e>>,
    /// The SHA-256 of the result's JSON; none when it is undefined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Where the result is, masked; none when it is undefined or withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyReference>,
    /// JSON pointers to parts of the result that are not what they were, or not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
    /// Whether the decision log's policy dropped it: neither what was asked nor what was answered is kept then.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dropped: bool,
}

/// Why an evaluation had no result.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct QueryError<'e> {
    /// OPA's word: `eval_conflict_error`.
    pub code: Cow<'e, str>,
    /// What happened, and where. It may quote what was asked, so that there is none where anything is masked or dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Cow<'e, str>>,
}

/// Where a body is. The digest is its address; pack and offset say where it was put, because looking up by digest would cost a
/// random page for each entry.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash, Serialize)]
pub struct BodyReference {
    /// The SHA-256 of the body as it is kept.
    pub digest: Digest,
    /// The row of the table `bodies`.
    pub pack: u64,
    /// The first byte within the pack, uncompressed.
    pub offset: u32,
    /// How many bytes.
    pub length: u32,
}

/// What policies learned from the world.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Host {
    /// The time that they were told, in nanoseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now_ns: Option<i64>,
    /// What their randomness was drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Digest>,
    /// Whether they were shown environment variables.
    #[serde(default, skip_serializing_if = "is_false")]
    pub environment: bool,
    /// Where the exchanges with the network are, and how many there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchanges: Option<Exchanges>,
}

impl Host {
    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Exchanges with the network.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Exchanges {
    /// How many.
    pub count: usize,
    /// The exchanges as JSON; none when bodies are not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyReference>,
}

/// One thing that was judged.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Resource<'e> {
    /// The resource's address in its source; of a document its place: `file`, or `file#2` for a later one of several.
    pub address: Cow<'e, str>,
    /// The type as its source names it; none for a document.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Cow<'e, str>>,
    /// The catalog's class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Cow<'e, str>>,
    /// What was to be done to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Cow<'e, str>>,
    /// The Kubernetes namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Cow<'e, str>>,
    /// What the policies came to.
    pub verdict: Cow<'e, str>,
}

/// One thing a policy said.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Finding<'e> {
    /// The policy's id.
    pub policy: Cow<'e, str>,
    /// `deny`, `warn` or `failure`.
    pub kind: Cow<'e, str>,
    /// What it came to.
    pub verdict: Cow<'e, str>,
    /// How much it matters.
    pub severity: Cow<'e, str>,
    /// The mode the policy was in.
    pub mode: Cow<'e, str>,
    /// Whether unknown values had a part in it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub possible: bool,
    /// The address of what it is about, as in [`Resource::address`].
    pub resource: Cow<'e, str>,
    /// Where in the document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pointer: String,
    /// What is wrong.
    pub message: Cow<'e, str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_false(flag: &bool) -> bool {
    !flag
}
