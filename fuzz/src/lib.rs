//! What fuzz targets share. Each target is a law that holds of every input; `CONTRIBUTING.md` says how to run them.

mod evaluation;
mod tree;

pub use evaluation::{Evaluated, INPUTS, Input};
pub use tree::shape;
