//! Objects, and the shapes that objects with the same keys share.

use crate::arena::Arena;
use crate::array::{Row, RowIterator};
use crate::document::{Text, Value, prefix_of};
use rustc_hash::FxHasher;
use std::hash::Hasher;
use std::iter::Copied;
use std::slice;

/// An object: entries sorted by key, keys unique.
pub struct Object<'a> {
    entries: Entries<'a>,
}

/// How the entries stand in storage.
#[derive(Clone, Copy)]
enum Entries<'a> {
    /// INVARIANT: keys strictly ascending.
    Pairs(&'a [(Value<'a>, Value<'a>)]),
    /// INVARIANT: one value for each key of the shape, in the order of the keys.
    Shaped(&'a Shape<'a>, Row<'a>),
}

/// Up to this many entries a scan beats a binary search, because most keys differ in length or first bytes.
const SCAN_MAX: usize = 8;

impl<'a> Object<'a> {
    /// An object over entries whose keys are strictly ascending; [`crate::Arena::object`] is the usual way.
    pub(crate) const fn from_sorted(entries: &'a [(Value<'a>, Value<'a>)]) -> Self {
        Self { entries: Entries::Pairs(entries) }
    }

    /// An object of that shape; `values` are as many as it has keys, in their order.
    pub(crate) const fn shaped(shape: &'a Shape<'a>, values: Row<'a>) -> Self {
        Self { entries: Entries::Shaped(shape, values) }
    }

    /// The values, if that is the shape.
    pub(crate) fn row_of(&self, shape: &Shape<'_>) -> Option<Row<'a>> {
        match self.entries {
            Entries::Shaped(own, row) if std::ptr::addr_eq(own, shape) => Some(row),
            _ => None,
        }
    }

    /// The entries, where each stands with its own key.
    #[inline]
    pub(crate) const fn pairs(&self) -> Option<&'a [(Value<'a>, Value<'a>)]> {
        match self.entries {
            Entries::Pairs(entries) => Some(entries),
            Entries::Shaped(..) => None,
        }
    }

    /// The values of both, if their keys are known to be the same.
    #[inline]
    pub(crate) fn rows_of_one_shape<'o, 'b>(&'o self, other: &'o Object<'b>) -> Option<(&'o Row<'a>, &'o Row<'b>)> {
        match (&self.entries, &other.entries) {
            (Entries::Shaped(own, row), Entries::Shaped(theirs, other)) if std::ptr::addr_eq(*own, *theirs) => {
                Some((row, other))
            }
            _ => None,
        }
    }

    /// How many entries.
    pub const fn len(&self) -> usize {
        match self.entries {
            Entries::Pairs(entries) => entries.len(),
            Entries::Shaped(shape, _) => shape.keys.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `key`.
    #[inline]
    pub fn get(&self, key: Value<'_>) -> Option<Value<'a>> {
        if let Value::String(key) = key {
            return self.get_text(key.prefix(), key.as_str());
        }
        let Entries::Pairs(entries) = self.entries else { return None };
        let index = entries.binary_search_by(|(k, _)| k.cmp(&key)).ok()?;
        entries.get(index).map(|&(_, value)| value)
    }

    /// The value at a string key.
    pub fn get_str(&self, key: &str) -> Option<Value<'a>> {
        self.get_text(prefix_of(key.as_bytes()), key)
    }

    #[inline]
    fn get_text(&self, prefix: u64, key: &str) -> Option<Value<'a>> {
        let entries = match self.entries {
            Entries::Pairs(entries) => entries,
            Entries::Shaped(shape, values) => return values.get(shape.position(prefix, key)?),
        };
        if entries.len() <= SCAN_MAX {
            return entries.iter().find_map(|&(k, value)| match k {
                Value::String(k) if k.is(prefix, key.as_bytes()) => Some(value),
                _ => None,
            });
        }
        let key = Text::with_prefix(key, prefix);
        let index = entries
            .binary_search_by(|(k, _)| match k {
                Value::String(k) => (**k).cmp(&key),
                other => other.rank().cmp(&Value::STRING_RANK),
            })
            .ok()?;
        entries.get(index).map(|&(_, value)| value)
    }

    /// The entries by ascending key.
    #[inline]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Value<'a>, Value<'a>)> + ExactSizeIterator + use<'a> {
        self.entries()
    }

    /// As [`Self::iter`], as a type that can be kept.
    #[inline]
    pub(crate) fn entries(&self) -> EntryIterator<'a> {
        match self.entries {
            Entries::Pairs(entries) => EntryIterator::Pairs(entries.iter().copied()),
            Entries::Shaped(shape, values) => EntryIterator::Shaped(shape.keys.iter().copied(), values.iter()),
        }
    }

    /// The keys, ascending.
    #[inline]
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = Value<'a>> + ExactSizeIterator + use<'a> {
        self.iter().map(|(key, _)| key)
    }

    /// The values by ascending key.
    #[inline]
    pub fn values(&self) -> impl DoubleEndedIterator<Item = Value<'a>> + ExactSizeIterator + use<'a> {
        self.iter().map(|(_, value)| value)
    }
}

/// The entries of an object by ascending key.
#[derive(Clone)]
pub(crate) enum EntryIterator<'a> {
    Pairs(Copied<slice::Iter<'a, (Value<'a>, Value<'a>)>>),
    Shaped(Copied<slice::Iter<'a, &'a Text<'a>>>, RowIterator<'a>),
}

impl<'a> Iterator for EntryIterator<'a> {
    type Item = (Value<'a>, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Pairs(entries) => entries.next(),
            Self::Shaped(keys, values) => Some((Value::String(keys.next()?), values.next()?)),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Pairs(entries) => entries.size_hint(),
            Self::Shaped(keys, _) => keys.size_hint(),
        }
    }

    #[inline]
    fn nth(&mut self, count: usize) -> Option<Self::Item> {
        match self {
            Self::Pairs(entries) => entries.nth(count),
            Self::Shaped(keys, values) => Some((Value::String(keys.nth(count)?), values.nth(count)?)),
        }
    }
}

impl DoubleEndedIterator for EntryIterator<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Self::Pairs(entries) => entries.next_back(),
            Self::Shaped(keys, values) => Some((Value::String(keys.next_back()?), values.next_back()?)),
        }
    }
}

impl ExactSizeIterator for EntryIterator<'_> {}

/// The keys of objects that have the same ones: a list of ten thousand records holds their names once.
pub(crate) struct Shape<'a> {
    // INVARIANT: strictly ascending.
    keys: &'a [&'a Text<'a>],
    /// Where each key stands, by its hash: the position and one, or 0 where none does; triangular probing. Empty for few keys.
    ///
    /// INVARIANT: the length is 0 or a power of two; every key is found within [`PROBES_MAX`] probes.
    slots: &'a [u32],
}

/// From this many keys on they are found by their hash: each step of a search in a large table is a miss of the cache.
const HASHED_MIN: usize = 32;

/// Keys that somebody has chosen to collide are searched for instead.
const PROBES_MAX: usize = 64;

impl<'a> Shape<'a> {
    /// A shape of these keys, which are strictly ascending.
    pub(crate) fn new(arena: &'a Arena, keys: &'a [&'a Text<'a>]) -> Self {
        let slots = if keys.len() < HASHED_MIN { None } else { hashed(arena, keys) };
        Self { keys, slots: slots.unwrap_or_default() }
    }

    fn position(&self, prefix: u64, key: &str) -> Option<usize> {
        if self.keys.len() <= SCAN_MAX {
            return self.keys.iter().position(|k| k.is(prefix, key.as_bytes()));
        }
        if self.slots.is_empty() {
            let key = Text::with_prefix(key, prefix);
            return self.keys.binary_search_by(|k| (**k).cmp(&key)).ok();
        }
        for slot in probes(key, self.slots.len()) {
            let position = (*self.slots.get(slot)? as usize).checked_sub(1)?;
            if self.keys.get(position)?.is(prefix, key.as_bytes()) {
                return Some(position);
            }
        }
        None
    }
}

/// The slots of a shape; `None` when keys collide too often.
fn hashed<'a>(arena: &'a Arena, keys: &[&Text<'_>]) -> Option<&'a [u32]> {
    // Between a third and two thirds are taken.
    let length = keys.len().checked_add(keys.len() / 2)?.checked_next_power_of_two()?;
    u32::try_from(keys.len()).ok()?;
    let slots = arena.slice_of(std::iter::repeat_n(0_u32, length));
    for (key, position) in keys.iter().zip(1_u32..) {
        let free = probes(key, length).find(|&slot| slots.get(slot) == Some(&0))?;
        if let Some(slot) = slots.get_mut(free) {
            *slot = position;
        }
    }
    Some(slots)
}

/// Where a key may stand among `length` slots, a power of two.
#[inline]
fn probes(key: &str, length: usize) -> impl Iterator<Item = usize> {
    let mut hasher = FxHasher::default();
    hasher.write(key.as_bytes());
    // Which bits are cut off does not matter: the mask takes the low ones.
    let mut slot = hasher.finish() as usize;
    (0..PROBES_MAX).map(move |step| {
        slot = slot.wrapping_add(step);
        slot & (length - 1)
    })
}
