//! Which objects a constraint or a mutator is about (`spec.match`).

mod glob;
mod kinds;

pub(crate) use kinds::Kinds;

use crate::fields::{Fields, wrong_type};
use crate::mistake::{Mistake, MistakeKind};
use glob::Glob;
use kubernetes_types::{KubernetesObject, LabelSelector};
use std::fmt;
use thiserror::Error;
use value::Value;

/// Whether an object was sent by somebody, or is what an expansion makes of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Somebody sent it.
    #[default]
    Original,
    /// An ExpansionTemplate made it of another object.
    Generated,
}

impl Source {
    /// The word in `match.source`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Original => "Original",
            Self::Generated => "Generated",
        }
    }
}

/// An object that may be matched, with what is known around it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Matchable<'a> {
    /// The object.
    pub object: KubernetesObject<'a>,
    /// Its Namespace, where somebody has it. An object without fields says that it is in a namespace of which nothing is
    /// known, not even the name.
    pub namespace: Option<KubernetesObject<'a>>,
    /// The name of the namespace that the request is for, when neither the object nor [`Self::namespace`] says so.
    pub namespace_name: Option<&'a str>,
    /// Where it comes from.
    pub source: Source,
}

impl<'a> Matchable<'a> {
    /// The name of the namespace that the object is in, or is, when it is a Namespace. `None` when it is in none, as far as
    /// is known.
    fn namespace_name(&self) -> Option<&'a str> {
        if self.object.is_namespace() {
            return Some(self.object.name());
        }
        let of_object = Some(self.object.namespace()).filter(|name| !name.is_empty());
        match self.namespace {
            Some(namespace) => Some(namespace.name()),
            None => of_object.or(self.namespace_name.filter(|name| !name.is_empty())),
        }
    }
}

/// Why nobody can say whether an object matches.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MatchError {
    /// The labels of its namespace decide, and the Namespace is not known.
    #[error("the labels of the namespace decide, and Namespace `{namespace}` is not known")]
    UnknownNamespace {
        /// Its name.
        namespace: String,
    },
}

/// Which objects are meant. Everything that is not said selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    source: Option<Source>,
    kinds: Vec<Kinds>,
    scope: Scope,
    namespaces: Vec<Glob>,
    excluded_namespaces: Vec<Glob>,
    label_selector: Option<LabelSelector>,
    namespace_selector: Option<LabelSelector>,
    name: Option<Glob>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scope {
    #[default]
    All,
    Cluster,
    Namespaced,
}

const FIELDS: &[&str] =
    &["source", "kinds", "scope", "namespaces", "excludedNamespaces", "labelSelector", "namespaceSelector", "name"];

impl Match {
    /// Reads `spec.match`.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self, Mistake> {
        fields.only(FIELDS)?;
        let source = match fields.text("source")? {
            None | Some("All") => None,
            Some("Original") => Some(Source::Original),
            Some("Generated") => Some(Source::Generated),
            Some(other) => {
                let message = format!("`{other}` is no source: use `All`, `Original` or `Generated`");
                return Err(fields.wrong("source", message));
            }
        };
        let scope = match fields.text("scope")? {
            None | Some("*") => Scope::All,
            Some("Cluster") => Scope::Cluster,
            Some("Namespaced") => Scope::Namespaced,
            Some(other) => {
                let message = format!("`{other}` is no scope: use `*`, `Cluster` or `Namespaced`");
                return Err(fields.wrong("scope", message));
            }
        };
        Ok(Self {
            source,
            kinds: fields.objects("kinds")?.iter().map(Kinds::read).collect::<Result<_, _>>()?,
            scope,
            namespaces: globs(fields, "namespaces")?,
            excluded_namespaces: globs(fields, "excludedNamespaces")?,
            label_selector: selector(fields, "labelSelector")?,
            namespace_selector: selector(fields, "namespaceSelector")?,
            name: fields.text("name")?.map(|name| Glob::read(name, || fields.place("name"))).transpose()?,
        })
    }

    /// Whether `target` is meant.
    ///
    /// # Errors
    /// When that depends on the labels of a namespace that is not known.
    pub fn matches(&self, target: &Matchable<'_>) -> Result<bool, MatchError> {
        let object = target.object;
        let certain = self.source.is_none_or(|source| source == target.source)
            && self.kinds_match(object)
            && self.scope_matches(target)
            && self.namespaces_match(target)
            && self.label_selector.as_ref().is_none_or(|selector| selector.selects(object.labels()))
            && self.name.as_ref().is_none_or(|name| name.matches_object(object));
        // Last, so that what is not known matters only where it decides.
        if certain { self.namespace_selected(target) } else { Ok(false) }
    }

    fn kinds_match(&self, object: KubernetesObject<'_>) -> bool {
        let kind = object.group_version_kind();
        self.kinds.is_empty() || self.kinds.iter().any(|kinds| kinds.matches(&kind))
    }

    fn scope_matches(&self, target: &Matchable<'_>) -> bool {
        let namespaced = !target.object.is_namespace() && target.namespace_name().is_some();
        match self.scope {
            Scope::All => true,
            Scope::Cluster => !namespaced,
            Scope::Namespaced => namespaced,
        }
    }

    fn namespaces_match(&self, target: &Matchable<'_>) -> bool {
        let Some(name) = target.namespace_name() else { return true };
        let listed = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(name));
        (self.namespaces.is_empty() || listed(&self.namespaces)) && !listed(&self.excluded_namespaces)
    }

    fn namespace_selected(&self, target: &Matchable<'_>) -> Result<bool, MatchError> {
        let Some(selector) = self.namespace_selector.as_ref().filter(|selector| !selector.is_empty()) else {
            return Ok(true);
        };
        if target.object.is_namespace() {
            return Ok(selector.selects(target.object.labels()));
        }
        match (target.namespace, target.namespace_name()) {
            (Some(namespace), _) => Ok(selector.selects(namespace.labels())),
            // What is in no namespace cannot be left out by one.
            (None, None) => Ok(true),
            (None, Some(name)) => Err(MatchError::UnknownNamespace { namespace: name.to_owned() }),
        }
    }

    /// The kinds that it is about, when it names all of them in full.
    pub fn kind_names(&self) -> Option<Vec<&str>> {
        if self.kinds.is_empty() {
            return None;
        }
        self.kinds.iter().map(Kinds::names).collect::<Option<Vec<_>>>().map(|names| names.concat())
    }

    /// The groups and kinds that it is about, `*` for any.
    pub fn groups_and_kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.kinds.iter().flat_map(Kinds::groups_and_kinds)
    }

    /// Patterns for the namespaces that it is about, when it is about nothing outside of them.
    pub fn namespace_patterns(&self) -> Option<impl Iterator<Item = &str>> {
        let restricted = self.scope == Scope::Namespaced && !self.namespaces.is_empty();
        restricted.then(|| self.namespaces.iter().map(Glob::as_str))
    }

    /// Whether an object of that kind could be meant.
    pub(crate) fn may_be_about(&self, kind: &kubernetes_types::GroupVersionKind<'_>) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kinds| kinds.matches(kind))
    }
}

fn globs(fields: &Fields<'_>, key: &str) -> Result<Vec<Glob>, Mistake> {
    let glob = |(item, place): (Value<'_>, value::Pointer)| {
        let text = item.as_str().ok_or_else(|| wrong_type(&place, "a string", item))?;
        Glob::read(text, || place)
    };
    fields.list(key)?.into_iter().map(glob).collect()
}

fn selector(fields: &Fields<'_>, key: &str) -> Result<Option<LabelSelector>, Mistake> {
    let Some(value) = fields.value(key) else { return Ok(None) };
    LabelSelector::read(value).map(Some).map_err(|error| {
        let mut pointer = fields.place(key);
        pointer.0.extend(error.pointer.0);
        Mistake::new(MistakeKind::Schema, pointer, error.message)
    })
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
