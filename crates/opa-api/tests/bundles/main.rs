//! Bundles as they come over the network and from archives: what they are made of, how they are signed, when they are asked for again.

mod archives;
mod polling;
mod signatures;

#[path = "../support/mod.rs"]
mod support;
