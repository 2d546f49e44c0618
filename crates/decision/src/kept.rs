//! What policies keep beyond one evaluation.

use std::any::Any;
use std::fmt;
use std::sync::OnceLock;

/// As many languages as anybody puts into one policy set.
const PARTS_MAX: usize = 8;

/// What policies found out that holds for several evaluations, by type, so that this crate need not know the languages that keep it.
/// Threads share it.
#[derive(Default)]
pub struct Kept {
    parts: [OnceLock<Part>; PARTS_MAX],
}

type Part = Box<dyn Any + Send + Sync>;

impl Kept {
    /// The part of type `T`; `make` builds it the first time. None when there is no place for it.
    pub fn part<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> Option<&T> {
        // Another thread may be quicker to take a place, for this type or another one.
        self.parts.iter().find_map(|place| place.get_or_init(|| Box::new(make())).downcast_ref())
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}
