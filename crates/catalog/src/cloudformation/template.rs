//! The template itself: its resources.

use super::conditions::Truth;
use super::intrinsics::Resolver;
use super::{FORMAT, tags};
use crate::dimensions::Tags;
use crate::error::CatalogError;
use crate::machines::{self, Target};
use crate::model::{Action, Change, Note, Resource, Source};
use crate::resource::{Draft, with_field};
use crate::sensitive::Secrets;
use crate::settings::Settings;
use crate::tables::{self, Link, Row};
use crate::{depth, path};
use std::collections::HashMap;
use value::{Arena, Pointer, Value};

/// Whether the document is a template: it says so, or has resources with types.
pub(crate) fn is_template(document: Value<'_>) -> bool {
    let typed =
        |resource: Value<'_>| resource.get_str("Type").and_then(Value::as_str).is_some_and(|kind| kind.contains("::"));
    document.get_str("AWSTemplateFormatVersion").is_some()
        || document.get_str("Resources").and_then(Value::as_object).is_some_and(|all| all.values().any(typed))
}

/// One resource of the template.
struct Entry<'a> {
    id: &'a str,
    kind: &'a str,
    row: &'static Row,
    /// With all functions resolved.
    properties: Value<'a>,
    object: Value<'a>,
    pointer: Pointer,
    /// Where its links lead, in the order of its row.
    targets: Vec<Option<Reference<'a>>>,
}

/// What a link's property refers to.
#[derive(Clone, Copy)]
enum Reference<'a> {
    /// A resource of the template, by its logical id.
    Id(&'a str),
    /// A resource by its name.
    Name(&'a str),
    /// Nobody can tell.
    Unknown(Value<'a>),
}

/// Turns a template into resources.
///
/// # Errors
/// When it is not what its format says, or grows past all measure.
pub(crate) fn change<'a>(
    arena: &'a Arena,
    template: Value<'a>,
    settings: &Settings,
) -> Result<Change<'a>, CatalogError> {
    depth::check(template)?;
    let place = Pointer::root().join("Resources");
    let resources = match template.get_str("Resources") {
        Some(Value::Object(resources)) => resources,
        Some(other) => return Err(shape("an object", other, place)),
        None => return Err(CatalogError::Missing { format: FORMAT, part: "Resources", pointer: Pointer::root() }),
    };
    let mut resolver = Resolver::new(arena, template, settings);
    let mut notes = Vec::new();
    let mut ignored = 0;
    let mut entries = Vec::with_capacity(resources.len());
    for (id, resource) in resources.iter() {
        let id = id.as_str().unwrap_or_default();
        let pointer = place.join(id);
        if id.starts_with("Fn::") {
            let message = format!("`{id}` makes resources when the stack is deployed; they are not judged here");
            notes.push(Note { message, pointer });
            continue;
        }
        match entry(arena, &mut resolver, id, resource, pointer)? {
            Some(entry) => entries.push(entry),
            None => ignored += 1,
        }
    }
    for entry in entries.iter().filter(|entry| entry.kind == "AWS::CloudFormation::Stack") {
        let message = format!("`{}` is a nested stack; its template must be checked too", entry.id);
        notes.push(Note { message, pointer: entry.pointer.clone() });
    }
    let by_id: HashMap<&str, usize> = entries.iter().enumerate().map(|(index, entry)| (entry.id, index)).collect();
    let resources = entries.iter().map(|entry| build(arena, settings, &entries, &by_id, entry)).collect();
    let sensitive = secrets(template, settings).finish();
    Ok(Change { source: Source::CloudFormation, resources, sensitive, notes, ignored })
}

fn shape(expected: &'static str, found: Value<'_>, pointer: Pointer) -> CatalogError {
    CatalogError::Shape { format: FORMAT, expected, found: found.type_name(), pointer }
}

/// One resource; None when its condition leaves it out.
fn entry<'a>(
    arena: &'a Arena,
    resolver: &mut Resolver<'a>,
    id: &'a str,
    resource: Value<'a>,
    pointer: Pointer,
) -> Result<Option<Entry<'a>>, CatalogError> {
    if resource.as_object().is_none() {
        return Err(shape("an object", resource, pointer));
    }
    let kind = match resource.get_str("Type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(other) => return Err(shape("a string", other, pointer.join("Type"))),
        None => return Err(CatalogError::Missing { format: FORMAT, part: "Type", pointer }),
    };
    if let Some(condition) = resource.get_str("Condition").and_then(Value::as_str)
        && resolver.condition(condition)? == Truth::False
    {
        return Ok(None);
    }
    let written = match resource.get_str("Properties") {
        Some(properties @ Value::Object(_)) => properties,
        None | Some(Value::Null) => Value::EMPTY_OBJECT,
        Some(other) => return Err(shape("an object", other, pointer.join("Properties"))),
    };
    let properties = resolver.resolve(written)?.unwrap_or(Value::EMPTY_OBJECT);
    let row = tables::cloudformation().row(kind);
    let mut targets = Vec::with_capacity(row.links.len());
    for link in &row.links {
        targets.push(reference(arena, resolver, link, written, properties)?);
    }
    let object = with_field(arena, resource, "Properties", properties);
    Ok(Some(Entry { id, kind, row, properties, object, pointer, targets }))
}

/// What a link's property refers to; None when it stands nowhere.
fn reference<'a>(
    arena: &'a Arena,
    resolver: &mut Resolver<'a>,
    link: &Link,
    written: Value<'a>,
    properties: Value<'a>,
) -> Result<Option<Reference<'a>>, CatalogError> {
    let Some(resolved) = path::first_of(arena, properties, &link.by) else { return Ok(None) };
    if let Some(name) = resolved.as_str() {
        return Ok((!name.is_empty()).then_some(Reference::Name(name)));
    }
    let Some(expression) = path::first_of(arena, written, &link.by) else {
        return Ok(Some(Reference::Unknown(resolved)));
    };
    let id = resolver.chosen(expression)?.and_then(|expression| {
        let argument = |name: &str| expression.as_object().filter(|object| object.len() == 1)?.get_str(name);
        if let Some(id) = argument("Ref") {
            return id.as_str();
        }
        match argument("Fn::GetAtt") {
            Some(Value::Array(parts)) => parts.get(0)?.as_str(),
            Some(Value::String(dotted)) => dotted.as_str().split('.').next(),
            _ => {
                let whole = argument("Fn::Sub")?.as_str()?.strip_prefix("${")?.strip_suffix('}')?;
                whole.split('.').next()
            }
        }
    });
    Ok(Some(id.map_or(Reference::Unknown(resolved), Reference::Id)))
}

/// Where a link leads.
fn follow<'a>(
    arena: &'a Arena,
    entries: &[Entry<'a>],
    by_id: &HashMap<&str, usize>,
    link: &Link,
    reference: Option<Reference<'a>>,
) -> Target<'a> {
    let absent = |name: &str| {
        Target::Unknown(arena.unknown("accelerators", &format!("`{name}` ({}) is not part of this template", link.to)))
    };
    match reference {
        None => Target::Absent,
        Some(Reference::Unknown(leaf)) => Target::Unknown(leaf),
        Some(Reference::Id(id)) => {
            let target = by_id.get(id).and_then(|&index| entries.get(index)).filter(|entry| entry.kind == link.to);
            target.map_or_else(|| absent(id), |entry| Target::Found(entry.row, entry.properties))
        }
        Some(Reference::Name(name)) => {
            let target = entries.iter().filter(|entry| entry.kind == link.to).find(|entry| {
                link.matches.iter().any(|place| path::text(arena, entry.properties, place) == Some(name))
            });
            target.map_or_else(|| absent(name), |entry| Target::Found(entry.row, entry.properties))
        }
    }
}

fn build<'a>(
    arena: &'a Arena,
    settings: &Settings,
    entries: &[Entry<'a>],
    by_id: &HashMap<&str, usize>,
    entry: &Entry<'a>,
) -> Resource<'a> {
    let held = machines::of(arena, entry.row, entry.properties, |link| {
        let position = entry.row.links.iter().position(|other| std::ptr::eq(other, link));
        let reference = position.and_then(|index| entry.targets.get(index).copied()).flatten();
        follow(arena, entries, by_id, link, reference)
    });
    let aws = entry.kind.starts_with("AWS::") || entry.kind.starts_with("Custom::");
    let region = if tables::cloudformation().is_global(entry.kind) {
        Value::Null
    } else {
        match &settings.region {
            Some(region) => arena.string(region),
            None => arena.unknown("region", "a template does not say where its stack is deployed"),
        }
    };
    let tags = tags::of(arena, entry.row, entry.properties);
    Draft {
        class: entry.row.class,
        source: Source::CloudFormation,
        action: Action::Create,
        provider: if aws { "aws" } else { entry.kind.split("::").next().unwrap_or_default() },
        kind: entry.kind,
        address: entry.id,
        previous_address: None,
        name: name(arena, entry, tags),
        account: settings.account.as_deref().map_or(Value::Null, |account| arena.string(account)),
        region,
        cluster: Value::Null,
        namespace: None,
        api_group: None,
        tags,
        dimensions: None,
        replicas: held.replicas(arena),
        accelerators: held.accelerators,
        images: entry.row.images.iter().flat_map(|path| path::items(arena, entry.properties, path)).collect(),
        pods: Value::EMPTY_ARRAY,
        before: Value::Null,
        created_at: Value::Null,
        object: entry.object,
        pointer: entry.pointer.clone(),
    }
    .build(arena, settings)
}

/// What it is called: by itself, or in the template.
fn name<'a>(arena: &'a Arena, entry: &Entry<'a>, tags: Tags<'a>) -> &'a str {
    let own = entry.row.name.iter().find_map(|path| match path.strip_prefix("Tags.") {
        Some(key) => tags.text(key),
        None => path::text(arena, entry.properties, path),
    });
    own.filter(|name| !name.is_empty()).unwrap_or(entry.id)
}

/// The values of parameters that are not to be echoed.
fn secrets(template: Value<'_>, settings: &Settings) -> Secrets {
    let mut secrets = Secrets::default();
    let parameters = template.get_str("Parameters").and_then(Value::as_object);
    for (name, parameter) in parameters.into_iter().flat_map(|all| all.iter()) {
        let hidden =
            parameter.get_str("NoEcho").is_some_and(|hidden| hidden == Value::TRUE || hidden.as_str() == Some("true"));
        if hidden {
            secrets.add(parameter.get_str("Default").unwrap_or_default());
            let given = name.as_str().and_then(|name| settings.parameters.get(name));
            secrets.add_text(given.map(String::as_str).unwrap_or_default());
        }
    }
    secrets
}
