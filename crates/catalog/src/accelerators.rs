//! Accelerators: what instance types, extended resources and device classes stand for, and sums of them.

use crate::quantity::{self, Count, Quantity};
use crate::tables::{self, Device};
use value::{Arena, Value};

/// Accelerators of one kind that a resource asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Accelerator<'a> {
    /// Of a known kind; how many may be unknown.
    Known {
        /// `gpu`, `tpu`.
        kind: &'a str,
        /// `A100`.
        model: Option<&'a str>,
        /// What was asked for, as the document names it.
        resource: &'a str,
        /// How many.
        count: Count<'a>,
    },
    /// So many of a device that is in no table: its kind is the Unknown leaf.
    UnknownKind {
        /// Why nobody can tell.
        leaf: Value<'a>,
        /// What was asked for, as the document names it.
        resource: &'a str,
        /// How many.
        count: Count<'a>,
    },
    /// Nobody can tell whether there are any.
    Unknown(Value<'a>),
}

/// What a resource asks for: a sum of accelerators by kind, model and name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accelerators<'a>(Vec<Accelerator<'a>>);

impl<'a> Accelerators<'a> {
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn unknown(leaf: Value<'a>) -> Self {
        Self(vec![Accelerator::Unknown(leaf)])
    }

    /// Adds to what is there of the same kind, model and name.
    pub(crate) fn add(&mut self, more: Accelerator<'a>) {
        match more {
            Accelerator::Known { count, .. } | Accelerator::UnknownKind { count, .. } if count.is_zero() => {}
            Accelerator::Known { kind, model, resource, count } => {
                let same = self.0.iter_mut().find_map(|there| match there {
                    Accelerator::Known { kind: k, model: m, resource: r, count }
                        if *k == kind && *m == model && *r == resource =>
                    {
                        Some(count)
                    }
                    _ => None,
                });
                match same {
                    Some(there) => *there = there.plus(count),
                    None => self.0.push(more),
                }
            }
            Accelerator::UnknownKind { resource, count, .. } => {
                let same = self.0.iter_mut().find_map(|there| match there {
                    Accelerator::UnknownKind { resource: r, count, .. } if *r == resource => Some(count),
                    _ => None,
                });
                match same {
                    Some(there) => *there = there.plus(count),
                    None => self.0.push(more),
                }
            }
            Accelerator::Unknown(_) => self.0.push(more),
        }
    }

    pub(crate) fn extend(&mut self, more: &Self) {
        more.0.iter().for_each(|&accelerator| self.add(accelerator));
    }

    /// So many times what is there. Nothing times the unknown is nothing.
    pub(crate) fn times(&self, factor: Count<'a>) -> Self {
        let mut product = Self::none();
        if factor.is_zero() {
            return product;
        }
        for &accelerator in &self.0 {
            product.add(match accelerator {
                Accelerator::Known { kind, model, resource, count } => {
                    Accelerator::Known { kind, model, resource, count: count.times(factor) }
                }
                Accelerator::UnknownKind { leaf, resource, count } => {
                    Accelerator::UnknownKind { leaf, resource, count: count.times(factor) }
                }
                Accelerator::Unknown(leaf) => Accelerator::Unknown(leaf),
            });
        }
        product
    }

    /// How many of any kind, as far as it is known; the unknown counts as more than everything.
    fn weight(&self) -> Option<Quantity> {
        self.0.iter().try_fold(Quantity::ZERO, |sum, accelerator| match accelerator {
            Accelerator::Known { count: Count::Known(count), .. }
            | Accelerator::UnknownKind { count: Count::Known(count), .. } => Some(sum.plus(*count)),
            _ => None,
        })
    }

    /// The one of several alternatives that asks for most; one that is unknown wins, because it may.
    pub(crate) fn largest(alternatives: impl IntoIterator<Item = Self>) -> Self {
        let mut largest = Self::none();
        for alternative in alternatives {
            match (largest.weight(), alternative.weight()) {
                (None, _) => return largest,
                (Some(_), None) => return alternative,
                (Some(there), Some(new)) if new > there => largest = alternative,
                _ => {}
            }
        }
        largest
    }

    /// The array that policies see.
    pub(crate) fn value(&self, arena: &'a Arena) -> Value<'a> {
        let entry = |kind: Value<'a>, model: Option<&'a str>, count: Count<'a>, resource: &'a str| {
            arena.object(&[
                (arena.borrowed("count"), count.value(arena)),
                (arena.borrowed("kind"), kind),
                (arena.borrowed("model"), model.map_or(Value::Null, |model| arena.borrowed(model))),
                (arena.borrowed("resource"), arena.borrowed(resource)),
            ])
        };
        let entries: Vec<_> = self
            .0
            .iter()
            .map(|&accelerator| match accelerator {
                Accelerator::Known { kind, model, resource, count } => {
                    entry(arena.borrowed(kind), model, count, resource)
                }
                Accelerator::UnknownKind { leaf, resource, count } => entry(leaf, None, count, resource),
                Accelerator::Unknown(leaf) => leaf,
            })
            .collect();
        arena.array(&entries)
    }
}

/// What one machine of an instance type has: `p4d.24xlarge`, `ml.g5.xlarge`.
pub(crate) fn of_instance_type<'a>(arena: &'a Arena, instance_type: Value<'a>) -> Accelerators<'a> {
    let name = match instance_type {
        Value::String(name) => name.as_str(),
        Value::Unknown(_) => return Accelerators::unknown(instance_type),
        other => {
            let reason = format!("{} stands where an instance type should", quantity::named(other));
            return Accelerators::unknown(arena.unknown("accelerators", &reason));
        }
    };
    match tables::instance_type(name) {
        Some(None) => Accelerators::none(),
        Some(Some(device)) => Accelerators(vec![Accelerator::Known {
            kind: device.kind,
            model: device.model,
            resource: name,
            count: Count::Known(device.count),
        }]),
        None => {
            let reason = format!("instance type `{name}` is in no table");
            Accelerators::unknown(arena.unknown("accelerators", &reason))
        }
    }
}

/// What an extended resource of Kubernetes stands for; None when it is no accelerator.
pub(crate) fn of_extended_resource(name: &str) -> Option<Device> {
    tables::extended_resource(name)
}

/// So many devices of a device class. A class in no table has an Unknown kind, so that it is never overlooked.
pub(crate) fn of_device_class<'a>(arena: &'a Arena, class: &'a str, count: Count<'a>) -> Accelerator<'a> {
    match tables::device_class(class) {
        Some(device) => Accelerator::Known { kind: device.kind, model: device.model, resource: class, count },
        None => {
            let leaf = arena.unknown("accelerators", &format!("device class `{class}` is in no table"));
            Accelerator::UnknownKind { leaf, resource: class, count }
        }
    }
}
