//! When bundles are asked for, and what their server is told.

use crate::support::{NOW_NS, Server, archive, outcome, status, told, with_bundle};
use std::time::Duration;

fn bundle(revision: &str, value: &str) -> Vec<u8> {
    let manifest = format!(r#"{{"revision": "{revision}", "roots": ["a"]}}"#);
    archive(&[(".manifest", manifest.as_bytes()), ("a/data.json", value.as_bytes())])
}

#[test]
fn what_is_in_use_is_not_sent_again() {
    let (api, server) = (with_bundle(|_, _| ()), Server::default());
    server.sends(&bundle("1", "1"), Some("first"));
    assert_eq!(outcome(&api, &server), "revision 1");
    assert_eq!(told(&api, "GET", "/v1/data/system/bundles/b/etag", ""), "200 {\"result\":\"first\"}");
    assert_eq!(outcome(&api, &server), "revision 1");
    server.sends(&bundle("2", "2"), None);
    assert_eq!(outcome(&api, &server), "revision 2");
    assert_eq!(outcome(&api, &server), "revision 2");
    let etag = |etag: &str| Some(etag.to_owned());
    assert_eq!(*server.asked.lock().unwrap(), [None, etag("first"), etag("first"), None]);
    assert_eq!(status(&api).activations, 2);
}

#[test]
fn a_broken_bundle_is_asked_for_again() {
    let (api, server) = (with_bundle(|_, _| ()), Server::default());
    server.sends(&bundle("1", "1"), Some("first"));
    assert_eq!(outcome(&api, &server), "revision 1");
    server.sends(&bundle("2", "{"), Some("second"));
    assert!(outcome(&api, &server).starts_with("bundle load failed"));
    assert_eq!(told(&api, "GET", "/v1/data/a", ""), "200 {\"result\":1}");
    server.sends(&bundle("3", "3"), Some("third"));
    assert_eq!(outcome(&api, &server), "revision 3");
    // What is in use is named, not what was refused.
    assert_eq!(server.asked.lock().unwrap().last().unwrap().as_deref(), Some("first"));
}

#[test]
fn a_server_that_does_not_answer_changes_nothing() {
    let (api, server) = (with_bundle(|_, _| ()), Server::default());
    server.sends(&bundle("1", "1"), None);
    assert_eq!(outcome(&api, &server), "revision 1");
    server.fails(Some(503), "server replied with 503 Service Unavailable");
    assert_eq!(outcome(&api, &server), "server replied with 503 Service Unavailable");
    let failed = status(&api);
    assert_eq!(failed.failure.unwrap().http_status, Some(503));
    assert_eq!((failed.active_revision.as_deref(), failed.failures, failed.activations), (Some("1"), 1, 1));
    assert_eq!(failed.last_successful_activation_ns, NOW_NS);
    assert_eq!(told(&api, "GET", "/v1/data/a", ""), "200 {\"result\":1}");
    assert_eq!(outcome(&api, &server), "revision 1");
}

#[test]
fn delays_are_between_the_limits_and_grow_after_failures() {
    let api = with_bundle(|_, bundle| {
        bundle.delay_min = Duration::from_secs(10);
        bundle.delay_max = Duration::from_secs(20);
    });
    let server = Server::default();
    let wait = || api.poll_bundle("b", &server).unwrap().wait;
    assert!((Duration::from_secs(10)..=Duration::from_secs(20)).contains(&wait()));
    let mut longest = Duration::ZERO;
    for failures in 1..40 {
        server.fails(None, "no answer");
        let wait = wait();
        assert!(wait >= Duration::from_millis(100) && wait <= Duration::from_secs(20), "{failures}: {wait:?}");
        longest = longest.max(wait);
        if failures == 1 {
            assert!(wait <= Duration::from_millis(200), "{wait:?}");
        }
    }
    assert!(longest > Duration::from_secs(1), "{longest:?}");
    assert!(wait() >= Duration::from_secs(10), "all is well again");
    assert_eq!(api.poll_bundle("c", &server).unwrap_err().to_string(), "there is no bundle `c`");
}

#[test]
fn a_delta_keeps_what_it_does_not_change() {
    let (api, server) = (with_bundle(|_, _| ()), Server::default());
    let large = format!(r#"{{"large": "{}", "n": 0}}"#, "x".repeat(1_000_000));
    server.sends(&bundle("0", &large), None);
    assert_eq!(outcome(&api, &server), "revision 0");
    for number in 1..600 {
        let manifest = format!(r#"{{"revision": "{number}", "roots": ["/a/"]}}"#);
        let patch = format!(r#"{{"data": [{{"op": "upsert", "path": "/a/n", "value": {number}}}]}}"#);
        server.sends(&archive(&[(".manifest", manifest.as_bytes()), ("patch.json", patch.as_bytes())]), None);
        assert_eq!(outcome(&api, &server), format!("revision {number}"));
    }
    assert_eq!(told(&api, "GET", "/v1/data/a/n", ""), "200 {\"result\":599}");
    let revision = told(&api, "GET", "/v1/data/system/bundles/b/manifest/revision", "");
    assert_eq!(revision, "200 {\"result\":\"599\"}");
    assert_eq!(status(&api).kind, "delta");
}
