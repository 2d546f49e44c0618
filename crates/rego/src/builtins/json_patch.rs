//! JSON Patch (RFC 6902) over values, sets included: a member of a set is its own key.

use super::comparison::{equal_three_valued, is_uncertain};
use super::json::{Path, parse_path};
use std::collections::{BTreeMap, BTreeSet};
use value::{Arena, Array, Object, Value};

/// Most keys in a path, and most levels of what `move` and `copy` carry: a patch may come from anyone, and a document that
/// nests without bound would exhaust the stack of whatever reads it.
pub const DEPTH_MAX: usize = 1_000;

/// Most values that the `move` and `copy` operations of one patch carry: each copy of a whole document into itself doubles it.
pub const CARRIED_VALUES_MAX: usize = 1_000_000;

/// Why a patch has no result.
#[derive(Debug)]
pub(super) enum Stop {
    /// An operation is not well formed or does not apply.
    Failed,
    /// Whether or how an operation applies depends on an Unknown leaf.
    Unknown,
    /// A limit is exceeded; this one.
    TooLarge(&'static str),
}

/// The document after all operations; `None` when its root was removed.
pub(super) fn apply<'a>(
    arena: &'a Arena,
    document: Value<'a>,
    operations: &Array<'a>,
) -> Result<Option<Value<'a>>, Stop> {
    let mut patch = Patch { arena, root: Some(Node::Whole(document)), carried: 0 };
    operations.iter().try_for_each(|operation| patch.operation(operation))?;
    Ok(patch.root.map(|root| root.render(arena)))
}

/// The document after one operation, an object as RFC 6902 has it.
///
/// # Errors
/// In words that follow "because": why there is no such document.
pub fn apply_operation<'a>(
    arena: &'a Arena,
    document: Value<'a>,
    operation: Value<'a>,
) -> Result<Value<'a>, &'static str> {
    let mut patch = Patch { arena, root: Some(Node::Whole(document)), carried: 0 };
    match patch.operation(operation) {
        Ok(()) => patch.root.map(|root| root.render(arena)).ok_or("it removes the whole document"),
        Err(Stop::Failed) => Err("it is no operation, or what it needs is not there"),
        Err(Stop::Unknown) => Err("it hangs on what is unknown"),
        Err(Stop::TooLarge(limit)) => Err(limit),
    }
}

/// A document under edit: containers on the way to an edit are taken apart, everything else stays whole.
enum Node<'a> {
    Whole(Value<'a>),
    Array(Vec<Node<'a>>),
    Object(BTreeMap<Value<'a>, Node<'a>>),
    Set(BTreeSet<Value<'a>>),
}

impl<'a> Node<'a> {
    /// Takes the container apart.
    fn open(&mut self) -> Result<(), Stop> {
        let Node::Whole(value) = *self else { return Ok(()) };
        *self = match value {
            Value::Array(array) => Node::Array(array.iter().map(Node::Whole).collect()),
            Value::Object(object) if is_uncertain(object.keys()) => return Err(Stop::Unknown),
            Value::Object(object) => {
                Node::Object(object.iter().map(|(key, value)| (key, Node::Whole(value))).collect())
            }
            Value::Set(set) if is_uncertain(set.iter()) => return Err(Stop::Unknown),
            Value::Set(set) => Node::Set(set.iter().collect()),
            Value::Unknown(_) => return Err(Stop::Unknown),
            _ => return Err(Stop::Failed),
        };
        Ok(())
    }

    fn render(&self, arena: &'a Arena) -> Value<'a> {
        match self {
            Node::Whole(value) => *value,
            Node::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| item.render(arena)).collect();
                arena.array(&items)
            }
            Node::Object(entries) => {
                let entries: Vec<_> = entries.iter().map(|(&key, value)| (key, value.render(arena))).collect();
                arena.object(&entries)
            }
            Node::Set(members) => {
                let members: Vec<_> = members.iter().copied().collect();
                arena.set(&members)
            }
        }
    }

    /// Runs `edit` on what stands at `path`.
    fn edit<T>(
        &mut self,
        arena: &'a Arena,
        path: &[Value<'a>],
        edit: &mut dyn FnMut(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let Some((key, rest)) = path.split_first() else { return edit(self) };
        self.open()?;
        match self {
            Node::Array(items) => {
                let index = array_index(items.len(), *key)?;
                items.get_mut(index).ok_or(Stop::Failed)?.edit(arena, rest, edit)
            }
            Node::Object(entries) => entries.get_mut(key).ok_or(Stop::Failed)?.edit(arena, rest, edit),
            Node::Set(members) => {
                // An edited member is another member. When the edit fails the whole patch does, so it is not put back.
                let mut member = Node::Whole(members.take(key).ok_or(Stop::Failed)?);
                let result = member.edit(arena, rest, edit)?;
                members.insert(member.render(arena));
                Ok(result)
            }
            Node::Whole(_) => Err(Stop::Failed),
        }
    }

    /// Puts `value` at `key`; in an array before the item there.
    fn insert(&mut self, key: Value<'a>, value: Value<'a>) -> Result<(), Stop> {
        self.open()?;
        match self {
            Node::Array(items) => {
                let index = array_index(items.len(), key)?;
                if index > items.len() {
                    return Err(Stop::Failed);
                }
                items.insert(index, Node::Whole(value));
            }
            Node::Object(entries) => {
                entries.insert(key, Node::Whole(value));
            }
            Node::Set(members) => {
                if !equal_three_valued(key, value).ok_or(Stop::Unknown)? {
                    return Err(Stop::Failed);
                }
                members.insert(value);
            }
            Node::Whole(_) => return Err(Stop::Failed),
        }
        Ok(())
    }

    /// Takes away what stands at `key`.
    fn remove(&mut self, key: Value<'a>) -> Result<(), Stop> {
        self.open()?;
        let removed = match self {
            Node::Array(items) => {
                let index = array_index(items.len(), key)?;
                if index < items.len() {
                    items.remove(index);
                    true
                } else {
                    false
                }
            }
            Node::Object(entries) => entries.remove(&key).is_some(),
            Node::Set(members) => members.remove(&key),
            Node::Whole(_) => false,
        };
        if removed { Ok(()) } else { Err(Stop::Failed) }
    }
}

/// The index that `key` means in an array of `length` items; `-` is the one after the last.
fn array_index(length: usize, key: Value<'_>) -> Result<usize, Stop> {
    let index = match key {
        Value::Int(index) => usize::try_from(index).ok(),
        Value::String(text) => match text.as_str() {
            "-" => Some(length),
            "0" => Some(0),
            text if text.starts_with('0') => None,
            text => text.parse().ok(),
        },
        _ => None,
    };
    index.ok_or(Stop::Failed)
}

struct Patch<'a> {
    arena: &'a Arena,
    // `None` when the root was removed.
    root: Option<Node<'a>>,
    // How many values `move` and `copy` have carried so far.
    carried: usize,
}

impl<'a> Patch<'a> {
    fn operation(&mut self, operation: Value<'a>) -> Result<(), Stop> {
        let operation = match operation {
            Value::Object(operation) => operation,
            Value::Unknown(_) => return Err(Stop::Unknown),
            _ => return Err(Stop::Failed),
        };
        let name = match attribute(operation, "op")? {
            Value::String(name) => name.as_str(),
            Value::Unknown(_) => return Err(Stop::Unknown),
            _ => return Err(Stop::Failed),
        };
        match name {
            "add" => self.add(&self.path(operation, "path")?, attribute(operation, "value")?),
            "remove" => self.remove(&self.path(operation, "path")?),
            "replace" => {
                let (path, value) = (self.path(operation, "path")?, attribute(operation, "value")?);
                self.remove(&path)?;
                self.add(&path, value)
            }
            "move" => {
                let (path, from) = (self.path(operation, "path")?, self.path(operation, "from")?);
                let carried = self.carry(&from)?;
                self.remove(&from)?;
                self.add(&path, carried)
            }
            "copy" => {
                let (path, from) = (self.path(operation, "path")?, self.path(operation, "from")?);
                let carried = self.carry(&from)?;
                self.add(&path, carried)
            }
            "test" => {
                let (path, value) = (self.path(operation, "path")?, attribute(operation, "value")?);
                match equal_three_valued(self.get(&path)?, value) {
                    Some(true) => Ok(()),
                    Some(false) => Err(Stop::Failed),
                    None => Err(Stop::Unknown),
                }
            }
            _ => Err(Stop::Failed),
        }
    }

    fn path(&self, operation: &Object<'a>, name: &str) -> Result<Path<'a>, Stop> {
        let path = attribute(operation, name)?;
        if path.find_unknown().is_some() {
            return Err(Stop::Unknown);
        }
        let path = parse_path(self.arena, path).map_err(|_| Stop::Failed)?;
        if path.len() > DEPTH_MAX {
            return Err(Stop::TooLarge("path of more than 1000 keys"));
        }
        Ok(path)
    }

    fn root(&mut self) -> Result<&mut Node<'a>, Stop> {
        self.root.as_mut().ok_or(Stop::Failed)
    }

    fn get(&mut self, path: &[Value<'a>]) -> Result<Value<'a>, Stop> {
        let arena = self.arena;
        self.root()?.edit(arena, path, &mut |node| Ok(node.render(arena)))
    }

    fn add(&mut self, path: &[Value<'a>], value: Value<'a>) -> Result<(), Stop> {
        let Some((&key, parent)) = path.split_last() else {
            self.root = Some(Node::Whole(value));
            return Ok(());
        };
        let arena = self.arena;
        self.root()?.edit(arena, parent, &mut |node| node.insert(key, value))
    }

    fn remove(&mut self, path: &[Value<'a>]) -> Result<(), Stop> {
        let Some((&key, parent)) = path.split_last() else {
            return self.root.take().map(|_| ()).ok_or(Stop::Failed);
        };
        let arena = self.arena;
        self.root()?.edit(arena, parent, &mut |node| node.remove(key))
    }

    /// What stands at `path`, when it is within the limits on what a patch carries.
    fn carry(&mut self, path: &[Value<'a>]) -> Result<Value<'a>, Stop> {
        let value = self.get(path)?;
        self.measure(value, DEPTH_MAX)?;
        Ok(value)
    }

    fn measure(&mut self, value: Value<'a>, depth_left: usize) -> Result<(), Stop> {
        self.carried += 1;
        if self.carried > CARRIED_VALUES_MAX {
            return Err(Stop::TooLarge("patch moves or copies more than 1000000 values"));
        }
        let inner = depth_left.checked_sub(1).ok_or(Stop::TooLarge("patch moves or copies more than 1000 levels"));
        match value {
            Value::Array(items) => {
                let inner = inner?;
                items.iter().try_for_each(|item| self.measure(item, inner))
            }
            Value::Set(members) => {
                let inner = inner?;
                members.iter().try_for_each(|member| self.measure(member, inner))
            }
            Value::Object(entries) => {
                let inner = inner?;
                entries.values().try_for_each(|value| self.measure(value, inner))
            }
            _ => Ok(()),
        }
    }
}

fn attribute<'a>(operation: &Object<'a>, name: &str) -> Result<Value<'a>, Stop> {
    match operation.get_str(name) {
        Some(value) => Ok(value),
        None if is_uncertain(operation.keys()) => Err(Stop::Unknown),
        None => Err(Stop::Failed),
    }
}
