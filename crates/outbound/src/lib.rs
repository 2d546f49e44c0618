//! Requests that policies send: to hosts that somebody allowed, within limits, with answers kept for the next evaluation.
//!
//! A [`Sender`] is what a `host::Host` asks for `http.send`. It blocks the thread that evaluates; the network is served by a thread of
//! its own. One sender is made for a process, so that all evaluations share its cache and its places.
//!
//! Knows nothing of policies: a request comes as [`host::HttpRequest`].

mod addresses;
mod allow_list;
mod cache;
mod connect;
mod error;
mod exchange;
mod freshness;
mod options;
mod places;
mod prepare;
mod redirects;
mod sender;
mod target;
mod trust;

pub use options::{AllowedHost, HostPattern, Options};
pub use sender::Sender;
