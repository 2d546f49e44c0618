//! A generator of HTTP/1.1 requests that costs as little as it can: one thread, one poll, no allocation for a request.

use crate::arguments::Load;
use anyhow::{Context, Result, bail, ensure};
use memchr::memmem;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The longest answer.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// What was done in a turn.
pub struct Turn {
    pub answers: u64,
    pub time: Duration,
}

struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
    /// When the request that is under way was due.
    due: Option<Instant>,
}

struct Generator {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    request: Vec<u8>,
}

impl Generator {
    fn connect(address: SocketAddr, load: &Load) -> Result<Self> {
        let poll = Poll::new()?;
        let mut connections = Vec::with_capacity(load.connections);
        for index in 0..load.connections {
            let stream = std::net::TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(index), Interest::READABLE)?;
            connections.push(Connection { stream, answer: Vec::with_capacity(4096), due: None });
        }
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            load.path,
            load.body.len()
        );
        let request = [head.as_bytes(), &load.body].concat();
        Ok(Self { poll, events: Events::with_capacity(1024), connections, request })
    }

    fn send(&mut self, index: usize, due: Instant) -> Result<()> {
        let connection = &mut self.connections[index];
        connection.due = Some(due);
        // A few kilobytes always fit a socket's empty buffer.
        let written = connection.stream.write(&self.request)?;
        ensure!(written == self.request.len(), "the request does not fit the socket's buffer");
        Ok(())
    }

    /// Reads what is there; returns when the request was due that is answered now, if one is.
    fn receive(&mut self, index: usize) -> Result<Option<Instant>> {
        let connection = &mut self.connections[index];
        let mut buffer = [0; 4096];
        loop {
            match connection.stream.read(&mut buffer) {
                Ok(0) => bail!("the server closed a connection"),
                Ok(read) => {
                    connection.answer.extend_from_slice(&buffer[..read]);
                    ensure!(connection.answer.len() <= ANSWER_BYTES_MAX, "the answer is too long");
                    if let Some(length) = complete(&connection.answer)? {
                        ensure!(length == connection.answer.len(), "there are two answers to one request");
                        connection.answer.clear();
                        return Ok(connection.due.take());
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The length of the answer that `bytes` begin with, when all of it is there.
fn complete(bytes: &[u8]) -> Result<Option<usize>> {
    let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end])?;
    ensure!(head.starts_with("HTTP/1.1 200"), "the answer is {}", head.lines().next().unwrap_or_default());
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().to_owned())
    };
    let length = head.lines().find_map(field).context("no content-length")?;
    let length = end + 4 + length.parse::<usize>()?;
    Ok((bytes.len() >= length).then_some(length))
}

/// Each connection sends its next request when it has the answer to the last.
pub fn closed(address: SocketAddr, load: &Load, time: Duration) -> Result<Turn> {
    let mut generator = Generator::connect(address, load)?;
    let started = Instant::now();
    for index in 0..load.connections {
        generator.send(index, started)?;
    }
    let mut answers = 0;
    let mut events = std::mem::replace(&mut generator.events, Events::with_capacity(0));
    while started.elapsed() < time {
        generator.poll.poll(&mut events, Some(time))?;
        for event in &events {
            let Token(index) = event.token();
            if generator.receive(index)?.is_some() {
                answers += 1;
                generator.send(index, started)?;
            }
        }
    }
    Ok(Turn { answers, time: started.elapsed() })
}

/// Requests are due at equal distances, whatever becomes of the ones before; latencies count from there.
pub fn open(address: SocketAddr, load: &Load, rate: f64, time: Duration) -> Result<Vec<Duration>> {
    let mut generator = Generator::connect(address, load)?;
    let mut idle: Vec<usize> = (0..load.connections).collect();
    let mut latencies = Vec::new();
    let mut events = std::mem::replace(&mut generator.events, Events::with_capacity(0));
    let started = Instant::now();
    let total = (rate * time.as_secs_f64()) as u64;
    let mut sent = 0;
    // The generator has a core of its own, and a poll that sleeps would wake too late.
    while (latencies.len() as u64) < total && started.elapsed() < time * 4 {
        while sent < total {
            let due = started + Duration::from_secs_f64(sent as f64 / rate);
            if due > Instant::now() {
                break;
            }
            let Some(index) = idle.pop() else { break };
            generator.send(index, due)?;
            sent += 1;
        }
        generator.poll.poll(&mut events, Some(Duration::ZERO))?;
        for event in &events {
            let Token(index) = event.token();
            if let Some(due) = generator.receive(index)? {
                latencies.push(due.elapsed());
                idle.push(index);
            }
        }
    }
    ensure!(!latencies.is_empty(), "nothing was answered");
    Ok(latencies)
}
