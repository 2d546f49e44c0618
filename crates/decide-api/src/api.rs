//! The point that answers.

use crate::asked::{Asked, refused};
use crate::openapi::openapi;
use arc_swap::ArcSwap;
use bytes::Bytes;
use decision::{
    Answer, Append, BodyFormat, DecideOptions, Decision, DecisionEntry, Input, OnUnknown, RecordEntry, RequestBody,
};
use host::Host;
use http::header::HeaderName;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_documents::{Body, BodyLimits, Compression, MediaType, json_response};
use point::{Caller, Governance, Point, RecordWait, Refusal, RequestHost, Route, RouteClass, handle_unrouted};
use record::RecordingHost;
use report::{Format, Report, Style};
use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;
use value::{Arena, json};

const PATH: &str = "/v1/decide";
const OPENAPI_PATH: &str = "/openapi.json";

/// The name of a decision that is in the record.
const DECISION_ID: HeaderName = HeaderName::from_static("x-decision-id");

/// How the API behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How much of a body is too much.
    pub body: BodyLimits,
    /// Most resources or documents of one request.
    pub items_max: usize,
    /// Which responses are compressed.
    pub compression: Compression,
}

impl Default for Settings {
    fn default() -> Self {
        Self { body: BodyLimits::default(), items_max: 10_000, compression: Compression::default() }
    }
}

/// `POST /v1/decide`, and `/openapi.json`.
pub struct DecideApi {
    governance: ArcSwap<Governance>,
    settings: Settings,
    host: Arc<dyn Host + Send + Sync>,
    record: Option<(Arc<dyn Append>, RecordWait)>,
    routes: Vec<Route>,
    openapi: Bytes,
}

impl DecideApi {
    /// An API that decides by `governance`; policies see the world through `host`.
    pub fn new(settings: Settings, governance: Arc<Governance>, host: Arc<dyn Host + Send + Sync>) -> Self {
        let routes = [(Method::POST, PATH, RouteClass::Decide), (Method::GET, OPENAPI_PATH, RouteClass::Read)];
        Self {
            governance: ArcSwap::new(governance),
            settings,
            host,
            record: None,
            // The patterns are constants, and a test makes sure that both are patterns.
            routes: routes
                .into_iter()
                .filter_map(|(method, path, class)| Route::new(method, path, class).ok())
                .collect(),
            openapi: Bytes::from(format!("{:#}\n", openapi())),
        }
    }

    /// Keeps every decision in `record`.
    #[must_use]
    pub fn with_record(mut self, record: Arc<dyn Append>, wait: RecordWait) -> Self {
        self.record = Some((record, wait));
        self
    }

    /// Decides by `governance` from now on. Requests under way go on with what they began with.
    pub fn replace(&self, governance: Arc<Governance>) {
        self.governance.store(governance);
    }

    fn decide(&self, request: &Request<Bytes>, caller: &Caller) -> Result<Response<Bytes>, Refusal> {
        let started = Instant::now();
        let governance = self.governance.load();
        let limits = &self.settings.body;
        let wrong =
            |error: http_documents::BodyError| Refusal::new(error.status(), "invalid_parameter", error.to_string());
        let body = Body::read(request.headers(), request.body(), limits).map_err(wrong)?;
        let arena = Arena::new();
        let document = body.document(&arena, limits).map_err(wrong)?;
        let document = document.ok_or_else(|| refused("the body holds no document".to_owned()))?;
        let mut asked = Asked::read(&arena, document, &governance.settings, self.settings.items_max)?;
        let documents_count = governance.policies.metadata().any(|policy| policy.input == Input::Document);
        if asked.changes.is_empty() && !documents_count {
            return Err(nothing_recognised());
        }
        let host = RequestHost::new(self.host.as_ref(), caller.deadline);
        let recording = RecordingHost::new(&host);
        let options = DecideOptions {
            point: decision::Point::Api,
            on_unknown: governance.on_unknown.unwrap_or(OnUnknown::default_at(decision::Point::Api)),
            subject: &caller.identity.subject,
            scrubber: &asked.scrubber,
            host: if self.record.is_some() { &recording } else { &host },
            threads: NonZeroUsize::MIN,
            progress: None,
        };
        let mut decision = decision::decide(&governance.policies, &asked.documents, &asked.changes, &options);
        // Nobody looks a line of a body up; what hides in pointers is scrubbed all the same.
        decision.leave_unlocated(&asked.scrubber);
        // Of the policies those are named that said something: a caller need not learn of all others.
        let said: BTreeSet<String> = decision.findings.iter().map(|finding| finding.policy.id.clone()).collect();
        decision.policies = decision.policies.iter().filter(|policy| said.contains(&policy.id)).cloned().collect();
        let response = self.answer(request, &decision, &asked, documents_count)?;
        let Some((record, wait)) = &self.record else { return Ok(response) };
        let kept = match body.media_type() {
            MediaType::Json if body.is_as_it_came() => request.body().clone(),
            _ => Bytes::from(json::to_string(document)),
        };
        let entry = DecisionEntry {
            id: caller.request_id.to_string(),
            time_ns: self.host.now_ns(),
            point: decision::Point::Api,
            subject: caller.identity.subject.clone(),
            body: RequestBody {
                format: BodyFormat::Request,
                bytes: Box::new(kept),
                masks: Vec::new(),
                scrubber: std::mem::take(&mut asked.scrubber),
            },
            revisions: Arc::clone(&governance.revisions),
            asked: recording.into_asked(),
            answer: Answer::Decision(Arc::new(decision)),
            took_ns: u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX),
        };
        let receipt = record.append(RecordEntry::Decision(Box::new(entry)));
        wait.answer(receipt, named(response, caller))
    }

    fn answer(
        &self,
        request: &Request<Bytes>,
        decision: &Decision,
        asked: &Asked<'_>,
        documents_count: bool,
    ) -> Result<Response<Bytes>, Refusal> {
        let report = Report {
            decision,
            files: 1,
            skipped: if documents_count { 0 } else { asked.unrecognised },
            exempt: 0,
            diagnostics: &[],
            notes: &asked.notes,
            scrubber: &asked.scrubber,
        };
        let text = report::render(Format::Json, &report, &Style::default())
            .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", error.to_string()))?;
        let mut response = json_response(StatusCode::OK, text);
        self.settings.compression.apply(request.headers(), &mut response);
        Ok(response)
    }
}

impl Point for DecideApi {
    fn name(&self) -> &'static str {
        "decide-api"
    }

    fn routes(&self) -> &[Route] {
        &self.routes
    }

    fn handle_route(&self, route: &Route, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
        match route.class {
            RouteClass::Decide => self.decide(&request, caller).unwrap_or_else(|refusal| refusal.response()),
            _ => json_response(StatusCode::OK, self.openapi.clone()),
        }
    }

    fn handle(&self, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
        handle_unrouted(self, request, caller)
    }
}

impl fmt::Debug for DecideApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecideApi").field("governance", &self.governance.load()).finish_non_exhaustive()
    }
}

fn named(mut response: Response<Bytes>, caller: &Caller) -> Response<Bytes> {
    // Hexadecimal digits are always a header's value.
    if let Ok(id) = HeaderValue::from_str(&caller.request_id.to_string()) {
        response.headers_mut().insert(DECISION_ID, id);
    }
    response
}

fn nothing_recognised() -> Refusal {
    let message = "there is nothing to decide about: no document is a plan, a template or a manifest";
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "nothing_recognised", message)
        .help("for a plan, send the output of `terraform show -json`; describe anything else with `resource`")
}
