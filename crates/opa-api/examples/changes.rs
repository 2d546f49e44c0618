//! What changes cost: one policy among many, and one value in large data.
//!
//! ```text
//! cargo run --release -p opa-api --example changes -- 4000 100
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for people")]

use bytes::Bytes;
use host::FixedHost;
use http::Request;
use opa_api::{Api, Files, Settings};
use point::{Caller, Identity, Peer, Point, RequestId};
use rego::syntax::ast::Dialect;
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::json::{self, ParseLimits};
use value::{Frozen, Source};

fn main() {
    let number =
        |index, default: usize| std::env::args().nth(index).and_then(|number| number.parse().ok()).unwrap_or(default);
    let (policies, megabytes) = (number(1, 4_000), number(2, 100));
    let policy = |index: usize| {
        let lines = (0..20).map(|line| {
            format!("deny contains msg if {{\n\tinput.kind == \"kind{line}\"\n\tnot input.labels[\"l{line}\"]\n\tmsg := sprintf(\"%v\", [input.name])\n}}\n")
        });
        format!("package p{index}\n\n{}", lines.collect::<Vec<_>>().join("\n"))
    };
    let modules =
        (0..policies).map(|index| (Source::new(format!("p{index}.rego"), policy(index)), Dialect::V1)).collect();
    let mut text = String::from("{\"users\": {\"u\": {}");
    let mut users = 0;
    while text.len() < megabytes << 20 {
        text += &format!(
            r#", "user{users}": {{"groups": ["group{}", "everybody"], "id": {users}, "active": true}}"#,
            users % 100
        );
        users += 1;
    }
    text += "}, \"flags\": {\"on\": false}}";
    let started = Instant::now();
    let data = Frozen::build(|arena| json::parse(arena, text.as_bytes(), &ParseLimits::default())).unwrap();
    println!(
        "{:<44} {:>9.1?}, {} MB",
        format!("reading {megabytes} MB of data"),
        started.elapsed(),
        data.allocated_bytes() >> 20
    );
    let files = Files { modules, data: Arc::new(data), data_revision: String::new() };
    let started = Instant::now();
    let settings = Settings { policies_root: Some(Vec::new()), ..Settings::default() };
    let api = Api::new(settings, &files, Arc::new(FixedHost::default())).unwrap();
    println!("{:<44} {:>9.1?}", format!("starting with {policies} policies"), started.elapsed());
    let caller = Caller {
        identity: Arc::new(Identity::anonymous()),
        peer: Peer::Tcp("127.0.0.1:1".parse().unwrap()),
        request_id: RequestId(1),
        deadline: Instant::now() + Duration::from_secs(3600),
    };
    let time = |name: &str, method: &str, path: &str, body: &dyn Fn(usize) -> String| {
        let started = Instant::now();
        for round in 0..10 {
            let request = Request::builder().method(method).uri(path).body(Bytes::from(body(round))).unwrap();
            let response = api.handle(request, &caller);
            assert!(response.status().is_success(), "{response:?}");
        }
        println!("{name:<44} {:>9.1?}", started.elapsed() / 10);
    };
    time("PUT of a policy", "PUT", "/v1/policies/mine", &|round| format!("package mine\n\np := {round}"));
    time("PUT beside the data", "PUT", "/v1/data/flags/on", &|round| round.to_string());
    let name = format!("PUT of one of {users} entries");
    time(&name, "PUT", "/v1/data/users/user7/active", &|round| round.to_string());
    time("a decision", "POST", "/v1/data/p7/deny", &|_| {
        r#"{"input": {"kind": "kind3", "labels": {}, "name": "n"}}"#.to_owned()
    });
}
