//! Reading a schema, and holding it to the rules for structural ones.

use super::{Additional, Bounds, Format, Range, Schema, Type};
use crate::fields::Fields;
use crate::mistake::{Mistake, MistakeKind};
use regex::Regex;
use value::{Frozen, Value, number};

/// How deep schemas may nest: far beyond any that a person has written, and far within the stack.
const DEPTH_MAX: usize = 64;

impl Schema {
    /// Reads a schema. A `legacy` one leaves out types where it likes and keeps every field, as Gatekeeper's `legacySchema`
    /// has it; any other must be structural.
    pub(crate) fn read(fields: &Fields<'_>, legacy: bool) -> Result<Self, Mistake> {
        let mut schema = read(fields, Position::Value, legacy, 0)?;
        if legacy {
            schema.keep_unknown();
        }
        Ok(schema)
    }

    /// A schema that takes anything.
    pub(crate) fn anything() -> Self {
        Self { preserves_unknown: true, ..Self::default() }
    }

    /// What `legacySchema` means: nothing is dropped, whatever the schema leaves out.
    fn keep_unknown(&mut self) {
        if matches!(self.kind, None | Some(Type::Object)) {
            self.preserves_unknown = true;
        }
        if self.kind == Some(Type::Array) && self.items.is_none() {
            self.items = Some(Box::new(Self::anything()));
        }
        self.properties.values_mut().for_each(Self::keep_unknown);
        self.items.as_mut().into_iter().for_each(|items| items.keep_unknown());
        if let Additional::Like(schema) = &mut self.additional {
            schema.keep_unknown();
        }
    }
}

/// Whether a schema describes a value, or only tests one that another schema describes (`allOf`, `not` ...).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Value,
    Test,
    /// Such a test that names a type, as only one may.
    Type,
}

fn read(fields: &Fields<'_>, position: Position, legacy: bool, depth: usize) -> Result<Schema, Mistake> {
    if depth >= DEPTH_MAX {
        return Err(fields.wrong("properties", format!("the schema nests deeper than {DEPTH_MAX} levels")));
    }
    let inner = |fields: &Fields<'_>| read(fields, position, legacy, depth + 1);
    refuse_unsupported(fields, legacy)?;
    if position == Position::Test {
        refuse_in_test(fields)?;
    }
    let tests = |key: &str| {
        let schemas = fields.objects(key)?;
        let position = if key == "anyOf" && is_integer_or_string(&schemas) { Position::Type } else { Position::Test };
        schemas.iter().map(|fields| read(fields, position, legacy, depth + 1)).collect::<Result<Vec<_>, _>>()
    };
    let mut properties = std::collections::BTreeMap::new();
    let all = fields.object("properties")?;
    for key in fields.value("properties").and_then(Value::as_object).into_iter().flat_map(|all| all.keys()) {
        let key = key.as_str().unwrap_or_default();
        properties.insert(key.to_owned(), inner(&all.object(key)?)?);
    }
    let schema = Schema {
        kind: kind(fields)?,
        nullable: fields.boolean("nullable")?.unwrap_or_default(),
        integer_or_string: fields.boolean(INTEGER_OR_STRING)?.unwrap_or_default(),
        preserves_unknown: fields.boolean(PRESERVES)?.unwrap_or_default(),
        format: fields.text("format")?.and_then(Format::named),
        properties,
        additional: match fields.value("additionalProperties") {
            None => Additional::Unsaid,
            Some(Value::Bool(true)) => Additional::Anything,
            Some(Value::Bool(false)) => Additional::Refused,
            Some(_) => Additional::Like(Box::new(inner(&fields.object("additionalProperties")?)?)),
        },
        required: fields.texts("required")?,
        // Whatever is no schema says nothing, as the API server's own reader has it.
        items: match fields.value("items") {
            Some(Value::Object(_)) => Some(Box::new(inner(&fields.object("items")?)?)),
            _ => None,
        },
        one_of_values: fields.value("enum").map(Frozen::copy_of),
        default: fields.value("default").map(Frozen::copy_of),
        pattern: fields.text("pattern")?.map(|pattern| regex(fields, pattern)).transpose()?,
        bounds: bounds(fields)?,
        all_of: tests("allOf")?,
        any_of: tests("anyOf")?,
        one_of: tests("oneOf")?,
        not: match fields.value("not") {
            Some(_) => Some(Box::new(read(&fields.object("not")?, Position::Test, legacy, depth + 1)?)),
            None => None,
        },
    };
    refuse_two_kinds_of_members(fields, &schema)?;
    if position == Position::Value {
        if !legacy {
            require_structure(fields, &schema)?;
        }
        refuse_wrong_default(fields, &schema, legacy)?;
    }
    Ok(schema)
}

/// What a schema of a CustomResourceDefinition may not say, wherever it says it (apiextensions-apiserver
/// pkg/apis/apiextensions/validation, specStandardValidatorV3 and ValidateCustomResourceDefinitionOpenAPISchema).
fn refuse_unsupported(fields: &Fields<'_>, legacy: bool) -> Result<(), Mistake> {
    const UNSUPPORTED: [&str; 6] =
        ["$ref", "id", "definitions", "dependencies", "patternProperties", "additionalItems"];
    let is_empty = |value: &Value<'_>| matches!(value, Value::String(text) if text.as_str().is_empty());
    if let Some(key) = UNSUPPORTED.into_iter().find(|key| fields.value(key).is_some_and(|value| !is_empty(&value))) {
        return Err(fields.wrong(key, format!("`{key}` is not supported in a template's schema")).help(REFUSED));
    }
    if fields.boolean("uniqueItems")? == Some(true) {
        return Err(fields
            .wrong("uniqueItems", "`uniqueItems` may not be `true` in a template's schema")
            .help(REFUSED));
    }
    if matches!(fields.value("items"), Some(Value::Array(_))) {
        return Err(fields.wrong("items", "`items` must be one schema for all items").help(REFUSED));
    }
    let preserves = fields.boolean(PRESERVES)?;
    if preserves == Some(false) && !legacy {
        return Err(fields.wrong(PRESERVES, format!("`{PRESERVES}` may only be `true`")).help(REFUSED));
    }
    if preserves == Some(true) && fields.boolean(INTEGER_OR_STRING)? == Some(true) {
        let message = format!("`{PRESERVES}` may not stand beside `{INTEGER_OR_STRING}`");
        return Err(fields.wrong(PRESERVES, message).help(REFUSED));
    }
    Ok(())
}

/// What only a schema that describes a value may say (apiextensions-apiserver pkg/apiserver/schema/validation.go,
/// validateNestedValueValidation).
fn refuse_in_test(fields: &Fields<'_>) -> Result<(), Mistake> {
    const DESCRIBING: [&str; 12] = [
        "type",
        "default",
        "title",
        "description",
        "nullable",
        "additionalProperties",
        PRESERVES,
        INTEGER_OR_STRING,
        "x-kubernetes-embedded-resource",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-map-type",
    ];
    let says = |key: &&str| {
        let says_something = |value| *key == "additionalProperties" || !matches!(value, Value::Bool(false));
        fields.value(key).is_some_and(says_something)
    };
    match DESCRIBING.into_iter().find(says) {
        None => Ok(()),
        Some(key) => {
            let message = format!("`{key}` may not stand inside `allOf`, `anyOf`, `oneOf` or `not`");
            Err(fields.wrong(key, message).help("say it in the schema around them, where a value is described"))
        }
    }
}

/// The one `anyOf` whose schemas may name types (apiextensions-apiserver pkg/apiserver/schema/validation.go,
/// intOrStringAnyOf).
fn is_integer_or_string(schemas: &[Fields<'_>]) -> bool {
    let is_only = |fields: &Fields<'_>, kind: &str| {
        fields.only(&["type"]).is_ok() && fields.value("type").and_then(Value::as_str) == Some(kind)
    };
    matches!(schemas, [integer, string] if is_only(integer, "integer") && is_only(string, "string"))
}

/// An object has named properties or is a map.
fn refuse_two_kinds_of_members(fields: &Fields<'_>, schema: &Schema) -> Result<(), Mistake> {
    let restricts = matches!(schema.additional, Additional::Refused | Additional::Like(_));
    if schema.properties.is_empty() || !restricts {
        return Ok(());
    }
    let message = "`additionalProperties` may not stand beside `properties`";
    Err(fields.wrong("additionalProperties", message).help(REFUSED))
}

/// A default must be what its schema asks for as it stands, without the defaults of what is in it (apiextensions-apiserver
/// pkg/apiserver/schema/defaulting/validation.go).
fn refuse_wrong_default(fields: &Fields<'_>, schema: &Schema, legacy: bool) -> Result<(), Mistake> {
    let Some(default) = fields.value("default") else { return Ok(()) };
    let place = fields.place("default");
    let mut mistakes = schema.check(default, &place);
    if !legacy {
        mistakes.extend(schema.unknown_fields(default, &place));
    }
    match mistakes.into_iter().next() {
        None => Ok(()),
        Some(mistake) => Err(Mistake { kind: MistakeKind::Schema, ..mistake }.help(REFUSED)),
    }
}

/// Why a schema that is refused here is of no use elsewhere.
const REFUSED: &str = "an API server refuses such a template";
const PRESERVES: &str = "x-kubernetes-preserve-unknown-fields";
const INTEGER_OR_STRING: &str = "x-kubernetes-int-or-string";

/// The rules that an API server holds a CustomResourceDefinition's schema to, as far as templates meet them.
fn require_structure(fields: &Fields<'_>, schema: &Schema) -> Result<(), Mistake> {
    let help = "say what it is with `type`; `legacySchema: true` keeps the ways of templates of version v1beta1";
    let open = schema.integer_or_string || schema.preserves_unknown;
    match schema.kind {
        None if !open => Err(fields.missing("type").help(help)),
        Some(Type::Array) if schema.items.is_none() => Err(fields.missing("items").help("say what its items are")),
        _ => Ok(()),
    }
}

fn kind(fields: &Fields<'_>) -> Result<Option<Type>, Mistake> {
    let Some(word) = fields.text("type")? else { return Ok(None) };
    match Type::parse(word) {
        Some(kind) => Ok(Some(kind)),
        None => {
            let names = Type::ALL.map(Type::as_str).join("`, `");
            Err(fields.wrong("type", format!("`{word}` is no type: use one of `{names}`")))
        }
    }
}

fn regex(fields: &Fields<'_>, pattern: &str) -> Result<Regex, Mistake> {
    Regex::new(pattern).map_err(|error| {
        // The last line says what is wrong; those before draw it.
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        fields.wrong("pattern", format!("`{pattern}` is no regular expression: {reason}"))
    })
}

fn bounds(fields: &Fields<'_>) -> Result<Bounds, Mistake> {
    let numeric = |key: &str| match fields.value(key) {
        None => Ok(None),
        Some(number) if number.is_number() => Ok(Some(Frozen::copy_of(number))),
        Some(other) => Err(crate::fields::wrong_type(&fields.place(key), "a number", other)),
    };
    let count = |key: &str| match fields.value(key) {
        None => Ok(None),
        Some(value) => match number::to_u64(value).and_then(|count| usize::try_from(count).ok()) {
            Some(count) => Ok(Some(count)),
            None => Err(fields.wrong(key, format!("`{key}` must be a count"))),
        },
    };
    Ok(Bounds {
        minimum: numeric("minimum")?,
        maximum: numeric("maximum")?,
        exclusive_minimum: fields.boolean("exclusiveMinimum")?.unwrap_or_default(),
        exclusive_maximum: fields.boolean("exclusiveMaximum")?.unwrap_or_default(),
        multiple_of: numeric("multipleOf")?,
        length: Range { min: count("minLength")?, max: count("maxLength")? },
        items: Range { min: count("minItems")?, max: count("maxItems")? },
        properties: Range { min: count("minProperties")?, max: count("maxProperties")? },
    })
}
