//! The record on real files, through what other crates see of it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot set itself up must fail"
)]

mod append;
mod crash;
mod full;
mod open;
mod retention;
mod support;
mod verify;
