//! Who may do what.

use crate::support::{Certificates, Client, Running, options, unix_address};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use point::RouteClass::{self, ChangeData, ChangePolicies, Decide, Metrics, Read};
use rego::syntax::ast::Dialect;
use server::{AuthorizationOptions, AuthorizationPolicy, Grant, IdentityOptions, Options, generate_token, hash_token};
use std::net::UdpSocket;
use value::{Arena, Frozen, Source};

/// An address of this machine that is not loopback, if it has one.
fn other_address() -> Option<String> {
    // Nothing is sent: connecting a datagram socket only chooses an interface.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}

#[allow(clippy::print_stdout, reason = "a test says what it skips")]
fn skipped() {
    println!("skipped: this machine has no address but loopback");
}

fn statuses(client: &Client) -> [u16; 6] {
    [
        client.get("/health").status(),
        client.get("/metrics").status(),
        client.get("/v1/data/a").status(),
        client.post("/v1/data/a", "{}").status(),
        client.put("/v1/data/a", "{}").status(),
        client.put("/v1/policies/a", "").status(),
    ]
}

#[test]
fn this_machine_may_do_everything_and_others_may_ask_for_health() {
    let server = Running::start(options());
    assert_eq!(statuses(&server.client()), [200; 6]);
    let Some(address) = other_address() else { return skipped() };
    let server = Running::start(Options {
        addresses: vec![format!("{address}:0").parse().unwrap()],
        allow_plain: true,
        ..options()
    });
    assert_eq!(statuses(&server.client()), [200, 401, 401, 401, 401, 401]);
    assert_eq!(statuses(&server.client().http2()), [200, 401, 401, 401, 401, 401]);
}

#[test]
fn somebody_who_passes_through_this_machine_is_not_this_machine() {
    let server = Running::start(options());
    let client = server.client();
    let status = |name: &'static str, value: &str| {
        let mut request: Request<Full<Bytes>> = client.request(Method::POST, "/v1/data/a", "{}");
        request.headers_mut().insert(name, value.parse().unwrap());
        client.send(request).unwrap().status()
    };
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
        ("via", "1.1 proxy"),
        // A page in a browser whose name was made to mean this machine.
        ("host", "attacker.example:8181"),
        ("origin", "https://attacker.example"),
        ("origin", "null"),
    ] {
        assert_eq!(status(name, value), 401, "{name}: {value}");
    }
    for (name, value) in [
        ("host", "localhost"),
        ("host", "127.0.0.1:1234"),
        ("host", "[::1]:8181"),
        ("origin", "http://localhost:3000"),
        ("origin", "http://127.0.0.1"),
    ] {
        assert_eq!(status(name, value), 200, "{name}: {value}");
    }
    // The answer of one request is not that of the next on the same connection.
    crate::support::runtime().block_on(async {
        let mut connection = client.connect().await.unwrap();
        for _ in 0..3 {
            connection.send(client.request(Method::POST, "/v1/data/a", "{}")).await.unwrap().is(200);
            let mut foreign = client.request(Method::POST, "/v1/data/a", "{}");
            foreign.headers_mut().insert("origin", "https://attacker.example".parse().unwrap());
            connection.send(foreign).await.unwrap().is(401);
        }
    });
}

fn grants(grants: Vec<Grant>) -> AuthorizationOptions {
    AuthorizationOptions::Grants(Some(grants))
}

fn to(may: &[RouteClass]) -> Grant {
    Grant { may: may.to_vec(), ..Grant::default() }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn grants_say_who_may_do_what() {
    let certificates = Certificates::new();
    let token = generate_token().unwrap();
    let file = certificates.path("tokens.yaml");
    std::fs::write(
        &file,
        format!("tokens: [{{subject: alice, groups: [ops], hash: '{}'}}]", hash_token(&token).unwrap()),
    )
    .unwrap();
    let server = |grants_given: Vec<Grant>| {
        Running::start(Options {
            tls: Some(certificates.tls()),
            identity: IdentityOptions { tokens: Some(file.clone()), issuers: Vec::new() },
            authorization: grants(grants_given),
            ..options()
        })
    };
    let client = |server: &Running, name: Option<&str>, spiffe: Option<&str>| {
        let issued = name.map(|name| {
            let mut order = Certificates::client_order(name);
            order.uris = spiffe.map(str::to_owned).into_iter().collect();
            certificates.authority.issue(&order).unwrap()
        });
        Client::tls(server.address(), certificates.client(issued.as_ref()))
    };

    let none = server(Vec::new());
    assert_eq!(statuses(&client(&none, None, None)), [200, 401, 401, 401, 401, 401], "not even this machine may more");
    assert_eq!(statuses(&client(&none, Some("alice"), None)), [200, 403, 403, 403, 403, 403]);

    let several = server(vec![
        Grant { subjects: texts(&["alice", "spiffe://cluster.local/ns/*/sa/trainer"]), ..to(&[Decide]) },
        Grant { groups: texts(&["op*"]), verified_by: texts(&["token"]), ..to(&[ChangeData, ChangePolicies]) },
        Grant { anyone: true, ..to(&[Metrics]) },
        Grant { local: true, paths: texts(&["/v1/data/public/**"]), ..to(&[Read]) },
    ]);
    assert_eq!(statuses(&client(&several, None, None)), [200, 200, 401, 401, 401, 401]);
    assert_eq!(statuses(&client(&several, Some("alice"), None)), [200, 200, 403, 200, 403, 403]);
    assert_eq!(statuses(&client(&several, Some("bob"), None)), [200, 200, 403, 403, 403, 403]);
    let trainer = Some("spiffe://cluster.local/ns/research/sa/trainer");
    assert_eq!(statuses(&client(&several, Some("x"), trainer))[3], 200);
    let elsewhere = Some("spiffe://cluster.local/ns/research/x/sa/trainer");
    assert_eq!(statuses(&client(&several, Some("x"), elsewhere))[3], 403, "`*` stops at `/`");
    assert_eq!(statuses(&client(&several, None, None).token(&token)), [200, 200, 403, 200, 200, 200]);
    client(&several, None, None).get("/v1/data/public/a/b").is(200);
    for (path, status) in [
        ("/v1/data/public", 200),
        ("/v1/data/public/", 200),
        ("/v1/data/%70ublic/a", 200),
        ("/v1/data/private/a", 401),
        ("/v1/data/publicity", 401),
        ("/v1/data", 401),
        // One document of that name, and nothing below `public`.
        ("/v1/data/public%2Fa", 401),
        ("/v1%2Fdata/public/a", 404),
    ] {
        client(&several, None, None).get(path).is(status);
    }
    several.handle.replace_authorization(AuthorizationPolicy::compile(grants(Vec::new())).unwrap());
    client(&several, Some("alice"), None).post("/v1/data/a", "{}").is(403);
}

#[test]
fn a_change_of_policy_holds_for_connections_that_are_open() {
    let server = Running::start(options());
    let client = server.client();
    crate::support::runtime().block_on(async {
        let mut connection = client.connect().await.unwrap();
        connection.send(client.request(Method::POST, "/v1/data/a", "{}")).await.unwrap().is(200);
        server.handle.replace_authorization(AuthorizationPolicy::compile(grants(Vec::new())).unwrap());
        connection.send(client.request(Method::POST, "/v1/data/a", "{}")).await.unwrap().is(401);
    });
}

fn policy(text: &str, sees_body: bool) -> AuthorizationOptions {
    let arena = Arena::new();
    let data = arena.object(&[(arena.borrowed("tenant"), arena.borrowed("blue"))]);
    AuthorizationOptions::Policy {
        modules: vec![Source::new("authz.rego", text)],
        dialect: Dialect::V1,
        data: Frozen::copy_of(data),
        sees_body,
    }
}

#[test]
fn a_policy_of_ones_own_sees_what_opas_does() {
    let text = r#"
package system.authz

default allow := {"allowed": false, "reason": "not in this tenant"}

allow if {
	input.method == "POST"
	input.path == ["v1", "data", "a b", "c"]
	input.params.pretty == ["true"]
	input.params.x == ["1", "2 3"]
	input.headers["X-Tenant"] == [data.tenant]
	not input.headers.Cookie
	input.identity == null
	input.subject.verified_by == "none"
	input.class == "decide"
	input.listener == "main"
	not input.body
}
"#;
    let server = Running::start(Options { authorization: policy(text, false), ..options() });
    let client = server.client();
    let mut request = client.request(Method::POST, "/v1/data/a%20b/c?pretty=true&x=1&x=2+3", r#"{"input": 1}"#);
    request.headers_mut().insert("x-tenant", "blue".parse().unwrap());
    request.headers_mut().insert("cookie", "session=secret".parse().unwrap());
    client.send(request.clone()).unwrap().is(200);
    *request.uri_mut() = "/v1/data/other".parse().unwrap();
    let answer = client.send(request).unwrap().is(401);
    assert!(answer.text().contains("not in this tenant"));
    client.get("/health").is(401);
}

#[test]
fn a_policy_can_ask_for_the_body() {
    let text = "package system.authz\n\nallow if input.body.input.user == \"alice\"\n";
    let server = Running::start(Options { authorization: policy(text, true), ..options() });
    let client = server.client();
    client.post("/v1/data/a", r#"{"input": {"user": "alice"}}"#).is(200);
    client.post("/v1/data/a", r#"{"input": {"user": "mallory"}}"#).is(401);
    // Two readers could take this for different documents.
    client.post("/v1/data/a", r#"{"input": {"user": "mallory"}, "input": {"user": "alice"}}"#).is(401);
    client.post("/v1/data/a", "{").is(401);
    client.post("/v1/data/a", "").is(401);
}

#[test]
fn a_policy_that_fails_allows_nothing() {
    let text = "package system.authz\n\nallow := x if some x in [true, {\"allowed\": true}]\n";
    let server = Running::start(Options { authorization: policy(text, false), ..options() });
    let answer = server.client().get("/health");
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.json()["code"], "authorization_error");
    let endless = "package system.authz\n\nallow if {\n\tcount([1 | some x in numbers.range(1, 100000); some y in numbers.range(1, 100000); x + y < 0]) == 0\n}\n";
    let server = Running::start(Options { authorization: policy(endless, false), ..options() });
    assert_eq!(server.client().get("/health").status(), 500);
    for text in [
        "package other\n\nallow := true\n",
        "package system.authz\n\nallow := \"true\"\n",
        "package system.authz\n\nallow := {\"allowed\": \"yes\"}\n",
    ] {
        let server = Running::start(Options { authorization: policy(text, false), ..options() });
        server.client().get("/health").is(401);
    }
    let error = server::Server::bind(
        Options { authorization: policy("package system.authz\nallow {", false), ..options() },
        Vec::new(),
    );
    assert!(error.is_err());
}

#[test]
fn a_unix_socket_is_this_machine_until_grants_say_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("provost.sock");
    let on_socket = || Options { addresses: vec![unix_address(&path)], ..options() };
    let server = Running::start(on_socket());
    assert_eq!(statuses(&Client::unix(&path)), [200; 6]);
    let id = Client::unix(&path).post("/v1/data/a", "").json()["subject"].as_str().unwrap().to_owned();
    drop(server);
    let grant = Grant { subjects: vec![id], verified_by: texts(&["unix"]), ..to(&[Decide]) };
    let _server = Running::start(Options { authorization: grants(vec![grant]), ..on_socket() });
    assert_eq!(statuses(&Client::unix(&path)), [200, 403, 403, 200, 403, 403]);
}
