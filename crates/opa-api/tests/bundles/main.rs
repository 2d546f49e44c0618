//! Bundles as they come over the network and from archives: what they are made of, how they are signed, when they are asked for again.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says why"
)]

mod archives;
mod polling;
mod signatures;

#[path = "../support/mod.rs"]
mod support;
