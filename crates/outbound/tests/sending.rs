//! Requests to servers on this machine: what is sent, what is told, and what is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop and say why")]

mod common;

use common::{Server, answer, get, options, sender};
use flate2::Compression;
use flate2::write::GzEncoder;
use host::{HostError, HttpRequest};
use outbound::{AllowedHost, HostPattern, Options, Sender};
use std::io::Write;
use std::net::TcpListener;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

fn name(name: &str) -> AllowedHost {
    AllowedHost { pattern: HostPattern::Name(name.to_owned()), port: None, local: false }
}

fn refused(sender: &Sender, request: &HttpRequest) -> String {
    match sender.send(request) {
        Err(HostError::Refused(message)) => message,
        other => panic!("{:?}", other.map(|response| response.status)),
    }
}

fn failed(sender: &Sender, request: &HttpRequest) -> String {
    match sender.send(request) {
        Err(HostError::Failed(message)) => message,
        other => panic!("{:?}", other.map(|response| response.status)),
    }
}

#[test]
fn what_is_sent_and_what_is_told() {
    let server = Server::start(|_| {
        answer("299 Quite Fine", &[("X-A", "1"), ("x-a", "2"), ("Content-Type", "text/plain")], "hello")
    });
    let mut request = get(&server.url("/a%20b?c=d#e"));
    request.method = "POST".to_owned();
    request.body = b"body".to_vec();
    request.headers =
        [("X-Policy", "1"), ("Content-Length", "99"), ("Transfer-Encoding", "chunked"), ("Host", "other:1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
    let response = sender().send(&request).unwrap();
    assert_eq!((response.status_code, response.status.as_str()), (299, "299 Quite Fine"));
    assert_eq!(response.body, b"hello");
    let told: Vec<_> = response.headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(told, ["x-a=1", "x-a=2", "content-type=text/plain", "content-length=5"]);
    let received = server.received();
    assert_eq!((received[0].asks(), received[0].body.as_str()), ("POST /a%20b?c=d", "body"));
    assert_eq!((received[0].field("host"), received[0].field("x-policy")), (Some("other:1"), Some("1")));
    assert_eq!((received[0].field("content-length"), received[0].field("transfer-encoding")), (Some("4"), None));
    assert!(received[0].field("user-agent").unwrap().starts_with("provost/"));
}

#[test]
fn credentials_of_a_url_are_sent_as_a_header() {
    let server = Server::start(|_| answer("200 OK", &[], ""));
    let url = server.url("/").replace("http://", "http://me:p%40+ss@");
    sender().send(&get(&url)).unwrap();
    assert_eq!(server.received()[0].field("authorization"), Some("Basic bWU6cEArc3M="));
}

#[test]
fn packed_answers_are_unpacked_within_the_limit() {
    let packed = |length: usize| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b'a'; length]).unwrap();
        encoder.finish().unwrap()
    };
    let server = Server::start(move |request| {
        let body = packed(if request.asks() == "GET /bomb" { 50 << 20 } else { 1000 });
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.into_bytes(), body].concat()
    });
    let response = sender().send(&get(&server.url("/"))).unwrap();
    assert_eq!((response.body.len(), response.headers.len()), (1000, 0));
    let error = failed(&sender(), &get(&server.url("/bomb")));
    assert!(error.ends_with("longer than the 16777216 bytes that `http_send.response_bytes_max` allows"), "{error}");
    // Whoever says what it takes gets what was sent.
    let mut request = get(&server.url("/"));
    request.headers.push(("Accept-Encoding".to_owned(), "gzip".to_owned()));
    assert!(sender().send(&request).unwrap().headers.iter().any(|(name, _)| name == "content-encoding"));
}

#[test]
fn nobody_is_asked_who_is_not_allowed() {
    let server = Server::start(|_| answer("200 OK", &[], ""));
    let url = server.url("/?token=hunter22");
    let message = refused(&Sender::new(Options::default()), &get(&url));
    let host = server.address;
    assert_eq!(
        message,
        format!(
            "host `{host}` is not allowed: name it under `http_send.hosts` in provost.yaml, or with `--allow-host {host}`"
        )
    );
    let port = AllowedHost { port: Some(1), ..options().hosts.remove(0) };
    refused(&Sender::new(Options { hosts: vec![port], ..options() }), &get(&url));
    for wrong in ["ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "http://", "unix://localhost/?socket=a"] {
        let message = refused(&sender(), &get(wrong));
        assert!(message.contains("is no URL that can be asked"), "{message}");
    }
    let connect = HttpRequest { method: "CONNECT".to_owned(), ..get(&url) };
    assert!(refused(&sender(), &connect).contains("tunnel"));
    assert_eq!(server.count(), 0);
}

#[test]
fn a_name_stands_for_no_address_of_this_machine() {
    let server = Server::start(|_| answer("200 OK", &[], ""));
    let url = format!("http://localhost:{}/", server.address.port());
    // The name means this machine, so that naming it says so ...
    assert_eq!(
        Sender::new(Options { hosts: vec![name("localhost")], ..options() }).send(&get(&url)).unwrap().status,
        "200 OK"
    );
    assert_eq!(server.count(), 1);
    // ... and a pattern over names does not.
    let any = AllowedHost { pattern: HostPattern::Any, ..name("") };
    let message = refused(&Sender::new(Options { hosts: vec![any.clone()], ..options() }), &get(&url));
    let host = format!("localhost:{}", server.address.port());
    assert!(message.starts_with(&format!("host `{host}` has the address ")), "{message}");
    assert!(message.contains("which is this machine"), "{message}");
    assert!(message.contains(&format!("{{host: \"{host}\", local: true}}")), "{message}");
    let message = refused(&Sender::new(Options { hosts: vec![any.clone()], ..options() }), &get(&server.url("/")));
    assert!(message.contains("which is this machine"), "{message}");
    let message = refused(
        &Sender::new(Options { hosts: vec![any.clone()], ..options() }),
        &get("http://169.254.169.254/latest/"),
    );
    assert!(message.contains("which is link-local"), "{message}");
    assert_eq!(server.count(), 1);
    let local = AllowedHost { local: true, ..any };
    Sender::new(Options { hosts: vec![local], ..options() }).send(&get(&url)).unwrap();
    assert_eq!(server.count(), 2);
}

#[test]
fn each_redirect_must_be_allowed() {
    let elsewhere = Server::start(|_| answer("200 OK", &[], "elsewhere"));
    let there = format!("http://localhost:{}/there", elsewhere.address.port());
    let location = there.clone();
    let server = Server::start(move |request| match request.asks() {
        "GET /out" => answer("302 Found", &[("Location", &location)], ""),
        "GET /metadata" => answer("302 Found", &[("Location", "http://169.254.169.254/latest/")], ""),
        "GET /loop" => answer("302 Found", &[("Location", "loop")], ""),
        "GET /nowhere" => answer("302 Found", &[], ""),
        "POST /see" => answer("303 See Other", &[("Location", "/seen?a=b")], ""),
        "POST /again" => answer("307 Temporary Redirect", &[("Location", "/seen")], ""),
        _ => answer("200 OK", &[], &format!("{} {}", request.asks(), request.body)),
    });
    let following = |path: &str| HttpRequest { follow_redirects: true, ..get(&server.url(path)) };
    let here = sender();
    assert_eq!(here.send(&get(&server.url("/out"))).unwrap().status_code, 302);
    assert_eq!(here.send(&following("/nowhere")).unwrap().status_code, 302);
    let message = refused(&here, &following("/out"));
    assert!(message.contains(", and a redirect leads there"), "{message}");
    assert!(refused(&here, &following("/metadata")).contains("`169.254.169.254` is not allowed"));
    assert_eq!(elsewhere.count(), 0);
    let message = failed(&here, &following("/loop"));
    assert!(message.contains("more redirects than the 10"), "{message}");

    let post = |path: &str| HttpRequest { method: "POST".to_owned(), body: b"body".to_vec(), ..following(path) };
    assert_eq!(here.send(&post("/see")).unwrap().body, b"GET /seen?a=b ");
    assert_eq!(here.send(&post("/again")).unwrap().body, b"POST /seen body");

    // What is for one server is not given to another.
    let both = Sender::new(Options { hosts: vec![options().hosts.remove(0), name("localhost")], ..options() });
    let mut request = following("/out");
    request.headers = [("Authorization", "secret"), ("Cookie", "secret"), ("Host", "first"), ("X-Other", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    assert_eq!(both.send(&request).unwrap().body, b"elsewhere");
    let received = elsewhere.received();
    assert!(!received[0].head.contains("secret"), "{}", received[0].head);
    assert_eq!((received[0].field("host"), received[0].field("x-other")), (there.split('/').nth(2), Some("1")));
}

#[test]
fn answers_are_limited() {
    let server = Server::start(|request| match request.asks() {
        "GET /long" => answer("200 OK", &[], &"a".repeat(1001)),
        "GET /endless" => {
            let chunk = format!("100000\r\n{}\r\n", "a".repeat(0x10_0000));
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(20)).into_bytes()
        }
        "GET /head" => answer("200 OK", &[("X-A", &"a".repeat(70_000))], ""),
        "GET /fields" => answer("200 OK", &[("X-A", "a"); 300], ""),
        "GET /broken" => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec(),
        "GET /noise" => b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec(),
        "GET /nothing" => Vec::new(),
        _ => answer("200 OK", &[], &"a".repeat(1000)),
    });
    let small = Sender::new(Options { response_bytes_max: 1000, request_bytes_max: 10, ..options() });
    assert_eq!(small.send(&get(&server.url("/"))).unwrap().body.len(), 1000);
    for (path, expected) in [
        ("/long", "longer than the 1000 bytes that `http_send.response_bytes_max` allows"),
        ("/endless", "longer than the 1000 bytes that `http_send.response_bytes_max` allows"),
        ("/head", "longer than the 65536 bytes that `http_send.head_bytes_max` allows"),
        ("/fields", "longer than the 65536 bytes that `http_send.head_bytes_max` allows"),
        ("/broken", "the answer broke off"),
        ("/noise", "what came is no HTTP"),
        ("/nothing", "connection closed before message completed"),
    ] {
        let message = failed(&small, &get(&server.url(path)));
        assert!(message.starts_with(&format!("Get \"{}\": ", server.url(path))), "{message}");
        assert!(message.contains(expected), "{path}: {message}");
    }
    let long = HttpRequest { body: vec![b'a'; 11], ..get(&server.url("/")) };
    assert!(refused(&small, &long).contains("`http_send.request_bytes_max`"));
    let mut long = get(&server.url("/"));
    long.headers.push(("X-A".to_owned(), "a".repeat(70_000)));
    assert!(refused(&small, &long).contains("`http_send.head_bytes_max`"));
    for (name, value) in [("bad name", "a"), ("X-A", "a\r\nX-B: b")] {
        let mut request = get(&server.url("/"));
        request.headers.push((name.to_owned(), value.to_owned()));
        assert!(refused(&small, &request).starts_with("the request has "));
    }
}

/// A server that takes connections and says nothing.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a?token=hunter22", listener.local_addr().unwrap());
    (listener, url)
}

#[test]
fn nobody_is_waited_for_longer_than_somebody_waits() {
    let (_listener, url) = silent();
    let shown = url.split('?').next().unwrap();
    let short = Duration::from_millis(50);
    let quick = Sender::new(Options { time_max: short, ..options() });
    let message = format!("Get \"{shown}\": request timed out after 50ms");
    assert_eq!(failed(&sender(), &HttpRequest { timeout: short, ..get(&url) }), message);
    assert_eq!(failed(&sender(), &get(&url).within(short)), message);
    assert_eq!(failed(&quick, &HttpRequest { timeout: Duration::ZERO, ..get(&url) }), message);
    assert_eq!(failed(&quick, &HttpRequest { retries_max: u32::MAX, ..get(&url) }), message);
}

#[test]
fn what_fails_is_tried_again() {
    let tries = Arc::new(Mutex::new(0));
    let server = Server::start(move |_| {
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        if *tries < 3 { Vec::new() } else { answer("503 Service Unavailable", &[], "") }
    });
    let request = HttpRequest { retries_max: 1, ..get(&server.url("/")) };
    failed(&sender(), &request);
    assert_eq!(server.count(), 2);
    // What answers has not failed, whatever it says.
    assert_eq!(sender().send(&HttpRequest { retries_max: 5, ..request }).unwrap().status_code, 503);
    assert_eq!(server.count(), 3);

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let message = failed(&sender(), &HttpRequest { retries_max: 1, ..get(&format!("http://{closed}/")) });
    assert_eq!(message, format!("Get \"http://{closed}/\": connecting to {closed}: connection refused"));
}

#[test]
fn so_many_are_asked_at_once() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::start(move |_| {
        let _ = wait.lock().unwrap().recv();
        answer("200 OK", &[], "")
    });
    let one = Arc::new(Sender::new(Options { connections_max: 1, ..options() }));
    let (url, other) = (server.url("/"), Arc::clone(&one));
    let first = thread::spawn(move || other.send(&get(&url)).map(|response| response.status_code));
    while server.count() == 0 {
        thread::yield_now();
    }
    let message = refused(&one, &get(&server.url("/")).within(Duration::from_millis(20)));
    assert_eq!(message, "1 requests are under way, as many as `http_send.connections_max` allows");
    // Whoever has the time gets the place when it is free.
    let (url, other) = (server.url("/"), Arc::clone(&one));
    let second = thread::spawn(move || other.send(&get(&url)).map(|response| response.status_code));
    go.send(()).unwrap();
    go.send(()).unwrap();
    assert_eq!((first.join().unwrap(), second.join().unwrap()), (Ok(200), Ok(200)));
}

#[cfg(unix)]
#[test]
fn sockets_of_this_machine() {
    use std::os::unix::net::UnixListener;
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("a.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let received = common::receive(&mut stream).unwrap();
        stream.write_all(&answer("200 OK", &[], "by socket")).unwrap();
        received
    });
    let encoded = path.to_str().unwrap().replace('/', "%2F");
    let request = get(&format!("unix://localhost/end/point?socket={encoded}&a=b"));
    let message = refused(&sender(), &request);
    assert!(message.contains(&format!("--allow-host unix:{}", path.display())), "{message}");
    let socket = AllowedHost { pattern: HostPattern::Socket(path), port: None, local: false };
    let allowed = Sender::new(Options { hosts: vec![socket], ..options() });
    assert_eq!(allowed.send(&request).unwrap().body, b"by socket");
    let received = server.join().unwrap();
    assert_eq!((received.asks(), received.field("host")), ("GET /end/point?a=b", Some("localhost")));
}

/// A thread of a server that waits for an answer holds up nobody else.
#[test]
fn other_tasks_of_a_worker_go_on() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::start(move |_| {
        wait.lock().unwrap().recv().unwrap();
        answer("200 OK", &[], "")
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (url, one) = (server.url("/"), sender());
    let blocked = runtime.spawn(async move { one.send(&get(&url)).map(|response| response.status_code) });
    while server.count() == 0 {
        thread::yield_now();
    }
    // The only worker waits for the server, which waits for this task.
    runtime.spawn(async move { go.send(()).unwrap() });
    assert_eq!(runtime.block_on(blocked).unwrap(), Ok(200));
}
