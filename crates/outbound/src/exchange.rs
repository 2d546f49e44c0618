//! One request and one answer over one connection.

use crate::connect::Stream;
use crate::error::SendError;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use host::HttpResponse;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::response::Parts;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::ext::ReasonPhrase;
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io::Read;
use tokio::task::AbortHandle;

/// The smallest buffer that the library has.
const BUFFER_BYTES_MIN: usize = 8 << 10;

/// Most header fields of an answer.
const HEADER_FIELDS_MAX: usize = 256;

/// How much of an answer is too much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnswerLimits {
    pub(crate) head_bytes_max: usize,
    pub(crate) body_bytes_max: usize,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) method: Method,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the answer may be packed although the policy did not ask for that.
    pub(crate) unpacks: bool,
}

/// Sends, and reads the answer.
pub(crate) async fn exchange(
    stream: Box<dyn Stream>,
    message: Message,
    limits: AnswerLimits,
    asked: &str,
) -> Result<HttpResponse, SendError> {
    let network = |reason: String| SendError::Network { asked: asked.to_owned(), reason };
    let answer = |reason: String| SendError::Answer { asked: asked.to_owned(), reason };
    let Message { method, path_and_query, headers, body, unpacks } = message;
    let mut request = Request::new(Full::new(body));
    *request.uri_mut() = path_and_query.parse().map_err(|_| answer("the path cannot be sent".to_owned()))?;
    *request.method_mut() = method;
    *request.headers_mut() = headers;
    let handshake = http1::Builder::new()
        .max_buf_size(limits.head_bytes_max.max(BUFFER_BYTES_MIN))
        .max_headers(HEADER_FIELDS_MAX)
        .handshake(TokioIo::new(stream))
        .await;
    let (mut sender, connection) = handshake.map_err(|error| network(reason(&error)))?;
    let _driver = Driver(tokio::spawn(connection).abort_handle());
    let head_too_long = || {
        let limit = limits.head_bytes_max;
        answer(format!("the header is longer than the {limit} bytes that `http_send.head_bytes_max` allows"))
    };
    let response = sender.send_request(request).await.map_err(|error| match error.is_parse() {
        true if error.is_parse_too_large() => head_too_long(),
        true => answer(format!("what came is no HTTP: {}", reason(&error))),
        false => network(reason(&error)),
    })?;
    let (parts, body) = response.into_parts();
    // The library stops reading when its buffer is full, which it notices a little late.
    let fields = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    if fields.sum::<usize>() > limits.head_bytes_max {
        return Err(head_too_long());
    }
    let too_long = || {
        let limit = limits.body_bytes_max;
        answer(format!("the answer is longer than the {limit} bytes that `http_send.response_bytes_max` allows"))
    };
    let body = match Limited::new(body, limits.body_bytes_max).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => return Err(too_long()),
        Err(error) => return Err(network(format!("the answer broke off: {}", reason(error.as_ref())))),
    };
    told(parts, body, unpacks, limits.body_bytes_max, &too_long, &answer)
}

/// What moves the bytes of a connection. It ends with the exchange, also when nobody waits for that any more.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn told(
    mut parts: Parts,
    body: Bytes,
    unpacks: bool,
    bytes_max: usize,
    too_long: &dyn Fn() -> SendError,
    answer: &dyn Fn(String) -> SendError,
) -> Result<HttpResponse, SendError> {
    let packed =
        parts.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"));
    let body = if unpacks && packed && !body.is_empty() {
        let mut unpacked = Vec::new();
        let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
        let length = MultiGzDecoder::new(body.as_ref()).take(limit).read_to_end(&mut unpacked);
        match length {
            Ok(length) if length > bytes_max => return Err(too_long()),
            Ok(_) => {}
            Err(_) => return Err(answer("the answer is said to be gzip, and is not".to_owned())),
        }
        parts.headers.remove(CONTENT_ENCODING);
        parts.headers.remove(CONTENT_LENGTH);
        unpacked
    } else {
        body.to_vec()
    };
    let phrase = parts.extensions.get::<ReasonPhrase>().map(|phrase| String::from_utf8_lossy(phrase.as_bytes()));
    let phrase = phrase.unwrap_or_else(|| parts.status.canonical_reason().unwrap_or_default().into());
    let headers = parts.headers.iter();
    Ok(HttpResponse {
        status_code: parts.status.as_u16(),
        status: format!("{} {phrase}", parts.status.as_u16()).trim_end().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body,
    })
}

/// An error with what is behind it.
fn reason(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let error_text = error.to_string();
        if !text.contains(&error_text) {
            text = format!("{text}: {error_text}");
        }
        source = error.source();
    }
    text
}
