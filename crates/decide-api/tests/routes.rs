//! The route says what is done, and no other way to write its path does anything else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails, and says why")]

use bytes::Bytes;
use decide_api::{DecideApi, Settings};
use decision::{PolicySet, Revisions};
use host::FixedHost;
use http::Request;
use point::{Caller, Governance, Identity, Peer, Point, RequestId};
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::{Frozen, Value};

#[test]
fn what_may_be_read_decides_nothing() {
    let governance = Governance {
        policies: PolicySet::new(Vec::new(), Frozen::copy_of(Value::EMPTY_OBJECT), |_| ()).unwrap(),
        settings: catalog::Settings::default(),
        on_unknown: None,
        revisions: Arc::new(Revisions::default()),
    };
    let api = DecideApi::new(Settings::default(), Arc::new(governance), Arc::new(FixedHost::default()));
    let caller = Caller {
        identity: Arc::new(Identity::anonymous()),
        peer: Peer::Tcp("192.0.2.1:4711".parse().unwrap()),
        request_id: RequestId(7),
        deadline: Instant::now() + Duration::from_secs(60),
    };
    let check = |method: &str, path: &str, expected: &str| {
        let body = r#"{"resource": {"class": "bucket", "name": "b"}}"#;
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let response = api.handle(request.body(Bytes::from_static(body.as_bytes())).unwrap(), &caller);
        let answer: Json = serde_json::from_slice(response.body()).unwrap();
        let found = ["openapi", "verdict", "code"].into_iter().find(|key| answer.get(key).is_some());
        assert_eq!(found, Some(expected), "{method} {path}: {answer}");
    };
    for path in ["/openapi.json", "/openapi.json/", "/%6fpenapi.json", "/openapi%2Ejson/"] {
        check("GET", path, "openapi");
        check("HEAD", path, "openapi");
        check("POST", path, "code");
    }
    for path in ["/v1/decide", "/v1/decide/", "/v1/d%65cide"] {
        check("POST", path, "verdict");
        check("GET", path, "code");
    }
}
