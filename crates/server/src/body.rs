//! Reading a request's body within limits of length, time and memory.

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt;
use http_documents::BodyError;
use hyper::body::{Body, Incoming};
use point::Refusal;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Of the body of a request that is refused, so much is read and thrown away: most clients listen for an answer only when they have sent
/// everything, and would see a broken connection. Over HTTP/2 an answer before the end of the body is regular (RFC 9113, section 8.1),
/// and clients exist that take it for an error all the same (curl 7.88 does).
const DISCARD_BYTES_MAX: u64 = 128 << 20;

/// How long that may take.
const DISCARD_TIME_MAX: Duration = Duration::from_secs(3);

/// The memory for all bodies together.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes_max: u64,
    used: AtomicU64,
}

/// A part of the [`Budget`] that is in use.
#[derive(Debug)]
pub(crate) struct Reserved {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Budget {
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self { bytes_max, used: AtomicU64::new(0) }
    }

    /// Bytes in use.
    pub(crate) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

impl Reserved {
    fn none(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), bytes: 0 }
    }

    /// Makes it `bytes` long at least.
    fn grow(&mut self, bytes: u64) -> Result<(), Refusal> {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let before = self.budget.used.fetch_add(more, Ordering::Relaxed);
        self.bytes += more;
        if before.saturating_add(more) > self.budget.bytes_max {
            let message = "the requests under way hold as much memory as they may";
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message).help("try again later"));
        }
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A whole body.
#[derive(Debug)]
pub(crate) struct WholeBody {
    pub(crate) bytes: Bytes,
    /// Short bodies are not counted: there are only as many as connections, and counting is a cache line that all threads share.
    pub(crate) reserved: Option<Reserved>,
    /// Whether some of it was not there yet.
    pub(crate) waited: bool,
}

/// Bodies up to this length are not counted in the [`Budget`].
const UNCOUNTED_BYTES: u64 = 64 << 10;

/// Reads the whole of `body`, no more than `bytes_max` of it and no longer than `time_max`.
///
/// A short body that is there already costs next to nothing; what is rarely needed has memory of its own, so that a request on its way
/// stays small.
pub(crate) async fn read(
    body: &mut Incoming,
    bytes_max: u64,
    time_max: Duration,
    budget: &Arc<Budget>,
) -> Result<WholeBody, Refusal> {
    if body.is_end_stream() {
        return Ok(WholeBody { bytes: Bytes::new(), reserved: None, waited: false });
    }
    if body.size_hint().lower() > bytes_max {
        return Err(too_long(bytes_max));
    }
    let first = poll_fn(|context| Poll::Ready(Pin::new(&mut *body).poll_frame(context))).await;
    let first = match first {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        Poll::Ready(None) => Bytes::new(),
        Poll::Ready(Some(Err(_))) => return Err(broken()),
        Poll::Pending => return Box::pin(read_rest(body, Bytes::new(), bytes_max, time_max, budget)).await,
    };
    if body.is_end_stream() && within(first.len(), UNCOUNTED_BYTES.min(bytes_max)) {
        return Ok(WholeBody { bytes: first, reserved: None, waited: false });
    }
    Box::pin(read_rest(body, first, bytes_max, time_max, budget)).await
}

/// Reads what follows `first`.
async fn read_rest(
    body: &mut Incoming,
    first: Bytes,
    bytes_max: u64,
    time_max: Duration,
    budget: &Arc<Budget>,
) -> Result<WholeBody, Refusal> {
    let deadline = Instant::now() + time_max;
    let mut reserved = Reserved::none(budget);
    let mut bytes = BytesMut::new();
    let mut next = Some(first);
    while let Some(data) = next {
        let length = bytes.len() + data.len();
        if !within(length, bytes_max) {
            return Err(too_long(bytes_max));
        }
        let announced = body.size_hint().lower().saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        if announced > UNCOUNTED_BYTES {
            reserved.grow(announced)?;
        }
        bytes.reserve(usize::try_from(announced.min(bytes_max)).unwrap_or(0).saturating_sub(bytes.len()));
        bytes.extend_from_slice(&data);
        drop(data);
        let frame = timeout_at(deadline, body.frame()).await.map_err(|_| {
            Refusal::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "the body took too long to come")
        })?;
        // Trailers say nothing that matters here.
        next = frame.transpose().map_err(|_| broken())?.map(|frame| frame.into_data().unwrap_or_default());
    }
    Ok(WholeBody { bytes: bytes.freeze(), reserved: Some(reserved), waited: true })
}

/// A body that was compressed with gzip, as it was before: as long as any other body may be, and counted as they are. What is no gzip
/// stays as it came, for the point to say so in its own words; it can come to no more memory there than is counted here.
pub(crate) fn inflate(whole: WholeBody, bytes_max: u64, budget: &Arc<Budget>) -> Result<Inflated, Refusal> {
    let WholeBody { bytes: compressed, reserved, .. } = whole;
    let mut reserved = reserved.unwrap_or_else(|| Reserved::none(budget));
    let before = reserved.bytes;
    let takes = |bytes: usize| match u64::try_from(bytes).unwrap_or(u64::MAX) {
        ..=UNCOUNTED_BYTES => Ok(()),
        // What it is made from is there as long as it grows.
        bytes => reserved.grow(before.saturating_add(bytes)).map_err(Uninflated::Refused),
    };
    let limit = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let inflated = http_documents::inflate(&compressed, limit, takes);
    // Inflating it was work of its own, and no waiting for the client.
    let body = |bytes| WholeBody { bytes, reserved: Some(reserved), waited: true };
    match inflated {
        Ok(bytes) => Ok(Inflated::Whole(body(bytes.into()))),
        Err(Uninflated::Refused(refusal)) => Err(refusal),
        Err(Uninflated::Wrong(BodyError::InflatedTooLarge { .. })) => Err(too_long(bytes_max)),
        Err(Uninflated::Wrong(_)) => Ok(Inflated::NoGzip(body(compressed))),
    }
}

/// What became of a body that says that it is compressed.
pub(crate) enum Inflated {
    /// What it was before.
    Whole(WholeBody),
    /// The body as it came.
    NoGzip(WholeBody),
}

/// Why a body could not be inflated.
enum Uninflated {
    Refused(Refusal),
    Wrong(BodyError),
}

impl From<BodyError> for Uninflated {
    fn from(error: BodyError) -> Self {
        Self::Wrong(error)
    }
}

fn broken() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "broken_body", "the body ended before it was complete")
}

fn within(length: usize, max: u64) -> bool {
    u64::try_from(length).is_ok_and(|length| length <= max)
}

/// Takes what is left of the body of a request that is refused.
pub(crate) async fn discard(body: &mut Incoming) {
    let mut left = DISCARD_BYTES_MAX;
    let deadline = Instant::now() + DISCARD_TIME_MAX;
    while !body.is_end_stream()
        && let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await
    {
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(u64::try_from(length).unwrap_or(u64::MAX)) {
            Some(rest) => left = rest,
            None => break,
        }
    }
}

fn too_long(bytes_max: u64) -> Refusal {
    let message = format!("the body is longer than {bytes_max} bytes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
        .help("send less, or raise `server.limits.body_bytes_max`")
}
