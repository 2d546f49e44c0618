//! One evaluation, with what is told and logged of it.

use crate::api::{Api, Exchange};
use crate::decision_log::{Event, LoggedDecision, MaskRule, builtin_answers, mask, mask_rules, whole_masks};
use crate::error::{ApiError, ApiResult, code};
use crate::explain::explanation;
use crate::options::Explain;
use crate::recording::{Kept, body_of};
use crate::snapshot::Snapshot;
use crate::timers::{self, Timers};
use decision::QueryAnswer;
use host::Host;
use point::RequestHost;
use rego::{AskedQuery, BuiltinAnswer, DocumentPath, Environment, EvalError, Evaluator, Observer};
use std::time::Instant;
use value::{Arena, Value, json};

/// What is asked for.
pub(crate) struct Asked<'q, 'a> {
    pub(crate) what: Question<'q, 'a>,
    pub(crate) input: Option<Value<'a>>,
    /// Whether the log should say that there was nothing.
    pub(crate) undefined_is_error: bool,
    /// Whether the request's body is JSON with that input, as it stands.
    pub(crate) body_is_request: bool,
}

/// A document, or what a query gives.
#[derive(Clone, Copy)]
pub(crate) enum Question<'q, 'a> {
    Document {
        path: &'q DocumentPath,
        /// As it stands in the URL.
        shown: &'q str,
    },
    Query {
        query: &'a AskedQuery,
        text: &'q str,
    },
}

/// What came of it.
pub(crate) struct Evaluated<'a> {
    /// None is undefined.
    pub(crate) result: Option<Value<'a>>,
    /// Why there is no answer. That it was asked is kept all the same.
    pub(crate) failure: Option<ApiError>,
    pub(crate) explanation: Option<Value<'a>>,
    /// The name under which it is logged.
    pub(crate) decision_id: Option<String>,
    /// What the record is told.
    pub(crate) kept: Option<Kept>,
}

/// Where it happens.
#[derive(Clone, Copy)]
pub(crate) struct Evaluation<'e, 'a> {
    pub(crate) api: &'e Api,
    pub(crate) exchange: &'e Exchange<'e>,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) arena: &'a Arena,
    /// The world.
    pub(crate) host: &'a dyn Host,
    /// Where notes of policies are.
    pub(crate) request_host: &'a RequestHost<'a>,
}

impl<'q, 'a> Asked<'q, 'a> {
    pub(crate) fn document(path: &'q DocumentPath, shown: &'q str, input: Option<Value<'a>>) -> Self {
        Self { what: Question::Document { path, shown }, input, undefined_is_error: false, body_is_request: false }
    }
}

impl<'a> Evaluation<'_, 'a> {
    /// Evaluates, and logs the decision where decisions are logged.
    ///
    /// # Errors
    /// When the decision cannot be logged: it is not to be answered then. An evaluation that fails is a decision too.
    pub(crate) fn run(
        &self,
        evaluator: &mut Evaluator,
        asked: &Asked<'_, 'a>,
        timers: &mut Timers,
    ) -> ApiResult<Evaluated<'a>> {
        let mut answers = Vec::new();
        let started = self.api.record.is_some().then(Instant::now);
        let outcome = self.evaluate(evaluator, asked, &mut answers);
        timers.lap(timers::QUERY_EVAL);
        if timers.is_on() {
            if self.exchange.options.instrument {
                let bytes = i64::try_from(self.arena.allocated_bytes()).unwrap_or(i64::MAX);
                timers.count("gauge_rego_arena_bytes", bytes);
            }
            timers.finish();
        }
        let outcome = outcome.map_err(ApiError::from);
        let is_named = self.api.sink.is_some() || self.api.record.is_some();
        let decision_id = is_named.then(|| self.api.decision_id());
        let mut kept = None;
        if let Some(id) = &decision_id {
            let result = outcome.as_ref().map(|(result, _)| *result);
            let told = self.log(evaluator, asked, id, result, &answers, timers)?;
            kept = told.map(|kept| Kept { started: started.unwrap_or(kept.started), ..kept });
        }
        let ((result, explanation), failure) = match outcome {
            Ok(outcome) => (outcome, None),
            Err(failure) => ((None, None), Some(failure)),
        };
        Ok(Evaluated { result, failure, explanation, decision_id, kept })
    }

    /// The result, and what is told of the way to it.
    fn evaluate(
        &self,
        evaluator: &mut Evaluator,
        asked: &Asked<'_, 'a>,
        answers: &mut Vec<BuiltinAnswer<'a>>,
    ) -> Result<(Option<Value<'a>>, Option<Value<'a>>), EvalError> {
        let options = &self.exchange.options;
        let environment = self.environment(asked.input);
        let program = self.snapshot.program().as_ref();
        let mut observer = (options.explain != Explain::Off)
            .then(|| Observer::default().with_trace(self.api.settings.explanation_steps_max));
        let result = match (asked.what, &mut observer) {
            (Question::Document { path, .. }, None) if self.api.keeps_builtin_answers() => {
                evaluator.evaluate_noting(program, path, &environment, answers)?.value
            }
            (Question::Document { path, .. }, None) => evaluator.evaluate(program, path, &environment)?.value,
            (Question::Document { path, .. }, Some(observer)) => {
                evaluator.observe(program, path, &environment, observer)?.value
            }
            (Question::Query { query, .. }, observer) => {
                let solutions = match observer {
                    None => evaluator.query(program, &query.prepared, &environment)?,
                    Some(observer) => evaluator.observe_query(program, &query.prepared, &environment, observer)?,
                };
                let bindings = solutions.iter().map(|solution| query.answer(solution).to_object(self.arena));
                let solutions: Vec<_> = bindings.collect();
                (!solutions.is_empty()).then(|| self.arena.array(&solutions))
            }
        };
        let result = match asked.what {
            Question::Document { path, .. } => shown_to_callers(self.arena, path, result),
            Question::Query { .. } => result,
        };
        let explanation = observer.map(|observer| {
            let trace = match asked.what {
                Question::Document { .. } => observer.document_trace(program),
                Question::Query { query, .. } => observer.trace(program, &query.prepared),
            };
            explanation(self.arena, options.explain, options.pretty, &trace, &self.request_host.notes())
        });
        Ok((result, explanation))
    }

    fn environment(&self, input: Option<Value<'a>>) -> Environment<'a> {
        Environment {
            arena: self.arena,
            data: self.snapshot.data().root(),
            input,
            host: self.host,
            strict_builtin_errors: self.exchange.options.strict_builtin_errors,
            unknowns: false,
        }
    }

    /// Logs the decision where decisions are logged; answers what the record is to be told, where there is one.
    fn log(
        &self,
        evaluator: &mut Evaluator,
        asked: &Asked<'_, 'a>,
        id: &str,
        result: Result<Option<Value<'a>>, &ApiError>,
        answers: &[BuiltinAnswer<'a>],
        timers: &Timers,
    ) -> ApiResult<Option<Kept>> {
        // Building an event costs more than many a decision: only a log and a mask look at it.
        let hooks = [&self.snapshot.mask, &self.snapshot.drop];
        let is_seen = self.api.sink.is_some() || hooks.iter().any(|hook| hook.is_some());
        let event = is_seen.then(|| self.event(asked, id, result, answers, timers));
        // As in OPA, before anything is masked.
        let dropped = event.is_some_and(|event| self.is_dropped(evaluator, event));
        let rules = match event {
            Some(event) if !dropped => self.mask_rules(evaluator, event),
            _ => Ok(Vec::new()),
        };
        if let Err(problem) = &rules {
            let line = format!("the decision log's mask failed, so input and result are left out: {problem}");
            self.api.host.print(&line);
        }
        if let (Some(sink), Some(event), false) = (&self.api.sink, event, dropped) {
            let event = match &rules {
                Ok(rules) => mask(self.arena, event, rules),
                Err(_) => hidden(self.arena, event),
            };
            sink.append(&LoggedDecision { id, event }).map_err(|error| {
                ApiError::internal(error.to_string()).help("see what keeps the decision log from being written")
            })?;
        }
        if self.api.record.is_none() {
            return Ok(None);
        }
        let (path, query) = match asked.what {
            Question::Document { shown, .. } => (shown.trim_matches('/'), None),
            Question::Query { text, .. } => ("", Some(text)),
        };
        Ok(Some(Kept {
            id: id.to_owned(),
            answer: QueryAnswer {
                path: path.to_owned(),
                ad_hoc: query.is_some(),
                strict_builtin_errors: self.exchange.options.strict_builtin_errors,
                error: result.err().map(ApiError::of_record),
                result: result.ok().flatten().map(json::to_string),
                dropped,
            },
            // Beside the input a body may hold what no mask that failed could have been about.
            body: (!asked.body_is_request || rules.is_err()).then(|| body_of(asked.input, query)),
            masks: match &rules {
                Ok(rules) => rules.iter().filter_map(MaskRule::of_record).collect(),
                Err(_) => whole_masks(),
            },
            started: Instant::now(),
        }))
    }

    /// All that is told of a decision.
    fn event(
        &self,
        asked: &Asked<'_, 'a>,
        id: &str,
        result: Result<Option<Value<'a>>, &ApiError>,
        answers: &[BuiltinAnswer<'a>],
        timers: &Timers,
    ) -> Value<'a> {
        let (path, query) = match asked.what {
            Question::Document { shown, .. } => (Some(shown.trim_matches('/')), None),
            Question::Query { text, .. } => (None, Some(text)),
        };
        let error = match result {
            Err(error) => Some(error.value(self.arena)),
            Ok(None) if asked.undefined_is_error => {
                let message = format!("document undefined: {}", path.unwrap_or_default());
                Some(ApiError::not_found(message).with_code(code::UNDEFINED_DOCUMENT).value(self.arena))
            }
            Ok(_) => None,
        };
        let event = Event {
            id,
            labels: &self.api.settings.labels,
            path,
            query,
            input: asked.input,
            result: result.ok().flatten(),
            error,
            requested_by: &self.exchange.caller.peer.to_string(),
            time_ns: self.api.host.now_ns(),
            metrics: timers.value(self.arena),
            request_number: self.api.next_request_number(),
            builtin_answers: builtin_answers(self.arena, answers),
        };
        event.value(self.arena, self.snapshot)
    }

    /// Whether the event is not to be logged. A rule that fails drops nothing: what is logged too much is masked still.
    fn is_dropped(&self, evaluator: &mut Evaluator, event: Value<'a>) -> bool {
        match self.hook(evaluator, self.snapshot.drop.as_ref(), event) {
            Ok(dropped) => dropped == Some(Value::TRUE),
            Err(error) => {
                let line = format!("the decision log's drop failed, so the decision is logged: {error}");
                self.api.host.print(&line);
                false
            }
        }
    }

    /// What is taken out of the event.
    fn mask_rules(&self, evaluator: &mut Evaluator, event: Value<'a>) -> Result<Vec<MaskRule<'a>>, String> {
        let decision = self.hook(evaluator, self.snapshot.mask.as_ref(), event).map_err(|error| error.to_string())?;
        decision.map_or_else(|| Ok(Vec::new()), mask_rules)
    }

    /// What a document says of an event.
    fn hook(
        &self,
        evaluator: &mut Evaluator,
        path: Option<&DocumentPath>,
        event: Value<'a>,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let Some(path) = path else { return Ok(None) };
        let environment = self.environment(Some(event));
        let environment = Environment { host: self.request_host, strict_builtin_errors: false, ..environment };
        Ok(evaluator.evaluate(self.snapshot.program(), path, &environment)?.value)
    }
}

/// What callers see of a document: everything at once is everything but what the server itself is about, as in OPA.
pub fn shown_to_callers<'a>(arena: &'a Arena, path: &DocumentPath, document: Option<Value<'a>>) -> Option<Value<'a>> {
    let all = document.filter(|_| path.is_root()).and_then(Value::as_object);
    let Some(all) = all.filter(|all| all.get_str("system").is_some()) else { return document };
    let entries: Vec<_> = all.iter().filter(|(name, _)| name.as_str() != Some("system")).collect();
    Some(arena.object(&entries))
}

/// The event without anything that a mask could have been about.
fn hidden<'a>(arena: &'a Arena, event: Value<'a>) -> Value<'a> {
    let everything = ["/input", "/result", "/nd_builtin_cache"].map(|path| arena.borrowed(path));
    match mask_rules(arena.array(&everything)) {
        Ok(rules) => mask(arena, event, &rules),
        Err(_) => Value::EMPTY_OBJECT,
    }
}

impl Api {
    fn keeps_builtin_answers(&self) -> bool {
        self.sink.is_some() && self.settings.decision_log.nd_builtin_cache
    }

    /// The world as a request sees it.
    pub(crate) fn request_host<'h>(&'h self, exchange: &Exchange<'_>) -> RequestHost<'h> {
        let host = RequestHost::new(self.host.as_ref(), exchange.caller.deadline);
        if exchange.options.explain == Explain::Off { host } else { host.keeping_notes() }
    }
}
