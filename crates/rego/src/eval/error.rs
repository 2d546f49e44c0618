//! Why an evaluation stopped.

use crate::builtins::BuiltinError;
use crate::compile::Place;
use thiserror::Error;

/// An evaluation that gave no answer.
#[derive(Debug, Error)]
#[error("{inner}")]
pub struct EvalError {
    inner: Box<Inner>,
}

#[derive(Debug, Error)]
#[error("{}{}: {kind}", place.as_ref().map(|place| format!("{}:{}: ", place.source.name, place.position().line)).unwrap_or_default(), kind.code())]
struct Inner {
    kind: EvalErrorKind,
    place: Option<Place>,
}

/// The kinds of failure.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EvalErrorKind {
    /// A builtin failed and errors of builtins are strict.
    #[error("{name}: {error}")]
    Builtin {
        /// The builtin.
        name: &'static str,
        /// What it said.
        error: BuiltinError,
    },
    /// A complete rule has two values.
    #[error("complete rules must not produce multiple outputs")]
    CompleteConflict,
    /// A function has two results for the same arguments.
    #[error("functions must not produce multiple outputs for same inputs")]
    FunctionConflict,
    /// An object has two values for one key.
    #[error("object keys must be unique")]
    ObjectConflict,
    /// A template string's expression has several values.
    #[error("template-strings must not produce multiple outputs")]
    TemplateConflict,
    /// A limit was reached.
    #[error("{} reached the limit of {limit}: {value}; the policy may run away, or raise the limit", rule.as_deref().unwrap_or("the evaluation"))]
    Limit {
        /// Which.
        limit: &'static str,
        /// Its value.
        value: u64,
        /// The innermost rule that was evaluated, from `data` on.
        rule: Option<String>,
    },
    /// Nobody waits for the answer any more.
    #[error("the evaluation did not end in the time that it had; the policy may run away, or give it more time")]
    Late,
    /// A rule depends on itself at run time.
    #[error("rule {0} depends on itself")]
    Recursion(String),
}

impl EvalErrorKind {
    /// OPA's code for the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Builtin { error, .. } => error.code(),
            Self::CompleteConflict | Self::FunctionConflict | Self::ObjectConflict | Self::TemplateConflict => {
                "eval_conflict_error"
            }
            Self::Limit { .. } => "eval_limit_error",
            Self::Late => "eval_cancel_error",
            Self::Recursion(_) => "rego_recursion_error",
        }
    }
}

impl EvalError {
    pub(crate) fn new(kind: EvalErrorKind, place: Option<Place>) -> Self {
        Self { inner: Box::new(Inner { kind, place }) }
    }

    /// What happened.
    pub fn kind(&self) -> &EvalErrorKind {
        &self.inner.kind
    }

    /// OPA's code for the error.
    pub fn code(&self) -> &'static str {
        self.inner.kind.code()
    }

    /// Where.
    pub fn place(&self) -> Option<&Place> {
        self.inner.place.as_ref()
    }
}
