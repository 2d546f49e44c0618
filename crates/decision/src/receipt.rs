//! The promise that an entry is in the record, for whoever waits with or without a thread.

use crate::record::NotRecorded;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What came of an entry: its sequence number in the record, or why it has none.
pub type Recorded = Result<u64, NotRecorded>;

/// Two ends of one promise: a record keeps the first until the entry is on disk, the appender waits on the second.
pub fn receipt() -> (Acknowledgement, Receipt) {
    let shared = Arc::new(Shared { state: Mutex::new(State::Waiting(None)), answered: Condvar::new() });
    (Acknowledgement { shared: Some(Arc::clone(&shared)) }, Receipt { shared })
}

struct Shared {
    state: Mutex<State>,
    answered: Condvar,
}

enum State {
    Waiting(Option<Waker>),
    Answered {
        recorded: Recorded,
        /// Who else was answered at the same time and may not have been woken yet.
        others: Option<Arc<Wakers>>,
    },
}

/// Tasks to wake, each once, by whoever comes first.
#[derive(Default)]
struct Wakers(Mutex<Vec<Waker>>);

impl Wakers {
    fn wake(&self) {
        loop {
            // Not under the lock: what is woken may run at once.
            let Some(waker) = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop() else { return };
            waker.wake();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment, so a thread that panicked left nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the answer, and gives the task that is to be woken.
    fn answer(&self, recorded: Recorded, others: Option<Arc<Wakers>>) -> Option<Waker> {
        let before = std::mem::replace(&mut *self.lock(), State::Answered { recorded, others });
        match before {
            State::Waiting(Some(waker)) => Some(waker),
            _ => {
                self.answered.notify_all();
                None
            }
        }
    }
}

/// The record's end. Dropped without an answer it answers [`NotRecorded::Closed`], so that nobody waits for ever.
pub struct Acknowledgement {
    shared: Option<Arc<Shared>>,
}

impl Acknowledgement {
    /// Tells the appender.
    pub fn answer(mut self, recorded: Recorded) {
        if let Some(waker) = self.shared.take().and_then(|shared| shared.answer(recorded, None)) {
            waker.wake();
        }
    }

    /// Tells many appenders at once. Where they are tasks of one thread, that thread wakes all of them as soon as it has been woken
    /// for the first: the two threads do not take turns for each.
    pub fn answer_all(answers: impl IntoIterator<Item = (Self, Recorded)>) {
        let wakers = Arc::new(Wakers::default());
        let mut waiting = Vec::new();
        for (mut acknowledgement, recorded) in answers {
            let shared = acknowledgement.shared.take();
            waiting.extend(shared.and_then(|shared| shared.answer(recorded, Some(Arc::clone(&wakers)))));
        }
        *wakers.0.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
        wakers.wake();
    }
}

impl Drop for Acknowledgement {
    fn drop(&mut self) {
        if let Some(waker) = self.shared.take().and_then(|shared| shared.answer(Err(NotRecorded::Closed), None)) {
            waker.wake();
        }
    }
}

/// The appender's end: wait on it with [`Receipt::wait_for`], or await it. Clones answer the same; one task at a time may await.
#[derive(Clone)]
#[must_use = "until the receipt answers, the entry may not be on disk"]
pub struct Receipt {
    shared: Arc<Shared>,
}

impl Receipt {
    /// Blocks until there is an answer, at most for `patience`: a disk that hangs must not hang who asks.
    ///
    /// # Errors
    /// When the entry is not in the record; [`NotRecorded::Late`] when nobody can tell yet.
    pub fn wait_for(&self, patience: Duration) -> Recorded {
        let state = self.shared.lock();
        let waiting = |state: &mut State| matches!(state, State::Waiting(_));
        let (state, _) =
            self.shared.answered.wait_timeout_while(state, patience, waiting).unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Answered { recorded, .. } => recorded.clone(),
            State::Waiting(_) => Err(NotRecorded::Late),
        }
    }
}

impl Future for Receipt {
    type Output = Recorded;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Recorded> {
        let mut state = self.shared.lock();
        match &mut *state {
            State::Answered { recorded, others } => {
                let (recorded, others) = (recorded.clone(), others.take());
                drop(state);
                if let Some(others) = others {
                    others.wake();
                }
                Poll::Ready(recorded)
            }
            State::Waiting(waker) => {
                // The same task polls again and again; most of the time its waker is still good.
                if !waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                    *waker = Some(context.waker().clone());
                }
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
#[path = "receipt_tests.rs"]
mod tests;
