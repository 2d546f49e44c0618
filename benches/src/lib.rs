//! What the benchmarks share: policies with their documents, engines to run them on, and ways to measure.

pub mod engines;
pub mod generated;
pub mod measure;
pub mod points;
pub mod policies;
pub mod repositories;
#[cfg(shared_sample)]
pub mod sample;

/// The product's allocator, for every engine of the process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
