//! Requests, policy sets, dispatch, modes and decisions.
//!
//! A [`PolicySet`] holds compiled policies and finds the few that apply to a resource; [`decide`] asks those and turns what
//! they say into a [`Decision`]. Knows no policy language, no file and no clock: a [`Policy`] may come from anywhere.

mod amend;
mod decide;
mod decision;
mod dispatch;
mod finding;
mod kept;
mod metadata;
mod mode;
mod patterns;
mod point;
mod policy;
mod policy_set;
mod reads;
mod receipt;
mod record;
mod request;
mod scrubber;
mod severity;
mod verdict;

pub use amend::{AmendError, AmendOptions, Amendment, Step, amend};
pub use decide::{DecideOptions, decide};
pub use decision::{Decision, Judged, ResourceIdentity};
pub use finding::{Certainty, Finding, FindingKind, Place};
pub use kept::Kept;
pub use metadata::{Input, Patches, PolicyMetadata, PolicyPlace};
pub use mode::{Mode, Modes};
pub use point::Point;
pub use policy::{Complaint, Effect, Outcome, Policy, PolicyError, Scratch, Session};
pub use policy_set::{DuplicatePolicy, PolicySet};
pub use reads::Reads;
pub use receipt::{Acknowledgement, Receipt, Recorded, receipt};
pub use record::{
    Answer, Append, Asked, BodyFormat, DecisionEntry, Exchange, Mask, NotRecorded, PolicySetEntry, QueryAnswer,
    QueryError, RecordEntry, RequestBody, Revisions,
};
pub use request::{Change, Context, Document, Member, Request, SHARED_KEYS, Subject, Target};
pub use scrubber::Scrubber;
pub use severity::Severity;
pub use verdict::{OnUnknown, Verdict};
