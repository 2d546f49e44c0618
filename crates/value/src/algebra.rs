//! Union, intersection and difference of sets, by merging: members stand in order in both.

use crate::arena::Arena;
use crate::document::{Set, Value};
use std::cmp::Ordering;

/// A set that is so many times as large as another is searched for each of its members, not walked through.
const SEARCH_FROM: usize = 8;

impl<'a> Set<'a> {
    /// The members of this set or of `other`; of members that are in both, this set's.
    pub fn union(&'a self, other: &'a Set<'a>, arena: &'a Arena) -> Value<'a> {
        if self.is_empty() {
            return Value::Set(other);
        }
        if other.is_empty() {
            return Value::Set(self);
        }
        let mut joined = Vec::with_capacity(self.len() + other.len());
        let (mut own, mut theirs) = (self.members(), other.members());
        while let (Some((a, own_rest)), Some((b, theirs_rest))) = (own.split_first(), theirs.split_first()) {
            match a.cmp(b) {
                Ordering::Less => {
                    joined.push(*a);
                    own = own_rest;
                }
                Ordering::Equal => {
                    joined.push(*a);
                    (own, theirs) = (own_rest, theirs_rest);
                }
                Ordering::Greater => {
                    joined.push(*b);
                    theirs = theirs_rest;
                }
            }
        }
        joined.extend_from_slice(own);
        joined.extend_from_slice(theirs);
        arena.set_from_sorted(&joined)
    }

    /// The members of this set that are in `other` too.
    pub fn intersection(&'a self, other: &Set<'_>, arena: &'a Arena) -> Value<'a> {
        if self.is_empty() || other.is_empty() {
            return Value::EMPTY_SET;
        }
        let mut shared = Vec::with_capacity(self.len().min(other.len()));
        if other.len() / SEARCH_FROM >= self.len() {
            shared.extend(self.iter().filter(|member| other.contains(*member)));
        } else if self.len() / SEARCH_FROM >= other.len() {
            shared.extend(other.iter().filter_map(|member| self.get(member)));
        } else {
            self.merge(other, |member, is_shared| {
                if is_shared {
                    shared.push(member);
                }
            });
        }
        if shared.len() == self.len() { Value::Set(self) } else { arena.set_from_sorted(&shared) }
    }

    /// The members of this set that are not in `other`.
    pub fn difference(&'a self, other: &Set<'_>, arena: &'a Arena) -> Value<'a> {
        if self.is_empty() || other.is_empty() {
            return Value::Set(self);
        }
        let mut rest = Vec::with_capacity(self.len());
        if other.len() / SEARCH_FROM >= self.len() {
            rest.extend(self.iter().filter(|member| !other.contains(*member)));
        } else {
            self.merge(other, |member, is_shared| {
                if !is_shared {
                    rest.push(member);
                }
            });
        }
        if rest.len() == self.len() { Value::Set(self) } else { arena.set_from_sorted(&rest) }
    }

    /// Tells of each member whether `other` has it.
    fn merge(&self, other: &Set<'_>, mut visit: impl FnMut(Value<'a>, bool)) {
        let mut theirs = other.members();
        for member in self.members() {
            let mut order = None;
            while let Some((candidate, rest)) = theirs.split_first() {
                let found = member.cmp(candidate);
                if found != Ordering::Less {
                    theirs = rest;
                }
                if found != Ordering::Greater {
                    order = Some(found);
                    break;
                }
            }
            visit(*member, order == Some(Ordering::Equal));
        }
    }
}

#[cfg(test)]
#[path = "algebra_tests.rs"]
mod tests;
