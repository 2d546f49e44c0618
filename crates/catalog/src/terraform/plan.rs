//! The plan itself: its entries, one resource each.

use super::configuration::{Configuration, module_names};
use super::links::{Links, Side};
use super::{FORMAT, merge, region, secrets, tags};
use crate::dimensions::Tags;
use crate::error::CatalogError;
use crate::machines::{self, Held};
use crate::model::{Action, Change, Note, Resource, Source};
use crate::resource::{Draft, before, with_field};
use crate::sensitive::Secrets;
use crate::settings::Settings;
use crate::tables::{self, Row};
use crate::{depth, path};
use value::{Arena, Pointer, Value};

/// Whether the document is a plan.
///
/// # Errors
/// When it is a state or a plan of another version: nobody means those to be skipped.
pub(crate) fn is_plan(document: Value<'_>) -> Result<bool, CatalogError> {
    let has = |key: &str| document.get_str(key).is_some();
    let state_file = has("terraform_version") && has("lineage") && has("serial");
    let state_shown = has("format_version") && has("terraform_version") && has("values") && !has("resource_changes");
    if state_file || state_shown {
        return Err(CatalogError::State);
    }
    let planned = ["resource_changes", "planned_values", "output_changes", "resource_drift"].into_iter().any(has);
    let terraform = ["terraform_version", "configuration", "planned_values"].into_iter().any(has);
    if !planned || !(has("format_version") || terraform) {
        return Ok(false);
    }
    let version = match document.get_str("format_version") {
        Some(Value::String(version)) => version.as_str(),
        Some(other) => return Err(shape("a version such as \"1.2\"", other, Pointer::root().join("format_version"))),
        None => return Err(missing("format_version", Pointer::root())),
    };
    match version.split('.').next() {
        Some("0" | "1") => Ok(true),
        _ => Err(CatalogError::PlanVersion { version: version.to_owned() }),
    }
}

fn shape(expected: &'static str, found: Value<'_>, pointer: Pointer) -> CatalogError {
    CatalogError::Shape { format: FORMAT, expected, found: found.type_name(), pointer }
}

const fn missing(part: &'static str, pointer: Pointer) -> CatalogError {
    CatalogError::Missing { format: FORMAT, part, pointer }
}

/// One entry of the plan that describes a resource.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) index: Option<Value<'a>>,
    /// The names of its modules, joined by dots.
    pub(super) module: String,
    pub(super) module_address: &'a str,
    pub(super) action: Action,
    pub(super) row: &'static Row,
    pub(super) configured: Option<Value<'a>>,
    address: &'a str,
    previous_address: Option<&'a str>,
    provider: &'a str,
    before: Value<'a>,
    after: Value<'a>,
    object: Value<'a>,
    pointer: Pointer,
}

impl<'a> Entry<'a> {
    /// What is told of it on one side of the change.
    pub(super) const fn facts(&self, side: Side) -> Value<'a> {
        match side {
            Side::Before => self.before,
            Side::After => self.after,
        }
    }

    /// Whether it is there before the change.
    pub(super) const fn exists(&self) -> bool {
        !matches!(self.before, Value::Null)
    }
}

/// Turns a plan into resources.
///
/// # Errors
/// When it is not what its format says.
pub(crate) fn change<'a>(arena: &'a Arena, plan: Value<'a>, settings: &Settings) -> Result<Change<'a>, CatalogError> {
    depth::check(plan)?;
    let configuration = Configuration::of(plan);
    let mut ignored = 0;
    let mut entries = Vec::new();
    for (pointer, value) in listed(plan)? {
        match entry(arena, &configuration, value, pointer)? {
            Some(entry) => entries.push(entry),
            None => ignored += 1,
        }
    }
    let mut collected = Secrets::default();
    secrets::collect(plan, &mut collected);
    let links = Links::of(&entries);
    let resources = entries.iter().map(|entry| resource(arena, settings, &configuration, &links, entry)).collect();
    Ok(Change { source: Source::Terraform, resources, sensitive: collected.finish(), notes: notes(plan), ignored })
}

/// Every entry, with its place.
fn listed<'a>(plan: Value<'a>) -> Result<Vec<(Pointer, Value<'a>)>, CatalogError> {
    let list = |key: &'static str| match plan.get_str(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(array)) => Ok(Some(array)),
        Some(other) => Err(shape("an array", other, Pointer::root().join(key))),
    };
    let changes = list("resource_changes")?;
    // A plan over no resource at all leaves the list out.
    let planned = plan.get_str("planned_values").and_then(|values| values.get_str("root_module"));
    let plans_resources = planned.and_then(Value::as_object).is_some_and(|module| !module.is_empty());
    if changes.is_none() && (plans_resources || plan.get_str("planned_values").is_none()) {
        return Err(missing("resource_changes", Pointer::root()));
    }
    let place = Pointer::root().join("resource_changes");
    let changes = changes.into_iter().flat_map(|array| array.iter()).enumerate();
    let mut all: Vec<_> = changes.map(|(index, value)| (place.join(index), value)).collect();
    let place = Pointer::root().join("deferred_changes");
    for (index, deferred) in list("deferred_changes")?.into_iter().flat_map(|array| array.iter()).enumerate() {
        let Some(value) = deferred.get_str("resource_change") else {
            return Err(missing("resource_change", place.join(index)));
        };
        all.push((place.join(index).join("resource_change"), value));
    }
    Ok(all)
}

fn entry<'a>(
    arena: &'a Arena,
    configuration: &Configuration<'a>,
    value: Value<'a>,
    pointer: Pointer,
) -> Result<Option<Entry<'a>>, CatalogError> {
    if value.as_object().is_none() {
        return Err(shape("an object", value, pointer));
    }
    let text = |key: &'static str| match value.get_str(key) {
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(other) => Err(shape("a string", other, pointer.join(key))),
        None => Err(missing(key, pointer.clone())),
    };
    let optional = |key: &str| value.get_str(key).and_then(Value::as_str);
    let change = match value.get_str("change") {
        Some(change @ Value::Object(_)) => change,
        Some(other) => return Err(shape("an object", other, pointer.join("change"))),
        None => return Err(missing("change", pointer)),
    };
    let Some(action) = action(change, &pointer.join("change"))? else { return Ok(None) };
    if optional("mode").is_some_and(|mode| mode != "managed") {
        return Ok(None);
    }
    let (kind, address) = (text("type")?, text("address")?);
    let name = optional("name").unwrap_or(address);
    let module_address = optional("module_address").unwrap_or_default();
    let module = module_names(module_address);
    let get = |key: &str| change.get_str(key).unwrap_or_default();
    let after = merge::merge(arena, get("after"), get("after_unknown"));
    let object = with_field(arena, value, "change", with_field(arena, change, "after", after));
    let provider = optional("provider_name").and_then(|name| name.rsplit('/').next()).unwrap_or_default();
    Ok(Some(Entry {
        kind,
        name,
        index: value.get_str("index"),
        action,
        row: tables::terraform().row(kind),
        configured: configuration.resource(&module, kind, name),
        module,
        module_address,
        address,
        previous_address: optional("previous_address"),
        provider: if provider.is_empty() { kind.split('_').next().unwrap_or_default() } else { provider },
        before: get("before"),
        after,
        object,
        pointer,
    }))
}

/// What is asked; None for what only reads or lasts no longer than the run.
fn action(change: Value<'_>, pointer: &Pointer) -> Result<Option<Action>, CatalogError> {
    let actions = match change.get_str("actions") {
        Some(Value::Array(actions)) => actions,
        Some(other) => return Err(shape("an array of actions", other, pointer.join("actions"))),
        None => return Err(missing("actions", pointer.clone())),
    };
    let imported = change.get_str("importing").is_some_and(|importing| !matches!(importing, Value::Null));
    let words: Vec<&str> = actions.iter().filter_map(Value::as_str).collect();
    Ok(Some(match words.as_slice() {
        ["no-op" | "update"] if imported => Action::Import,
        ["no-op"] => Action::None,
        ["create"] => Action::Create,
        ["update"] => Action::Update,
        ["delete"] => Action::Delete,
        ["forget"] => Action::Forget,
        ["delete", "create"] | ["create", "delete"] | ["create", "forget"] | ["forget", "create"] => Action::Replace,
        ["read" | "open" | "renew" | "close"] => return Ok(None),
        _ => {
            let unknown = actions.iter().next().unwrap_or_default();
            return Err(shape("the actions that terraform knows", unknown, pointer.join("actions")));
        }
    }))
}

fn resource<'a>(
    arena: &'a Arena,
    settings: &Settings,
    configuration: &Configuration<'a>,
    links: &Links<'_, 'a>,
    entry: &Entry<'a>,
) -> Resource<'a> {
    let leaves = matches!(entry.action, Action::Delete | Action::Forget);
    let side = if leaves { Side::Before } else { Side::After };
    let facts = entry.facts(side);
    let held = |side| {
        machines::of(arena, entry.row, entry.facts(side), |link| links.follow(arena, configuration, entry, side, link))
    };
    let now = if entry.action == Action::Delete { Held::nothing() } else { held(side) };
    let before = if entry.exists() {
        let tags = tags::of(arena, entry.row, entry.before);
        before(arena, settings, entry.provider, tags, &held(Side::Before).accelerators)
    } else {
        Value::Null
    };
    let tags = tags::of(arena, entry.row, facts);
    Draft {
        class: entry.row.class,
        source: Source::Terraform,
        action: entry.action,
        provider: entry.provider,
        kind: entry.kind,
        address: entry.address,
        previous_address: entry.previous_address,
        name: name(arena, entry, facts, tags),
        account: region::account(arena, settings, entry.provider, facts),
        region: region::region(arena, settings, configuration, entry.provider, entry.kind, facts, entry.configured),
        cluster: Value::Null,
        namespace: None,
        api_group: None,
        tags,
        dimensions: None,
        replicas: now.replicas(arena),
        accelerators: now.accelerators,
        images: entry.row.images.iter().flat_map(|path| path::items(arena, facts, path)).collect(),
        pods: Value::EMPTY_ARRAY,
        before,
        created_at: Value::Null,
        object: entry.object,
        pointer: entry.pointer.clone(),
    }
    .build(arena, settings)
}

/// What it is called: by itself, or in the configuration.
fn name<'a>(arena: &'a Arena, entry: &Entry<'a>, facts: Value<'a>, tags: Tags<'a>) -> &'a str {
    let own = entry.row.name.iter().find_map(|path| match path.strip_prefix("tags.") {
        Some(key) => tags.text(key).filter(|name| !name.is_empty()),
        None => path::text(arena, facts, path).filter(|name| !name.is_empty()),
    });
    match (own, entry.index) {
        (Some(own), _) => own,
        (None, Some(index)) => arena.str(&format!("{}[{index}]", entry.name)),
        (None, None) => entry.name,
    }
}

/// What the plan says of itself.
fn notes(plan: Value<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |key: &str, message: &str| {
        notes.push(Note { message: message.to_owned(), pointer: Pointer::root().join(key) });
    };
    if plan.get_str("errored") == Some(Value::TRUE) {
        note("errored", "the plan ended with an error, so it may not have every change");
    }
    let deferred = plan.get_str("deferred_changes").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if deferred {
        note("deferred_changes", "some changes are deferred to a later plan, which must be checked too");
    } else if plan.get_str("complete") == Some(Value::FALSE) && plan.get_str("errored") != Some(Value::TRUE) {
        note("complete", "the plan is not complete: another plan follows, which must be checked too");
    }
    notes
}
