//! `http.send`: the real binary asks real servers, where somebody allowed it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop and say why"
)]

mod common;
#[path = "common/serving.rs"]
mod serving;
#[path = "common/upstream.rs"]
mod upstream;

use common::{command, provost, tree, write};
use record::{Event, StoredBody};
use serde_json::{Value, json};
use serving::{Serving, eventually};
use std::path::Path;
use std::sync::{Mutex, mpsc};
use upstream::Upstream;

const SECRET: &str = "hunter2-of-the-registry";

/// What a registry says that knows one image.
fn approval(head: &str) -> String {
    let image = head.strip_prefix("GET /images/").and_then(|rest| rest.split([' ', '?']).next());
    json!({"approved": image == Some("good")}).to_string()
}

/// A registry that knows one image.
fn registry() -> Upstream {
    Upstream::start("", approval)
}

/// A policy that denies documents whose image the registry does not approve, and a rule for servers.
fn policy(registry: &Upstream, more: &str) -> String {
    format!(
        "package app

deny contains msg if {{
	not approved
	msg := sprintf(\"%s is not approved\", [input.image])
}}

default approved := false

approved if answer.body.approved

answer := http.send({{
	\"method\": \"get\",
	\"url\": sprintf(\"http://{}/images/%s?key={SECRET}\", [input.image]),
	\"headers\": {{\"Authorization\": \"Bearer {SECRET}\"}},{more}
}})
",
        registry.address
    )
}

fn repository(registry: &Upstream, hosts: &str) -> String {
    let hosts = hosts.replace("REGISTRY", &registry.address.to_string());
    format!("policies: [policies]\nrecord: {{path: record.db}}\n{hosts}\n")
}

const ALLOWED: &str = "http_send: {hosts: ['REGISTRY']}";

#[test]
fn nothing_is_sent_unless_somebody_allows_it() {
    let registry = registry();
    let folder = tree(&[]);
    let host = registry.address.to_string();
    let query = format!("http.send({{\"method\": \"get\", \"url\": \"http://{host}/images/good\"}}).body.approved");
    let hint = format!(
        "host `{host}` is not allowed: name it under `http_send.hosts` in provost.yaml, or with `--allow-host {host}`"
    );
    let run = provost(folder.path(), &["eval", &query]).exits(0);
    assert_eq!((run.out.trim(), run.err.trim()), ("{}", format!("warning: http.send: {hint}").as_str()));
    let strict = provost(folder.path(), &["eval", "--strict-builtin-errors", &query]).exits(2).complains(&[&hint]);
    assert!(!strict.err.contains("warning"), "it is said once: {}", strict.err);
    assert_eq!(registry.count(), 0);

    let run = provost(folder.path(), &["eval", "-f", "raw", "--allow-host", &host, &query]).exits(0);
    assert_eq!((run.out.trim(), run.err.as_str()), ("true", ""));
    provost(folder.path(), &["eval", "-f", "raw", "--allow-host", "127.0.0.1", &query]).exits(0).says(&["true"]);
    assert_eq!(registry.count(), 2);

    let run = provost(folder.path(), &["eval", "--allow-host", "https://a/", "1"]).exits(2);
    run.complains(&["`https://a/` names no host: it is a URL, and a host is enough", "`registry.example.com`"]);
}

#[test]
fn an_evaluation_waits_no_longer_than_it_may() {
    let (_go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let silent = Upstream::start("", move |_| {
        let _ = wait.lock().unwrap().recv();
        String::new()
    });
    let folder = tree(&[]);
    let ask = |more: &str, arguments: &[&str]| {
        let query =
            format!("http.send({{\"method\": \"get\", \"url\": \"http://{}/\"{more}}}).error.message", silent.address);
        provost(folder.path(), &[&["eval", "-f", "raw", "--allow-host", "127.0.0.1", &query], arguments].concat())
    };
    let quick = ask(", \"timeout\": \"50ms\", \"raise_error\": false", &[]).exits(0);
    assert_eq!(quick.out.trim(), format!("Get \"http://{}/\": request timed out after 50ms", silent.address));
    ask(", \"timeout\": \"600s\"", &["--limit", "time_ms=100"]).exits(2).complains(&["time in milliseconds"]);
}

#[test]
fn certificates_may_stand_in_the_environment() {
    let folder = tree(&[]);
    provost(folder.path(), &["certs", "--out", "tls"]).exits(0);
    let authority = std::fs::read_to_string(folder.path().join("tls/ca.crt")).unwrap();
    let query =
        "http.send({\"method\": \"get\", \"url\": \"https://127.0.0.1:1/\", \"tls_ca_cert_env_variable\": \"CA\"})";
    for (value, expected) in [
        (None, "the environment variable `CA` is not set"),
        (Some("secret"), "the environment variable `CA` holds no certificate authority"),
        // It can be used, and then nobody listens there.
        (Some(authority.as_str()), "connecting to 127.0.0.1:1: connection refused"),
    ] {
        let arguments = ["eval", "--strict-builtin-errors", "--allow-host", "127.0.0.1", query];
        let mut command = command(folder.path(), &arguments);
        value.map(|value| command.env("CA", value));
        let output = command.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        assert_eq!(output.status.code(), Some(2));
    }
}

/// Decides a document by a policy that asks.
fn check(folder: &Path, image: &str, code: i32) -> common::Run {
    write(folder, "pod.yaml", format!("image: {image}\n").as_bytes());
    provost(folder, &["check", "pod.yaml", "--record", "record.db"]).exits(code)
}

fn replayed(folder: &Path, code: i32) -> Value {
    let run = provost(folder, &["replay", "record.db", "--format", "json"]).exits(code);
    serde_json::from_str(&run.out).unwrap()
}

/// The record tells what was asked and answered, and not by which secret.
#[track_caller]
fn no_secret_is_recorded(folder: &Path) {
    let exported = provost(folder, &["record", "export", "record.db"]).exits(0).out;
    let reader = record::Reader::open(&folder.join("record.db")).unwrap();
    let (first, last) = reader.bounds().unwrap().unwrap();
    let mut exchanges = String::new();
    for entry in reader.entries(first, last) {
        let Event::Decision(decision) = entry.unwrap().read().unwrap().event else { continue };
        let Some(body) = decision.host.exchanges.and_then(|exchanges| exchanges.body) else { continue };
        let Ok(StoredBody::Kept(bytes)) = reader.body(&body) else { panic!("the exchanges are gone") };
        exchanges.push_str(&String::from_utf8(bytes).unwrap());
    }
    assert!(exchanges.contains("/images/good?key\"") && exchanges.contains("approved"), "{exchanges}");
    assert!(!exchanges.contains(SECRET) && !exported.contains(SECRET), "{exchanges}\n{exported}");
}

#[test]
fn a_check_asks_and_its_record_replays_without_asking() {
    let registry = registry();
    let folder =
        tree(&[("provost.yaml", &repository(&registry, ALLOWED)), ("policies/app.rego", &policy(&registry, ""))]);
    check(folder.path(), "good", 0);
    check(folder.path(), "bad", 1).says(&["bad is not approved"]);
    assert_eq!(registry.count(), 2);
    assert!(registry.heads()[0].contains(&format!("authorization: Bearer {SECRET}")), "{}", registry.heads()[0]);

    let same = replayed(folder.path(), 0);
    assert_eq!((&same["same"], &same["changed"]), (&json!(2), &json!(0)), "{same}");
    assert_eq!(registry.count(), 2, "a replay asks nobody");
    no_secret_is_recorded(folder.path());

    // A policy that asks for something else cannot be told what it would have been answered.
    let other = policy(&registry, "").replace("/images/", "/pictures/");
    write(folder.path(), "policies/app.rego", other.as_bytes());
    let told = replayed(folder.path(), 2);
    assert_eq!((&told["same"], &told["cannot_tell"]), (&json!(0), &json!(2)), "{told}");
    assert!(!told.to_string().contains(SECRET), "{told}");
    assert_eq!(registry.count(), 2);
}

#[test]
fn a_check_that_may_not_ask_says_so() {
    let registry = registry();
    let folder = tree(&[("provost.yaml", &repository(&registry, "")), ("policies/app.rego", &policy(&registry, ""))]);
    let run = check(folder.path(), "good", 1);
    run.complains(&[&format!("warning: http.send: host `{}` is not allowed", registry.address)]);
    let same = replayed(folder.path(), 0);
    assert_eq!((&same["same"], registry.count()), (&json!(1), 0), "{same}");
}

#[test]
fn tests_of_policies_ask_or_are_told_what_is_answered() {
    let registry = registry();
    let tests = "package app_test

import data.app

test_asks if app.approved with input as {\"image\": \"good\"}

test_is_told if app.approved with input as {\"image\": \"bad\"} with http.send as {\"body\": {\"approved\": true}}
";
    let folder = tree(&[
        ("provost.yaml", &repository(&registry, ALLOWED)),
        ("policies/app.rego", &policy(&registry, "")),
        ("policies/app_test.rego", tests),
    ]);
    provost(folder.path(), &["test"]).exits(0);
    assert_eq!(registry.count(), 1);
    write(folder.path(), "provost.yaml", repository(&registry, "").as_bytes());
    provost(folder.path(), &["test"]).exits(1).complains(&["is not allowed"]);
    provost(folder.path(), &["test", "--allow-host", &registry.address.to_string()]).exits(0);
    assert_eq!(registry.count(), 2);
}

fn approved(server: &Serving, image: &str) -> Value {
    let asked = json!({"input": {"image": image}}).to_string();
    server.post("/v1/data/app/approved", &asked).is(200).json()["result"].clone()
}

#[test]
fn a_server_asks_keeps_answers_and_replays() {
    let registry = Upstream::start("Cache-Control: max-age=3600\r\n", approval);
    let folder = tree(&[
        ("provost.yaml", &repository(&registry, ALLOWED)),
        ("policies/app.rego", &policy(&registry, "\n\t\"cache\": true,")),
    ]);
    let server = Serving::start(folder.path(), &[]);
    for _ in 0..3 {
        assert_eq!((approved(&server, "good"), approved(&server, "bad")), (json!(true), json!(false)));
    }
    assert_eq!(registry.count(), 2, "answers are kept between requests");

    // What is kept outlives other policies, and is good for nobody who may no longer ask.
    let reloaded = policy(&registry, "\n\t\"cache\": true,") + "\nversion := 2\n";
    write(folder.path(), "policies/app.rego", reloaded.as_bytes());
    eventually("the new policy answers", || server.get("/v1/data/app/version").json()["result"] == 2);
    assert_eq!((approved(&server, "good"), registry.count()), (json!(true), 2));
    write(folder.path(), "provost.yaml", repository(&registry, "").as_bytes());
    eventually("the host may no longer be asked", || approved(&server, "good") == false);
    assert_eq!(registry.count(), 2);

    let ended = server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(ended.log.contains("is not allowed") && !ended.log.contains(SECRET), "{}", ended.log);
    let same = replayed(folder.path(), 1);
    assert_eq!((&same["cannot_tell"], registry.count()), (&json!(0), 2), "{same}");
    // Only the rule that was not there yet is answered otherwise now.
    let differences = same["differences"].as_array().unwrap();
    assert!(differences.iter().all(|difference| difference["resource"] == "app/version"), "{same}");
    no_secret_is_recorded(folder.path());
}

#[test]
fn queries_of_callers_ask_only_where_that_is_allowed() {
    let registry = registry();
    let folder =
        tree(&[("provost.yaml", &repository(&registry, ALLOWED)), ("policies/a.rego", "package a\n\nb := 1\n")]);
    let query = format!(
        "x := http.send({{\"method\": \"get\", \"url\": \"http://{}/images/good\"}}).status_code",
        registry.address
    );
    let ask = |server: &Serving| server.post("/v1/query", &json!({"query": query}).to_string()).is(200).json();
    let server = Serving::start(folder.path(), &[]);
    assert_eq!((ask(&server)["result"].clone(), registry.count()), (Value::Null, 0));
    drop(server);
    let allowed = repository(&registry, "http_send: {hosts: ['REGISTRY'], allow_queries: true}");
    write(folder.path(), "provost.yaml", allowed.as_bytes());
    let server = Serving::start(folder.path(), &[]);
    assert_eq!((ask(&server)["result"].clone(), registry.count()), (json!([{"x": 200}]), 1));
}

#[test]
fn an_answer_waits_no_longer_than_it_may() {
    let (_go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let silent = Upstream::start("", move |_| {
        let _ = wait.lock().unwrap().recv();
        String::new()
    });
    let hosts = format!("{ALLOWED}\nserver: {{limits: {{answer_ms_max: 200}}}}");
    let more = "\n\t\"timeout\": \"60s\", \"raise_error\": false, \"max_retry_attempts\": 100,";
    let folder = tree(&[("provost.yaml", &repository(&silent, &hosts)), ("policies/app.rego", &policy(&silent, more))]);
    let server = Serving::start(folder.path(), &[]);
    // Whatever the policy would make of it: nobody waits for that any more.
    let late = server.post("/v1/data/app/approved", r#"{"input": {"image": "good"}}"#).is(500).json();
    assert_eq!(late["errors"][0]["code"], "eval_cancel_error", "{late}");
    assert_eq!(server.post("/v1/data/app/msg", r#"{"input": {}}"#).is(200).json()["result"], Value::Null);
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn whoever_waits_for_another_server_holds_up_nobody() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let registry = Upstream::start("", move |head| {
        if head.starts_with("GET /images/slow") {
            wait.lock().unwrap().recv().unwrap();
        }
        "{\"approved\": true}".to_owned()
    });
    let hosts = format!("{ALLOWED}\nserver: {{limits: {{answer_ms_max: 60000}}}}");
    let folder = tree(&[
        ("provost.yaml", &repository(&registry, &hosts)),
        ("policies/app.rego", &policy(&registry, "\n\t\"timeout\": \"60s\",")),
    ]);
    let server = Serving::start(folder.path(), &["--threads", "1"]);
    std::thread::scope(|scope| {
        // More than there are threads for what is computed, some of them on the thread that serves connections.
        let slow: Vec<_> = (0..12)
            .map(|number| {
                let server = &server;
                scope.spawn(move || approved(server, &format!("slow{number}")))
            })
            .collect();
        eventually("all of them wait", || registry.count() == slow.len());
        for _ in 0..3 {
            assert_eq!(approved(&server, "quick"), true);
        }
        slow.iter().for_each(|_| go.send(()).unwrap());
        for waiting in slow {
            assert_eq!(waiting.join().unwrap(), true);
        }
    });
    assert_eq!(server.stop().code, Some(0));
}
