//! From a socket that waits to a connection that is served.

use crate::connection::{Protocol, Registered, Transport, sniff, unless_asked};
use crate::identity::certificate::identity_of;
use crate::listen::Socketed;
use crate::metrics::Event;
use crate::server::{Bound, Stage};
use crate::service::{Role, Session, Shared};
use crate::tls::Tls;
use bytes::Bytes;
use decision::Subject;
use point::{Identity, Peer};
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// A pause when the system has no place for a further connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

enum Listener {
    Tcp(TcpListener),
    /// The file is removed with it.
    Unix(
        UnixListener,
        #[expect(dead_code, reason = "it is kept for what happens when it goes")] crate::listen::SocketFile,
    ),
}

enum Stream {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

/// Accepts the connections of one address.
pub(crate) struct Acceptor {
    listener: Listener,
    role: Role,
    on_loopback: bool,
    tls: Option<Arc<Tls>>,
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
    stage: watch::Receiver<Stage>,
}

impl Acceptor {
    pub(crate) fn new(
        bound: Bound,
        shared: Arc<Shared>,
        places: Arc<Semaphore>,
        stage: watch::Receiver<Stage>,
    ) -> std::io::Result<Self> {
        let on_loopback = bound.listening.socket.is_none_or(|socket| socket.ip().is_loopback());
        let listener = match bound.socket {
            Socketed::Tcp(listener) => Listener::Tcp(TcpListener::from_std(listener)?),
            Socketed::Unix(listener, file) => Listener::Unix(UnixListener::from_std(listener)?, file),
        };
        Ok(Self { listener, role: bound.role, on_loopback, tls: bound.tls, shared, places, stage })
    }

    /// Accepts until the server closes.
    pub(crate) async fn run(mut self) {
        loop {
            let accepted = tokio::select! {
                biased;
                // The sender lives as long as the server.
                _ = self.stage.wait_for(|stage| *stage == Stage::Closing) => break,
                accepted = accept(&self.listener) => accepted,
            };
            match accepted {
                Ok(stream) => self.take(stream, self.place().await),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // Who connected before the stop is in the system's queue, and would otherwise be reset.
        while let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            match tokio::time::timeout(Duration::ZERO, accept(&self.listener)).await {
                Ok(Ok(stream)) => self.take(stream, Some(place)),
                Ok(Err(_)) | Err(_) => break,
            }
        }
    }

    /// A place for a connection that is accepted. None when the server closes before: this one is answered without.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let registry = &self.shared.registry;
        registry.set_crowded(true);
        registry.make_room();
        let mut stage = self.stage.clone();
        let place = tokio::select! {
            // The semaphore is never closed.
            place = Arc::clone(&self.places).acquire_owned() => place.ok(),
            _ = stage.wait_for(|stage| *stage == Stage::Closing) => None,
        };
        registry.set_crowded(false);
        place
    }

    fn take(&self, stream: Stream, place: Option<OwnedSemaphorePermit>) {
        self.shared.metrics.count(Event::Connection);
        let registered = self.shared.registry.register();
        let connection = Connection {
            role: self.role,
            on_loopback: self.on_loopback,
            tls: self.tls.clone(),
            shared: Arc::clone(&self.shared),
            registered,
        };
        tokio::spawn(async move {
            connection.serve(stream).await;
            drop(place);
        });
    }
}

async fn accept(listener: &Listener) -> std::io::Result<Stream> {
    Ok(match listener {
        Listener::Tcp(listener) => listener.accept().await.map(|(stream, peer)| Stream::Tcp(stream, peer))?,
        Listener::Unix(listener, _) => listener.accept().await.map(|(stream, _)| Stream::Unix(stream))?,
    })
}

/// A connection that is open: what carries it, what was read of it, and who the other end is, or why it is nobody.
type Opened = (Transport, Bytes, Protocol, Result<Identity, &'static str>, Peer);

/// One connection, before it is known what it speaks.
struct Connection {
    role: Role,
    on_loopback: bool,
    tls: Option<Arc<Tls>>,
    shared: Arc<Shared>,
    registered: Registered,
}

impl Connection {
    async fn serve(self, stream: Stream) {
        let control = Arc::clone(&self.registered.control);
        let Some(Some((transport, prefix, protocol, identity, peer))) = unless_asked(&control, self.open(stream)).await
        else {
            return;
        };
        let session = Arc::new(Session {
            stays_here: self.on_loopback && peer.is_local(),
            shared: Arc::clone(&self.shared),
            control,
            peer,
            role: self.role,
            identity: identity.map(Arc::new),
            memory: std::sync::Mutex::default(),
        });
        let answer = move |request| Arc::clone(&session).answer(request);
        self.shared.protocols.serve(transport, prefix, protocol, &self.registered, answer).await;
    }

    /// The handshake, and which protocol the client speaks.
    async fn open(&self, stream: Stream) -> Option<Opened> {
        let (mut transport, identity, peer) = match stream {
            Stream::Unix(stream) => {
                let credentials = stream.peer_cred().ok()?;
                let (uid, gid, pid) = (credentials.uid(), credentials.gid(), credentials.pid());
                (Transport::Unix(stream), Ok(unix_identity(uid, gid)), Peer::Unix { uid, gid, pid })
            }
            Stream::Tcp(stream, address) => {
                // Answers are small and go out whole; waiting for more to send would only hold them back.
                let _ = stream.set_nodelay(true);
                let peer = Peer::Tcp(address);
                match &self.tls {
                    None => (Transport::Tcp(stream), Ok(Identity::anonymous()), peer),
                    Some(tls) => {
                        let accepted = TlsAcceptor::from(tls.config()).accept(stream).await;
                        let stream = accepted
                            .inspect_err(|error| {
                                self.shared.metrics.count(Event::FailedHandshake);
                                if self.shared.refusals_logged.admits() {
                                    tracing::info!(target: "provost::refusals", %peer, %error, "a TLS handshake failed");
                                }
                            })
                            .ok()?;
                        let (_, connection) = stream.get_ref();
                        let chain: &[CertificateDer<'_>] = connection.peer_certificates().unwrap_or_default();
                        let identity = if chain.is_empty() { Ok(Identity::anonymous()) } else { identity_of(chain) };
                        let chosen = match connection.alpn_protocol() {
                            Some(b"h2") => Protocol::Http2,
                            _ => Protocol::Http1,
                        };
                        return Some((Transport::Tls(Box::new(stream)), Bytes::new(), chosen, identity, peer));
                    }
                }
            }
        };
        let (protocol, prefix) = sniff(&mut transport).await.ok()?;
        Some((transport, prefix, protocol, identity, peer))
    }
}

/// Who the kernel says is at the other end of a unix socket.
fn unix_identity(uid: u32, gid: u32) -> Identity {
    let subject =
        Subject { id: Some(format!("uid:{uid}")), groups: vec![format!("gid:{gid}")], verified_by: "unix".to_owned() };
    Identity { subject, ..Identity::default() }
}
