//! Scratch storage that lives as long as one evaluation or one document.

use crate::array::Row;
use crate::document::{Array, Object, Set, Text, Unknown, Value};
use crate::effort::Effort;
use crate::identity::forget_repeated;
use crate::number::Number;
use crate::shared;
use bumpalo::Bump;
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;

/// A region of memory that values are built in and that is released whole.
///
/// Nothing in it is dropped one by one, so nothing that owns heap memory may be stored.
#[derive(Default)]
pub struct Arena {
    bump: Bump,
    /// How many bytes it should hold at most; 0 is as many as there are.
    bound: Cell<usize>,
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arena({} bytes)", self.allocated_bytes())
    }
}

impl Arena {
    /// An empty arena.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty arena with room for `bytes` before it has to grow.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bump: Bump::with_capacity(bytes), bound: Cell::default() }
    }

    /// Forgets everything and keeps the memory for the next evaluation.
    pub fn reset(&mut self) {
        self.bump.reset();
    }

    /// How many bytes it holds.
    pub fn allocated_bytes(&self) -> usize {
        self.bump.allocated_bytes()
    }

    /// Says how many bytes it should hold at most, for those who ask whether it [is full](Self::is_full).
    pub fn set_bound(&self, bytes: u64) {
        self.bound.set(usize::try_from(bytes).unwrap_or(usize::MAX));
    }

    /// Whether it holds more than it should. Nothing is refused then; but whoever takes apart values that share their parts, and so
    /// may build far more than there was, asks and stops.
    #[inline]
    pub fn is_full(&self) -> bool {
        let bound = self.bound.get();
        bound > 0 && self.bump.allocated_bytes() > bound
    }

    /// A copy of `text`.
    pub fn str(&self, text: &str) -> &str {
        self.bump.alloc_str(text)
    }

    /// A string value; `text` is copied.
    pub fn string(&self, text: &str) -> Value<'_> {
        self.borrowed(self.bump.alloc_str(text))
    }

    /// A string value over characters that stand in storage already.
    pub fn borrowed<'a>(&'a self, text: &'a str) -> Value<'a> {
        Value::String(self.text(text))
    }

    /// The thin pointer that a string value holds, over characters that stand in storage already.
    pub(crate) fn text<'a>(&'a self, text: &'a str) -> &'a Text<'a> {
        self.bump.alloc(Text::new(text))
    }

    /// A string value from formatted text, without a copy on the heap.
    pub fn format(&self, arguments: fmt::Arguments<'_>) -> Value<'_> {
        use fmt::Write;
        let mut text = bumpalo::collections::String::new_in(&self.bump);
        // Writing to memory fails only when a `Display` of ours does, and then what was written is kept.
        let _ = text.write_fmt(arguments);
        self.borrowed(text.into_bump_str())
    }

    /// `count` cells that hold `filler`, for what is found out while an evaluation runs.
    pub fn cells<T: Copy>(&self, count: usize, filler: T) -> &[Cell<T>] {
        Cell::from_mut(self.bump.alloc_slice_fill_copy(count, filler)).as_slice_of_cells()
    }

    /// An array.
    pub fn array<'a>(&'a self, items: &[Value<'a>]) -> Value<'a> {
        if items.is_empty() {
            return Value::EMPTY_ARRAY;
        }
        Value::Array(self.bump.alloc(Array::new(self.bump.alloc_slice_copy(items))))
    }

    /// A set: `members` may come in any order and more than once.
    pub fn set<'a>(&'a self, members: &[Value<'a>]) -> Value<'a> {
        if members.is_empty() {
            return Value::EMPTY_SET;
        }
        let members = self.bump.alloc_slice_copy(members);
        let unique = if members.len() <= INSERTION_MAX {
            insert_unique(members)
        } else {
            let kept = forget_repeated(members);
            let (members, _) = members.split_at_mut(kept);
            // Stable, because that makes use of what is in order already, as members of data often are.
            members.sort();
            partition_unique(members)
        };
        let (members, _) = members.split_at(unique);
        Value::Set(self.bump.alloc(Set::from_sorted(members)))
    }

    /// A set of members that are strictly ascending.
    pub(crate) fn set_from_sorted<'a>(&'a self, members: &[Value<'a>]) -> Value<'a> {
        if members.is_empty() {
            return Value::EMPTY_SET;
        }
        Value::Set(self.bump.alloc(Set::from_sorted(self.bump.alloc_slice_copy(members))))
    }

    /// An object: entries may come in any order; of equal keys the last one stays.
    pub fn object<'a>(&'a self, entries: &[(Value<'a>, Value<'a>)]) -> Value<'a> {
        if entries.is_empty() {
            return Value::EMPTY_OBJECT;
        }
        let entries = self.bump.alloc_slice_copy(entries);
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            // Stable, so that the last of equal keys comes last among them; reversing first would cost the same.
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let unique = keep_last_of_equal_keys(entries);
            let (entries, _) = entries.split_at(unique);
            return Value::Object(self.bump.alloc(Object::from_sorted(entries)));
        }
        Value::Object(self.bump.alloc(Object::from_sorted(entries)))
    }

    /// An object over entries whose keys are strictly ascending.
    pub(crate) fn object_from_sorted<'a>(
        &'a self,
        entries: impl ExactSizeIterator<Item = (Value<'a>, Value<'a>)>,
    ) -> &'a Object<'a> {
        self.bump.alloc(Object::from_sorted(self.bump.alloc_slice_fill_iter(entries)))
    }

    /// As [`Self::text`], with the prefix computed already.
    pub(crate) fn text_with_prefix<'a>(&'a self, text: &'a str, prefix: u64) -> &'a Text<'a> {
        self.bump.alloc(Text::with_prefix(text, prefix))
    }

    /// A copy of `items`.
    pub(crate) fn slice<T: Copy>(&self, items: &[T]) -> &[T] {
        self.bump.alloc_slice_copy(items)
    }

    /// The items of an iterator, which stand nowhere else in between.
    pub(crate) fn slice_of<T>(&self, items: impl ExactSizeIterator<Item = T>) -> &mut [T] {
        self.bump.alloc_slice_fill_iter(items)
    }

    /// A number that no `i64` holds.
    pub(crate) fn number<'a>(&'a self, number: Number<'a>) -> Value<'a> {
        Value::Number(self.bump.alloc(number))
    }

    /// An Unknown leaf that says what is unknown and why.
    pub fn unknown(&self, place: &str, reason: &str) -> Value<'_> {
        self.unknown_leaf(&Unknown { place, reason, may_be_absent: false })
    }

    /// An Unknown leaf that may turn out not to be there at all.
    pub fn unknown_or_absent(&self, place: &str, reason: &str) -> Value<'_> {
        self.unknown_leaf(&Unknown { place, reason, may_be_absent: true })
    }

    fn unknown_leaf(&self, leaf: &Unknown<'_>) -> Value<'_> {
        Value::Unknown(self.bump.alloc(Unknown { place: self.str(leaf.place), reason: self.str(leaf.reason), ..*leaf }))
    }

    /// A deep copy of `value` into this arena.
    pub fn copy(&self, value: Value<'_>) -> Value<'_> {
        // Values may share their parts, and nest deeper than there is stack.
        self.copy_within(value, &mut Effort::of(COPIED_BY_ONE_MAX)).unwrap_or_else(|| shared::copy(self, value))
    }

    /// A copy that holds each part as often as it is seen; `None` when that is too much effort.
    fn copy_within(&self, value: Value<'_>, effort: &mut Effort) -> Option<Value<'_>> {
        // Only the three small functions recurse: allocating takes much stack in a debug build, and documents nest deep.
        match value {
            Value::Array(array) if !array.is_empty() => match self.copy_integers(array) {
                Some(copy) => Some(copy),
                None => effort.enter(|effort| self.copy_array(array, effort)),
            },
            Value::Set(set) if !set.is_empty() => effort.enter(|effort| self.copy_set(set, effort)),
            Value::Object(object) if !object.is_empty() => effort.enter(|effort| self.copy_object(object, effort)),
            leaf => Some(self.copy_leaf(leaf)),
        }
    }

    /// A copy of an array that stores integers and nothing else.
    pub(crate) fn copy_integers(&self, array: &Array<'_>) -> Option<Value<'_>> {
        let row = match array.row() {
            Row::Values(_) => return None,
            Row::Bytes(integers) => Row::Bytes(self.slice(integers)),
            Row::Shorts(integers) => Row::Shorts(self.slice(integers)),
            Row::Words(integers) => Row::Words(self.slice(integers)),
        };
        Some(Value::Array(self.keep(Array::over(row))))
    }

    fn copy_array(&self, array: &Array<'_>, effort: &mut Effort) -> Option<Value<'_>> {
        let items = self.slots(array.len(), Value::Null);
        for (slot, item) in items.iter_mut().zip(array.iter()) {
            *slot = self.copy_within(item, effort)?;
        }
        Some(Value::Array(self.keep(Array::new(items))))
    }

    fn copy_set(&self, set: &Set<'_>, effort: &mut Effort) -> Option<Value<'_>> {
        let members = self.slots(set.len(), Value::Null);
        for (slot, member) in members.iter_mut().zip(set.iter()) {
            *slot = self.copy_within(member, effort)?;
        }
        // A copy keeps the order, so what is sorted stays sorted.
        Some(Value::Set(self.keep(Set::from_sorted(members))))
    }

    fn copy_object(&self, object: &Object<'_>, effort: &mut Effort) -> Option<Value<'_>> {
        let entries = self.slots(object.len(), (Value::Null, Value::Null));
        for (slot, (key, value)) in entries.iter_mut().zip(object.iter()) {
            *slot = (self.copy_within(key, effort)?, self.copy_within(value, effort)?);
        }
        Some(Value::Object(self.keep(Object::from_sorted(entries))))
    }

    #[inline(never)]
    pub(crate) fn copy_leaf(&self, leaf: Value<'_>) -> Value<'_> {
        match leaf {
            Value::Null => Value::Null,
            Value::Bool(b) => Value::Bool(b),
            Value::Int(n) => Value::Int(n),
            Value::Number(n) => self.number(n.copy_into(self)),
            Value::String(s) => self.string(s),
            Value::Array(_) => Value::EMPTY_ARRAY,
            Value::Set(_) => Value::EMPTY_SET,
            Value::Object(_) => Value::EMPTY_OBJECT,
            Value::Unknown(unknown) => self.unknown_leaf(unknown),
        }
    }

    #[inline(never)]
    fn slots<T: Copy>(&self, count: usize, filler: T) -> &mut [T] {
        self.bump.alloc_slice_fill_copy(count, filler)
    }

    /// `part`, which must own nothing: it is never dropped.
    #[inline(never)]
    pub(crate) fn keep<T>(&self, part: T) -> &T {
        self.bump.alloc(part)
    }
}

/// Up to this many containers are copied one by one, without remembering which have been copied: hardly any document has more.
const COPIED_BY_ONE_MAX: u32 = 1 << 20;

/// Up to this many members each is inserted where it belongs: comparing deep values costs more than moving them.
const INSERTION_MAX: usize = 16;

/// Sorts `members` and moves equal ones out of the way; returns how many are left at the front.
fn insert_unique(members: &mut [Value<'_>]) -> usize {
    let mut kept = 0;
    for next in 0..members.len() {
        let (sorted, rest) = members.split_at_mut(kept);
        let Some(&member) = rest.get(next - kept) else { break };
        let at = match sorted.last().map(|last| last.cmp(&member)) {
            None | Some(Ordering::Less) => kept,
            Some(Ordering::Equal) => continue,
            // The last is greater, as was just seen.
            Some(Ordering::Greater) => match sorted.get(..kept - 1).unwrap_or_default().binary_search(&member) {
                Ok(_) => continue,
                Err(at) => at,
            },
        };
        if let Some(shifted) = members.get_mut(at..=kept) {
            shifted.rotate_right(1);
        }
        if let Some(slot) = members.get_mut(at) {
            *slot = member;
        }
        kept += 1;
    }
    kept
}

/// Moves the first of each run of equal members to the front; returns how many there are.
fn partition_unique(members: &mut [Value<'_>]) -> usize {
    let mut kept = 0;
    for next in 0..members.len() {
        let Some(&member) = members.get(next) else { break };
        if kept == 0 || members.get(kept - 1) != Some(&member) {
            if let Some(slot) = members.get_mut(kept) {
                *slot = member;
            }
            kept += 1;
        }
    }
    kept
}

/// Moves the last of each run of entries with equal keys to the front; returns how many there are.
fn keep_last_of_equal_keys<'a>(entries: &mut [(Value<'a>, Value<'a>)]) -> usize {
    let mut kept = 0_usize;
    for next in 0..entries.len() {
        let Some(&entry) = entries.get(next) else { break };
        match kept.checked_sub(1).and_then(|last| entries.get_mut(last)) {
            Some(last) if last.0 == entry.0 => *last = entry,
            _ => {
                if let Some(slot) = entries.get_mut(kept) {
                    *slot = entry;
                }
                kept += 1;
            }
        }
    }
    kept
}
