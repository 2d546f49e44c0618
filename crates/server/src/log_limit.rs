//! Lines of a log that strangers can cause.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Lines in a second.
const LINES_MAX: u64 = 100;

/// Lets so many lines through in a second, so that whoever is refused a thousand times does not fill a disk.
#[derive(Debug)]
pub(crate) struct LogLimit {
    epoch: Instant,
    /// The second in the upper half, its lines in the lower half.
    state: AtomicU64,
}

impl LogLimit {
    pub(crate) fn new() -> Self {
        Self { epoch: Instant::now(), state: AtomicU64::new(0) }
    }

    /// Whether a line may be written.
    pub(crate) fn admits(&self) -> bool {
        let second = self.epoch.elapsed().as_secs();
        let state = self.state.load(Ordering::Relaxed);
        let lines = if state >> 32 == second { state & u64::from(u32::MAX) } else { 0 };
        // Two threads at the same moment may let a line too many through.
        self.state.store(second << 32 | (lines + 1).min(LINES_MAX), Ordering::Relaxed);
        lines < LINES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::{LINES_MAX, LogLimit};

    #[test]
    fn a_flood_is_cut_off() {
        let limit = LogLimit::new();
        let admitted = (0..100_000).filter(|_| limit.admits()).count();
        // Each second that the flood takes lets so many through.
        let seconds = usize::try_from(limit.epoch.elapsed().as_secs()).unwrap() + 1;
        let most = usize::try_from(LINES_MAX).unwrap() * seconds;
        assert!((1..=most).contains(&admitted), "{admitted}");
    }
}
