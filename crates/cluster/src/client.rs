//! Asking an API server.

use crate::access::Access;
use crate::error::ClientError;
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, HOST, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;
use value::json::{self, ParseLimits};
use value::{Arena, Value};

/// From the first packet to the head of the answer, and from there to the end of an answer that is no stream.
const TIME_MAX: Duration = Duration::from_secs(60);

/// The longest answer that is no stream: a page of the largest objects that etcd stores.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// The longest event: an object may have 1.5 MiB in etcd, and its JSON a multiple of that.
const EVENT_BYTES_MAX: usize = 16 << 20;

/// The longest message of a refusal.
const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// Asks an API server, over a connection for each question.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    access: Access,
}

/// A connection that ends with this value.
struct Connection(AbortHandle);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Lines of an answer that goes on.
pub(crate) struct Lines {
    body: Incoming,
    buffer: BytesMut,
    /// Up to here no line ends.
    searched: usize,
    _connection: Connection,
}

impl Client {
    pub(crate) const fn new(access: Access) -> Self {
        Self { access }
    }

    /// The document at `path`.
    pub(crate) async fn get(&self, path: &str) -> Result<Bytes, ClientError> {
        let (body, _connection) = self.ask(path, TIME_MAX).await?;
        let all = Limited::new(body, ANSWER_BYTES_MAX).collect();
        let all = tokio::time::timeout(TIME_MAX, all).await.map_err(|_| ClientError::Slow(TIME_MAX))?;
        match all {
            Ok(all) => Ok(all.to_bytes()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(ClientError::TooLong(ANSWER_BYTES_MAX)),
            Err(error) => Err(ClientError::Unreachable(error.to_string())),
        }
    }

    /// The lines that come from `path`, for as long as they come.
    pub(crate) async fn lines(&self, path: &str, head_time_max: Duration) -> Result<Lines, ClientError> {
        let (body, connection) = self.ask(path, head_time_max).await?;
        Ok(Lines { body, buffer: BytesMut::new(), searched: 0, _connection: connection })
    }

    /// Sends a request and waits for the head of the answer.
    async fn ask(&self, path: &str, time_max: Duration) -> Result<(Incoming, Connection), ClientError> {
        match tokio::time::timeout(time_max, self.send(path)).await {
            Ok(answer) => answer,
            Err(_) => Err(ClientError::Slow(time_max)),
        }
    }

    async fn send(&self, path: &str) -> Result<(Incoming, Connection), ClientError> {
        let unreachable = |error: &dyn std::fmt::Display| ClientError::Unreachable(error.to_string());
        let (host, port) = self.access.address()?;
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|error| unreachable(&error))?;
        let connector = TlsConnector::from(self.access.tls()?);
        let stream = connector.connect(self.access.server_name()?, stream).await;
        let stream = TokioIo::new(stream.map_err(|error| unreachable(&error))?);
        let (mut sender, connection) = http1::handshake(stream).await.map_err(|error| unreachable(&error))?;
        let connection = Connection(tokio::spawn(connection).abort_handle());
        // A server may stand below a path, as behind a proxy.
        let base = self.access.server.path().trim_end_matches('/');
        let mut request = Request::get(format!("{base}{path}"))
            .header(HOST, self.access.server.authority().map_or("", |authority| authority.as_str()))
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, "provost");
        if let Some(authorization) = self.access.authorization()? {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Empty::<Bytes>::new()).map_err(|error| unreachable(&error))?;
        let response = sender.send_request(request).await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok((response.into_body(), connection));
        }
        let body = Limited::new(response.into_body(), MESSAGE_BYTES_MAX).collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        Err(ClientError::Status { status: status.as_u16(), message: message(&body) })
    }
}

/// What a Status says, or whatever else was answered.
fn message(body: &[u8]) -> String {
    let arena = Arena::new();
    let status = json::parse(&arena, body, &ParseLimits::default()).unwrap_or_default();
    match status.get_str("message").and_then(Value::as_str) {
        Some(message) => message.to_owned(),
        None => String::from_utf8_lossy(body).trim().chars().take(200).collect(),
    }
}

impl Lines {
    /// The next line, `None` when the answer has ended.
    pub(crate) async fn next(&mut self, time_max: Duration) -> Result<Option<Bytes>, ClientError> {
        loop {
            let unseen = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(end) = unseen.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(self.searched + end + 1).freeze();
                self.searched = 0;
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.searched > EVENT_BYTES_MAX {
                return Err(ClientError::TooLong(EVENT_BYTES_MAX));
            }
            let frame = tokio::time::timeout(time_max, self.body.frame()).await;
            match frame.map_err(|_| ClientError::Slow(time_max))? {
                None if self.buffer.is_empty() => return Ok(None),
                // It broke off within an event.
                None => return Err(ClientError::Unreachable("the connection was closed".to_owned())),
                Some(Err(error)) => return Err(ClientError::Unreachable(error.to_string())),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
            }
        }
    }
}
