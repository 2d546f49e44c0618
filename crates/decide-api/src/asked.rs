//! What a body asks for.

use catalog::{CatalogError, Recognised, Source};
use decision::{Change, Document, Member, Place, Scrubber};
use http::StatusCode;
use point::Refusal;
use report::Note;
use value::{Arena, Pointer, Value};

/// What a body asks for: documents, resources, and what must not leave.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) documents: Vec<Document<'a>>,
    pub(crate) changes: Vec<Change<'a>>,
    pub(crate) scrubber: Scrubber,
    pub(crate) notes: Vec<Note>,
    /// Documents in which the catalog sees nothing.
    pub(crate) unrecognised: usize,
}

/// What findings call the body.
pub(crate) const FILE: &str = "request";

/// The fields of a body; exactly one of the first four.
pub(crate) const FIELDS: [&str; 7] = ["resource", "resources", "document", "documents", "action", "source", "object"];

const HELP: &str = "send `resource`, `resources`, `document` or `documents`; `/openapi.json` describes them";

/// Reads a body that was recorded, so that it can be decided again: its documents and its changes.
///
/// # Errors
/// What is wrong with it, as whoever sends such a body is told.
pub fn read_recorded<'a>(
    arena: &'a Arena,
    body: Value<'a>,
    settings: &catalog::Settings,
) -> Result<(Vec<Document<'a>>, Vec<Change<'a>>), Refusal> {
    // It was within the limits of the one who decided it first.
    Asked::read(arena, body, settings, usize::MAX).map(|asked| (asked.documents, asked.changes))
}

impl<'a> Asked<'a> {
    /// Reads a body. What catalog and policies keep of it lives in `arena`.
    pub(crate) fn read(
        arena: &'a Arena,
        body: Value<'a>,
        settings: &catalog::Settings,
        items_max: usize,
    ) -> Result<Self, Refusal> {
        let Some(object) = body.as_object() else {
            return Err(
                refused(format!("the body must be an object, and it is of type {}", body.type_name())).help(HELP)
            );
        };
        if let Some(name) = object.keys().filter_map(Value::as_str).find(|name| !FIELDS.contains(name)) {
            let message = match name {
                "subject" | "point" | "change" => format!("`{name}` is not for the caller to say"),
                _ => format!("there is no field `{name}`"),
            };
            return Err(refused(message).help(HELP));
        }
        let given: Vec<&str> = FIELDS.iter().take(4).copied().filter(|name| object.get_str(name).is_some()).collect();
        let [given] = given.as_slice() else {
            let message = match given.as_slice() {
                [] => "there is nothing to decide about".to_owned(),
                several => format!("`{}` cannot stand together", several.join("` and `")),
            };
            return Err(refused(message).help(HELP));
        };
        let value = object.get_str(given).unwrap_or_default();
        let items = |value: Value<'a>| match value.as_array() {
            Some(items) if items.len() <= items_max => Ok(items.iter().collect::<Vec<_>>()),
            Some(items) => {
                let message = format!("there are {} {given}, and the limit is {items_max}", items.len());
                Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_parameter", message).help("split the request"))
            }
            None => Err(refused(format!("`{given}` must be an array")).help(HELP)),
        };
        let plain = |name: &str| {
            let wrong = object.get_str(name).is_some();
            if wrong { Err(refused(format!("`{name}` does not stand beside `{given}`")).help(HELP)) } else { Ok(()) }
        };
        match *given {
            "resource" => Self::described(arena, &[body], &[Pointer::root()], settings),
            "resources" => {
                ["action", "source", "object"].into_iter().try_for_each(plain)?;
                let items = items(value)?;
                let places: Vec<_> =
                    (0..items.len()).map(|index| Pointer::root().join("resources").join(index)).collect();
                Self::described(arena, &items, &places, settings)
            }
            _ => {
                ["action", "object"].into_iter().try_for_each(plain)?;
                let source = match object.get_str("source") {
                    None => None,
                    Some(name) => Some(name.as_str().and_then(Source::parse).ok_or_else(|| {
                        let known = Source::ALL.map(Source::as_str).join("`, `");
                        refused(format!("`{name}` is no source; there are `{known}`"))
                    })?),
                };
                let documents = if *given == "document" { vec![value] } else { items(value)? };
                Self::recognised(arena, &documents, source, settings)
            }
        }
    }

    fn described(
        arena: &'a Arena,
        descriptions: &[Value<'a>],
        places: &[Pointer],
        settings: &catalog::Settings,
    ) -> Result<Self, Refusal> {
        let mut members = Vec::with_capacity(descriptions.len());
        for (&description, place) in descriptions.iter().zip(places) {
            let resource = catalog::describe(arena, description, place, settings)
                .map_err(|error| refused(format!("at `{}`: {error}", error.pointer)).help(HELP))?;
            members.push(Member { file: FILE, document: 0, resource });
        }
        Ok(Self { changes: vec![Change { members, ..Change::default() }], ..Self::default() })
    }

    /// All manifests of a body are one change, because people split over documents what they apply together; each plan and each
    /// template is one.
    fn recognised(
        arena: &'a Arena,
        roots: &[Value<'a>],
        source: Option<Source>,
        settings: &catalog::Settings,
    ) -> Result<Self, Refusal> {
        let mut asked = Self::default();
        let mut manifests = Change::default();
        for (index, recognised) in catalog::recognise_all(arena, roots, settings).into_iter().enumerate() {
            let root = roots.get(index).copied().unwrap_or_default();
            asked.documents.push(Document { file: FILE, index, root });
            let change = match recognised {
                Ok(Recognised::Change(change)) => change,
                Ok(Recognised::Unrecognised) if source.is_none_or(|source| source == Source::Document) => {
                    asked.unrecognised += 1;
                    continue;
                }
                Ok(Recognised::Unrecognised) => return Err(another_source(index, source, None)),
                Err(error) => return Err(unreadable(index, &error)),
            };
            if source.is_some_and(|source| source != change.source) {
                return Err(another_source(index, source, Some(change.source)));
            }
            change.sensitive.iter().for_each(|secret| asked.scrubber.add(secret));
            asked.notes.extend(
                change
                    .notes
                    .into_iter()
                    .map(|note| Note { place: Place::new(FILE, index, note.pointer), message: note.message }),
            );
            let members = change.resources.into_iter().map(|resource| Member { file: FILE, document: index, resource });
            if change.source == Source::Kubernetes {
                manifests.members.extend(members);
            } else {
                asked.changes.push(Change { members: members.collect(), ..Change::default() });
            }
        }
        if !manifests.members.is_empty() {
            asked.changes.push(manifests);
        }
        Ok(asked)
    }
}

pub(crate) fn refused(message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_parameter", message)
}

fn another_source(index: usize, wanted: Option<Source>, found: Option<Source>) -> Refusal {
    let wanted = wanted.map_or("", Source::as_str);
    let found = found.map_or("nothing that the catalog knows", Source::as_str);
    refused(format!("document {index} is said to come from `{wanted}`, and it is {found}"))
        .help("leave `source` out, and the catalog tells what a document is")
}

/// Of a document that cannot be understood nobody can tell what is secret in it: its place is named, its text is not.
fn unreadable(index: usize, error: &CatalogError) -> Refusal {
    let pointer = error.pointer();
    refused(format!("document {index} cannot be read at `{pointer}`: {error}")).help(error.help())
}
