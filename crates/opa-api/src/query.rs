//! `/v1/query`: ad-hoc queries.

use crate::api::{Api, Exchange};
use crate::error::{ApiError, ApiResult, COMPILING_QUERY, PARSING_QUERY, code};
use crate::evaluation::{Asked, Question};
use crate::timers::{self, Timers};
use crate::worker::Worker;
use bytes::Bytes;
use http::{Response, StatusCode};
use http_documents::{Body, MediaType, json_response};
use record::RecordingHost;
use rego::AskedQuery;
use rego::syntax::parse_query;
use value::{Arena, Source, Value};

/// The longest query.
const QUERY_BYTES_MAX: usize = 1 << 20;

/// What is asked.
struct AdHoc<'q> {
    text: &'q str,
    input: Option<Value<'q>>,
    /// Whether the request's body is JSON with that query and that input, as it stands.
    body_is_request: bool,
}

impl Api {
    /// `GET /v1/query?q=...`
    pub(crate) fn query_get(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        let query = exchange.parameters.last("q");
        let query = query.ok_or_else(|| ApiError::bad_request("missing parameter 'q'"))?;
        let asked = AdHoc { text: &query, input: None, body_is_request: false };
        Worker::with(self.settings.evaluation, |worker| self.run_query(exchange, worker, &asked))
    }

    /// `POST /v1/query` with `{"query": ..., "input": ...}`
    pub(crate) fn query_post(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        let limits = &self.settings.body;
        let body = Body::read(exchange.request.headers(), exchange.request.body(), limits)?;
        let outside = Arena::new();
        let document = body.document(&outside, limits).map_err(|error| {
            let message = format!("error(s) occurred while decoding request: {error}");
            ApiError::new(error.status(), code::INVALID_PARAMETER, message)
        })?;
        let request = document.and_then(Value::as_object).ok_or_else(|| {
            ApiError::bad_request("error(s) occurred while decoding request: it is no object")
                .help("send `{\"query\": \"...\", \"input\": ...}`")
        })?;
        let query = match request.get_str("query") {
            Some(Value::String(query)) => query.as_str(),
            _ => return Err(ApiError::bad_request("missing required 'query' value")),
        };
        let input = request.get_str("input").filter(|input| *input != Value::Null);
        let body_is_request = body.is_as_it_came() && body.media_type() == MediaType::Json;
        let asked = AdHoc { text: query, input, body_is_request };
        Worker::with(self.settings.evaluation, |worker| self.run_query(exchange, worker, &asked))
    }

    fn run_query(
        &self,
        exchange: &Exchange<'_>,
        worker: &mut Worker,
        ad_hoc: &AdHoc<'_>,
    ) -> ApiResult<Response<Bytes>> {
        let Worker { arena, evaluator, text: out, .. } = worker;
        let AdHoc { text, input, body_is_request } = *ad_hoc;
        if text.len() > QUERY_BYTES_MAX {
            return Err(ApiError::bad_request(format!("the query is longer than {QUERY_BYTES_MAX} bytes")));
        }
        let snapshot = self.store.snapshot();
        let host = self.request_host(exchange);
        let host = if self.settings.queries_send_http { host } else { host.without_http() };
        let mut timers = Timers::start(self.measures(exchange));
        let source = Source::new("", text);
        let (query, mistakes) = parse_query(&source, self.settings.dialect);
        timers.lap(timers::QUERY_PARSE);
        if !mistakes.is_empty() {
            return Err(ApiError::of_diagnostics(PARSING_QUERY, &mistakes));
        }
        let query = AskedQuery::prepare(snapshot.program(), &query)
            .map_err(|mistakes| ApiError::of_diagnostics(COMPILING_QUERY, &mistakes))?;
        timers.lap(timers::QUERY_COMPILE);
        let what = Question::Query { query: &query, text };
        let asked = Asked { what, input, undefined_is_error: false, body_is_request };
        let recording = self.record.is_some().then(|| RecordingHost::new(&host));
        let evaluation = self.evaluation(exchange, &snapshot, arena, &host, recording.as_ref());
        let evaluated = evaluation.run(evaluator, &asked, &mut timers)?;
        if let Some(failure) = &evaluated.failure {
            return self.keep(exchange, &snapshot, evaluated.kept, recording, failure.response());
        }
        let mut entries = Vec::new();
        if let Some(result) = evaluated.result {
            entries.push((arena.borrowed("result"), result));
        }
        if exchange.options.measures() {
            entries.push((arena.borrowed("metrics"), timers.value(arena)));
        }
        if let Some(explanation) = evaluated.explanation {
            entries.push((arena.borrowed("explanation"), explanation));
        }
        crate::data_read::write(out, arena.object(&entries), exchange.options.pretty);
        let answer = json_response(StatusCode::OK, crate::data_read::body_from(out));
        self.keep(exchange, &snapshot, evaluated.kept, recording, answer)
    }
}
