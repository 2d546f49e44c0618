//! Answers of the OPA API in the record: masked as written down, known by what they were, and the same when they are decided again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must stop and say why")]

mod common;
#[path = "common/serving.rs"]
mod serving;

use common::{provost, tree, write};
use serde_json::{Value, json};
use serving::Serving;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const APP: &str = "package app

default allow := false

allow if input.user == \"alice\"

session := {\"allow\": allow, \"token\": data.session_token}

by_password if input.password == \"hunter2-of-alice\"

constant := 42
";

const MASK: &str = "package system.log

mask contains \"/input/password\"

mask contains \"/result/token\"
";

const TOKEN: &str = "hidden-session-token";
const PASSWORD: &str = "hunter2-of-alice";

/// A repository whose server has answered each of these paths, for alice.
fn answered(mask: &str, paths: &[&str]) -> TempDir {
    let folder = tree(&[
        ("provost.yaml", "policies: [policies]\ndata: [data]\nrecord: {path: record.db}\n"),
        ("policies/app.rego", APP),
        ("policies/log.rego", mask),
        ("data/token.json", &json!({ "session_token": TOKEN }).to_string()),
    ]);
    let server = Serving::start(folder.path(), &[]);
    for path in paths {
        let input = json!({"input": {"user": "alice", "password": PASSWORD}}).to_string();
        server.post(path, &input).is(200);
    }
    assert_eq!(server.stop().code, Some(0));
    provost(folder.path(), &["record", "verify", "record.db"]).exits(0);
    folder
}

fn replayed(folder: &Path, code: i32) -> Value {
    let run = provost(folder, &["replay", "record.db", "--format", "json"]).exits(code);
    serde_json::from_str(&run.out).unwrap()
}

/// Whether a text stands in the record or in anything that it is shown as. Bodies are compressed in the file, so all are shown.
fn is_in_record(folder: &Path, text: &str) -> bool {
    let shown = provost(folder, &["record", "export", "record.db"]).exits(0).out;
    let stored = fs::read(folder.join("record.db")).unwrap();
    shown.contains(text) || stored.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_masked_answer_does_not_change_by_itself() {
    let paths = ["/v1/data/app/session", "/v1/data/app/allow", "/v1/data/app/nothing"];
    let folder = answered(MASK, &paths);
    assert!(is_in_record(folder.path(), "alice") && is_in_record(folder.path(), "\"allow\":true"));
    assert!(!is_in_record(folder.path(), TOKEN) && !is_in_record(folder.path(), PASSWORD));
    let exported = provost(folder.path(), &["record", "export", "record.db"]).exits(0);
    exported.says(&[r#""erased":["/input/password"]"#, r#""masked":["/result/token"]"#]);

    let same = replayed(folder.path(), 0);
    assert_eq!((&same["same"], &same["changed"], &same["cannot_tell"]), (&json!(3), &json!(0), &json!(0)), "{same}");

    // What was hidden from the record still tells one answer from another.
    write(folder.path(), "data/token.json", br#"{"session_token": "another"}"#);
    let changed = replayed(folder.path(), 1);
    assert_eq!((&changed["same"], &changed["changed"]), (&json!(2), &json!(1)), "{changed}");
    assert_eq!(changed["differences"][0]["resource"], "app/session");
    assert_eq!(changed["differences"][0]["before"], r#"{"allow":true}"#);
}

/// What had no answer, and what was asked ad hoc, is in the record, is shown and exported, and is decided again.
#[test]
fn failures_and_ad_hoc_queries_are_recorded_and_decided_again() {
    let (conflict, fixed) = ("package c\n\nv := 1\n\nv := input.n\n", "package c\n\nv := input.n\n");
    let folder =
        tree(&[("provost.yaml", "policies: [policies]\nrecord: {path: record.db}\n"), ("policies/c.rego", conflict)]);
    let server = Serving::start(folder.path(), &[]);
    let number = r#"{"input": {"n": 12345678901234567890123}}"#;
    server.post("/v1/data/c/v", number).is(500);
    server.post("/v1/query", r#"{"query": "x = input.n", "input": {"n": 1.50}}"#).is(200);
    server.post("/v1/query", r#"{"query": "data.c.v = x", "input": {"n": 1}}"#).is(200);
    assert_eq!(server.stop().code, Some(0));
    provost(folder.path(), &["record", "verify", "record.db"]).exits(0);
    let message = "c.rego:5:1: complete rules must not produce multiple outputs";
    let shown = provost(folder.path(), &["record", "show", "record.db"]).exits(0);
    shown.says(&["an ad-hoc query", "eval_conflict_error: ", message]);
    provost(folder.path(), &["record", "export", "record.db"]).exits(0).says(&[
        r#""error":{"code":"eval_conflict_error","message":""#,
        message,
        // As it was written, and not as a double has it.
        r#""input":{"n":12345678901234567890123}"#,
        r#""query":"x = input.n""#,
        r#""result":[{"x":1.50}]"#,
    ]);
    let same = replayed(folder.path(), 0);
    assert_eq!((&same["same"], &same["changed"], &same["cannot_tell"]), (&json!(3), &json!(0), &json!(0)), "{same}");
    write(folder.path(), "policies/c.rego", fixed.as_bytes());
    let changed = replayed(folder.path(), 1);
    assert_eq!((&changed["same"], &changed["changed"]), (&json!(2), &json!(1)), "{changed}");
    let difference = &changed["differences"][0];
    assert_eq!((&difference["before"], &difference["resource"]), (&json!("eval_conflict_error"), &json!("c/v")));
    assert_eq!(difference["after"], "12345678901234567890123");
}

#[test]
fn what_hangs_on_a_masked_input_cannot_be_told() {
    let folder = answered(MASK, &["/v1/data/app/by_password", "/v1/data/app/allow"]);
    let told = replayed(folder.path(), 0);
    assert_eq!((&told["same"], &told["cannot_tell"]), (&json!(1), &json!(1)), "{told}");
}

#[test]
fn a_mask_that_fails_hides_all_and_changes_nothing() {
    let broken = "package system.log\n\nmask := \"this is no set\"\n";
    let folder = answered(broken, &["/v1/data/app/session", "/v1/data/app/constant"]);
    for text in [TOKEN, PASSWORD, "alice", "\"allow\""] {
        assert!(!is_in_record(folder.path(), text), "{text}");
    }
    let told = replayed(folder.path(), 0);
    assert_eq!((&told["same"], &told["changed"], &told["cannot_tell"]), (&json!(1), &json!(0), &json!(1)), "{told}");
}

#[test]
fn what_is_dropped_leaves_only_that_it_was_decided() {
    let drop = "package system.log\n\ndrop if input.path == \"app/session\"\n";
    let folder = answered(drop, &["/v1/data/app/session", "/v1/data/app/constant"]);
    let lines = |arguments: &[&str]| -> Vec<Value> {
        let all = [&["record", "export", "record.db"], arguments].concat();
        let exported = provost(folder.path(), &all).exits(0).out;
        let events = exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.filter(|event| event["kind"] == "decision").collect()
    };
    let logged = lines(&[]);
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert_eq!((&logged[0]["path"], &logged[0]["result"]), (&json!("app/constant"), &json!(42)));

    let all = lines(&["--all"]);
    assert_eq!(all.len(), 2, "{all:?}");
    let dropped = all[0].as_object().unwrap();
    assert_eq!((&dropped["path"], &dropped["dropped"]), (&json!("app/session"), &json!(true)));
    assert!(dropped.contains_key("decision_id") && dropped.contains_key("request_digest"));
    assert!(!dropped.contains_key("input") && !dropped.contains_key("result"), "{dropped:?}");
    assert!(!is_in_record(folder.path(), TOKEN), "it was in no other answer");
    provost(folder.path(), &["record", "show", "record.db"]).exits(0).says(&["dropped from the decision log"]);

    let told = replayed(folder.path(), 0);
    assert_eq!((&told["same"], &told["changed"], &told["cannot_tell"]), (&json!(1), &json!(0), &json!(1)), "{told}");
}
