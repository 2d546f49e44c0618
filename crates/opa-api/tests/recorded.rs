//! Decisions in the record.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says why"
)]

#[path = "support/mod.rs"]
mod support;

use decision::{Answer, Append, NotRecorded, Receipt, RecordEntry, receipt};
use opa_api::Settings;
use point::{RecordWait, may_leave, not_recorded};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{NOW_NS, api, ask, files};

/// Keeps entries as text, and answers what it is told to.
#[derive(Default)]
struct Recorder {
    entries: Mutex<Vec<String>>,
    problem: Mutex<Option<NotRecorded>>,
}

impl Append for Recorder {
    fn append(&self, entry: RecordEntry) -> Receipt {
        let text = match entry {
            RecordEntry::Decision(entry) => {
                let body = String::from_utf8((*entry.body.bytes).as_ref().to_vec()).unwrap();
                let Answer::Query(answer) = entry.answer else { panic!("a query") };
                let path = if answer.ad_hoc { "ad hoc" } else { &answer.path };
                let result = answer.error.map_or_else(
                    || format!("{:?}", answer.result),
                    |error| format!("{} {}", error.code, error.message),
                );
                assert!(entry.time_ns >= NOW_NS && !entry.id.is_empty());
                let masks: Vec<_> =
                    entry.body.masks.iter().map(|mask| (mask.path.join("/"), &mask.replacement)).collect();
                let now = entry.asked.now_ns.is_some();
                let dropped = if answer.dropped { "dropped " } else { "" };
                let strict = if answer.strict_builtin_errors { "strict " } else { "" };
                format!(
                    "{dropped}{strict}{path} {body} -> {result} masks {masks:?} time {now} by {}",
                    entry.revisions.data
                )
            }
            RecordEntry::PolicySet(entry) => {
                format!("{}: {} policies, {}", entry.cause, entry.policies, entry.revisions.data)
            }
        };
        self.entries.lock().unwrap().push(text);
        let (acknowledgement, receipt) = receipt();
        match self.problem.lock().unwrap().clone() {
            None => acknowledgement.answer(Ok(1)),
            Some(NotRecorded::Late) => std::mem::forget(acknowledgement),
            Some(problem) => acknowledgement.answer(Err(problem)),
        }
        receipt
    }
}

const POLICY: &str = "package p

allow if input.user == \"alice\"

secret := {\"token\": \"t\", \"ok\": true}

now := time.now_ns() > 0
";

const LOG: &str = "package system.log

mask contains \"/input/password\"

mask contains {\"op\": \"upsert\", \"path\": \"/input/user\", \"value\": \"*\"}

mask contains \"/result/token\"
";

fn recorded(wait: RecordWait) -> (opa_api::Api, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    let settings = Settings { policies_root: Some(Vec::new()), ..Settings::default() };
    let api = api(settings, &files(&[("p.rego", POLICY), ("log.rego", LOG)], "{}"));
    (api.with_record(Arc::clone(&recorder) as Arc<dyn Append>, wait), recorder)
}

#[test]
fn decisions_and_changes_are_recorded() {
    let (api, recorder) = recorded(RecordWait::Here(Duration::from_secs(5)));
    let last = || recorder.entries.lock().unwrap().last().unwrap().clone();
    assert_eq!(last(), "start: 2 policies, files:test");
    let masks = r#"masks [("input/password", None), ("result/token", None), ("input/user", Some("\"*\""))]"#;

    let answer = ask(&api, "POST", "/v1/data/p/allow", r#"{"input": {"user":"alice"}, "more": 1}"#);
    assert!(String::from_utf8_lossy(answer.body()).contains("\"decision_id\""));
    let expected = format!(
        r#"p/allow {{"input": {{"user":"alice"}}, "more": 1}} -> Some("true") {masks} time false by files:test"#
    );
    assert_eq!(last(), expected);

    ask(&api, "GET", "/v1/data/p/secret?input=%5B1%5D", "");
    let expected = format!(
        r#"p/secret {{"input":[1]}} -> Some("{{\"ok\":true,\"token\":\"t\"}}") {masks} time false by files:test"#
    );
    assert_eq!(last(), expected, "the record masks the result, and knows it by what it was");

    ask(&api, "POST", "/v0/data/p/nothing", r#"{"user": "bob"}"#);
    assert_eq!(last(), format!(r#"p/nothing {{"input":{{"user":"bob"}}}} -> None {masks} time false by files:test"#));

    ask(&api, "POST", "/v1/data/p/now", "{}");
    assert_eq!(last(), format!(r#"p/now {{}} -> Some("true") {masks} time true by files:test"#));

    ask(&api, "PUT", "/v1/data/x", "1");
    assert_eq!(last(), "api: 2 policies, files:test writes:1");
    ask(&api, "PUT", "/v1/policies/q", "package q");
    assert_eq!(last(), "api: 3 policies, files:test writes:1");
    let before = recorder.entries.lock().unwrap().len();
    ask(&api, "PUT", "/v1/policies/q", "package q");
    ask(&api, "GET", "/v1/policies/q", "");
    assert_eq!(recorder.entries.lock().unwrap().len(), before, "nothing has changed");
    api.replace_files(&files(&[], "{}")).unwrap();
    assert_eq!(last(), "reload: 1 policies, files:test writes:1");
}

/// What has no answer was decided all the same.
#[test]
fn failed_decisions_and_ad_hoc_queries_are_recorded() {
    let recorder = Arc::new(Recorder::default());
    let policy = "package p\n\nv := input.n\n\nv := 2\n\nn := to_number(input.n)\n";
    let files = files(&[("p.rego", policy), ("s.rego", "package system\n\nmain := data.p.v\n")], "{}");
    let api = api(Settings::default(), &files)
        .with_record(Arc::clone(&recorder) as Arc<dyn Append>, RecordWait::Here(Duration::from_secs(5)));
    let conflict = "eval_conflict_error p.rego:5:1: complete rules must not produce multiple outputs";
    let rest = "masks [] time false by files:test";
    for (method, path, body, status, expected) in [
        (
            "POST",
            "/v1/data/p/v",
            r#"{"input": {"n": 1}}"#,
            500,
            format!(r#"p/v {{"input": {{"n": 1}}}} -> {conflict}"#),
        ),
        ("GET", "/v1/data/p/v?input=%7B%22n%22:1%7D", "", 500, format!(r#"p/v {{"input":{{"n":1}}}} -> {conflict}"#)),
        ("POST", "/v0/data/p/v", r#"{"n": 1}"#, 500, format!(r#"p/v {{"input":{{"n":1}}}} -> {conflict}"#)),
        ("POST", "/", r#"{"n": 1}"#, 500, format!(r#"system/main {{"input":{{"n":1}}}} -> {conflict}"#)),
        (
            "POST",
            "/v1/query",
            r#"{"query": "data.p.v = x", "input": {"n": 1}}"#,
            500,
            format!(r#"ad hoc {{"query": "data.p.v = x", "input": {{"n": 1}}}} -> {conflict}"#),
        ),
        (
            "POST",
            "/v1/query",
            r#"{"query": "x = 1"}"#,
            200,
            r#"ad hoc {"query": "x = 1"} -> Some("[{\"x\":1}]")"#.to_owned(),
        ),
        ("GET", "/v1/query?q=data.nothing", "", 200, r#"ad hoc {"query":"data.nothing"} -> None"#.to_owned()),
        (
            "POST",
            "/v1/data/p/n?strict-builtin-errors",
            r#"{"input": {"n": "x"}}"#,
            500,
            r#"strict p/n {"input": {"n": "x"}} -> eval_builtin_error p.rego:7:6: to_number: strconv.ParseFloat: parsing "x": invalid syntax"#.to_owned(),
        ),
    ] {
        assert_eq!(ask(&api, method, path, body).status(), status, "{method} {path}");
        let entries = recorder.entries.lock().unwrap();
        assert_eq!(entries.last().unwrap(), &format!("{expected} {rest}"), "{method} {path}");
    }
    api.replace_files(&support::files(&[], "{}")).unwrap();
    assert_eq!(ask(&api, "POST", "/", r#"{"n": 1}"#).status(), 404);
    let entries = recorder.entries.lock().unwrap();
    assert_eq!(entries.last().unwrap(), &format!(r#"system/main {{"input":{{"n":1}}}} -> None {rest}"#));
}

#[test]
fn what_is_dropped_is_said_to_be() {
    let recorder = Arc::new(Recorder::default());
    let log = "package system.log\n\ndrop if {\n\tinput.path == \"p/allow\"\n\tinput.input.user == \"probe\"\n}\n\nmask contains \"/input/user\" if 1 / input.input.divisor > 0\n\ndrop if input.input.both\n\ndrop := false if input.input.both\n";
    let api = api(Settings::default(), &files(&[("p.rego", POLICY), ("log.rego", log)], "{}"));
    let api = api.with_record(Arc::clone(&recorder) as Arc<dyn Append>, RecordWait::Here(Duration::from_secs(5)));
    let last = |input: &str| {
        let answer = ask(&api, "POST", "/v1/data/p/allow", &format!("{{\"input\": {input}}}"));
        assert!(String::from_utf8_lossy(answer.body()).contains("\"decision_id\""), "the caller does not notice");
        let entry = recorder.entries.lock().unwrap().last().unwrap().clone();
        entry.split(' ').next().unwrap().to_owned()
    };
    assert_eq!(last(r#"{"user": "probe"}"#), "dropped");
    assert_eq!(last(r#"{"user": "alice"}"#), "p/allow");
    // A rule that fails, here with two values, drops nothing.
    assert_eq!(last(r#"{"user": "probe", "both": true}"#), "p/allow");
}

#[test]
fn a_mask_that_fails_keeps_the_body_back() {
    let recorder = Arc::new(Recorder::default());
    let api = api(Settings::default(), &files(&[("log.rego", "package system.log\n\nmask := 1")], "{}"));
    let api = api.with_record(Arc::clone(&recorder) as Arc<dyn Append>, RecordWait::Here(Duration::from_secs(5)));
    ask(&api, "POST", "/v1/data/system/log/mask", r#"{"input": {"password": "s"}}"#);
    let entries = recorder.entries.lock().unwrap();
    let masks = r#"masks [("input", None), ("result", None)]"#;
    let expected =
        format!(r#"system/log/mask {{"input":{{"password":"s"}}}} -> Some("1") {masks} time false by files:test"#);
    assert_eq!(*entries.last().unwrap(), expected, "nothing of either may be written down");
}

#[test]
fn what_is_not_recorded_is_not_answered() {
    let (api, recorder) = recorded(RecordWait::Here(Duration::from_millis(50)));
    for (problem, status) in [
        (None, 200),
        (Some(NotRecorded::Spooled("full".into())), 200),
        (Some(NotRecorded::Lost("full".into())), 500),
        (Some(NotRecorded::Closed), 500),
        (Some(NotRecorded::Late), 500),
    ] {
        *recorder.problem.lock().unwrap() = problem.clone();
        let response = ask(&api, "POST", "/v1/data/p/allow", r#"{"input": {"user": "alice"}}"#);
        assert_eq!(response.status(), status, "{problem:?}");
    }
}

#[test]
fn somebody_else_may_wait() {
    let (api, recorder) = recorded(RecordWait::InResponse);
    *recorder.problem.lock().unwrap() = Some(NotRecorded::Lost("the disk is gone".into()));
    let response = ask(&api, "POST", "/v1/data/p/allow", r#"{"input": {"user": "alice"}}"#);
    assert_eq!(response.status(), 200);
    let receipt = response.extensions().get::<Receipt>().unwrap();
    let recorded = receipt.wait_for(Duration::from_secs(1));
    assert!(!may_leave(&recorded));
    let refusal = not_recorded(&recorded.unwrap_err());
    assert_eq!(refusal.status, 500);
    assert!(refusal.message.contains("not recorded: the disk is gone"));
    assert!(may_leave(&Ok(3)) && may_leave(&Err(NotRecorded::Spooled("x".into()))));
    let read = ask(&api, "GET", "/v1/status", "");
    assert!(read.extensions().get::<Receipt>().is_none());
}
