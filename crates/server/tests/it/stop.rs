//! How a server ends.

use crate::support::{Running, eventually, options};
use http::Method;
use server::Options;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn what_is_under_way_is_answered_and_nothing_new_begins() {
    let server = Running::start(options());
    let address = server.address();
    let mut idle = server.connect();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 512]).unwrap() > 0);
    let told = server.told.clone();
    let client = server.client();
    std::thread::scope(|scope| {
        let waiting: Vec<_> = [client.clone(), client.http2()]
            .into_iter()
            .map(|client| scope.spawn(move || client.put("/v1/data/wait", "{}").is(200)))
            .collect();
        told.gate.arrived(2);
        server.handle.stop();
        // The idle connection closes at once ...
        assert_eq!(idle.read(&mut [0; 512]).unwrap(), 0);
        // ... nobody comes in ...
        eventually("new connections are refused", || TcpStream::connect(address).is_err());
        // ... and what is under way waits.
        assert!(waiting.iter().all(|request| !request.is_finished()));
        told.gate.open();
        for request in waiting {
            request.join().unwrap();
        }
        assert_eq!(server.stop().aborted, 0);
    });
}

#[test]
fn draining_has_an_end() {
    let mut options = options();
    options.limits.drain_time_max = Duration::from_millis(200);
    let server = Running::start(options);
    let told = server.told.clone();
    let client = server.client();
    std::thread::scope(|scope| {
        let request = scope.spawn(move || client.send(client.request(Method::PUT, "/v1/data/wait", "")).is_err());
        told.gate.arrived(1);
        let started = Instant::now();
        let ended = server.stop();
        assert_eq!(ended.aborted, 1);
        assert!(started.elapsed() < Duration::from_secs(20));
        assert!(request.join().unwrap(), "who was cut off must not take it for an answer");
        told.gate.open();
    });
}

#[test]
fn health_says_that_it_stops_before_it_does() {
    let server = Running::start(Options { stop_delay: Duration::from_secs(2), ..options() });
    let client = server.client();
    client.get("/health/ready").is(200);
    server.handle.stop();
    eventually("it is no longer ready", || client.get("/health/ready").status() == 500);
    client.get("/health/live").is(200);
    client.post("/v1/data/a", "{}").is(200);
    assert_eq!(server.stop().aborted, 0);
}

#[test]
fn a_request_that_is_half_sent_when_the_server_stops_is_answered() {
    let server = Running::start(options());
    let mut stream = server.connect();
    let request = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    assert!(stream.read(&mut [0; 512]).unwrap() > 0);
    let (first, second) = request.split_at(20);
    stream.write_all(first.as_bytes()).unwrap();
    // The server has read it when another request on a later connection is answered.
    server.client().get("/health/live").is(200);
    server.handle.stop();
    let address = server.address();
    eventually("new connections are refused", || TcpStream::connect(address).is_err());
    stream.write_all(second.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(server.stop().aborted, 0);
}
