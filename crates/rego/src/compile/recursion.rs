//! Rules must not depend on themselves.

use super::lower::Dependency;
use super::places::PlaceTable;
use super::tree::RuleTree;
use crate::plan::{Group, GroupId};
use std::collections::BTreeSet;
use value::Diagnostic;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

/// Reports each rule that reaches itself, once a cycle, with the way it takes. Gives all groups, each after those it needs.
pub(super) fn check(
    tree: &RuleTree,
    groups: &[Group],
    dependencies: &[BTreeSet<Dependency>],
    places: &PlaceTable,
    errors: &mut Vec<Diagnostic>,
) -> Vec<GroupId> {
    let mut order = Vec::with_capacity(groups.len());
    let successors: Vec<Vec<GroupId>> = dependencies
        .iter()
        .map(|dependencies| {
            let mut reached: Vec<GroupId> = dependencies
                .iter()
                .flat_map(|dependency| match dependency {
                    Dependency::Group(group) => vec![*group],
                    Dependency::Paths(node, names) => tree.groups_along(*node, names),
                    Dependency::Input(_) | Dependency::BaseData | Dependency::World => Vec::new(),
                })
                .collect();
            reached.sort_unstable();
            reached.dedup();
            reached
        })
        .collect();
    let mut marks = vec![Mark::New; groups.len()];
    for start in 0..groups.len() {
        // An explicit stack: a chain of ten thousand rules must not overflow ours.
        let mut path: Vec<(usize, usize)> = Vec::new();
        if marks.get(start) == Some(&Mark::New) {
            set(&mut marks, start, Mark::Open);
            path.push((start, 0));
        }
        while let Some(&mut (group, ref mut next)) = path.last_mut() {
            let successor = successors.get(group).and_then(|successors| successors.get(*next)).copied();
            *next += 1;
            let Some(successor) = successor else {
                set(&mut marks, group, Mark::Done);
                order.extend(GroupId::try_from(group));
                path.pop();
                continue;
            };
            let successor = successor as usize;
            match marks.get(successor) {
                Some(Mark::New) => {
                    set(&mut marks, successor, Mark::Open);
                    path.push((successor, 0));
                }
                Some(Mark::Open) => {
                    let cycle: Vec<usize> =
                        path.iter().map(|&(group, _)| group).skip_while(|&group| group != successor).collect();
                    report(groups, &cycle, places, errors);
                }
                _ => {}
            }
        }
    }
    order
}

fn set(marks: &mut [Mark], index: usize, mark: Mark) {
    if let Some(slot) = marks.get_mut(index) {
        *slot = mark;
    }
}

fn report(groups: &[Group], cycle: &[usize], places: &PlaceTable, errors: &mut Vec<Diagnostic>) {
    let name =
        |index: &usize| groups.get(*index).map_or_else(String::new, |group| format!("data.{}", group.path.join(".")));
    let Some(first) = cycle.first() else { return };
    let way: Vec<String> = cycle.iter().chain([first]).map(name).collect();
    let message = format!("rule {} is recursive: {}", name(first), way.join(" -> "));
    let place = groups
        .get(*first)
        .and_then(|group| group.rules.first().or(group.default.as_ref()))
        .and_then(|rule| places.get(rule.place));
    errors.push(match place {
        Some(place) => Diagnostic::new("rego_recursion_error", message, &place.source, place.span)
            .help("a rule must not need its own value: break the circle at one of these rules"),
        None => {
            Diagnostic { code: "rego_recursion_error", message, source: None, span: value::Span::default(), help: None }
        }
    });
}
