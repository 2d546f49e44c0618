//! What one object implies, worked out once for all constraints that are asked about it.

use super::{ExpansionError, Expansions, Implied};
use crate::constraint::Action;
use kubernetes_types::KubernetesObject;
use std::sync::{Arc, OnceLock};
use value::{Arena, Frozen};

/// What the object under review implies. Empty until the first constraint asks.
#[derive(Debug, Default)]
pub(crate) struct Expanded {
    by: OnceLock<(Arc<Expansions>, Result<Kept, ExpansionError>)>,
}

/// Objects that outlive the evaluation that made them.
#[derive(Debug)]
struct Kept {
    /// An array.
    objects: Frozen,
    /// The template of each object, and what is to happen when it violates a constraint.
    origins: Vec<(String, Option<Action>)>,
}

impl Expanded {
    /// What `expansions` make of the object; `expand` works it out.
    ///
    /// # Errors
    /// Those of `expand`.
    pub fn by<'k, 'a: 'k>(
        &'k self,
        expansions: &Arc<Expansions>,
        expand: impl Fn() -> Result<Vec<Implied<'a>>, ExpansionError>,
    ) -> Result<Vec<Implied<'k>>, ExpansionError> {
        let (by, kept) = self.by.get_or_init(|| (Arc::clone(expansions), expand().map(|implied| Kept::of(&implied))));
        // One set of policies has one set of templates; if not, each sees its own.
        if !Arc::ptr_eq(by, expansions) {
            return expand();
        }
        match kept {
            Ok(kept) => Ok(kept.implied()),
            Err(error) => Err(error.clone()),
        }
    }
}

impl Kept {
    fn of(implied: &[Implied<'_>]) -> Self {
        let arena = Arena::new();
        let objects: Vec<_> = implied.iter().map(|implied| implied.object.value()).collect();
        let objects = Frozen::copy_of(arena.array(&objects));
        Self { objects, origins: implied.iter().map(|implied| (implied.template.to_owned(), implied.action)).collect() }
    }

    fn implied(&self) -> Vec<Implied<'_>> {
        let objects = self.objects.root().as_array().into_iter().flat_map(|objects| objects.iter());
        let origins = self.origins.iter();
        objects
            .zip(origins)
            .map(|(object, (template, action))| Implied {
                object: KubernetesObject::new(object),
                template,
                action: *action,
            })
            .collect()
    }
}
