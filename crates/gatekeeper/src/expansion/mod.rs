//! What workload objects imply: an ExpansionTemplate (`expansion.gatekeeper.sh`) makes a Pod of a Deployment, so that a
//! Deployment is refused whose Pods would be.

mod expanded;
mod template;

pub(crate) use expanded::Expanded;
pub use template::ExpansionTemplate;

use crate::applies_to::AppliesTo;
use crate::constraint::Action;
use crate::fields::Fields;
use crate::manifest::Manifest;
use crate::matching::Source;
use crate::mistake::{Mistake, MistakeKind, Problem};
use crate::mutation::{Mutable, MutationError, Mutators};
use kubernetes_types::{GroupVersionKind, KubernetesObject};
use std::collections::BTreeSet;
use thiserror::Error;
use value::{Arena, Value};

/// The API group.
pub(crate) const GROUP: &str = "expansion.gatekeeper.sh";
/// The kind.
pub(crate) const KIND: &str = "ExpansionTemplate";

/// How often what is expanded is expanded again. Templates that lead in a circle are refused, so that no chain is longer than
/// there are templates; this bounds those too.
const DEPTH_MAX: usize = 30;

/// How many objects one object may imply. Several templates at each of several steps multiply.
const OBJECTS_MAX: usize = 1_000;

/// All ExpansionTemplates, by name.
#[derive(Debug, Default)]
pub struct Expansions {
    templates: Vec<ExpansionTemplate>,
}

/// An object that another one implies.
#[derive(Clone, Copy, Debug)]
pub struct Implied<'a> {
    /// The object, mutated as it would be when it is made.
    pub object: KubernetesObject<'a>,
    /// The name of the template that made it.
    pub template: &'a str,
    /// What is to happen when it violates a constraint, whatever the constraint says.
    pub action: Option<Action>,
}

/// Why an object could not be expanded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExpansionError {
    /// The part of the object that the template takes is not there, or is no object.
    #[error("ExpansionTemplate `{template}` finds no object at `{path}` in `{object}`")]
    NoSource {
        /// The template.
        template: String,
        /// Where it looks.
        path: String,
        /// Kind and name of the object.
        object: String,
    },
    /// The object itself could not be mutated.
    #[error("`{object}` cannot be mutated: {error}")]
    Original {
        /// Kind and name of the object.
        object: String,
        /// Why.
        error: MutationError,
    },
    /// What came out could not be mutated.
    #[error("what ExpansionTemplate `{template}` makes of `{object}` cannot be mutated: {error}")]
    Mutation {
        /// The template.
        template: String,
        /// Kind and name of the object.
        object: String,
        /// Why.
        error: MutationError,
    },
    /// Templates lead on and on.
    #[error("`{object}` implies more than {OBJECTS_MAX} objects, or is expanded more than {DEPTH_MAX} times over")]
    TooMany {
        /// Kind and name of the object.
        object: String,
    },
}

impl Expansions {
    /// Reads ExpansionTemplates. One that is wrong, and one that would close a circle, is left out and told.
    pub(crate) fn read<'m, 'a: 'm>(manifests: impl IntoIterator<Item = &'m Manifest<'a>>) -> (Self, Vec<Problem>) {
        let mut expansions = Self::default();
        let mut problems = Vec::new();
        for manifest in manifests {
            let template = Fields::of_document(manifest.root()).and_then(|fields| ExpansionTemplate::read(&fields));
            match template.and_then(|template| expansions.refuse_circles(template)) {
                Ok(template) => {
                    // The last of a name stays, as with `kubectl apply`.
                    expansions.templates.retain(|known| known.name != template.name);
                    expansions.templates.push(template);
                }
                Err(mistake) => problems.push(mistake.at(manifest)),
            }
        }
        expansions.templates.sort_by(|a, b| a.name.cmp(&b.name));
        (expansions, problems)
    }

    fn refuse_circles(&self, template: ExpansionTemplate) -> Result<ExpansionTemplate, Mistake> {
        let mut reached = BTreeSet::new();
        let mut next = vec![template.generated()];
        while let Some(kind) = next.pop() {
            if template.applies_to.iter().any(|applies| applies.applies(&kind)) {
                let message = format!("expanding `{}` leads back to where it began", template.generated());
                let place = value::Pointer::root().join("spec").join("generatedGVK");
                return Err(Mistake::new(MistakeKind::Conflict, place, message)
                    .help("an ExpansionTemplate must not apply to what it makes, nor to what others make of that"));
            }
            if reached.insert(kind) {
                let others = self.of(&kind).filter(|other| other.name != template.name);
                next.extend(others.map(ExpansionTemplate::generated));
            }
        }
        Ok(template)
    }

    fn of<'e>(&'e self, kind: &GroupVersionKind<'_>) -> impl Iterator<Item = &'e ExpansionTemplate> {
        let kind = *kind;
        let applies =
            move |template: &&ExpansionTemplate| template.applies_to.iter().any(|applies| applies.applies(&kind));
        self.templates.iter().filter(applies).collect::<Vec<_>>().into_iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// The templates, by name.
    pub fn templates(&self) -> &[ExpansionTemplate] {
        &self.templates
    }

    /// Kinds of objects that may imply one of a kind that `wanted` takes, over any number of steps.
    pub(crate) fn origins(&self, wanted: impl Fn(&GroupVersionKind<'_>) -> bool) -> BTreeSet<&str> {
        let mut leading: Vec<&ExpansionTemplate> = Vec::new();
        loop {
            let leads = |template: &&ExpansionTemplate| {
                let made = template.generated();
                wanted(&made) || leading.iter().any(|next| next.applies_to.iter().any(|applies| applies.applies(&made)))
            };
            let now: Vec<_> = self.templates.iter().filter(leads).collect();
            if now.len() == leading.len() {
                break;
            }
            leading = now;
        }
        leading.iter().flat_map(|template| &template.applies_to).flat_map(AppliesTo::kinds).collect()
    }

    /// What an object in a file implies: as [`Self::expand`], after the mutators that a webhook would have applied to the object.
    ///
    /// # Errors
    /// As [`Self::expand`], and when the object cannot be mutated.
    pub fn expand_unmutated<'a>(
        &'a self,
        arena: &'a Arena,
        object: KubernetesObject<'a>,
        namespace: Option<KubernetesObject<'a>>,
        mutators: &'a Mutators,
    ) -> Result<Vec<Implied<'a>>, ExpansionError> {
        if self.of(&object.group_version_kind()).next().is_none() {
            return Ok(Vec::new());
        }
        let mutable = Mutable { namespace, ..Mutable::new(object) };
        let mutated = mutators
            .mutate(arena, &mutable)
            .map_err(|error| ExpansionError::Original { object: named(object), error })?;
        self.expand(arena, KubernetesObject::new(mutated.object), namespace, mutators)
    }

    /// What `object` implies, the nearest first. `namespace` is its Namespace, where somebody has it.
    ///
    /// # Errors
    /// When a template does not find what it takes, or what it makes cannot be mutated.
    pub fn expand<'a>(
        &'a self,
        arena: &'a Arena,
        object: KubernetesObject<'a>,
        namespace: Option<KubernetesObject<'a>>,
        mutators: &'a Mutators,
    ) -> Result<Vec<Implied<'a>>, ExpansionError> {
        let mut implied: Vec<Implied<'a>> = Vec::new();
        let mut step = vec![object];
        for _ in 0..DEPTH_MAX {
            let mut next = Vec::new();
            for parent in step {
                for template in self.of(&parent.group_version_kind()) {
                    let made = template.make(arena, parent, namespace)?;
                    let mutable = Mutable {
                        object: made,
                        namespace,
                        namespace_name: None,
                        source: Source::Generated,
                        operation: None,
                        username: "",
                    };
                    let mutated = mutators.mutate(arena, &mutable).map_err(|error| ExpansionError::Mutation {
                        template: template.name.clone(),
                        object: named(parent),
                        error,
                    })?;
                    let made = KubernetesObject::new(mutated.object);
                    implied.push(Implied { object: made, template: &template.name, action: template.action });
                    next.push(made);
                    if implied.len() > OBJECTS_MAX {
                        return Err(ExpansionError::TooMany { object: named(object) });
                    }
                }
            }
            if next.is_empty() {
                return Ok(implied);
            }
            step = next;
        }
        Err(ExpansionError::TooMany { object: named(object) })
    }
}

/// `Deployment/web`
fn named(object: KubernetesObject<'_>) -> String {
    format!("{}/{}", object.kind(), object.name())
}

/// What stands at a path of keys.
fn at_path<'a>(value: Value<'a>, path: &[String]) -> Option<Value<'a>> {
    path.iter().try_fold(value, |value, key| value.get_str(key))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
