//! Documents that change step by step.

use std::sync::Arc;
use value::{Arena, Frozen, Value};

/// A document that changes step by step: each step is a small layer over the one before. It is copied as a whole, and lets go of
/// what is no longer part of it, once the layers hold as much as the whole did, or are too many.
#[derive(Clone, Debug)]
pub(crate) struct Layered {
    document: Arc<Frozen>,
    /// How many bytes it held when it was last whole.
    whole_bytes: usize,
    /// How many bytes the layers since then hold.
    layer_bytes: usize,
    layers: usize,
}

/// Layers keep each other alive in a row, which is released one inside of another.
pub(crate) const LAYERS_MAX: usize = 256;

/// Layers that hold less than this together are not worth a copy.
const LAYER_BYTES_MIN: usize = 1 << 20;

impl Layered {
    /// A document without layers.
    pub(crate) fn new(document: Arc<Frozen>) -> Self {
        let whole_bytes = document.allocated_bytes();
        Self { document, whole_bytes, layer_bytes: 0, layers: 0 }
    }

    pub(crate) fn document(&self) -> &Arc<Frozen> {
        &self.document
    }

    /// How many bytes it keeps alive, about.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.whole_bytes.saturating_add(self.layer_bytes)
    }

    /// How many steps it is from the last copy.
    #[cfg(test)]
    pub(crate) fn layers(&self) -> usize {
        self.layers
    }

    /// The document after a step; `step` gets its root, and that of `other` where there is one, and may use any part of both.
    pub(crate) fn changed<E>(
        &self,
        other: Option<Arc<Frozen>>,
        step: impl for<'a> FnOnce(&'a Arena, Value<'a>, Value<'a>) -> Result<Value<'a>, E>,
    ) -> Result<Self, E> {
        let other_bytes = other.as_ref().map_or(0, |other| other.allocated_bytes());
        let bases = std::iter::once(Arc::clone(&self.document)).chain(other).collect();
        let document = Frozen::over(bases, |arena, roots| {
            let root = |index| roots.get(index).copied().unwrap_or_default();
            step(arena, root(0), root(1))
        })?;
        let new_bytes = document.allocated_bytes().saturating_add(other_bytes);
        let changed = Self {
            document: Arc::new(document),
            whole_bytes: self.whole_bytes,
            layer_bytes: self.layer_bytes.saturating_add(new_bytes),
            layers: self.layers + 1,
        };
        let is_heavy = changed.layer_bytes > changed.whole_bytes.max(LAYER_BYTES_MIN);
        if is_heavy || changed.layers >= LAYERS_MAX {
            return Ok(Self::new(Arc::new(Frozen::copy_of(changed.document.root()))));
        }
        Ok(changed)
    }
}
