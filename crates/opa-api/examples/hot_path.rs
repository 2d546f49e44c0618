//! What a decision costs beside its evaluation. Run it under callgrind, or without for nanoseconds:
//!
//! ```text
//! cargo run --release -p opa-api --example hot_path -- 100000
//! valgrind --tool=callgrind --toggle-collect='*handle*' target/release/examples/hot_path 1000
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for people")]

use bytes::Bytes;
use host::FixedHost;
use http::Request;
use opa_api::{Api, Files, Settings};
use point::{Caller, Identity, Peer, Point, RequestId};
use rego::syntax::ast::Dialect;
use rego::{DocumentPath, Environment, Evaluator};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::json::{self, ParseLimits};
use value::{Arena, Frozen, Source, Value};

const POLICY: &str = "package authz\n\ndefault allow := false\n\nallow if input.user == data.admins[_]\n";
const BODY: &str = r#"{"input": {"user": "bob", "method": "GET", "path": ["finance", "salary", "bob"]}}"#;

fn main() {
    let rounds: u32 = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(100_000);
    let data = Frozen::build(|arena| json::parse(arena, br#"{"admins": ["alice", "bob"]}"#, &ParseLimits::default()));
    let files = Files {
        modules: vec![(Source::new("authz.rego", POLICY), Dialect::V1)],
        data: Arc::new(data.unwrap()),
        data_revision: String::new(),
    };
    let api = Api::new(Settings::default(), &files, Arc::new(FixedHost::default())).unwrap();
    let caller = Caller {
        identity: Arc::new(Identity::anonymous()),
        peer: Peer::Tcp("127.0.0.1:1".parse().unwrap()),
        request_id: RequestId(1),
        deadline: Instant::now() + Duration::from_secs(3600),
    };
    let body = Bytes::from_static(BODY.as_bytes());
    let request = || {
        let request = Request::post("/v1/data/authz/allow").header("content-type", "application/json");
        request.body(body.clone()).unwrap()
    };
    let time = |name: &str, work: &mut dyn FnMut()| {
        (0..rounds / 10).for_each(|_| work());
        let started = Instant::now();
        (0..rounds).for_each(|_| work());
        println!("{name:<28} {:>8.0} ns", started.elapsed().as_nanos() as f64 / f64::from(rounds));
    };
    time("building a request", &mut || drop(black_box(request())));
    time("building and answering it", &mut || {
        let response = api.handle(request(), &caller);
        assert_eq!(response.status(), 200);
        black_box(response);
    });
    let snapshot = api.snapshot();
    let (mut arena, mut evaluator) = (Arena::new(), Evaluator::default());
    let path = DocumentPath::new(vec!["authz".to_owned(), "allow".to_owned()]);
    let host = FixedHost::default();
    time("parsing and evaluating only", &mut || {
        {
            let input = json::parse_borrowed(&arena, BODY.as_bytes(), &ParseLimits::default()).unwrap();
            let environment = Environment {
                arena: &arena,
                data: snapshot.data().root(),
                input: input.get_str("input"),
                host: &host,
                strict_builtin_errors: false,
                unknowns: false,
            };
            let answer = evaluator.evaluate(snapshot.program(), &path, &environment).unwrap();
            assert_eq!(black_box(answer.value), Some(Value::TRUE));
        }
        arena.reset();
    });
}
