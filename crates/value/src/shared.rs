//! Looking through values that share their parts: each part once, and without recursion.
//!
//! Values that a policy builds may hold the same part so often, or nest so deep, that looking at all of what they seem to be takes
//! for ever or more stack than there is. What is done here takes time and memory in proportion to what is in storage.

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

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
