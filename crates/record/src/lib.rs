//! The record: who asked for what, what was decided and by what, in a file that shows whether anybody has changed it.
//!
//! A [`Record`] takes entries from many threads ([`decision::Append`]); one thread writes them in batches to SQLite. An entry is JSON
//! ([`Entry`]), and the hash of each covers the hash before it. Now and then the chain's head is signed ([`Head`]). Bodies of requests
//! stand beside the chain, masked and by their digest, and may be deleted without breaking it. A [`Reader`] reads a record, [`verify`]
//! checks it, and a [`ReplayingHost`] lets a decision be made again in the world that it was made in.
//!
//! Knows no policy language, no HTTP and no configuration file.

mod bodies;
mod chain;
mod checkpoint;
mod encode;
mod entry;
mod exchange;
mod export;
mod filter;
mod head;
mod health;
mod hosts;
mod key;
mod kubernetes_secret;
mod mask;
mod options;
mod queue;
mod reader;
mod record;
mod store;
mod verify;
mod writer;

pub use chain::{Digest, NoDigest};
pub use encode::address;
pub use entry::{
    BodyReference, Decision, Entry, Event, Exchanges, Finding, Gap, Host, PolicySet, Query, QueryError, Request,
    Resource, Retention, Revisions, Start, Subject,
};
pub use exchange::{StoredExchange, StoredResponse};
pub use export::log_event;
pub use filter::Filter;
pub use head::Head;
pub use health::{Health, State};
pub use hosts::{EXCHANGES_MAX, RecordingHost, ReplayingHost};
pub use key::{KeyError, PublicKey, SigningKey};
pub use mask::{MaskError, mask_at, masks_of_rules, with_unknowns};
pub use options::{Bodies, Durability, Options};
pub use reader::{Entries, ReadError, Reader, StoredBody, StoredEntry};
pub use record::{OpenError, Record, decision_id, revision};
pub use verify::{Break, Problem, Verification, VerifyOptions, verify};
