//! From a resource to the one that holds its machines for it.

use super::configuration::{Configuration, Reference};
use super::plan::Entry;
use crate::machines::Target;
use crate::model::Action;
use crate::path;
use crate::tables::Link;
use std::collections::HashMap;
use value::Arena;

/// Which state of the resources is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Before the change.
    Before,
    /// After it.
    After,
}

/// Every entry by its type.
pub(super) struct Links<'e, 'a> {
    entries: &'e [Entry<'a>],
    by_type: HashMap<&'a str, Vec<usize>>,
}

impl<'e, 'a> Links<'e, 'a> {
    pub(super) fn of(entries: &'e [Entry<'a>]) -> Self {
        let mut by_type: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            by_type.entry(entry.kind).or_default().push(index);
        }
        Self { entries, by_type }
    }

    /// Where a link of `from` leads.
    ///
    /// A name that is known decides, among the resources that the configuration refers to if it says so, else among all of
    /// the type. A name that is unknown leaves the references: the one resource, or the one of the same index.
    pub(super) fn follow(
        &self,
        arena: &'a Arena,
        configuration: &Configuration<'a>,
        from: &Entry<'a>,
        side: Side,
        link: &Link,
    ) -> Target<'a> {
        let Some(reference) = path::first_of(arena, from.facts(side), &link.by) else { return Target::Absent };
        if reference.as_str() == Some("") {
            return Target::Absent;
        }
        let all = self.by_type.get(link.to.as_str()).map(Vec::as_slice).unwrap_or_default();
        let all: Vec<&Entry<'a>> = all
            .iter()
            .filter_map(|&index| self.entries.get(index))
            .filter(|entry| match side {
                Side::Before => entry.exists(),
                Side::After => entry.action != Action::Delete,
            })
            .collect();
        let references = self.references(arena, configuration, from, link);
        let referred: Vec<&Entry<'a>> = all
            .iter()
            .copied()
            .filter(|entry| {
                references.iter().any(|reference| {
                    reference.name == entry.name
                        && reference.module == entry.module
                        && (entry.module != from.module || entry.module_address == from.module_address)
                })
            })
            .collect();
        let named = |entry: &&&Entry<'a>| {
            link.matches.iter().any(|attribute| entry.facts(side).get_str(attribute) == Some(reference))
        };
        let found = if reference.is_unknown() {
            match referred.as_slice() {
                [one] => Some(*one),
                several => several.iter().find(|entry| entry.index == from.index).copied(),
            }
        } else {
            referred.iter().find(named).or_else(|| all.iter().find(named)).copied()
        };
        match found {
            Some(entry) => Target::Found(entry.row, entry.facts(side)),
            None => {
                let reason = match reference.as_str() {
                    Some(name) => format!("`{name}` ({}) is not part of this plan", link.to),
                    None => format!("which {} it runs by is known only after apply", link.to),
                };
                Target::Unknown(arena.unknown("accelerators", &reason))
            }
        }
    }

    fn references(
        &self,
        arena: &'a Arena,
        configuration: &Configuration<'a>,
        from: &Entry<'a>,
        link: &Link,
    ) -> Vec<Reference> {
        let Some(expressions) = from.configured.and_then(|resource| resource.get_str("expressions")) else {
            return Vec::new();
        };
        link.by
            .iter()
            .flat_map(|by| path::all(arena, expressions, by))
            .flat_map(|expression| configuration.references(&from.module, expression, &link.to))
            .collect()
    }
}
