//! What is too long, too large, too slow or broken.

use crate::support::{Certificates, Client, Running, eventually, options};
use bytes::Bytes;
use http::Method;
use server::{Limits, Options};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

fn limited(change: impl FnOnce(&mut Limits)) -> Running {
    let mut options = options();
    change(&mut options.limits);
    Running::start(options)
}

/// Everything that comes until the server closes.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn bodies_of_all_lengths_have_an_answer() {
    let server = Running::start(options());
    let limit = Limits::default().body_bytes_max;
    for client in [server.client(), server.client().http2()] {
        for (length, status) in [(0, 200), (1, 200), (1 << 20, 200), (limit, 200), (limit + 1, 413), (100 << 20, 413)] {
            let answer = client.post("/v1/data/a", vec![b' '; usize::try_from(length).unwrap()]).is(status);
            if status == 200 {
                assert_eq!(answer.json()["length"], length);
            }
        }
        // Data may be longer than questions.
        client.put("/v1/data/a", vec![b' '; 20 << 20]).is(200);
    }
    assert_eq!(server.metric("provost_bodies_bytes"), 0.0);
}

#[test]
fn a_body_that_does_not_say_how_long_it_is_has_the_same_limit() {
    let server = limited(|limits| limits.body_bytes_max = 1000);
    let send = |chunks: usize| {
        let mut stream = server.connect();
        let head =
            "POST /v1/data/a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        for _ in 0..chunks {
            stream.write_all(format!("64\r\n{}\r\n", "x".repeat(100)).as_bytes()).unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
        rest(stream)
    };
    assert!(send(10).contains("\"length\":1000"));
    let refused = send(11);
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
    assert!(refused.contains("request_too_large"), "{refused}");
}

#[test]
fn a_client_that_waits_for_the_go_is_refused_before_it_sends() {
    let server = Running::start(options());
    let mut stream = server.connect();
    let head = |length: u64| {
        format!(
            "POST /v1/data/a HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    stream.write_all(head(100 << 20).as_bytes()).unwrap();
    assert!(rest(stream).starts_with("HTTP/1.1 413 "));
    let mut stream = server.connect();
    stream.write_all(head(2).as_bytes()).unwrap();
    let mut go = [0; 25];
    stream.read_exact(&mut go).unwrap();
    assert_eq!(&go, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(rest(stream).starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_head_that_comes_too_slowly_is_refused() {
    let server = limited(|limits| limits.head_time_max = Duration::from_millis(300));
    let mut stream = server.connect();
    stream.write_all(b"POST /v1/data/a HTTP/1.1\r\nhost: loc").unwrap();
    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");
    // The second request of a connection, too, and one byte now and then does not help.
    let mut stream = server.connect();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut first = [0; 512];
    assert!(stream.read(&mut first).unwrap() > 0);
    let started = Instant::now();
    for byte in b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-filler: ".iter().cycle() {
        if stream.write_all(&[*byte]).is_err() {
            break;
        }
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        match stream.read(&mut first) {
            Ok(0) => break,
            Ok(read) => {
                assert!(first[..read].starts_with(b"HTTP/1.1 408 "));
                break;
            }
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionReset), "{error}")
            }
        }
        assert!(started.elapsed() < Duration::from_secs(30), "it may trickle for ever");
    }
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let server = limited(|limits| {
        limits.head_time_max = Duration::from_millis(200);
        limits.idle_time_max = Duration::from_millis(200);
    });
    assert_eq!(rest(server.connect()), "");
    let mut stream = server.connect();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("}\n"), "{answer}");
    // HTTP/2: the preface, and then nothing.
    let mut stream = server.connect();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut frames = Vec::new();
    stream.read_to_end(&mut frames).unwrap();
    eventually("it is forgotten", || server.metric("provost_connections_open") == 1.0);
}

#[test]
fn a_body_that_comes_too_slowly_is_refused() {
    let server = limited(|limits| limits.body_time_max = Duration::from_millis(300));
    let mut stream = server.connect();
    stream.write_all(b"POST /v1/data/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{").unwrap();
    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("the body took too long"), "{answer}");
}

#[test]
fn who_has_said_everything_is_answered() {
    let server = Running::start(options());
    for path in ["/v1/data/a", "/v1/data/wait"] {
        let mut stream = server.connect();
        write!(stream, "PUT {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        if path.ends_with("wait") {
            server.told.gate.arrived(1);
            server.told.gate.open();
        }
        let answer = rest(stream);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[test]
fn a_body_that_breaks_off_is_refused() {
    let server = Running::start(options());
    let mut stream = server.connect();
    stream.write_all(b"POST /v1/data/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("broken_body"), "{answer}");
}

#[test]
fn what_is_no_request_has_a_status() {
    let server = Running::start(options());
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    let long = "x".repeat(70 << 10);
    let cases = [
        ("\0\0\0\0\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), "400"),
        ("GET /a b HTTP/1.1\r\n\r\n".to_owned(), "400"),
        (format!("GET / HTTP/1.1\r\nhost: localhost\r\n{many}\r\n"), "431"),
        (format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {long}\r\n\r\n"), "431"),
        (
            "POST /v1/data HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
            "400",
        ),
        ("POST /v1/data HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: gzip\r\n\r\n{}".to_owned(), "400"),
    ];
    for (request, status) in cases {
        let mut stream = server.connect();
        // It may be refused before all of it is sent.
        let _ = stream.write_all(request.as_bytes());
        let answer = rest(stream);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{:.60}: {answer}",
            request.escape_debug().to_string()
        );
    }
    let client = server.client().http2();
    let mut request = client.request(Method::GET, "/health", "");
    for number in 0..20 {
        let name: http::HeaderName = format!("x-{number}").parse().unwrap();
        request.headers_mut().insert(name, "y".repeat(8 << 10).parse().unwrap());
    }
    let answer = client.send(request);
    assert!(answer.is_err() || answer.unwrap().status() == 431);
    client.get("/health").is(200);
}

#[test]
fn connections_beyond_the_limit_wait_and_idle_ones_make_room() {
    let server = limited(|limits| limits.connections_max = 2);
    let idle: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
            assert!(stream.read(&mut [0; 512]).unwrap() > 0);
            stream
        })
        .collect();
    // Nobody closes the idle ones but the server.
    server.client().get("/health/live").is(200);
    drop(idle);
}

#[test]
fn who_connects_and_asks_nothing_keeps_nobody_out() {
    let certificates = Certificates::new();
    for tls in [None, Some(certificates.tls())] {
        let hour = Duration::from_secs(3600);
        let mut options = Options { tls: tls.clone(), ..options() };
        options.limits =
            Limits { connections_max: 8, head_time_max: hour, idle_time_max: hour, ..options.limits.clone() };
        let server = Running::start(options);
        let client = match tls {
            None => server.client(),
            Some(_) => Client::tls(server.address(), certificates.client(None)),
        };
        let mut silent = std::collections::VecDeque::new();
        let mut connect = |so_far: &[u8]| {
            let mut stream = server.connect();
            // It may have been closed by now.
            let _ = stream.write_all(so_far);
            silent.push_back(stream);
        };
        crate::support::runtime().block_on(async {
            let mut kept = client.connect().await.unwrap();
            kept.send(client.request(Method::GET, "/health/live", "")).await.unwrap().is(200);
            for _ in 0..10 {
                (0..8).for_each(|number| connect(if number % 2 == 0 { b"" } else { b"GET /health/live HTT" }));
                client.send_within(client.request(Method::GET, "/health/live", "")).await.unwrap().is(200);
                // Who has asked something is not driven out.
                kept.send(client.request(Method::GET, "/health/live", "")).await.unwrap().is(200);
            }
        });
        let mut first = silent.pop_front().unwrap();
        assert!(first.read(&mut [0; 16]).map_or(true, |read| read == 0), "the oldest is closed");
    }
}

#[test]
fn all_bodies_together_have_a_limit() {
    let server = limited(|limits| limits.bodies_bytes_max = 3 << 20);
    let answer = server.client().post("/v1/data/a", vec![b' '; 4 << 20]).is(503);
    assert_eq!(answer.json()["code"], "overloaded");
    for _ in 0..5 {
        server.client().post("/v1/data/a", vec![b' '; 2 << 20]).is(200);
    }
    assert_eq!(server.metric("provost_bodies_bytes"), 0.0);
}

/// So many MiB of blanks, in members of one each.
fn compressed(mebibytes: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
    encoder.finish().unwrap().repeat(mebibytes)
}

#[test]
fn a_compressed_body_has_the_limits_of_what_it_becomes() {
    let server = limited(|limits| limits.bodies_bytes_max = 20 << 20);
    let send = |method: Method, body: Vec<u8>| {
        let client = server.client();
        let mut request = client.request(method, "/v1/data/a", body);
        request.headers_mut().insert(http::header::CONTENT_ENCODING, "gzip".parse().unwrap());
        client.send(request).unwrap()
    };
    let inflated = send(Method::POST, compressed(3)).is(200);
    assert_eq!(inflated.json()["length"], 3 << 20, "points see what it was");
    assert_eq!(send(Method::POST, compressed(8)).is(200).json()["length"], 8 << 20);
    let too_long = send(Method::POST, compressed(9)).is(413).json();
    assert_eq!(too_long["code"], "request_too_large", "{too_long}");
    // A gigabyte is given up as early.
    assert_eq!(send(Method::POST, compressed(1 << 10)).is(413).json(), too_long);
    // Data may be longer, and all bodies together may not.
    assert_eq!(send(Method::PUT, compressed(40)).is(503).json()["code"], "overloaded");
    // What is no gzip is for the point to tell.
    assert_eq!(send(Method::POST, b"no gzip".to_vec()).is(200).json()["length"], 7);
    assert_eq!(server.metric("provost_bodies_bytes"), 0.0);
}

#[test]
fn an_answer_that_takes_too_long_is_given_up() {
    let server = limited(|limits| {
        limits.answer_time_max = Duration::from_millis(100);
        limits.slow_threads_max = 1;
        limits.slow_waiting_max = 0;
    });
    // The first one shows that the route is slow; from then on it has threads of its own.
    server.client().post("/v1/data/linger", "").is(200);
    let answer = server.client().post("/v1/data/linger", "").is(504);
    assert_eq!(answer.json()["code"], "deadline_exceeded");
    // That thread is still busy, and nobody waits for it in vain.
    let answer = server.client().post("/v1/data/a", "").is(503);
    assert_eq!(answer.json()["code"], "overloaded");
    server.client().get("/v1/data/a").is(200);
    eventually("the thread is free again", || server.client().post("/v1/data/a", "").status() == 200);
}

#[test]
fn a_client_that_takes_no_bytes_is_let_go() {
    let server = limited(|limits| limits.write_stall_max = Duration::from_millis(300));
    let mut stream = server.connect();
    stream.write_all(b"POST /v1/data/large HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n").unwrap();
    eventually("its connection is closed", || server.metric("provost_connections_open") == 1.0);
    let mut taken = Vec::new();
    // Either way the answer is not whole.
    let _ = stream.read_to_end(&mut taken);
    assert!(taken.len() < 32 << 20);
}

#[test]
fn many_clients_at_once_are_all_answered() {
    let server = Running::start(Options { threads: std::num::NonZeroUsize::new(2), ..options() });
    let client = server.client();
    crate::support::runtime().block_on(async {
        let tasks: Vec<_> = (0..200)
            .map(|number| {
                let client = if number % 2 == 0 { client.clone() } else { client.clone().http2() };
                tokio::spawn(async move {
                    let mut connection = client.connect().await.unwrap();
                    for _ in 0..10 {
                        let request = client.request(Method::POST, "/v1/data/a", Bytes::from(vec![b'x'; number * 10]));
                        let answer = connection.send(request).await.unwrap().is(200);
                        assert_eq!(answer.json()["length"], number * 10);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}
