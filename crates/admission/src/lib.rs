//! Kubernetes admission: what an API server asks before an object is made, changed or removed.
//!
//! [`Admission`] is a point with two webhooks: one that judges and one that changes. [`Question`] is the same without a server:
//! one request for admission as policies see it, which an audit and a replay of the record ask too.
//!
//! [`configurations`] is what a cluster is told about them.
//!
//! A request in an exempt namespace is admitted unasked. Everything else that cannot be decided is refused, and the answer says why:
//! the API server's `failurePolicy` is for a server that does not answer at all.

mod answer;
mod counters;
mod mutation;
mod question;
mod registration;
mod scale;
mod timeout;
mod webhook;

pub use mutation::{Mutation, mutate};
pub use question::{Question, QuestionError};
pub use registration::{Endpoint, Registration, configurations, scaled_kinds};
pub use webhook::{Admission, ApiServer, MUTATE_PATH, Settings, VALIDATE_PATH};
