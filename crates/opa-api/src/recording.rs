//! Decisions in the record: append, then answer.

use crate::api::{Api, Exchange};
use crate::error::ApiResult;
use crate::snapshot::Snapshot;
use bytes::Bytes;
use decision::{
    Answer, BodyFormat, DecisionEntry, Mask, Point, PolicySetEntry, QueryAnswer, RecordEntry, RequestBody, Scrubber,
};
use http::Response;
use record::RecordingHost;
use std::sync::Arc;
use std::time::Instant;
use value::{Arena, Value, json};

/// What the record is told of a decision.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) id: String,
    /// What it came to, with the result as it was: a replay compares its digest.
    pub(crate) answer: QueryAnswer,
    /// The body as JSON, when it is not the one that came.
    pub(crate) body: Option<Bytes>,
    /// What is taken out of both before they are written down.
    pub(crate) masks: Vec<Mask>,
    pub(crate) started: Instant,
}

impl Api {
    /// The answer, once its decision is in the record.
    pub(crate) fn keep(
        &self,
        exchange: &Exchange<'_>,
        snapshot: &Snapshot,
        kept: Option<Kept>,
        host: Option<RecordingHost<'_>>,
        response: Response<Bytes>,
    ) -> ApiResult<Response<Bytes>> {
        let (Some((record, wait)), Some(kept), Some(host)) = (&self.record, kept, host) else { return Ok(response) };
        let bytes = kept.body.unwrap_or_else(|| exchange.request.body().clone());
        let entry = DecisionEntry {
            id: kept.id,
            time_ns: self.host.now_ns(),
            point: Point::Api,
            subject: exchange.caller.identity.subject.clone(),
            body: RequestBody {
                format: BodyFormat::OpaInput,
                bytes: Box::new(bytes),
                masks: kept.masks,
                scrubber: Scrubber::default(),
            },
            revisions: Arc::clone(snapshot.revisions()),
            asked: host.into_asked(),
            answer: Answer::Query(kept.answer),
            took_ns: u64::try_from(kept.started.elapsed().as_nanos()).unwrap_or(u64::MAX),
        };
        let receipt = record.append(RecordEntry::Decision(Box::new(entry)));
        Ok(wait.answer(receipt, response).unwrap_or_else(|refusal| refusal.response()))
    }

    /// Tells the record that something else decides from now on.
    pub(crate) fn note_change(&self, cause: &str) {
        let Some((record, _)) = &self.record else { return };
        let snapshot = self.store.snapshot();
        let entry = PolicySetEntry {
            time_ns: self.host.now_ns(),
            revisions: snapshot.revisions().as_ref().clone(),
            policies: snapshot.parts.modules.len(),
            cause: cause.to_owned(),
        };
        // The change stands already; the record's own health tells when it cannot be written.
        drop(record.append(RecordEntry::PolicySet(entry)));
    }
}

/// The body of a call to the OPA API that has this input and, where it is an ad-hoc one, this query.
pub(crate) fn body_of(input: Option<Value<'_>>, query: Option<&str>) -> Bytes {
    let arena = Arena::new();
    let parts =
        [("input", input.map(json::to_string)), ("query", query.map(|text| json::to_string(arena.string(text))))];
    let parts = parts.into_iter().filter_map(|(name, text)| text.map(|text| format!("\"{name}\":{text}")));
    Bytes::from(format!("{{{}}}", parts.collect::<Vec<_>>().join(",")))
}
