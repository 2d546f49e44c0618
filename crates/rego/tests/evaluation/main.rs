//! The evaluator under test: three-valued logic, laws, limits, compile errors, OPA's meaning, observers.

mod compile_errors;
mod laws;
mod limits;
mod observer;
mod opa;
mod policies;
mod support;
mod three_valued;
