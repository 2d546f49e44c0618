//! What a Kubernetes API server asks about: one object, with what is done to it and what it was.

use super::manifest;
use super::surroundings::Surroundings;
use crate::class::Class;
use crate::depth;
use crate::error::CatalogError;
use crate::fields::Fields;
use crate::model::{Action, Change};
use crate::resource::{key, with_field};
use crate::settings::Settings;
use crate::tables;
use value::{Arena, Value};

/// A request to an API server.
#[derive(Clone, Copy, Debug)]
pub struct Admitted<'a> {
    /// The object as it would be; on DELETE the one that goes; on CONNECT the options of the connection.
    pub object: Value<'a>,
    /// The object as it is, where there is one.
    pub before: Option<Value<'a>>,
    /// `v1`, `apps/v1`: for objects that do not say it themselves.
    pub api_version: &'a str,
    /// `Pod`: the same.
    pub kind: &'a str,
    /// The name that the request is for, where it has one.
    pub name: Option<&'a str>,
    /// The namespace that the request is for, where it is for one.
    pub namespace: Option<&'a str>,
    /// What is done to it.
    pub action: Action,
    /// What of the resource will be read. The other fields of it are null or empty.
    pub fields: Fields,
    /// Whether whoever read the objects made sure that they nest no deeper than [`DEPTH_MAX`](crate::DEPTH_MAX).
    pub depth_is_bounded: bool,
}

/// What a request is about, as far as its first look tells: enough to find out which policies apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline<'a> {
    /// The resource's class.
    pub class: Class,
    /// The object's kind.
    pub kind: &'a str,
    /// The object's namespace.
    pub namespace: Option<&'a str>,
}

impl<'a> Admitted<'a> {
    /// What the request is about: the same that [`admitted`] will say of it.
    pub fn outline(&self) -> Outline<'a> {
        let (group, kind) = manifest::group_and_kind(self.object)
            .unwrap_or_else(|| (self.api_version.rsplit_once('/').map_or("", |(group, _)| group), self.kind));
        let own = self.object.get_str("metadata").and_then(|metadata| metadata.get_str("namespace")?.as_str());
        let own = own.or(self.namespace.filter(|_| self.kind != "Namespace"));
        let namespace = own.filter(|namespace| !namespace.is_empty());
        Outline { class: tables::kubernetes(group, kind).class, kind, namespace }
    }
}

/// The one resource that the request is about, with what must not leave of it.
///
/// # Errors
/// When the object is none that can be read.
pub fn admitted<'a>(arena: &'a Arena, request: &Admitted<'a>, settings: &Settings) -> Result<Change<'a>, CatalogError> {
    let surroundings = Surroundings::default();
    if !request.depth_is_bounded {
        depth::check(request.object)?;
        request.before.map_or(Ok(()), depth::check)?;
    }
    let object = complete(arena, request, request.object);
    let mut change = manifest::one(arena, object, settings, &surroundings, request.fields)?;
    let before = match request.before {
        Some(before) => {
            let fields = if request.fields.meets(Fields::BEFORE) { FIELDS_OF_BEFORE } else { Fields::NONE };
            Some(manifest::one(arena, complete(arena, request, before), settings, &surroundings, fields)?)
        }
        None => None,
    };
    for resource in &mut change.resources {
        resource.action = request.action;
        if request.fields.meets(Fields::BEFORE)
            && let Some(before) = before.as_ref().and_then(|before| before.resources.first())
        {
            let field = |name: &str| before.value.get_str(name).unwrap_or_default();
            let before = arena.object(&[
                (key!("accelerators"), field("accelerators")),
                (key!("dimensions"), field("dimensions")),
                (key!("tags"), field("tags")),
            ]);
            resource.value = with_field(arena, resource.value, "before", before);
        }
    }
    change.sensitive.extend(before.into_iter().flat_map(|before| before.sensitive));
    change.sensitive.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    change.sensitive.dedup();
    Ok(change)
}

/// What of a resource stands in the `before` of the one that it becomes.
const FIELDS_OF_BEFORE: Fields = Fields::ACCELERATORS.and(Fields::DIMENSIONS).and(Fields::TAGS);

/// The object with what the request says in its place: its type, its name and its namespace.
fn complete<'a>(arena: &'a Arena, request: &Admitted<'a>, object: Value<'a>) -> Value<'a> {
    let mut completed = object;
    if !manifest::is_manifest(object) {
        completed = with_field(arena, completed, "apiVersion", arena.borrowed(request.api_version));
        completed = with_field(arena, completed, "kind", arena.borrowed(request.kind));
    }
    let metadata = object.get_str("metadata").filter(|metadata| metadata.as_object().is_some());
    let lacks = |name: &str| metadata.and_then(|metadata| metadata.get_str(name)).and_then(Value::as_str).is_none();
    let named = !lacks("name") || !lacks("generateName");
    // For a Namespace the request names it as its own namespace.
    let namespace = request.namespace.filter(|_| lacks("namespace") && request.kind != "Namespace");
    let name = request.name.filter(|_| !named);
    if name.is_some() || namespace.is_some() {
        let mut metadata = metadata.unwrap_or(Value::EMPTY_OBJECT);
        for (field, text) in [("name", name), ("namespace", namespace)] {
            if let Some(text) = text {
                metadata = with_field(arena, metadata, field, arena.borrowed(text));
            }
        }
        completed = with_field(arena, completed, "metadata", metadata);
    }
    completed
}
