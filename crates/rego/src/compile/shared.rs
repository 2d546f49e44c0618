//! Which rules look at nothing but parts of `input` that several evaluations have in common.

use super::lower::Dependency;
use super::tree::RuleTree;
use crate::plan::{Group, GroupId, GroupKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;

/// The groups whose documents evaluations may share, numbered, and the functions whose calls they may share.
#[derive(Debug, Default)]
pub(crate) struct SharedGroups {
    numbers: FxHashMap<GroupId, u32>,
    functions: FxHashSet<GroupId>,
}

/// What a group looks at, with all that it needs.
#[derive(Clone, Copy, Default)]
struct Looks {
    /// At something that other evaluations may find different, or that is to happen each time.
    elsewhere: bool,
    /// At a shared part of `input`.
    at_input: bool,
    /// At base data.
    at_data: bool,
}

impl SharedGroups {
    /// The groups that look at no other part of `input` than `parts`. `order` has all groups, each after those it needs.
    pub(super) fn find(
        parts: &[String],
        tree: &RuleTree,
        groups: &[Group],
        dependencies: &[BTreeSet<Dependency>],
        order: &[GroupId],
    ) -> Self {
        let mut shared = Self::default();
        if parts.is_empty() {
            return shared;
        }
        let mut known: FxHashMap<GroupId, Looks> = FxHashMap::default();
        for &id in order {
            let mut looks = Looks::default();
            for dependency in dependencies.get(id as usize).into_iter().flatten() {
                let mut needs = |group: GroupId| {
                    let of_group = known.get(&group).copied().unwrap_or_default();
                    looks.elsewhere |= of_group.elsewhere;
                    looks.at_input |= of_group.at_input;
                    looks.at_data |= of_group.at_data;
                };
                match dependency {
                    Dependency::Group(group) => needs(*group),
                    Dependency::Paths(node, names) => {
                        tree.groups_along(*node, names).into_iter().for_each(needs);
                        looks.at_data = true;
                    }
                    Dependency::Input(Some(part)) if parts.contains(part) => looks.at_input = true,
                    Dependency::Input(_) | Dependency::World => looks.elsewhere = true,
                    Dependency::BaseData => looks.at_data = true,
                }
            }
            known.insert(id, looks);
            if looks.elsewhere {
                continue;
            }
            // What looks at nothing at all is found as quickly as it is kept, and so is most of what functions find in data.
            match groups.get(id as usize).map(|group| group.kind) {
                Some(GroupKind::Function(_)) if looks.at_input => drop(shared.functions.insert(id)),
                Some(GroupKind::Function(_)) | None => {}
                Some(_) if looks.at_input || looks.at_data => {
                    let number = u32::try_from(shared.numbers.len()).unwrap_or(u32::MAX);
                    shared.numbers.insert(id, number);
                }
                Some(_) => {}
            }
        }
        shared
    }

    /// The number of a group whose document may be shared.
    pub(crate) fn number(&self, group: GroupId) -> Option<usize> {
        self.numbers.get(&group).map(|number| *number as usize)
    }

    /// Whether calls of a function may be shared.
    pub(crate) fn is_shared_function(&self, group: GroupId) -> bool {
        self.functions.contains(&group)
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }
}
