//! `POST /v1/decide`: a request or a document in, a decision out; and the OpenAPI document that says so.
//!
//! The caller sends what it wants to do: resources in the model's own words, or documents that the catalog knows (plans, templates,
//! manifests). All of one body is one change. Who asks is what the server verified, and nothing in the body can say otherwise. The
//! answer is the decision, with the same fields as `provost check --format json`; a denial is an answer and no error.

mod api;
mod asked;
mod openapi;

pub use api::{DecideApi, Settings};
pub use asked::read_recorded;
pub use openapi::openapi;
