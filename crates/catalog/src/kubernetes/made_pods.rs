//! The pods that an object makes once it exists.

use super::manifest::group_and_kind;
use super::pod_groups;
use super::surroundings::Surroundings;
use crate::tables;
use value::{Arena, Value};

/// One of the equal pods of a group that an object makes.
#[derive(Clone, Copy, Debug)]
pub struct MadePod<'a> {
    /// What the group is called, where the object has several.
    pub role: Option<&'a str>,
    /// The pod, as its controller would ask an API server for it.
    pub object: Value<'a>,
}

/// A pod of each group that `object` makes, by the templates in it: what is asked for later, when nobody looks at the object any more.
///
/// There are none for a Pod, which makes nothing, for kinds that are in no table, and for those that describe their pods by words of
/// their own: what their controllers make of these is theirs to say.
pub fn made_pods<'a>(arena: &'a Arena, object: Value<'a>) -> Vec<MadePod<'a>> {
    let Some((group, kind)) = group_and_kind(object).filter(|named| *named != ("", "Pod")) else { return Vec::new() };
    let row = tables::kubernetes(group, kind);
    if row.special.is_some() {
        return Vec::new();
    }
    let owner = object.get_str("metadata").unwrap_or_default();
    let sets = pod_groups::of(arena, &Surroundings::default(), row, object);
    // A template of anything but a pod has no list of containers.
    let whole = sets.into_iter().filter(|set| set.spec.get_str("containers").and_then(Value::as_array).is_some());
    whole.map(|set| MadePod { role: set.role, object: pod(arena, owner, set.metadata, set.spec) }).collect()
}

fn pod<'a>(arena: &'a Arena, owner: Value<'a>, metadata: Value<'a>, spec: Value<'a>) -> Value<'a> {
    let text = |key: &str| owner.get_str(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("name").or_else(|| text("generateName")).unwrap_or("unnamed");
    let mut entries: Vec<_> = metadata.as_object().into_iter().flat_map(|metadata| metadata.iter()).collect();
    entries.retain(|(key, _)| key.as_str() != Some("name"));
    // Of equal keys the last one stays.
    entries.push((arena.borrowed("generateName"), arena.format(format_args!("{}-", name.trim_end_matches('-')))));
    entries.extend(text("namespace").map(|namespace| (arena.borrowed("namespace"), arena.borrowed(namespace))));
    arena.object(&[
        (arena.borrowed("apiVersion"), arena.borrowed("v1")),
        (arena.borrowed("kind"), arena.borrowed("Pod")),
        (arena.borrowed("metadata"), arena.object(&entries)),
        (arena.borrowed("spec"), spec),
    ])
}
