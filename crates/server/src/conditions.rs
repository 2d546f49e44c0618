//! What is well and what is not, of everything that is no point.

use point::Condition;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Source = Box<dyn Fn() -> Vec<Condition> + Send + Sync>;

/// What is well and what is not: certificates, credentials, whatever is read again. Clones are one and the same.
///
/// A server adds what it knows when it is bound. Points have conditions of their own ([`point::Point::conditions`]), which are not in here.
#[derive(Clone, Default)]
pub struct Conditions {
    sources: Arc<Mutex<Vec<Source>>>,
}

impl Conditions {
    /// Asks `source` too from now on.
    pub fn add(&self, source: impl Fn() -> Vec<Condition> + Send + Sync + 'static) {
        self.sources().push(Box::new(source));
    }

    /// How everything is now.
    pub fn all(&self) -> Vec<Condition> {
        self.sources().iter().flat_map(|source| source()).collect()
    }

    fn sources(&self) -> MutexGuard<'_, Vec<Source>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all()).finish()
    }
}
