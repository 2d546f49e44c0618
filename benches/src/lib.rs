//! What the benchmarks share: the sample policy with its documents, and the baseline written by hand.

#[cfg(shared_sample)]
pub mod sample;
