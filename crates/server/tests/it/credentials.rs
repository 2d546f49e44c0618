//! Bearer tokens: signed by an issuer, or handed out.

use crate::support::{Certificates, Client, Running, eventually, options};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};
use server::{IdentityOptions, IssuerOptions, KeySource, Options, Server, generate_token, hash_token};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ISSUER: &str = "https://issuer.example";

/// An issuer's key.
struct Key {
    id: &'static str,
    key: EncodingKey,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate().unwrap();
        Self { id, key: EncodingKey::from_ec_der(pair.serialized_der()) }
    }

    fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some(self.id.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.to_owned()), ..Header::new(Algorithm::ES256) };
        encode(&header, claims, &self.key).unwrap()
    }
}

fn key_set(keys: &[&Key]) -> String {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() }).to_string()
}

/// Claims that are believed.
fn claims() -> Value {
    let now = get_current_timestamp();
    json!({
        "iss": ISSUER, "aud": ["provost", "other"], "sub": "alice", "groups": ["ml", "staff"],
        "iat": now, "nbf": now, "exp": now + 600,
    })
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut claims = claims();
    for (name, value) in changes {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(*name)),
            value => claims[*name] = value.clone(),
        }
    }
    claims
}

fn issuer(keys: KeySource) -> IssuerOptions {
    IssuerOptions { keys, ..IssuerOptions::new(ISSUER, vec!["provost".to_owned()]) }
}

fn trusting(issuers: Vec<IssuerOptions>) -> Options {
    Options { identity: IdentityOptions { tokens: None, issuers }, ..options() }
}

fn keys_file(folder: &Path, keys: &[&Key]) -> KeySource {
    let path = folder.join("keys.json");
    let fresh = folder.join("keys.json.new");
    std::fs::write(&fresh, key_set(keys)).unwrap();
    std::fs::rename(fresh, &path).unwrap();
    KeySource::File(path)
}

#[test]
fn a_signed_token_names_its_subject() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::new("one");
    let server = Running::start(trusting(vec![issuer(keys_file(folder.path(), &[&key]))]));
    let client = server.client().token(&key.sign(&claims()));
    for _ in 0..2 {
        let body = client.post("/v1/data/a", "{}").is(200).json();
        assert_eq!((&body["subject"], &body["verified_by"]), (&"alice".into(), &"oidc".into()));
        assert_eq!(body["groups"], json!(["ml", "staff"]));
        assert_eq!(body["claims"]["iss"], ISSUER);
    }
    // Without a token nobody is named; and a server for tokens does not take one that it cannot verify for none.
    assert_eq!(server.client().post("/v1/data/a", "{}").is(200).json()["verified_by"], "none");
}

#[test]
fn tokens_that_are_wrong_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (key, stranger) = (Key::new("one"), Key::new("one"));
    let server = Running::start(trusting(vec![issuer(keys_file(folder.path(), &[&key]))]));
    let now = get_current_timestamp();
    let unsigned = |header: &str| {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.", part(header), part(&claims().to_string()))
    };
    let shared_secret = {
        // The public key as a shared secret: who confuses the two believes it.
        let secret = EncodingKey::from_secret(key_set(&[&key]).as_bytes());
        let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims(), &secret).unwrap()
    };
    let critical = |extension: &str| {
        let header = Header {
            kid: Some("one".to_owned()),
            crit: Some(vec![extension.to_owned()]),
            ..Header::new(Algorithm::ES256)
        };
        encode(&header, &claims(), &key.key).unwrap()
    };
    let mut tampered = key.sign(&claims());
    let payload = URL_SAFE_NO_PAD.encode(with(&[("sub", "root".into())]).to_string());
    let parts: Vec<_> = tampered.split('.').map(str::to_owned).collect();
    tampered = format!("{}.{payload}.{}", parts[0], parts[2]);
    let cases = [
        (key.sign(&with(&[("exp", (now - 600).into())])), "expired"),
        (key.sign(&with(&[("nbf", (now + 600).into())])), "not valid yet"),
        (key.sign(&with(&[("iat", (now + 600).into())])), "in the future"),
        (key.sign(&with(&[("aud", "another".into())])), "another audience"),
        (key.sign(&with(&[("iss", "https://evil.example".into())])), "another issuer"),
        (key.sign(&with(&[("exp", Value::Null)])), "lacks one of the claims"),
        (key.sign(&with(&[("aud", Value::Null)])), "lacks one of the claims"),
        (key.sign(&with(&[("sub", Value::Null)])), "names no subject"),
        (key.sign(&with(&[("cnf", json!({"x5t#S256": "AAAA"}))])), "bound to another client certificate"),
        (stranger.sign(&claims()), "signature is wrong"),
        (Key::new("two").sign(&claims()), "a key that its issuer does not publish"),
        (tampered, "signature is wrong"),
        (critical("b64"), "the token's header `crit` asks for something that is not known here"),
        (critical("exp"), "`crit`"),
        (shared_secret, "an algorithm that is not allowed"),
        (unsigned(r#"{"alg":"none","typ":"JWT"}"#), "no signed JWT"),
        ("provost_not-a-token".to_owned(), "not known"),
        ("a.b.c".to_owned(), "not known"),
    ];
    for (token, reason) in cases {
        let answer = server.client().token(&token).post("/v1/data/a", "{}").is(401);
        assert!(answer.text().contains(reason), "{reason}: {}", answer.text());
        assert_eq!(answer.0.headers()["www-authenticate"], "Bearer");
    }
    let client = server.client();
    let mut basic = client.request(http::Method::GET, "/v1/data/a", "");
    basic.headers_mut().insert("authorization", "Basic YWxpY2U6c2VjcmV0".parse().unwrap());
    assert!(client.send(basic).unwrap().is(401).text().contains("no bearer token"));
    assert_eq!(server.metric("provost_unauthorized_requests_total"), 19.0);
}

#[test]
fn a_token_is_never_taken_for_none_where_no_token_can_be_verified() {
    let server = Running::start(options());
    server.client().post("/v1/data/a", "{}").is(200);
    for token in ["whatever", "a.b.c", &Key::new("one").sign(&claims())] {
        for client in [server.client(), server.client().http2()] {
            let answer = client.token(token).post("/v1/data/a", "{}").is(401);
            assert!(answer.text().contains("this server verifies no tokens"), "{}", answer.text());
        }
    }
}

#[test]
fn clocks_may_be_apart_by_the_leeway() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::new("one");
    let server = Running::start(trusting(vec![issuer(keys_file(folder.path(), &[&key]))]));
    let now = get_current_timestamp();
    let ahead = with(&[("nbf", (now + 20).into()), ("iat", (now + 20).into())]);
    server.client().token(&key.sign(&ahead)).post("/v1/data/a", "{}").is(200);
    let behind = with(&[("exp", (now - 10).into())]);
    server.client().token(&key.sign(&behind)).post("/v1/data/a", "{}").is(200);
}

#[test]
fn keys_of_a_file_rotate() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (Key::new("old"), Key::new("new"));
    let server = Running::start(trusting(vec![issuer(keys_file(folder.path(), &[&old]))]));
    let (with_old, with_new) = (old.sign(&claims()), new.sign(&claims()));
    let status = |token: &str| server.client().token(token).post("/v1/data/a", "{}").status();
    assert_eq!((status(&with_old), status(&with_new)), (200, 401));
    keys_file(folder.path(), &[&old, &new]);
    eventually("the new key is read", || status(&with_new) == 200);
    assert_eq!(status(&with_old), 200);
    keys_file(folder.path(), &[&new]);
    eventually("the old key is forgotten, also for tokens that were good", || status(&with_old) == 401);
    // What is no set of keys is refused, and the last one goes on.
    std::fs::write(folder.path().join("keys.json"), "{}").unwrap();
    eventually("health tells", || server.client().get("/health").text().contains("is refused since"));
    assert_eq!(status(&with_new), 200);
}

/// A server with keys, in a few lines, so that nothing of the tested client is on both sides.
struct KeyServer {
    url: String,
    documents: Arc<Mutex<Vec<(&'static str, String)>>>,
    requests: Arc<AtomicUsize>,
}

impl KeyServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let documents: Arc<Mutex<Vec<(&'static str, String)>>> = Arc::default();
        let requests: Arc<AtomicUsize> = Arc::default();
        let (served, counted) = (Arc::clone(&documents), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = [0; 4096];
                let read = stream.read(&mut head).unwrap();
                let head = String::from_utf8_lossy(&head[..read]).into_owned();
                let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
                counted.fetch_add(1, Ordering::SeqCst);
                let served = served.lock().unwrap();
                let answer = match served.iter().find(|(known, _)| *known == path) {
                    Some((_, body)) => format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()),
                    None => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
                };
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { url, documents, requests }
    }

    fn put(&self, path: &'static str, document: String) {
        let mut documents = self.documents.lock().unwrap();
        documents.retain(|(known, _)| *known != path);
        documents.push((path, document));
    }
}

#[test]
fn keys_behind_a_url_rotate() {
    let keys = KeyServer::start();
    let (old, new) = (Key::new("old"), Key::new("new"));
    keys.put("/keys", key_set(&[&old]));
    let source = KeySource::Url(format!("{}/keys", keys.url));
    let refresh = Duration::from_millis(100);
    let server = Running::start(trusting(vec![IssuerOptions { refresh, ..issuer(source) }]));
    let status = |token: &str| server.client().token(token).post("/v1/data/a", "{}").status();
    let (with_old, with_new) = (old.sign(&claims()), new.sign(&claims()));
    assert_eq!(status(&with_old), 200, "a token that comes before the first fetch waits for it");
    assert_eq!(status(&with_new), 401);
    keys.put("/keys", key_set(&[&new]));
    eventually("the new key is fetched", || status(&with_new) == 200);
    eventually("the old key is forgotten", || status(&with_old) == 401);
}

#[test]
fn an_unknown_key_makes_the_keys_be_fetched_but_not_each_time() {
    let keys = KeyServer::start();
    let (old, new) = (Key::new("old"), Key::new("new"));
    keys.put("/keys", key_set(&[&old]));
    let source = KeySource::Url(format!("{}/keys", keys.url));
    let server = Running::start(trusting(vec![issuer(source)]));
    let status = |token: &str| server.client().token(token).post("/v1/data/a", "{}").status();
    eventually("the keys are there", || keys.requests.load(Ordering::SeqCst) > 0);
    keys.put("/keys", key_set(&[&old, &new]));
    assert_eq!(status(&new.sign(&claims())), 200, "the refresh is five minutes away");
    let before = keys.requests.load(Ordering::SeqCst);
    for _ in 0..50 {
        assert_eq!(status(&Key::new("none").sign(&claims())), 401);
    }
    let fetched = keys.requests.load(Ordering::SeqCst) - before;
    assert!(fetched <= 3, "{fetched} fetches for 50 tokens with unknown keys");
}

#[test]
fn keys_are_found_by_discovery_and_only_the_issuers_own() {
    let keys = KeyServer::start();
    let key = Key::new("one");
    keys.put("/keys", key_set(&[&key]));
    let configuration = |issuer: &str| json!({"issuer": issuer, "jwks_uri": format!("{}/keys", keys.url)}).to_string();
    keys.put("/.well-known/openid-configuration", configuration(&keys.url));
    let options = IssuerOptions::new(keys.url.clone(), vec!["provost".to_owned()]);
    let server = Running::start(trusting(vec![options.clone()]));
    let token = key.sign(&with(&[("iss", keys.url.clone().into())]));
    assert_eq!(server.client().token(&token).post("/v1/data/a", "{}").is(200).json()["subject"], "alice");
    keys.put("/.well-known/openid-configuration", configuration("https://another.example"));
    let server = Running::start(trusting(vec![options]));
    server.client().token(&token).post("/v1/data/a", "{}").is(503);
}

#[test]
fn without_keys_nobody_is_believed() {
    let keys = KeyServer::start();
    let key = Key::new("one");
    let source = KeySource::Url(format!("{}/keys", keys.url));
    let server = Running::start(trusting(vec![issuer(source)]));
    let answer = server.client().token(&key.sign(&claims())).post("/v1/data/a", "{}").is(503);
    assert_eq!(answer.json()["code"], "keys_unavailable");
    let health = server.client().get("/health").is(200).json();
    assert_eq!(health["status"], "degraded", "{health}");
}

#[test]
fn issuers_that_cannot_be_told_apart_or_prove_nothing_are_refused() {
    let file = || KeySource::File("/nonexistent".into());
    let with = |change: fn(&mut IssuerOptions)| {
        let mut options = issuer(file());
        change(&mut options);
        vec![options]
    };
    let cases: [(Vec<IssuerOptions>, &str); 7] = [
        (with(|options| options.audiences.clear()), "names no audience"),
        (with(|options| options.algorithms = vec!["HS256".to_owned()]), "shared secret"),
        (with(|options| options.algorithms = vec!["none".to_owned()]), "is no algorithm"),
        (with(|options| options.algorithms.clear()), "names no algorithm"),
        (with(|options| options.keys = KeySource::Url("http://issuer.example/keys".to_owned())), "is no URL"),
        (with(|_| {}), "cannot be read"),
        (
            vec![
                issuer(KeySource::Discovery),
                IssuerOptions { issuer: "https://b.example".to_owned(), ..issuer(KeySource::Discovery) },
            ],
            "same prefix",
        ),
    ];
    for (issuers, reason) in cases {
        let error = Server::bind(trusting(issuers), Vec::new()).err().unwrap().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

fn token_file(folder: &Path, text: &str) -> IdentityOptions {
    let path = folder.join("tokens.yaml");
    let fresh = folder.join("tokens.yaml.new");
    std::fs::write(&fresh, text).unwrap();
    std::fs::rename(fresh, &path).unwrap();
    IdentityOptions { tokens: Some(path), issuers: Vec::new() }
}

#[test]
fn tokens_that_were_handed_out_name_their_holders_until_they_are_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (ci, late) = (generate_token().unwrap(), generate_token().unwrap());
    assert_ne!(ci, late);
    let entry = |subject: &str, token: &str, more: &str| {
        format!("- {{subject: {subject}, groups: [ml], hash: '{}'{more}}}\n", hash_token(token).unwrap())
    };
    let file = ["tokens:\n", &entry("ci", &ci, ""), &entry("late", &late, ", expires: 2020-01-01T00:00:00Z")].concat();
    let identity = token_file(folder.path(), &file);
    assert!(!file.contains(&ci));
    let server = Running::start(Options { identity, ..options() });
    let body = server.client().token(&ci).post("/v1/data/a", "{}").is(200).json();
    assert_eq!((&body["subject"], &body["verified_by"]), (&"ci".into(), &"token".into()));
    assert!(server.client().token(&late).post("/v1/data/a", "{}").is(401).text().contains("expired"));
    server.client().token(&generate_token().unwrap()).post("/v1/data/a", "{}").is(401);
    // The entries alone are as good, as when each was written to the end of the file.
    token_file(folder.path(), &[entry("one", &late, ""), entry("two", &ci, "")].concat());
    eventually("the entries are taken", || {
        server.client().token(&ci).post("/v1/data/a", "{}").is(200).json()["subject"] == "two"
    });
    assert_eq!(server.client().token(&late).post("/v1/data/a", "{}").is(200).json()["subject"], "one");
    // A broken file is refused and the last one goes on; an empty one takes everything back.
    token_file(folder.path(), "tokens:\n- {subject: ci}\n");
    eventually("health tells", || server.client().get("/health").text().contains("is refused since"));
    server.client().token(&ci).post("/v1/data/a", "{}").is(200);
    token_file(folder.path(), "tokens: []\n");
    eventually("it is taken back", || server.client().token(&ci).post("/v1/data/a", "{}").status() == 401);
}

#[test]
fn files_of_tokens_say_what_is_wrong_with_them() {
    let hash = hash_token(&generate_token().unwrap()).unwrap();
    let cases = [
        ("tokens: {}".to_owned(), "a list `tokens`"),
        ("token: []".to_owned(), "a list `tokens`"),
        ("- subject: ci".to_owned(), "token 1: its `hash` must be"),
        (format!("tokens: [{{hash: '{hash}'}}]"), "token 1: it must name its `subject`"),
        ("tokens: [{subject: a, hash: secret}]".to_owned(), "what `provost token hash` prints"),
        (format!("tokens: [{{subject: a, hash: '{hash}', expire: never}}]"), "a key other than"),
        (format!("tokens: [{{subject: a, hash: '{hash}', expires: tomorrow}}]"), "must be a time"),
        (format!("tokens: [{{subject: a, hash: '{hash}', groups: [1]}}]"), "must be texts"),
    ];
    for (text, reason) in cases {
        let folder = tempfile::tempdir().unwrap();
        let identity = token_file(folder.path(), &text);
        let error = Server::bind(Options { identity, ..options() }, Vec::new()).err().unwrap().to_string();
        assert!(error.contains(reason), "{error}");
    }
    assert!(hash_token("password").is_err());
}

#[test]
fn a_token_can_be_bound_to_a_certificate() {
    let certificates = Certificates::new();
    let key = Key::new("one");
    let alice = certificates.authority.issue(&Certificates::client_order("alice")).unwrap();
    let mallory = certificates.authority.issue(&Certificates::client_order("mallory")).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(alice.certificate.as_bytes()).unwrap();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &pem.contents);
    let bound = with(&[("sub", "job".into()), ("cnf", json!({"x5t#S256": URL_SAFE_NO_PAD.encode(hash)}))]);
    let token = key.sign(&bound);
    let options = Options {
        tls: Some(certificates.tls()),
        ..trusting(vec![issuer(keys_file(certificates.folder.path(), &[&key]))])
    };
    let server = Running::start(options);
    let ask = |issued| {
        Client::tls(server.address(), certificates.client(Some(issued))).token(&token).post("/v1/data/a", "{}")
    };
    for _ in 0..2 {
        assert_eq!(ask(&alice).is(200).json()["subject"], "job");
        ask(&mallory).is(401);
    }
}
