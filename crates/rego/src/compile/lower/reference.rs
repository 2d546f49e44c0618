//! References: through rules, base data and values; with free operands they become walks.

use super::{Dependency, Lowerer};
use crate::compile::hir::{self, Expr, ExprKind, Head};
use crate::compile::paths::PATH_PARTS_MAX;
use crate::compile::tree::RuleTree;
use crate::plan::{FixedPath, GroupId, NodeId, Operation, PathStart, Pattern, Step, Term, WalkStart};

impl Lowerer<'_> {
    /// A reference as a term; when it iterates, the walk becomes an operation and the term its result.
    pub(super) fn reference(&mut self, head: &Head, path: &[Expr]) -> Term {
        if self.has_free_operand(path) {
            let slot = self.temporary();
            self.walk(head, path, |_| Pattern::Bind(slot));
            return Term::Local(slot);
        }
        if let Head::Expr(expr) = head {
            let base = self.term(expr);
            let path = self.terms(path);
            return Term::Lookup { base: Box::new(base), path: path.into() };
        }
        let path = self.terms(path);
        self.ground_reference(head, path)
    }

    pub(super) fn ground_reference(&mut self, head: &Head, path: Vec<Term>) -> Term {
        let lookup = |base: Term, path: Vec<Term>| {
            if path.is_empty() { base } else { Term::Lookup { base: Box::new(base), path: path.into() } }
        };
        match head {
            Head::Expr(expr) => {
                let base = self.term(expr);
                lookup(base, path)
            }
            Head::Input => self.path(PathStart::Input, path),
            Head::Data => {
                let (start, used) = self.descend(&path);
                let mut path = path;
                match start {
                    Descent::Base => self.path(PathStart::BaseData, path),
                    Descent::Group(group) => {
                        self.dependencies.insert(Dependency::Group(group));
                        lookup(Term::Group(group), path.split_off(used))
                    }
                    Descent::Tree(node) => {
                        let rest = path.split_off(used);
                        let names = rest.iter().map(|part| self.name(part)).collect();
                        self.dependencies.insert(Dependency::Paths(node, names));
                        Term::Tree { node, path: rest.into() }
                    }
                }
            }
        }
    }

    /// A path into `input` or base data: its fixed names as one term, the rest looked up in that.
    fn path(&mut self, start: PathStart, mut path: Vec<Term>) -> Term {
        let mut base = match start {
            PathStart::BaseData => Term::BaseData,
            _ => Term::Input,
        };
        self.dependencies.insert(match start {
            PathStart::Input => Dependency::Input(path.first().and_then(|part| self.name(part))),
            _ => Dependency::BaseData,
        });
        if let Some(paths) = &mut self.paths {
            let mut at = start;
            let names = path.iter().map_while(|part| match part {
                Term::Constant(id) if self.constants.text(*id).is_some() => Some(*id),
                _ => None,
            });
            let mut fixed = 0;
            for key in names.take(PATH_PARTS_MAX) {
                let id = paths.id(FixedPath { start: at, key });
                base = if start == PathStart::Input { Term::InputPath(id) } else { Term::DataPath(id) };
                at = PathStart::Path(id);
                fixed += 1;
            }
            path.drain(..fixed);
        }
        if path.is_empty() { base } else { Term::Lookup { base: Box::new(base), path: path.into() } }
    }

    /// How far the constant names at the start of a `data` path lead into the rule tree.
    fn descend(&self, path: &[Term]) -> (Descent, usize) {
        let mut node = RuleTree::ROOT;
        for (used, part) in path.iter().enumerate() {
            if let Some(group) = self.tree.lone_group(node) {
                return (Descent::Group(group), used);
            }
            let name = match part {
                Term::Constant(id) => self.constants.text(*id),
                _ => None,
            };
            let fixed = matches!(part, Term::Constant(_));
            match name.map(|name| self.tree.child(node, name)) {
                // Names of rules and packages are strings.
                None if fixed && !self.tree.has_group(node) => return (Descent::Base, used),
                Some(Some(child)) if !self.tree.has_group(node) => node = child,
                // A fixed name that no rule has: only the base document can have it.
                Some(None) if !self.tree.has_group(node) => return (Descent::Base, used),
                _ if !self.tree.has_group(node) && self.tree.is_leaf(node) => return (Descent::Base, used),
                _ => return (Descent::Tree(node), used),
            }
        }
        match self.tree.lone_group(node) {
            Some(group) => (Descent::Group(group), path.len()),
            None => (Descent::Tree(node), path.len()),
        }
    }

    /// The name that a fixed part of a path is.
    pub(super) fn name(&self, part: &Term) -> Option<String> {
        match part {
            Term::Constant(id) => self.constants.text(*id).map(str::to_owned),
            _ => None,
        }
    }

    /// Emits a walk over a reference with free operands.
    pub(super) fn walk(&mut self, head: &Head, path: &[Expr], result: impl FnOnce(&mut Self) -> Pattern) {
        let mut steps = Vec::with_capacity(path.len());
        let first_free =
            path.iter().position(|part| self.has_free_operand(std::slice::from_ref(part))).unwrap_or(path.len());
        let (fixed, open) = path.split_at(first_free);
        let fixed = self.terms(fixed);
        let start = match head {
            Head::Expr(expr) => {
                let base = self.term(expr);
                WalkStart::Term(if fixed.is_empty() {
                    base
                } else {
                    Term::Lookup { base: Box::new(base), path: fixed.into() }
                })
            }
            Head::Input => WalkStart::Term(self.ground_reference(head, fixed)),
            Head::Data => {
                let (descent, used) = self.descend(&fixed);
                match descent {
                    Descent::Tree(node) => {
                        let mut fixed = fixed;
                        let rest = fixed.split_off(used);
                        let open = open.iter().map(|part| match &part.kind {
                            ExprKind::Constant(hir::Scalar::String(text)) => Some(text.clone()),
                            _ => None,
                        });
                        let names = rest.iter().map(|part| self.name(part)).chain(open).collect();
                        self.dependencies.insert(Dependency::Paths(node, names));
                        steps.extend(rest.into_iter().map(Step::To));
                        WalkStart::Tree(node)
                    }
                    Descent::Group(_) | Descent::Base => WalkStart::Term(self.ground_reference(head, fixed)),
                }
            }
        };
        for part in open {
            let step = match &part.kind {
                ExprKind::Variable(id) if !self.bound.contains(*id) => Step::Each(self.pattern(part)),
                ExprKind::Array(_) | ExprKind::Object(_) if self.mentions_free(part) => Step::Each(self.pattern(part)),
                _ => Step::To(self.term(part)),
            };
            steps.push(step);
        }
        let result = result(self);
        self.emit(Operation::Walk { start, steps: steps.into(), result });
    }
}

enum Descent {
    Group(GroupId),
    Tree(NodeId),
    Base,
}
