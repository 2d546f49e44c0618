//! JSON and YAML documents in HTTP requests and responses: what a body is, how long it may be, how it is compressed, and the
//! parameters of a query string.
//!
//! Whatever a stranger sends, the answer is a document or a [`BodyError`] within the [`BodyLimits`]. Knows no socket, no route
//! and no policy.

mod body;
mod parameters;
mod response;

pub use body::{Body, BodyError, BodyLimits, Encoding, MediaType, inflate};
pub use parameters::Parameters;
pub use response::{Compression, json_response};

#[cfg(test)]
mod tests;
