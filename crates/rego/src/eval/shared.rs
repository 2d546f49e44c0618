//! What rules come to that depend on nothing but what several evaluations have in common.

use super::Machine;
use super::extent::Extent;
use super::shared_calls::SharedCalls;
use crate::compile::Program;
use crate::plan::GroupId;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use value::{Arena, Frozen, Value, json};

/// A document whose JSON is longer than this is found anew by each evaluation.
const DOCUMENT_BYTES_MAX: u64 = 16 << 20;

/// All documents together take no more than this; what does not fit is found anew.
const BYTES_MAX: usize = 64 << 20;

/// What evaluations that have parts of `input` in common find once: the documents of rules that look at no other part of it
/// ([`CompileOptions::shared_input`](crate::CompileOptions::shared_input)), at no clock and at nothing else that may change in
/// between; and of functions that do so what calls with scalars come to. Threads share it.
///
/// Whoever gives it to [`Evaluator::evaluate_sharing`](super::Evaluator::evaluate_sharing) says that `data`, the shared parts of
/// `input` and whether Unknown leaves may stand in them are the same each time.
#[derive(Debug)]
pub struct SharedRules {
    program: Arc<Program>,
    documents: Box<[OnceLock<Document>]>,
    calls: SharedCalls,
    bytes_left: AtomicUsize,
}

/// A document that was found.
#[derive(Debug)]
pub(super) enum Document {
    Undefined,
    Value(Frozen),
    Possible(Frozen),
    /// An array of two: the certain members of a set, and an array of those that are only possible.
    Partial(Frozen),
    /// There is no room for it.
    TooLong,
}

impl SharedRules {
    /// Nothing is known yet.
    pub fn new(program: &Arc<Program>) -> Self {
        Self {
            program: Arc::clone(program),
            documents: (0..program.shared_groups().len()).map(|_| OnceLock::new()).collect(),
            calls: SharedCalls::default(),
            bytes_left: AtomicUsize::new(BYTES_MAX),
        }
    }

    /// Whether it is about this program.
    pub(super) fn is_of(&self, program: &Program) -> bool {
        ptr::eq(Arc::as_ptr(&self.program), program)
    }

    fn slot(&self, group: GroupId) -> Option<&OnceLock<Document>> {
        self.documents.get(self.program.shared_groups().number(group)?)
    }

    /// Whether calls of a function may be kept.
    pub(super) fn shares_calls_of(&self, function: GroupId) -> bool {
        self.program.shared_groups().is_shared_function(function)
    }

    /// Calls that were kept.
    pub(super) const fn calls(&self) -> &SharedCalls {
        &self.calls
    }

    /// A document to keep.
    pub(super) fn document_of(&self, extent: Extent<'_>) -> Document {
        match extent {
            Extent::Undefined => Document::Undefined,
            Extent::Value(value) => self.frozen(value).map_or(Document::TooLong, Document::Value),
            Extent::Possible(value) => self.frozen(value).map_or(Document::TooLong, Document::Possible),
            Extent::Partial { certain, possible } => {
                let arena = Arena::new();
                let both = arena.array(&[certain, Value::Array(possible)]);
                self.frozen(both).map_or(Document::TooLong, Document::Partial)
            }
        }
    }

    fn frozen(&self, value: Value<'_>) -> Option<Frozen> {
        if json::length_at_least(value, DOCUMENT_BYTES_MAX) > DOCUMENT_BYTES_MAX {
            return None;
        }
        let frozen = Frozen::copy_of(value);
        let bytes = frozen.allocated_bytes();
        let take = |left: usize| left.checked_sub(bytes);
        self.bytes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok().then_some(frozen)
    }
}

impl Document {
    pub(super) fn extent(&self) -> Option<Extent<'_>> {
        Some(match self {
            Self::Undefined => Extent::Undefined,
            Self::Value(value) => Extent::Value(value.root()),
            Self::Possible(value) => Extent::Possible(value.root()),
            Self::Partial(both) => {
                let both = both.root().as_array()?;
                Extent::Partial { certain: both.get(0)?, possible: both.get(1)?.as_array()? }
            }
            Self::TooLong => return None,
        })
    }
}

impl<'a> Machine<'a, '_> {
    /// Where the document of a group is kept for other evaluations, when it is not under a `with` and nobody watches how it is found.
    pub(super) fn shared(&self, group: GroupId) -> Option<Shared<'a>> {
        let rules = self.shared_rules.filter(|_| self.scope == 0 && self.observer.is_none())?;
        rules.slot(group).map(|slot| Shared { rules, slot })
    }
}

/// Where the document of one group is kept.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    rules: &'a SharedRules,
    slot: &'a OnceLock<Document>,
}

impl<'a> Shared<'a> {
    /// What another evaluation has found.
    pub fn found(self) -> Option<Extent<'a>> {
        self.slot.get().and_then(Document::extent)
    }

    /// Keeps what this one has found.
    pub fn keep(self, extent: Extent<'_>) {
        // Of threads that find it at the same time one is enough.
        if self.slot.get().is_none() {
            let _ = self.slot.set(self.rules.document_of(extent));
        }
    }
}
