//! Scaling: a request about `deployments/scale` carries a number, and what it asks for stands in the Deployment.

use kubernetes_types::admission::{Operation, Review};
use kubernetes_types::plural;
use value::{Arena, Value};

/// A workload before and after it is scaled.
pub(crate) struct Scaled<'a> {
    pub(crate) before: Value<'a>,
    pub(crate) object: Value<'a>,
}

/// The workload that `scale` is about with as many replicas as it names; none when the request scales nothing that the catalog
/// knows. Of a workload that is not in the inventory nobody can tell what it asks for, which is not nothing.
pub(crate) fn scaled<'a>(
    arena: &'a Arena,
    review: &Review<'a>,
    scale: Value<'a>,
    inventory: Value<'a>,
) -> Option<Scaled<'a>> {
    if review.sub_resource != Some("scale") || review.operation != Operation::Update {
        return None;
    }
    let replicas = scale.get_str("spec")?.get_str("replicas")?;
    let resource = &review.resource;
    let version = match resource.group {
        "" => resource.version.to_owned(),
        group => format!("{group}/{}", resource.version),
    };
    let Some(before) = known(review, &version, inventory) else {
        let kinds = catalog::kubernetes_kinds().into_iter();
        let (_, kind, _) = kinds
            .filter(|(group, ..)| *group == resource.group)
            .find(|(_, kind, _)| plural(kind) == resource.resource)?;
        let object = unknown(arena, review, &version, kind);
        return Some(Scaled { before: object, object });
    };
    let spec = with(arena, before.get_str("spec")?, "replicas", replicas);
    Some(Scaled { before, object: with(arena, before, "spec", spec) })
}

/// The workload as the inventory has it.
fn known<'a>(review: &Review<'a>, version: &str, inventory: Value<'a>) -> Option<Value<'a>> {
    let kinds = inventory.get_str("namespace")?.get_str(review.namespace?)?.get_str(version)?.as_object()?;
    let (_, objects) =
        kinds.iter().find(|(kind, _)| kind.as_str().is_some_and(|kind| plural(kind) == review.resource.resource))?;
    objects.get_str(review.name?).filter(|object| object.get_str("spec").is_some())
}

/// A workload of which nothing is known but what the request says.
fn unknown<'a>(arena: &'a Arena, review: &Review<'a>, version: &str, kind: &'a str) -> Value<'a> {
    let leaf = |place: &str| arena.unknown(place, "the inventory does not have the object that is scaled");
    let text = |text: Option<&'a str>| arena.borrowed(text.unwrap_or_default());
    arena.object(&[
        (arena.borrowed("apiVersion"), arena.string(version)),
        (arena.borrowed("kind"), arena.borrowed(kind)),
        (
            arena.borrowed("metadata"),
            arena.object(&[
                (arena.borrowed("annotations"), leaf("metadata.annotations")),
                (arena.borrowed("labels"), leaf("metadata.labels")),
                (arena.borrowed("name"), text(review.name)),
                (arena.borrowed("namespace"), text(review.namespace)),
            ]),
        ),
        (arena.borrowed("spec"), leaf("spec")),
    ])
}

/// `object` with `value` at `key`.
fn with<'a>(arena: &'a Arena, object: Value<'a>, key: &'static str, value: Value<'a>) -> Value<'a> {
    let mut entries: Vec<_> = object.as_object().into_iter().flat_map(|object| object.iter()).collect();
    // Of equal keys the last one stays.
    entries.push((arena.borrowed(key), value));
    arena.object(&entries)
}
