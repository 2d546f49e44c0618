//! One pod: its containers, and what it effectively asks for.

use super::pod_groups::PodSet;
use super::{claims, nodes, surroundings::Surroundings};
use crate::accelerators::{self, Accelerator, Accelerators};
use crate::dimensions::{self, Tags};
use crate::fields::Fields;
use crate::quantity::{Count, Quantity};
use crate::resource::{key, optional};
use crate::settings::Settings;
use crate::tables;
use std::collections::BTreeSet;
use value::{Arena, Value};

/// How a container of a pod runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// With the others, for as long as the pod.
    Container,
    /// Alone, before the others.
    Init,
    /// From its turn among the init containers on, for as long as the pod.
    Sidecar,
    /// Added to a running pod; it reserves nothing.
    Ephemeral,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Init => "init",
            Self::Sidecar => "sidecar",
            Self::Ephemeral => "ephemeral",
        }
    }
}

/// A pod as policies see it.
#[derive(Debug)]
pub(super) struct Pod<'a> {
    /// The entry of `resource.pods`.
    pub(super) value: Value<'a>,
    /// What one such pod asks for.
    pub(super) accelerators: Accelerators<'a>,
    /// The dimensions that its own labels and annotations give.
    pub(super) dimensions: Value<'a>,
    /// The images of its containers.
    pub(super) images: Vec<Value<'a>>,
}

/// Describes a pod of a group, as far as `fields` of its resource ask for it.
pub(super) fn describe<'a>(
    arena: &'a Arena,
    settings: &Settings,
    surroundings: &Surroundings<'a>,
    namespace: Option<&str>,
    set: &PodSet<'a>,
    fields: Fields,
) -> Pod<'a> {
    let containers = containers(set.spec);
    let accelerators = match (set.unknown, set.spec) {
        _ if !fields.meets(Fields::ACCELERATORS.and(Fields::PODS)) => Accelerators::none(),
        (Some(leaf), _) | (None, leaf @ Value::Unknown(_)) => Accelerators::unknown(leaf),
        _ => {
            let mut asked = of_containers(arena, set, &containers);
            if let Some(leaf) = misshapen(arena, set.spec) {
                asked.add(Accelerator::Unknown(leaf));
            }
            asked.extend(&claims::of_pod(arena, surroundings, namespace, set.spec));
            asked
        }
    };
    let (labels, annotations) = (map(set.metadata, "labels"), map(set.metadata, "annotations"));
    let dimensions = match fields.meets(Fields::DIMENSIONS.and(Fields::PODS)) {
        true => dimensions::of(arena, settings, "kubernetes", tags(arena, labels, annotations)),
        false => Value::EMPTY_OBJECT,
    };
    let value = match fields.meets(Fields::PODS) {
        true => {
            let text =
                |key: &str| set.spec.get_str(key).filter(|value| !matches!(value, Value::Null)).unwrap_or_default();
            let account = match text("serviceAccountName") {
                Value::Null => text("serviceAccount"),
                account => account,
            };
            let described: Vec<_> =
                containers.iter().map(|&(role, container)| describe_container(arena, role, container)).collect();
            arena.object(&[
                (key!("accelerators"), accelerators.value(arena)),
                (key!("annotations"), annotations),
                (key!("containers"), arena.array(&described)),
                (key!("count"), set.count.value(arena)),
                (key!("dimensions"), dimensions),
                (key!("labels"), labels),
                (key!("node_selector"), map(set.spec, "nodeSelector")),
                (key!("priority_class"), text("priorityClassName")),
                (key!("regions"), nodes::regions(arena, set.spec)),
                (key!("role"), optional(arena, set.role)),
                (key!("service_account"), account),
            ])
        }
        false => Value::EMPTY_OBJECT,
    };
    let images = containers.iter().filter_map(|(_, container)| container.get_str("image"));
    let images = images.filter(|image| matches!(image, Value::String(_) | Value::Unknown(_))).collect();
    Pod { value, accelerators, dimensions, images }
}

/// The object at `key`, or an empty one; Unknown stays.
pub(super) fn map<'a>(value: Value<'a>, key: &str) -> Value<'a> {
    match value.get_str(key) {
        Some(map @ (Value::Object(_) | Value::Unknown(_))) => map,
        _ => Value::EMPTY_OBJECT,
    }
}

/// Labels and annotations as tags, annotations winning.
pub(super) fn tags<'a>(arena: &'a Arena, labels: Value<'a>, annotations: Value<'a>) -> Tags<'a> {
    let entries = [labels, annotations].into_iter().filter_map(Value::as_object).flat_map(|map| map.iter());
    let certain = arena.object(&entries.collect::<Vec<_>>());
    let all = [labels, annotations].into_iter().find(|map| map.is_unknown()).unwrap_or(certain);
    Tags { all, certain }
}

/// Every container in the order of the manifest, init containers first.
fn containers<'a>(spec: Value<'a>) -> Vec<(Role, Value<'a>)> {
    let list = |key: &str| {
        let list = spec.get_str(key).and_then(Value::as_array);
        list.into_iter().flat_map(|array| array.iter()).filter(|container| container.as_object().is_some())
    };
    let init = list("initContainers").map(|container| {
        let restarts = container.get_str("restartPolicy").and_then(Value::as_str) == Some("Always");
        (if restarts { Role::Sidecar } else { Role::Init }, container)
    });
    // A step of an Argo workflow has one container, or a script that runs in one.
    let single = ["container", "script"].into_iter().filter_map(|key| spec.get_str(key));
    let single = single.filter(|container| container.as_object().is_some());
    let main = list("containers").chain(single).map(|container| (Role::Container, container));
    let ephemeral = list("ephemeralContainers").map(|container| (Role::Ephemeral, container));
    init.chain(main).chain(ephemeral).collect()
}

fn describe_container<'a>(arena: &'a Arena, role: Role, container: Value<'a>) -> Value<'a> {
    let resources = container.get_str("resources").unwrap_or_default();
    arena.object(&[
        (key!("image"), container.get_str("image").unwrap_or_default()),
        (key!("limits"), map(resources, "limits")),
        (key!("name"), container.get_str("name").unwrap_or_default()),
        (key!("requests"), map(resources, "requests")),
        (key!("type"), arena.borrowed(role.as_str())),
    ])
}

/// Kubernetes' effective request, for every device that a container names: the larger of all that runs at once in the end
/// and of any moment on the way there, when an init container runs beside the sidecars that started before it.
fn of_containers<'a>(arena: &'a Arena, set: &PodSet<'a>, containers: &[(Role, Value<'a>)]) -> Accelerators<'a> {
    let mut asked = Accelerators::none();
    let names: BTreeSet<&'a str> = containers.iter().flat_map(|(_, container)| resource_names(*container)).collect();
    let mut shares_whole = false;
    for name in names {
        let Some(device) = accelerators::of_extended_resource(name) else { continue };
        let mut running = Count::ZERO;
        let mut sidecars = Count::ZERO;
        let mut starting = Count::ZERO;
        for &(role, container) in containers {
            let request = request(arena, container, name);
            match role {
                Role::Container => running = running.plus(request),
                Role::Sidecar => {
                    sidecars = sidecars.plus(request);
                    starting = starting.larger(sidecars);
                }
                Role::Init => starting = starting.larger(sidecars.plus(request)),
                Role::Ephemeral => {}
            }
        }
        let count = running.plus(sidecars).larger(starting);
        shares_whole |= device.kind == tables::share_annotations().1 && !count.is_zero();
        let model = device.model.or_else(|| model(set.spec));
        asked.add(Accelerator::Known { kind: device.kind, model, resource: name, count });
    }
    if let Some(leaf) = unknown_resources(arena, containers) {
        asked.add(Accelerator::Unknown(leaf));
    }
    if !shares_whole {
        asked.extend(&share(arena, set));
    }
    asked
}

fn resource_names<'a>(container: Value<'a>) -> impl Iterator<Item = &'a str> {
    let resources = container.get_str("resources").unwrap_or_default();
    let maps = ["requests", "limits"].map(|key| resources.get_str(key).and_then(Value::as_object));
    maps.into_iter().flatten().flat_map(|map| map.keys()).filter_map(Value::as_str)
}

/// Why nobody can tell which containers a pod has, where what should list them does not. A cluster refuses that; what has not come to
/// a cluster yet must not pass for a pod that asks for nothing.
fn misshapen<'a>(arena: &'a Arena, spec: Value<'a>) -> Option<Value<'a>> {
    let no_list = || arena.unknown("accelerators", "its containers are not a list of containers");
    ["initContainers", "containers"].into_iter().find_map(|key| match spec.get_str(key)? {
        Value::Null => None,
        leaf @ Value::Unknown(_) => Some(leaf),
        Value::Array(items) => items.iter().find_map(|item| match item {
            Value::Object(_) => None,
            leaf @ Value::Unknown(_) => Some(leaf),
            _ => Some(no_list()),
        }),
        _ => Some(no_list()),
    })
}

fn unknown_resources<'a>(arena: &'a Arena, containers: &[(Role, Value<'a>)]) -> Option<Value<'a>> {
    containers.iter().find_map(|(_, container)| {
        let resources = container.get_str("resources")?;
        let parts = [Some(resources), resources.get_str("requests"), resources.get_str("limits")];
        parts.into_iter().flatten().find_map(|part| match part {
            Value::Null | Value::Object(_) => None,
            leaf @ Value::Unknown(_) => Some(leaf),
            _ => Some(arena.unknown("accelerators", "its resources are not requests and limits by name")),
        })
    })
}

/// What a container asks of one resource: its request or its limit. They are equal in what a cluster accepts; in what it
/// would refuse the larger counts.
fn request<'a>(arena: &'a Arena, container: Value<'a>, name: &str) -> Count<'a> {
    let resources = container.get_str("resources").unwrap_or_default();
    let amounts = ["requests", "limits"].into_iter().filter_map(|key| resources.get_str(key)?.get_str(name));
    amounts
        .filter(|amount| !matches!(amount, Value::Null))
        .map(|amount| Count::of(arena, amount, "accelerators"))
        .fold(Count::ZERO, Count::larger)
}

/// The product that a pod chooses its nodes by.
fn model<'a>(spec: Value<'a>) -> Option<&'a str> {
    let selector = spec.get_str("nodeSelector").unwrap_or_default();
    let chosen = |label: &str| selector.get_str(label).and_then(Value::as_str).or_else(|| nodes::required(spec, label));
    if let Some(product) = tables::model_labels().iter().find_map(|label| chosen(label)) {
        return Some(tables::model(product));
    }
    tables::instance_type(chosen("node.kubernetes.io/instance-type")?)??.model
}

/// A share of a device, by annotation.
fn share<'a>(arena: &'a Arena, set: &PodSet<'a>) -> Accelerators<'a> {
    let (names, kind) = tables::share_annotations();
    let annotations = map(set.metadata, "annotations");
    let mut asked = Accelerators::none();
    let Some((name, share)) = names.iter().find_map(|name| Some((name, annotations.get_str(name)?))) else {
        return asked;
    };
    let devices = annotations.get_str("gpu-fraction-num-devices").and_then(Quantity::of).unwrap_or(Quantity::ONE);
    let count = Count::of(arena, share, "accelerators").times(Count::Known(devices));
    asked.add(Accelerator::Known { kind, model: model(set.spec), resource: name, count });
    asked
}
