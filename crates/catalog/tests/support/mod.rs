//! What the tests of the catalog share.
#![allow(dead_code, reason = "each test uses its part of it")]

use catalog::{Change, Recognised, Resource, Settings, recognise_all};
use formats::{Format, Options};
use std::path::{Path, PathBuf};
use value::{Arena, Source, Value, json};

/// Reads every document of a text.
pub fn parse<'a>(arena: &'a Arena, name: &str, text: &str) -> Vec<Value<'a>> {
    let source = Source::new(name, text);
    match formats::parse(arena, &source, Format::detect(name, text), &Options::default()) {
        Ok(documents) => documents.documents.iter().map(|document| document.value).collect(),
        Err(error) => panic!("{error}"),
    }
}

/// Recognises every document of a text, which all must be of a known kind.
pub fn changes<'a>(arena: &'a Arena, name: &str, text: &str, settings: &Settings) -> Vec<Change<'a>> {
    let documents = parse(arena, name, text);
    let answers = recognise_all(arena, &documents, settings);
    answers
        .into_iter()
        .map(|answer| match answer {
            Ok(Recognised::Change(change)) => change,
            Ok(Recognised::Unrecognised) => panic!("{name}: a document is not recognised"),
            Err(error) => panic!("{name}: {error} at `{}`", error.pointer()),
        })
        .collect()
}

/// Every resource of a text.
pub fn resources<'a>(arena: &'a Arena, name: &str, text: &str) -> Vec<Resource<'a>> {
    let changes = changes(arena, name, text, &Settings::default());
    changes.into_iter().flat_map(|change| change.resources).collect()
}

/// The resource at an address.
pub fn at<'r, 'a>(resources: &'r [Resource<'a>], address: &str) -> &'r Resource<'a> {
    resources.iter().find(|resource| resource.address == address).unwrap_or_else(|| {
        let there: Vec<_> = resources.iter().map(|resource| resource.address).collect();
        panic!("no resource `{address}` among {there:?}")
    })
}

/// What a value is, in JSON; an Unknown leaf is `?` and its reason.
pub fn show(value: Value<'_>) -> String {
    match value {
        Value::Unknown(unknown) => format!("?({}: {})", unknown.place, unknown.reason),
        Value::Array(array) => format!("[{}]", array.iter().map(show).collect::<Vec<_>>().join(",")),
        Value::Object(object) => {
            let entries: Vec<_> = object.iter().map(|(key, value)| format!("{}:{}", show(key), show(value))).collect();
            format!("{{{}}}", entries.join(","))
        }
        other => json::to_string(other),
    }
}

/// A field of the resource object.
pub fn field(resource: &Resource<'_>, name: &str) -> String {
    match resource.value.get_str(name) {
        Some(value) => show(value),
        None => panic!("`{}` has no field `{name}`", resource.address),
    }
}

/// What a resource asks for: `8 gpu A100 (p4d.24xlarge)`, `nothing`.
pub fn asks(resource: &Resource<'_>) -> String {
    let list = resource.value.get_str("accelerators").and_then(Value::as_array).expect("an array");
    let words: Vec<_> = list
        .iter()
        .map(|one| {
            if one.is_unknown() {
                return show(one);
            }
            let part = |key: &str| match one.get_str(key) {
                Some(Value::String(text)) => text.as_str().to_owned(),
                Some(other) => show(other),
                None => panic!("an accelerator without `{key}`"),
            };
            format!("{} {} {} ({})", part("count"), part("kind"), part("model"), part("resource"))
                .replace(" null ", " ")
        })
        .collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(" + ") }
}

/// A fixture's text.
pub fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A folder of the data that is shared outside the repository, where it is there.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    path.is_dir().then_some(path)
}
