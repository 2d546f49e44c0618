//! What a server mounts.

use crate::{Caller, Refusal, Route, path_segments};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};

/// Something that answers requests on routes of its own, such as the OPA API or Kubernetes admission.
///
/// `handle` runs on the thread that read the request, so an answer should take microseconds; the server moves a route whose answers
/// are slow to threads of its own. It must respect [`Caller::deadline`]. If it panics, the caller gets a 500 and the server goes on.
pub trait Point: Send + Sync {
    /// What metrics and logs call it, such as `opa-api`: lower case, words joined by `-`.
    fn name(&self) -> &'static str;

    /// The routes it answers. They are read once, when it is mounted.
    fn routes(&self) -> &[Route];

    /// Answers a request on `route`, one of [`Self::routes`].
    ///
    /// The server has already read the body within its limit, made sure that the path has one reading (see
    /// [`path_segments`](crate::path_segments)) and asked the authorization policy whether `caller` may use a route of that class. A
    /// point that tells its routes apart goes by `route`: the same path can be written in several ways, and who compares it again may
    /// do what was never allowed.
    fn handle_route(&self, route: &Route, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
        let _ = route;
        self.handle(request, caller)
    }

    /// Answers a request that nobody has found the route of, as without a server. A point that tells its routes apart leaves that to
    /// [`handle_unrouted`].
    fn handle(&self, request: Request<Bytes>, caller: &Caller) -> Response<Bytes>;

    /// What it knows about its own health, for `/health`. Nothing by default.
    fn conditions(&self) -> Vec<Condition> {
        Vec::new()
    }

    /// Appends its metrics in Prometheus' text format, each family with its `# HELP` and `# TYPE`. Nothing by default.
    fn write_metrics(&self, _text: &mut String) {}
}

/// Finds the route of a request as a server does, and lets the point answer on it; 404 where none is listed.
pub fn handle_unrouted(point: &dyn Point, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
    match route_of(point.routes(), request.method(), request.uri().path()) {
        Some(route) => point.handle_route(route, request, caller),
        None => {
            let message = format!("there is no `{} {}`", request.method(), request.uri().path());
            Refusal::new(StatusCode::NOT_FOUND, "not_found", message).response()
        }
    }
}

fn route_of<'r>(routes: &'r [Route], method: &Method, path: &str) -> Option<&'r Route> {
    // `HEAD` is `GET` without the body (RFC 9110, section 9.3.2).
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let path = path_segments(path).ok()?;
    let matching = routes.iter().filter(|route| route.method == *method && route.pattern.matches(&path));
    matching.max_by(|one, other| one.pattern.cmp_specificity(&other.pattern))
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
