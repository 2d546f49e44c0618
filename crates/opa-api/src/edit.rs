//! Changes to documents that share all they can with what was there before.
//!
//! Only the containers on the way to a change are built anew, each with its own entries; everything beside the way is the same
//! storage. A change inside an object of a million entries therefore costs their references (32 MB), and nothing that they
//! hold.

use crate::data_path::name_of;
use crate::error::{ApiError, code};
use http::StatusCode;
use thiserror::Error;
use value::{Arena, Pointer, Segment, Value};

/// Why a document cannot be changed as asked. The messages begin with the words of OPA's store.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum EditError {
    #[error("storage_not_found_error: {0}: document does not exist")]
    NotFound(String),
    #[error("storage_write_conflict_error: {0}: what stands on the way is no object")]
    Conflict(String),
    #[error("storage_invalid_patch_error: {0}")]
    Invalid(String),
}

impl From<EditError> for ApiError {
    fn from(error: EditError) -> Self {
        let message = error.to_string();
        match error {
            EditError::NotFound(_) => Self::not_found(message),
            EditError::Conflict(_) => Self::new(StatusCode::NOT_FOUND, code::RESOURCE_CONFLICT, message),
            EditError::Invalid(_) => Self::bad_request(message),
        }
    }
}

/// What to do at a place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit<'a> {
    /// Put a value there: in an object in place of what is there, in an array before it; `-` is behind the last item.
    Add(Value<'a>),
    /// Put a value in place of what must be there. Behind the last item there is nothing, which is a mistake of its own.
    Replace(Value<'a>),
    /// Take away what must be there.
    Remove,
    /// Put a value there, and build the objects on the way that are missing.
    Put(Value<'a>),
    /// Take away what may be there.
    Clear,
}

/// The document after an edit at `path`.
pub(crate) fn apply<'a>(
    arena: &'a Arena,
    document: Value<'a>,
    path: &Pointer,
    edit: Edit<'a>,
) -> Result<Value<'a>, EditError> {
    if path.0.is_empty() {
        return match edit {
            Edit::Add(value) | Edit::Replace(value) | Edit::Put(value) if value.as_object().is_some() => Ok(value),
            Edit::Clear => Ok(Value::EMPTY_OBJECT),
            Edit::Remove => Err(EditError::Invalid("the root cannot be removed".to_owned())),
            _ => Err(EditError::Invalid("the root must be an object".to_owned())),
        };
    }
    let way = Way { arena, path };
    way.step(document, 0, edit)
}

struct Way<'p, 'a> {
    arena: &'a Arena,
    path: &'p Pointer,
}

impl<'a> Way<'_, 'a> {
    fn not_found(&self) -> EditError {
        not_found(self.path)
    }

    fn step(&self, document: Value<'a>, depth: usize, edit: Edit<'a>) -> Result<Value<'a>, EditError> {
        let Some(segment) = self.path.0.get(depth) else { return Ok(document) };
        let last = depth + 1 == self.path.0.len();
        match document {
            Value::Object(object) => {
                let name = name_of(segment);
                let found = object.get_str(&name);
                let value = match (found, last, edit) {
                    (_, true, Edit::Add(value) | Edit::Put(value)) | (Some(_), true, Edit::Replace(value)) => value,
                    (Some(_), true, Edit::Remove | Edit::Clear) => return Ok(self.without(document, &name)),
                    (Some(inner), false, _) => self.step(inner, depth + 1, edit)?,
                    (None, false, Edit::Put(_)) => self.step(Value::EMPTY_OBJECT, depth + 1, edit)?,
                    (None, _, Edit::Clear) => return Ok(document),
                    (None, _, _) => return Err(self.not_found()),
                };
                // Of equal keys the arena keeps the last.
                let mut entries: Vec<_> = Vec::with_capacity(object.len() + 1);
                entries.extend(object.iter());
                match object.keys().position(|key| key.as_str() == Some(name.as_str())) {
                    Some(index) => entries.iter_mut().skip(index).take(1).for_each(|entry| entry.1 = value),
                    None => entries.push((self.arena.string(&name), value)),
                }
                Ok(self.arena.object(&entries))
            }
            Value::Array(items) => {
                let mut items: Vec<_> = items.iter().collect();
                let index = match segment {
                    Segment::Index(index) => *index,
                    Segment::Key(_) if matches!(edit, Edit::Clear) => return Ok(document),
                    Segment::Key(name) if last && name == "-" => items.len(),
                    Segment::Key(_) => return Err(self.not_found()),
                };
                match (items.get(index).copied(), last, edit) {
                    (Some(item), false, _) => replace(&mut items, index, self.step(item, depth + 1, edit)?),
                    (Some(_), true, Edit::Replace(value)) => replace(&mut items, index, value),
                    (Some(_), true, Edit::Remove | Edit::Clear) => drop(items.remove(index)),
                    (Some(_), true, Edit::Add(value) | Edit::Put(value)) => items.insert(index, value),
                    (None, true, Edit::Add(value) | Edit::Put(value)) if index == items.len() => items.push(value),
                    (None, true, Edit::Remove | Edit::Replace(_)) if index == items.len() => {
                        let path = shown(self.path, self.path.0.len());
                        return Err(EditError::Invalid(format!("{path}: there is nothing behind the last item")));
                    }
                    (None, _, Edit::Clear) => return Ok(document),
                    (None, _, _) => return Err(self.not_found()),
                }
                Ok(self.arena.array(&items))
            }
            _ => match edit {
                Edit::Put(_) => Err(EditError::Conflict(shown(self.path, depth))),
                Edit::Clear => Ok(document),
                _ => Err(self.not_found()),
            },
        }
    }

    fn without(&self, document: Value<'a>, name: &str) -> Value<'a> {
        let entries = document.as_object().into_iter().flat_map(|object| object.iter());
        let entries: Vec<_> = entries.filter(|(key, _)| key.as_str() != Some(name)).collect();
        self.arena.object(&entries)
    }
}

fn not_found(path: &Pointer) -> EditError {
    EditError::NotFound(shown(path, path.0.len()))
}

/// The first names of a path, as OPA's store shows them.
fn shown(path: &Pointer, length: usize) -> String {
    path.0.iter().take(length).map(|segment| format!("/{}", name_of(segment))).collect()
}

fn replace<'a>(items: &mut [Value<'a>], index: usize, value: Value<'a>) {
    if let Some(item) = items.get_mut(index) {
        *item = value;
    }
}

/// Refuses to make items of an array that are missing: whoever puts a value names an item that is there (`v1DataPut` of OPA makes
/// only objects on the way).
pub(crate) fn room_for(document: Value<'_>, path: &Pointer) -> Result<(), EditError> {
    let mut place = document;
    for (depth, segment) in path.0.iter().enumerate() {
        let next = step_into(place, segment);
        match (place, next) {
            (Value::Array(_), None) => {
                return Err(EditError::Conflict(shown(path, depth)));
            }
            (_, None) => return Ok(()),
            (_, Some(next)) => place = next,
        }
    }
    Ok(())
}

/// Refuses a path at which nothing is.
pub(crate) fn must_exist(document: Value<'_>, path: &Pointer) -> Result<(), EditError> {
    let is_there = find(document, path).is_some();
    if is_there { Ok(()) } else { Err(not_found(path)) }
}

/// What stands at `path`: names in objects, positions in arrays.
pub(crate) fn find<'a>(document: Value<'a>, path: &Pointer) -> Option<Value<'a>> {
    path.0.iter().try_fold(document, step_into)
}

fn step_into<'a>(value: Value<'a>, segment: &Segment) -> Option<Value<'a>> {
    match (value, segment) {
        (Value::Object(object), segment) => object.get_str(&name_of(segment)),
        (Value::Array(items), Segment::Index(index)) => items.get(*index),
        _ => None,
    }
}
