//! A server that policies ask: answers each connection once, and remembers what it was asked.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop and say why")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A running server.
pub struct Upstream {
    /// Where it listens.
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// Answers with status 200, the fields, and the JSON text that `respond` makes of a request's head.
    pub fn start(fields: &'static str, respond: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (respond, remembered) = (Arc::new(respond), Arc::clone(&heads));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (respond, remembered) = (Arc::clone(&respond), Arc::clone(&remembered));
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let head = head(&stream);
                    remembered.lock().unwrap().push(head.clone());
                    let body = respond(&head);
                    let length = body.len();
                    let fields = format!("Content-Type: application/json\r\n{fields}Content-Length: {length}");
                    // Whoever asked may be gone.
                    let _ = write!(stream, "HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{body}");
                });
            }
        });
        Self { address, heads }
    }

    /// What it was asked, in order: first lines and fields.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// How often it was asked.
    pub fn count(&self) -> usize {
        self.heads.lock().unwrap().len()
    }
}

fn head(stream: &TcpStream) -> String {
    let mut lines = String::new();
    let mut reader = BufReader::new(stream.take(1 << 20));
    while reader.read_line(&mut lines).unwrap() > 2 {}
    lines
}
