//! How long to wait before asking again.

use std::time::Duration;

/// The first wait.
const WAIT_MIN: Duration = Duration::from_millis(500);

/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Waits that double with each failure, each spread by chance so that replicas do not ask all at once.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It went well.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// It failed once more: how long to wait.
    pub(crate) fn next(&mut self) -> Duration {
        let factor = 1_u32 << self.failures.min(10);
        self.failures = self.failures.saturating_add(1);
        let longest = WAIT_MIN.saturating_mul(factor).min(WAIT_MAX);
        let mut byte = [u8::MAX];
        // Without chance the wait is the longest.
        let _ = getrandom::fill(&mut byte);
        longest / 2 + longest / 2 * u32::from(byte[0]) / u32::from(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, WAIT_MAX, WAIT_MIN};

    #[test]
    fn waits_grow_up_to_a_bound_and_begin_anew() {
        let mut backoff = Backoff::default();
        let first = backoff.next();
        assert!(first >= WAIT_MIN / 2 && first <= WAIT_MIN, "{first:?}");
        let last = (0..100).map(|_| backoff.next()).last().unwrap_or_default();
        assert!(last >= WAIT_MAX / 2 && last <= WAIT_MAX, "{last:?}");
        backoff.reset();
        assert!(backoff.next() <= WAIT_MIN);
    }
}
