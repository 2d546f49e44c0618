//! The document model: what every source is read into and every policy evaluates over.
//!
//! A [`Value`] is a small `Copy` reference into storage that outlives it: an [`Arena`] that lives as long as one
//! evaluation, or a [`Frozen`] document that many threads share. Nothing here is reference counted and nothing is freed
//! piece by piece, so passing values around costs what passing two words costs.
//!
//! Knows no file, no clock and no language.

mod algebra;
mod arena;
mod array;
mod compare;
mod diagnostic;
mod document;
mod effort;
mod frozen;
mod identity;
pub mod json;
pub mod number;
mod object;
mod pointer;
mod shared;
mod span;
mod suggestion;

pub use arena::Arena;
pub use diagnostic::{Diagnostic, Source};
pub use document::{Array, Object, Set, Text, Unknown, Value};
pub use effort::Effort;
pub use frozen::Frozen;
pub use number::Number;
pub use pointer::{Pointer, Segment};
pub use span::{Position, Span};
pub use suggestion::nearest;
