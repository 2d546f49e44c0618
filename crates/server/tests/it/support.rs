//! A server that runs, certificates, and a client.

use bytes::Bytes;
use decision::Acknowledgement;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use point::{Caller, Condition, Point, Route, RouteClass};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use server::{
    Address, CertificateOrder, CertificateUse, Ended, Handle, IssuedCertificate, Limits, Listening, Options, Server,
    ServerError, SigningAuthority,
};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// Nothing that is waited for here takes longer, however busy the machine is.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A point with a route of each class. It tells who asked, and does what its path says.
pub struct Told {
    routes: Vec<Route>,
    /// What `/v1/data/wait` waits for.
    pub gate: Gate,
    pub failing: AtomicBool,
    /// The record's ends of what `/v1/data/recorded` answered.
    pub acknowledgements: Mutex<Vec<Acknowledgement>>,
}

/// Lets requests wait until the test has seen them.
#[derive(Default)]
pub struct Gate {
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Gate {
    fn wait(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 += 1;
        self.changed.notify_all();
        let (_state, timeout) = self.changed.wait_timeout_while(state, DEADLINE, |(_, open)| !*open).unwrap();
        assert!(!timeout.timed_out(), "the gate was never opened");
    }

    /// Waits until that many requests wait.
    pub fn arrived(&self, count: usize) {
        let state = self.state.lock().unwrap();
        let (_state, timeout) = self.changed.wait_timeout_while(state, DEADLINE, |(here, _)| *here < count).unwrap();
        assert!(!timeout.timed_out(), "the requests never came");
    }

    pub fn open(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

impl Told {
    pub fn new() -> Arc<Self> {
        let route = |(method, pattern, class)| Route::new(method, pattern, class).unwrap();
        let routes = [
            (Method::GET, "/v1/data/{path...}", RouteClass::Read),
            (Method::POST, "/v1/data/{path...}", RouteClass::Decide),
            (Method::PUT, "/v1/data/{path...}", RouteClass::ChangeData),
            (Method::PUT, "/v1/policies/{id...}", RouteClass::ChangePolicies),
        ];
        Arc::new(Self {
            routes: routes.map(route).into(),
            gate: Gate::default(),
            failing: AtomicBool::new(false),
            acknowledgements: Mutex::default(),
        })
    }
}

impl Point for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    fn routes(&self) -> &[Route] {
        &self.routes
    }

    fn handle(&self, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
        point::handle_unrouted(self, request, caller)
    }

    fn handle_route(&self, route: &Route, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
        match request.uri().path() {
            "/v1/data/panic" => panic!("as the path says"),
            "/v1/data/wait" => self.gate.wait(),
            "/v1/data/linger" => {
                // Longer than the deadline, as a point that does not respect it.
                let until = caller.deadline + Duration::from_secs(2);
                while Instant::now() < until {
                    std::hint::spin_loop();
                }
            }
            "/v1/data/recorded" => {
                let (acknowledgement, receipt) = decision::receipt();
                self.acknowledgements.lock().unwrap().push(acknowledgement);
                let mut response = Response::new(Bytes::from_static(b"{}"));
                response.extensions_mut().insert(receipt);
                return response;
            }
            "/v1/data/large" => return Response::new(Bytes::from(vec![b'x'; 32 << 20])),
            _ => {}
        }
        let subject = &caller.identity.subject;
        let certificate = caller.identity.certificate.as_ref();
        let answer = json!({
            "method": request.method().as_str(),
            "route": route.to_string(),
            "path": request.uri().path(),
            "length": request.body().len(),
            "subject": subject.id,
            "groups": subject.groups,
            "verified_by": subject.verified_by,
            "spiffe_id": certificate.and_then(|certificate| certificate.spiffe_id.clone()),
            "issuer": certificate.map(|certificate| certificate.issuer.clone()),
            "claims": caller.identity.claims.as_deref().map(|claims| serde_json::from_str::<Value>(claims).unwrap()),
            "request_id": caller.request_id.to_string(),
        });
        Response::new(Bytes::from(answer.to_string()))
    }

    fn conditions(&self) -> Vec<Condition> {
        vec![match self.failing.load(Ordering::Relaxed) {
            true => Condition::failed("record", "the disk is full"),
            false => Condition::healthy("record", "it is written"),
        }]
    }

    fn write_metrics(&self, text: &mut String) {
        text.push_str("told_metric 1\n");
    }
}

/// A server in this process. It stops with this value.
pub struct Running {
    pub listening: Vec<Listening>,
    pub handle: Handle,
    pub told: Arc<Told>,
    thread: Option<JoinHandle<Result<Ended, ServerError>>>,
}

/// Loopback, a port of the system's choice, and times that a test can wait for.
pub fn options() -> Options {
    Options {
        addresses: vec!["127.0.0.1:0".parse().unwrap()],
        watch_interval: Duration::from_millis(50),
        limits: Limits {
            drain_time_max: Duration::from_secs(30),
            answer_time_max: Duration::from_secs(30),
            ..Limits::default()
        },
        ..Options::default()
    }
}

impl Running {
    pub fn start(options: Options) -> Self {
        let told = Told::new();
        let server = Server::bind(options, vec![told.clone()]).unwrap();
        let (listening, handle) = (server.listening(), server.handle());
        let thread = Some(std::thread::spawn(move || server.run(false, || ())));
        Self { listening, handle, told, thread }
    }

    pub fn address(&self) -> SocketAddr {
        self.listening[0].socket.unwrap()
    }

    pub fn client(&self) -> Client {
        Client::plain(self.address())
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// Tells it to stop and waits until it has.
    pub fn stop(mut self) -> Ended {
        self.handle.stop();
        self.thread.take().unwrap().join().unwrap().unwrap()
    }

    /// Metrics, as `name{labels}` and value.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.client().get("/metrics").text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no `{name}` in\n{text}")).parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.told.gate.open();
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.unwrap().unwrap();
            }
        }
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

/// An answer.
#[derive(Debug)]
pub struct Answer(pub Response<Bytes>);

impl Answer {
    pub fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.body().to_vec()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(self.0.body()).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The answer, if it has that status; if it is a refusal, it must be one in our shape.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status(), status, "{}", self.text());
        assert_eq!(self.0.headers()["x-request-id"].len(), 32);
        if status >= 400 && status != 500 {
            let body = self.json();
            assert!(body["code"].is_string() && body["message"].is_string(), "{body}");
            assert_eq!(self.0.headers()["content-type"], "application/json");
        }
        self
    }
}

/// How a client reaches a server. Each request has a connection of its own unless it is said otherwise.
#[derive(Clone)]
pub struct Client {
    target: Target,
    tls: Option<Arc<ClientConfig>>,
    http2: bool,
    pub token: Option<String>,
}

#[derive(Clone)]
enum Target {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Client {
    pub fn plain(address: SocketAddr) -> Self {
        Self { target: Target::Tcp(address), tls: None, http2: false, token: None }
    }

    pub fn unix(path: &Path) -> Self {
        Self { target: Target::Unix(path.to_path_buf()), tls: None, http2: false, token: None }
    }

    pub fn tls(address: SocketAddr, config: ClientConfig) -> Self {
        Self { target: Target::Tcp(address), tls: Some(Arc::new(config)), http2: false, token: None }
    }

    pub fn http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path, "")).unwrap()
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.send(self.request(Method::POST, path, body)).unwrap()
    }

    #[track_caller]
    pub fn put(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.send(self.request(Method::PUT, path, body)).unwrap()
    }

    pub fn request(&self, method: Method, path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let host = match &self.target {
            Target::Tcp(address) => address.to_string(),
            Target::Unix(_) => "localhost".to_owned(),
        };
        let mut request = Request::builder().method(method).header("host", &host);
        request = request.uri(if self.http2 { format!("{scheme}://{host}{path}") } else { path.to_owned() });
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.body(Full::new(body.into())).unwrap()
    }

    /// # Errors
    /// When there is no answer.
    pub fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        runtime().block_on(async { tokio::time::timeout(DEADLINE, self.send_within(request)).await? })
    }

    pub async fn send_within(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut connection = self.connect().await?;
        connection.send(request).await
    }

    pub async fn connect(&self) -> Result<Connection, Box<dyn std::error::Error + Send + Sync>> {
        let stream: Box<dyn Stream> = match &self.target {
            Target::Unix(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
            Target::Tcp(address) => {
                let stream = tokio::net::TcpStream::connect(address).await?;
                match &self.tls {
                    None => Box::new(stream),
                    Some(config) => {
                        let name = ServerName::try_from("localhost")?;
                        Box::new(TlsConnector::from(Arc::clone(config)).connect(name, stream).await?)
                    }
                }
            }
        };
        let io = TokioIo::new(stream);
        Ok(if self.http2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
            tokio::spawn(connection);
            Connection::Http2(sender)
        } else {
            let (sender, connection) = http1::handshake(io).await?;
            tokio::spawn(connection);
            Connection::Http1(sender)
        })
    }
}

/// A connection that is kept.
pub enum Connection {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    pub async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let response = match self {
            Self::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Self::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
        };
        let (parts, body) = response.into_parts();
        Ok(Answer(Response::from_parts(parts, body.collect().await?.to_bytes())))
    }
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A folder with an authority, a server's certificate, and whatever else it signs.
pub struct Certificates {
    pub folder: tempfile::TempDir,
    pub authority: SigningAuthority,
}

impl Certificates {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = SigningAuthority::generate("tests", 30).unwrap();
        let certificates = Self { folder, authority };
        std::fs::write(certificates.path("ca.crt"), certificates.authority.certificate()).unwrap();
        certificates.renew();
        certificates
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A new certificate for the server. The key first: what does not fit together is refused, and tried again.
    pub fn renew(&self) -> IssuedCertificate {
        let issued = self.authority.issue(&server_order(30)).unwrap();
        self.install(&issued);
        issued
    }

    pub fn install(&self, issued: &IssuedCertificate) {
        for (name, text) in [("server.key", &issued.key), ("server.crt", &issued.certificate)] {
            let fresh = self.path(&format!("{name}.new"));
            std::fs::write(&fresh, text).unwrap();
            std::fs::rename(fresh, self.path(name)).unwrap();
        }
    }

    pub fn tls(&self) -> server::TlsOptions {
        server::TlsOptions {
            certificate: self.path("server.crt"),
            key: self.path("server.key"),
            client_authorities: Some(self.path("ca.crt")),
            client_certificates: server::ClientCertificates::Optional,
        }
    }

    pub fn client_order(name: &str) -> CertificateOrder {
        CertificateOrder {
            purpose: CertificateUse::Client,
            common_name: name.to_owned(),
            organizations: vec!["ml".to_owned()],
            names: Vec::new(),
            uris: Vec::new(),
            days: 30,
        }
    }

    /// A client that trusts this authority, and shows what `issued` is.
    pub fn client(&self, issued: Option<&IssuedCertificate>) -> ClientConfig {
        trusting(self.authority.certificate(), issued)
    }
}

pub fn server_order(days: u32) -> CertificateOrder {
    CertificateOrder {
        purpose: CertificateUse::Server,
        common_name: "provost".to_owned(),
        organizations: Vec::new(),
        names: server::service_names("provost", "provost-system", "cluster.local"),
        uris: Vec::new(),
        days,
    }
}

pub fn trusting(authority: &str, issued: Option<&IssuedCertificate>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    match issued {
        None => builder.with_no_client_auth(),
        Some(issued) => {
            let chain = CertificateDer::pem_slice_iter(issued.certificate.as_bytes());
            let chain: Vec<_> = chain.collect::<Result<_, _>>().unwrap();
            let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    }
}

/// The address of a server on a unix socket.
pub fn unix_address(path: &Path) -> Address {
    Address::Unix(path.to_path_buf())
}
