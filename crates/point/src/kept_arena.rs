//! The memory that a thread builds documents in, from one request to the next.

use std::cell::Cell;
use value::Arena;

/// What an ordinary request and what is made of it take.
const ARENA_BYTES: usize = 64 << 10;

/// An arena that one large request has made larger than this is not kept.
const KEPT_BYTES_MAX: usize = 4 << 20;

/// Runs `work` with an arena that is empty. Asking the system for memory, and giving it back, costs as much as reading a request.
pub fn with_kept_arena<T>(work: impl FnOnce(&Arena) -> T) -> T {
    thread_local! {
        static KEPT: Cell<Option<Arena>> = const { Cell::new(None) };
    }
    // Whoever asks while it is in use gets another one, and so does whoever comes after a panic.
    let mut arena = KEPT.take().unwrap_or_else(|| Arena::with_capacity(ARENA_BYTES));
    let result = work(&arena);
    if arena.allocated_bytes() <= KEPT_BYTES_MAX {
        arena.reset();
        KEPT.set(Some(arena));
    }
    result
}
