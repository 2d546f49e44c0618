//! `http.send` within one evaluation: what is asked once, and for how long.

use crate::support::program;
use host::{Host, HostError, HttpRequest, HttpResponse};
use rego::{Environment, EvalErrorKind, Evaluator, Limits};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use value::{Arena, Value};

/// Answers with how often it was asked and how long it had; each answer takes so many milliseconds.
struct Counting {
    asked: AtomicU64,
    took_ms: u64,
}

impl Host for Counting {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, _: &mut [u8]) {}

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, _: &str) -> Result<Vec<IpAddr>, HostError> {
        Err(HostError::Unavailable("name resolution"))
    }

    fn print(&self, _: &str) {}

    fn elapsed_ns(&self) -> Option<u64> {
        Some(self.asked.load(Ordering::Relaxed) * self.took_ms * 1_000_000)
    }

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        let left = request.time_left.map_or(0, |left| left.as_millis());
        let count = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let body = format!("{count} {left}").into_bytes();
        Ok(HttpResponse { status_code: 200, status: "200 OK".to_owned(), body, ..HttpResponse::default() })
    }
}

/// Checks what `data.t.p` is, or the limit that it reaches.
#[track_caller]
fn check(took_ms: u64, rules: &str, expected: &str) {
    let ask = "ask(request) := http.send(object.union({\"method\": \"get\", \"url\": \"a\"}, request)).raw_body";
    let program = program(&[&format!("package t\n{ask}\n{rules}")]);
    let arena = Arena::new();
    let host = Counting { asked: AtomicU64::new(0), took_ms };
    let environment = Environment {
        arena: &arena,
        data: Value::EMPTY_OBJECT,
        input: None,
        host: &host,
        strict_builtin_errors: false,
        unknowns: false,
    };
    let path = program.document("data.t.p").expect("a path");
    let limits = Limits { time_ms_max: 1000, ..Limits::DEFAULT };
    let answer = Evaluator::new(limits).evaluate(&program, &path, &environment);
    let shown = match answer {
        Ok(answer) => answer.value.map_or("undefined".to_owned(), |value| value.to_string()),
        Err(error) => match error.kind() {
            EvalErrorKind::Limit { limit, .. } => format!("limit: {limit}"),
            other => panic!("{other:?}"),
        },
    };
    assert_eq!(shown, expected, "{rules}");
}

#[test]
fn equal_requests_are_sent_once() {
    check(0, "p := [ask({}), ask({\"url\": \"b\"}), ask({})]", r#"["1 1000", "2 1000", "1 1000"]"#);
}

#[test]
fn headers_that_are_ignored_make_no_other_request() {
    let headers =
        |a: u8, b: u8, ignored: &str| format!("ask({{\"headers\": {{\"A\": \"{a}\", \"B\": \"{b}\"}}{ignored}}})");
    let ignoring = ", \"cache_ignored_headers\": [\"b\"]";
    let asked = [
        headers(1, 1, ignoring),
        headers(1, 2, ignoring),
        headers(2, 2, ignoring),
        headers(1, 1, ""),
        // What is left of both is the same.
        "ask({\"headers\": {\"A\": \"1\"}})".to_owned(),
        headers(1, 3, ", \"cache_ignored_headers\": [\"B\", \"C\"]"),
    ];
    let expected = r#"["1 1000", "1 1000", "2 1000", "3 1000", "1 1000", "1 1000"]"#;
    check(0, &format!("p := [{}]", asked.join(", ")), expected);
}

#[test]
fn an_answer_has_the_time_that_the_evaluation_has() {
    check(400, "p := [ask({}), ask({\"url\": \"b\"})]", r#"["1 1000", "2 600"]"#);
    // What comes too late is no answer, whatever the policy would make of it.
    check(600, "p := [ask({}), ask({\"url\": \"b\"})]", "limit: time in milliseconds");
    check(2000, "p if not ask({\"raise_error\": false})", "limit: time in milliseconds");
    assert_eq!(HttpRequest::default().within(Duration::from_secs(2)).within(Duration::from_secs(3)).time_left, {
        Some(Duration::from_secs(2))
    });
}
