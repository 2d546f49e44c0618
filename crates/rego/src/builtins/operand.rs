//! Reading operands, and what goes wrong with them.

use super::{Builtin, Parameter, Type, UnknownOperands};
use num_bigint::BigInt;
use thiserror::Error;
use value::{Array, Object, Set, Value, number};

/// What an implementation returns: a result, or `None` for undefined.
pub type Outcome<'a> = Result<Option<Value<'a>>, BuiltinError>;

/// Any array.
pub const ARRAY: Type = Type::Array(&Type::Any);
/// Any set.
pub const SET: Type = Type::Set(&Type::Any);
/// Any object.
pub const OBJECT: Type = Type::Object(&Type::Any, &Type::Any);

/// What most builtins have in common; tables name what differs and take the rest from here.
pub const PLAIN: Builtin = Builtin {
    name: "",
    description: "",
    parameters: &[],
    result: parameter("result", Type::Any, ""),
    unknown: UnknownOperands::Deep,
    nondeterministic: false,
    asks_the_same: None,
    relation: false,
    deprecated: None,
    call: |_, _| Ok(None),
};

/// A parameter or result, in one line.
pub const fn parameter(name: &'static str, kind: Type, description: &'static str) -> Parameter {
    Parameter { name, kind, description }
}

/// Why a builtin has no result. Outside strict mode the call is then undefined.
///
/// One word, so that an [`Outcome`] travels in registers.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(transparent)]
pub struct BuiltinError(Box<Problem>);

#[derive(Clone, Debug, Error, PartialEq, Eq)]
enum Problem {
    /// An operand of the wrong type (`eval_type_error`).
    #[error("operand {position} must be {expected} but got {got}")]
    Operand {
        /// Which, from 1.
        position: usize,
        /// What it must be: `number`, `one of {array, set}`.
        expected: String,
        /// What it is.
        got: &'static str,
    },
    /// An operand with something of the wrong type inside (`eval_type_error`).
    #[error("operand {position} {problem}")]
    Contents {
        /// Which, from 1.
        position: usize,
        /// What is wrong with it: `must be array of strings but got array containing number`.
        problem: String,
    },
    /// Operands that do not go together (`eval_type_error`).
    #[error("{0}")]
    Operands(String),
    /// An operand of the right type that makes no sense, or any other failure (`eval_builtin_error`).
    #[error("{0}")]
    Failed(String),
}

impl BuiltinError {
    /// A failure with this message.
    pub fn failed(message: impl Into<String>) -> Self {
        Problem::Failed(message.into()).into()
    }

    /// The operand at `index` (from 0) must be `expected`.
    pub fn operand(index: usize, expected: impl Into<String>, got: Value<'_>) -> Self {
        Self::operand_of_type(index, expected, got.type_name())
    }

    /// The operand at `index` (from 0) must be `expected` and is `got`, a type's name.
    pub fn operand_of_type(index: usize, expected: impl Into<String>, got: &'static str) -> Self {
        Problem::Operand { position: index + 1, expected: expected.into(), got }.into()
    }

    /// Operands that do not go together (`eval_type_error`).
    pub fn operands(message: impl Into<String>) -> Self {
        Problem::Operands(message.into()).into()
    }

    /// Something inside the operand at `index` (from 0) is wrong; `problem` follows the words `operand 1`.
    pub fn contents(index: usize, problem: impl Into<String>) -> Self {
        Problem::Contents { position: index + 1, problem: problem.into() }.into()
    }

    /// The items of the operand at `index` (from 0), which is `collection`, must each be `expected`.
    pub fn element(index: usize, expected: &str, collection: Value<'_>, got: Value<'_>) -> Self {
        let (collection, got) = (collection.type_name(), got.type_name());
        Self::contents(index, format!("must be {collection} of {expected}s but got {collection} containing {got}"))
    }

    /// OPA's error code.
    pub fn code(&self) -> &'static str {
        match &*self.0 {
            Problem::Operand { .. } | Problem::Contents { .. } | Problem::Operands(_) => "eval_type_error",
            Problem::Failed(_) => "eval_builtin_error",
        }
    }
}

impl From<Problem> for BuiltinError {
    #[cold]
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

/// The operand at `index`, from 0.
pub fn any<'a>(operands: &[Value<'a>], index: usize) -> Value<'a> {
    // The evaluator checks the arity, so an operand is there.
    operands.get(index).copied().unwrap_or_default()
}

/// The string operand at `index`.
pub fn string<'a>(operands: &[Value<'a>], index: usize) -> Result<&'a str, BuiltinError> {
    let operand = any(operands, index);
    operand.as_str().ok_or_else(|| BuiltinError::operand(index, "string", operand))
}

/// The number operand at `index`, of any size.
pub fn number<'a>(operands: &[Value<'a>], index: usize) -> Result<Value<'a>, BuiltinError> {
    let operand = any(operands, index);
    if operand.is_number() { Ok(operand) } else { Err(BuiltinError::operand(index, "number", operand)) }
}

/// The integer operand at `index`, within 64 bits.
pub fn integer(operands: &[Value<'_>], index: usize) -> Result<i64, BuiltinError> {
    match any(operands, index) {
        Value::Int(n) => Ok(n),
        Value::Number(_) => Err(BuiltinError::operand_of_type(index, "integer number", "floating-point number")),
        other => Err(BuiltinError::operand(index, "number", other)),
    }
}

/// The array operand at `index`.
pub fn array<'a>(operands: &[Value<'a>], index: usize) -> Result<&'a Array<'a>, BuiltinError> {
    let operand = any(operands, index);
    operand.as_array().ok_or_else(|| BuiltinError::operand(index, "array", operand))
}

/// The object operand at `index`.
pub fn object<'a>(operands: &[Value<'a>], index: usize) -> Result<&'a Object<'a>, BuiltinError> {
    let operand = any(operands, index);
    operand.as_object().ok_or_else(|| BuiltinError::operand(index, "object", operand))
}

/// The set operand at `index`.
pub fn set<'a>(operands: &[Value<'a>], index: usize) -> Result<&'a Set<'a>, BuiltinError> {
    let operand = any(operands, index);
    operand.as_set().ok_or_else(|| BuiltinError::operand(index, "set", operand))
}

/// The integer operand at `index`, of any size.
pub fn big_integer(operands: &[Value<'_>], index: usize) -> Result<BigInt, BuiltinError> {
    let operand = any(operands, index);
    if !operand.is_number() {
        return Err(BuiltinError::operand(index, "integer", operand));
    }
    if !number::is_integer(operand) {
        return Err(BuiltinError::operand_of_type(index, "integer number", "floating-point number"));
    }
    number::to_big_int(operand).ok_or_else(|| number::NumberError::TooLarge.into())
}

/// An Unknown result, with the place and reason of the first Unknown leaf among the operands.
pub fn unknown<'a>(operands: &[Value<'a>]) -> Outcome<'a> {
    Ok(Some(operands.iter().find_map(|operand| operand.find_unknown()).map_or(Value::UNKNOWN, Value::Unknown)))
}

/// A truth value as a result; `None` gives [`unknown`].
pub fn truth<'a>(truth: Option<bool>, operands: &[Value<'a>]) -> Outcome<'a> {
    truth.map_or_else(|| unknown(operands), |truth| Ok(Some(truth.into())))
}

impl From<number::NumberError> for BuiltinError {
    fn from(error: number::NumberError) -> Self {
        Self::failed(error.to_string())
    }
}
