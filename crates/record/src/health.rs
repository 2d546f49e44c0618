//! Whether the record can be written, for health checks and metrics.

use crate::chain::Digest;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How the record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it can be written.
    pub state: State,
    /// The last entry on disk, 0 when there is none. Kept elsewhere together with [`Health::hash`], it tells later whether the
    /// record's end was cut off.
    pub sequence: u64,
    /// Its hash.
    pub hash: Digest,
    /// How many entries this process has written.
    pub written: u64,
    /// In how many batches.
    pub batches: u64,
    /// How many entries wait for their batch.
    pub waiting: usize,
    /// How many entries wait in memory because the record cannot be written.
    pub spooled: usize,
    /// How many entries of this process had to wait in memory, whatever became of them.
    pub spooled_total: u64,
    /// How many gaps there have been since this process began, the present one included.
    pub gaps: u64,
    /// How many entries of this process are lost for good, in all its gaps.
    pub lost: u64,
    /// How long the batch that is being written has taken so far; none between batches. Seconds mean that the disk hangs.
    pub writing_for: Option<Duration>,
}

impl Health {
    /// Whether what is appended now will be recorded. Where it is not, nothing may be granted.
    pub fn is_recording(&self) -> bool {
        self.state == State::Writing
    }
}

/// Whether a record can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It can.
    Writing,
    /// It cannot: entries are spooled, and lost when there is no more room.
    Failing {
        /// Since when.
        since: Timestamp,
        /// Why, in the words of the storage.
        reason: Arc<str>,
    },
    /// It has been closed.
    Closed,
}
