//! A server: bound, running, stopped.

use crate::accept::Acceptor;
use crate::address::Address;
use crate::authorization::{Authorization, AuthorizationError, AuthorizationOptions, AuthorizationPolicy};
use crate::body::Budget;
use crate::conditions::Conditions;
use crate::connection::{Ask, Protocols, Registry, SWEEP_INTERVAL_MS};
use crate::health::{Health, Vitals};
use crate::identity::{Identification, IdentityError, IdentityOptions};
use crate::limits::Limits;
use crate::listen::{ListenError, Socketed, listen};
use crate::log_limit::LogLimit;
use crate::metrics::Metrics;
use crate::reload::ReloadState;
use crate::router::{DuplicateRoute, Router};
use crate::service::{Role, Shared};
use crate::slow::Slow;
use crate::tls::{Tls, TlsError, TlsOptions};
use crate::watch::{FileWatch, OwnFiles};
use point::{Condition, PatternError, Point};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{Semaphore, watch};

/// Connections that are told to end at the end of draining get this long.
const ABORT_TIME: Duration = Duration::from_millis(500);

/// How a server is to be.
#[derive(Debug)]
pub struct Options {
    /// Where it listens.
    pub addresses: Vec<Address>,
    /// Where it listens for health and metrics only.
    pub diagnostic_addresses: Vec<Address>,
    /// Permissions of unix sockets.
    pub socket_mode: u32,
    /// Certificates; without them it speaks plain HTTP.
    pub tls: Option<TlsOptions>,
    /// Whether it may speak plain HTTP with other machines.
    pub allow_plain: bool,
    /// How much is too much.
    pub limits: Limits,
    /// Threads that serve connections; as many as there are cores where nothing is said.
    pub threads: Option<NonZeroUsize>,
    /// Which credentials are believed.
    pub identity: IdentityOptions,
    /// Who may do what.
    pub authorization: AuthorizationOptions,
    /// How often files are looked at where the system does not say that they changed.
    pub watch_interval: Duration,
    /// Where it adds what it knows about its own health.
    pub conditions: Conditions,
    /// How long it goes on as before when it was told to stop, while health says that it stops: load balancers take a while.
    pub stop_delay: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            addresses: vec![Address::usual()],
            diagnostic_addresses: Vec::new(),
            socket_mode: 0o600,
            tls: None,
            allow_plain: false,
            limits: Limits::default(),
            threads: None,
            identity: IdentityOptions::default(),
            authorization: AuthorizationOptions::default(),
            watch_interval: Duration::from_secs(10),
            conditions: Conditions::default(),
            stop_delay: Duration::ZERO,
        }
    }
}

/// Why a server cannot be.
#[derive(Debug, Error)]
pub enum ServerError {
    /// An address.
    #[error("{0}")]
    Listen(#[from] ListenError),
    /// Plain HTTP would leave the machine.
    #[error("`{0}` is reached from other machines, and would be plain HTTP")]
    PlainOffMachine(String),
    /// A certificate or key.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// A credential.
    #[error("{0}")]
    Identity(#[from] IdentityError),
    /// The policy about access.
    #[error("{0}")]
    Authorization(#[from] AuthorizationError),
    /// Two points with one route.
    #[error("{0}")]
    Route(#[from] DuplicateRoute),
    /// A route that is none.
    #[error("{0}")]
    Pattern(#[from] PatternError),
    /// The system.
    #[error("{what}: {reason}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why not.
        reason: std::io::Error,
    },
}

impl ServerError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Listen(error) => error.help(),
            Self::PlainOffMachine(_) => {
                "give it a certificate (`provost certs` makes one), listen on 127.0.0.1 or a unix socket, or say `--allow-plain` if something in front of it encrypts"
            }
            Self::Tls(_) => "name PEM files with a certificate and its key; `provost certs` makes some",
            Self::Identity(_) => "correct `server.tokens` and `server.issuers` in provost.yaml",
            Self::Authorization(_) => "correct what `server.authorization` in provost.yaml names",
            Self::Route(_) | Self::Pattern(_) | Self::System { .. } => "",
        }
    }
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// As a URL: `https://127.0.0.1:8181`, `unix:///run/provost.sock`.
    pub url: String,
    /// The port and address that it got; none for a unix socket.
    pub socket: Option<SocketAddr>,
    /// Whether it is for health and metrics only.
    pub diagnostic: bool,
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Connections that had not ended by themselves when their time was over.
    pub aborted: usize,
}

/// An address that is listened on.
pub(crate) struct Bound {
    pub(crate) socket: Socketed,
    pub(crate) listening: Listening,
    pub(crate) role: Role,
    pub(crate) tls: Option<Arc<Tls>>,
}

/// A server that listens and does not answer yet.
pub struct Server {
    bound: Vec<Bound>,
    shared: Arc<Shared>,
    vitals: Arc<Vitals>,
    tls: Option<Arc<Tls>>,
    threads: usize,
    watch_interval: Duration,
    stop_delay: Duration,
    stage: watch::Sender<Stage>,
}

/// What a server is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Running,
    /// It was told to stop, and still takes connections.
    Stopping,
    /// It takes no more.
    Closing,
}

/// Steers a server from elsewhere.
#[derive(Clone)]
pub struct Handle {
    stage: watch::Sender<Stage>,
    shared: Arc<Shared>,
    vitals: Arc<Vitals>,
}

impl Handle {
    /// Ends the server: it stops accepting, answers what is under way, and closes.
    pub fn stop(&self) {
        advance(&self.stage, Stage::Stopping);
    }

    /// Makes health and metrics tell how reading something again goes.
    pub fn add_reload(&self, state: Arc<ReloadState>) {
        self.vitals.add_reload(state);
    }

    /// Puts another policy about access in place.
    pub fn replace_authorization(&self, policy: AuthorizationPolicy) {
        self.shared.authorization.replace(policy);
    }
}

/// There is no way back from a later stage.
fn advance(stage: &watch::Sender<Stage>, to: Stage) {
    stage.send_if_modified(|stage| {
        let later = to > *stage;
        *stage = to.max(*stage);
        later
    });
}

impl Server {
    /// Reads certificates and credentials, compiles the policy about access and binds all addresses.
    ///
    /// # Errors
    /// When one of that cannot be done. Nothing is left half bound.
    pub fn bind(options: Options, points: Vec<Arc<dyn Point>>) -> Result<Self, ServerError> {
        let tls = options.tls.map(Tls::new).transpose()?.map(Arc::new);
        let identification = Arc::new(Identification::new(options.identity)?);
        let authorization = Authorization::new(options.authorization)?;
        let registry = Arc::new(Registry::new());
        let budget = Arc::new(Budget::new(options.limits.bodies_bytes_max));
        let vitals = Arc::new(Vitals::new(
            Arc::clone(&registry),
            Arc::clone(&budget),
            points.clone(),
            options.conditions.clone(),
        ));
        let mut mounted: Vec<Arc<dyn Point>> = vec![Arc::new(Health::new(Arc::clone(&vitals))?)];
        mounted.extend(points);
        let router = Router::new(&mounted)?;
        let threads = options.threads.map(NonZeroUsize::get);
        let threads = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get));
        let metrics = Arc::new(Metrics::new(router.routes().len(), threads + 1));
        let labels = router.routes().iter().map(|mounted| &mounted.route);
        let labels = labels.map(|route| (route.method.to_string(), route.pattern.to_string())).collect();
        vitals.set_metrics(Arc::clone(&metrics), labels);

        let addresses = options.addresses.iter().map(|address| (address, Role::Main));
        let diagnostic = options.diagnostic_addresses.iter().map(|address| (address, Role::Diagnostic));
        let mut bound = Vec::new();
        for (address, role) in addresses.chain(diagnostic) {
            let socket = listen(address, options.socket_mode)?;
            bound.push(bind(socket, address, role, tls.as_ref(), options.allow_plain)?);
        }
        let shared = Arc::new(Shared {
            slow: Slow::new(router.routes().len(), &options.limits),
            protocols: Protocols::new(&options.limits),
            refusals_logged: LogLimit::new(),
            limits: options.limits,
            router,
            identification,
            authorization,
            metrics,
            registry,
            budget,
        });
        let stage = watch::Sender::new(Stage::Running);
        let identification = Arc::clone(&shared.identification);
        options.conditions.add(conditions(tls.clone(), identification, stage.clone()));
        let (watch_interval, stop_delay) = (options.watch_interval, options.stop_delay);
        Ok(Self { bound, shared, vitals, tls, threads, watch_interval, stop_delay, stage })
    }

    /// Where it listens, in the order of the options.
    pub fn listening(&self) -> Vec<Listening> {
        self.bound.iter().map(|bound| bound.listening.clone()).collect()
    }

    /// Files that it reads and watches itself: certificates, tokens and keys.
    pub fn files(&self) -> Vec<PathBuf> {
        let tls = self.tls.as_ref().map(|tls| tls.files()).unwrap_or_default();
        tls.into_iter().chain(self.shared.identification.files()).collect()
    }

    /// Steers it from elsewhere.
    pub fn handle(&self) -> Handle {
        Handle { stage: self.stage.clone(), shared: Arc::clone(&self.shared), vitals: Arc::clone(&self.vitals) }
    }

    /// Answers until it is stopped by its [`Handle`] or, where `signals` says so, by SIGINT or SIGTERM. `ready` is called once it can
    /// be asked and stopped: whoever is told before might send a signal that nobody waits for yet.
    ///
    /// # Errors
    /// When there are no threads or no signals to be had.
    pub fn run(self, signals: bool, ready: impl FnOnce()) -> Result<Ended, ServerError> {
        let system = |what| move |reason| ServerError::System { what, reason };
        let _watches = self.watch_files().map_err(system("cannot watch files"))?;
        // Connections are served here ...
        let workers = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.threads)
            .thread_name("provost-worker")
            .enable_all()
            .build()
            .map_err(system("cannot start threads"))?;
        // ... and everything else on this thread, so that health answers when all others are busy.
        let here = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(system("cannot start a runtime"))?;
        let ended = here.block_on(self.serve(workers.handle(), signals, ready));
        workers.shutdown_background();
        here.shutdown_background();
        ended
    }

    async fn serve(
        mut self,
        workers: &tokio::runtime::Handle,
        signals: bool,
        ready: impl FnOnce(),
    ) -> Result<Ended, ServerError> {
        let system = |what| move |reason| ServerError::System { what, reason };
        let places = Arc::new(Semaphore::new(self.shared.limits.connections_max));
        let mut acceptors = Vec::new();
        for bound in std::mem::take(&mut self.bound) {
            let here = tokio::runtime::Handle::current();
            let runtime = if bound.role == Role::Diagnostic { &here } else { workers };
            let acceptor = {
                let _entered = runtime.enter();
                Acceptor::new(bound, Arc::clone(&self.shared), Arc::clone(&places), self.stage.subscribe())
                    .map_err(system("cannot listen"))?
            };
            acceptors.push(runtime.spawn(acceptor.run()));
        }
        let sweeper = tokio::spawn(sweep(Arc::clone(&self.shared)));
        let keys = tokio::spawn(Arc::clone(&self.shared.identification).keep_keys_fresh());

        let mut stage = self.stage.subscribe();
        let told = stage.wait_for(|stage| *stage >= Stage::Stopping);
        if signals {
            let signal = stop_signal().map_err(system("cannot wait for signals"))?;
            ready();
            tokio::select! {
                () = signal => {}
                // The sender lives as long as this server.
                _ = told => {}
            }
        } else {
            ready();
            let _ = told.await;
        }
        advance(&self.stage, Stage::Stopping);

        tracing::info!("stopping");
        tokio::time::sleep(self.stop_delay).await;
        advance(&self.stage, Stage::Closing);
        for acceptor in acceptors {
            // One that panicked accepts nothing either.
            let _ = acceptor.await;
        }
        let registry = &self.shared.registry;
        registry.ask_all(Ask::Finish);
        let mut aborted = 0;
        if tokio::time::timeout(self.shared.limits.drain_time_max, registry.empty()).await.is_err() {
            aborted = registry.len();
            registry.ask_all(Ask::Abort);
            // Those that compute an answer cannot be stopped; nobody will see it.
            let _ = tokio::time::timeout(ABORT_TIME, registry.empty()).await;
        }
        sweeper.abort();
        keys.abort();
        tracing::info!(aborted, "stopped");
        Ok(Ended { aborted })
    }

    fn watch_files(&self) -> std::io::Result<Vec<FileWatch>> {
        let mut watches = Vec::new();
        if let Some(tls) = &self.tls {
            let state = Arc::new(ReloadState::new("certificate", tls.summary()));
            self.vitals.add_reload(Arc::clone(&state));
            let tls = Arc::clone(tls);
            watches.push(FileWatch::start(tls.files(), OwnFiles::default(), self.watch_interval, move || {
                match tls.reload() {
                    Ok(summary) => state.succeeded(summary),
                    Err(error) => state.failed(error),
                }
                None
            })?);
        }
        let identification = Arc::clone(&self.shared.identification);
        let files = identification.files();
        if !files.is_empty() {
            let state = Arc::new(ReloadState::new("credentials", "tokens and keys"));
            self.vitals.add_reload(Arc::clone(&state));
            watches.push(FileWatch::start(files, OwnFiles::default(), self.watch_interval, move || {
                match identification.reload() {
                    Ok(()) => state.succeeded("tokens and keys"),
                    Err(error) => state.failed(error),
                }
                None
            })?);
        }
        Ok(watches)
    }
}

/// What the server itself knows about its health.
fn conditions(
    tls: Option<Arc<Tls>>,
    identification: Arc<Identification>,
    stage: watch::Sender<Stage>,
) -> impl Fn() -> Vec<Condition> + Send + Sync {
    move || {
        let mut conditions = identification.conditions();
        conditions.extend(tls.as_ref().map(|tls| tls.condition()));
        if *stage.borrow() > Stage::Running {
            conditions.push(Condition::failed("server", "it is stopping"));
        }
        conditions
    }
}

fn bind(
    socket: Socketed,
    address: &Address,
    role: Role,
    tls: Option<&Arc<Tls>>,
    allow_plain: bool,
) -> Result<Bound, ServerError> {
    let diagnostic = role == Role::Diagnostic;
    let (listening, tls) = match (&socket, address) {
        (Socketed::Tcp(listener), Address::Tcp { plain, .. }) => {
            let local =
                listener.local_addr().map_err(|reason| ServerError::System { what: "cannot listen", reason })?;
            let tls = tls.filter(|_| !plain);
            // Whoever may read health and metrics without a name may read them in the clear.
            if tls.is_none() && !local.ip().is_loopback() && !allow_plain && !diagnostic {
                return Err(ServerError::PlainOffMachine(address.to_string()));
            }
            let scheme = if tls.is_some() { "https" } else { "http" };
            let url = format!("{scheme}://{local}");
            (Listening { url, socket: Some(local), diagnostic }, tls.map(Arc::clone))
        }
        _ => (Listening { url: address.to_string(), socket: None, diagnostic }, None),
    };
    Ok(Bound { socket, listening, role, tls })
}

async fn sweep(shared: Arc<Shared>) {
    let mut interval = tokio::time::interval(Duration::from_millis(SWEEP_INTERVAL_MS));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        interval.tick().await;
        shared.registry.sweep(&shared.limits);
    }
}

/// SIGINT or SIGTERM.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
