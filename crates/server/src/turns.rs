//! Taking turns: first all requests that have come are read, then all are judged, then all answers are sent.
//!
//! Reading and sending is the kernel's code, and judging is ours; together they are several times what the nearest caches hold. A thread
//! that goes through all of it for one request after the other finds nothing of it in the caches again, and takes twice as long to judge.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Requests that come closer together than this are worth waiting for each other: judging one takes a good part of it.
const CLOSE: Duration = Duration::from_micros(100);

thread_local! {
    static LAST: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Whether a request that came at `arrived` came close to the one before it on this thread. One that comes alone waits for nobody.
pub(crate) fn come_close(arrived: Instant) -> bool {
    LAST.replace(Some(arrived)).is_some_and(|last| arrived.saturating_duration_since(last) < CLOSE)
}

/// Lets every other task of this thread that can go on do so first, and those that the network has something for.
pub(crate) async fn let_others_go_first() {
    // Tokio polls its driver before a task that yielded runs again.
    tokio::task::yield_now().await;
}

#[cfg(test)]
mod tests {
    use super::{CLOSE, come_close};
    use std::time::{Duration, Instant};

    #[test]
    fn who_comes_alone_waits_for_nobody() {
        let first = Instant::now();
        assert!(!come_close(first));
        assert!(come_close(first + CLOSE / 2));
        assert!(!come_close(first + CLOSE * 2));
        assert!(come_close(first + CLOSE * 2 + Duration::from_nanos(1)));
        // On another thread it is the first.
        assert!(!std::thread::spawn(move || come_close(first + CLOSE * 2)).join().unwrap());
    }
}
