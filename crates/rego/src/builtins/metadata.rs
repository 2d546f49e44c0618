//! What a policy can know of its own annotations. The compiler puts the annotations in the calls' places, since they depend on
//! where a call stands; these implementations answer only where no rule is around: in a query.

use super::operand::{OBJECT, PLAIN, parameter};
use super::{Builtin, Type};
use value::Value;

/// The name of [`crate::compile`]'s chain of annotations.
pub const CHAIN: &str = "rego.metadata.chain";
/// The name of [`crate::compile`]'s annotations of a rule.
pub const RULE: &str = "rego.metadata.rule";

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: CHAIN,
        description: "Gives the annotations of the rule it is called in, then those of what is around it, package by package.",
        result: parameter(
            "chain",
            Type::Array(&OBJECT),
            "entries with `path` and, where there are any, `annotations`; the rule's own entry is always there",
        ),
        call: |_, _| Ok(Some(Value::EMPTY_ARRAY)),
        ..PLAIN
    },
    Builtin {
        name: RULE,
        description: "Gives the annotations of the rule it is called in.",
        result: parameter("output", OBJECT, "the annotations, empty if the rule has none"),
        call: |_, _| Ok(Some(Value::EMPTY_OBJECT)),
        ..PLAIN
    },
];
