//! The server as its clients meet it: real sockets, real TLS, nothing in between.

mod access;
mod credentials;
mod http;
mod limits;
mod reload;
mod stop;
mod support;
mod tls;
