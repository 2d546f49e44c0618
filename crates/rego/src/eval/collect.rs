//! Comprehensions and template strings: all solutions of a body, collected.

use super::error::EvalErrorKind;
use super::limits::COLLECTED_BETWEEN_CHECKS;
use super::{EvalError, Flow, Machine};
use crate::builtins::comparison::equal_three_valued;
use crate::builtins::shown;
use crate::plan::{Body, PlaceId, TemplatePart, Term};
use value::Value;

impl<'a, 'm> Machine<'a, 'm> {
    /// Runs `visit` with each solution. `Some` when one of them is only possible: then nobody knows the collection.
    fn solutions(
        &mut self,
        body: &'a Body,
        mut visit: impl FnMut(&mut Machine<'a, 'm>) -> Result<Option<Value<'a>>, EvalError>,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let before = std::mem::replace(&mut self.possible, false);
        let mut unknown = None;
        let outcome = self.run(body, 0, &mut |machine| {
            if machine.possible {
                unknown = Some(Value::UNKNOWN);
                return Ok(Flow::Stop);
            }
            unknown = visit(machine)?;
            if machine.possible {
                unknown.get_or_insert(Value::UNKNOWN);
            }
            Ok(if unknown.is_some() { Flow::Stop } else { Flow::Continue })
        });
        self.possible = before;
        outcome?;
        Ok(unknown)
    }

    fn collect(
        &mut self,
        term: &'a Term,
        body: &'a Body,
        build: impl FnOnce(&Self, &[Value<'a>]) -> Value<'a>,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let start = self.stack.len();
        let unknown = self.solutions(body, |machine| {
            if let Some(item) = machine.term(term)? {
                machine.push(item)?;
            }
            Ok(None)
        })?;
        let collected = unknown.unwrap_or_else(|| build(self, self.since(start)));
        self.stack.truncate(start);
        Ok(Some(collected))
    }

    pub(super) fn array_comprehension(
        &mut self,
        term: &'a Term,
        body: &'a Body,
    ) -> Result<Option<Value<'a>>, EvalError> {
        self.collect(term, body, |machine, items| machine.arena.array(items))
    }

    pub(super) fn set_comprehension(&mut self, term: &'a Term, body: &'a Body) -> Result<Option<Value<'a>>, EvalError> {
        self.collect(term, body, |machine, items| machine.arena.set(items))
    }

    pub(super) fn object_comprehension(
        &mut self,
        key: &'a Term,
        value: &'a Term,
        body: &'a Body,
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let mut entries: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        let unknown = self.solutions(body, |machine| {
            if let (Some(key), Some(value)) = (machine.term(key)?, machine.term(value)?) {
                if let Some(unknown) = machine.unknown_in(key) {
                    return Ok(Some(Value::Unknown(unknown)));
                }
                entries.push((key, value));
                if entries.len().is_multiple_of(COLLECTED_BETWEEN_CHECKS) {
                    machine.check_memory(2 * entries.len())?;
                }
            }
            Ok(None)
        })?;
        if let Some(unknown) = unknown {
            return Ok(Some(unknown));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        for pair in entries.windows(2) {
            let [(key, value), (next_key, next_value)] = pair else { continue };
            if key != next_key {
                continue;
            }
            match equal_three_valued(*value, *next_value) {
                Some(true) => {}
                Some(false) => return Err(self.error(EvalErrorKind::ObjectConflict, Some(place))),
                None => return Ok(Some(Value::UNKNOWN)),
            }
        }
        Ok(Some(self.arena.object(&entries)))
    }

    pub(super) fn template(
        &mut self,
        parts: &'a [TemplatePart],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let mut text = String::new();
        for part in parts {
            match part {
                TemplatePart::Text(part) => text.push_str(part),
                TemplatePart::Term { term, body } => {
                    let Some(values) = self.set_comprehension(term, body)? else { continue };
                    let Value::Set(values) = values else { return Ok(Some(values)) };
                    let mut values = values.iter();
                    match (values.next(), values.next()) {
                        (None, _) => text.push_str("<undefined>"),
                        (Some(Value::String(value)), None) => text.push_str(value),
                        (Some(value), None) => match value.find_unknown() {
                            Some(unknown) => return Ok(Some(Value::Unknown(unknown))),
                            None => text.push_str(&shown(value)),
                        },
                        // Members that may be equal may turn out to be one.
                        (Some(a), Some(b)) if a.find_unknown().or(b.find_unknown()).is_some() => {
                            return Ok(Some(Value::UNKNOWN));
                        }
                        (Some(_), Some(_)) => return Err(self.error(EvalErrorKind::TemplateConflict, Some(place))),
                    }
                }
            }
        }
        Ok(Some(self.arena.string(&text)))
    }
}
