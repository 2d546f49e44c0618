//! How many requests are under way, and who waits for one to end.

use crate::error::SendError;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Most that wait for a place. Each holds a thread, of which processes have some hundreds.
const WAITING_MAX: usize = 128;

/// Counts requests under way.
#[derive(Debug, Default)]
pub(crate) struct Places {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    waiting: usize,
}

/// The right to send one request, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Place<'p>(&'p Places);

impl Places {
    /// A place among `most`, when one becomes free in time and not too many wait already.
    pub(crate) fn take(&self, most: usize, until: Instant) -> Result<Place<'_>, SendError> {
        let mut state = self.state();
        if state.under_way >= most {
            if state.waiting >= WAITING_MAX {
                return Err(SendError::Busy { under_way: state.under_way });
            }
            state.waiting += 1;
            let time = until.saturating_duration_since(Instant::now());
            let waited = self.freed.wait_timeout_while(state, time, |state| state.under_way >= most);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.waiting -= 1;
            if state.under_way >= most {
                return Err(SendError::Busy { under_way: state.under_way });
            }
        }
        state.under_way += 1;
        Ok(Place(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
        self.0.freed.notify_one();
    }
}
