//! Building the object that policies see.

use crate::accelerators::Accelerators;
use crate::class::Class;
use crate::dimensions::{self, Tags};
use crate::model::{Action, Resource, Source};
use crate::settings::Settings;
use value::{Arena, Pointer, Value};

/// A key that costs nothing to mention: its text stands in the program.
macro_rules! key {
    ($name:literal) => {{
        static TEXT: ::value::Text<'static> = ::value::Text::new($name);
        ::value::Value::String(&TEXT)
    }};
}
pub(crate) use key;

/// Everything that is known of a resource, before it becomes one.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) class: Class,
    pub(crate) source: Source,
    pub(crate) action: Action,
    pub(crate) provider: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) address: &'a str,
    pub(crate) previous_address: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) account: Value<'a>,
    pub(crate) region: Value<'a>,
    pub(crate) cluster: Value<'a>,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) api_group: Option<&'a str>,
    pub(crate) tags: Tags<'a>,
    /// The dimensions, where they are not simply those of the tags.
    pub(crate) dimensions: Option<Value<'a>>,
    pub(crate) accelerators: Accelerators<'a>,
    pub(crate) replicas: Value<'a>,
    pub(crate) images: Vec<Value<'a>>,
    pub(crate) pods: Value<'a>,
    pub(crate) before: Value<'a>,
    pub(crate) created_at: Value<'a>,
    pub(crate) object: Value<'a>,
    pub(crate) pointer: Pointer,
}

impl<'a> Draft<'a> {
    pub(crate) fn build(self, arena: &'a Arena, settings: &Settings) -> Resource<'a> {
        let dimensions = self.dimensions.unwrap_or_else(|| dimensions::of(arena, settings, self.provider, self.tags));
        let mut images: Vec<Value<'a>> = Vec::with_capacity(self.images.len());
        for image in self.images {
            if image.is_unknown() || !images.contains(&image) {
                images.push(image);
            }
        }
        // By ascending key, which is the order that they are stored in.
        let value = arena.object(&[
            (key!("accelerators"), self.accelerators.value(arena)),
            (key!("account"), self.account),
            (key!("address"), arena.borrowed(self.address)),
            (key!("before"), self.before),
            (key!("class"), arena.borrowed(self.class.as_str())),
            (key!("cluster"), self.cluster),
            (key!("created_at"), self.created_at),
            (key!("dimensions"), dimensions),
            (key!("images"), arena.array(&images)),
            (key!("name"), arena.borrowed(self.name)),
            (key!("namespace"), optional(arena, self.namespace)),
            (key!("pods"), self.pods),
            (key!("provider"), arena.borrowed(self.provider)),
            (key!("region"), self.region),
            (key!("replicas"), self.replicas),
            (key!("tags"), self.tags.all),
            (key!("type"), arena.borrowed(self.kind)),
        ]);
        Resource {
            class: self.class,
            source: self.source,
            action: self.action,
            provider: self.provider,
            kind: self.kind,
            address: self.address,
            previous_address: self.previous_address,
            name: self.name,
            namespace: self.namespace,
            api_group: self.api_group,
            value,
            object: self.object,
            pointer: self.pointer,
            governed: self.class.governed(),
        }
    }
}

/// The object `before` of a resource that exists already.
pub(crate) fn before<'a>(
    arena: &'a Arena,
    settings: &Settings,
    provider: &str,
    tags: Tags<'a>,
    accelerators: &Accelerators<'a>,
) -> Value<'a> {
    arena.object(&[
        (key!("accelerators"), accelerators.value(arena)),
        (key!("dimensions"), dimensions::of(arena, settings, provider, tags)),
        (key!("tags"), tags.all),
    ])
}

/// A text, or null.
pub(crate) fn optional<'a>(arena: &'a Arena, text: Option<&'a str>) -> Value<'a> {
    text.map_or(Value::Null, |text| arena.borrowed(text))
}

/// `object` with `value` at `key`.
pub(crate) fn with_field<'a>(arena: &'a Arena, object: Value<'a>, name: &'a str, value: Value<'a>) -> Value<'a> {
    let Some(object) = object.as_object() else { return object };
    let mut entries: Vec<_> = object.iter().collect();
    // Of equal keys the last one stays.
    entries.push((arena.borrowed(name), value));
    arena.object(&entries)
}

/// The object that policies see as `input.change`, from all governed resources of a change, over all its documents.
///
/// Each is its [`Resource::value`] and a field `action`.
pub fn change_value<'a, 'r>(arena: &'a Arena, resources: impl IntoIterator<Item = &'r Resource<'a>>) -> Value<'a>
where
    'a: 'r,
{
    let resources: Vec<_> = resources
        .into_iter()
        .filter(|resource| resource.governed)
        .map(|resource| {
            let value = with_field(arena, resource.value, "action", arena.borrowed(resource.action.as_str()));
            with_field(arena, value, "unknown", unknown_fields(arena, resource.value))
        })
        .collect();
    arena.object(&[(key!("resources"), arena.array(&resources))])
}

/// The names of the fields in which something is unknown. That itself is always known.
fn unknown_fields<'a>(arena: &'a Arena, resource: Value<'a>) -> Value<'a> {
    let fields = resource.as_object().into_iter().flat_map(|fields| fields.iter());
    let unknown: Vec<_> = fields.filter(|(_, value)| value.find_unknown().is_some()).map(|(name, _)| name).collect();
    arena.array(&unknown)
}
