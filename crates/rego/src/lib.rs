//! The Rego language: syntax, compiler, evaluator, builtins, tests and coverage.
//!
//! Pure: no files, no network, no clock. What an evaluation may see of the world comes through `host`.

pub mod annotations;
mod asked;
pub mod builtins;
mod compile;
mod eval;
mod observe;
mod plan;
mod suite;
pub mod syntax;
mod trace;

pub use asked::{AskedAnswer, AskedQuery, Statement};
pub use compile::{CompileOptions, DocumentPath, ModuleInfo, Place, PreparedQuery, Program, RuleInfo, compile};
pub use eval::{
    Answer, BuiltinAnswer, Environment, EvalError, EvalErrorKind, Evaluator, Limits, SharedRules, Solution,
};
pub use observe::{Failure, LineCoverage, LineProfile, Observer};
pub use suite::{CaseResult, Coverage, FileCoverage, Suite, Test, TestOutcome, TestResult, TestSurroundings};
pub use trace::{Trace, TraceEvent, TraceLine};
