//! Short ways of writing the tables.

use super::operand::PLAIN;
use super::{Builtin, Call, Parameter, Type, UnknownOperands};
use value::Value;

impl Parameter {
    pub(super) const fn new(name: &'static str, kind: Type, description: &'static str) -> Self {
        Self { name, kind, description }
    }
}

impl Builtin {
    /// A function of its arguments alone that looks at every leaf of them: what most builtins over text and time are.
    pub(super) const fn of_leaves(
        name: &'static str,
        description: &'static str,
        parameters: &'static [Parameter],
        result: Parameter,
        call: Call,
    ) -> Self {
        let unknown = UnknownOperands::Deep;
        Self { name, description, parameters, result, unknown, call, ..PLAIN }
    }

    /// The same, but two evaluations may see different results.
    pub(super) const fn nondeterministic(mut self) -> Self {
        self.nondeterministic = true;
        self
    }

    /// The same, and operands that are not equal may ask the same.
    pub(super) const fn asking_by(mut self, asks_the_same: for<'a> fn(Value<'a>, Value<'a>) -> bool) -> Self {
        self.asks_the_same = Some(asks_the_same);
        self
    }
}
