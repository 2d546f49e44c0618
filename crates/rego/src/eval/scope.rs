//! What `input`, `data` and functions mean: one level for the evaluation, one more for each `with` that is entered.

use super::extent::Extent;
use super::memo::Memo;
use super::{EvalError, Machine};
use crate::compile::Program;
use crate::plan::{FunctionTarget, Modifier, NodeId, Replacement};
use value::{Arena, Value};

/// What takes a function's place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Substitute<'a> {
    Function(FunctionTarget),
    Value(Value<'a>),
}

#[derive(Debug)]
pub(super) struct Scope<'a> {
    /// The scope around it, by index.
    pub parent: usize,
    pub input: Option<Value<'a>>,
    pub data: Value<'a>,
    /// Nodes of the rule tree that base data hides.
    pub hidden: Vec<NodeId>,
    /// Functions that others stand in for; the last entry counts.
    pub functions: Vec<(FunctionTarget, Substitute<'a>)>,
    /// What groups were found to define.
    pub extents: Memo<'a, Extent<'a>>,
    /// What was found at fixed paths; `None` is undefined.
    pub paths: Memo<'a, Option<Value<'a>>>,
}

impl<'a> Scope<'a> {
    pub fn new(program: &Program, arena: &'a Arena, input: Option<Value<'a>>, data: Value<'a>) -> Self {
        Self {
            parent: 0,
            input,
            data,
            hidden: Vec::new(),
            functions: Vec::new(),
            extents: Memo::new(arena, program.groups.len()),
            paths: Memo::new(arena, program.paths.len()),
        }
    }

    /// A scope inside this one in which nothing is known yet, with the tables of one that has ended where there is one.
    fn inner(&self, parent: usize, spare: Option<Self>, program: &Program, arena: &'a Arena) -> Self {
        let mut scope = spare.unwrap_or_else(|| Self::new(program, arena, None, Value::Null));
        scope.extents.forget();
        scope.paths.forget();
        scope.parent = parent;
        scope.input = self.input;
        scope.data = self.data;
        scope.hidden.clone_from(&self.hidden);
        scope.functions.clone_from(&self.functions);
        scope
    }
}

impl<'a> Machine<'a, '_> {
    #[inline]
    pub(super) fn current(&self) -> Option<&Scope<'a>> {
        self.scopes.get(self.scope)
    }

    /// Runs `evaluate` in a scope changed by `change`, then drops it.
    fn in_scope<T>(
        &mut self,
        change: impl FnOnce(&mut Scope<'a>),
        evaluate: impl FnOnce(&mut Self) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        let outer = self.scope;
        let spare = self.spare_scopes.pop();
        let (program, arena) = (self.program, self.arena);
        let Some(mut scope) = self.current().map(|scope| scope.inner(outer, spare, program, arena)) else {
            return evaluate(self);
        };
        change(&mut scope);
        let depth = self.scopes.len();
        self.scopes.push(scope);
        self.scope = depth;
        let result = evaluate(self);
        self.spare_scopes.extend(self.scopes.drain(depth..));
        self.scope = outer;
        result
    }

    /// Runs `evaluate` under `modifiers`; it does not run when a replacement is undefined.
    pub(super) fn under<T: Default>(
        &mut self,
        modifiers: &'a [Modifier],
        evaluate: impl FnOnce(&mut Self) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        let arena = self.arena;
        let mut values = Vec::with_capacity(modifiers.len());
        for modifier in modifiers {
            let value = match modifier {
                Modifier::Input { value, .. } | Modifier::Data { value, .. } => self.term(value)?,
                Modifier::Function { replacement: Replacement::Value(value), .. } => self.term(value)?,
                Modifier::Function { replacement: Replacement::Function(_), .. } => Some(Value::Null),
            };
            match value {
                Some(value) => values.push(value),
                None => return Ok(T::default()),
            }
        }
        self.in_scope(
            |scope| {
                for (modifier, value) in modifiers.iter().zip(values) {
                    match modifier {
                        Modifier::Input { path, .. } => {
                            scope.input = Some(replace(arena, scope.input, path, value));
                        }
                        Modifier::Data { path, node, .. } => {
                            scope.data = replace(arena, Some(scope.data), path, value);
                            scope.hidden.extend(*node);
                        }
                        Modifier::Function { target, replacement } => {
                            let substitute = match replacement {
                                Replacement::Function(function) => Substitute::Function(*function),
                                Replacement::Value(_) => Substitute::Value(value),
                            };
                            scope.functions.push((*target, substitute));
                        }
                    }
                }
            },
            evaluate,
        )
    }

    /// Runs `evaluate` with no stand-ins: what stands in for a function calls originals, itself and others.
    pub(super) fn without_substitutes<T>(
        &mut self,
        evaluate: impl FnOnce(&mut Self) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        self.in_scope(|scope| scope.functions.clear(), evaluate)
    }

    /// Whether anything stands in for a function.
    #[inline]
    pub(super) fn has_substitutes(&self) -> bool {
        self.current().is_some_and(|scope| !scope.functions.is_empty())
    }

    /// What stands in for `target`, if anything.
    pub(super) fn substitute(&self, target: FunctionTarget) -> Option<Substitute<'a>> {
        let scope = self.current().filter(|scope| !scope.functions.is_empty())?;
        scope.functions.iter().rev().find(|(other, _)| *other == target).map(|(_, substitute)| *substitute)
    }

    /// Whether base data given by `with` hides the rules at a node.
    pub(super) fn is_hidden(&self, node: NodeId) -> bool {
        let Some(scope) = self.current().filter(|scope| !scope.hidden.is_empty()) else { return false };
        let mut at = Some(node);
        while let Some(id) = at {
            if scope.hidden.contains(&id) {
                return true;
            }
            at = self.program.tree.node(id).and_then(|node| node.parent);
        }
        false
    }
}

/// A copy of `document` in which `value` stands at `path`; what is on the way and no object is replaced by one.
fn replace<'a>(arena: &'a Arena, document: Option<Value<'a>>, path: &[Box<str>], value: Value<'a>) -> Value<'a> {
    let Some((first, rest)) = path.split_first() else { return value };
    // What else stands there cannot be told.
    if let Some(unknown @ Value::Unknown(_)) = document {
        return unknown;
    }
    let object = document.and_then(Value::as_object);
    let inner = replace(arena, object.and_then(|object| object.get_str(first)), rest, value);
    let mut entries: Vec<_> = object.into_iter().flat_map(|object| object.iter()).collect();
    entries.push((arena.string(first), inner));
    arena.object(&entries)
}
