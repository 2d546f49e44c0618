//! What the documents that belong together say about each other.

use super::manifest::{group_and_kind, items};
use std::collections::{HashMap, HashSet};
use value::{Arena, Value};

/// An object and the namespace that it names.
type Namespaced<'a> = (Option<&'a str>, Value<'a>);

/// Objects that others refer to by name.
#[derive(Debug, Default)]
pub(crate) struct Surroundings<'a> {
    /// Device claims, their templates and training runtimes: by kind and name, one for each namespace.
    named: HashMap<(&'static str, &'a str), Vec<Namespaced<'a>>>,
    /// Every object: kind, name, namespace.
    objects: HashSet<(&'a str, &'a str, Option<&'a str>)>,
}

/// The kinds that are looked into.
const NAMED: [&str; 4] = ["ResourceClaimTemplate", "ResourceClaim", "TrainingRuntime", "ClusterTrainingRuntime"];

impl<'a> Surroundings<'a> {
    /// What is told by those documents that are manifests.
    pub(crate) fn of(arena: &'a Arena, documents: &[Value<'a>]) -> Self {
        let mut all = Self::default();
        for &document in documents {
            for (_, object) in items(arena, document) {
                let Some((_, kind)) = group_and_kind(object) else { continue };
                let metadata = |key: &str| object.get_str("metadata")?.get_str(key)?.as_str();
                let Some(name) = metadata("name") else { continue };
                let namespace = metadata("namespace");
                all.objects.insert((kind, name, namespace));
                if let Some(kind) = NAMED.into_iter().find(|named| *named == kind) {
                    all.named.entry((kind, name)).or_default().push((namespace, object));
                }
            }
        }
        all
    }

    /// The object of that kind and name that is meant from `namespace`. Where one side leaves its namespace to whoever
    /// applies the manifest, the name decides.
    pub(super) fn find(&self, kind: &'static str, name: &'a str, namespace: Option<&str>) -> Option<Value<'a>> {
        let candidates = self.named.get(&(kind, name))?;
        let same = candidates.iter().find(|(there, _)| *there == namespace);
        let open = || candidates.iter().find(|(there, _)| there.is_none() || namespace.is_none());
        same.or_else(open).map(|&(_, object)| object)
    }

    /// Whether the controller of an object is among the documents.
    pub(super) fn has_controller_of(&self, object: Value<'a>) -> bool {
        let metadata = object.get_str("metadata").unwrap_or_default();
        let namespace = metadata.get_str("namespace").and_then(Value::as_str);
        let owners = metadata.get_str("ownerReferences").and_then(Value::as_array);
        owners.into_iter().flat_map(|owners| owners.iter()).any(|owner| {
            let text = |key: &str| owner.get_str(key).and_then(Value::as_str);
            owner.get_str("controller") == Some(Value::TRUE)
                && text("kind")
                    .zip(text("name"))
                    .is_some_and(|(kind, name)| self.objects.contains(&(kind, name, namespace)))
        })
    }
}
