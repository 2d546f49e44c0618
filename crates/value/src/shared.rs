//! Looking through values that share their parts: each part once, and without recursion.
//!
//! Values that a policy builds may hold the same part so often, or nest so deep, that looking at all of what they seem to be takes
//! for ever or more stack than there is. What is done here takes time and memory in proportion to what is in storage.

use crate::arena::Arena;
use crate::array::RowIterator;
use crate::compare::compare_leaves;
use crate::document::{Unknown, Value};
use crate::object::EntryIterator;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;
use std::ptr;

/// What a container holds, in the order of comparisons: of an object each key and its value in turn.
enum Parts<'a> {
    Row(RowIterator<'a>),
    Entries(EntryIterator<'a>, Option<Value<'a>>),
}

impl<'a> Parts<'a> {
    /// The parts of a container and its address; `None` for a leaf.
    fn of(value: Value<'a>) -> Option<(usize, Self)> {
        match value {
            Value::Array(array) => Some((ptr::from_ref(array).addr(), Self::Row(array.row().iter()))),
            Value::Set(set) => {
                Some((ptr::from_ref(set).addr(), Self::Row(RowIterator::Values(set.members().iter().copied()))))
            }
            Value::Object(object) => Some((ptr::from_ref(object).addr(), Self::Entries(object.entries(), None))),
            _ => None,
        }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        match self {
            Self::Row(row) => row.next(),
            Self::Entries(entries, pending) => match pending.take() {
                Some(value) => Some(value),
                None => {
                    let (key, value) = entries.next()?;
                    *pending = Some(value);
                    Some(key)
                }
            },
        }
    }
}

/// Containers that were found to be equal, by address: disjoint sets, each a tree of parents.
#[derive(Default)]
struct Equals {
    parents: FxHashMap<usize, usize>,
}

impl Equals {
    fn root(&mut self, container: usize) -> usize {
        let mut at = container;
        while let Some(&parent) = self.parents.get(&at) {
            // Each step halves the way of those that come after.
            if let Some(&grandparent) = self.parents.get(&parent) {
                self.parents.insert(at, grandparent);
            }
            at = parent;
        }
        at
    }

    fn are_equal(&mut self, a: usize, b: usize) -> bool {
        a == b || self.root(a) == self.root(b)
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.parents.insert(a, b);
        }
    }
}

/// Two containers that are compared with one another.
struct Pair<'a, 'b> {
    addresses: (usize, usize),
    left: Parts<'a>,
    right: Parts<'b>,
}

/// The order of two values. One difference decides, so all that has to be remembered is what was found to be equal.
pub(crate) fn compare(a: Value<'_>, b: Value<'_>) -> Ordering {
    let mut equals = Equals::default();
    let mut open: Vec<Pair<'_, '_>> = Vec::new();
    let mut next = Some((a, b));
    loop {
        if let Some((a, b)) = next.take() {
            match (Parts::of(a), Parts::of(b)) {
                (Some((left_address, left)), Some((right_address, right))) if a.rank() == b.rank() => {
                    if !equals.are_equal(left_address, right_address) {
                        open.push(Pair { addresses: (left_address, right_address), left, right });
                    }
                }
                _ => {
                    let order = compare_leaves(&a, &b);
                    if order.is_ne() {
                        return order;
                    }
                }
            }
        }
        let Some(pair) = open.last_mut() else { return Ordering::Equal };
        match (pair.left.next(), pair.right.next()) {
            (Some(a), Some(b)) => next = Some((a, b)),
            (None, None) => {
                equals.join(pair.addresses.0, pair.addresses.1);
                open.pop();
            }
            (left, right) => return left.is_some().cmp(&right.is_some()),
        }
    }
}

/// The first Unknown leaf in a value.
pub(crate) fn find_unknown<'a>(value: Value<'a>) -> Option<&'a Unknown<'a>> {
    let mut seen: FxHashSet<usize> = FxHashSet::default();
    let mut open: Vec<Parts<'a>> = Vec::new();
    let mut next = Some(value);
    loop {
        if let Some(value) = next.take() {
            if let Value::Unknown(unknown) = value {
                return Some(unknown);
            }
            if let Some((address, parts)) = Parts::of(value)
                && seen.insert(address)
            {
                open.push(parts);
            }
        }
        next = open.last_mut()?.next();
        if next.is_none() {
            open.pop();
        }
    }
}

/// A container of which a copy is made.
struct Copying<'v, 'a> {
    address: usize,
    original: Value<'v>,
    parts: Parts<'v>,
    copied: Vec<Value<'a>>,
}

impl<'a> Copying<'_, 'a> {
    /// The copy, when all parts are there.
    fn finish(self, arena: &'a Arena) -> Value<'a> {
        match self.original {
            // A copy keeps the order, so what is sorted stays sorted.
            Value::Set(_) => arena.set_from_sorted(&self.copied),
            Value::Object(_) => {
                let (pairs, _) = self.copied.as_chunks::<2>();
                Value::Object(arena.object_from_sorted(pairs.iter().map(|&[key, value]| (key, value))))
            }
            _ => arena.array(&self.copied),
        }
    }
}

/// A copy in `arena` whose parts are shared as those of `value` are.
pub(crate) fn copy<'a>(arena: &'a Arena, value: Value<'_>) -> Value<'a> {
    let mut copies: FxHashMap<usize, Value<'a>> = FxHashMap::default();
    let mut open: Vec<Copying<'_, 'a>> = Vec::new();
    let mut next = Some(value);
    loop {
        let mut done = match next.take() {
            None => None,
            Some(original) => match (leaf_copy(arena, original), Parts::of(original)) {
                (None, Some((address, parts))) => match copies.get(&address) {
                    Some(&copy) => Some(copy),
                    None => {
                        open.push(Copying { address, original, parts, copied: Vec::new() });
                        None
                    }
                },
                (leaf, _) => leaf,
            },
        };
        // Hands a copy to the container around it, and that one's to the next when it was the last part.
        loop {
            let Some(innermost) = open.last_mut() else { return done.unwrap_or_default() };
            innermost.copied.extend(done.take());
            next = innermost.parts.next();
            if next.is_some() {
                break;
            }
            if let Some(finished) = open.pop() {
                let address = finished.address;
                let copy = finished.finish(arena);
                copies.insert(address, copy);
                done = Some(copy);
            }
        }
    }
}

/// A copy of what holds no other values.
fn leaf_copy<'a>(arena: &'a Arena, value: Value<'_>) -> Option<Value<'a>> {
    match value {
        Value::Array(array) if !array.is_empty() => arena.copy_integers(array),
        Value::Set(set) if !set.is_empty() => None,
        Value::Object(object) if !object.is_empty() => None,
        leaf => Some(arena.copy_leaf(leaf)),
    }
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
