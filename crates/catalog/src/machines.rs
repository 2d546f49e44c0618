//! Machines that a resource runs, by the rows of the tables.

use crate::accelerators::{self, Accelerator, Accelerators};
use crate::path;
use crate::quantity::Count;
use crate::tables::{Link, Machines, Row};
use value::{Arena, Value};

/// What a resource runs.
#[derive(Clone, Debug)]
pub(crate) struct Held<'a> {
    /// The accelerators of all its machines.
    pub(crate) accelerators: Accelerators<'a>,
    /// How many machines; None where the resource is nothing that has any.
    pub(crate) machines: Option<Count<'a>>,
}

impl<'a> Held<'a> {
    pub(crate) const fn nothing() -> Self {
        Self { accelerators: Accelerators::none(), machines: None }
    }

    pub(crate) fn replicas(&self, arena: &'a Arena) -> Value<'a> {
        self.machines.map_or(Value::Null, |count| count.value(arena))
    }

    fn add(&mut self, accelerators: &Accelerators<'a>, machines: Count<'a>) {
        self.accelerators.extend(accelerators);
        self.machines = Some(self.machines.map_or(machines, |there| there.plus(machines)));
    }
}

/// Where a link of a resource leads.
#[derive(Debug)]
pub(crate) enum Target<'a> {
    /// The resource does not use the link.
    Absent,
    /// To a resource of the same change: its row and its facts.
    Found(&'static Row, Value<'a>),
    /// To something that nobody can look into; the leaf says why.
    Unknown(Value<'a>),
}

/// What a resource runs, by its own facts and by those of the resources it links to.
pub(crate) fn of<'a>(
    arena: &'a Arena,
    row: &'static Row,
    facts: Value<'a>,
    follow: impl Fn(&'static Link) -> Target<'a>,
) -> Held<'a> {
    let known = |path: &String| path::all(arena, facts, path).into_iter().any(|value| !value.is_unknown());
    for link in row.links.iter().filter(|link| !link.unless.iter().any(known)) {
        let times = counted(arena, &link.count, facts, facts, None);
        match follow(link) {
            Target::Absent => {}
            Target::Found(other, facts) => {
                let held = described(arena, &other.describes, facts, times);
                return Held { machines: times.or(held.machines), ..held };
            }
            Target::Unknown(leaf) => {
                return Held {
                    accelerators: Accelerators::unknown(leaf),
                    machines: Some(times.unwrap_or(Count::Unknown(leaf))),
                };
            }
        }
    }
    described(arena, &row.machines, facts, None)
}

/// What groups of machines add up to; `times` stands over their own numbers.
fn described<'a>(
    arena: &'a Arena,
    groups: &'static [Machines],
    facts: Value<'a>,
    times: Option<Count<'a>>,
) -> Held<'a> {
    let mut held = Held::nothing();
    for group in groups {
        let parts = match &group.each {
            Some(each) => path::items(arena, facts, each),
            None => vec![facts],
        };
        let parts: Vec<_> = parts.into_iter().filter_map(|part| one_group(arena, group, part, facts, times)).collect();
        if group.choice {
            let Some(machines) = parts.iter().map(|part| part.1).reduce(Count::larger) else { continue };
            held.add(&Accelerators::largest(parts.into_iter().map(|part| part.0)), machines);
        } else {
            parts.iter().for_each(|(accelerators, machines)| held.add(accelerators, *machines));
        }
    }
    held
}

/// One group's accelerators and machines; None when it is not one that counts.
fn one_group<'a>(
    arena: &'a Arena,
    group: &'static Machines,
    part: Value<'a>,
    facts: Value<'a>,
    times: Option<Count<'a>>,
) -> Option<(Accelerators<'a>, Count<'a>)> {
    if part.is_unknown() {
        return Some((Accelerators::unknown(part), Count::Unknown(part)));
    }
    if let Some((key, wanted)) = &group.only {
        match path::first(arena, part, key) {
            Some(Value::String(found)) if found.as_str() == wanted => {}
            Some(leaf @ Value::Unknown(_)) => return Some((Accelerators::unknown(leaf), times.unwrap_or(Count::ONE))),
            _ => return None,
        }
    }
    let own = counted(arena, &group.count, part, facts, group.unknown_count.as_deref());
    if let Some(kind) = &group.device {
        let machines = times.unwrap_or(Count::ONE);
        let count = own.unwrap_or(Count::ONE).times(machines);
        let mut accelerators = Accelerators::none();
        accelerators.add(Accelerator::Known { kind, model: None, resource: kind, count });
        return Some((accelerators, machines));
    }
    let machines = times.or(own).unwrap_or(Count::ONE);
    let types: Vec<_> = group.instance_type.iter().flat_map(|path| path::items(arena, part, path)).collect();
    if types.is_empty() {
        if group.optional {
            return None;
        }
        let leaf = arena.unknown("accelerators", "no instance type stands there");
        return Some((Accelerators::unknown(leaf), machines));
    }
    let each = Accelerators::largest(types.into_iter().map(|name| accelerators::of_instance_type(arena, name)));
    Some((each.times(machines), machines))
}

/// The first number that one of the paths leads to; behind `^.` a path starts at the whole resource.
fn counted<'a>(
    arena: &'a Arena,
    paths: &[String],
    part: Value<'a>,
    facts: Value<'a>,
    unknown: Option<&str>,
) -> Option<Count<'a>> {
    if let Some(reason) = unknown {
        return Some(Count::Unknown(arena.unknown("replicas", reason)));
    }
    let value = paths.iter().find_map(|path| path::within(arena, part, facts, path))?;
    Some(Count::of(arena, value, "replicas"))
}
