//! The inventory as policies see it, with Unknown leaves for what is not known.

use crate::existing::{Existing, Inner};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use value::{Arena, Frozen, Value};

/// What exists, at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What policies see as `data.inventory`.
    pub inventory: Arc<Frozen>,
    /// How far in the API server's history each kind is known, `?` behind those that are not known well enough.
    pub revision: String,
    /// How many changes have led to it.
    changes: u64,
    /// What of it is not known.
    unknown: Unknowns,
}

/// What is not known, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Unknowns {
    /// Nothing at all.
    all: Option<String>,
    /// What is in namespaces.
    namespaced: Option<String>,
    /// Kinds that are in none, by group and version and by kind.
    cluster: BTreeMap<(String, String), String>,
}

impl Snapshot {
    /// What is known now.
    pub(crate) fn take(existing: &Existing) -> Self {
        let mut inner = existing.lock();
        let (unknown, revision) = (unknowns(&inner, existing.age_max), revision(&inner, existing.age_max));
        let changes = inner.inventory.revision();
        let known = inner.inventory.snapshot();
        drop(inner);
        let inventory = match unknown == Unknowns::default() {
            true => known,
            false => Arc::new(overlaid(known, &unknown)),
        };
        Self { inventory, revision, changes, unknown }
    }

    /// Whether nothing in it is unknown.
    pub fn is_whole(&self) -> bool {
        self.unknown == Unknowns::default()
    }

    /// Whether it would be the same now.
    pub(crate) fn holds(&self, existing: &Existing) -> bool {
        let inner = existing.lock();
        self.changes == inner.inventory.revision() && self.unknown == unknowns(&inner, existing.age_max)
    }
}

fn unknowns(inner: &Inner, age_max: Duration) -> Unknowns {
    let mut unknown = Unknowns::default();
    for (kind, watched) in &inner.kinds {
        let Some(parts) = &watched.parts else {
            unknown.all = Some(format!("the API server has not said yet what `{kind}` is"));
            continue;
        };
        if parts.is_empty() && !watched.is_current(age_max) {
            unknown.all = Some(format!("the API server has not said for too long whether there is a `{kind}`"));
        }
        for (served, part) in parts.iter().filter(|(_, part)| !part.is_current(age_max)) {
            let reason = match part.complete {
                false => format!("not all objects of `{kind}` are listed yet"),
                true => format!("the API server has said nothing about `{kind}` for too long"),
            };
            match served.namespaced {
                true => unknown.namespaced = Some(reason),
                false => {
                    unknown.cluster.insert((served.api_version.clone(), served.kind.clone()), reason);
                }
            }
        }
    }
    unknown
}

fn revision(inner: &Inner, age_max: Duration) -> String {
    let parts = inner.kinds.values().filter_map(|watched| watched.parts.as_ref()).flatten();
    let named = parts.map(|(served, part)| {
        let unknown = if part.is_current(age_max) { "" } else { "?" };
        format!("{}/{}={}{unknown}", served.api_version, served.kind, part.version)
    });
    named.collect::<Vec<_>>().join(" ")
}

/// `known` with Unknown leaves in the place of what is not.
fn overlaid(known: Arc<Frozen>, unknown: &Unknowns) -> Frozen {
    let built = Frozen::over(vec![known], |arena, roots| {
        let root = roots.first().copied().unwrap_or_default();
        Ok::<_, Infallible>(with_unknowns(arena, root, unknown))
    });
    built.unwrap_or_else(|never| match never {})
}

fn with_unknowns<'a>(arena: &'a Arena, root: Value<'a>, unknown: &Unknowns) -> Value<'a> {
    if let Some(reason) = &unknown.all {
        return arena.unknown("data.inventory", reason);
    }
    let namespace = match &unknown.namespaced {
        Some(reason) => arena.unknown("data.inventory.namespace", reason),
        None => root.get_str("namespace").unwrap_or(Value::EMPTY_OBJECT),
    };
    let mut cluster = root.get_str("cluster").unwrap_or(Value::EMPTY_OBJECT);
    for ((version, kind), reason) in &unknown.cluster {
        let place = format!("data.inventory.cluster[\"{version}\"].{kind}");
        let leaf = arena.unknown(&place, reason);
        let kinds = cluster.get_str(version).unwrap_or(Value::EMPTY_OBJECT);
        let kinds = with(arena, kinds, kind, leaf);
        cluster = with(arena, cluster, version, kinds);
    }
    arena.object(&[(arena.borrowed("cluster"), cluster), (arena.borrowed("namespace"), namespace)])
}

fn with<'a>(arena: &'a Arena, object: Value<'a>, key: &str, value: Value<'a>) -> Value<'a> {
    let mut entries: Vec<_> = object.as_object().into_iter().flat_map(|object| object.iter()).collect();
    // Of equal keys the last one stays.
    entries.push((arena.string(key), value));
    arena.object(&entries)
}
