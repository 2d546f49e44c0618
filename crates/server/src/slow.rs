//! Answers that take long, on threads of their own.
//!
//! Most answers take microseconds and are computed where the request was read. A route whose answers take long moves to these threads
//! for a while, so that it does not hold up connections that have nothing to do with it.
//!
//! Time on the wall says little on a busy machine, where any thread may have to wait for its turn, and time on the processor takes two
//! system calls to know. So an answer that took long on the wall makes the next ones be looked at closely, and one that took long on the
//! processor makes the route a slow one. One that took very long does so by itself.

use crate::limits::Limits;
use crate::router::RouteId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

/// On the wall, an answer that took this long makes the next ones be looked at closely; on the processor, it makes its route a slow one.
const SLOW: Duration = Duration::from_millis(5);

/// An answer that took this long on the wall makes its route a slow one.
const VERY_SLOW: Duration = Duration::from_millis(100);

/// So long after its last slow answer a route is a slow one: somebody who mixes quick requests with slow ones gains little.
const SLOW_FOR_MS: u64 = 30_000;

/// Answers that are looked at closely.
const WATCHED: u32 = 10_000;

/// Evaluations look at their deadline every so often, and then say themselves what was exceeded; this long is waited for that.
const GRACE: Duration = Duration::from_millis(250);

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Too many wait already.
    NoThread,
    /// It did not come in time. It may still be computed, and nobody will see it.
    Overdue,
}

/// How quick a route is.
#[derive(Debug, Default)]
struct Pace {
    /// Until when it is slow, in milliseconds since the epoch; 0 when it never was.
    slow_until_ms: AtomicU64,
    /// How many more answers are looked at closely.
    watched: AtomicU32,
}

/// Threads for slow answers, and which routes need them.
#[derive(Debug)]
pub(crate) struct Slow {
    epoch: Instant,
    routes: Box<[Pace]>,
    /// Answers that are computed or wait.
    places: Arc<Semaphore>,
    threads: Arc<Semaphore>,
}

impl Slow {
    pub(crate) fn new(routes: usize, limits: &Limits) -> Self {
        let threads = limits.slow_threads();
        Self {
            epoch: Instant::now(),
            routes: (0..routes).map(|_| Pace::default()).collect(),
            places: Arc::new(Semaphore::new(threads + limits.slow_waiting_max)),
            threads: Arc::new(Semaphore::new(threads)),
        }
    }

    /// Whether answers on a route took long lately.
    pub(crate) fn is_slow(&self, route: RouteId) -> bool {
        let until = self.routes.get(route.0).map_or(0, |pace| pace.slow_until_ms.load(Ordering::Relaxed));
        // The clock is looked at only for routes that were ever slow.
        until != 0 && self.now_ms() < until
    }

    /// Computes an answer here, and learns how long it takes: `started` is now, or was a moment ago. Says when it was there.
    pub(crate) fn run_here<T>(&self, route: RouteId, started: Instant, compute: impl FnOnce() -> T) -> (T, Instant) {
        let Some(pace) = self.routes.get(route.0) else { return (compute(), Instant::now()) };
        let watched = pace.watched.load(Ordering::Relaxed);
        let before = (watched > 0).then(processor_time);
        let answer = compute();
        let finished = Instant::now();
        let took = finished.saturating_duration_since(started);
        if let Some(before) = before {
            pace.watched.store(watched - 1, Ordering::Relaxed);
            if processor_time().saturating_sub(before) >= SLOW {
                self.set_slow(pace);
            }
        }
        if took >= VERY_SLOW {
            self.set_slow(pace);
        } else if took >= SLOW {
            pace.watched.store(WATCHED, Ordering::Relaxed);
        }
        (answer, finished)
    }

    fn set_slow(&self, pace: &Pace) {
        pace.slow_until_ms.store(self.now_ms() + SLOW_FOR_MS, Ordering::Relaxed);
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX / 2)
    }

    /// Computes an answer on one of the threads.
    ///
    /// # Errors
    /// When none becomes free in time, or the answer does not come in time.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        route: RouteId,
        deadline: Instant,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Unanswered::NoThread)?;
        let until = tokio::time::Instant::from_std(deadline + GRACE);
        // The semaphore is never closed.
        let thread = timeout_at(until, Arc::clone(&self.threads).acquire_owned()).await;
        let Ok(Ok(thread)) = thread else { return Err(Unanswered::NoThread) };
        let computing = tokio::task::spawn_blocking(move || {
            let _taken = (place, thread);
            let before = processor_time();
            (compute(), processor_time().saturating_sub(before))
        });
        match timeout_at(until, computing).await {
            Ok(Ok((answer, took))) => {
                if let Some(pace) = self.routes.get(route.0).filter(|_| took >= SLOW) {
                    self.set_slow(pace);
                }
                Ok(answer)
            }
            // It is only cancelled when the server is gone.
            Ok(Err(_)) | Err(_) => Err(Unanswered::Overdue),
        }
    }
}

/// What this thread has spent on processors.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
