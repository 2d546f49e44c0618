//! Terms: one value, Unknown, or nothing.

use super::location::Location;
use super::logic::{self, may_contain};
use super::{EvalError, Machine};
use crate::builtins::Builtin;
use crate::builtins::comparison::{Lookup, look_up};
use crate::plan::{Arithmetic, PlaceId, Term};
use smallvec::SmallVec;
use value::Value;

impl<'a> Machine<'a, '_> {
    /// The value of a term; `None` is undefined.
    #[inline(always)]
    pub(super) fn term(&mut self, term: &'a Term) -> Result<Option<Value<'a>>, EvalError> {
        // Most terms are leaves: they should not cost a call.
        match term {
            Term::Constant(id) => Ok(Some(self.constant(*id))),
            Term::Local(slot) => Ok(Some(self.local(*slot))),
            compound => self.compound(compound),
        }
    }

    pub(super) fn compound(&mut self, term: &'a Term) -> Result<Option<Value<'a>>, EvalError> {
        match term {
            Term::Constant(_) | Term::Local(_) => self.term(term),
            Term::Input => Ok(self.current().and_then(|scope| scope.input)),
            Term::BaseData => Ok(self.current().map(|scope| scope.data)),
            Term::InputPath(path) | Term::DataPath(path) => Ok(self.fixed_path(*path)),
            Term::Lookup { base, path } => self.lookup(base, path),
            Term::Group(_) | Term::Tree { .. } => match self.location_of(term)? {
                Some(location) => self.materialise(location),
                None => Ok(None),
            },
            Term::Builtin { builtin, arguments, place } => self.call_builtin(builtin, arguments, *place),
            Term::Arithmetic { arithmetic, builtin, operands, place } => {
                self.arithmetic(*arithmetic, builtin, operands, *place)
            }
            Term::Function { group, arguments, place } => self.call_function(*group, arguments, *place),
            Term::Compare { comparison, operands } => {
                let (left, right) = &**operands;
                let (Some(left), Some(right)) = (self.term(left)?, self.term(right)?) else { return Ok(None) };
                Ok(Some(logic::compare(*comparison, left, right)))
            }
            Term::Membership { key, value, collection } => self.membership(key.as_deref(), value, collection),
            Term::Array(items) => self.array(items),
            Term::Set(members) => self.set(members),
            Term::Object(entries) => self.object(entries),
            Term::ArrayComprehension { term, body } => self.array_comprehension(term, body),
            Term::SetComprehension { term, body } => self.set_comprehension(term, body),
            Term::ObjectComprehension { key, value, body, place } => {
                self.object_comprehension(key, value, body, *place)
            }
            Term::Template { parts, place } => self.template(parts, *place),
        }
    }

    fn arithmetic(
        &mut self,
        arithmetic: Arithmetic,
        builtin: &'static Builtin,
        operands: &'a (Term, Term),
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let (Some(left), Some(right)) = (self.term(&operands.0)?, self.term(&operands.1)?) else { return Ok(None) };
        if let (Value::Int(left), Value::Int(right)) = (left, right)
            && let Some(result) = arithmetic.of_integers(left, right)
            && !self.has_substitutes()
        {
            return Ok(Some(Value::Int(result)));
        }
        self.call_with(builtin, &[left, right], place)
    }

    // Composite literals are built out of line: their buffers would make the frame of every nested term large.

    #[inline(never)]
    fn array(&mut self, items: &'a [Term]) -> Result<Option<Value<'a>>, EvalError> {
        let Some(start) = self.push_all(items)? else { return Ok(None) };
        let array = self.arena.array(self.since(start));
        self.stack.truncate(start);
        Ok(Some(array))
    }

    #[inline(never)]
    fn set(&mut self, members: &'a [Term]) -> Result<Option<Value<'a>>, EvalError> {
        let Some(start) = self.push_all(members)? else { return Ok(None) };
        let set = self.arena.set(self.since(start));
        self.stack.truncate(start);
        Ok(Some(set))
    }

    #[inline(never)]
    fn object(&mut self, entries: &'a [(Term, Term)]) -> Result<Option<Value<'a>>, EvalError> {
        let mut values: SmallVec<[(Value<'a>, Value<'a>); 8]> = SmallVec::with_capacity(entries.len());
        for (key, value) in entries {
            match (self.term(key)?, self.term(value)?) {
                (Some(key), Some(value)) => values.push((key, value)),
                _ => return Ok(None),
            }
        }
        if let Some(unknown) = values.iter().find_map(|&(key, _)| self.unknown_in(key)) {
            return Ok(Some(Value::Unknown(unknown)));
        }
        Ok(Some(self.arena.object(&values)))
    }

    fn lookup(&mut self, base: &'a Term, path: &'a [Term]) -> Result<Option<Value<'a>>, EvalError> {
        let (mut value, path) = match base {
            // Only the first step can meet the possible members of a partial set.
            Term::Group(group) => {
                let Some(location) = self.group_location(*group)? else { return Ok(None) };
                let Some((first, rest)) = path.split_first() else { return self.materialise(location) };
                let Some(key) = self.term(first)? else { return Ok(None) };
                match self.step_into(location, key)? {
                    Some(Location::Value(value)) => (value, rest),
                    Some(location) => match self.materialise(location)? {
                        Some(value) => (value, rest),
                        None => return Ok(None),
                    },
                    None => return Ok(None),
                }
            }
            base => match self.term(base)? {
                Some(value) => (value, path),
                None => return Ok(None),
            },
        };
        let step = if matches!(base, Term::BaseData | Term::DataPath(_)) { Self::index_base } else { Self::index };
        for part in path {
            let Some(key) = self.term(part)? else { return Ok(None) };
            // The way through plain objects, which most paths take to their end.
            if let (Value::Object(object), Value::String(_)) = (value, key)
                && let Some(next) = object.get(key)
                && !next.is_unknown()
            {
                value = next;
                continue;
            }
            match step(self, value, key) {
                Some(next) => value = next,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    /// `value in collection`, `key, value in collection`: false when it is not there or there is no collection.
    fn membership(
        &mut self,
        key: Option<&'a Term>,
        value: &'a Term,
        collection: &'a Term,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let key = match key {
            Some(key) => match self.term(key)? {
                Some(key) => Some(key),
                None => return Ok(None),
            },
            None => None,
        };
        let Some(value) = self.term(value)? else { return Ok(None) };
        let Some(location) = self.location_of(collection)? else { return Ok(None) };
        let (certain, possible) = match location {
            Location::Partial { certain, possible } => (certain, Some(possible)),
            location => match self.materialise(location)? {
                Some(value) => (value, None),
                None => return Ok(None),
            },
        };
        let truth = match key {
            Some(key) => match look_up(certain, key) {
                Lookup::Found(found) => logic::equal(found, value),
                Lookup::Missing => logic::Truth::False,
                Lookup::Unknown => logic::Truth::Unknown,
            },
            None => contains(certain, value),
        };
        let could =
            truth == logic::Truth::False && possible.is_some_and(|possible| may_contain(possible.iter(), value));
        Ok(Some(if could { Value::UNKNOWN } else { truth.into_value() }))
    }
}

fn contains(collection: Value<'_>, value: Value<'_>) -> logic::Truth {
    use crate::builtins::comparison::contains_three_valued;
    match collection {
        Value::Set(set) => logic::Truth::from_option(contains_three_valued(set, value)),
        Value::Array(array) => any_equal(array.iter(), value),
        Value::Object(object) => any_equal(object.values(), value),
        Value::Unknown(_) => logic::Truth::Unknown,
        _ => logic::Truth::False,
    }
}

fn any_equal<'a>(values: impl Iterator<Item = Value<'a>>, value: Value<'_>) -> logic::Truth {
    let mut truth = logic::Truth::False;
    for candidate in values {
        match logic::equal(candidate, value) {
            logic::Truth::True => return logic::Truth::True,
            logic::Truth::Unknown => truth = logic::Truth::Unknown,
            logic::Truth::False => {}
        }
    }
    truth
}
