//! Routes, protocols, health and metrics.

use crate::support::{Client, Running, eventually, options, unix_address};
use decision::{NotRecorded, Recorded};
use http::Method;
use serde_json::json;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[test]
fn both_protocols_reach_the_point() {
    let server = Running::start(options());
    for client in [server.client(), server.client().http2()] {
        let answer = client.post("/v1/data/a/b", "{}").is(200);
        let body = answer.json();
        assert_eq!(body["path"], "/v1/data/a/b");
        assert_eq!(body["length"], 2);
        assert_eq!(body["verified_by"], "none");
        assert_eq!(answer.0.headers()["x-request-id"], body["request_id"].as_str().unwrap());
        client.get("/v1/data").is(200);
        client.put("/v1/data/a", "1").is(200);
    }
}

#[test]
fn requests_of_one_connection_have_names_of_their_own() {
    let server = Running::start(options());
    let client = server.client();
    crate::support::runtime().block_on(async {
        let mut connection = client.connect().await.unwrap();
        let mut ids = std::collections::BTreeSet::new();
        for number in 0..100 {
            let path = format!("/v1/data/{}", number % 20);
            let answer = connection.send(client.request(Method::POST, &path, "")).await.unwrap().is(200);
            assert_eq!(answer.json()["path"], path, "a path that is remembered must not answer for another");
            ids.insert(answer.json()["request_id"].as_str().unwrap().to_owned());
        }
        assert_eq!(ids.len(), 100);
    });
}

#[test]
fn only_listed_routes_are_answered() {
    let server = Running::start(options());
    let client = server.client();
    let send = |method: &str, path: &str| {
        client.send(client.request(Method::from_bytes(method.as_bytes()).unwrap(), path, "{}")).unwrap()
    };
    for method in ["DELETE", "PATCH", "OPTIONS", "BREW"] {
        let answer = send(method, "/v1/data/a").is(405);
        assert_eq!(answer.0.headers()["allow"], "GET, HEAD, POST, PUT");
    }
    for (method, path) in
        [("PUT", "/admin"), ("POST", "/"), ("GET", "/v2"), ("DELETE", "/v1"), ("PUT", "/v1/policies/../x")]
    {
        let status = if path.contains("..") { 400 } else { 404 };
        send(method, path).is(status);
    }
    for path in [
        "/v2//data",
        "//nothing",
        "///",
        "//v1/data/../x",
        "/v1/data/%2e%2e/x",
        "/v1/data/%",
        "/v1/data/%ff",
        "/./v1/data",
    ] {
        send("GET", path).is(400);
    }
    assert_eq!(server.metric("provost_unlisted_requests_total"), 8.0);
}

/// Where OPA's clients write a slash too many they are sent to the path without it, on this server and nowhere else.
#[test]
fn empty_segments_lead_to_the_path_without_them() {
    let server = Running::start(options());
    let client = server.client();
    for (method, path, location) in [
        ("GET", "//v1/data/a", "/v1/data/a"),
        ("POST", "/v1//data", "/v1/data"),
        ("PUT", "/v1/data///a%2Fb//c?pretty&x=//y", "/v1/data/a%2Fb/c?pretty&x=//y"),
        ("HEAD", "////v1/data//", "/v1/data/"),
        ("GET", "//evil.example/..//v1/data/a", ""),
        ("GET", "//evil.example/v1/data", ""),
        ("GET", "//v1/data/../../evil.example", ""),
        ("DELETE", "//v1/data/a", ""),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = client.send(client.request(method, path, "{}")).unwrap();
        let found = answer.0.headers().get("location").map(|location| location.to_str().unwrap());
        assert_eq!(found.unwrap_or_default(), location, "{path}");
        answer.is(if location.is_empty() { 400 } else { 307 });
    }
}

#[test]
fn a_point_learns_which_route_was_matched_however_the_path_is_written() {
    let server = Running::start(options());
    let client = server.client();
    // Above all where the first answer is remembered.
    for _ in 0..2 {
        for path in ["/v1/data", "/v1/data/", "/v1/%64ata", "/%761/dat%61/"] {
            assert_eq!(client.get(path).is(200).json()["route"], "GET /v1/data/{path...}", "{path}");
            assert_eq!(client.post(path, "{}").is(200).json()["route"], "POST /v1/data/{path...}", "{path}");
        }
        assert_eq!(client.put("/v1/%70olicies/a", "").is(200).json()["route"], "PUT /v1/policies/{id...}");
    }
    for path in ["/health/live/", "/health/%6cive"] {
        assert_eq!(client.get(path).is(200).json()["status"], "live", "{path}");
    }
    assert!(client.get("/%6detrics/").is(200).text().contains("told_metric 1"));
}

#[test]
fn head_is_get_without_the_body() {
    let server = Running::start(options());
    for client in [server.client(), server.client().http2()] {
        let length = client.get("/v1/data/a").is(200).text().len();
        let answer = client.send(client.request(Method::HEAD, "/v1/data/a", "")).unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.0.body().is_empty());
        // As long as what `GET` answers, where the route stands too.
        assert_eq!(answer.0.headers()["content-length"], length.to_string());
    }
}

#[test]
fn a_panic_is_an_answer_and_the_connection_goes_on() {
    let server = Running::start(options());
    let client = server.client();
    crate::support::runtime().block_on(async {
        let mut connection = client.connect().await.unwrap();
        for _ in 0..3 {
            let answer = connection.send(client.request(Method::POST, "/v1/data/panic", "")).await.unwrap().is(500);
            assert_eq!(answer.json()["code"], "internal_error");
            connection.send(client.request(Method::POST, "/v1/data/a", "")).await.unwrap().is(200);
        }
        // On a thread of its own, too.
        let put = connection.send(client.request(Method::PUT, "/v1/data/panic", "")).await.unwrap();
        put.is(500);
    });
    assert_eq!(server.metric("provost_panics_total"), 4.0);
}

#[test]
fn health_tells_what_is_not_well() {
    let server = Running::start(options());
    let client = server.client();
    client.get("/health/live").is(200);
    for path in ["/health", "/health/ready"] {
        let body = client.get(path).is(200).json();
        assert_eq!(body["status"], "ready");
        let record = json!({"name": "record", "healthy": true, "required": false, "message": "it is written"});
        assert!(body["conditions"].as_array().unwrap().contains(&record), "{body}");
    }
    assert_eq!(server.metric("provost_healthy{condition=\"record\"}"), 1.0);
    server.told.failing.store(true, Ordering::Relaxed);
    assert_eq!(server.metric("provost_healthy{condition=\"record\"}"), 0.0);
    let body = client.get("/health/ready").is(500).json();
    assert_eq!(body["status"], "failed");
    client.get("/health/live").is(200);
}

#[test]
fn metrics_are_those_of_the_server_and_of_its_points() {
    let server = Running::start(options());
    let client = server.client();
    client.post("/v1/data/a", "{}").is(200);
    let text = client.get("/metrics").text();
    for part in [
        "http_request_duration_seconds_count{code=\"200\",handler=\"v1/data\",method=\"post\"} 1",
        "told_metric 1",
        "provost_connections_open ",
        "process_resident_memory_bytes ",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    // Each family is declared once.
    let mut families: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let all = families.len();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), all);
}

#[test]
fn a_diagnostic_address_has_health_and_metrics_only() {
    let mut options = options();
    options.diagnostic_addresses = vec!["127.0.0.1:0".parse().unwrap()];
    let server = Running::start(options);
    let diagnostic = Client::plain(server.listening[1].socket.unwrap());
    assert!(server.listening[1].diagnostic);
    diagnostic.get("/health").is(200);
    diagnostic.get("/metrics").is(200);
    diagnostic.get("/v1/data/a").is(404);
    diagnostic.post("/v1/data/a", "{}").is(404);
    // It answers while everything else is busy.
    let busy = server.client();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| busy.post("/v1/data/wait", "").is(200));
        }
        server.told.gate.arrived(1);
        diagnostic.get("/health/live").is(200);
        server.told.gate.open();
    });
}

#[test]
fn a_unix_socket_names_its_callers_and_goes_with_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("provost.sock");
    let mut options = options();
    options.addresses = vec![unix_address(&path)];
    let server = Running::start(options);
    assert_eq!(server.listening[0].url, format!("unix://{}", path.display()));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for client in [Client::unix(&path), Client::unix(&path).http2()] {
        let body = client.post("/v1/data/a", "{}").is(200).json();
        assert_eq!(body["verified_by"], "unix");
        assert!(body["subject"].as_str().unwrap().starts_with("uid:"), "{body}");
    }
    server.stop();
    assert!(!path.exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_socket_in_use_is_not_taken_and_one_left_behind_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("provost.sock");
    let mut first = options();
    first.addresses = vec![unix_address(&path)];
    let running = Running::start(first);
    let mut second = options();
    second.addresses = vec![unix_address(&path)];
    let error = server::Server::bind(second, Vec::new()).err().unwrap().to_string();
    assert!(error.contains("another process listens there"), "{error}");
    drop(running);
    // As after a kill: a socket's file that nobody listens on.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let mut third = options();
    third.addresses = vec![unix_address(&path)];
    let running = Running::start(third);
    Client::unix(&path).get("/health").is(200);
    drop(running);
    std::fs::write(&path, "precious").unwrap();
    let mut fourth = options();
    fourth.addresses = vec![unix_address(&path)];
    assert!(server::Server::bind(fourth, Vec::new()).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn several_addresses_are_one_server() {
    let mut options = options();
    options.addresses = vec!["127.0.0.1:0".parse().unwrap(), "localhost:0".parse().unwrap()];
    let server = Running::start(options);
    for listening in &server.listening {
        Client::plain(listening.socket.unwrap()).get("/health").is(200);
    }
}

#[test]
fn plain_http_does_not_leave_the_machine_unasked() {
    let mut options = options();
    options.addresses = vec![":0".parse().unwrap()];
    let error = server::Server::bind(options, Vec::new()).err().unwrap();
    assert!(error.to_string().contains("plain HTTP"), "{error}");
    assert!(error.help().contains("--allow-plain"));
}

#[test]
fn an_answer_leaves_when_its_decision_is_in_the_record() {
    let mut options = options();
    options.limits.record_time_max = Duration::from_millis(300);
    let server = Running::start(options);
    let client = server.client();
    let ask = |outcome: Option<Recorded>| {
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| client.post("/v1/data/recorded", "{}"));
            let mut acknowledgement = None;
            eventually("the point has decided", || {
                acknowledgement = server.told.acknowledgements.lock().unwrap().pop();
                acknowledgement.is_some()
            });
            let kept = match outcome {
                Some(outcome) => {
                    acknowledgement.unwrap().answer(outcome);
                    None
                }
                None => acknowledgement,
            };
            let answer = asked.join().unwrap();
            drop(kept);
            answer
        })
    };
    ask(Some(Ok(1))).is(200);
    // It waits in memory, and will be written.
    ask(Some(Err(NotRecorded::Spooled("the disk is full".into())))).is(200);
    for outcome in [Some(Err(NotRecorded::Lost("the disk is full".into()))), Some(Err(NotRecorded::Closed)), None] {
        let answer = ask(outcome);
        assert_eq!(answer.status(), 500);
        assert!(answer.text().contains("the decision is not recorded"), "{}", answer.text());
    }
}

#[test]
fn a_request_names_one_host() {
    let server = Running::start(options());
    let check = |version: &str, fields: &str, status: &str| {
        let mut stream = server.connect();
        write!(stream, "GET /health/live {version}\r\n{fields}connection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.split(' ').nth(1) == Some(status), "{version} {fields:?}: {text}");
        assert!(status == "200" || text.contains("\"code\":\"bad_host\""), "{text}");
    };
    for (fields, status) in [
        ("", "400"),
        ("host: localhost\r\nhost: localhost\r\n", "400"),
        ("host: localhost\r\nHost: attacker.example\r\n", "400"),
        ("host: a b\r\n", "400"),
        ("host: a/b\r\n", "400"),
        ("host: user@localhost\r\n", "400"),
        ("host: localhost\r\n", "200"),
        ("host: localhost:8181\r\n", "200"),
        ("host: [::1]:8181\r\n", "200"),
        ("host:\r\n", "200"),
    ] {
        check("HTTP/1.1", fields, status);
    }
    check("HTTP/1.0", "", "200");
    check("HTTP/1.0", "host: a\r\nhost: a\r\n", "400");
}

#[test]
fn requests_in_a_row_are_answered_in_order() {
    let server = Running::start(options());
    let mut stream = server.connect();
    let request =
        |path: &str| format!("POST /v1/data/{path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{{}}");
    let last = "GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all([request("a"), request("b"), request("c"), last.to_owned()].concat().as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let places: Vec<_> = ["/v1/data/a", "/v1/data/b", "/v1/data/c", "live"].map(|part| text.find(part).unwrap()).into();
    assert!(places.is_sorted(), "{text}");
}
