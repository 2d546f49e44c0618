//! What holds while policies and data change: a decision sees one state of both, and a change is small.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says why"
)]

#[path = "support/mod.rs"]
mod support;

use opa_api::Settings;
use point::Point;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;
use support::{api, ask, files, told};

#[test]
fn nobody_sees_half_a_change() {
    let policy = "package p\n\nsame if data.pair.a == data.pair.b\n\nrule := 1\n\nagain := rule";
    let settings = Settings { policies_root: Some(Vec::new()), ..Settings::default() };
    let api = api(settings, &files(&[("p.rego", policy)], r#"{"pair": {"a": 0, "b": 0}}"#));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut asked = 0;
                while !done.load(Ordering::Relaxed) || asked < 100 {
                    let found = told(&api, "POST", "/v1/data/p/same", r#"{"input": {}}"#);
                    assert_eq!(found, "200 {\"result\":true}");
                    let both = told(&api, "POST", "/v1/data/mine", r#"{"input": {}}"#);
                    let (old, new) = ("200 {\"result\":{\"x\":1,\"y\":1}}", "200 {\"result\":{\"x\":2,\"y\":2}}");
                    assert!(both == old || both == new || both == "200 {}", "{both}");
                    asked += 1;
                }
            });
        }
        for number in 1..200 {
            let patch = format!(
                r#"[{{"op": "replace", "path": "/pair/a", "value": {number}}}, {{"op": "replace", "path": "/pair/b", "value": {number}}}]"#
            );
            assert_eq!(ask(&api, "PATCH", "/v1/data", &patch).status(), 204);
            if number % 20 == 0 {
                let value = 1 + number / 20 % 2;
                let policy = format!("package mine\n\nx := {value}\n\ny := {value}");
                assert_eq!(ask(&api, "PUT", "/v1/policies/mine", &policy).status(), 200);
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_small_change_to_large_data_is_quick() {
    let entries: Vec<String> = (0..200_000)
        .map(|number| format!(r#""user{number}": {{"groups": ["a{number}", "b"], "n": {number}}}"#))
        .collect();
    let data = format!(r#"{{"users": {{{}}}, "flags": {{"on": false}}}}"#, entries.join(","));
    let api = api(Settings::default(), &files(&[], &data));
    let before = Instant::now();
    for number in 0..100 {
        let body = format!(r#"[{{"op": "replace", "path": "/flags/on", "value": {number}}}]"#);
        assert_eq!(ask(&api, "PATCH", "/v1/data", &body).status(), 204);
    }
    // Copying the data takes tens of milliseconds each time, even on the quickest machine.
    assert!(before.elapsed().as_millis() < 1_000, "{:?} for {} bytes", before.elapsed(), data.len());
    assert_eq!(told(&api, "GET", "/v1/data/users/user7/n", ""), "200 {\"result\":7}");
}

#[test]
fn every_route_is_answered() {
    let api = api(Settings::default(), &files(&[], "{}"));
    for route in api.routes() {
        let path = route.pattern.as_str().replace("{path...}", "a").replace("{id...}", "a").replace("{rule...}", "a");
        let status = ask(&api, route.method.as_str(), &path, "{}").status().as_u16();
        assert_ne!(status, 405, "{route}");
        let expected = if path.starts_with("/v1/compile") { 501 } else { status };
        assert_eq!(status, expected, "{route}");
    }
    assert_eq!(api.routes().len(), 18, "each route is a pattern");
    let changes = api.routes().iter().filter(|route| route.class.is_change());
    let methods: Vec<_> = changes.map(|route| route.method.as_str()).collect();
    assert_eq!(methods, ["PUT", "PATCH", "DELETE", "PUT", "DELETE"]);
}

#[test]
fn a_late_evaluation_stops() {
    let policy = "package p\n\nlong := count([1 | some _ in numbers.range(1, 3000); some _ in numbers.range(1, 3000)])";
    let api = api(Settings::default(), &files(&[("p.rego", policy)], "{}"));
    let mut caller = support::caller();
    caller.deadline = Instant::now();
    let request = http::Request::post("/v1/data/p/long").body(bytes::Bytes::from_static(b"{\"input\": 1}")).unwrap();
    let response = api.handle(request, &caller);
    assert_eq!(response.status(), 500);
    let body = String::from_utf8(response.body().to_vec()).unwrap();
    assert!(body.contains("eval_cancel_error"), "{body}");
}
