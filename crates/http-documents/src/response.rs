//! The body of a response.

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY};
use http::{Response, StatusCode};
use std::io::Write;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const BY_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");

/// A JSON document as a response.
pub fn json_response(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// Which responses are compressed, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// Shorter bodies are sent as they are: compressing them takes more than it saves.
    pub bytes_min: usize,
    /// From 1, the fastest, to 9, the smallest.
    pub level: u32,
}

impl Default for Compression {
    fn default() -> Self {
        Self { bytes_min: 1024, level: 6 }
    }
}

impl Compression {
    /// Compresses the body when it is long enough and the client takes gzip. Whoever keeps the response is told that another
    /// client may get another one.
    pub fn apply(&self, accepted: &HeaderMap, response: &mut Response<Bytes>) {
        if response.headers().contains_key(CONTENT_ENCODING) {
            return;
        }
        response.headers_mut().insert(VARY, BY_ENCODING);
        if response.body().len() < self.bytes_min || !takes_gzip(accepted) {
            return;
        }
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::new(self.level.clamp(1, 9)));
        // Writing to memory does not fail; if it ever does, the body goes out as it is.
        let Ok(compressed) = encoder.write_all(response.body()).and_then(|()| encoder.finish()) else { return };
        *response.body_mut() = Bytes::from(compressed);
        response.headers_mut().insert(CONTENT_ENCODING, GZIP);
    }
}

/// Whether `accept-encoding` names gzip, and not with `q=0`.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|encoding| {
        let (name, weight) = encoding.split_once(';').unwrap_or((encoding, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_ok_and(|weight| weight > 0.0)
    })
}
