//! The one place where policies and data change.

use crate::snapshot::Snapshot;
use arc_swap::{ArcSwap, Guard};
use std::sync::{Arc, Mutex, PoisonError};

/// The snapshot that decides now. Reading it takes no lock; changes come one after another.
#[derive(Debug)]
pub(crate) struct Store {
    current: ArcSwap<Snapshot>,
    changing: Mutex<()>,
}

impl Store {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self { current: ArcSwap::from_pointee(snapshot), changing: Mutex::new(()) }
    }

    /// The snapshot to decide by.
    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    /// Makes another snapshot of the one that is current, and puts it in its place. A change that fails, or that changes
    /// nothing, leaves the old one; nobody sees anything in between. Says whether there is another one now.
    pub(crate) fn change<E>(
        &self,
        change: impl FnOnce(&Arc<Snapshot>) -> Result<Option<Snapshot>, E>,
    ) -> Result<bool, E> {
        // Only whole snapshots are ever stored, so a thread that panicked in a change left nothing half done.
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.current.load_full();
        let after = change(&before)?;
        let changed = after.is_some();
        after.into_iter().for_each(|after| self.current.store(Arc::new(after)));
        Ok(changed)
    }
}
