//! Where a reference stands: in a value, in a partial set with members that are only possible, or in the rule tree.
//!
//! In the rule tree three layers lie over one another: the rules below a node, what rules with open heads further up put there
//! (`p[x].q := v`), and base data. Rules hide base data; two rules must not give one place two values.

use super::error::EvalErrorKind;
use super::extent::Extent;
use super::{EvalError, Machine};
use crate::builtins::comparison::{Lookup, equal_three_valued, is_uncertain, look_up};
use crate::compile::RuleTree;
use crate::plan::{GroupKind, NodeId, Term};
use std::collections::BTreeSet;
use value::{Array, Value};

#[derive(Clone, Copy, Debug)]
pub(super) enum Location<'a> {
    Value(Value<'a>),
    /// A partial set: certain members, and members that are only possible.
    Partial {
        certain: Value<'a>,
        possible: &'a Array<'a>,
    },
    /// A node of the rule tree.
    Tree {
        node: NodeId,
        /// What rules with open heads put here.
        overlay: Option<Value<'a>>,
        /// What base data has here.
        base: Option<Value<'a>>,
    },
}

impl<'a> Machine<'a, '_> {
    /// `data`.
    pub(super) fn root(&mut self) -> Result<Option<Location<'a>>, EvalError> {
        let data = self.current().map(|scope| scope.data);
        self.enter(RuleTree::ROOT, None, data)
    }

    /// What a node stands for.
    pub(super) fn tree_location(&mut self, node: NodeId) -> Result<Option<Location<'a>>, EvalError> {
        let mut base = self.current().map(|scope| scope.data);
        let path = self.program.tree.node(node).map(|node| node.path.as_slice()).unwrap_or_default();
        for name in path {
            base = base.and_then(|base| if base.is_unknown() { Some(base) } else { base.get_str(name) });
        }
        self.enter(node, None, base)
    }

    /// What a term stands for, partial sets with their possible members.
    pub(super) fn location_of(&mut self, term: &'a Term) -> Result<Option<Location<'a>>, EvalError> {
        match term {
            Term::Group(group) => self.group_location(*group),
            Term::Tree { node, path } => {
                let Some(mut location) = self.tree_location(*node)? else { return Ok(None) };
                for part in path {
                    let Some(key) = self.term(part)? else { return Ok(None) };
                    match self.step_into(location, key)? {
                        Some(next) => location = next,
                        None => return Ok(None),
                    }
                }
                Ok(Some(location))
            }
            term => Ok(self.term(term)?.map(Location::Value)),
        }
    }

    /// What a group defines, or the base data that hides it.
    pub(super) fn group_location(&mut self, group: u32) -> Result<Option<Location<'a>>, EvalError> {
        let Some(definition) = self.program.group(group) else { return Ok(None) };
        if self.is_hidden(definition.node) {
            let data = self.current().map(|scope| scope.data);
            let mut found = data;
            for name in &definition.path {
                let Some(value) = found else { break };
                found = if value.is_unknown() { self.doubt(value) } else { value.get_str(name) };
            }
            return Ok(found.map(Location::Value));
        }
        Ok(match self.extent(group)? {
            Extent::Undefined => None,
            Extent::Value(value) => Some(Location::Value(value)),
            Extent::Possible(value) => self.doubt(value).map(Location::Value),
            Extent::Partial { certain, possible } => Some(Location::Partial { certain, possible }),
        })
    }

    fn enter(
        &mut self,
        node: NodeId,
        overlay: Option<Value<'a>>,
        base: Option<Value<'a>>,
    ) -> Result<Option<Location<'a>>, EvalError> {
        if self.is_hidden(node) {
            return Ok(base.map(Location::Value));
        }
        let Some(group) = self.program.tree.lone_group(node) else {
            return Ok(Some(Location::Tree { node, overlay, base }));
        };
        let location = match self.group_location(group)? {
            None => None,
            Some(Location::Value(value)) => match overlay {
                Some(overlay) => Some(Location::Value(self.combine(value, overlay)?)),
                None => Some(Location::Value(value)),
            },
            Some(location) => Some(location),
        };
        Ok(match (location, overlay) {
            (Some(location), _) => Some(location),
            (None, Some(overlay)) => Some(Location::Value(overlay)),
            (None, None) => base.map(Location::Value),
        })
    }

    /// What the open heads of the rules at a node put at and below it.
    fn node_extent(&mut self, node: NodeId) -> Result<Option<Value<'a>>, EvalError> {
        let group = self.program.tree.node(node).and_then(|node| node.group);
        let Some(group) = group else { return Ok(None) };
        match self.program.group(group).map(|group| group.kind) {
            Some(GroupKind::Object | GroupKind::Set) => Ok(match self.extent(group)? {
                Extent::Value(value) => Some(value),
                Extent::Possible(value) => self.doubt(value),
                Extent::Partial { .. } => Some(Value::UNKNOWN),
                Extent::Undefined => None,
            }),
            _ => Ok(None),
        }
    }

    /// What stands at `key`.
    pub(super) fn step_into(
        &mut self,
        location: Location<'a>,
        key: Value<'a>,
    ) -> Result<Option<Location<'a>>, EvalError> {
        match location {
            Location::Value(value) => Ok(self.index(value, key).map(Location::Value)),
            Location::Partial { certain, possible } => Ok(match look_up(certain, key) {
                Lookup::Found(value) => Some(value),
                Lookup::Unknown => self.doubt(Value::UNKNOWN),
                // What is looked up in a set is the member itself.
                Lookup::Missing if super::logic::may_contain(possible.iter(), key) => self.doubt(key),
                Lookup::Missing => None,
            }
            .map(Location::Value)),
            Location::Tree { node, overlay, base } => {
                if key.is_unknown() {
                    return Ok(self.doubt(key).map(Location::Value));
                }
                let from_overlay = overlay.and_then(|overlay| self.index(overlay, key));
                let from_node = self.node_extent(node)?.and_then(|extent| self.index(extent, key));
                let overlay = match (from_overlay, from_node) {
                    (Some(a), Some(b)) => Some(self.combine(a, b)?),
                    (a, b) => a.or(b),
                };
                let base = base.and_then(|base| self.index_base(base, key));
                let child = key.as_str().and_then(|name| self.program.tree.child(node, name));
                match (child, overlay) {
                    (Some(child), overlay) => self.enter(child, overlay, base),
                    (None, Some(overlay)) => Ok(Some(Location::Value(self.over(overlay, base)))),
                    (None, None) => Ok(base.map(Location::Value)),
                }
            }
        }
    }

    /// The keys of a node, ascending.
    pub(super) fn keys(&mut self, location: Location<'a>) -> Result<Vec<Value<'a>>, EvalError> {
        let Location::Tree { node, overlay, base } = location else { return Ok(Vec::new()) };
        let extent = self.node_extent(node)?;
        let mut keys = BTreeSet::new();
        for value in [overlay, extent, base].into_iter().flatten() {
            match value {
                Value::Object(object) => keys.extend(object.keys()),
                unknown @ Value::Unknown(_) => drop(keys.insert(unknown)),
                _ => {}
            }
        }
        if let Some(node) = self.program.tree.node(node) {
            keys.extend(node.names.iter().map(|&(name, _)| self.constant(name)));
        }
        Ok(keys.into_iter().collect())
    }

    /// The whole value at a location; partial sets with possible members are Unknown as a whole, and so are packages with rules
    /// that are only possible.
    #[inline]
    pub(super) fn materialise(&mut self, location: Location<'a>) -> Result<Option<Value<'a>>, EvalError> {
        match location {
            Location::Value(value) => Ok(Some(value)),
            location => self.materialise_rules(location),
        }
    }

    #[inline(never)]
    fn materialise_rules(&mut self, location: Location<'a>) -> Result<Option<Value<'a>>, EvalError> {
        let Location::Tree { .. } = location else { return self.answer(location) };
        let before = std::mem::replace(&mut self.possible, false);
        let value = self.answer(location);
        let incomplete = std::mem::replace(&mut self.possible, before);
        Ok(if incomplete { Some(Value::UNKNOWN) } else { value? })
    }

    /// The whole value at a location, for people: the Unknown entries of a package may turn out not to be there.
    pub(super) fn answer(&mut self, location: Location<'a>) -> Result<Option<Value<'a>>, EvalError> {
        match location {
            Location::Value(value) => Ok(Some(value)),
            Location::Partial { possible, .. } => {
                Ok(Some(possible.iter().find_map(Value::find_unknown).map_or(Value::UNKNOWN, Value::Unknown)))
            }
            Location::Tree { base, .. } => {
                let mut entries = Vec::new();
                let mut incomplete = self.possible;
                for key in self.keys(location)? {
                    // Nobody knows which names there are.
                    if key.is_unknown() {
                        return Ok(self.doubt(key));
                    }
                    self.possible = false;
                    let value = match self.step_into(location, key)? {
                        Some(next) => self.answer(next)?,
                        None => None,
                    };
                    incomplete |= self.possible;
                    if let Some(value) = value {
                        let value = if self.possible { Value::UNKNOWN } else { value };
                        // In the extent of a package base data shows through where a rule gives the same name a value, as in OPA;
                        // a reference to the name itself means the rule.
                        let base = base.and_then(|base| self.index(base, key));
                        let value = match (value, base) {
                            (Value::Object(_), Some(Value::Object(_))) | (_, None) => value,
                            (_, Some(base)) => base,
                        };
                        entries.push((key, value));
                    }
                }
                self.possible = incomplete;
                Ok(Some(self.arena.object(&entries)))
            }
        }
    }

    /// Whether members can be asked for.
    pub(super) fn is_iterable(&self, location: Location<'a>) -> bool {
        match location {
            Location::Value(value) => {
                matches!(value, Value::Array(_) | Value::Object(_) | Value::Set(_) | Value::Unknown(_))
            }
            Location::Partial { .. } | Location::Tree { .. } => true,
        }
    }

    /// Two values that rules give for one place: objects and sets join, equal values are one.
    pub(super) fn combine(&mut self, a: Value<'a>, b: Value<'a>) -> Result<Value<'a>, EvalError> {
        match (a, b) {
            (unknown @ Value::Unknown(_), _) | (_, unknown @ Value::Unknown(_)) => Ok(unknown),
            (Value::Object(a), Value::Object(b)) => {
                // Values share their parts, and what is joined shares nothing.
                self.check_memory(0)?;
                let mut entries = Vec::with_capacity(a.len() + b.len());
                for (key, value) in a.iter() {
                    let value = match b.get(key) {
                        Some(other) => self.combine(value, other)?,
                        None => value,
                    };
                    entries.push((key, value));
                }
                entries.extend(b.iter().filter(|(key, _)| a.get(*key).is_none()));
                Ok(self.arena.object(&entries))
            }
            (Value::Set(a), Value::Set(b)) => {
                let members: Vec<_> = a.iter().chain(b.iter()).collect();
                Ok(self.arena.set(&members))
            }
            (a, b) => match equal_three_valued(a, b) {
                Some(true) => Ok(a),
                None => Ok(Value::UNKNOWN),
                Some(false) => Err(self.error(EvalErrorKind::ObjectConflict, None)),
            },
        }
    }

    /// What rules give, over base data.
    fn over(&self, virtual_value: Value<'a>, base: Option<Value<'a>>) -> Value<'a> {
        match (virtual_value, base) {
            (Value::Object(above), Some(Value::Object(below))) => {
                let mut entries: Vec<_> = below.iter().collect();
                for (key, value) in above.iter() {
                    entries.push((key, self.over(value, below.get(key))));
                }
                self.arena.object(&entries)
            }
            (value, _) => value,
        }
    }
}

impl<'a> Machine<'a, '_> {
    /// A value that may turn out to be undefined: what follows from it is only possible.
    pub(super) fn doubt(&mut self, value: Value<'a>) -> Option<Value<'a>> {
        self.possible = true;
        Some(value)
    }

    /// What stands at `key` of a value: the item, the entry, or the member itself.
    pub(super) fn index(&mut self, value: Value<'a>, key: Value<'a>) -> Option<Value<'a>> {
        match (value, key) {
            (Value::Object(object), Value::String(_)) => match object.get(key) {
                // Sorted last, so that one look tells whether any key could turn out to be this one.
                None if is_uncertain(object.keys()) => self.doubt(Value::UNKNOWN),
                Some(leaf @ Value::Unknown(unknown)) if unknown.may_be_absent => self.doubt(leaf),
                found => found,
            },
            (Value::Array(array), Value::Int(index)) => array.get(usize::try_from(index).ok()?),
            (unknown @ Value::Unknown(_), _) | (Value::Object(_), unknown @ Value::Unknown(_)) => self.doubt(unknown),
            (value, key) => match look_up(value, key) {
                Lookup::Found(value) => Some(value),
                Lookup::Unknown => self.doubt(Value::UNKNOWN),
                Lookup::Missing => None,
            },
        }
    }

    /// What stands at `key` of base data, which OPA keeps in a store whose keys are strings: `data.x[2]` means `data.x["2"]` too.
    pub(super) fn index_base(&mut self, value: Value<'a>, key: Value<'a>) -> Option<Value<'a>> {
        match (value, key) {
            (Value::Object(object), Value::Int(number)) => {
                object.get(key).or_else(|| object.get_str(&number.to_string()))
            }
            (value, key) => self.index(value, key),
        }
    }
}
