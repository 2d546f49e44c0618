//! The exchange between an API server and an admission webhook: `AdmissionReview` of `admission.k8s.io`, in its versions `v1`
//! and `v1beta1`, which have the same fields.
//!
//! [`Review::read`] gives a view of a request, [`Response::write`] the answer as JSON.

mod error;
mod operation;
mod response;
mod review;
mod user;

pub use error::ReviewError;
pub use operation::Operation;
pub use response::{Response, Status};
pub use review::{Review, ReviewVersion};
pub use user::UserInfo;

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
