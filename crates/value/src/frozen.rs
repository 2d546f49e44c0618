//! A document that many threads read and nobody changes.

use crate::arena::Arena;
use crate::document::Value;
use crate::json;
use self_cell::self_cell;
use std::fmt;
use std::sync::Arc;

/// An arena that is written by one thread and afterwards only kept alive, and the documents that values in it borrow from.
///
/// INVARIANT: [`Sealed::arena`] is written only while [`Frozen::build`], [`Frozen::over`] or [`Frozen::copy_of`] run, before
/// the cell can be shared.
struct Sealed {
    arena: Arena,
    bases: Vec<Arc<Frozen>>,
}

// SAFETY: `Arena` is not `Sync` because allocating through a shared reference changes it. After a constructor of `Frozen`
// returns, no code can allocate in the arena of a `Sealed`: the field is private to this module and `Frozen` hands out only
// values that borrow from it, which are plain data without interior mutability. `bases` is only kept alive.
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
        let cell = cell::Cell::try_new(Sealed::over(Vec::new()), |sealed| build(&sealed.arena))?;
        Ok(Self { cell })
    }

    /// Builds a document out of parts of others, which stay where they are: `build` gets the roots of `bases` and may put
    /// any value of them into the new one. The bases live for as long as the new document does, with all that they hold;
    /// [`Self::copy_of`] its root lets go of them.
    ///
    /// # Errors
    /// What `build` returns.
    pub fn over<E>(
        bases: Vec<Arc<Self>>,
        build: impl for<'a> FnOnce(&'a Arena, &[Value<'a>]) -> Result<Value<'a>, E>,
    ) -> Result<Self, E> {
        let cell = cell::Cell::try_new(Sealed::over(bases), |sealed| {
            let roots: Vec<_> = sealed.bases.iter().map(|base| base.root()).collect();
            build(&sealed.arena, &roots)
        })?;
        Ok(Self { cell })
    }

    /// The JSON document that is the whole of `bytes`, as [`json::parse_compact`] stores it.
    ///
    /// # Errors
    /// As [`json::parse`].
    pub fn from_json(bytes: &[u8], limits: &json::ParseLimits) -> Result<Self, json::JsonError> {
        Self::build(|arena| json::parse_compact(arena, bytes, limits))
    }

    /// A frozen copy of `value`.
    pub fn copy_of(value: Value<'_>) -> Self {
        let cell = cell::Cell::new(Sealed::over(Vec::new()), |sealed| sealed.arena.copy(value));
        Self { cell }
    }

    /// The document.
    pub fn root(&self) -> Value<'_> {
        *self.cell.borrow_dependent()
    }

    /// How many bytes its storage holds, without that of the documents it was built over.
    pub fn allocated_bytes(&self) -> usize {
        self.cell.borrow_owner().arena.allocated_bytes()
    }
}

impl Sealed {
    fn over(bases: Vec<Arc<Frozen>>) -> Self {
        Self { arena: Arena::new(), bases }
    }
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.root(), f)
    }
}
