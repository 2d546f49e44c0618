//! One connection, from the first byte to the last.

mod control;
mod wire;

pub(crate) use control::{Ask, Control, Registered, Registry, SWEEP_INTERVAL_MS};
pub(crate) use wire::Transport;

use crate::limits::Limits;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Poll, Waker};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use wire::Wire;

/// What every HTTP/2 connection begins with (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What is read at first; most requests fit.
const FIRST_READ_BYTES: usize = 8 << 10;

/// HTTP/2 clients that have gone without a word are found by asking them this often.
const PING_INTERVAL: Duration = Duration::from_secs(20);

/// An answer, as hyper sends it.
pub(crate) type Answer = Result<Response<Full<Bytes>>, Infallible>;

/// The protocol that a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// How connections are served; the same for all.
#[derive(Clone, Debug)]
pub(crate) struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Protocols {
    pub(crate) fn new(limits: &Limits) -> Self {
        let mut http1 = http1::Builder::new();
        // Times are kept by `control`, which costs nothing per request.
        http1
            .half_close(true)
            .header_read_timeout(None)
            .max_headers(limits.header_fields_max)
            .max_header_size(limits.head_bytes_max)
            .max_buf_size(limits.head_bytes_max.max(FIRST_READ_BYTES));
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_INTERVAL)
            .max_concurrent_streams(limits.streams_max)
            .max_header_list_size(u32::try_from(limits.head_bytes_max).unwrap_or(u32::MAX));
        Self { http1, http2 }
    }

    /// Serves a connection until it ends or is asked to.
    pub(crate) async fn serve<A, F>(
        &self,
        transport: Transport,
        prefix: Bytes,
        protocol: Protocol,
        registered: &Registered,
        answer: A,
    ) where
        A: Fn(Request<Incoming>) -> F + Send + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let control = &registered.control;
        // How a connection ended is of no consequence: what was to be said about a request has been said in its answer.
        let _ = match protocol {
            Protocol::Http1 => {
                let io = TokioIo::new(Wire::http1(transport, control.clone(), prefix));
                let connection = self.http1.serve_connection(io, service_fn(answer));
                drive(pin!(connection), control, http1::Connection::graceful_shutdown).await
            }
            Protocol::Http2 => {
                let io = TokioIo::new(Wire::http2(transport, control.clone(), prefix));
                let connection = self.http2.serve_connection(io, service_fn(answer));
                drive(pin!(connection), control, http2::Connection::graceful_shutdown).await
            }
        };
    }
}

/// Runs a connection, and does what is asked of it.
async fn drive<C>(
    mut connection: Pin<&mut C>,
    control: &Control,
    finish: fn(Pin<&mut C>),
) -> Option<Result<(), hyper::Error>>
where
    C: Future<Output = Result<(), hyper::Error>>,
{
    let mut finishing = false;
    let mut registered: Option<Waker> = None;
    poll_fn(|context| {
        let mut asked = control.asked();
        // Being asked takes the waker away, and a task may have another one each time, though it has not.
        if asked != Ask::Nothing || !registered.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            control.register(context.waker());
            registered = Some(context.waker().clone());
            asked = control.asked();
        }
        match asked {
            // The wire refuses a slow head. One that is coming is still answered: hyper would take it for no request.
            Ask::Nothing | Ask::RefuseHead => {}
            Ask::Finish if finishing || control.is_receiving_head() => {}
            Ask::Abort => return Poll::Ready(None),
            Ask::Finish => {
                finishing = true;
                finish(connection.as_mut());
            }
        }
        connection.as_mut().poll(context).map(Some)
    })
    .await
}

/// What `future` gives, unless the connection is asked to end before.
pub(crate) async fn unless_asked<F: Future>(control: &Control, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        control.register(context.waker());
        match control.asked() {
            Ask::Nothing => future.as_mut().poll(context).map(Some),
            Ask::Finish | Ask::RefuseHead | Ask::Abort => Poll::Ready(None),
        }
    })
    .await
}

/// Which protocol a client speaks that cannot say so in a handshake, and what was read to see it.
pub(crate) async fn sniff(transport: &mut Transport) -> io::Result<(Protocol, Bytes)> {
    let mut read = BytesMut::with_capacity(FIRST_READ_BYTES);
    let mut stream = transport.pinned();
    loop {
        let ended = stream.read_buf(&mut read).await? == 0;
        let common = read.len().min(HTTP2_PREFACE.len());
        if read.get(..common) != HTTP2_PREFACE.get(..common) {
            return Ok((Protocol::Http1, read.freeze()));
        }
        if common == HTTP2_PREFACE.len() {
            return Ok((Protocol::Http2, read.freeze()));
        }
        if ended {
            return Ok((Protocol::Http1, read.freeze()));
        }
    }
}
