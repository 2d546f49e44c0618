//! What a server mounts.

use crate::{Caller, Route};
use bytes::Bytes;
use http::{Request, Response};

/// Something that answers requests on routes of its own, such as the OPA API or Kubernetes admission.
///
/// `handle` runs on the thread that read the request, so an answer should take microseconds; the server moves a route whose answers
/// are slow to threads of its own. It must respect [`Caller::deadline`]. If it panics, the caller gets a 500 and the server goes on.
pub trait Point: Send + Sync {
    /// What metrics and logs call it, such as `opa-api`: lower case, words joined by `-`.
    fn name(&self) -> &'static str;

    /// The routes it answers. They are read once, when it is mounted.
    fn routes(&self) -> &[Route];

    /// Answers a request on one of its routes.
    ///
    /// The server has already read the body within its limit, made sure that the path is canonical (see
    /// [`path_segments`](crate::path_segments)) and asked the authorization policy whether `caller` may use the route.
    fn handle(&self, request: Request<Bytes>, caller: &Caller) -> Response<Bytes>;

    /// What it knows about its own health, for `/health`. Nothing by default.
    fn conditions(&self) -> Vec<Condition> {
        Vec::new()
    }

    /// Appends its metrics in Prometheus' text format, each family with its `# HELP` and `# TYPE`. Nothing by default.
    fn write_metrics(&self, _text: &mut String) {}
}

/// One thing that is well or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it is about: `policies`, `record`, `certificates`, ...
    pub name: &'static str,
    /// Whether it is well.
    pub healthy: bool,
    /// Whether the process can do its work only when this is well. A condition that is not well but not required (policies that
    /// could not be reloaded while the old ones go on) is reported, and the process stays ready.
    pub required: bool,
    /// What there is to say, in a line for people. It must hold nothing secret: `/health` may be open to everybody.
    pub message: String,
}

impl Condition {
    /// A condition that is well.
    pub fn healthy(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, healthy: true, required: false, message: message.into() }
    }

    /// A condition that is not well, and without which the process goes on.
    pub fn degraded(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, healthy: false, required: false, message: message.into() }
    }

    /// A condition that is not well, and without which the process cannot do its work.
    pub fn failed(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, healthy: false, required: true, message: message.into() }
    }
}
