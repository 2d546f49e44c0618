//! Calls: builtins, functions, and what stands in for them.

use super::error::EvalErrorKind;
use super::extent::Single;
use super::logic::Truth;
use super::scope::Substitute;
use super::{EvalError, Machine};
use crate::builtins::{Builtin, Context, Type, UnknownOperands};
use crate::plan::{FunctionTarget, GroupId, PlaceId, Term};
use smallvec::SmallVec;
use value::{Unknown, Value};

type Operands<'a> = SmallVec<[Value<'a>; 6]>;

impl<'a> Machine<'a, '_> {
    fn operands(&mut self, arguments: &'a [Term]) -> Result<Option<Operands<'a>>, EvalError> {
        let mut operands = Operands::new();
        for argument in arguments {
            match self.term(argument)? {
                Some(value) => operands.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(operands))
    }

    pub(super) fn call_builtin(
        &mut self,
        builtin: &'static Builtin,
        arguments: &'a [Term],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let Some(operands) = self.operands(arguments)? else { return Ok(None) };
        self.call(FunctionTarget::Builtin(builtin), &operands, place)
    }

    pub(super) fn call_function(
        &mut self,
        group: GroupId,
        arguments: &'a [Term],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let Some(operands) = self.operands(arguments)? else { return Ok(None) };
        self.call(FunctionTarget::Group(group), &operands, place)
    }

    fn call(
        &mut self,
        target: FunctionTarget,
        operands: &[Value<'a>],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        match self.substitute(target) {
            None => self.call_original(target, operands, place),
            Some(Substitute::Value(value)) => Ok(Some(value)),
            Some(Substitute::Function(stand_in)) => {
                self.without_substitutes(|machine| machine.call_original(stand_in, operands, place))
            }
        }
    }

    fn call_original(
        &mut self,
        target: FunctionTarget,
        operands: &[Value<'a>],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        match target {
            FunctionTarget::Builtin(builtin) => self.apply(builtin, operands, place),
            FunctionTarget::Group(group) => self.apply_function(group, operands),
        }
    }

    fn apply(
        &mut self,
        builtin: &'static Builtin,
        operands: &[Value<'a>],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        if self.unknowns
            && let Some(unknown) = unknown_operand(builtin, operands)
        {
            // What it is applied to may turn out to be nothing that it takes.
            self.possible |= !always_defined(builtin, operands);
            return Ok(Some(Value::Unknown(unknown)));
        }
        if !builtin.nondeterministic {
            return self.invoke(builtin, operands, place);
        }
        let key = self.arena.array(operands);
        let known = self.answers.iter().find(|(name, operands, _)| *name == builtin.name && *operands == key);
        if let Some((_, _, answer)) = known {
            return Ok(*answer);
        }
        let answer = self.invoke(builtin, operands, place)?;
        self.answers.push((builtin.name, key, answer));
        Ok(answer)
    }

    fn invoke(
        &mut self,
        builtin: &'static Builtin,
        operands: &[Value<'a>],
        place: PlaceId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let mut context = Context { arena: self.arena, host: self.host, caches: self.caches, now_ns: &mut self.now_ns };
        let outcome = (builtin.call)(&mut context, operands);
        // One call can at most multiply what there is; the next would multiply that.
        self.check_memory(0)?;
        match outcome {
            Ok(result @ Some(Value::Unknown(_))) => {
                self.possible |= !always_defined(builtin, operands);
                Ok(result)
            }
            Ok(result) => Ok(result),
            Err(error) if self.strict => {
                Err(self.error(EvalErrorKind::Builtin { name: builtin.name, error }, Some(place)))
            }
            Err(_) => Ok(None),
        }
    }

    fn apply_function(&mut self, id: GroupId, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, EvalError> {
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
        self.descend(group, |machine| {
            let mut single = Single::default();
            for rule in machine.candidates(group, operands) {
                machine.frame(rule.slots, |machine| {
                    let mut truth = Truth::True;
                    for (parameter, operand) in rule.parameters.iter().zip(operands) {
                        truth = truth.and(machine.matches(parameter, *operand)?);
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
        })
        .map(|settled| {
            self.possible |= settled.possible;
            settled.value
        })
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
