//! Documents that are kept: what is equal stands once, and small integers stand packed.
//!
//! What was seen is remembered within bounds; what is forgotten is only stored again.

use crate::arena::Arena;
use crate::array::{Array, Row};
use crate::document::{Object, Text, Value, prefix_of};
use crate::identity::identity;
use crate::json::memory::Memory;
use crate::json::store::{Duplicate, Entry, Store, sort};
use crate::number;
use crate::object::Shape;
use std::ops::Range;
use std::ptr;

/// How many texts, containers and shapes are remembered, as powers of two: what they take fits the second nearest cache.
const TEXT_BITS_MAX: u32 = 13;
const CONTAINER_BITS_MAX: u32 = 12;
const SHAPE_BITS_MAX: u32 = 8;

/// Longer texts and larger containers are seldom there twice, and then in so few places that it does not matter.
const SHARED_TEXT_BYTES_MAX: usize = 256;
const SHARED_CONTAINER_ITEMS_MAX: usize = 16;

/// Objects with more keys are tables of something: each has keys of its own.
const SHARED_SHAPE_KEYS_MAX: usize = 64;

/// Builds values that stand alone in an arena.
pub(super) struct Compact<'a> {
    arena: &'a Arena,
    texts: Memory<&'a Text<'a>>,
    containers: Memory<Value<'a>>,
    shapes: Memory<KnownShape<'a>>,
    /// Values of the object that is being closed, and integers of the row that is being packed.
    values: Vec<Value<'a>>,
    integers: Vec<i32>,
}

/// A shape by the order in which some text had its keys.
struct KnownShape<'a> {
    keys: Box<[&'a Text<'a>]>,
    /// For each key of the shape its place among `keys`; empty when that is the same.
    order: Box<[usize]>,
    shape: &'a Shape<'a>,
}

impl<'a> KnownShape<'a> {
    fn fits(&self, entries: &[Entry<'a>]) -> bool {
        self.keys.len() == entries.len()
            && self.keys.iter().zip(entries).all(|(key, entry)| ptr::eq(*key, entry.key) || **key == *entry.key)
    }
}

impl<'a> Compact<'a> {
    pub(super) fn new(arena: &'a Arena) -> Self {
        Self {
            arena,
            texts: Memory::new(TEXT_BITS_MAX),
            containers: Memory::new(CONTAINER_BITS_MAX),
            shapes: Memory::new(SHAPE_BITS_MAX),
            values: Vec::new(),
            integers: Vec::new(),
        }
    }

    fn shared_text(&mut self, text: &str, prefix: u64) -> &'a Text<'a> {
        let new = || self.arena.text_with_prefix(self.arena.str(text), prefix);
        if text.len() > SHARED_TEXT_BYTES_MAX {
            return new();
        }
        let hash = text_hash(text, prefix);
        match self.texts.get(hash) {
            Some(seen) if seen.is(prefix, text.as_bytes()) => seen,
            _ => {
                let text = new();
                self.texts.insert(hash, text);
                text
            }
        }
    }

    /// The container that equals the one over `row`, or what `new` makes. `seed` is the shape of an object.
    fn shared_container(
        &mut self,
        row: Row<'_>,
        shape: Option<&'a Shape<'a>>,
        new: impl FnOnce(&'a Arena) -> Value<'a>,
    ) -> Value<'a> {
        if row.len() > SHARED_CONTAINER_ITEMS_MAX {
            return new(self.arena);
        }
        let seed = shape.map_or(row.len() as u64, |shape| ptr::from_ref(shape).addr() as u64);
        let hash = row.iter().fold(mix(seed), |hash, value| mix(hash ^ identity(value)));
        match self.containers.get(hash) {
            Some(&seen) if is_over(seen, shape, row) => seen,
            _ => {
                let container = new(self.arena);
                self.containers.insert(hash, container);
                container
            }
        }
    }

    /// A part of every item of `parts`, in a row.
    fn joined<T, U>(&self, parts: &[Box<[T]>], part: impl Fn(&T) -> U) -> &'a [U] {
        self.arena.slice_of(Joined {
            rest: parts.iter().map(|part| part.len()).sum(),
            items: parts.iter().flatten().map(part),
        })
    }

    /// Puts an object of `self.values` together.
    fn shaped(&mut self, shape: &'a Shape<'a>) -> &'a Object<'a> {
        let values = std::mem::take(&mut self.values);
        let mut integers = std::mem::take(&mut self.integers);
        integers.clear();
        integers.extend(values.iter().map_while(|value| value.as_i64().and_then(|n| i32::try_from(n).ok())));
        let packs = integers.len() == values.len();
        let row = if packs { Row::Words(&integers) } else { Row::Values(&values) };
        let object = self.shared_container(row, Some(shape), |arena| {
            let row = if packs { pack(arena, &integers) } else { Row::Values(arena.slice(&values)) };
            Value::Object(arena.keep(Object::shaped(shape, row)))
        });
        self.values = values;
        self.integers = integers;
        match object {
            Value::Object(object) => object,
            // What has a shape is an object.
            _ => self.arena.keep(Object::from_sorted(&[])),
        }
    }
}

impl<'t, 'a> Store<'t, 'a> for Compact<'a> {
    const KEEPS: bool = true;

    #[inline]
    fn text(&mut self, text: &'t str, range: Range<usize>, prefix: u64) -> Option<&'a Text<'a>> {
        Some(self.shared_text(text.get(range)?, prefix))
    }

    fn unescaped(&mut self, text: &str) -> &'a Text<'a> {
        self.shared_text(text, prefix_of(text.as_bytes()))
    }

    fn number(&mut self, text: &'t str) -> Option<Value<'a>> {
        number::parse(self.arena, text)
    }

    fn array(&mut self, items: &[Value<'a>]) -> Value<'a> {
        self.shared_container(Row::Values(items), None, |arena| arena.array(items))
    }

    fn integers(&mut self, integers: &[i32]) -> Value<'a> {
        self.shared_container(Row::Words(integers), None, |arena| {
            Value::Array(arena.keep(Array::over(pack(arena, integers))))
        })
    }

    fn array_of_parts(&mut self, parts: &[Box<[Value<'a>]>]) -> Value<'a> {
        let items = self.joined(parts, |&item| item);
        Value::Array(self.arena.keep(Array::new(items)))
    }

    fn object_of_parts(&mut self, parts: &[Box<[Entry<'a>]>]) -> &'a Object<'a> {
        let shape = self.arena.keep(Shape::new(self.arena, self.joined(parts, |entry| entry.key)));
        let values = self.joined(parts, |entry| entry.value);
        self.arena.keep(Object::shaped(shape, Row::Values(values)))
    }

    fn object(
        &mut self,
        entries: &mut [Entry<'a>],
        sorted: bool,
        refuse_duplicates: bool,
    ) -> Result<&'a Object<'a>, Duplicate<'a>> {
        let is_shared = entries.len() <= SHARED_SHAPE_KEYS_MAX;
        let hash = if is_shared { shape_hash(entries) } else { 0 };
        if let Some(known) = self.shapes.get(hash).filter(|known| is_shared && known.fits(entries)) {
            self.values.clear();
            if known.order.is_empty() {
                self.values.extend(entries.iter().map(|entry| entry.value));
            } else {
                let values = known.order.iter().filter_map(|&at| entries.get(at).map(|entry| entry.value));
                self.values.extend(values);
            }
            let shape = known.shape;
            return Ok(self.shaped(shape));
        }
        let source: Box<[&'a Text<'a>]> = if is_shared { keys(entries).collect() } else { Box::default() };
        let count = if sorted { entries.len() } else { sort(entries, refuse_duplicates)? };
        let entries = entries.get(..count).unwrap_or_default();
        let keys: &'a [&'a Text<'a>] = self.arena.slice_of(keys(entries));
        let shape: &'a Shape<'a> = self.arena.keep(Shape::new(self.arena, keys));
        if !is_shared {
            // Large, so that copies in between would count.
            let values = Row::Values(self.arena.slice_of(entries.iter().map(|entry| entry.value)));
            return Ok(self.arena.keep(Object::shaped(shape, values)));
        }
        if count == source.len() {
            let at = |key: &&'a Text<'a>| source.iter().position(|other| ptr::eq(*other, *key));
            let order = if sorted { Some(Box::default()) } else { keys.iter().map(at).collect() };
            if let Some(order) = order {
                self.shapes.insert(hash, KnownShape { keys: source, order, shape });
            }
        }
        self.values.clear();
        self.values.extend(entries.iter().map(|entry| entry.value));
        Ok(self.shaped(shape))
    }
}

/// Items whose number is known beforehand.
struct Joined<I> {
    rest: usize,
    items: I,
}

impl<I: Iterator> Iterator for Joined<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.rest = self.rest.saturating_sub(1);
        self.items.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest, Some(self.rest))
    }
}

impl<I: Iterator> ExactSizeIterator for Joined<I> {}

fn keys<'e, 'a>(entries: &'e [Entry<'a>]) -> impl ExactSizeIterator<Item = &'a Text<'a>> + use<'e, 'a> {
    entries.iter().map(|entry| entry.key)
}

/// Integers in the narrowest type that holds them all.
fn pack<'a>(arena: &'a Arena, integers: &[i32]) -> Row<'a> {
    let (least, most) = integers.iter().fold((0, 0), |(least, most), &n| (n.min(least), n.max(most)));
    if least == 0 && u8::try_from(most).is_ok() {
        Row::Bytes(arena.slice_of(integers.iter().map(|&n| n as u8)))
    } else if i16::try_from(least).is_ok() && i16::try_from(most).is_ok() {
        Row::Shorts(arena.slice_of(integers.iter().map(|&n| n as i16)))
    } else {
        Row::Words(arena.slice(integers))
    }
}

/// Whether `container` has that shape and these very values.
fn is_over(container: Value<'_>, shape: Option<&Shape<'_>>, row: Row<'_>) -> bool {
    let found = match (container, shape) {
        (Value::Array(array), None) => array.row(),
        (Value::Object(object), Some(shape)) => match object.row_of(shape) {
            Some(row) => row,
            None => return false,
        },
        _ => return false,
    };
    let is_packed = |row: Row<'_>| !matches!(row, Row::Values(_));
    is_packed(found) == is_packed(row)
        && found.len() == row.len()
        && found.iter().zip(row.iter()).all(|(a, b)| a.rank() == b.rank() && identity(a) == identity(b))
}

/// Of a text its length and both ends.
fn text_hash(text: &str, prefix: u64) -> u64 {
    let end = text.as_bytes().last_chunk::<8>().map_or(0, |end| u64::from_le_bytes(*end));
    mix(mix(prefix ^ (text.len() as u64) << 56) ^ end)
}

fn shape_hash(entries: &[Entry<'_>]) -> u64 {
    entries.iter().fold(entries.len() as u64, |hash, entry| mix(hash ^ entry.key.prefix() ^ entry.key.len() as u64))
}

/// Lets every bit of a word count.
#[inline]
fn mix(word: u64) -> u64 {
    let product = u128::from(word ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93_u128;
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
#[path = "compact_tests.rs"]
mod tests;
