//! What a group of rules defines, found once an evaluation and scope.

use super::error::EvalErrorKind;
use super::limits::COLLECTED_BETWEEN_CHECKS;
use super::shared::Shared;
use super::{EvalError, Flow, Machine};
use crate::builtins::comparison::equal_three_valued;
use crate::plan::{Group, GroupId, GroupKind, PlaceId, Rule};
use std::collections::BTreeMap;
use value::{Array, Value};

/// What a group defines.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extent<'a> {
    Undefined,
    Value(Value<'a>),
    /// A value, unless it turns out to be undefined.
    Possible(Value<'a>),
    /// A set of which some members are only possible.
    Partial {
        certain: Value<'a>,
        possible: &'a Array<'a>,
    },
}

/// The one value of a complete rule or function call, as solutions come in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Single<'a> {
    /// A value that is certain to be given.
    certain: Option<Value<'a>>,
    /// The value that is given if an uncertain solution holds; Unknown when several differ.
    possible: Option<Value<'a>>,
}

impl<'a> Single<'a> {
    /// Whether some solution is certain.
    pub fn is_certain(&self) -> bool {
        self.certain.is_some()
    }
}

/// What the solutions of a complete rule or function come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settled<'a> {
    pub value: Option<Value<'a>>,
    /// Whether there may be no value after all.
    pub possible: bool,
}

/// One of two values, or Unknown when they are not certainly equal.
fn either<'a>(a: Value<'a>, b: Value<'a>) -> Value<'a> {
    if equal_three_valued(a, b) == Some(true) {
        return a;
    }
    a.find_unknown().or_else(|| b.find_unknown()).map_or(Value::UNKNOWN, Value::Unknown)
}

/// A nested object under construction.
enum Branching<'a> {
    Leaf(Value<'a>),
    Set(Vec<Value<'a>>),
    Object(BTreeMap<Value<'a>, Branching<'a>>),
}

impl<'a> Machine<'a, '_> {
    /// What a group defines.
    pub(super) fn extent(&mut self, id: GroupId) -> Result<Extent<'a>, EvalError> {
        if let Some(extent) = self.current().and_then(|scope| scope.extents.get(id)) {
            return Ok(extent);
        }
        let shared = self.shared(id);
        if let Some(found) = shared.and_then(Shared::found) {
            self.remember(id, found);
            return Ok(found);
        }
        let program = self.program;
        let Some(group) = program.group(id) else { return Ok(Extent::Undefined) };
        let extent = match group.kind {
            GroupKind::Function(_) => Extent::Undefined,
            GroupKind::Complete => self.descend(group, |machine| machine.complete(group))?,
            GroupKind::Set => self.descend(group, |machine| machine.partial_set(group))?,
            GroupKind::Object => self.descend(group, |machine| machine.partial_object(group))?,
        };
        if let Some(shared) = shared {
            shared.keep(extent);
        }
        self.remember(id, extent);
        Ok(extent)
    }

    /// Keeps what a group defines for the rest of this evaluation.
    fn remember(&self, id: GroupId, extent: Extent<'a>) {
        if let Some(scope) = self.current() {
            scope.extents.set(self.arena, id, extent);
        }
    }

    /// Evaluates one level deeper: bounded, and on a stack that grows.
    pub(super) fn descend<T>(
        &mut self,
        group: &'a Group,
        evaluate: impl FnOnce(&mut Self) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        if self.depth >= self.limits.depth_max {
            self.rule = Some(group);
            self.place = group.rules.first().map_or(self.place, |rule| rule.place);
            return Err(self.reached("nested rules", u64::from(self.limits.depth_max)));
        }
        self.depth += 1;
        let outer = self.rule.replace(group);
        let result = match self.observer {
            None => on_growing_stack(|| evaluate(self)),
            Some(_) => self.observed(group, |machine| on_growing_stack(|| evaluate(machine))),
        };
        // What goes wrong is told of the innermost rule, so it stays as it is then; the outermost stays for what is said of the answer.
        if result.is_ok() && outer.is_some() {
            self.rule = outer;
        }
        self.depth -= 1;
        result
    }

    fn complete(&mut self, group: &'a Group) -> Result<Extent<'a>, EvalError> {
        let mut single = Single::default();
        for rule in self.candidates(group, None) {
            self.frame(rule.slots, |machine| machine.branches(rule, group, &mut single))?;
            if group.early_exit && single.is_certain() {
                break;
            }
        }
        let settled = self.settle(single, group)?;
        Ok(match settled.value {
            None => Extent::Undefined,
            Some(value) if settled.possible => Extent::Possible(value),
            Some(value) => Extent::Value(value),
        })
    }

    /// The one value that the solutions come to, the group's `default` where none is certain.
    pub(super) fn settle(&mut self, single: Single<'a>, group: &'a Group) -> Result<Settled<'a>, EvalError> {
        let Some(otherwise) = (match single.certain {
            Some(certain) => Some(certain),
            None => self.default_value(group)?,
        }) else {
            return Ok(Settled { value: single.possible, possible: single.possible.is_some() });
        };
        // A possible value beside a certain one is a conflict or the same; beside a default it may take its place.
        let value = single.possible.map_or(otherwise, |possible| either(otherwise, possible));
        Ok(Settled { value: Some(value), possible: false })
    }

    /// The value of the group's `default`.
    fn default_value(&mut self, group: &'a Group) -> Result<Option<Value<'a>>, EvalError> {
        let Some(rule) = &group.default else { return Ok(None) };
        let mut single = Single::default();
        self.frame(rule.slots, |machine| machine.branches(rule, group, &mut single))?;
        Ok(single.certain.or(single.possible.map(|_| Value::UNKNOWN)))
    }

    /// Runs a rule and its `else` branches in the current frame: the first branch that certainly holds gives the values, and so
    /// do those before it that possibly hold.
    pub(super) fn branches(
        &mut self,
        rule: &'a Rule,
        group: &'a Group,
        single: &mut Single<'a>,
    ) -> Result<(), EvalError> {
        let entered_as_possible = std::mem::replace(&mut self.possible, false);
        let mut chain: Option<Value<'a>> = None;
        let mut certain = false;
        for branch in &rule.branches {
            // Where the branch need not be reached, two values are no conflict yet.
            let reached_for_certain = !entered_as_possible && chain.is_none();
            self.run_branch(branch, &mut |machine| {
                let Some(value) = machine.term(&branch.value)? else { return Ok(Flow::Continue) };
                machine.note_value(branch.place, value);
                chain = Some(match chain {
                    None => value,
                    Some(other) if certain && reached_for_certain && !machine.possible => {
                        machine.one_value(group, other, value, branch.place)?
                    }
                    Some(other) => either(other, value),
                });
                certain |= !machine.possible;
                Ok(if group.early_exit && certain { Flow::Stop } else { Flow::Continue })
            })?;
            if certain {
                break;
            }
        }
        self.possible = entered_as_possible;
        let Some(value) = chain else { return Ok(()) };
        if certain && !entered_as_possible {
            single.certain = Some(match single.certain {
                None => value,
                Some(other) => self.one_value(group, other, value, rule.place)?,
            });
        } else {
            single.possible = Some(single.possible.map_or(value, |other| either(other, value)));
        }
        Ok(())
    }

    /// The value that two certain solutions agree on.
    fn one_value(&mut self, group: &Group, a: Value<'a>, b: Value<'a>, place: PlaceId) -> Result<Value<'a>, EvalError> {
        if equal_three_valued(a, b) != Some(false) {
            return Ok(either(a, b));
        }
        let kind = match group.kind {
            GroupKind::Function(_) => EvalErrorKind::FunctionConflict,
            _ => EvalErrorKind::CompleteConflict,
        };
        Err(self.error(kind, Some(place)))
    }

    fn partial_set(&mut self, group: &'a Group) -> Result<Extent<'a>, EvalError> {
        let start = self.stack.len();
        let mut possible = Vec::new();
        for rule in self.candidates(group, None) {
            self.frame(rule.slots, |machine| {
                for branch in &rule.branches {
                    machine.run_branch(branch, &mut |machine| {
                        if let Some(member) = machine.term(&branch.value)? {
                            machine.note_value(branch.place, member);
                            if machine.possible {
                                possible.push(member);
                                if possible.len().is_multiple_of(COLLECTED_BETWEEN_CHECKS) {
                                    machine.check_memory(possible.len())?;
                                }
                            } else {
                                machine.push(member)?;
                            }
                        }
                        Ok(Flow::Continue)
                    })?;
                }
                Ok(())
            })?;
        }
        let set = self.arena.set(self.since(start));
        self.stack.truncate(start);
        if let Value::Set(members) = set {
            possible.retain(|member| !members.contains(*member));
        }
        if possible.is_empty() {
            return Ok(Extent::Value(set));
        }
        possible.sort_unstable();
        possible.dedup();
        match self.arena.array(&possible) {
            Value::Array(possible) => Ok(Extent::Partial { certain: set, possible }),
            _ => Ok(Extent::Value(set)),
        }
    }

    fn partial_object(&mut self, group: &'a Group) -> Result<Extent<'a>, EvalError> {
        if group.rules.iter().all(|rule| rule.suffix.len() == 1 && !rule.member) {
            return self.flat_object(group);
        }
        let mut root = BTreeMap::new();
        let mut unknown: Option<Value<'a>> = None;
        for rule in self.candidates(group, None) {
            let member = rule.member;
            self.frame(rule.slots, |machine| {
                let Some(branch) = rule.branches.first() else { return Ok(()) };
                machine
                    .run_branch(branch, &mut |machine| {
                        let mut keys = Vec::with_capacity(rule.suffix.len());
                        for part in &rule.suffix {
                            match machine.term(part)? {
                                Some(key) => keys.push(key),
                                None => return Ok(Flow::Continue),
                            }
                        }
                        let Some(value) = machine.term(&branch.value)? else { return Ok(Flow::Continue) };
                        machine.note_value(branch.place, value);
                        if machine.possible || keys.iter().any(|key| machine.unknown_in(*key).is_some()) {
                            unknown.get_or_insert(Value::UNKNOWN);
                            return Ok(Flow::Continue);
                        }
                        if !machine.insert(&mut root, &keys, value, member, branch.place)? {
                            unknown.get_or_insert(Value::UNKNOWN);
                        }
                        Ok(Flow::Continue)
                    })
                    .map(|_| ())
            })?;
        }
        Ok(Extent::Value(match unknown {
            Some(unknown) => unknown,
            None => self.build(Branching::Object(root)),
        }))
    }

    /// An object whose entries rules give whole: they are collected and then put in order, which is cheaper than keeping a tree.
    fn flat_object(&mut self, group: &'a Group) -> Result<Extent<'a>, EvalError> {
        let mut entries: Vec<(Value<'a>, Value<'a>, PlaceId)> = Vec::new();
        let mut unknown = false;
        for rule in self.candidates(group, None) {
            let (Some(branch), Some(key)) = (rule.branches.first(), rule.suffix.first()) else { continue };
            self.frame(rule.slots, |machine| {
                machine.run_branch(branch, &mut |machine| {
                    let Some(key) = machine.term(key)? else { return Ok(Flow::Continue) };
                    let Some(value) = machine.term(&branch.value)? else { return Ok(Flow::Continue) };
                    machine.note_value(branch.place, value);
                    if machine.possible || machine.unknown_in(key).is_some() {
                        unknown = true;
                        return Ok(Flow::Continue);
                    }
                    entries.push((key, value, branch.place));
                    if entries.len().is_multiple_of(COLLECTED_BETWEEN_CHECKS) {
                        machine.check_memory(3 * entries.len())?;
                    }
                    Ok(Flow::Continue)
                })
            })?;
        }
        // Stable: of equal keys the one found first comes first.
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut kept: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        for (key, value, place) in entries {
            match kept.last() {
                Some(&(last, other)) if last == key => match equal_three_valued(other, value) {
                    Some(true) => {}
                    Some(false) => return Err(self.error(EvalErrorKind::ObjectConflict, Some(place))),
                    None => unknown = true,
                },
                _ => kept.push((key, value)),
            }
        }
        Ok(Extent::Value(if unknown { Value::UNKNOWN } else { self.arena.object(&kept) }))
    }

    /// Adds a value; `false` when nobody knows whether it conflicts with the one that is there.
    fn insert(
        &mut self,
        object: &mut BTreeMap<Value<'a>, Branching<'a>>,
        keys: &[Value<'a>],
        value: Value<'a>,
        member: bool,
        place: PlaceId,
    ) -> Result<bool, EvalError> {
        let conflict = |machine: &Self| Err(machine.error(EvalErrorKind::ObjectConflict, Some(place)));
        let Some((&key, rest)) = keys.split_first() else { return Ok(true) };
        if !rest.is_empty() {
            return match object.entry(key).or_insert_with(|| Branching::Object(BTreeMap::new())) {
                Branching::Object(inner) => self.insert(inner, rest, value, member, place),
                _ => conflict(self),
            };
        }
        match object.get_mut(&key) {
            None => {
                object.insert(key, if member { Branching::Set(vec![value]) } else { Branching::Leaf(value) });
                Ok(true)
            }
            Some(Branching::Set(members)) if member => {
                members.push(value);
                Ok(true)
            }
            Some(Branching::Leaf(other)) if !member => match equal_three_valued(*other, value) {
                Some(false) => conflict(self),
                equal => Ok(equal.is_some()),
            },
            Some(_) => conflict(self),
        }
    }

    fn build(&self, branching: Branching<'a>) -> Value<'a> {
        match branching {
            Branching::Leaf(value) => value,
            Branching::Set(members) => self.arena.set(&members),
            Branching::Object(object) => {
                let entries: Vec<_> = object.into_iter().map(|(key, inner)| (key, self.build(inner))).collect();
                self.arena.object(&entries)
            }
        }
    }
}

/// Evaluates deeper, on more stack when little is left.
pub(super) fn on_growing_stack<T>(evaluate: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_LEFT_BYTES, STACK_SEGMENT_BYTES, evaluate)
}

/// How much stack must be left to go one rule deeper, and how much is added when it is not.
const STACK_LEFT_BYTES: usize = 256 << 10;
const STACK_SEGMENT_BYTES: usize = 4 << 20;
