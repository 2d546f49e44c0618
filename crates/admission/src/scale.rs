//! Scaling: a request about `deployments/scale` carries a number, and what it asks for stands in the Deployment.

use kubernetes_types::admission::{Operation, Review};
use value::{Arena, Value};

/// A workload before and after it is scaled.
pub(crate) struct Scaled<'a> {
    pub(crate) before: Value<'a>,
    pub(crate) object: Value<'a>,
}

/// The workload that `scale` is about with as many replicas as it names; none when the request scales nothing that is known.
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
    let kinds = inventory.get_str("namespace")?.get_str(review.namespace?)?.get_str(&version)?.as_object()?;
    let (_, objects) = kinds
        .iter()
        .find(|(kind, _)| kind.as_str().is_some_and(|kind| kubernetes_types::plural(kind) == resource.resource))?;
    let before = objects.get_str(review.name?)?;
    let spec = with(arena, before.get_str("spec")?, "replicas", replicas);
    Some(Scaled { before, object: with(arena, before, "spec", spec) })
}

/// `object` with `value` at `key`.
fn with<'a>(arena: &'a Arena, object: Value<'a>, key: &'static str, value: Value<'a>) -> Value<'a> {
    let mut entries: Vec<_> = object.as_object().into_iter().flat_map(|object| object.iter()).collect();
    // Of equal keys the last one stays.
    entries.push((arena.borrowed(key), value));
    arena.object(&entries)
}
