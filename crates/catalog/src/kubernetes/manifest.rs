//! Manifests: objects and lists of objects, one resource each.

use super::pod_groups::{self, PodSet};
use super::surroundings::Surroundings;
use super::{pod, special};
use crate::accelerators::Accelerators;
use crate::class::Class;
use crate::depth;
use crate::dimensions::{self, Tags};
use crate::error::CatalogError;
use crate::fields::Fields;
use crate::model::{Action, Change, Resource, Source};
use crate::quantity::Count;
use crate::resource::Draft;
use crate::sensitive::Secrets;
use crate::settings::Settings;
use crate::tables::{self, Special};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use value::{Arena, Pointer, Value, json};

const FORMAT: &str = "kubernetes manifest";

/// Whether the document is a manifest: `apiVersion` and `kind`.
pub(crate) fn is_manifest(document: Value<'_>) -> bool {
    group_and_kind(document).is_some()
}

/// The API group and the kind of an object; the core group is the empty string.
pub(super) fn group_and_kind<'a>(object: Value<'a>) -> Option<(&'a str, &'a str)> {
    let version = object.get_str("apiVersion")?.as_str()?;
    let kind = object.get_str("kind")?.as_str()?;
    if version.is_empty() || kind.is_empty() {
        return None;
    }
    Some((version.rsplit_once('/').map_or("", |(group, _)| group), kind))
}

/// The objects of a document with their places: the items of a list, or the document itself.
///
/// Items of a list of one kind (`PodList`) may leave out what the list says already; they are completed.
pub(super) fn items<'a>(arena: &'a Arena, document: Value<'a>) -> Vec<(Pointer, Value<'a>)> {
    let Some((_, kind)) = group_and_kind(document) else { return Vec::new() };
    let listed = kind.strip_suffix("List").and_then(|item| Some((item, document.get_str("items")?.as_array()?)));
    let Some((item_kind, items)) = listed else { return vec![(Pointer::root(), document)] };
    let place = Pointer::root().join("items");
    let complete = |object: Value<'a>| {
        if item_kind.is_empty() || group_and_kind(object).is_some() || object.as_object().is_none() {
            return object;
        }
        let version = document.get_str("apiVersion").unwrap_or_default();
        let object = crate::resource::with_field(arena, object, "apiVersion", version);
        crate::resource::with_field(arena, object, "kind", arena.borrowed(item_kind))
    };
    items.iter().enumerate().map(|(index, item)| (place.join(index), complete(item))).collect()
}

/// Turns a manifest into resources.
///
/// # Errors
/// When an item of a list is no object of any kind.
pub(crate) fn change<'a>(
    arena: &'a Arena,
    document: Value<'a>,
    settings: &Settings,
    surroundings: &Surroundings<'a>,
) -> Result<Change<'a>, CatalogError> {
    depth::check(document)?;
    all(arena, items(arena, document), settings, surroundings, Fields::ALL)
}

/// Turns one object into a resource of which `fields` will be read; a list is one too. It may not nest deeper than
/// [`DEPTH_MAX`](crate::DEPTH_MAX).
///
/// # Errors
/// When it is no object of any kind.
pub(super) fn one<'a>(
    arena: &'a Arena,
    object: Value<'a>,
    settings: &Settings,
    surroundings: &Surroundings<'a>,
    fields: Fields,
) -> Result<Change<'a>, CatalogError> {
    all(arena, vec![(Pointer::root(), object)], settings, surroundings, fields)
}

fn all<'a>(
    arena: &'a Arena,
    objects: Vec<(Pointer, Value<'a>)>,
    settings: &Settings,
    surroundings: &Surroundings<'a>,
    fields: Fields,
) -> Result<Change<'a>, CatalogError> {
    let mut resources = Vec::new();
    let mut secrets = Secrets::default();
    for (pointer, object) in objects {
        let Some((group, kind)) = group_and_kind(object) else {
            return Err(match object {
                Value::Object(_) => CatalogError::Missing { format: FORMAT, part: "kind", pointer },
                other => {
                    CatalogError::Shape { format: FORMAT, expected: "an object", found: other.type_name(), pointer }
                }
            });
        };
        if (group, kind) == ("", "Secret") {
            collect_secret(object, &mut secrets);
        }
        resources.push(resource(arena, settings, surroundings, fields, (group, kind), object, pointer));
    }
    let sensitive = secrets.finish();
    Ok(Change { source: Source::Kubernetes, resources, sensitive, notes: Vec::new(), ignored: 0 })
}

/// The values of a Secret, as they stand there and decoded.
fn collect_secret(object: Value<'_>, secrets: &mut Secrets) {
    collect_values(object, secrets);
    // Where `kubectl apply` keeps a copy of all that it sent.
    let annotations = object.get_str("metadata").and_then(|metadata| metadata.get_str("annotations"));
    let applied = annotations.and_then(|annotations| annotations.get_str(APPLIED)).and_then(Value::as_str);
    if let Some(applied) = applied {
        secrets.add_text(applied);
        let limits = json::ParseLimits { depth_max: depth::DEPTH_MAX, ..json::ParseLimits::default() };
        if let Ok(copy) = json::parse_borrowed(&Arena::new(), applied.as_bytes(), &limits) {
            collect_values(copy, secrets);
        }
    }
}

const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn collect_values(object: Value<'_>, secrets: &mut Secrets) {
    secrets.add(object.get_str("stringData").unwrap_or_default());
    let data = object.get_str("data").unwrap_or_default();
    secrets.add(data);
    for encoded in data.as_object().into_iter().flat_map(|data| data.values()).filter_map(Value::as_str) {
        let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        secrets.add_text(&decoded.unwrap_or_default());
    }
}

/// The fields that take a look at the pods.
const FIELDS_OF_PODS: Fields =
    Fields::ACCELERATORS.and(Fields::DIMENSIONS).and(Fields::IMAGES).and(Fields::PODS).and(Fields::REPLICAS);

fn resource<'a>(
    arena: &'a Arena,
    settings: &Settings,
    surroundings: &Surroundings<'a>,
    fields: Fields,
    (group, kind): (&'a str, &'a str),
    object: Value<'a>,
    pointer: Pointer,
) -> Resource<'a> {
    let row = tables::kubernetes(group, kind);
    let metadata = object.get_str("metadata").unwrap_or_default();
    let text = |key: &str| metadata.get_str(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("name").or_else(|| text("generateName")).unwrap_or("unnamed");
    let namespace = text("namespace");
    let address = match namespace {
        Some(namespace) => format!("{kind}/{namespace}/{name}"),
        None => format!("{kind}/{name}"),
    };
    let sets: Vec<PodSet<'a>> = match row.class != Class::None && fields.meets(FIELDS_OF_PODS) {
        true => pod_groups::of(arena, surroundings, row, object),
        false => Vec::new(),
    };
    let pods: Vec<_> =
        sets.iter().map(|set| (set, pod::describe(arena, settings, surroundings, namespace, set, fields))).collect();

    let mut accelerators = Accelerators::none();
    if fields.meets(Fields::ACCELERATORS) && !surroundings.has_controller_of(object) {
        if matches!(row.special, Some(Special::ResourceClaim)) {
            accelerators.extend(&special::claim(arena, object));
        }
        pods.iter().for_each(|(set, pod)| accelerators.extend(&pod.accelerators.times(set.count)));
    }
    let replicas = if pods.is_empty() {
        Value::Null
    } else {
        sets.iter().map(|set| set.count).fold(Count::ZERO, Count::plus).value(arena)
    };
    let tags = match fields.meets(Fields::TAGS.and(Fields::DIMENSIONS)) {
        true => pod::tags(arena, pod::map(metadata, "labels"), pod::map(metadata, "annotations")),
        false => Tags::NONE,
    };
    let dimensions = match fields.meets(Fields::DIMENSIONS) {
        true => {
            let of_pods: Vec<_> = pods.iter().map(|(_, pod)| pod.dimensions).collect();
            with_agreed(arena, dimensions::of(arena, settings, "kubernetes", tags), &of_pods)
        }
        false => Value::EMPTY_OBJECT,
    };
    Draft {
        class: row.class,
        source: Source::Kubernetes,
        action: Action::Create,
        provider: "kubernetes",
        kind,
        address: arena.str(&address),
        previous_address: None,
        name,
        account: Value::Null,
        region: Value::Null,
        cluster: settings.cluster.as_deref().map_or(Value::Null, |cluster| arena.string(cluster)),
        namespace,
        api_group: Some(group),
        tags,
        dimensions: Some(dimensions),
        accelerators,
        replicas,
        images: pods.iter().flat_map(|(_, pod)| pod.images.iter().copied()).collect(),
        pods: arena.array(&pods.iter().map(|(_, pod)| pod.value).collect::<Vec<_>>()),
        before: Value::Null,
        created_at: metadata.get_str("creationTimestamp").filter(|at| at.as_str().is_some()).unwrap_or_default(),
        object,
        pointer,
    }
    .build(arena, settings)
}

/// An object's own dimensions, and those that all its pods agree on.
fn with_agreed<'a>(arena: &'a Arena, own: Value<'a>, pods: &[Value<'a>]) -> Value<'a> {
    let Some((first, others)) = pods.split_first() else { return own };
    let agreed = first.as_object().into_iter().flat_map(|dimensions| dimensions.iter()).filter(|(name, value)| {
        others.iter().all(|pod| pod.as_object().and_then(|pod| pod.get(*name)) == Some(*value))
    });
    // Of equal keys the last one stays, and the object's own word stands over its pods'.
    let mut entries: Vec<_> = agreed.collect();
    entries.extend(own.as_object().into_iter().flat_map(|own| own.iter()));
    arena.object(&entries)
}
