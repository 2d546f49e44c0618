//! A server that is the real binary, and a client that is a few lines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop and say why"
)]
#![allow(dead_code, reason = "each test file uses some of it")]

use super::common::command;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Nothing that is waited for here takes longer, however busy the machine is.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A running server. It is killed with this value.
pub struct Serving {
    process: Child,
    /// Where it listens, as it says.
    pub urls: Vec<String>,
    log: std::thread::JoinHandle<String>,
}

/// How a server ended.
pub struct Ended {
    pub code: Option<i32>,
    pub log: String,
}

impl Serving {
    /// Starts a server in `folder` on ports of the system's choice and waits until it listens.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_within(folder, arguments, |command| command)
    }

    /// The same, where the command is put into another, such as one that limits what it may use.
    pub fn start_within(folder: &Path, arguments: &[&str], put: impl FnOnce(Command) -> Command) -> Self {
        let all = [&["serve", "--watch-interval", "1", "--address", "127.0.0.1:0"], arguments].concat();
        let mut process = put(command(folder, &all)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = process.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = Vec::new();
            stderr.read_to_end(&mut text).unwrap();
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // A diagnostic address, where there is one, is told last.
        let expected = all.iter().filter(|word| ["--address", "--diagnostic-address"].contains(word)).count();
        let urls: Vec<String> = (0..expected)
            .map_while(|_| lines.next())
            .map(|line| line.unwrap().split_whitespace().last().unwrap().to_owned())
            .collect();
        if urls.len() < expected {
            process.wait().unwrap();
            panic!("it does not listen:\n{}", log.join().unwrap());
        }
        Self { process, urls, log }
    }

    /// `host:port` of the first address.
    pub fn address(&self) -> &str {
        self.urls[0].split_once("://").unwrap().1
    }

    /// The port of the first address, in digits.
    pub fn port(&self) -> &str {
        self.address().rsplit_once(':').unwrap().1
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    pub fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, &[], body)
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
        self.try_to_ask(method, path, headers, body).unwrap()
    }

    pub fn try_to_ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address())?;
        stream.set_read_timeout(Some(DEADLINE))?;
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| std::io::Error::other(text.clone()))?;
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap();
        Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// Asks the process to stop, and waits until it has.
    pub fn stop(mut self) -> Ended {
        self.signal("-TERM");
        let code = self.process.wait().unwrap().code();
        let log = std::mem::replace(&mut self.log, std::thread::spawn(String::new)).join().unwrap();
        Ended { code, log }
    }

    /// Ends the process with no time for anything.
    pub fn kill(&self) {
        self.signal("-KILL");
    }

    fn signal(&self, signal: &str) {
        let killed = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// The value of a header field, whose name is written in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Waits for `holds`, which something else brings about.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
