//! Bodies: operations in order, with backtracking.

use super::extent::on_growing_stack;
use super::location::Location;
use super::logic::{Truth, compared};
use super::{EvalError, Flow, Machine, Outcome, Then};
use crate::plan::{Body, Operation, Pattern, Slot, Step, Term, WalkStart};
use value::Value;

impl<'a, 'm> Machine<'a, 'm> {
    /// Runs `body` from operation `from` on, and `then` once for each way in which all its operations hold.
    pub(super) fn run(&mut self, body: &'a Body, from: usize, then: Then<'_, 'a, 'm>) -> Outcome {
        if self.observer.is_some() {
            return self.run_observed(body, from, then);
        }
        self.run_on(body, from, then)
    }

    pub(super) fn run_on(&mut self, body: &'a Body, from: usize, then: Then<'_, 'a, 'm>) -> Outcome {
        // From an operation that only possibly holds on, what follows is possible too; what comes after the body is not.
        self.attempt(|machine| machine.operations(body, from, then))
    }

    fn operations(&mut self, body: &'a Body, from: usize, then: Then<'_, 'a, 'm>) -> Outcome {
        let mut at = from;
        loop {
            let (Some(operation), Some(&place)) = (body.operations.get(at), body.places.get(at)) else {
                return then(self);
            };
            self.step(place)?;
            if let Some(observer) = &mut self.observer {
                super::observed::reached(observer, body, at);
            }
            at += 1;
            let truth = match operation {
                // By far the most frequent test, so it does not take the way of all terms.
                Operation::Test(Term::Compare { comparison, operands }) => {
                    match (self.term(&operands.0)?, self.term(&operands.1)?) {
                        (Some(left), Some(right)) => compared(*comparison, left, right),
                        _ => Truth::False,
                    }
                }
                Operation::Test(term) => match self.term(term)? {
                    None | Some(Value::Bool(false)) => Truth::False,
                    Some(Value::Unknown(_)) => Truth::Unknown,
                    Some(_) => Truth::True,
                },
                Operation::Bind { slot, term } => match self.term(term)? {
                    None => Truth::False,
                    Some(value) => {
                        self.set_local(*slot, value);
                        Truth::True
                    }
                },
                Operation::Match { pattern, term } => match self.term(term)? {
                    None => Truth::False,
                    Some(value) => self.matches(pattern, value)?,
                },
                Operation::Walk { start, steps, result } => {
                    let start = match start {
                        WalkStart::Term(term) => self.location_of(term)?,
                        WalkStart::Tree(node) => self.tree_location(*node)?,
                    };
                    let Some(start) = start else { return Ok(Flow::Continue) };
                    return on_growing_stack(|| {
                        self.walk(start, steps, result, &mut |machine| machine.run(body, at, then))
                    });
                }
                Operation::Iterate { collection, key, value } => {
                    let Some(location) = self.location_of(collection)? else { return Ok(Flow::Continue) };
                    return on_growing_stack(|| {
                        if let Location::Value(collection) = location
                            && let Some(outcome) = self.iterate_known(collection, key, value, (body, at), then)
                        {
                            return outcome;
                        }
                        self.each(location, &mut |machine, at_key, found| {
                            let Some(found) = machine.materialise(found)? else { return Ok(Flow::Continue) };
                            let truth = match machine.matches(key, at_key)? {
                                Truth::False => Truth::False,
                                truth => truth.and(machine.matches(value, found)?),
                            };
                            machine.given(truth, |machine| machine.run(body, at, then))
                        })
                    });
                }
                Operation::Relation { term, pattern } => {
                    let results = match self.term(term)? {
                        Some(Value::Array(results)) => results,
                        // Nobody knows how many results there are.
                        Some(unknown @ Value::Unknown(_)) => {
                            let truth = Truth::Unknown.and(self.matches(pattern, unknown)?);
                            return self.given(truth, |machine| machine.run(body, at, then));
                        }
                        _ => return Ok(Flow::Continue),
                    };
                    for result in results.iter() {
                        self.step(place)?;
                        let outcome = self.attempt(|machine| {
                            let stands_for_others = if result.is_unknown() { Truth::Unknown } else { Truth::True };
                            let truth = stands_for_others.and(machine.matches(pattern, result)?);
                            machine.given(truth, |machine| on_growing_stack(|| machine.run(body, at, then)))
                        });
                        if outcome? == Flow::Stop {
                            return Ok(Flow::Stop);
                        }
                    }
                    return Ok(Flow::Continue);
                }
                Operation::Not(negated) => match self.holds_for_negation(negated)? {
                    Truth::True => Truth::False,
                    Truth::False => Truth::True,
                    Truth::Unknown => Truth::Unknown,
                },
                Operation::Every { collection, key, value, body: inner } => {
                    self.every(collection, *key, *value, inner)?
                }
                Operation::EnterWith(modifiers) => {
                    return Ok(self
                        .under(modifiers, |machine| on_growing_stack(|| machine.run(body, at, then)).map(Some))?
                        .unwrap_or(Flow::Continue));
                }
                Operation::LeaveWith => {
                    let inner = self.scope;
                    self.scope = self.current().map_or(0, |scope| scope.parent);
                    let outcome = self.run(body, at, then);
                    self.scope = inner;
                    return outcome;
                }
                Operation::Print(parts) => {
                    self.print(parts)?;
                    Truth::True
                }
                Operation::Fail => Truth::False,
            };
            match truth {
                Truth::True => {}
                Truth::False => {
                    if self.observer.is_some() {
                        self.note_failure(operation, place, at - 1);
                    }
                    return Ok(Flow::Continue);
                }
                Truth::Unknown => self.possible = true,
            }
        }
    }

    /// Runs `then`; what turns out to be only possible in it is as certain as before afterwards.
    fn attempt(&mut self, then: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let before = self.possible;
        let outcome = then(self);
        self.possible = before;
        outcome
    }

    /// Runs `then` as what holds with this truth: not at all, possibly, or as before.
    #[inline]
    fn given(&mut self, truth: Truth, then: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        match truth {
            Truth::False => Ok(Flow::Continue),
            Truth::True => self.attempt(then),
            Truth::Unknown => self.attempt(|machine| {
                machine.possible = true;
                then(machine)
            }),
        }
    }

    /// Whether what is negated has a solution. Most often that is one test, which needs no search.
    fn holds_for_negation(&mut self, body: &'a Body) -> Result<Truth, EvalError> {
        let ([Operation::Test(term)], [place], None) = (&*body.operations, &*body.places, &self.observer) else {
            return self.holds(body);
        };
        self.step(*place)?;
        let before = std::mem::replace(&mut self.possible, false);
        let value = self.term(term);
        let possible = std::mem::replace(&mut self.possible, before);
        Ok(match value? {
            None | Some(Value::Bool(false)) => Truth::False,
            Some(Value::Unknown(_)) => Truth::Unknown,
            Some(_) if possible => Truth::Unknown,
            Some(_) => Truth::True,
        })
    }

    /// Whether `body` has a solution.
    pub(super) fn holds(&mut self, body: &'a Body) -> Result<Truth, EvalError> {
        let before = std::mem::replace(&mut self.possible, false);
        let mut truth = Truth::False;
        let outcome = self.run(body, 0, &mut |machine| {
            if machine.possible {
                truth = Truth::Unknown;
                return Ok(Flow::Continue);
            }
            truth = Truth::True;
            Ok(Flow::Stop)
        });
        self.possible = before;
        outcome?;
        Ok(truth)
    }

    fn every(
        &mut self,
        collection: &'a Term,
        key: Option<Slot>,
        value: Slot,
        body: &'a Body,
    ) -> Result<Truth, EvalError> {
        let Some(location) = self.location_of(collection)? else { return Ok(Truth::False) };
        if !self.is_iterable(location) {
            return Ok(Truth::False);
        }
        // It may be empty, and it may be no collection at all.
        if matches!(location, Location::Value(Value::Unknown(_))) {
            return Ok(Truth::Unknown);
        }
        let before = std::mem::replace(&mut self.possible, false);
        let mut truth = Truth::True;
        let outcome = self.each(location, &mut |machine, at_key, found| {
            let Some(found) = machine.materialise(found)? else { return Ok(Flow::Continue) };
            if let Some(slot) = key {
                machine.set_local(slot, at_key);
            }
            machine.set_local(value, found);
            let held = match (machine.holds(body)?, machine.possible) {
                // A member that may not be there cannot make it false for certain.
                (Truth::False, true) => Truth::Unknown,
                (held, _) => held,
            };
            truth = truth.and(held);
            Ok(if truth == Truth::False { Flow::Stop } else { Flow::Continue })
        });
        self.possible = before;
        outcome?;
        Ok(truth)
    }

    /// Follows the steps of a reference from `location`; `then` runs once for each way.
    fn walk(
        &mut self,
        location: Location<'a>,
        steps: &'a [Step],
        result: &'a Pattern,
        then: Then<'_, 'a, 'm>,
    ) -> Outcome {
        let mut location = location;
        let mut steps = steps;
        while let Some((step, rest)) = steps.split_first() {
            match step {
                Step::To(term) => {
                    let Some(key) = self.term(term)? else { return Ok(Flow::Continue) };
                    match self.step_into(location, key)? {
                        Some(next) => location = next,
                        None => return Ok(Flow::Continue),
                    }
                    steps = rest;
                }
                Step::Each(pattern) => {
                    return self.each(location, &mut |machine, key, next| {
                        let truth = machine.matches(pattern, key)?;
                        machine.given(truth, |machine| machine.walk(next, rest, result, then))
                    });
                }
            }
        }
        let Some(value) = self.materialise(location)? else { return Ok(Flow::Continue) };
        let truth = self.matches(result, value)?;
        self.given(truth, |machine| then(machine))
    }

    /// Iterates over a value of which every member is there for certain, and once, as almost all are: what [`Self::each`] does,
    /// without a call into the loop and out of it. `None` for all others, and when somebody observes.
    fn iterate_known(
        &mut self,
        collection: Value<'a>,
        key: &'a Pattern,
        value: &'a Pattern,
        (body, at): (&'a Body, usize),
        then: Then<'_, 'a, 'm>,
    ) -> Option<Outcome> {
        if self.observer.is_some() {
            return None;
        }
        match collection {
            Value::Array(array) => {
                let indices = (0_i64..).map(Value::Int);
                Some(self.iterate_entries(indices.zip(array.iter()), (key, value), (body, at), then))
            }
            Value::Set(set) if !self.unknowns => {
                Some(self.iterate_entries(set.iter().map(|member| (member, member)), (key, value), (body, at), then))
            }
            Value::Object(object) if !self.unknowns => {
                Some(self.iterate_entries(object.iter(), (key, value), (body, at), then))
            }
            _ => None,
        }
    }

    #[inline]
    fn iterate_entries(
        &mut self,
        entries: impl Iterator<Item = (Value<'a>, Value<'a>)>,
        (key, value): (&'a Pattern, &'a Pattern),
        (body, at): (&'a Body, usize),
        then: Then<'_, 'a, 'm>,
    ) -> Outcome {
        let (place, before) = (self.place, self.possible);
        for (at_key, found) in entries {
            self.step(place)?;
            let truth = match self.matches(key, at_key)? {
                Truth::False => Truth::False,
                truth => truth.and(self.matches(value, found)?),
            };
            self.possible |= truth == Truth::Unknown;
            let outcome = if truth == Truth::False { Ok(Flow::Continue) } else { self.operations(body, at, then) };
            self.possible = before;
            if outcome? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }

    /// Runs `visit` with each key and what stands there; possible members and what is in an Unknown are only possible.
    fn each(
        &mut self,
        location: Location<'a>,
        visit: &mut dyn FnMut(&mut Self, Value<'a>, Location<'a>) -> Outcome,
    ) -> Outcome {
        let place = self.place;
        match location {
            Location::Value(Value::Array(array)) => {
                for (index, item) in array.iter().enumerate() {
                    self.step(place)?;
                    let index = Value::Int(i64::try_from(index).unwrap_or(i64::MAX));
                    if self.attempt(|machine| visit(machine, index, Location::Value(item)))? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
            Location::Value(Value::Object(object)) => {
                for (key, value) in object.iter() {
                    self.step(place)?;
                    if self.each_distinct(key, value, visit)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
            Location::Value(Value::Set(set)) => {
                for member in set.iter() {
                    self.step(place)?;
                    if self.each_distinct(member, member, visit)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
            Location::Value(unknown @ Value::Unknown(_)) => {
                return self.given(Truth::Unknown, |machine| visit(machine, unknown, Location::Value(unknown)));
            }
            Location::Value(_) => {}
            Location::Partial { certain, possible } => {
                if self.each(Location::Value(certain), visit)? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
                for member in possible.iter() {
                    let outcome = self.given(Truth::Unknown, |machine| visit(machine, member, Location::Value(member)));
                    if outcome? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
            Location::Tree { .. } => {
                for key in self.keys(location)? {
                    let outcome = self.attempt(|machine| match machine.step_into(location, key)? {
                        Some(next) => visit(machine, key, next),
                        None => Ok(Flow::Continue),
                    });
                    if outcome? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
        }
        Ok(Flow::Continue)
    }

    /// Visits a member of a set or an entry of an object. One with an Unknown leaf in what it is told apart by is there for
    /// certain, but it may stand for several, so it is visited once more as possible.
    fn each_distinct(
        &mut self,
        key: Value<'a>,
        value: Value<'a>,
        visit: &mut dyn FnMut(&mut Self, Value<'a>, Location<'a>) -> Outcome,
    ) -> Outcome {
        if matches!(value, Value::Unknown(unknown) if unknown.may_be_absent) {
            return self.given(Truth::Unknown, |machine| visit(machine, key, Location::Value(value)));
        }
        let outcome = self.attempt(|machine| visit(machine, key, Location::Value(value)))?;
        if outcome == Flow::Stop || self.unknown_in(key).is_none() {
            return Ok(outcome);
        }
        self.given(Truth::Unknown, |machine| visit(machine, key, Location::Value(value)))
    }

    fn print(&mut self, parts: &'a [(Term, Body)]) -> Result<(), EvalError> {
        let mut line = String::new();
        for (index, (term, body)) in parts.iter().enumerate() {
            if index > 0 {
                line.push(' ');
            }
            let mut printed = false;
            self.run(body, 0, &mut |machine| {
                if let Some(value) = machine.term(term)? {
                    printed = true;
                    match value.as_str() {
                        Some(text) => line.push_str(text),
                        None => line.push_str(&crate::builtins::shown(value)),
                    }
                }
                Ok(Flow::Stop)
            })?;
            if !printed {
                line.push_str("<undefined>");
            }
        }
        self.host.print(&line);
        Ok(())
    }
}
