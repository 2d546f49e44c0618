//! What exists in a cluster, as templates see it (`data.inventory`).
//!
//! An [`Inventory`] takes objects one by one and gives snapshots. A change costs what stands beside the changed object in its
//! namespace, and not what the cluster holds: objects are frozen once each, and a snapshot is built over them.

use kubernetes_types::{GroupVersionKind, KubernetesObject};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use thiserror::Error;
use value::json::{self, ParseLimits};
use value::{Arena, Frozen, Value};

/// What exists in a cluster.
#[derive(Debug, Default)]
pub struct Inventory {
    cluster: Objects,
    namespaces: BTreeMap<String, Objects>,
    snapshot: Option<Arc<Frozen>>,
    revision: u64,
}

/// So many objects that are added together share their memory: enough to have most in common, and not so many that one that stays
/// keeps much.
const BATCH_OBJECTS: usize = 512;

/// Why an object cannot be in an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("an object without `{field}` has no place in the inventory")]
pub struct NoPlace {
    /// What it lacks.
    pub field: &'static str,
}

/// The objects of a namespace, or those that are in none.
#[derive(Debug, Default)]
struct Objects {
    /// By group and version, kind and name.
    by_name: BTreeMap<(String, String, String), Arc<Frozen>>,
    /// All of them as one document; none after a change.
    document: Option<Arc<Frozen>>,
}

impl Inventory {
    /// An inventory without objects.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an object, or puts it in the place of the one that has its name. It is copied, and stored compactly; whoever has
    /// its JSON should hand it to [`Self::insert_frozen`].
    ///
    /// # Errors
    /// When it does not say what it is.
    pub fn insert(&mut self, object: KubernetesObject<'_>) -> Result<(), NoPlace> {
        check(object)?;
        self.put(compact(object));
        Ok(())
    }

    /// Adds an object of a suite. One without a name stands under the empty one, as in gator (gatekeeper pkg/target/target.go,
    /// processUnstructured), so that templates that go through all objects see it.
    ///
    /// # Errors
    /// When it does not say of which type it is.
    pub(crate) fn insert_of_suite(&mut self, object: KubernetesObject<'_>) -> Result<(), NoPlace> {
        check_type(object)?;
        self.put(compact(object));
        Ok(())
    }

    /// Adds objects, or puts them in the place of those that have their names; what does not say what it is has no place and is left
    /// out. What they have in common is stored once, so that thousands of pods of a few workloads take a fraction of what they take one
    /// by one. In turn an object's memory is given back only with that of the others that were added with it.
    pub fn insert_all<'o>(&mut self, objects: impl IntoIterator<Item = KubernetesObject<'o>>) {
        let mut objects = objects.into_iter().filter(|object| check(*object).is_ok());
        loop {
            let batch: Vec<_> = objects.by_ref().take(BATCH_OBJECTS).collect();
            match batch.as_slice() {
                [] => return,
                // What stands checked has a place.
                [only] => drop(self.insert(*only)),
                several => self.insert_batch(several),
            }
        }
    }

    fn insert_batch(&mut self, objects: &[KubernetesObject<'_>]) {
        let mut text = String::from("[");
        for object in objects {
            text.push_str(&json::to_string(object.value()));
            text.push(',');
        }
        text.pop();
        text.push(']');
        let Ok(together) = Frozen::from_json(text.as_bytes(), &ParseLimits::default()).map(Arc::new) else {
            // Deeper than text may be read; one of them alone is copied as it is.
            return objects.iter().for_each(|object| drop(self.insert(*object)));
        };
        for index in 0..objects.len() {
            let one = Frozen::over(vec![Arc::clone(&together)], |_, roots| {
                let all = roots.first().and_then(|root| root.as_array());
                Ok::<_, Infallible>(all.and_then(|all| all.get(index)).unwrap_or_default())
            });
            drop(self.insert_frozen(Arc::new(infallible(one))));
        }
    }

    /// Adds an object, such as [`Frozen::from_json`] gives, or puts it in the place of the one that has its name.
    ///
    /// # Errors
    /// When it does not say what it is.
    pub fn insert_frozen(&mut self, frozen: Arc<Frozen>) -> Result<(), NoPlace> {
        check(KubernetesObject::new(frozen.root()))?;
        self.put(frozen);
        Ok(())
    }

    fn put(&mut self, frozen: Arc<Frozen>) {
        let object = KubernetesObject::new(frozen.root());
        let key = key(&object.group_version_kind(), object.name());
        self.changed(object.namespace()).by_name.insert(key, Arc::clone(&frozen));
    }

    /// Takes the object of that type, namespace (empty for none) and name away; says whether it was there.
    pub fn remove(&mut self, kind: &GroupVersionKind<'_>, namespace: &str, name: &str) -> bool {
        let known = if namespace.is_empty() { Some(&self.cluster) } else { self.namespaces.get(namespace) };
        let key = key(kind, name);
        if !known.is_some_and(|objects| objects.by_name.contains_key(&key)) {
            return false;
        }
        let objects = self.changed(namespace);
        objects.by_name.remove(&key);
        if objects.by_name.is_empty() && !namespace.is_empty() {
            self.namespaces.remove(namespace);
        }
        true
    }

    fn changed(&mut self, namespace: &str) -> &mut Objects {
        self.snapshot = None;
        self.revision += 1;
        let objects = match namespace {
            "" => &mut self.cluster,
            name => self.namespaces.entry(name.to_owned()).or_default(),
        };
        objects.document = None;
        objects
    }

    /// How many objects it holds.
    pub fn len(&self) -> usize {
        self.cluster.by_name.len() + self.namespaces.values().map(|objects| objects.by_name.len()).sum::<usize>()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.cluster.by_name.is_empty() && self.namespaces.is_empty()
    }

    /// How many changes have led to it: what a record calls its revision.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The inventory as it is now: `{"cluster": {groupVersion: {kind: {name: object}}}, "namespace": {namespace:
    /// {groupVersion: {kind: {name: object}}}}}`. It is what templates see as `data.inventory`, and stays as it is whatever
    /// comes after.
    pub fn snapshot(&mut self) -> Arc<Frozen> {
        if let Some(snapshot) = &self.snapshot {
            return Arc::clone(snapshot);
        }
        let mut bases = vec![self.cluster.document()];
        bases.extend(self.namespaces.values_mut().map(Objects::document));
        let names = self.namespaces.keys();
        let built =
            Frozen::over(bases, |arena, roots| {
                let (cluster, namespaces) =
                    roots.split_first().map_or((Value::EMPTY_OBJECT, roots), |(first, rest)| (*first, rest));
                let entries: Vec<_> = names.zip(namespaces).map(|(name, root)| (arena.string(name), *root)).collect();
                Ok::<_, Infallible>(arena.object(&[
                    (arena.borrowed("cluster"), cluster),
                    (arena.borrowed("namespace"), arena.object(&entries)),
                ]))
            });
        let snapshot = Arc::new(infallible(built));
        self.snapshot = Some(Arc::clone(&snapshot));
        snapshot
    }
}

impl Objects {
    fn document(&mut self) -> Arc<Frozen> {
        if let Some(document) = &self.document {
            return Arc::clone(document);
        }
        let keys = self.by_name.keys();
        let bases = self.by_name.values().cloned().collect();
        let built = Frozen::over(bases, |arena, roots| Ok::<_, Infallible>(nested(arena, keys, roots)));
        let document = Arc::new(infallible(built));
        self.document = Some(Arc::clone(&document));
        document
    }
}

fn check(object: KubernetesObject<'_>) -> Result<(), NoPlace> {
    check_type(object)?;
    if object.name().is_empty() { Err(NoPlace { field: "metadata.name" }) } else { Ok(()) }
}

fn check_type(object: KubernetesObject<'_>) -> Result<(), NoPlace> {
    let kind = object.group_version_kind();
    match [("apiVersion", kind.version), ("kind", kind.kind)].into_iter().find(|(_, text)| text.is_empty()) {
        Some((field, _)) => Err(NoPlace { field }),
        None => Ok(()),
    }
}

/// A copy of an object for itself.
fn compact(object: KubernetesObject<'_>) -> Arc<Frozen> {
    // What is read from text takes less than half the memory of a copy, for three times the time.
    let compact = Frozen::from_json(json::to_string(object.value()).as_bytes(), &ParseLimits::default());
    Arc::new(compact.unwrap_or_else(|_| Frozen::copy_of(object.value())))
}

/// `{groupVersion: {kind: {name: object}}}` of objects whose keys ascend.
fn nested<'a, 'k>(
    arena: &'a Arena,
    keys: impl Iterator<Item = &'k (String, String, String)>,
    roots: &[Value<'a>],
) -> Value<'a> {
    let all: Vec<_> = keys.zip(roots).collect();
    let versions = all.chunk_by(|((a, ..), _), ((b, ..), _)| a == b).filter_map(|of_version| {
        let kinds = of_version.chunk_by(|((_, a, _), _), ((_, b, _), _)| a == b).filter_map(|of_kind| {
            let objects: Vec<_> = of_kind.iter().map(|((_, _, name), root)| (arena.string(name), **root)).collect();
            let ((_, kind, _), _) = of_kind.first()?;
            Some((arena.string(kind), arena.object(&objects)))
        });
        let kinds: Vec<_> = kinds.collect();
        let ((version, ..), _) = of_version.first()?;
        Some((arena.string(version), arena.object(&kinds)))
    });
    let versions: Vec<_> = versions.collect();
    arena.object(&versions)
}

fn key(kind: &GroupVersionKind<'_>, name: &str) -> (String, String, String) {
    (kind.api_version().into_owned(), kind.kind.to_owned(), name.to_owned())
}

fn infallible(built: Result<Frozen, Infallible>) -> Frozen {
    match built {
        Ok(frozen) => frozen,
        Err(never) => match never {},
    }
}

/// The Namespace of that name in an inventory.
pub fn namespace_in<'a>(inventory: Value<'a>, name: &str) -> Option<KubernetesObject<'a>> {
    let namespaces = inventory.get_str("cluster")?.get_str("v1")?.get_str("Namespace")?;
    namespaces.get_str(name).map(KubernetesObject::new)
}

#[cfg(test)]
#[path = "inventory_tests.rs"]
mod tests;
