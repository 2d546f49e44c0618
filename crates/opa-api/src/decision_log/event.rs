//! The event of one decision.

use crate::snapshot::Snapshot;
use crate::time::rfc3339;
use rego::BuiltinAnswer;
use std::collections::BTreeMap;
use value::{Arena, Value, json};

/// What an event tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event<'e, 'a> {
    pub(crate) id: &'e str,
    pub(crate) labels: &'e BTreeMap<String, String>,
    /// The document that was asked for: `authz/allow`.
    pub(crate) path: Option<&'e str>,
    /// The query that was asked.
    pub(crate) query: Option<&'e str>,
    pub(crate) input: Option<Value<'a>>,
    /// None when it is undefined, or when there is an error.
    pub(crate) result: Option<Value<'a>>,
    pub(crate) error: Option<Value<'a>>,
    pub(crate) requested_by: &'e str,
    pub(crate) time_ns: i64,
    pub(crate) metrics: Value<'a>,
    /// The number of the request in this process, from 1.
    pub(crate) request_number: u64,
    pub(crate) builtin_answers: Option<Value<'a>>,
}

impl<'a> Event<'_, 'a> {
    /// The event with OPA's fields; fields that hold nothing are left out.
    pub(crate) fn value(&self, arena: &'a Arena, snapshot: &Snapshot) -> Value<'a> {
        let key = |name: &'static str| arena.borrowed(name);
        let labels: Vec<_> =
            self.labels.iter().map(|(name, value)| (arena.string(name), arena.string(value))).collect();
        let bundles: Vec<_> = snapshot
            .bundle_revisions()
            .map(|(name, revision)| {
                let revision = (!revision.is_empty()).then(|| (key("revision"), arena.string(revision)));
                (arena.string(name), arena.object(revision.as_slice()))
            })
            .collect();
        let number = i64::try_from(self.request_number).unwrap_or(i64::MAX);
        let mut entries = vec![
            (key("labels"), arena.object(&labels)),
            (key("decision_id"), arena.string(self.id)),
            (key("timestamp"), arena.string(&rfc3339(self.time_ns))),
            (key("metrics"), self.metrics),
            (key("req_id"), Value::Int(number)),
            (key("requested_by"), arena.string(self.requested_by)),
        ];
        if !bundles.is_empty() {
            entries.push((key("bundles"), arena.object(&bundles)));
        }
        let optional = [
            (key("path"), self.path.map(|path| arena.string(path))),
            (key("query"), self.query.map(|query| arena.string(query))),
            (key("input"), self.input),
            (key("result"), self.result),
            (key("error"), self.error),
            (key("nd_builtin_cache"), self.builtin_answers),
        ];
        entries.extend(optional.into_iter().filter_map(|(key, value)| Some((key, value?))));
        arena.object(&entries)
    }
}

/// What nondeterministic builtins answered: by their name, and by the JSON of what they were asked.
pub(crate) fn builtin_answers<'a>(arena: &'a Arena, answers: &[BuiltinAnswer<'a>]) -> Option<Value<'a>> {
    let mut by_name: BTreeMap<&str, Vec<(Value<'a>, Value<'a>)>> = BTreeMap::new();
    for answer in answers {
        if let Some(result) = answer.result {
            by_name.entry(answer.name).or_default().push((arena.string(&json::to_string(answer.operands)), result));
        }
    }
    if by_name.is_empty() {
        return None;
    }
    let entries: Vec<_> =
        by_name.into_iter().map(|(name, answers)| (arena.borrowed(name), arena.object(&answers))).collect();
    Some(arena.object(&entries))
}
