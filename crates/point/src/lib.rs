//! The seam between the server and the points that it mounts.
//!
//! A point says which [`Route`]s it answers and of which [`RouteClass`] each is. Whoever mounts it takes care of everything else:
//! connections, limits, who the caller is, and whether a caller may use a route of that class. A route that is not listed is never
//! handed to a point.
//!
//! Knows no server and no policy language. Everything here is synchronous: a point computes an answer from bytes.

mod caller;
mod governance;
mod kept_arena;
mod mounted;
mod path;
mod recorded;
mod refusal;
mod request_host;
mod route;

pub use caller::{Caller, CertificateIdentity, Identity, Peer, RequestId};
pub use governance::Governance;
pub use kept_arena::with_kept_arena;
pub use mounted::{Condition, Point, handle_unrouted};
pub use path::{PathError, path_segments};
pub use recorded::{RecordWait, may_leave, not_recorded};
pub use refusal::Refusal;
pub use request_host::{Note, RequestHost};
pub use route::{Pattern, PatternError, Route, RouteClass};

#[cfg(test)]
mod tests;
