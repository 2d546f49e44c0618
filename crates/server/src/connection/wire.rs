//! A connection's bytes, whatever carries them.

use super::control::{Ask, Control, Phase};
use bytes::{Buf, Bytes};
use http::StatusCode;
use point::Refusal;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::server::TlsStream;

/// What carries a connection's bytes.
#[derive(Debug)]
pub(crate) enum Transport {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Unix(UnixStream),
}

/// A connection's bytes. It writes down when they flow, and refuses requests that come too slowly.
#[derive(Debug)]
pub(crate) struct Wire {
    transport: Transport,
    control: Arc<Control>,
    /// What was read to see which protocol the client speaks.
    prefix: Bytes,
    /// What is to be said about a request that comes too slowly; none in HTTP/2, where requests have no order.
    refusal: Option<Bytes>,
}

impl Wire {
    /// The wire of an HTTP/1 connection.
    pub(crate) fn http1(transport: Transport, control: Arc<Control>, prefix: Bytes) -> Self {
        control.enter(if prefix.is_empty() { Phase::Idle } else { Phase::Head });
        Self { transport, control, prefix, refusal: Some(slow_head()) }
    }

    /// The wire of an HTTP/2 connection.
    pub(crate) fn http2(transport: Transport, control: Arc<Control>, prefix: Bytes) -> Self {
        control.enter(Phase::Idle);
        Self { transport, control, prefix, refusal: None }
    }

    /// Says that the request came too slowly; then there is nothing more to read.
    fn poll_refuse(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(refusal) = &mut self.refusal {
            while refusal.has_remaining() {
                let written = ready!(self.transport.pinned().poll_write(context, refusal))?;
                if written == 0 {
                    break;
                }
                refusal.advance(written);
            }
            self.refusal = None;
            ready!(self.transport.pinned().poll_flush(context))?;
        }
        Poll::Ready(Ok(()))
    }

    fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Pending => self.control.write_stalled(),
            Poll::Ready(_) => self.control.write_progressed(),
        }
        written
    }
}

fn slow_head() -> Bytes {
    let refusal = Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        "request_timeout",
        "the request's header fields took too long to come",
    );
    let body = refusal.body();
    let mut text = format!(
        "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    text.extend_from_slice(&body);
    Bytes::from(text)
}

/// Bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Transport {
    /// The stream, whichever it is.
    pub(super) fn pinned(&mut self) -> Pin<&mut dyn Stream> {
        match self {
            Self::Tcp(stream) => Pin::new(stream),
            Self::Tls(stream) => Pin::new(stream.as_mut()),
            Self::Unix(stream) => Pin::new(stream),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if !wire.prefix.is_empty() {
            let length = wire.prefix.len().min(into.remaining());
            into.put_slice(&wire.prefix.split_to(length));
            return Poll::Ready(Ok(()));
        }
        if wire.control.asked() == Ask::RefuseHead {
            return wire.poll_refuse(context);
        }
        let before = into.filled().len();
        let read = wire.transport.pinned().poll_read(context, into);
        if into.filled().len() > before && wire.refusal.is_some() {
            wire.control.received();
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let written = wire.transport.pinned().poll_write(context, bytes);
        wire.wrote(written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let written = wire.transport.pinned().poll_write_vectored(context, slices);
        wire.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Tcp(stream) => stream.is_write_vectored(),
            Transport::Tls(stream) => stream.is_write_vectored(),
            Transport::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().transport.pinned().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().transport.pinned().poll_shutdown(context)
    }
}
