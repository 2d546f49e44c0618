//! A document that many threads read and nobody changes.

use crate::arena::Arena;
use crate::document::Value;
use self_cell::self_cell;
use std::fmt;

/// An arena that is written by one thread and afterwards only kept alive.
///
/// INVARIANT: [`Sealed::arena`] is called only inside [`Frozen::build`], before the cell can be shared.
struct Sealed {
    arena: Arena,
}

// SAFETY: `Arena` is not `Sync` because allocating through a shared reference changes it. After `Frozen::build` returns,
// no code can reach the arena of a `Sealed`: the field is private to this module and `Frozen` hands out only values that
// borrow from it, which are plain data without interior mutability.
#[expect(unsafe_code, reason = "the one place that lets threads share a finished arena")]
unsafe impl Sync for Sealed {}

type Root<'a> = Value<'a>;

#[allow(unsafe_code, reason = "the macro's expansion; the crate states and tests its soundness")]
mod cell {
    use super::{Root, Sealed, self_cell};
    self_cell!(
        pub(super) struct Cell {
            owner: Sealed,
            #[covariant]
            dependent: Root,
        }
    );
}

/// A value together with the storage it stands in: immutable, shareable, released whole.
pub struct Frozen {
    cell: cell::Cell,
}

impl Frozen {
    /// Builds a document with a fresh arena.
    ///
    /// # Errors
    /// What `build` returns.
    pub fn build<E>(build: impl for<'a> FnOnce(&'a Arena) -> Result<Value<'a>, E>) -> Result<Self, E> {
        let cell = cell::Cell::try_new(Sealed { arena: Arena::new() }, |sealed| build(&sealed.arena))?;
        Ok(Self { cell })
    }

    /// A frozen copy of `value`.
    pub fn copy_of(value: Value<'_>) -> Self {
        let cell = cell::Cell::new(Sealed { arena: Arena::new() }, |sealed| sealed.arena.copy(value));
        Self { cell }
    }

    /// The document.
    pub fn root(&self) -> Value<'_> {
        *self.cell.borrow_dependent()
    }

    /// How many bytes its storage holds.
    pub fn allocated_bytes(&self) -> usize {
        self.cell.borrow_owner().arena.allocated_bytes()
    }
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.root(), f)
    }
}
