//! OPA's REST API as pure request handling: a [`point::Point`] that a server mounts.
//!
//! [`Api`] answers `/v1/data`, `/v0/data`, `POST /`, `/v1/query`, `/v1/policies`, `/v1/status`, `/v1/config`, `/health/<rule>` and,
//! where it is told of its [`Surroundings`], `/health` itself. An existing client of OPA works unchanged; where this differs, it
//! refuses what OPA lets pass:
//!
//! - A body with a key twice, with something behind its document or nested too deeply is refused.
//! - Policies can be put only below a root that the organisation names ([`Settings::policies_root`]), and none by default.
//! - A decision that cannot be logged is refused, as in OPA; one whose mask fails is logged without input and result.
//! - `/v1/compile` is refused: nothing is evaluated partially here.
//!
//! # Deciding
//! A decision reads one immutable [`Snapshot`] and takes no lock. Its documents are built in memory that its thread keeps from
//! one request to the next, its input is read where it came in, and its path is looked up in what the thread has read before.
//!
//! # Changing
//! A change (a write through the API, a bundle, the repository read again) makes another snapshot out of the one before: it
//! compiles, makes sure that rules and data do not stand at the same places, and only then puts it in place. What a change does not
//! touch is shared, so that a small one to large data costs the containers around it and nothing below them.
//!
//! Opens no connection: bundles come through [`Fetch`], which the server implements.

mod activation;
mod api;
mod bundle;
mod data_path;
mod data_read;
mod data_write;
mod decision_log;
mod edit;
mod error;
mod evaluation;
mod explain;
mod health;
mod layered;
mod local_data;
mod module;
mod options;
mod policies;
mod policy_syntax;
mod prometheus;
mod query;
mod recording;
mod route;
mod settings;
mod signature;
mod snapshot;
mod status;
mod store;
mod time;
mod timers;
mod worker;
mod written;

pub use activation::{BundlePoll, UnknownBundle};
pub use api::{Api, Files, Surroundings};
pub use bundle::{BundleFailure, BundleSettings, BundleSource, BundleStatus, Fetch, FetchError, FetchRequest, Fetched};
pub use decision_log::{ConsoleSink, DecisionSink, LoggedDecision, SinkError};
pub use evaluation::shown_to_callers;
pub use settings::{Build, DecisionLogSettings, Settings};
pub use signature::{SigningKey, Verification};
pub use snapshot::Snapshot;
