//! Which requests the API answers.

use http::Method;
use point::{Route, RouteClass};

/// What answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handler {
    V0Data,
    V1Data,
    V1Policies,
    V1Query,
    V1Compile,
    V1Config,
    V1Status,
    Index,
    Health,
    /// Nothing is there.
    Nothing,
}

impl Handler {
    /// What answers a path, and what stands behind the handler's own part of it.
    #[inline]
    pub(crate) fn of(path: &str) -> (Self, &str) {
        // By far the most requests.
        if let Some(rest) = below(path, "/v1/data") {
            return (Self::V1Data, rest);
        }
        const OTHERS: [(&str, Handler); 8] = [
            ("/v0/data", Handler::V0Data),
            ("/v1/policies", Handler::V1Policies),
            ("/v1/query", Handler::V1Query),
            ("/v1/compile", Handler::V1Compile),
            ("/v1/config", Handler::V1Config),
            ("/v1/status", Handler::V1Status),
            ("/health", Handler::Health),
            ("", Handler::Index),
        ];
        let found = OTHERS.iter().find_map(|(prefix, handler)| Some((*handler, below(path, prefix)?)));
        match found {
            Some((Self::Index, rest)) if rest.trim_matches('/').is_empty() => (Self::Index, ""),
            Some((Self::Index, _)) | None => (Self::Nothing, path),
            Some(found) => found,
        }
    }
}

/// What stands behind `prefix`, when it ends where a segment does.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The routes of the API; `/health` itself only where no one else answers it.
pub(crate) fn routes(with_health: bool) -> Vec<Route> {
    use RouteClass as Class;
    let mut routes = vec![
        (Method::POST, "/v0/data/{path...}", Class::Decide),
        (Method::GET, "/v1/data/{path...}", Class::Read),
        (Method::POST, "/v1/data/{path...}", Class::Decide),
        (Method::PUT, "/v1/data/{path...}", Class::ChangeData),
        (Method::PATCH, "/v1/data/{path...}", Class::ChangeData),
        (Method::DELETE, "/v1/data/{path...}", Class::ChangeData),
        (Method::GET, "/v1/policies/{id...}", Class::Read),
        (Method::PUT, "/v1/policies/{id...}", Class::ChangePolicies),
        (Method::DELETE, "/v1/policies/{id...}", Class::ChangePolicies),
        (Method::GET, "/v1/query", Class::Read),
        (Method::POST, "/v1/query", Class::Read),
        (Method::POST, "/v1/compile/{path...}", Class::Decide),
        (Method::GET, "/v1/compile/{path...}", Class::Decide),
        (Method::GET, "/v1/config", Class::Read),
        (Method::GET, "/v1/status", Class::Read),
        (Method::POST, "/", Class::Decide),
        (Method::GET, "/", Class::Read),
        // A server that answers `/health` itself has the more particular pattern.
        (Method::GET, "/health/{rule...}", Class::Health),
    ];
    if with_health {
        routes.push((Method::GET, "/health", Class::Health));
    }
    // The patterns are constants, and a test makes sure that all of them are patterns.
    routes.into_iter().filter_map(|(method, pattern, class)| Route::new(method, pattern, class).ok()).collect()
}
