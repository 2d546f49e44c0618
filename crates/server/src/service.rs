//! One request, from its head to its answer: route, identity, permission, body, point.

use crate::authorization::{Authorization, Question, Verdict};
use crate::body::{self, Budget, Inflated, Reserved, WholeBody};
use crate::connection::{Answer, Ask, Control, Protocols, Registry};
use crate::identity::{Identification, unauthorized};
use crate::limits::Limits;
use crate::log_limit::LogLimit;
use crate::metrics::{Event, Metrics};
use crate::request_id;
use crate::router::{Match, MountedRoute, RouteId, Router};
use crate::slow::{Slow, Unanswered};
use crate::turns;
use bytes::Bytes;
use decision::{NotRecorded, Receipt};
use http::header::{
    ALLOW, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, EXPECT, FORWARDED, HOST, HeaderMap, HeaderName,
    HeaderValue, LOCATION, ORIGIN, VIA, WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::uri::Authority;
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::Full;
use http_documents::Encoding;
use hyper::body::Incoming;
use point::{
    Caller, Identity, PathError, Peer, Refusal, RequestId, RouteClass, may_leave, not_recorded, path_segments,
};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Longer bodies are answered on a thread of their own, because reading them takes long.
const QUICK_BODY_BYTES_MAX: usize = 128 << 10;

/// The same for compressed ones: they become a thousand times as long at most.
const QUICK_COMPRESSED_BYTES_MAX: usize = 4 << 10;

/// Paths that one connection remembers.
const REMEMBERED_MAX: usize = 8;

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) router: Router,
    pub(crate) identification: Arc<Identification>,
    pub(crate) authorization: Authorization,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) slow: Slow,
    pub(crate) protocols: Protocols,
    pub(crate) refusals_logged: LogLimit,
}

/// What a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everything.
    Main,
    /// Health and metrics.
    Diagnostic,
}

impl Role {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Diagnostic => "diagnostic",
        }
    }
}

/// One connection, as its requests see it.
pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) control: Arc<Control>,
    pub(crate) peer: Peer,
    pub(crate) role: Role,
    /// Whether the connection begins and ends on this machine.
    pub(crate) stays_here: bool,
    /// What the connection itself proves, or what is wrong with the credential that it was opened with.
    pub(crate) identity: Result<Arc<Identity>, &'static str>,
    pub(crate) memory: Mutex<Vec<Remembered>>,
}

/// What is known of requests like an earlier one on the same connection.
pub(crate) struct Remembered {
    method: Method,
    path: Box<str>,
    route: RouteId,
    allowed: Allowed,
}

/// For whom it was allowed, and by which policy.
struct Allowed {
    generation: u64,
    identity: Arc<Identity>,
    local: bool,
}

/// What the log and the metrics need to know of a request.
struct Progress {
    id: RequestId,
    started: Instant,
    route: Option<RouteId>,
    subject: Option<Arc<Identity>>,
    /// When the answer was there, where that is known already.
    finished: Option<Instant>,
    /// Whether the client sends its body only when it is told to.
    waits_for_go: bool,
    /// Whether it lets others go first.
    takes_turns: bool,
    /// What has not been read yet.
    body: Incoming,
}

impl Progress {
    fn new(body: Incoming) -> Self {
        Self {
            id: request_id::next(),
            started: Instant::now(),
            route: None,
            subject: None,
            finished: None,
            waits_for_go: false,
            takes_turns: false,
            body,
        }
    }
}

/// A request that a point is to answer.
struct Admitted {
    route: RouteId,
    class: RouteClass,
    identity: Arc<Identity>,
    body: WholeBody,
}

/// What became of a request at its point.
enum Called<'s> {
    /// The answer, and when it was there.
    Here(Result<Response<Bytes>, Refused>, Instant),
    /// It is computed on another thread.
    Elsewhere(Pin<Box<dyn Future<Output = Result<Response<Bytes>, Refused>> + Send + 's>>),
}

/// A refusal, and the methods that a path has if that was the reason.
struct Refused {
    refusal: Refusal,
    methods: Vec<Method>,
    /// Where to ask instead.
    location: Option<Box<HeaderValue>>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, methods: Vec::new(), location: None }
    }
}

impl Session {
    /// Answers a request. Nothing that a request can contain makes this fail.
    pub(crate) fn answer(self: Arc<Self>, request: Request<Incoming>) -> impl Future<Output = Answer> + Send {
        let answering = Arc::clone(&self.control).answering();
        let (mut parts, body) = request.into_parts();
        let (version, is_head) = (parts.version, parts.method == Method::HEAD);
        let mut progress = Progress::new(body);
        // Not an `async fn`: one would keep each of its arguments twice.
        async move {
            let _answering = answering;
            let logged = tracing::enabled!(target: "provost::requests", tracing::Level::DEBUG)
                .then(|| Box::new((parts.method.clone(), parts.uri.path().to_owned())));
            progress.takes_turns = turns::come_close(progress.started);
            let answer = match self.admit(&mut parts, &mut progress).await {
                Err(refused) => Err(refused),
                Ok(admitted) => match self.call(admitted, parts, &progress) {
                    Called::Here(answer, finished) => {
                        progress.finished = Some(finished);
                        answer
                    }
                    Called::Elsewhere(answer) => answer.await,
                },
            };
            let mut response = match answer {
                Ok(response) if response.extensions().is_empty() => {
                    if progress.takes_turns {
                        turns::let_others_go_first().await;
                    }
                    response
                }
                Ok(response) => Box::pin(self.when_recorded(response, &mut progress)).await,
                Err(refused) => Box::pin(self.refuse(refused, &mut progress)).await,
            };
            response.headers_mut().insert(REQUEST_ID, request_id::header(progress.id));
            if version < Version::HTTP_2 && self.control.asked() != Ask::Nothing {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            let finished = progress.finished.unwrap_or_else(Instant::now);
            let took = finished.saturating_duration_since(progress.started);
            self.shared.metrics.answered(progress.route, response.status(), took);
            if let Some(logged) = logged {
                let (method, path) = *logged;
                tracing::debug!(
                    target: "provost::requests",
                    request_id = %progress.id,
                    %method,
                    path,
                    status = response.status().as_u16(),
                    took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                    peer = %self.peer,
                    subject = progress.subject.as_ref().and_then(|identity| identity.subject.id.as_deref()),
                    "answered"
                );
            }
            if is_head {
                leave_body_out(&mut response);
            }
            Ok(response.map(Full::new))
        }
    }

    async fn refuse(&self, refused: Refused, progress: &mut Progress) -> Response<Bytes> {
        let Refused { refusal, methods, location } = refused;
        if refusal.status != StatusCode::REQUEST_TIMEOUT && !progress.waits_for_go {
            body::discard(&mut progress.body).await;
        }
        if let Some(location) = location {
            let mut response = refusal.response();
            response.headers_mut().insert(LOCATION, *location);
            return response;
        }
        self.refusal(&refusal, &methods, progress)
    }

    fn refusal(&self, refusal: &Refusal, methods: &[Method], progress: &Progress) -> Response<Bytes> {
        let mut response = refusal.response();
        let event = match refusal.status {
            StatusCode::UNAUTHORIZED => {
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                Some(Event::Unauthorized)
            }
            StatusCode::FORBIDDEN => Some(Event::Forbidden),
            StatusCode::SERVICE_UNAVAILABLE => Some(Event::Overloaded),
            _ => None,
        };
        event.into_iter().for_each(|event| self.shared.metrics.count(event));
        if !methods.is_empty() {
            let names: Vec<_> = methods.iter().map(Method::as_str).collect();
            if let Ok(names) = HeaderValue::from_str(&names.join(", ")) {
                response.headers_mut().insert(ALLOW, names);
            }
        }
        if !self.shared.refusals_logged.admits() {
            return response;
        }
        tracing::info!(
            target: "provost::refusals",
            request_id = %progress.id,
            status = refusal.status.as_u16(),
            code = refusal.code,
            reason = %refusal.message,
            peer = %self.peer,
            subject = progress.subject.as_ref().and_then(|identity| identity.subject.id.as_deref()),
            "refused"
        );
        response
    }

    /// Everything that comes before the point: who asks, what for, whether they may, and the body.
    async fn admit(&self, parts: &mut Parts, progress: &mut Progress) -> Result<Admitted, Refused> {
        let shared = &self.shared;
        let noted = Noted::of(&parts.headers);
        progress.waits_for_go = noted.waits_for_go;
        noted.check_host(parts.version)?;
        let connection = self.identity.as_ref().map_err(|reason| unauthorized(reason))?;
        let identity = shared.identification.identify(connection, noted.authorization);
        let local = self.asks_for_itself(parts, &noted);
        // A caller whose credential is wrong learns that before it learns which routes there are.
        let identity = identity.await?;
        progress.subject = Some(Arc::clone(&identity));
        let generation = shared.authorization.generation();
        let remembered = self.remembered(parts, generation, &identity, local);
        let (route, allowed) = match remembered {
            Some(route) => (route, true),
            None => (self.route(parts)?, false),
        };
        progress.route = Some(route);
        let class = shared.router.class(route).ok_or_else(|| unlisted(parts))?;
        let mut needs_body = false;
        if !allowed {
            match self.permit(parts, class, &identity, local, None)? {
                Verdict::NeedsBody => needs_body = true,
                Verdict::Allowed { stable: true } => {
                    let allowed = Allowed { generation, identity: Arc::clone(&identity), local };
                    self.remember(parts, route, allowed);
                }
                Verdict::Allowed { stable: false } => {}
            }
        }

        let limits = &shared.limits;
        let mut whole =
            body::read(&mut progress.body, limits.body_max(class), limits.body_time_max, &shared.budget).await?;
        // Encodings that are not known are the point's to refuse.
        if Encoding::of(&parts.headers) == Ok(Encoding::Gzip) {
            whole = match Box::pin(self.inflated(whole, route, class, progress.id)).await? {
                Inflated::Whole(inflated) => {
                    parts.headers.remove(CONTENT_ENCODING);
                    parts.headers.remove(CONTENT_LENGTH);
                    inflated
                }
                Inflated::NoGzip(whole) => whole,
            };
        }
        if needs_body && self.permit(parts, class, &identity, local, Some(&whole.bytes))? == Verdict::NeedsBody {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", "nothing allows this").into());
        }

        if progress.takes_turns {
            turns::let_others_go_first().await;
        }
        Ok(Admitted { route, class, identity, body: whole })
    }

    /// A compressed body as it was before, within the limits of all bodies.
    async fn inflated(
        &self,
        whole: WholeBody,
        route: RouteId,
        class: RouteClass,
        id: RequestId,
    ) -> Result<Inflated, Refused> {
        let limits = &self.shared.limits;
        let bytes_max = limits.body_max(class);
        if whole.bytes.len() <= QUICK_COMPRESSED_BYTES_MAX {
            return Ok(body::inflate(whole, bytes_max, &self.shared.budget)?);
        }
        let budget = Arc::clone(&self.shared.budget);
        let deadline = Instant::now() + limits.time_max(class);
        let inflated = self.shared.slow.run(route, deadline, move || body::inflate(whole, bytes_max, &budget)).await;
        Ok(inflated.map_err(|unanswered| self.unanswered(unanswered, id))??)
    }

    /// The answer, when the decision in it is in the record. No thread waits for that.
    async fn when_recorded(&self, mut response: Response<Bytes>, progress: &mut Progress) -> Response<Bytes> {
        let Some(receipt) = response.extensions_mut().remove::<Receipt>() else { return response };
        progress.finished = None;
        let recorded = tokio::time::timeout(self.shared.limits.record_time_max, receipt).await;
        match recorded.unwrap_or(Err(NotRecorded::Late)) {
            Err(problem) if !may_leave(&Err(problem.clone())) => self.refusal(&not_recorded(&problem), &[], progress),
            _ => response,
        }
    }

    /// The route of a request, if it is listed.
    fn route(&self, parts: &Parts) -> Result<RouteId, Refused> {
        let shared = &self.shared;
        let wrong = |error: PathError| Refusal::new(StatusCode::BAD_REQUEST, "bad_path", error.to_string());
        let path = path_segments(parts.uri.path());
        if path == Err(PathError::EmptySegment)
            && let Some(elsewhere) = self.without_empty_segments(parts)
        {
            return Err(elsewhere);
        }
        let path = path.map_err(wrong)?;
        let refusal = match shared.router.find(&parts.method, &path) {
            Match::Route(route) if self.serves(route) => return Ok(route),
            Match::Route(_) | Match::Nothing => unlisted(parts).into(),
            Match::OtherMethods(methods) => {
                let message = format!("`{}` is no method of `{}`", parts.method, parts.uri.path());
                let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message);
                Refused { refusal, methods, location: None }
            }
        };
        shared.metrics.count(Event::Unlisted);
        Err(refusal)
    }

    /// Sends whoever wrote `//v1/data` to `/v1/data`, as OPA does, when there is a route. The path is this server's own and never
    /// the beginning of another address, since no two slashes are left in it; its escapes stay as they are.
    #[cold]
    fn without_empty_segments(&self, parts: &Parts) -> Option<Refused> {
        let mut path = String::with_capacity(parts.uri.path().len());
        for character in parts.uri.path().chars() {
            if character != '/' || !path.ends_with('/') {
                path.push(character);
            }
        }
        let segments = path_segments(&path).ok()?;
        let Match::Route(route) = self.shared.router.find(&parts.method, &segments) else { return None };
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let location = HeaderValue::from_str(&format!("{path}{query}")).ok().filter(|_| self.serves(route))?;
        let message = format!("the path has an empty segment; ask for `{path}`");
        let refusal = Refusal::new(StatusCode::TEMPORARY_REDIRECT, "moved", message);
        Some(Refused { location: Some(Box::new(location)), ..Refused::from(refusal) })
    }

    /// Whether this listener is for such a route.
    fn serves(&self, route: RouteId) -> bool {
        self.role == Role::Main
            || matches!(self.shared.router.class(route), Some(RouteClass::Health | RouteClass::Metrics))
    }

    fn permit(
        &self,
        parts: &Parts,
        class: RouteClass,
        identity: &Identity,
        local: bool,
        body: Option<&[u8]>,
    ) -> Result<Verdict, Refusal> {
        let path = path_segments(parts.uri.path()).unwrap_or_default();
        self.shared.authorization.decide(&Question {
            identity,
            peer: self.peer,
            local,
            listener: self.role.as_str(),
            class,
            method: &parts.method,
            uri: &parts.uri,
            path: &path,
            headers: &parts.headers,
            body,
        })
    }

    /// Whether the caller is on this machine and speaks for itself: no proxy in between, and no page in a browser that was told that
    /// some name of its own is this machine (DNS rebinding).
    fn asks_for_itself(&self, parts: &Parts, noted: &Noted<'_>) -> bool {
        if !self.stays_here || noted.passed_on {
            return false;
        }
        if matches!(self.peer, Peer::Unix { .. }) {
            return noted.origin.is_none();
        }
        let host = match parts.uri.authority() {
            Some(authority) => Some(authority.host()),
            None => match noted.host.map(HeaderValue::to_str) {
                None => None,
                Some(Err(_)) => return false,
                Some(Ok(host)) => Some(without_port(host)),
            },
        };
        host.is_none_or(is_this_machine) && noted.origin.is_none_or(is_page_of_this_machine)
    }

    fn memory(&self) -> MutexGuard<'_, Vec<Remembered>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The route of a request that is allowed because one like it was.
    fn remembered(&self, parts: &Parts, generation: u64, identity: &Arc<Identity>, local: bool) -> Option<RouteId> {
        let memory = self.memory();
        let found = memory.iter().find(|known| *known.path == *parts.uri.path() && known.method == parts.method)?;
        let allowed = &found.allowed;
        let same =
            allowed.generation == generation && allowed.local == local && Arc::ptr_eq(&allowed.identity, identity);
        same.then_some(found.route)
    }

    fn remember(&self, parts: &Parts, route: RouteId, allowed: Allowed) {
        let mut memory = self.memory();
        let path = parts.uri.path();
        memory.retain(|known| *known.path != *path || known.method != parts.method);
        if memory.len() >= REMEMBERED_MAX {
            memory.remove(0);
        }
        memory.push(Remembered { method: parts.method.clone(), path: path.into(), route, allowed });
    }

    /// What the point answers.
    fn call<'s>(&'s self, admitted: Admitted, mut parts: Parts, progress: &Progress) -> Called<'s> {
        let Admitted { route, class, identity, body } = admitted;
        let (slow, limits) = (&self.shared.slow, &self.shared.limits);
        // The time that the body took to come is the client's.
        let started = if body.waited { Instant::now() } else { progress.started };
        let deadline = started + limits.time_max(class);
        let caller = Caller { identity, peer: self.peer, request_id: progress.id, deadline };
        let Some(mounted) = self.shared.router.get(route) else {
            return Called::Here(Err(unlisted_route().into()), Instant::now());
        };
        // The point answers `GET`; what is too much for `HEAD` is left out when the answer is sent.
        if parts.method == Method::HEAD {
            parts.method = Method::GET;
        }
        let request = Request::from_parts(parts, body.bytes);
        let long = class.is_change() || request.body().len() > QUICK_BODY_BYTES_MAX;
        if long || slow.is_slow(route) {
            return Called::Elsewhere(Box::pin(self.call_elsewhere(route, request, caller, body.reserved)));
        }
        // What others took says nothing about this route.
        let started = if progress.takes_turns { Instant::now() } else { started };
        let (answer, finished) = slow.run_here(route, started, || call(mounted, request, &caller));
        Called::Here(answer.ok_or_else(|| self.panicked(caller.request_id)), finished)
    }

    /// The same, on one of the threads for slow answers.
    async fn call_elsewhere(
        &self,
        route: RouteId,
        request: Request<Bytes>,
        caller: Caller,
        reserved: Option<Reserved>,
    ) -> Result<Response<Bytes>, Refused> {
        let (id, deadline) = (caller.request_id, caller.deadline);
        let shared = Arc::clone(&self.shared);
        let answer = self.shared.slow.run(route, deadline, move || {
            // What the body holds counts until the answer is there, also when nobody waits for it any more.
            let _reserved = reserved;
            call(shared.router.get(route)?, request, &caller)
        });
        match answer.await {
            Ok(Some(response)) => Ok(response),
            Ok(None) => Err(self.panicked(id)),
            Err(unanswered) => Err(self.unanswered(unanswered, id).into()),
        }
    }

    fn unanswered(&self, unanswered: Unanswered, id: RequestId) -> Refusal {
        match unanswered {
            Unanswered::NoThread => {
                let message = "too many requests that take long are under way";
                Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message).help("try again later")
            }
            Unanswered::Overdue => {
                self.shared.metrics.count(Event::Overdue);
                tracing::error!(request_id = %id, "an answer took longer than its time and was given up");
                let message = "the answer took longer than it may";
                Refusal::new(StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded", message)
            }
        }
    }

    fn panicked(&self, id: RequestId) -> Refused {
        self.shared.metrics.count(Event::Panic);
        tracing::error!(request_id = %id, "answering panicked; this is a mistake in the program");
        let message = "the server made a mistake";
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
            .help("its log has the request under the id in `x-request-id`")
            .into()
    }
}

/// The point's answer; none when it panicked. A point has no state that a panic could leave half changed: what it shares, it swaps.
fn call(mounted: &MountedRoute, request: Request<Bytes>, caller: &Caller) -> Option<Response<Bytes>> {
    catch_unwind(AssertUnwindSafe(|| mounted.point.handle_route(&mounted.route, request, caller))).ok()
}

/// The answer to `HEAD`: what `GET` says of its body, without it (RFC 9110, section 9.3.2). In HTTP/2 nobody else leaves it out.
fn leave_body_out(response: &mut Response<Bytes>) {
    let body = std::mem::take(response.body_mut());
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
}

fn unlisted(parts: &Parts) -> Refusal {
    let message = format!("there is no `{} {}`", parts.method, parts.uri.path());
    Refusal::new(StatusCode::NOT_FOUND, "not_found", message)
}

fn unlisted_route() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "not_found", "there is no such route")
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || host.parse().is_ok_and(|address: std::net::Ipv4Addr| address.is_loopback())
}

/// Pages of this machine's own servers are as good as any other program on it; all others are strangers.
fn is_page_of_this_machine(origin: &HeaderValue) -> bool {
    let host = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    host.and_then(|host| host.parse::<Authority>().ok()).is_some_and(|authority| is_this_machine(authority.host()))
}

/// The header fields that matter here, found in one look at all of them.
#[derive(Clone, Copy, Default)]
struct Noted<'h> {
    authorization: Option<&'h HeaderValue>,
    host: Option<&'h HeaderValue>,
    hosts: usize,
    origin: Option<&'h HeaderValue>,
    /// Whether somebody passed the request on.
    passed_on: bool,
    waits_for_go: bool,
}

impl<'h> Noted<'h> {
    fn of(headers: &'h HeaderMap) -> Self {
        let mut noted = Self::default();
        for (name, value) in headers {
            // Of a field that comes twice the first counts, as for everybody who looks it up by name.
            if *name == HOST {
                noted.host = noted.host.or(Some(value));
                noted.hosts += 1;
            } else if *name == AUTHORIZATION {
                noted.authorization = noted.authorization.or(Some(value));
            } else if *name == ORIGIN {
                noted.origin = noted.origin.or(Some(value));
            } else if *name == EXPECT {
                noted.waits_for_go = true;
            } else if *name == FORWARDED || *name == VIA || *name == X_FORWARDED_FOR {
                noted.passed_on = true;
            }
        }
        noted
    }

    /// Refuses what two readers could take for requests to different hosts (RFC 9112, section 3.2).
    fn check_host(&self, version: Version) -> Result<(), Refusal> {
        let wrong = |message| Err(Refusal::new(StatusCode::BAD_REQUEST, "bad_host", message));
        match self.host {
            // HTTP/2 says it in `:authority`, and HTTP/1.0 did not know it.
            None if version == Version::HTTP_11 => wrong("the request has no header field `host`"),
            None => Ok(()),
            Some(_) if self.hosts > 1 => wrong("the request has more than one header field `host`"),
            // It may be empty, where the target has no authority.
            Some(host) if host.is_empty() => Ok(()),
            Some(host) if !host.as_bytes().contains(&b'@') && Authority::try_from(host.as_bytes()).is_ok() => Ok(()),
            Some(_) => wrong("the header field `host` names no host"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Session;

    fn size_of_future<A, B, F>(_: impl FnOnce(A, B) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_request_on_its_way_is_small() {
        // It is moved several times before it is answered, and each connection keeps room for one.
        let size = size_of_future(Session::answer);
        assert!(size <= 1024, "{size}");
    }
}
