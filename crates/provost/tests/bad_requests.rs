//! What nobody should send, over TLS and in the clear, to the real binary: each has a clear status, nothing is allowed by accident, and
//! the server answers the next one.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on must stop and say why"
)]

mod common;
#[path = "common/serving.rs"]
mod serving;
#[path = "common/wire.rs"]
mod wire;

use common::{provost, tree, write};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};
use serving::Serving;
use std::process::Command;
use tempfile::TempDir;
use wire::{Place, Tls};

const APP: &str = "package app

default allow := false

allow if input.user == \"alice\"

allow_many if {
	input.user == \"alice\"
	some a in numbers.range(1, 100000)
	some b in numbers.range(1, 100000)
	a * b == 0 - 1
}

allow_much if {
	input.user == \"alice\"
	count({text | some a in numbers.range(1, 10000); text := sprintf(\"%1000d\", [a])}) > 0
}

allow_long := [text | some a in numbers.range(1, 1000); text := sprintf(\"%1000d\", [a])]
";

/// Jobs are allowed unless a policy says something, and this one never comes to an end.
const RUNAWAY: &str = "\
# METADATA
# title: Counts for ever
# custom:
#   provost:
#     id: RUN-001
#     input: request
#     classes: [training-job]
package runaway

deny contains \"it counts\" if {
	some a in numbers.range(1, 100000)
	some b in numbers.range(1, 100000)
	a * b == 0 - 1
}
";

/// Loopback is no credential here: whoever asks has a token that an issuer signed.
const CONFIGURATION: &str = "
policies: [policies]
limits: {evaluation: {steps: 1000000, memory_bytes: 4194304, output_bytes: 65536}}
server:
  limits: {head_ms_max: 2000, body_ms_max: 3000}
  issuers:
    - {issuer: 'https://issuer.example', audiences: [provost], algorithms: [ES256], keys: keys.json}
  access:
    - {groups: [ml], may: [decide, read, change-data]}
";

/// The input that is allowed, wherever it is understood.
const ALICE: &str = r#"{"input": {"user": "alice"}}"#;

/// An issuer and its key.
struct Issuer(EncodingKey);

impl Issuer {
    fn new() -> Self {
        Self(EncodingKey::from_ec_der(rcgen::KeyPair::generate().unwrap().serialized_der()))
    }

    fn keys(&self) -> String {
        let mut key = Jwk::from_encoding_key(&self.0, Algorithm::ES256).unwrap();
        key.common.key_id = Some("one".to_owned());
        json!({ "keys": [key] }).to_string()
    }

    /// A token whose claims are good, but for the changes.
    fn token(&self, changes: &[(&str, Value)]) -> String {
        let now = get_current_timestamp();
        let mut claims = json!({
            "iss": "https://issuer.example", "aud": "provost", "sub": "alice", "groups": ["ml"], "iat": now, "exp": now + 3600,
        });
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::ES256) };
        encode(&header, &claims, &self.0).unwrap()
    }
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    /// All of it, and the connection stays open.
    Whole,
    /// All of it, and then the client's side is closed.
    HalfClosed,
}

struct Case {
    name: &'static str,
    request: Vec<u8>,
    sending: Sending,
    status: u16,
    /// What the answer says.
    says: &'static str,
}

/// The cases, and how they are written down.
struct Cases {
    token: String,
    cases: Vec<Case>,
}

impl Cases {
    fn head(&self, path: &str, fields: &[&str], length: usize) -> String {
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        let token = &self.token;
        format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\n{fields}content-length: {length}\r\n\r\n"
        )
    }

    fn add(&mut self, name: &'static str, path: &str, fields: &[&str], body: &[u8], status: u16, says: &'static str) {
        let request = [self.head(path, fields, body.len()).as_bytes(), body].concat();
        self.cases.push(Case { name, request, sending: Sending::Whole, status, says });
    }

    fn body(&mut self, name: &'static str, body: impl AsRef<[u8]>, status: u16, says: &'static str) {
        self.add(name, "/v1/data/app/allow", &[], body.as_ref(), status, says);
    }

    fn bearer(&mut self, name: &'static str, token: &str, says: &'static str) {
        let request = format!(
            "POST /v1/data/app/allow HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{ALICE}",
            ALICE.len()
        );
        self.cases.push(Case { name, request: request.into_bytes(), sending: Sending::Whole, status: 401, says });
    }

    fn raw(&mut self, name: &'static str, request: String, sending: Sending, status: u16, says: &'static str) {
        self.cases.push(Case { name, request: request.into_bytes(), sending, status, says });
    }
}

const INVALID: &str = "invalid_parameter";

fn cases(issuer: &Issuer) -> Vec<Case> {
    let mut table = Cases { token: issuer.token(&[]), cases: Vec::new() };
    let filled = |length: usize| {
        let (before, after) = (r#"{"input": {"user": "alice", "padding": ""#, r#""}}"#);
        [before, &"x".repeat(length - before.len() - after.len()), after].concat()
    };
    let nested = |depth: usize| {
        format!(r#"{{"input": {{"user": "alice", "deep": {}{}}}}}"#, "[".repeat(depth), "]".repeat(depth))
    };
    table.body("no body", "", 200, "\"result\":false");
    table.body("one byte", "{", 400, INVALID);
    table.body("one byte that is a document", "1", 400, INVALID);
    table.body("one megabyte of nothing", " ".repeat(1 << 20), 200, "\"result\":false");
    table.body("a hundred megabytes", filled(100 << 20), 413, "request_too_large");
    table.add("a hundred megabytes to decide on", "/v1/decide", &[], &vec![b' '; 100 << 20], 413, "request_too_large");
    table.body("a document that ends early", r#"{"input": {"user": "alice"}"#, 400, INVALID);
    table.body("more than a document", r#"{"input": {"user": "alice"}} {}"#, 400, INVALID);
    table.body("single quotes", r"{'input': {'user': 'alice'}}", 400, INVALID);
    table.body("a comma too many", r#"{"input": {"user": "alice"},}"#, 400, INVALID);
    table.body("a number that is none", r#"{"input": {"user": "alice", "n": NaN}}"#, 400, INVALID);
    table.body("no UTF-8", b"{\"input\": {\"user\": \"alice\", \"n\": \"\xff\"}}", 400, INVALID);
    table.body("a control character", "{\"input\": {\"user\": \"al\nice\"}}", 400, INVALID);
    table.body("a key twice", r#"{"input": {"user": "mallory", "user": "alice"}}"#, 400, "user");
    table.body("the input twice", r#"{"input": {"user": "mallory"}, "input": {"user": "alice"}}"#, 400, "input");
    table.body(
        "a key twice in other spellings",
        r#"{"input": {"user": "mallory", "\u0075ser": "alice"}}"#,
        400,
        "user",
    );
    table.body("a thousand levels", nested(1_000), 400, INVALID);
    table.body("a million levels", nested(1_000_000), 400, INVALID);
    table.body("a million levels without an end", "[".repeat(1_000_000), 400, INVALID);
    let digits = "7".repeat(1 << 20);
    let number = format!(r#"{{"input": {{"user": "mallory", "n": {digits}}}}}"#);
    table.body("a number as long as a book", number, 200, "\"result\":false");
    let json = &["content-type: application/json"];
    table.add("v0, invalid", "/v0/data/app/allow", json, br#"{"user": "alice""#, 400, INVALID);
    table.add("v0, a key twice", "/v0/data/app/allow", json, br#"{"user": "mallory", "user": "alice"}"#, 400, "user");
    table.add("the default decision, invalid", "/", json, b"{", 400, INVALID);
    table.add("a query that is none", "/v1/query", json, br#"{"query": "data.app.allow = "}"#, 400, INVALID);
    table.add("a query, a key twice", "/v1/query", json, br#"{"query": "false", "query": "x := 1"}"#, 400, "query");
    table.add("nothing to decide on", "/v1/decide", json, b"", 400, INVALID);
    table.add("to decide on, invalid", "/v1/decide", json, b"{\"resource\": ", 400, INVALID);
    table.add(
        "to decide on, a key twice",
        "/v1/decide",
        json,
        br#"{"resource": {"class": "model", "class": "bucket"}}"#,
        400,
        "class",
    );
    table.add(
        "to decide on, of no kind",
        "/v1/decide",
        json,
        br#"{"document": {"kind": "Nonsense"}}"#,
        422,
        "nothing_recognised",
    );
    table.add("to decide on, misspelt", "/v1/decide", json, br#"{"resource": {"clas": "training-job"}}"#, 400, "clas");
    table.add("compressed, it says", "/v1/data/app/allow", &["content-encoding: gzip"], ALICE.as_bytes(), 400, INVALID);
    table.add("compressed as nobody knows", "/v1/data/app/allow", &["content-encoding: br"], ALICE.as_bytes(), 415, "");
    let laughs = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f]\ninput: {user: alice, more: [*g,*g,*g,*g,*g,*g,*g,*g]}\n";
    table.add(
        "YAML that multiplies",
        "/v1/data/app/allow",
        &["content-type: application/yaml"],
        laughs.as_bytes(),
        400,
        INVALID,
    );
    table.add(
        "YAML, a key twice",
        "/v1/data/app/allow",
        &["content-type: application/yaml"],
        b"input:\n  user: mallory\n  user: alice\n",
        400,
        "user",
    );

    for (name, path) in [
        ("a policy that counts for ever", "/v1/data/app/allow_many"),
        ("a policy that takes all memory", "/v1/data/app/allow_much"),
        ("a policy that never stops talking", "/v1/data/app/allow_long"),
        ("all policies, of which one counts for ever", "/v1/data/app"),
    ] {
        table.add(name, path, json, ALICE.as_bytes(), 500, "internal_error");
    }
    let query = br#"{"query": "numbers.range(1, 100000)[_] * numbers.range(1, 100000)[_] == 0"}"#;
    table.add("a query that counts for ever", "/v1/query", json, query, 500, "internal_error");
    let job = br#"{"resource": {"class": "training-job", "name": "bert", "accelerators": []}}"#;
    table.add("a decision that counts for ever", "/v1/decide", json, job, 200, "\"verdict\": \"deny\"");

    let now = get_current_timestamp();
    table.bearer("an expired token", &issuer.token(&[("exp", (now - 600).into())]), "expired");
    table.bearer("a token for another audience", &issuer.token(&[("aud", "another".into())]), "audience");
    table.bearer("a token of another issuer", &issuer.token(&[("iss", "https://evil.example".into())]), "issuer");
    table.bearer("a token of tomorrow", &issuer.token(&[("nbf", (now + 600).into())]), "not valid yet");
    table.bearer("a token that a stranger signed", &Issuer::new().token(&[]), "signature");
    table.bearer("no token", "", "");
    table.bearer("a token that is none", "provost_nobodys", "not known");

    let whole = table.head("/v1/data/app/allow", &[], ALICE.len());
    table.raw("half closed, all said", format!("{whole}{ALICE}"), Sending::HalfClosed, 200, "\"result\":true");
    table.raw("half closed in the body", format!("{whole}{{"), Sending::HalfClosed, 400, "broken_body");
    table.raw("a body that never ends", format!("{whole}{{"), Sending::Whole, 408, "request_timeout");
    table.raw("a head that never ends", whole.replace("\r\n\r\n", "\r\nx: "), Sending::Whole, 408, "request_timeout");
    table.raw("no HTTP", "\0\x01\x02\x03\r\n\r\n".to_owned(), Sending::Whole, 400, "");
    table.cases
}

/// A server in the clear and within TLS, and what its clients need.
fn serving() -> (TempDir, Serving, Issuer) {
    let folder =
        tree(&[("provost.yaml", CONFIGURATION), ("policies/app.rego", APP), ("policies/runaway.rego", RUNAWAY)]);
    let issuer = Issuer::new();
    write(folder.path(), "keys.json", issuer.keys().as_bytes());
    provost(folder.path(), &["certs"]).exits(0);
    let arguments = [
        ["--address", "http://127.0.0.1:0"],
        ["--tls-certificate", "tls/server.crt"],
        ["--tls-key", "tls/server.key"],
        ["--tls-client-authorities", "tls/ca.crt"],
    ];
    let server = Serving::start(folder.path(), &arguments.concat());
    (folder, server, issuer)
}

/// Where the server listens, within TLS and in the clear.
fn places(folder: &TempDir, server: &Serving) -> [Place; 2] {
    let authority = std::fs::read_to_string(folder.path().join("tls/ca.crt")).unwrap();
    let address = |url: &str| url.split_once("://").unwrap().1.to_owned();
    [
        Place { address: address(&server.urls[0]), tls: Some(Tls::trusting(&authority, None)) },
        Place { address: address(&server.urls[1]), tls: None },
    ]
}

/// Health is well, and the right question has the right answer.
#[track_caller]
fn goes_on(place: &Place, token: &str, after: &str) {
    let health = "GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let health = place.ask(health.as_bytes(), false);
    assert!(health.contains("\"status\":\"ready\""), "after {after}: {health}");
    let question = format!(
        "POST /v1/data/app/allow HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{ALICE}",
        ALICE.len()
    );
    let answer = place.ask(question.as_bytes(), false);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"result\":true"), "after {after}: {answer}");
}

#[test]
fn each_has_a_status_and_nothing_is_allowed() {
    let (folder, server, issuer) = serving();
    let token = issuer.token(&[]);
    let mut wrong = Vec::new();
    for place in places(&folder, &server) {
        for case in cases(&issuer) {
            let answer = place.ask(&case.request, case.sending == Sending::HalfClosed);
            let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
            let status = head.split(' ').nth(1).unwrap_or("none");
            let allows = ["\"result\":true", "\"verdict\": \"allow\""].iter().any(|yes| body.contains(yes))
                || body.trim() == "true";
            // What is meant to be allowed says so itself.
            let allowed_by_accident = allows && !case.says.contains("true");
            if status != case.status.to_string() || !body.contains(case.says) || allowed_by_accident {
                wrong.push(format!(
                    "{} ({}): not {} `{}` but {answer:.2000}",
                    case.name,
                    place.scheme(),
                    case.status,
                    case.says
                ));
            }
            goes_on(&place, &token, case.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let ended = server.stop();
    assert_eq!(ended.code, Some(0));
    assert!(!ended.log.contains("panicked") && !ended.log.contains(&token), "{}", ended.log);
}

#[test]
fn certificates_of_strangers_open_no_connection() {
    let (folder, server, issuer) = serving();
    let elsewhere = tree(&[]);
    for name in ["mallory", "alice"] {
        provost(elsewhere.path(), &["certs", "--client", name, "--group", "ml"]).exits(0);
    }
    let read = |folder: &TempDir, name: &str| std::fs::read_to_string(folder.path().join("tls").join(name)).unwrap();
    let authority = read(&folder, "ca.crt");
    let [secure, plain] = places(&folder, &server);
    let token = issuer.token(&[]);
    let question = format!(
        "POST /v1/data/app/allow HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{ALICE}",
        ALICE.len()
    );
    for name in ["mallory", "alice"] {
        let (certificate, key) = (read(&elsewhere, &format!("{name}.crt")), read(&elsewhere, &format!("{name}.key")));
        let stranger = Place { tls: Some(Tls::trusting(&authority, Some((&certificate, &key)))), ..secure.clone() };
        assert_eq!(stranger.ask(question.as_bytes(), false), "", "not even with a token that is good");
        goes_on(&secure, &token, name);
    }
    // In the clear where TLS is spoken, and nothing at all.
    let clear = Place { tls: None, ..secure.clone() };
    assert!(!clear.ask(question.as_bytes(), false).contains("result"));
    assert_eq!(clear.ask(b"", false), "");
    assert_eq!(plain.ask(b"", false), "");
    goes_on(&secure, &token, "silence");
}

/// The same lengths over both protocols, by a client of somebody else's.
#[test]
fn bodies_of_all_lengths_have_a_status_for_curl() {
    if Command::new("curl").arg("--version").output().is_err() {
        #[allow(clippy::print_stdout, reason = "a test says what it skips")]
        {
            println!("skipped: there is no curl");
        }
        return;
    }
    let (folder, server, issuer) = serving();
    let token = issuer.token(&[]);
    let port = server.port();
    for protocol in ["--http1.1", "--http2"] {
        for (length, status) in [(0, "200"), (1, "400"), (1 << 20, "400"), (100 << 20, "413")] {
            write(folder.path(), "body", &vec![b'['; length]);
            let output = Command::new("curl")
                .current_dir(folder.path())
                .args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "60", "--cacert", "tls/ca.crt"])
                .args([protocol, "--write-out", "\n%{http_code}", "--data-binary", "@body"])
                .args([
                    "--header",
                    &format!("authorization: Bearer {token}"),
                    "--header",
                    "content-type: application/json",
                ])
                .arg(format!("https://localhost:{port}/v1/data/app/allow"))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(said.ends_with(&format!("\n{status}")), "{protocol} {length}: {said} {complaint}");
            assert!(!said.contains("\"result\":true"), "{said}");
        }
    }
    let [secure, plain] = places(&folder, &server);
    goes_on(&secure, &token, "curl");
    goes_on(&plain, &token, "curl");
}
