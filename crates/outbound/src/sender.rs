//! What a host asks: one request in, one answer out, on a thread that may wait.

use crate::allow_list::Permission;
use crate::cache::{Cache, Kept, Key};
use crate::error::SendError;
use crate::freshness::{expiry, field, good_until};
use crate::options::Options;
use crate::places::Places;
use crate::prepare::Prepared;
use crate::redirects::Way;
use crate::target::Target;
use crate::trust::Trust;
use arc_swap::ArcSwap;
use host::{CacheOptions, HostError, HttpRequest, HttpResponse};
use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{HeaderName, HeaderValue};
use std::future::Future;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::time::timeout_at;

/// The first pause before another attempt; each is longer than the one before.
const PAUSE_MIN: Duration = Duration::from_millis(100);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Names that are looked up at once; the system's way of doing that takes a thread each.
const LOOKUPS_MAX: usize = 64;

/// Sends what policies ask for, as far as it is allowed, and keeps the answers that may be kept.
///
/// Made once for a process. It costs nothing until something is sent.
#[derive(Debug)]
pub struct Sender {
    options: ArcSwap<Options>,
    places: Places,
    cache: Cache,
    trust: Arc<Trust>,
    runtime: OnceLock<Result<Runtime, String>>,
}

impl Sender {
    /// Sends what the options allow.
    pub fn new(options: Options) -> Self {
        Self {
            options: ArcSwap::from_pointee(options),
            places: Places::default(),
            cache: Cache::default(),
            trust: Arc::default(),
            runtime: OnceLock::new(),
        }
    }

    /// Goes by other options from now on. Answers stay, unless others may be asked now: then nobody can tell which of them are by
    /// whom.
    pub fn replace(&self, options: Options) {
        let before = self.options.swap(Arc::new(options));
        let after = self.options.load();
        if (&before.hosts, before.allow_unverified_tls) != (&after.hosts, after.allow_unverified_tls) {
            self.cache.clear();
        }
    }

    /// Sends a request and waits for its answer, or gives the one that was kept.
    ///
    /// On a thread of a runtime that has several, other tasks go on meanwhile.
    ///
    /// # Errors
    /// [`HostError::Refused`] when it is not allowed or too much, [`HostError::Failed`] when there is no answer.
    pub fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        self.answer(request).map_err(HostError::from)
    }

    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, SendError> {
        let options = self.options.load_full();
        let target = Target::parse(&request.url)?;
        Permission::of(&target, &options.hosts, false)?;
        if request.tls.skip_verification && !options.allow_unverified_tls {
            return Err(SendError::Unverified);
        }
        let prepared = Prepared::new(request, &target, &options)?;
        let time = request.time_left.map_or(options.time_max, |left| left.min(options.time_max));
        let asking = Asking { sender: self, request, target, options, time, until: Instant::now() + time };
        let Some((key, cache)) = Key::of(request).zip(request.cache.as_ref()) else {
            return asking.send(prepared);
        };
        if let Some(kept) = self.cache.get(&key) {
            if SystemTime::now() < kept.good_until {
                return Ok(kept.response.clone());
            }
            if let Some(response) = asking.confirm(&prepared, &key, &kept, cache)? {
                return Ok(response);
            }
        }
        let response = asking.send(prepared)?;
        asking.keep(key, &response, cache);
        Ok(response)
    }

    fn runtime(&self) -> Result<&Runtime, SendError> {
        let start = || {
            let built = Builder::new_multi_thread()
                .worker_threads(1)
                .max_blocking_threads(LOOKUPS_MAX)
                .thread_name("provost-outbound")
                .enable_all()
                .build();
            built.map_err(|error| error.to_string())
        };
        self.runtime.get_or_init(start).as_ref().map_err(|reason| SendError::System(reason.clone()))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if let Some(Ok(runtime)) = self.runtime.take() {
            // Nobody waits for anything any more, and a look-up that hangs is not to be waited for.
            runtime.shutdown_background();
        }
    }
}

/// One request under way.
struct Asking<'s> {
    sender: &'s Sender,
    request: &'s HttpRequest,
    target: Target,
    options: Arc<Options>,
    /// For everything.
    time: Duration,
    until: Instant,
}

impl Asking<'_> {
    /// Sends, as often as the policy wants when the network fails.
    fn send(&self, prepared: Prepared) -> Result<HttpResponse, SendError> {
        let runtime = self.sender.runtime()?;
        let (target, options) = (self.target.clone(), Arc::clone(&self.options));
        let (trust, tls) = (Arc::clone(&self.sender.trust), self.request.tls.clone());
        let attempts =
            Attempts { timeout: self.request.timeout, retries_max: self.request.retries_max, time: self.time };
        let (follows, until) = (self.request.follow_redirects, self.until.into());
        waiting(|| {
            let _place = self.sender.places.take(self.options.connections_max, self.until)?;
            let answer = async move {
                let way = Way { options: &options, trust: &trust, tls: &tls, follows };
                attempts.make(way, &prepared, &target, until).await
            };
            wait_for(runtime, answer)
        })
    }

    /// Asks the server whether an answer still holds. `None` when the server says neither that it does nor what holds instead.
    fn confirm(
        &self,
        prepared: &Prepared,
        key: &Key,
        kept: &Kept,
        cache: &CacheOptions,
    ) -> Result<Option<HttpResponse>, SendError> {
        let mut conditional = prepared.clone();
        let mut is_conditional = false;
        for (name, field_name) in [(IF_NONE_MATCH, "etag"), (IF_MODIFIED_SINCE, "last-modified")] {
            is_conditional |= insert(&mut conditional, name, field(&kept.response, field_name));
        }
        self.sender.cache.remove(key);
        if !is_conditional {
            return Ok(None);
        }
        let response = self.send(conditional)?;
        match response.status_code {
            304 => {
                let now = SystemTime::now();
                let mut confirmed = kept.response.clone();
                let named = |name: &str| response.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
                confirmed.headers.retain(|(name, _)| !named(name));
                confirmed.headers.extend(response.headers.iter().cloned());
                if let Some(good_until) = expiry(&response, cache, now) {
                    let kept = Kept { response: confirmed.clone(), good_until };
                    self.sender.cache.put(*key, kept, self.options.cache_bytes_max);
                }
                Ok(Some(confirmed))
            }
            200 => {
                self.keep(*key, &response, cache);
                Ok(Some(response))
            }
            _ => Ok(None),
        }
    }

    fn keep(&self, key: Key, response: &HttpResponse, cache: &CacheOptions) {
        if let Some(good_until) = good_until(response, cache, SystemTime::now()) {
            let kept = Kept { response: response.clone(), good_until };
            self.sender.cache.put(key, kept, self.options.cache_bytes_max);
        }
    }
}

fn insert(prepared: &mut Prepared, name: HeaderName, value: Option<&str>) -> bool {
    let value = value.and_then(|value| HeaderValue::from_str(value).ok());
    value.is_some_and(|value| {
        prepared.headers.insert(name, value);
        true
    })
}

/// How often, and how long each time.
#[derive(Clone, Copy, Debug)]
struct Attempts {
    /// Zero is as long as there is time.
    timeout: Duration,
    retries_max: u32,
    /// For all of them.
    time: Duration,
}

impl Attempts {
    async fn make(
        self,
        way: Way<'_>,
        request: &Prepared,
        target: &Target,
        until: tokio::time::Instant,
    ) -> Result<HttpResponse, SendError> {
        let mut failures = 0;
        loop {
            let now = tokio::time::Instant::now();
            let (end, time) = match now.checked_add(self.timeout).filter(|end| *end < until) {
                Some(end) if !self.timeout.is_zero() => (end, self.timeout),
                _ => (until, self.time),
            };
            let error = match timeout_at(end, way.go(request.clone(), target, end)).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) if !error.may_pass() => return Err(error),
                Ok(Err(error)) => error,
                Err(_) => SendError::Timeout { asked: Prepared::asked(&request.method, target), time },
            };
            let next = tokio::time::Instant::now() + pause(failures);
            if failures >= self.retries_max || next >= until {
                return Err(error);
            }
            failures += 1;
            tokio::time::sleep_until(next).await;
        }
    }
}

/// How long to wait after so many failures before this one: more each time, and not the same for all that wait.
fn pause(failures: u32) -> Duration {
    let grown = PAUSE_MIN.as_secs_f64() * 1.6_f64.powi(i32::try_from(failures).unwrap_or(i32::MAX));
    // Between four and six fifths; without randomness, what it would be in the middle.
    let share = getrandom::u32().map_or(1.0, |random| 0.8 + 0.4 * f64::from(random) / f64::from(u32::MAX));
    Duration::try_from_secs_f64((grown * share).min(PAUSE_MAX.as_secs_f64())).unwrap_or(PAUSE_MAX)
}

/// Does something that may take long. On a thread that serves other tasks, those go on elsewhere.
fn waiting<T>(wait: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => tokio::task::block_in_place(wait),
        _ => wait(),
    }
}

/// What a future comes to that has an end. Its runtime is not this thread's, which may be another one's worker.
fn wait_for<T: Send + 'static>(
    runtime: &Runtime,
    future: impl Future<Output = Result<T, SendError>> + Send + 'static,
) -> Result<T, SendError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        // Whoever waits is there until there is something.
        let _ = sender.send(future.await);
    });
    receiver.recv().unwrap_or_else(|_| Err(SendError::System("sending ended without an answer".to_owned())))
}
