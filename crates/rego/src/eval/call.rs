//! Calls: builtins, functions, and what stands in for them.

use super::error::EvalErrorKind;
use super::extent::Single;
use super::logic::Truth;
use super::scope::Substitute;
use super::{BuiltinAnswer, EvalError, Machine, place_in};
use crate::builtins::{Builtin, Context, Type, UnknownOperands};
use crate::plan::{FunctionTarget, GroupId, PlaceId, Term};
use host::NotePlace;
use value::{Unknown, Value};

impl<'a> Machine<'a, '_> {
    /// Puts the values of `arguments` on the stack; `None` when one is undefined.
    #[inline]
    pub(super) fn push_all(&mut self, arguments: &'a [Term]) -> Result<Option<usize>, EvalError> {
        let start = self.stack.len();
        for argument in arguments {
            match self.term(argument)? {
                Some(value) => self.stack.push(value),
                None => {
                    self.stack.truncate(start);
                    return Ok(None);
                }
            }
        }
        Ok(Some(start))
    }

    pub(super) fn call_builtin(
        &mut self,
        builtin: &'static Builtin,
        arguments: &'a [Term],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let Some(start) = self.push_all(arguments)? else { return Ok(None) };
        self.call_pushed(builtin, start, place)
    }

    /// Calls a builtin with operands that are there already.
    pub(super) fn call_with(
        &mut self,
        builtin: &'static Builtin,
        operands: &[Value<'a>],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let start = self.stack.len();
        self.stack.extend_from_slice(operands);
        self.call_pushed(builtin, start, place)
    }

    #[inline]
    fn call_pushed(
        &mut self,
        builtin: &'static Builtin,
        start: usize,
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let result = match self.substitute(FunctionTarget::Builtin(builtin)) {
            None => self.apply(builtin, start, place),
            Some(substitute) => self.call_substitute(substitute, start, place),
        };
        self.stack.truncate(start);
        result
    }

    pub(super) fn call_function(
        &mut self,
        group: GroupId,
        arguments: &'a [Term],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let Some(start) = self.push_all(arguments)? else { return Ok(None) };
        let result = match self.substitute(FunctionTarget::Group(group)) {
            None => self.apply_function(group, start),
            Some(substitute) => self.call_substitute(substitute, start, place),
        };
        self.stack.truncate(start);
        result
    }

    #[cold]
    fn call_substitute(
        &mut self,
        substitute: Substitute<'a>,
        start: usize,
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        match substitute {
            Substitute::Value(value) => Ok(Some(value)),
            Substitute::Function(FunctionTarget::Builtin(builtin)) => {
                self.without_substitutes(|machine| machine.apply(builtin, start, place))
            }
            Substitute::Function(FunctionTarget::Group(group)) => {
                self.without_substitutes(|machine| machine.apply_function(group, start))
            }
        }
    }

    /// Applies a builtin to what stands on the stack from `start` on.
    fn apply(
        &mut self,
        builtin: &'static Builtin,
        start: usize,
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        if self.unknowns
            && let Some(unknown) = unknown_operand(builtin, self.since(start))
        {
            // What it is applied to may turn out to be nothing that it takes.
            self.possible |= !always_defined(builtin, self.since(start));
            return Ok(Some(Value::Unknown(unknown)));
        }
        if !builtin.nondeterministic {
            return self.invoke(builtin, start, place);
        }
        let asked = self.arena.array(self.since(start));
        let same = |known: Value<'a>| known == asked || builtin.asks_the_same.is_some_and(|same| same(known, asked));
        let known = self.answers.iter().find(|known| known.name == builtin.name && same(known.operands));
        if let Some(known) = known {
            return Ok(known.result);
        }
        // It may wait for somebody else: it is told how long, and nothing goes on that nobody waits for.
        self.check_time()?;
        let result = self.invoke(builtin, start, place)?;
        self.check_time()?;
        self.answers.push(BuiltinAnswer { name: builtin.name, operands: asked, result });
        Ok(result)
    }

    fn invoke(
        &mut self,
        builtin: &'static Builtin,
        start: usize,
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let operands = self.stack.get(start..).unwrap_or_default();
        let (program, query) = (self.program, self.query);
        let place_of = || {
            let place = place_in(program, query, place)?;
            let position = place.position();
            Some(NotePlace { file: place.source.name.clone(), row: position.line, column: position.column })
        };
        let mut context = Context {
            arena: self.arena,
            host: self.host,
            caches: self.caches,
            now_ns: &mut self.now_ns,
            place: &place_of,
            deadline_ns: self.deadline_ns,
        };
        let outcome = (builtin.call)(&mut context, operands);
        // One call can at most multiply what there is; the next would multiply that.
        self.check_memory(0)?;
        match outcome {
            Ok(result @ Some(Value::Unknown(_))) => {
                self.possible |= !always_defined(builtin, self.since(start));
                Ok(result)
            }
            Ok(result) => Ok(result),
            Err(error) if self.strict => {
                Err(self.error(EvalErrorKind::Builtin { name: builtin.name, error }, Some(place)))
            }
            Err(_) => Ok(None),
        }
    }

    fn apply_function(&mut self, id: GroupId, start: usize) -> Result<Option<Value<'a>>, EvalError> {
        let program = self.program;
        let Some(group) = program.group(id) else { return Ok(None) };
        if self.is_hidden(group.node) {
            return Ok(None);
        }
        // A rule that is no function can stand in for a builtin without parameters.
        if !matches!(group.kind, crate::plan::GroupKind::Function(_)) {
            return match self.group_location(id)? {
                Some(location) => self.materialise(location),
                None => Ok(None),
            };
        }
        let shared = self.shared_calls(id, start);
        if let Some(found) = shared.and_then(|rules| self.found_call(rules, id, start)) {
            self.possible |= found.possible;
            return Ok(found.value);
        }
        let settled = self.descend(group, |machine| {
            let mut single = Single::default();
            for rule in machine.candidates(group, Some(start)) {
                machine.frame(rule.slots, |machine| {
                    let mut truth = Truth::True;
                    for (position, parameter) in rule.parameters.iter().enumerate() {
                        let operand = machine.stack.get(start + position).copied().unwrap_or_default();
                        truth = truth.and(machine.matches(parameter, operand)?);
                        if truth == Truth::False {
                            return Ok(());
                        }
                    }
                    machine.possible |= truth == Truth::Unknown;
                    machine.branches(rule, group, &mut single)
                })?;
                if group.early_exit && single.is_certain() {
                    break;
                }
            }
            machine.settle(single, group)
        })?;
        if let Some(rules) = shared {
            self.keep_call(rules, id, start, settled);
        }
        self.possible |= settled.possible;
        Ok(settled.value)
    }
}

/// Builtins that have a result for every value of an operand that may be any value, and for whatever an array or set holds.
const ALWAYS_DEFINED: &[&str] = &[
    "count",
    "eq",
    "equal",
    "gt",
    "gte",
    "internal.member_2",
    "internal.member_3",
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "json.marshal",
    "lt",
    "lte",
    "neq",
    "sort",
    "sprintf",
    "type_name",
    "yaml.marshal",
];

/// Whether a builtin has a result whatever the Unknown leaves in its operands turn out to be.
fn always_defined(builtin: &Builtin, operands: &[Value<'_>]) -> bool {
    ALWAYS_DEFINED.contains(&builtin.name)
        && operands
            .iter()
            .zip(builtin.parameters)
            .all(|(operand, parameter)| parameter.kind == Type::Any || !operand.is_unknown())
}

/// The Unknown leaf that makes a builtin's result Unknown.
fn unknown_operand<'a>(builtin: &Builtin, operands: &[Value<'a>]) -> Option<&'a Unknown<'a>> {
    operands.iter().find_map(|operand| match builtin.unknown {
        UnknownOperands::Deep => operand.find_unknown(),
        UnknownOperands::Shallow => match operand {
            Value::Unknown(unknown) => Some(*unknown),
            _ => None,
        },
        UnknownOperands::Handled => None,
    })
}
