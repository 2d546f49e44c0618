//! What functions take and give.

use super::value_type::{Field, Key, ValueType};
use crate::builtins::{Builtin, Parameter, Type};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub parameters: Vec<ValueType>,
    /// `None` for builtins that only have an effect.
    pub result: Option<ValueType>,
}

/// The signatures of the builtins that have been asked for.
#[derive(Debug, Default)]
pub(super) struct Signatures(FxHashMap<&'static str, Arc<Signature>>);

impl Signatures {
    /// The signature of `builtin`.
    pub fn of(&mut self, builtin: &'static Builtin) -> Arc<Signature> {
        let signature = self.0.entry(builtin.name).or_insert_with(|| {
            let parameters = builtin.parameters.iter().map(|parameter| of_values(parameter.kind, Use::Taken)).collect();
            let result = match builtin.result.kind {
                Type::Nothing => None,
                kind => Some(of_values(kind, Use::Given)),
            };
            Arc::new(Signature { parameters, result })
        });
        Arc::clone(signature)
    }
}

impl Signature {
    /// What either of two rules of one function takes and gives.
    pub fn or(&self, other: &Self) -> Self {
        let parameters = self.parameters.iter().zip(&other.parameters);
        Self {
            parameters: parameters.map(|(a, b)| a.clone().or(b.clone())).collect(),
            result: ValueType::any_of(self.result.iter().chain(&other.result).cloned()),
        }
    }

    /// Parameters and result, as OPA writes them: `(x: number, y: number, z: number)`.
    pub fn named(&self, builtin: &Builtin) -> String {
        let named = |(parameter, values): (&Parameter, &ValueType)| format!("{}: {values}", parameter.name);
        let parameters = builtin.parameters.iter().zip(&self.parameters);
        let result = self.result.iter().map(|result| (&builtin.result, result));
        format!("({})", parameters.chain(result).map(named).collect::<Vec<_>>().join(", "))
    }

    /// The same for a function of a policy, whose parameters need have no names.
    pub fn unnamed(&self) -> String {
        let all: Vec<String> = self.parameters.iter().chain(&self.result).map(ValueType::to_string).collect();
        format!("({})", all.join(", "))
    }
}

/// Whether a function takes values or gives them.
#[derive(Clone, Copy)]
enum Use {
    Taken,
    Given,
}

/// The values that a builtin's table names.
fn of_values(kind: Type, used: Use) -> ValueType {
    let of = |kind: &Type| of_values(*kind, used);
    match kind {
        Type::Any | Type::Nothing => ValueType::Any,
        Type::Null => ValueType::Null,
        Type::Boolean => ValueType::Boolean,
        Type::Number => ValueType::Number,
        Type::String => ValueType::String,
        Type::Array(items) => ValueType::array_of(of(items)),
        Type::Tuple(items) => ValueType::array(items.iter().map(of).collect(), None),
        Type::Set(members) => ValueType::set_of(of(members)),
        Type::Object(keys, values) => ValueType::object_of(of(keys), of(values)),
        Type::Fields(fields) => {
            let (optional, rest) = match used {
                Use::Taken => (true, Some((ValueType::String, ValueType::Any))),
                Use::Given => (false, None),
            };
            let field =
                |(name, kind): &(&str, Type)| (Key::String((*name).into()), Field { value: of(kind), optional });
            ValueType::object(fields.iter().map(field).collect(), rest)
        }
        Type::AnyOf(kinds) => ValueType::any_of(kinds.iter().map(of)).unwrap_or(ValueType::Any),
    }
}
