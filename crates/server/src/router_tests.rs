use super::{Match, Router};
use bytes::Bytes;
use http::{Method, Request, Response};
use point::{Caller, Point, Route, RouteClass, path_segments};
use std::sync::Arc;

struct Listed(&'static str, Vec<Route>);

impl Point for Listed {
    fn name(&self) -> &'static str {
        self.0
    }

    fn routes(&self) -> &[Route] {
        &self.1
    }

    fn handle(&self, _request: Request<Bytes>, _caller: &Caller) -> Response<Bytes> {
        Response::new(Bytes::from_static(self.0.as_bytes()))
    }
}

fn point(name: &'static str, routes: &[(Method, &'static str)]) -> Arc<dyn Point> {
    let route =
        |(method, pattern): &(Method, &'static str)| Route::new(method.clone(), *pattern, RouteClass::Read).unwrap();
    Arc::new(Listed(name, routes.iter().map(route).collect()))
}

fn router() -> Router {
    let one = point(
        "one",
        &[
            (Method::GET, "/v1/data/{path...}"),
            (Method::POST, "/v1/data/{path...}"),
            (Method::GET, "/v1/policies/{id}"),
            (Method::POST, "/"),
        ],
    );
    let two =
        point("two", &[(Method::GET, "/health/ready"), (Method::GET, "/health/{rule...}"), (Method::GET, "/health")]);
    Router::new(&[one, two]).unwrap()
}

#[test]
fn the_most_literal_route_answers() {
    let router = router();
    #[track_caller]
    fn check(router: &Router, method: Method, path: &str, expected: &str) {
        let found = match router.find(&method, &path_segments(path).unwrap()) {
            Match::Route(id) => router.get(id).unwrap().route.to_string(),
            Match::OtherMethods(methods) => format!("only {methods:?}"),
            Match::Nothing => "nothing".to_owned(),
        };
        assert_eq!(found, expected, "{method} {path}");
    }
    check(&router, Method::GET, "/v1/data", "GET /v1/data/{path...}");
    check(&router, Method::GET, "/v1/data/a/b", "GET /v1/data/{path...}");
    check(&router, Method::HEAD, "/v1/data/a", "GET /v1/data/{path...}");
    check(&router, Method::POST, "/v1/data/a", "POST /v1/data/{path...}");
    check(&router, Method::POST, "/", "POST /");
    check(&router, Method::GET, "/health/ready", "GET /health/ready");
    check(&router, Method::GET, "/health/ready/x", "GET /health/{rule...}");
    check(&router, Method::GET, "/health/other", "GET /health/{rule...}");
    check(&router, Method::GET, "/health", "GET /health");
    check(&router, Method::DELETE, "/v1/data/a", "only [GET, HEAD, POST]");
    check(&router, Method::GET, "/", "only [POST]");
    check(&router, Method::GET, "/v1", "nothing");
    check(&router, Method::GET, "/v1/policies", "nothing");
    check(&router, Method::PUT, "/admin", "nothing");
}

#[test]
fn one_route_has_one_point() {
    let same = [point("one", &[(Method::GET, "/a/{b}")]), point("two", &[(Method::GET, "/a/{other}")])];
    let Err(error) = Router::new(&same) else { panic!("two points have one route") };
    assert_eq!(error.to_string(), "the route `GET /a/{other}` is wanted by `one` and by `two`");
}
