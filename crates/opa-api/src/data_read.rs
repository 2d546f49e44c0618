//! `/v1/data` (GET and POST), `/v0/data` and `POST /`: decisions.

use crate::api::{Api, Exchange};
use crate::data_path;
use crate::error::{ApiError, ApiResult, code};
use crate::evaluation::{Asked, Evaluated, Evaluation};
use crate::snapshot::Snapshot;
use crate::timers::{self, Timers};
use crate::worker::Worker;
use bytes::Bytes;
use host::Host;
use http::{Response, StatusCode};
use http_documents::{Body, MediaType, json_response};
use point::RequestHost;
use record::RecordingHost;
use rego::DocumentPath;
use std::rc::Rc;
use value::json::{self, ParseLimits};
use value::{Arena, Pointer, Segment, Value};

/// What OPA says when a client forgot to wrap its input.
const NO_INPUT: (&str, &str) = ("api_usage_warning", "'input' key missing from the request");

impl Api {
    /// `POST /v1/data/...`: the input stands under `input`.
    pub(crate) fn v1_data_post(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        Worker::with(self.settings.evaluation, |worker| {
            let Worker { arena, evaluator, paths, text, .. } = worker;
            let snapshot = self.store.snapshot();
            let host = self.request_host(exchange);
            let recording = self.record.is_some().then(|| RecordingHost::new(&host));
            let mut timers = Timers::start(self.measures(exchange));
            let limits = &self.settings.body;
            let body = Body::read(exchange.request.headers(), exchange.request.body(), limits)?;
            let input = match body.document(arena, limits)? {
                Some(Value::Object(object)) => object.get_str("input").filter(|input| !matches!(input, Value::Null)),
                None | Some(Value::Null) => None,
                Some(other) => return Err(no_request(other)),
            };
            timers.lap(timers::INPUT_PARSE);
            let (path, known) = paths.get(exchange.rest).ok_or_else(|| bad_path(exchange.rest))?;
            let body_is_request = body.is_as_it_came() && body.media_type() == MediaType::Json;
            let asked = Asked { body_is_request, ..Asked::document(&path, exchange.rest, input) };
            note_path(&mut timers, known);
            let evaluation = self.evaluation(exchange, &snapshot, arena, &host, recording.as_ref());
            let evaluated = evaluation.run(evaluator, &asked, &mut timers)?;
            let answer = self.v1_answer(exchange, &snapshot, arena, text, &evaluated, input.is_none(), &timers);
            self.keep(exchange, &snapshot, evaluated.kept, recording, answer)
        })
    }

    /// `GET /v1/data/...`: the input is a parameter.
    pub(crate) fn v1_data_get(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        Worker::with(self.settings.evaluation, |worker| {
            let Worker { arena, evaluator, paths, text, .. } = worker;
            let snapshot = self.store.snapshot();
            let host = self.request_host(exchange);
            let recording = self.record.is_some().then(|| RecordingHost::new(&host));
            let mut timers = Timers::start(self.measures(exchange));
            let input = match exchange.parameters.last("input") {
                None => None,
                Some(text) => Some(self.parse_parameter(arena, &text)?),
            };
            timers.lap(timers::INPUT_PARSE);
            let (path, known) = paths.get(exchange.rest).ok_or_else(|| bad_path(exchange.rest))?;
            let asked = Asked::document(&path, exchange.rest, input);
            note_path(&mut timers, known);
            let evaluation = self.evaluation(exchange, &snapshot, arena, &host, recording.as_ref());
            let evaluated = evaluation.run(evaluator, &asked, &mut timers)?;
            let answer = self.v1_answer(exchange, &snapshot, arena, text, &evaluated, false, &timers);
            self.keep(exchange, &snapshot, evaluated.kept, recording, answer)
        })
    }

    /// `POST /v0/data/...`: the body is the input and the answer is the document.
    pub(crate) fn v0_data_post(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        let path = data_path::parse(exchange.rest).ok_or_else(|| bad_path(exchange.rest))?;
        self.v0_decision(exchange, path)
    }

    /// `POST /`: as `/v0/data`, for the default decision.
    pub(crate) fn default_decision(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        self.v0_decision(exchange, Pointer(self.settings.default_decision.iter().cloned().map(Segment::Key).collect()))
    }

    fn v0_decision(&self, exchange: &Exchange<'_>, pointer: Pointer) -> ApiResult<Response<Bytes>> {
        Worker::with(self.settings.evaluation, |worker| {
            let Worker { arena, evaluator, text, .. } = worker;
            let snapshot = self.store.snapshot();
            let host = self.request_host(exchange);
            let recording = self.record.is_some().then(|| RecordingHost::new(&host));
            let mut timers = Timers::start(self.measures(exchange));
            let limits = &self.settings.body;
            let body = Body::read(exchange.request.headers(), exchange.request.body(), limits)?;
            // As in OPA, where a body without content is the input `null`.
            let input = body.document(arena, limits)?.unwrap_or_default();
            timers.lap(timers::INPUT_PARSE);
            let shown = data_path::shown(&pointer);
            let names: Vec<String> = pointer.0.iter().map(data_path::name_of).collect();
            let path = Rc::new(DocumentPath::from(pointer));
            let asked = Asked { undefined_is_error: true, ..Asked::document(&path, &shown, Some(input)) };
            let evaluation = self.evaluation(exchange, &snapshot, arena, &host, recording.as_ref());
            let evaluated = evaluation.run(evaluator, &asked, &mut timers)?;
            let answer = match (&evaluated.failure, evaluated.result) {
                (Some(failure), _) => failure.response(),
                (None, None) => undefined(&snapshot, &names).response(),
                (None, Some(value)) => {
                    write(text, value, exchange.options.pretty);
                    json_response(StatusCode::OK, body_from(text))
                }
            };
            self.keep(exchange, &snapshot, evaluated.kept, recording, answer)
        })
    }

    /// Where a document is evaluated.
    pub(crate) fn evaluation<'e, 'a>(
        &'e self,
        exchange: &'e Exchange<'e>,
        snapshot: &'a Snapshot,
        arena: &'a Arena,
        request_host: &'a RequestHost<'a>,
        recording: Option<&'a RecordingHost<'a>>,
    ) -> Evaluation<'e, 'a> {
        let host = recording.map_or(request_host as &dyn Host, |recording| recording);
        Evaluation { api: self, exchange, snapshot, arena, host, request_host }
    }

    /// Whether anybody wants to know how long the parts of the work take.
    pub(crate) fn measures(&self, exchange: &Exchange<'_>) -> bool {
        exchange.options.measures() || self.sink.is_some()
    }

    pub(crate) fn parse_parameter<'a>(&self, arena: &'a Arena, text: &str) -> ApiResult<Value<'a>> {
        let limits = &self.settings.body;
        let limits = ParseLimits {
            depth_max: limits.depth_max,
            bytes_max: limits.bytes_max,
            duplicate_keys: limits.duplicate_keys,
        };
        json::parse(arena, text.as_bytes(), &limits).map_err(|error| {
            let position = error.position(text.as_bytes());
            ApiError::bad_request(format!("parameter contains malformed input document: {error} at {position}"))
        })
    }

    #[expect(clippy::too_many_arguments, reason = "all that an answer consists of, put together in one place")]
    fn v1_answer<'a>(
        &self,
        exchange: &Exchange<'_>,
        snapshot: &Snapshot,
        arena: &'a Arena,
        text: &mut String,
        evaluated: &Evaluated<'a>,
        input_missing: bool,
        timers: &Timers,
    ) -> Response<Bytes> {
        if let Some(failure) = &evaluated.failure {
            return failure.response();
        }
        let options = &exchange.options;
        // What nearly every request gets is written without building a document first.
        if options.is_plain() && !input_missing && evaluated.decision_id.is_none() {
            match evaluated.result {
                Some(result) => {
                    text.push_str("{\"result\":");
                    write_plain(text, result);
                    text.push_str("}\n");
                }
                None => text.push_str("{}\n"),
            }
            return json_response(StatusCode::OK, body_from(text));
        }
        let key = |name: &'static str| arena.borrowed(name);
        let mut entries = Vec::new();
        if let Some(result) = evaluated.result {
            entries.push((key("result"), result));
        }
        if input_missing {
            let (code, message) = NO_INPUT;
            let warning = arena.object(&[(key("code"), key(code)), (key("message"), key(message))]);
            entries.push((key("warning"), warning));
        }
        if let Some(id) = &evaluated.decision_id {
            entries.push((key("decision_id"), arena.string(id)));
        }
        if options.measures() {
            entries.push((key("metrics"), timers.value(arena)));
        }
        if options.provenance {
            entries.push((key("provenance"), self.provenance(arena, snapshot)));
        }
        if let Some(explanation) = evaluated.explanation {
            entries.push((key("explanation"), explanation));
        }
        write(text, arena.object(&entries), options.pretty);
        json_response(StatusCode::OK, body_from(text))
    }

    /// Which binary and which bundles answered.
    pub(crate) fn provenance<'a>(&self, arena: &'a Arena, snapshot: &Snapshot) -> Value<'a> {
        let key = |name: &'static str| arena.borrowed(name);
        let build = &self.settings.build;
        let bundles: Vec<_> = snapshot
            .bundle_revisions()
            .map(|(name, revision)| (arena.string(name), arena.object(&[(key("revision"), arena.string(revision))])))
            .collect();
        let mut entries = vec![
            (key("version"), arena.string(&build.version)),
            (key("build_commit"), arena.string(&build.commit)),
            (key("build_timestamp"), arena.string(&build.timestamp)),
            (key("build_hostname"), arena.string(&build.hostname)),
        ];
        if !bundles.is_empty() {
            entries.push((key("bundles"), arena.object(&bundles)));
        }
        arena.object(&entries)
    }
}

/// A document as the body of an answer, with a line break at its end.
pub(crate) fn write(text: &mut String, value: Value<'_>, pretty: bool) {
    if pretty {
        // Writing to a string never fails.
        let _ = json::write_pretty(text, value);
    } else {
        write_plain(text, value);
    }
    text.push('\n');
}

/// What was written, as a body. A short one is copied, so that the thread keeps its buffer.
pub(crate) fn body_from(text: &mut String) -> Bytes {
    const COPIED_BYTES_MAX: usize = 64 << 10;
    if text.len() <= COPIED_BYTES_MAX {
        return Bytes::copy_from_slice(text.as_bytes());
    }
    Bytes::from(std::mem::take(text))
}

fn write_plain(text: &mut String, value: Value<'_>) {
    // Writing to a string never fails.
    let _ = json::write(text, value);
}

/// Reading a path that was not known is what preparing a query is to OPA.
fn note_path(timers: &mut Timers, known: bool) {
    if known {
        timers.count(timers::CACHE_HIT, 1);
    } else {
        timers.lap(timers::QUERY_PARSE);
        timers.lap(timers::QUERY_COMPILE);
        timers.count(timers::CACHE_HIT, 0);
    }
}

fn no_request(found: Value<'_>) -> ApiError {
    ApiError::bad_request(format!(
        "body contains malformed input document: it is no object, but of type {}",
        found.type_name()
    ))
    .help("wrap the input: `{\"input\": ...}`")
}

fn bad_path(path: &str) -> ApiError {
    ApiError::bad_request(format!("invalid path: `{path}`"))
}

fn undefined(snapshot: &Snapshot, names: &[String]) -> ApiError {
    let found = if snapshot.has_rule_at(names) { "document undefined" } else { "document missing" };
    let path: Vec<&str> = std::iter::once("data").chain(names.iter().map(String::as_str)).collect();
    ApiError::new(StatusCode::NOT_FOUND, code::UNDEFINED_DOCUMENT, format!("{found}: {}", path.join(".")))
}
