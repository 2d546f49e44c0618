//! The server as its clients meet it: real sockets, real TLS, nothing in between.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on must stop and say why"
)]

mod access;
mod credentials;
mod http;
mod limits;
mod reload;
mod stop;
mod support;
mod tls;
