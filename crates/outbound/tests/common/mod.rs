//! Servers on this machine that do as they are told, and remember what they were asked.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses some of it")]

use host::HttpRequest;
use outbound::{AllowedHost, HostPattern, Options, Sender};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The first line and the fields, with `\n` at the end of each.
    pub head: String,
    pub body: String,
}

impl Received {
    /// `GET /path`
    pub fn asks(&self) -> &str {
        self.head.lines().next().unwrap().rsplit_once(' ').unwrap().0
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Reads one request.
pub fn receive(stream: &mut impl Read) -> Option<Received> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.extend_from_slice(&byte);
    }
    let mut received = Received { head: String::from_utf8(head).unwrap().replace("\r\n", "\n"), body: String::new() };
    let length = received.field("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    received.body = String::from_utf8(body).unwrap();
    Some(received)
}

/// A server that answers each connection once.
pub struct Server {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Answers with the bytes that `respond` makes of a request.
    pub fn start(respond: impl Fn(&Received) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let (respond, remembered) = (Arc::new(respond), Arc::clone(&received));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (respond, remembered) = (Arc::clone(&respond), Arc::clone(&remembered));
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let Some(request) = receive(&mut stream) else { return };
                    remembered.lock().unwrap().push(request.clone());
                    // Whoever asked may have had enough.
                    let _ = stream.write_all(&respond(&request));
                });
            }
        });
        Self { address, received }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What came, in order.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }
}

/// An answer of a status with fields and a body.
pub fn answer(status: &str, fields: &[(&str, &str)], body: &str) -> Vec<u8> {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A `GET`.
pub fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        timeout: Duration::from_secs(20),
        ..HttpRequest::default()
    }
}

/// One that may ask this machine by its address.
pub fn options() -> Options {
    let pattern = HostPattern::Address([127, 0, 0, 1].into());
    Options { hosts: vec![AllowedHost { pattern, port: None, local: false }], ..Options::default() }
}

pub fn sender() -> Sender {
    Sender::new(options())
}
