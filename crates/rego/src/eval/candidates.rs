//! The rules of a group that can hold, by its index.

use super::Machine;
use crate::plan::{Group, IndexSubject, Rule};
use std::iter::Peekable;
use std::slice;
use value::Value;

/// Rules in source order: all of them, or those of two ascending lists.
pub(super) enum Candidates<'a> {
    All(slice::Iter<'a, Rule>),
    Indexed { rules: &'a [Rule], found: Peekable<slice::Iter<'a, u32>>, others: Peekable<slice::Iter<'a, u32>> },
}

impl<'a> Iterator for Candidates<'a> {
    type Item = &'a Rule;

    fn next(&mut self) -> Option<&'a Rule> {
        match self {
            Self::All(rules) => rules.next(),
            Self::Indexed { rules, found, others } => {
                let next = match (found.peek(), others.peek()) {
                    (Some(a), Some(b)) if a <= b => found.next(),
                    (Some(_), None) => found.next(),
                    _ => others.next(),
                }?;
                rules.get(*next as usize)
            }
        }
    }
}

impl<'a> Machine<'a, '_> {
    /// The rules of `group` that can hold; the arguments of a function stand on the stack from `arguments` on.
    pub(super) fn candidates(&mut self, group: &'a Group, arguments: Option<usize>) -> Candidates<'a> {
        // An observer may want to see what did not hold.
        let Some(by) =
            group.index.as_ref().filter(|_| self.observer.as_ref().is_none_or(|observer| observer.uses_index()))
        else {
            return Candidates::All(group.rules.iter());
        };
        let subject = match &by.subject {
            IndexSubject::Argument(position) => arguments.and_then(|start| self.stack.get(start + position).copied()),
            IndexSubject::Input(path) => {
                let before = std::mem::replace(&mut self.possible, false);
                let subject = self.fixed_path(*path);
                // What may turn out not to be there can be any of them or none.
                if std::mem::replace(&mut self.possible, before) { Some(Value::UNKNOWN) } else { subject }
            }
        };
        let found = match subject {
            Some(Value::Unknown(_)) => return Candidates::All(group.rules.iter()),
            Some(Value::String(text)) => by.by_text.get(text.as_str()),
            Some(Value::Int(integer)) => by.by_integer.get(&integer),
            _ => None,
        };
        Candidates::Indexed {
            rules: &group.rules,
            found: found.map(Vec::as_slice).unwrap_or_default().iter().peekable(),
            others: by.others.iter().peekable(),
        }
    }
}
