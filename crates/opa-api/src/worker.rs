//! What one thread keeps from one request to the next.

use crate::data_path::PathCache;
use rego::{Evaluator, Limits};
use std::cell::Cell;
use value::Arena;

/// What one thread keeps from one request to the next: memory to build documents in, compiled patterns, paths it has read.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) arena: Arena,
    pub(crate) evaluator: Evaluator,
    pub(crate) paths: PathCache,
    /// Where answers are written before they are sent.
    pub(crate) text: String,
    limits: Limits,
}

/// An arena that one large request has made larger than this is not kept.
const KEPT_ARENA_BYTES_MAX: usize = 8 << 20;
const KEPT_TEXT_BYTES_MAX: usize = 1 << 20;

impl Worker {
    fn new(limits: Limits) -> Self {
        Self {
            arena: Arena::with_capacity(32 << 10),
            evaluator: Evaluator::new(limits),
            paths: PathCache::default(),
            text: String::with_capacity(4 << 10),
            limits,
        }
    }

    /// Runs `work` with this thread's worker. One that panics is not used again.
    pub(crate) fn with<T>(limits: Limits, work: impl FnOnce(&mut Self) -> T) -> T {
        thread_local! {
            static KEPT: Cell<Option<Box<Worker>>> = const { Cell::new(None) };
        }
        let mut worker = match KEPT.take() {
            Some(worker) if worker.limits == limits => worker,
            _ => Box::new(Self::new(limits)),
        };
        let result = work(&mut worker);
        worker.tidy();
        KEPT.set(Some(worker));
        result
    }

    fn tidy(&mut self) {
        if self.arena.allocated_bytes() > KEPT_ARENA_BYTES_MAX {
            self.arena = Arena::with_capacity(32 << 10);
        } else {
            self.arena.reset();
        }
        if self.text.capacity() > KEPT_TEXT_BYTES_MAX {
            self.text = String::with_capacity(4 << 10);
        }
        self.text.clear();
    }
}
