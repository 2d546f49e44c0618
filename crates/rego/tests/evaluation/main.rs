//! The evaluator under test: three-valued logic, laws, limits, compile errors, OPA's meaning, observers.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and says why"
)]

mod compile_errors;
mod http_send;
mod laws;
mod limits;
mod literate;
mod logical;
mod observer;
mod opa;
mod policies;
mod shared;
mod support;
mod three_valued;
