//! The groups of equal pods of an object, by the row of its kind.

use super::manifest::group_and_kind;
use super::special;
use super::surroundings::Surroundings;
use crate::path;
use crate::quantity::{Count, Quantity};
use crate::tables::{self, Factor, Kind, PodGroup};
use value::{Arena, Value};

/// Objects in objects in objects: more is no workload.
const NESTING_MAX: usize = 8;

/// A group of equal pods.
#[derive(Clone, Copy, Debug)]
pub(super) struct PodSet<'a> {
    /// What the group is called.
    pub(super) role: Option<&'a str>,
    /// How many pods.
    pub(super) count: Count<'a>,
    /// The pods' own metadata.
    pub(super) metadata: Value<'a>,
    /// The pods' spec.
    pub(super) spec: Value<'a>,
    /// Why nobody can tell what such a pod asks for, where that is so.
    pub(super) unknown: Option<Value<'a>>,
}

impl<'a> PodSet<'a> {
    /// A group of pods of a template: `metadata` and `spec`, or a bare spec.
    pub(super) fn of_template(arena: &'a Arena, role: Option<&'a str>, count: Count<'a>, template: Value<'a>) -> Self {
        let metadata = template.get_str("metadata").unwrap_or_default();
        let has = |key: &str| template.get_str(key).is_some();
        let bare = has("containers") || has("container") || has("script") || template.is_unknown();
        let (spec, unknown) = match template.get_str("spec") {
            Some(spec @ (Value::Object(_) | Value::Unknown(_))) => (spec, None),
            _ if bare => (template, None),
            // A step of a workflow that is made of other steps; it runs no pod of its own.
            _ if has("steps") || has("dag") || has("suspend") => (Value::EMPTY_OBJECT, None),
            _ => (Value::EMPTY_OBJECT, Some(arena.unknown("accelerators", "the pod's template has no spec"))),
        };
        Self { role, count, metadata, spec, unknown }
    }

    /// Pods of which nothing is known.
    fn unknown(role: Option<&'a str>, leaf: Value<'a>) -> Self {
        let (metadata, spec) = (Value::EMPTY_OBJECT, Value::EMPTY_OBJECT);
        Self { role, count: Count::Unknown(leaf), metadata, spec, unknown: Some(leaf) }
    }

    fn times(mut self, factor: Count<'a>) -> Self {
        self.count = self.count.times(factor);
        self
    }
}

/// All groups of pods of an object, those of objects inside it too.
pub(super) fn of<'a>(
    arena: &'a Arena,
    surroundings: &Surroundings<'a>,
    kind: &'static Kind,
    object: Value<'a>,
) -> Vec<PodSet<'a>> {
    nested(arena, surroundings, kind, object, 0)
}

fn nested<'a>(
    arena: &'a Arena,
    surroundings: &Surroundings<'a>,
    kind: &'static Kind,
    object: Value<'a>,
    level: usize,
) -> Vec<PodSet<'a>> {
    if let Some(special) = kind.special {
        return special::pods(arena, surroundings, special, object);
    }
    let mut sets: Vec<_> = kind.pods.iter().flat_map(|group| of_group(arena, group, object)).collect();
    if sets.is_empty() && !kind.pods.is_empty() {
        // It is of a kind that makes pods, and not shaped like one.
        let leaf = arena.unknown("accelerators", "no template of its pods is where its kind has them");
        sets.push(PodSet::unknown(None, leaf));
    }
    for inner in &kind.objects {
        for (_, part) in parts(arena, object, &inner.each) {
            let times = product(arena, &inner.count, part, object);
            let Some(below) = path::first(arena, part, &inner.at) else { continue };
            let kind = group_and_kind(below).map(|(group, kind)| tables::kubernetes(group, kind));
            let known = kind.filter(|kind| !kind.pods.is_empty() || !kind.objects.is_empty() || kind.special.is_some());
            match known {
                Some(kind) if level < NESTING_MAX => {
                    let found = nested(arena, surroundings, kind, below, level + 1);
                    sets.extend(found.into_iter().map(|set| set.times(times)));
                }
                Some(_) => {
                    let leaf = arena.unknown("accelerators", "its workloads are nested too deep to be counted");
                    let (metadata, spec) = (Value::EMPTY_OBJECT, Value::EMPTY_OBJECT);
                    sets.push(PodSet { role: None, count: times, metadata, spec, unknown: Some(leaf) });
                }
                None => sets.extend(declared(arena, part).into_iter().map(|set| set.times(times))),
            }
        }
    }
    sets
}

fn of_group<'a>(arena: &'a Arena, group: &'static PodGroup, object: Value<'a>) -> Vec<PodSet<'a>> {
    let mut sets = Vec::new();
    for (name, part) in parts(arena, object, &group.each) {
        let template =
            if group.template.is_empty() { Some(part) } else { path::first_of(arena, part, &group.template) };
        let Some(template) = template else { continue };
        let named = group.role_at.as_deref().and_then(|at| path::text(arena, part, at));
        let role = named.or(name).or(group.role.as_deref());
        sets.push(PodSet::of_template(arena, role, product(arena, &group.count, part, object), template));
    }
    sets
}

/// The parts of an object at a path: items of an array, or values of an object with their keys.
fn parts<'a>(arena: &'a Arena, object: Value<'a>, each: &str) -> Vec<(Option<&'a str>, Value<'a>)> {
    if each.is_empty() {
        return vec![(None, object)];
    }
    path::all(arena, object, each)
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(array) => array.iter().map(|item| (None, item)).collect(),
            Value::Object(object) => object.iter().map(|(key, value)| (key.as_str(), value)).collect(),
            other => vec![(None, other)],
        })
        .filter(|(_, part)| !matches!(part, Value::Null))
        .collect()
}

/// What an AppWrapper declares of a component whose kind is in no table: where its pods' templates stand, and how many.
fn declared<'a>(arena: &'a Arena, component: Value<'a>) -> Vec<PodSet<'a>> {
    let mut sets = Vec::new();
    for set in path::items(arena, component, "podSets") {
        let count = set.get_str("replicas").map_or(Count::ONE, |count| Count::of(arena, count, "pods"));
        let Some(template) = path::text(arena, set, "path").and_then(|path| path::first(arena, component, path)) else {
            continue;
        };
        sets.push(PodSet::of_template(arena, None, count, template));
    }
    sets
}

/// The product of factors; one when there are none.
pub(super) fn product<'a>(arena: &'a Arena, factors: &[Factor], part: Value<'a>, object: Value<'a>) -> Count<'a> {
    factors.iter().fold(Count::ONE, |count, one| count.times(factor(arena, one, part, object)))
}

fn factor<'a>(arena: &'a Arena, factor: &Factor, part: Value<'a>, object: Value<'a>) -> Count<'a> {
    let at = |path: &str| path::within(arena, part, object, path);
    let number = |path: &str| at(path).map(|value| Count::of(arena, value, "replicas"));
    let unknown = |reason: &str| Count::Unknown(arena.unknown("replicas", reason));
    let mut count = match (factor.at.iter().find_map(|path| number(path)), &factor.unknown_without) {
        (Some(count), _) => count,
        (None, Some(reason)) => unknown(reason),
        (None, None) => Count::Known(Quantity::whole(factor.otherwise.unwrap_or(1))),
    };
    if let Some(least) = factor.at_least.as_deref().and_then(number) {
        count = count.larger(least);
    }
    if let Some(most) = factor.at_most.as_deref().and_then(number) {
        count = count.smaller(most);
    }
    match factor.grows_when.as_deref().and_then(at) {
        Some(Value::Bool(true)) => match factor.grows_to.as_deref().and_then(number) {
            Some(most) => count = count.larger(most),
            None => count = unknown("it grows by itself, and nothing says how far"),
        },
        Some(leaf @ Value::Unknown(_)) => count = Count::Unknown(leaf),
        _ => {}
    }
    count.plus(Count::Known(Quantity::whole(factor.minus.saturating_neg()))).larger(Count::ZERO)
}
