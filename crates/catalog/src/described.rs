//! Resources that a caller describes in the model's own words, instead of by a document that the catalog knows.
//!
//! What a caller leaves out is not nothing: tags and accelerators that are not told are Unknown, so that a quota does not pass a
//! resource because nobody said what it asks for.

use crate::class::Class;
use crate::dimensions::{self, Tags};
use crate::model::{Action, Resource, Source};
use crate::request_schema::{Field, RESOURCE_FIELDS, Shape};
use crate::resource::key;
use crate::settings::Settings;
use value::{Arena, Pointer, Value, nearest};

/// Why a description is no resource.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DescriptionError {
    /// What is wrong: lower case, input in backticks, no full stop.
    pub message: String,
    /// Where in the description.
    pub pointer: Pointer,
}

impl DescriptionError {
    fn at(pointer: &Pointer, message: impl Into<String>) -> Self {
        Self { message: message.into(), pointer: pointer.clone() }
    }
}

/// Why something is Unknown that the caller left out.
const NOT_TOLD: &str = "not in the request";

/// The resource that `description` describes: an object with `resource` and, where they are not the usual ones, `action` (`create`),
/// `source` (`document`) and `object` (null), each as policies see it. `pointer` is where the description stands.
///
/// Of `resource`, `class` and `name` are needed. `{"$unknown": "why"}` is an Unknown leaf.
///
/// # Errors
/// When something has another shape than the model's, or a name that the model does not have.
pub fn describe<'a>(
    arena: &'a Arena,
    description: Value<'a>,
    pointer: &Pointer,
    settings: &Settings,
) -> Result<Resource<'a>, DescriptionError> {
    let reader = Reader { arena };
    let at = |name: &str| pointer.join(name);
    let action = match description.get_str("action") {
        None => Action::Create,
        Some(action) => action.as_str().and_then(Action::parse).ok_or_else(|| {
            DescriptionError::at(
                &at("action"),
                format!("`{action}` is no action; {}", listed(Action::ALL.map(Action::as_str))),
            )
        })?,
    };
    let source = match description.get_str("source") {
        None => Source::Document,
        Some(source) => source.as_str().and_then(Source::parse).ok_or_else(|| {
            DescriptionError::at(
                &at("source"),
                format!("`{source}` is no source; {}", listed(Source::ALL.map(Source::as_str))),
            )
        })?,
    };
    let place = at("resource");
    let told = description.get_str("resource").unwrap_or_default();
    let told = reader.conform(&Shape::Record(RESOURCE_FIELDS), told, &place)?;
    let text = |name: &str| told.get_str(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let class = text("class").ok_or_else(|| DescriptionError::at(&place, "a resource needs a `class`"))?;
    let class = Class::from_str(class).ok_or_else(|| {
        let meant = nearest(class, Class::all().iter().map(|class| class.as_str()));
        let help = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        DescriptionError::at(&place.join("class"), format!("there is no class `{class}`{help}"))
    })?;
    let name = text("name").or_else(|| text("address"));
    let name = name.ok_or_else(|| DescriptionError::at(&place, "a resource needs a `name`"))?;
    let address = text("address").unwrap_or(name);
    let (provider, kind) = (text("provider").unwrap_or_default(), text("type").unwrap_or_default());
    let given = |name: &str| told.get_str(name).filter(|value| *value != Value::Null);
    let tags = match given("tags") {
        Some(tags @ Value::Object(_)) => Tags::known(tags),
        Some(unknown @ Value::Unknown(_)) => Tags { all: unknown, certain: Value::EMPTY_OBJECT },
        Some(other) => {
            let message = format!("`tags` must be an object, and this is of type {}", other.type_name());
            return Err(DescriptionError::at(&place.join("tags"), message));
        }
        None => Tags { all: arena.unknown("tags", NOT_TOLD), certain: Value::EMPTY_OBJECT },
    };
    let unknown_accelerators = || arena.array(&[arena.unknown("accelerators", NOT_TOLD)]);
    let entries: Vec<_> = told
        .as_object()
        .into_iter()
        .flat_map(|told| told.iter())
        .map(|(key, value)| {
            let value = match (key.as_str().unwrap_or_default(), value) {
                ("name", _) => arena.borrowed(name),
                ("address", _) => arena.borrowed(address),
                ("provider" | "type", Value::Null) => Value::EMPTY_STRING,
                ("tags", _) => tags.all,
                ("dimensions", Value::Null) => dimensions::of(arena, settings, provider, tags),
                ("accelerators", Value::Null) => unknown_accelerators(),
                ("images" | "pods", Value::Null) => Value::EMPTY_ARRAY,
                (_, value) => value,
            };
            (key, value)
        })
        .collect();
    let object = description.get_str("object").map_or(Value::Null, |object| reader.with_unknowns(object));
    let value = arena.object(&entries);
    Ok(Resource {
        class,
        source,
        action,
        provider,
        kind,
        address,
        previous_address: None,
        name,
        namespace: text("namespace"),
        api_group: None,
        value,
        object,
        pointer: pointer.clone(),
        governed: class.governed(),
    })
}

fn listed<const N: usize>(words: [&str; N]) -> String {
    format!("there are `{}`", words.join("`, `"))
}

struct Reader<'a> {
    arena: &'a Arena,
}

impl<'a> Reader<'a> {
    /// `value` as `shape` has it: fields that are missing are null, fields that do not exist are refused.
    fn conform(&self, shape: &Shape, value: Value<'a>, at: &Pointer) -> Result<Value<'a>, DescriptionError> {
        if let Some(unknown) = self.unknown(value) {
            return Ok(unknown);
        }
        let expected = |what: &str| {
            let message = format!("expected {what}, found a value of type {}", value.type_name());
            Err(DescriptionError::at(at, message))
        };
        match (shape, value) {
            (Shape::Any, value) => Ok(self.with_unknowns(value)),
            (_, Value::Null) => Ok(Value::Null),
            (Shape::Leaf, Value::Array(_) | Value::Object(_) | Value::Set(_)) => expected("a single value"),
            (Shape::Leaf, leaf) => Ok(leaf),
            (Shape::List(item), Value::Array(items)) => {
                let items = items.iter().enumerate();
                let items: Result<Vec<_>, _> =
                    items.map(|(index, value)| self.conform(item, value, &at.join(index))).collect();
                Ok(self.arena.array(&items?))
            }
            (Shape::List(_), _) => expected("an array"),
            (Shape::Record(fields), Value::Object(object)) => {
                let known = |name: &str| fields.iter().any(|field| field.name == name);
                if let Some(name) = object.keys().filter_map(Value::as_str).find(|name| !known(name)) {
                    return Err(DescriptionError::at(&at.join(name), misspelt(name, fields)));
                }
                let field = |field: &'static Field| {
                    let told = object.get_str(field.name).unwrap_or_default();
                    let value = self.conform(&field.shape, told, &at.join(field.name))?;
                    Ok((self.arena.borrowed(field.name), value))
                };
                Ok(self.arena.object(&fields.iter().map(field).collect::<Result<Vec<_>, _>>()?))
            }
            (Shape::Record(_), _) => expected("an object"),
        }
    }

    /// The Unknown leaf that an object with nothing but `$unknown` stands for.
    fn unknown(&self, value: Value<'a>) -> Option<Value<'a>> {
        let object = value.as_object().filter(|object| object.len() == 1)?;
        let reason = object.get(key!("$unknown"))?;
        Some(self.arena.unknown("", reason.as_str().unwrap_or("unknown to the caller")))
    }

    fn with_unknowns(&self, value: Value<'a>) -> Value<'a> {
        if let Some(unknown) = self.unknown(value) {
            return unknown;
        }
        match value {
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.with_unknowns(item)).collect();
                self.arena.array(&items)
            }
            Value::Object(object) => {
                let entries: Vec<_> = object.iter().map(|(key, value)| (key, self.with_unknowns(value))).collect();
                self.arena.object(&entries)
            }
            leaf => leaf,
        }
    }
}

fn misspelt(name: &str, fields: &[Field]) -> String {
    let names = fields.iter().map(|field| field.name);
    match nearest(name, names.clone()) {
        Some(meant) => format!("there is no field `{name}`; did you mean `{meant}`?"),
        None => format!("there is no field `{name}`; there are `{}`", names.collect::<Vec<_>>().join("`, `")),
    }
}
