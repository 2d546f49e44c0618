//! Mutators that disagree about the shape of what they change.
//!
//! A location says what the object looks like: `spec.containers[name: a].image` makes `containers` a list whose items have
//! names. Another location in the same types that makes it an object, or tells its items apart by another field, would undo that
//! or fail, depending on which comes first. Gatekeeper applies neither, and says so.

use super::location::{Location, Segment};
use super::mutator::{Mutator, Terminal};
use crate::applies_to::AppliesTo;

/// What is wrong with each mutator, in their order: a message for each other one that it is in conflict with.
pub(super) fn find(mutators: &[&Mutator]) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new(); mutators.len()];
    for (index, a) in mutators.iter().enumerate() {
        for (distance, b) in mutators.iter().skip(index + 1).enumerate() {
            let Some(place) = conflict(a, b) else { continue };
            let message =
                |other: &Mutator| format!("the mutator disagrees with `{}` about the shape of `{place}`", other.id);
            if let Some(messages) = found.get_mut(index) {
                messages.push(message(b));
            }
            if let Some(messages) = found.get_mut(index + 1 + distance) {
                messages.push(message(a));
            }
        }
    }
    found
}

/// What a step of a location leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape<'m> {
    Object,
    /// A list of objects that a key tells apart.
    Items(&'m str),
    Set,
    Text,
    Anything,
}

/// Where two mutators disagree, if they do and may meet.
fn conflict(a: &Mutator, b: &Mutator) -> Option<Location> {
    let (left, right) = (&a.location.segments, &b.location.segments);
    for depth in 0..left.len().min(right.len()) {
        match (left.get(depth)?, right.get(depth)?) {
            (Segment::Field(a), Segment::Field(b)) if a == b => {}
            // The keys have been compared one step before, and which items are meant does not change their shape.
            (Segment::Items { .. }, Segment::Items { .. }) => {}
            _ => return None,
        }
        let (here, there) = (shape(a, depth), shape(b, depth));
        if here != there && here != Shape::Anything && there != Shape::Anything {
            let place = Location { segments: left.get(..=depth).unwrap_or_default().to_vec() };
            return meet(a, b).then_some(place);
        }
    }
    None
}

fn shape(mutator: &Mutator, depth: usize) -> Shape<'_> {
    match mutator.location.segments.get(depth + 1) {
        Some(Segment::Field(_)) => Shape::Object,
        Some(Segment::Items { key, .. }) => Shape::Items(key),
        None => match mutator.terminal() {
            Terminal::Anything => Shape::Anything,
            Terminal::Set => Shape::Set,
            Terminal::Text => Shape::Text,
        },
    }
}

/// Whether there is a type and an operation that both apply to.
fn meet(a: &Mutator, b: &Mutator) -> bool {
    let common = |a: &AppliesTo, b: &AppliesTo| a.shares_operation(b) && a.types().any(|kind| b.applies(&kind));
    a.applies_to.iter().any(|a| b.applies_to.iter().any(|b| common(a, b)))
}
