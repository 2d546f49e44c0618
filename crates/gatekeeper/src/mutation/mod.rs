//! Mutators (`mutations.gatekeeper.sh`): Assign, AssignMetadata, ModifySet and AssignImage, applied over and over until nothing
//! changes any more.
//!
//! [`Mutators::mutate`] gives the object as it would be; [`patch`] says what changed as a JSON Patch.

mod change;
mod conflicts;
mod image;
mod location;
mod mutator;
mod patch;
mod path_tests;
mod set;

pub use mutator::{Mutator, MutatorId};
pub use patch::patch;

use crate::fields::Fields;
use crate::manifest::Manifest;
use crate::matching::{MatchError, Matchable, Source};
use crate::mistake::{Mistake, MistakeKind, Problem};
use kubernetes_types::KubernetesObject;
use kubernetes_types::admission::Operation;
use thiserror::Error;
use value::{Arena, Pointer, Value};

/// The API group.
pub(crate) const GROUP: &str = "mutations.gatekeeper.sh";

/// All mutators, in the order in which they are applied.
#[derive(Debug, Default)]
pub struct Mutators {
    // INVARIANT: ascending by id, ids unique.
    mutators: Vec<Mutator>,
}

/// An object that may be mutated, with what is known around it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutable<'a> {
    /// The object.
    pub object: KubernetesObject<'a>,
    /// Its Namespace, where somebody has it: [`Matchable::namespace`].
    pub namespace: Option<KubernetesObject<'a>>,
    /// The namespace that the request is for, when the object does not say so.
    pub namespace_name: Option<&'a str>,
    /// Whether it was sent or expanded.
    pub source: Source,
    /// What is done with it; `None` when nobody asks an API server for anything.
    pub operation: Option<Operation>,
    /// Who asks; empty when nobody does.
    pub username: &'a str,
}

impl<'a> Mutable<'a> {
    /// An object that was sent, of which nothing else is known.
    pub fn new(object: KubernetesObject<'a>) -> Self {
        Self { object, ..Self::default() }
    }

    fn matchable(&self, object: KubernetesObject<'a>) -> Matchable<'a> {
        let Self { namespace, namespace_name, source, .. } = *self;
        Matchable { object, namespace, namespace_name, source }
    }
}

/// What mutators made of an object.
#[derive(Clone, Debug)]
pub struct Mutated<'a> {
    /// The object as it is now.
    pub object: Value<'a>,
    /// The mutators that changed something, in the order of their first change. Empty when the object is as it was.
    pub by: Vec<&'a MutatorId>,
}

/// Why an object cannot be mutated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MutationError {
    /// Nobody can say whether a mutator is about the object.
    #[error("{mutator}: {error}")]
    Unmatched {
        /// The mutator.
        mutator: MutatorId,
        /// Why.
        error: MatchError,
    },
    /// The object has another shape than the mutator's location says.
    #[error("{mutator}: {message}")]
    Shape {
        /// The mutator.
        mutator: MutatorId,
        /// What is where something else should be.
        message: String,
    },
    /// Mutators go on changing the object: one undoes what another one does, or adds to it each time.
    #[error("mutators go on changing the object without end: {}", listed(.0))]
    DoesNotConverge(Vec<MutatorId>),
}

fn listed(mutators: &[MutatorId]) -> String {
    mutators.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

impl Mutators {
    /// Reads mutators. One that is wrong is left out, and so are those that disagree about the shape of what they change;
    /// all of that is told.
    pub(crate) fn read<'m, 'a: 'm>(manifests: impl IntoIterator<Item = &'m Manifest<'a>>) -> (Self, Vec<Problem>) {
        let mut read: Vec<(Mutator, &Manifest<'_>)> = Vec::new();
        let mut problems = Vec::new();
        for manifest in manifests {
            match Fields::of_document(manifest.root()).and_then(|fields| Mutator::read(&fields)) {
                Ok(mutator) => {
                    // The last of a name stays, as with `kubectl apply`.
                    read.retain(|(known, _)| known.id != mutator.id);
                    read.push((mutator, manifest));
                }
                Err(mistake) => problems.push(mistake.at(manifest)),
            }
        }
        let mutators: Vec<&Mutator> = read.iter().map(|(mutator, _)| mutator).collect();
        let conflicts = conflicts::find(&mutators);
        let mut kept = Vec::with_capacity(read.len());
        for ((mutator, manifest), conflicts) in read.into_iter().zip(conflicts) {
            match conflicts.first() {
                None => kept.push(mutator),
                Some(message) => {
                    let place = Pointer::root().join("spec").join("location");
                    let help = "correct the location of one of them; until then neither is applied";
                    problems.push(Mistake::new(MistakeKind::Conflict, place, message).help(help).at(manifest));
                }
            }
        }
        kept.sort_by(|a, b| a.id.cmp(&b.id));
        (Self { mutators: kept }, problems)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.mutators.is_empty()
    }

    /// The mutators in the order in which they are applied.
    pub fn iter(&self) -> impl Iterator<Item = &Mutator> {
        self.mutators.iter()
    }

    /// What the mutators make of an object: each is applied in turn, and all of them again until a round changes nothing.
    ///
    /// # Errors
    /// When a mutator does not fit the object, or the rounds do not come to an end.
    pub fn mutate<'a>(&'a self, arena: &'a Arena, mutable: &Mutable<'a>) -> Result<Mutated<'a>, MutationError> {
        let original = mutable.object.value();
        let mut object = original;
        let mut by: Vec<&'a MutatorId> = Vec::new();
        // Each round settles at least one mutator, if they can be settled at all.
        for _ in 0..=self.mutators.len() {
            let before = object;
            let mut changed = false;
            for mutator in &self.mutators {
                let now = KubernetesObject::new(object);
                if !mutator.is_about(&mutable.matchable(now), mutable.operation)? {
                    continue;
                }
                if let Some(after) = mutator.apply(arena, now, mutable)? {
                    object = after;
                    changed = true;
                    if !by.contains(&&mutator.id) {
                        by.push(&mutator.id);
                    }
                }
            }
            if !changed {
                return Ok(Mutated { object, by });
            }
            // A round that ends where it began will do so for ever: what its mutators disagree about is settled by their order.
            if object == before {
                if object == original {
                    by.clear();
                }
                return Ok(Mutated { object, by });
            }
        }
        Err(MutationError::DoesNotConverge(by.into_iter().cloned().collect()))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
