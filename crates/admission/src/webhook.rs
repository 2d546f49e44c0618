//! The two webhooks.

use crate::answer;
use crate::counters::{Counters, Outcome};
use crate::mutation::{Mutation, mutate};
use crate::question::Question;
use crate::timeout;
use arc_swap::ArcSwap;
use bytes::Bytes;
use decision::{
    AmendOptions, Answer, Append, BodyFormat, DecideOptions, Decision, DecisionEntry, OnUnknown, PolicySetEntry,
    RecordEntry, RequestBody, Subject,
};
use host::Host;
use http::{Method, Request, Response, StatusCode};
use http_documents::{Body, BodyError, BodyLimits, MediaType, json_response};
use kubernetes_types::admission::{self, Operation, Review};
use point::{
    Caller, Governance, Point, RecordWait, Refusal, RequestHost, Route, RouteClass, handle_unrouted, with_kept_arena,
};
use record::RecordingHost;
use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;
use value::{Arena, Value, json};

/// Where requests are judged. The paths are those of Gatekeeper's webhooks.
pub const VALIDATE_PATH: &str = "/v1/admit";

/// Where objects are changed before they are judged.
pub const MUTATE_PATH: &str = "/v1/mutate";

/// How admission behaves.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How much of a body is too much.
    pub body: BodyLimits,
    /// Namespaces in which everything is admitted unasked.
    pub exempt_namespaces: BTreeSet<String>,
    /// Whose word counts about who asks.
    pub api_servers: Vec<ApiServer>,
}

/// An API server, as it proves to be one. A name alone proves nothing: some issuer may give the same one to somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiServer {
    /// The subject that its credential names.
    pub subject: String,
    /// What must have verified it: `mtls`, `oidc`, `token`, `unix`.
    pub verified_by: Vec<String>,
}

impl ApiServer {
    fn is(&self, caller: &Subject) -> bool {
        caller.id.as_ref() == Some(&self.subject) && self.verified_by.contains(&caller.verified_by)
    }
}

/// Kubernetes admission: what judges and what changes.
pub struct Admission {
    governance: ArcSwap<Governance>,
    settings: ArcSwap<Settings>,
    host: Arc<dyn Host + Send + Sync>,
    record: Option<(Arc<dyn Append>, RecordWait)>,
    routes: Vec<Route>,
    validated: Counters,
    mutated: Counters,
}

/// Which of the two is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Webhook {
    Validating,
    Mutating,
}

/// One request on its way.
struct Asked<'r> {
    request: &'r Request<Bytes>,
    caller: &'r Caller,
    started: Instant,
    webhook: Webhook,
}

impl Admission {
    /// Admission by `governance`; policies see the world through `host`.
    pub fn new(settings: Settings, governance: Arc<Governance>, host: Arc<dyn Host + Send + Sync>) -> Self {
        let routes = [VALIDATE_PATH, MUTATE_PATH].map(|path| Route::new(Method::POST, path, RouteClass::Decide));
        Self {
            governance: ArcSwap::new(governance),
            settings: ArcSwap::from_pointee(settings),
            host,
            record: None,
            // The patterns are constants, and a test makes sure that both are patterns.
            routes: routes.into_iter().flatten().collect(),
            validated: Counters::default(),
            mutated: Counters::default(),
        }
    }

    /// Keeps every decision in `record`.
    #[must_use]
    pub fn with_record(mut self, record: Arc<dyn Append>, wait: RecordWait) -> Self {
        self.record = Some((record, wait));
        self.note_policies("start");
        self
    }

    /// Decides by `governance` from now on. Requests under way go on with what they began with.
    pub fn replace(&self, settings: Settings, governance: Arc<Governance>) {
        self.governance.store(governance);
        self.settings.store(Arc::new(settings));
        self.note_policies("reload");
    }

    /// The same policies, over what is known to exist by now. Decisions name it in the record, which is not told of each change.
    pub fn refresh(&self, governance: Arc<Governance>) {
        self.governance.store(governance);
    }

    /// Tells the record by what is decided from now on.
    fn note_policies(&self, cause: &str) {
        let Some((record, _)) = &self.record else { return };
        let governance = self.governance.load();
        let entry = PolicySetEntry {
            time_ns: self.host.now_ns(),
            revisions: governance.revisions.as_ref().clone(),
            policies: governance.policies.len(),
            cause: cause.to_owned(),
        };
        // The policies decide already; the record's own health tells when it cannot be written.
        drop(record.append(RecordEntry::PolicySet(entry)));
    }

    fn answer(&self, arena: &Arena, asked: &Asked<'_>) -> Result<Response<Bytes>, Refusal> {
        let Asked { request, .. } = asked;
        let settings = self.settings.load();
        let limits = &BodyLimits { depth_max: settings.body.depth_max.min(catalog::DEPTH_MAX), ..settings.body };
        let wrong = |error: BodyError| Refusal::new(error.status(), "invalid_review", error.to_string());
        let body = Body::read(request.headers(), request.body(), limits).map_err(wrong)?;
        let document = body.document(arena, limits).map_err(wrong)?;
        let no_review = |reason: String| {
            Refusal::new(StatusCode::BAD_REQUEST, "invalid_review", reason)
                .help("send an AdmissionReview, as an API server does")
        };
        let document = document.ok_or_else(|| no_review("the body is empty".to_owned()))?;
        let review = Review::read(document).map_err(|error| no_review(error.to_string()))?;
        if review.namespace.is_some_and(|namespace| settings.exempt_namespaces.contains(namespace)) {
            let mut response = admission::Response::allow(&review);
            response.audit_annotations.push(("exempt".into(), "namespace".into()));
            return Ok(self.sent(asked.webhook, Outcome::Exempt, &response));
        }
        let governance = self.governance.load();
        let question = match Question::of(arena, review, &governance.settings, &governance.policies) {
            Ok(question) => question,
            Err(error) => {
                let response = answer::undecided(&review, 400, error);
                return Ok(self.sent(asked.webhook, Outcome::Failed, &response));
            }
        };
        let caller = &asked.caller.identity.subject;
        let subject = question.subject(settings.api_servers.iter().any(|api_server| api_server.is(caller)));
        let waits_until = timeout::of_query(request.uri().query()).map(|time| asked.started + time);
        let deadline = waits_until.unwrap_or(asked.caller.deadline).min(asked.caller.deadline);
        let host = RequestHost::new(self.host.as_ref(), deadline);
        let recording = RecordingHost::new(&host);
        let seen: &dyn Host = if self.record.is_some() { &recording } else { &host };
        let (decision, response) = match asked.webhook {
            Webhook::Validating => self.judged(&governance, &question, &subject, seen, asked),
            Webhook::Mutating => self.changed(arena, &governance, &question, &subject, seen, asked),
        };
        let Some((record, wait)) = &self.record else { return Ok(response) };
        // What changes nothing is judged by the other webhook, and recorded there.
        let Some(decision) = decision else { return Ok(response) };
        let kept = match body.media_type() {
            MediaType::Json if body.is_as_it_came() => request.body().clone(),
            _ => Bytes::from(json::to_string(document)),
        };
        let entry = DecisionEntry {
            id: asked.caller.request_id.to_string(),
            time_ns: self.host.now_ns(),
            point: decision::Point::Admission,
            subject,
            body: RequestBody {
                format: BodyFormat::AdmissionReview,
                bytes: Box::new(kept),
                masks: question.masks(),
                scrubber: question.scrubber,
            },
            revisions: Arc::clone(&governance.revisions),
            asked: recording.into_asked(),
            answer: Answer::Decision(Arc::new(decision)),
            took_ns: u64::try_from(asked.started.elapsed().as_nanos()).unwrap_or(u64::MAX),
        };
        wait.answer(record.append(RecordEntry::Decision(Box::new(entry))), response)
    }

    fn judged(
        &self,
        governance: &Governance,
        question: &Question<'_>,
        subject: &Subject,
        host: &dyn Host,
        asked: &Asked<'_>,
    ) -> (Option<Decision>, Response<Bytes>) {
        let options = DecideOptions {
            point: decision::Point::Admission,
            on_unknown: governance.on_unknown.unwrap_or(OnUnknown::default_at(decision::Point::Admission)),
            subject,
            scrubber: &question.scrubber,
            host,
            threads: NonZeroUsize::MIN,
            progress: None,
        };
        let changes = std::slice::from_ref(&question.change);
        let mut decision = decision::decide(&governance.policies, &[], changes, &options);
        // Nobody looks a line of a body up; what hides in pointers is scrubbed all the same.
        decision.leave_unlocated(&question.scrubber);
        let response = answer::of_decision(&question.review, &decision, asked.caller.request_id.to_string());
        let response = self.sent(asked.webhook, Outcome::of(decision.verdict), &response);
        (Some(decision), response)
    }

    fn changed<'a>(
        &self,
        arena: &'a Arena,
        governance: &'a Governance,
        question: &Question<'a>,
        subject: &'a Subject,
        host: &'a dyn Host,
        asked: &Asked<'_>,
    ) -> (Option<Decision>, Response<Bytes>) {
        let review = &question.review;
        let unchanged = || self.sent(asked.webhook, Outcome::Allowed, &admission::Response::allow(review));
        // What goes away or is connected to is not changed, nor is anything but the object itself.
        let changes =
            matches!(review.operation, Operation::Create | Operation::Update) && review.sub_resource.is_none();
        let Some(object) = review.object.filter(|_| changes) else { return (None, unchanged()) };
        if !governance.policies.patches() {
            return (None, unchanged());
        }
        let options = AmendOptions { point: decision::Point::Admission, subject, host };
        let describe = |object: Value<'a>| {
            question.with_object(arena, object, &governance.settings).map_err(|error| error.to_string())
        };
        match mutate(&governance.policies, arena, object.value(), describe, &question.scrubber, &options) {
            Err(error) => {
                let response = answer::unchanged(review, &error);
                (None, self.sent(asked.webhook, Outcome::Failed, &response))
            }
            Ok(Mutation { decision, .. }) if decision.findings.is_empty() => (None, unchanged()),
            Ok(mutation) => {
                let id = asked.caller.request_id.to_string();
                let mut response = answer::of_decision(review, &mutation.decision, id);
                let mut outcome = Outcome::of(mutation.decision.verdict);
                if !mutation.is_empty() {
                    response.patch = Some(json::to_string(mutation.patch).into());
                    outcome = Outcome::Patched;
                }
                let response = self.sent(asked.webhook, outcome, &response);
                (Some(mutation.decision), response)
            }
        }
    }

    fn sent(&self, webhook: Webhook, outcome: Outcome, response: &admission::Response<'_>) -> Response<Bytes> {
        self.counters(webhook).count(outcome);
        json_response(StatusCode::OK, response.to_json())
    }

    const fn counters(&self, webhook: Webhook) -> &Counters {
        match webhook {
            Webhook::Validating => &self.validated,
            Webhook::Mutating => &self.mutated,
        }
    }
}

impl Point for Admission {
    fn name(&self) -> &'static str {
        "admission"
    }

    fn routes(&self) -> &[Route] {
        &self.routes
    }

    fn handle(&self, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
        handle_unrouted(self, request, caller)
    }

    fn handle_route(&self, route: &Route, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
        let webhook = match route.pattern.as_str() {
            MUTATE_PATH => Webhook::Mutating,
            _ => Webhook::Validating,
        };
        let asked = Asked { request: &request, caller, started: Instant::now(), webhook };
        with_kept_arena(|arena| self.answer(arena, &asked)).unwrap_or_else(|refusal| {
            self.counters(webhook).count(Outcome::Failed);
            refusal.response()
        })
    }

    fn write_metrics(&self, text: &mut String) {
        text.push_str("# HELP provost_admission_requests_total Requests for admission by what became of them.\n");
        text.push_str("# TYPE provost_admission_requests_total counter\n");
        self.validated.write("validating", text);
        self.mutated.write("mutating", text);
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission").field("governance", &self.governance.load()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
