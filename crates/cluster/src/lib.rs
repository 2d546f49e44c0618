//! What exists in a Kubernetes cluster, as its API server tells it: the inventory that policies see.
//!
//! [`Access`] says how an API server is reached, from a kubeconfig or from within a pod. [`Following`] lists the objects of some
//! kinds, watches them, and hands a snapshot on whenever something has changed, no more often than [`Settings::interval_min`].
//!
//! What is not known is never taken for absent: a kind whose first list is not complete, or of which the API server has confirmed
//! nothing for longer than [`Settings::age_max`], is an Unknown leaf in the snapshot, and [`Following::status`] says why.

mod access;
mod backoff;
mod client;
mod discovery;
mod error;
mod existing;
mod follow;
mod following;
mod kind;
mod kubeconfig;
mod object;
mod snapshot;

pub use access::Access;
pub use error::AccessError;
pub use existing::{KindStatus, Status};
pub use following::{Following, Settings};
pub use snapshot::Snapshot;
