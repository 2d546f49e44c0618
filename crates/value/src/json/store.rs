//! What is made of JSON text: values that borrow from it, or values that stand alone.

use crate::arena::Arena;
use crate::document::{Object, Text, Value, prefix_of};
use crate::number;
use std::cmp::Ordering;
use std::ops::Range;

/// Makes values of what a parser finds in a text that lives for `'t`.
pub(super) trait Store<'t, 'a> {
    /// Whether what is made is kept for long: arrays of integers are then asked for as such, and large containers by parts.
    const KEEPS: bool;

    /// The string without escapes that stands at `range` of `text`, with that prefix; `None` where `range` is none of it.
    fn text(&mut self, text: &'t str, range: Range<usize>, prefix: u64) -> Option<&'a Text<'a>>;

    /// A string that had escapes.
    fn unescaped(&mut self, text: &str) -> &'a Text<'a>;

    /// A number; `None` when it is none of JSON.
    fn number(&mut self, text: &'t str) -> Option<Value<'a>>;

    /// An array with items.
    fn array(&mut self, items: &[Value<'a>]) -> Value<'a>;

    /// An array of integers.
    fn integers(&mut self, integers: &[i32]) -> Value<'a>;

    /// An array whose items stand in several parts.
    fn array_of_parts(&mut self, parts: &[Box<[Value<'a>]>]) -> Value<'a>;

    /// An object whose entries stand in several parts, in strictly ascending order.
    fn object_of_parts(&mut self, parts: &[Box<[Entry<'a>]>]) -> &'a Object<'a>;

    /// An object with entries in the order of the text; `sorted` is whether that is strictly ascending.
    ///
    /// # Errors
    /// When a key stands twice and that is to be refused; otherwise the last one counts.
    fn object(
        &mut self,
        entries: &mut [Entry<'a>],
        sorted: bool,
        refuse_duplicates: bool,
    ) -> Result<&'a Object<'a>, Duplicate<'a>>;
}

/// A key that an object has already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Duplicate<'a>(pub(super) &'a Text<'a>);

/// An entry of an object that is still open.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    /// The key's prefix, or what follows the prefix that all keys share: it decides most comparisons.
    pub(super) prefix: u64,
    pub(super) key: &'a Text<'a>,
    pub(super) value: Value<'a>,
}

impl Entry<'_> {
    #[inline]
    pub(super) fn compare_keys(&self, other: &Self) -> Ordering {
        self.prefix.cmp(&other.prefix).then_with(|| self.key.as_str().cmp(other.key.as_str()))
    }
}

/// Strings borrow from the text, which lives as long as the values: the quickest for documents that are read, judged and
/// forgotten.
///
/// A text that comes again is stored again: looking for it would cost more than its three words, and texts compare quickly
/// wherever they stand.
pub(super) struct Borrowing<'a> {
    arena: &'a Arena,
}

impl<'a> Borrowing<'a> {
    pub(super) const fn new(arena: &'a Arena) -> Self {
        Self { arena }
    }
}

impl<'a> Store<'a, 'a> for Borrowing<'a> {
    const KEEPS: bool = false;

    #[inline]
    fn text(&mut self, text: &'a str, range: Range<usize>, prefix: u64) -> Option<&'a Text<'a>> {
        Some(self.arena.text_with_prefix(text.get(range)?, prefix))
    }

    fn unescaped(&mut self, text: &str) -> &'a Text<'a> {
        self.arena.text(self.arena.str(text))
    }

    fn number(&mut self, text: &'a str) -> Option<Value<'a>> {
        number::parse_borrowed(self.arena, text)
    }

    #[inline]
    fn array(&mut self, items: &[Value<'a>]) -> Value<'a> {
        self.arena.array(items)
    }

    fn integers(&mut self, integers: &[i32]) -> Value<'a> {
        let items: Vec<Value<'a>> = integers.iter().map(|&integer| Value::Int(integer.into())).collect();
        self.arena.array(&items)
    }

    fn array_of_parts(&mut self, parts: &[Box<[Value<'a>]>]) -> Value<'a> {
        self.arena.array(&parts.concat())
    }

    fn object_of_parts(&mut self, parts: &[Box<[Entry<'a>]>]) -> &'a Object<'a> {
        let entries = parts.concat();
        self.arena.object_from_sorted(entries.iter().map(|entry| (Value::String(entry.key), entry.value)))
    }

    #[inline]
    fn object(
        &mut self,
        entries: &mut [Entry<'a>],
        sorted: bool,
        refuse_duplicates: bool,
    ) -> Result<&'a Object<'a>, Duplicate<'a>> {
        let count = if sorted { entries.len() } else { sort(entries, refuse_duplicates)? };
        let entries = entries.iter().take(count);
        Ok(self.arena.object_from_sorted(entries.map(|entry| (Value::String(entry.key), entry.value))))
    }
}

/// Sorts entries by key and moves those that do not count out of the way; returns how many are left at the front.
pub(super) fn sort<'a>(entries: &mut [Entry<'a>], refuse_duplicates: bool) -> Result<usize, Duplicate<'a>> {
    skip_common_prefix(entries);
    // Stable, so that of equal keys the last stays last.
    entries.sort_by(Entry::compare_keys);
    match first_duplicate(entries) {
        None => Ok(entries.len()),
        Some(twice) if refuse_duplicates => Err(Duplicate(twice.key)),
        Some(_) => Ok(keep_last_of_equal_keys(entries)),
    }
}

/// Where all keys begin alike (`ml-team-1`, `ml-team-2`), lets each entry's prefix begin after that, so that it decides.
fn skip_common_prefix(entries: &mut [Entry<'_>]) {
    let Some((first, others)) = entries.split_first() else { return };
    if others.iter().any(|entry| entry.prefix != first.prefix) {
        return;
    }
    let first = first.key.as_bytes();
    let common = others.iter().fold(first.len(), |common, entry| {
        first.iter().zip(entry.key.as_bytes()).take(common).take_while(|(a, b)| a == b).count()
    });
    for entry in entries {
        entry.prefix = prefix_of(entry.key.as_bytes().get(common..).unwrap_or_default());
    }
}

/// The first of sorted entries whose key stands again right after it.
fn first_duplicate<'e, 'a>(entries: &'e [Entry<'a>]) -> Option<&'e Entry<'a>> {
    entries.windows(2).find_map(|pair| match pair {
        [a, b] if a.compare_keys(b).is_eq() => Some(a),
        _ => None,
    })
}

/// Moves the last of each run of entries with equal keys to the front; returns how many there are.
fn keep_last_of_equal_keys(entries: &mut [Entry<'_>]) -> usize {
    let mut kept = 0_usize;
    for next in 0..entries.len() {
        let Some(&entry) = entries.get(next) else { break };
        let last =
            kept.checked_sub(1).filter(|&last| entries.get(last).is_some_and(|last| last.compare_keys(&entry).is_eq()));
        if let Some(slot) = entries.get_mut(last.unwrap_or(kept)) {
            *slot = entry;
        }
        kept += usize::from(last.is_none());
    }
    kept
}
