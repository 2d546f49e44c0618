//! From the middle form to a plan: literals ordered by safety, references split at their free variables, slots given out.

mod negation;
mod reference;
mod with;

use super::constants::{Constant, ConstantPool};
use super::hir::{
    self, Body, Callee, Comparison, Expr, ExprKind, Literal, LiteralKind, Variable, VariableId, WithValue,
};
use super::paths::PathTable;
use super::places::PlaceTable;
use super::safety::{self, Bound};
use super::tree::RuleTree;
use crate::builtins::Builtin;
use crate::plan::{self, Arithmetic, GroupId, Modifier, NodeId, Operation, Pattern, PlaceId, Slot, TemplatePart, Term};
use std::collections::BTreeSet;
use std::sync::Arc;
use value::{Diagnostic, Source, Span};

/// What a rule's plan refers to, for the check against recursion and for what evaluations may share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Dependency {
    Group(GroupId),
    /// Everything at and below the ends of the paths from a node; `None` is any name.
    Paths(NodeId, Vec<Option<String>>),
    /// A part of `input` by its key; `None` is any of them.
    Input(Option<String>),
    /// Base data.
    BaseData,
    /// Something that may be different each time, or that is to happen each time.
    World,
}

/// Lowers one rule or query; slots of one frame.
pub(super) struct Lowerer<'l> {
    tree: &'l RuleTree,
    constants: &'l mut ConstantPool,
    /// The program's fixed paths; a query looks its paths up step by step.
    paths: Option<&'l mut PathTable>,
    places: &'l mut PlaceTable,
    errors: &'l mut Vec<Diagnostic>,
    source: &'l Arc<Source>,
    variables: &'l [Variable],
    pub dependencies: BTreeSet<Dependency>,
    /// Names are wrong already, so that what is unsafe may only follow from that.
    pub quiet: bool,
    bound: Bound,
    slots: Slot,
    operations: Vec<(Operation, PlaceId)>,
    /// The literal being lowered: the place of the operations that it becomes.
    place: PlaceId,
}

impl<'l> Lowerer<'l> {
    pub fn new(
        tree: &'l RuleTree,
        constants: &'l mut ConstantPool,
        places: &'l mut PlaceTable,
        errors: &'l mut Vec<Diagnostic>,
        source: &'l Arc<Source>,
        variables: &'l [Variable],
    ) -> Self {
        let slots = Slot::try_from(variables.len()).unwrap_or(Slot::MAX);
        Self {
            tree,
            constants,
            paths: None,
            places,
            errors,
            source,
            variables,
            dependencies: BTreeSet::new(),
            quiet: false,
            bound: Bound::default(),
            slots,
            operations: Vec::new(),
            place: 0,
        }
    }

    /// Numbers fixed paths in `paths`.
    pub fn with_paths(self, paths: &'l mut PathTable) -> Self {
        Self { paths: Some(paths), ..self }
    }

    /// How many slots the frame needs.
    pub fn slots(&self) -> u32 {
        self.slots
    }

    /// What is lowered next stands at `span`.
    pub fn at(&mut self, span: Span) {
        self.place = self.places.id(self.source, span);
    }

    /// The id of a place in this source.
    pub fn place_of(&mut self, span: Span) -> PlaceId {
        self.places.id(self.source, span)
    }

    /// A constant as a term.
    pub fn constant(&mut self, constant: Constant) -> Term {
        Term::Constant(self.constants.id(constant))
    }

    fn temporary(&mut self) -> Slot {
        let slot = self.slots;
        self.slots = self.slots.saturating_add(1);
        slot
    }

    fn emit(&mut self, operation: Operation) {
        self.operations.push((operation, self.place));
    }

    /// Lowers `body`, then what `finish` lowers at its end, as one list of operations.
    pub fn body<T>(&mut self, body: &Body, finish: impl FnOnce(&mut Self) -> T) -> (plan::Body, T) {
        let outer_bound = self.bound.clone();
        let outer_operations = std::mem::take(&mut self.operations);
        let outer_place = self.place;
        self.literals(&body.literals);
        let result = finish(self);
        let lowered = std::mem::replace(&mut self.operations, outer_operations);
        self.bound = outer_bound;
        self.place = outer_place;
        (into_body(lowered), result)
    }

    /// Like [`Self::body`], but what the body binds stays bound: for the body of a rule or query.
    pub fn open_body(&mut self, body: &Body) {
        self.literals(&body.literals);
    }

    /// Takes the operations lowered so far.
    pub fn take_body(&mut self) -> plan::Body {
        into_body(std::mem::take(&mut self.operations))
    }

    fn literals(&mut self, literals: &[Literal]) {
        let mut pending: Vec<&Literal> = literals.iter().collect();
        while !pending.is_empty() {
            let before = pending.len();
            let mut waiting = Vec::new();
            for literal in pending {
                let mut trial = self.bound.clone();
                if safety::literal(literal, &mut trial) {
                    self.literal(literal);
                } else {
                    waiting.push(literal);
                }
            }
            pending = waiting;
            if pending.len() == before {
                self.report_unsafe(&pending);
                // What is reported counts as bound from here on, and then the rest may be right. A literal that still cannot run
                // has been reported in full.
                pending.retain(|literal| {
                    safety::literal(literal, &mut self.bound.clone())
                        || mentioned(literal).iter().any(|id| !self.bound.contains(*id))
                });
            }
        }
    }

    /// One error a variable: those that nothing could bind, so that what only waits for them is not reported as well (opa issue
    /// 6393); where all wait for one another, those of the first literal.
    fn report_unsafe(&mut self, pending: &[&Literal]) {
        let unbound = |lowerer: &Self, literal: &Literal| -> BTreeSet<VariableId> {
            mentioned(literal).into_iter().filter(|id| !lowerer.bound.contains(*id)).collect()
        };
        let all: BTreeSet<VariableId> = pending.iter().flat_map(|literal| unbound(self, literal)).collect();
        let mut roots: BTreeSet<VariableId> =
            all.iter().copied().filter(|id| !pending.iter().any(|literal| self.could_bind(literal, *id))).collect();
        if roots.is_empty() {
            roots =
                pending.iter().map(|literal| unbound(self, literal)).find(|ids| !ids.is_empty()).unwrap_or_default();
        }
        for id in roots {
            self.report_unsafe_variable(id);
        }
    }

    /// Whether `literal` would bind a variable if it had all others that it mentions.
    fn could_bind(&self, literal: &Literal, id: VariableId) -> bool {
        let mut trial = self.bound.clone();
        mentioned(literal).into_iter().filter(|other| *other != id).for_each(|other| trial.insert(other));
        safety::literal(literal, &mut trial) && trial.contains(id)
    }

    fn report_unsafe_variable(&mut self, id: VariableId) {
        // Bound from here on, so that what depends on it is not reported as well.
        self.bound.insert(id);
        let Some(variable) = self.variables.get(id.0 as usize) else { return };
        // What the compiler made up is unsafe because of what the author wrote, and that is reported too.
        if self.quiet || variable.name.starts_with('$') {
            return;
        }
        let message = format!("var {} is unsafe", variable.name);
        let help = "give it a value first: by `:=`, by `some ... in`, or by a reference that iterates over it";
        self.errors.push(Diagnostic::new("rego_unsafe_var_error", message, self.source, variable.span).help(help));
    }

    fn literal(&mut self, literal: &Literal) {
        self.place = self.places.id(self.source, literal.span);
        if literal.with.is_empty() {
            self.kind(&literal.kind);
            return;
        }
        let modifiers: Vec<Modifier> = literal.with.iter().filter_map(|with| self.with(with)).collect();
        self.emit(Operation::EnterWith(modifiers.into()));
        self.kind(&literal.kind);
        self.emit(Operation::LeaveWith);
    }

    fn kind(&mut self, kind: &LiteralKind) {
        match kind {
            LiteralKind::Test(expr) => {
                let term = self.term(expr);
                self.emit(Operation::Test(term));
            }
            LiteralKind::Unify(left, right)
            | LiteralKind::Assign { pattern: left, value: right }
            | LiteralKind::Output { output: left, call: right } => self.unify(left, right),
            LiteralKind::SomeIn { key, value, collection } => {
                let collection = self.term(collection);
                let key = key.as_ref().map_or(Pattern::Ignore, |key| self.pattern(key));
                let value = self.pattern(value);
                self.emit(Operation::Iterate { collection, key, value });
            }
            LiteralKind::Every { key, value, collection, body } => {
                let collection = self.term(collection);
                let outer = self.bound.clone();
                key.iter().for_each(|&key| self.bound.insert(key));
                self.bound.insert(*value);
                let (body, ()) = self.body(body, |_| ());
                self.bound = outer;
                self.emit(Operation::Every { collection, key: key.map(|key| key.0), value: value.0, body });
            }
            LiteralKind::Not { literal, whole, .. } => self.not(literal, *whole),
            LiteralKind::NotBody(body) => {
                let (body, ()) = self.body(body, |_| ());
                self.emit(Operation::Not(body));
            }
            LiteralKind::Print(bodies, results) => {
                let parts: Vec<_> = bodies
                    .iter()
                    .zip(results)
                    .map(|(body, result)| {
                        let (body, ()) = self.body(body, |_| ());
                        (Term::Local(result.0), body)
                    })
                    .collect();
                self.dependencies.insert(Dependency::World);
                self.emit(Operation::Print(parts.into()));
            }
        }
    }

    fn unify(&mut self, left: &Expr, right: &Expr) {
        if self.assign_if_safe(left, right) {
            return;
        }
        let mut pending = safety::leaves(left, right);
        while !pending.is_empty() {
            let before = pending.len();
            pending.retain(|(left, right)| !self.assign_if_safe(left, right));
            if pending.len() == before {
                return self.emit(Operation::Fail);
            }
        }
    }

    /// Matches one side with the other if that has a value with what is bound by now; says whether.
    fn assign_if_safe(&mut self, left: &Expr, right: &Expr) -> bool {
        for (pattern, value) in [(left, right), (right, left)] {
            if safety::assigned(pattern, value, &mut self.bound.clone()) {
                self.assign(pattern, value);
                return true;
            }
        }
        false
    }

    /// Matches the value of `term` with `pattern`.
    fn assign(&mut self, pattern: &Expr, term: &Expr) {
        if let ExprKind::Reference { head, path } = &term.kind
            && self.has_free_operand(path)
        {
            return self.walk(head, path, |lowerer| lowerer.pattern(pattern));
        }
        if let ExprKind::Call { callee: Callee::Builtin(builtin), .. } = &term.kind
            && builtin.0.relation
        {
            let term = self.relation_call(term);
            let pattern = self.pattern(pattern);
            return self.emit(Operation::Relation { term, pattern });
        }
        let term = self.term(term);
        match self.pattern(pattern) {
            Pattern::Bind(slot) => self.emit(Operation::Bind { slot, term }),
            pattern => self.emit(Operation::Match { pattern, term }),
        }
    }

    fn relation_call(&mut self, expr: &Expr) -> Term {
        let ExprKind::Call { callee, arguments } = &expr.kind else { return self.term(expr) };
        let arguments: Vec<Term> = arguments.iter().map(|argument| self.term(argument)).collect();
        self.call(expr.span, callee, arguments)
    }

    /// What a value is matched with; free variables in it are bound.
    pub fn pattern(&mut self, expr: &Expr) -> Pattern {
        match &expr.kind {
            ExprKind::Variable(id) if !self.bound.contains(*id) => {
                self.bound.insert(*id);
                // A wildcard that is matched is never read.
                if self.variables.get(id.0 as usize).is_some_and(|variable| variable.name == "_") {
                    return Pattern::Ignore;
                }
                Pattern::Bind(id.0)
            }
            ExprKind::Array(items) if self.mentions_free(expr) => {
                Pattern::Array(items.iter().map(|item| self.pattern(item)).collect())
            }
            ExprKind::Object(entries) if self.mentions_free(expr) => {
                Pattern::Object(entries.iter().map(|(key, value)| (self.term(key), self.pattern(value))).collect())
            }
            _ => Pattern::Equal(self.term(expr)),
        }
    }

    fn mentions_free(&self, expr: &Expr) -> bool {
        let mut mentioned = BTreeSet::new();
        safety::free(expr, &mut mentioned);
        mentioned.iter().any(|id| !self.bound.contains(*id))
    }

    /// Whether a reference iterates: an operand is a free variable or a pattern with one.
    fn has_free_operand(&self, path: &[Expr]) -> bool {
        path.iter().any(|part| match &part.kind {
            ExprKind::Variable(id) => !self.bound.contains(*id),
            ExprKind::Array(_) | ExprKind::Object(_) => self.mentions_free(part),
            _ => false,
        })
    }

    fn terms(&mut self, exprs: &[Expr]) -> Vec<Term> {
        exprs.iter().map(|expr| self.term(expr)).collect()
    }

    /// Operands of one expression: those first that bind what others need, as `safety` orders them.
    fn operands(&mut self, exprs: &[&Expr]) -> Vec<Term> {
        let mut terms: Vec<Option<Term>> = exprs.iter().map(|_| None).collect();
        loop {
            let before = terms.iter().filter(|term| term.is_none()).count();
            for (expr, term) in exprs.iter().zip(&mut terms) {
                if term.is_none() && safety::term(expr, &mut self.bound.clone()) {
                    *term = Some(self.term(expr));
                }
            }
            let left = terms.iter().filter(|term| term.is_none()).count();
            if left == 0 || left == before {
                break;
            }
        }
        // What is still left is unsafe, and lowering it says so.
        exprs.iter().zip(terms).map(|(expr, term)| term.unwrap_or_else(|| self.term(expr))).collect()
    }

    fn compare(&mut self, comparison: Comparison, left: &Expr, right: &Expr) -> Term {
        let mut operands = self.operands(&[left, right]).into_iter();
        let operands = (operands.next(), operands.next());
        let missing = || Term::Array(Box::default());
        let operands = (operands.0.unwrap_or_else(missing), operands.1.unwrap_or_else(missing));
        Term::Compare { comparison, operands: Box::new(operands) }
    }

    /// A term with one value; what iterates in it becomes operations before it.
    pub fn term(&mut self, expr: &Expr) -> Term {
        match &expr.kind {
            ExprKind::Constant(constant) => {
                let constant = match constant {
                    hir::Scalar::Null => Constant::Null,
                    hir::Scalar::Bool(b) => Constant::Bool(*b),
                    hir::Scalar::Number(text) => Constant::Number(text.clone()),
                    hir::Scalar::String(text) => Constant::String(text.clone()),
                };
                Term::Constant(self.constants.id(constant))
            }
            ExprKind::Variable(id) => {
                if !self.bound.contains(*id) {
                    self.report_unsafe_variable(*id);
                }
                Term::Local(id.0)
            }
            ExprKind::Reference { head, path } => self.reference(head, path),
            ExprKind::Call { callee: Callee::Builtin(builtin), .. } if builtin.0.relation => {
                let term = self.relation_call(expr);
                let slot = self.temporary();
                self.emit(Operation::Relation { term, pattern: Pattern::Bind(slot) });
                Term::Local(slot)
            }
            ExprKind::Call { callee, arguments } => {
                let arguments = self.operands(&arguments.iter().collect::<Vec<_>>());
                self.call(expr.span, callee, arguments)
            }
            ExprKind::Compare { comparison, left, right } => self.compare(*comparison, left, right),
            ExprKind::Membership { key, value, collection } => {
                let operands: Vec<&Expr> = key.iter().map(|key| &**key).chain([&**value, &**collection]).collect();
                let mut operands = self.operands(&operands);
                let collection = Box::new(operands.pop().unwrap_or_else(|| Term::Array(Box::default())));
                let value = Box::new(operands.pop().unwrap_or_else(|| Term::Array(Box::default())));
                Term::Membership { key: operands.pop().map(Box::new), value, collection }
            }
            ExprKind::Array(items) => {
                let terms = self.operands(&items.iter().collect::<Vec<_>>());
                match constant_ids(&terms) {
                    Some(ids) => Term::Constant(self.constants.id(Constant::Array(ids))),
                    None => Term::Array(terms.into()),
                }
            }
            ExprKind::Set(members) => {
                let terms = self.operands(&members.iter().collect::<Vec<_>>());
                match constant_ids(&terms) {
                    Some(ids) => Term::Constant(self.constants.id(Constant::Set(ids))),
                    None => Term::Set(terms.into()),
                }
            }
            ExprKind::Object(entries) => self.object(entries),
            ExprKind::ArrayComprehension { term, body } => {
                let (body, term) = self.body(body, |lowerer| Box::new(lowerer.term(term)));
                Term::ArrayComprehension { term, body }
            }
            ExprKind::SetComprehension { term, body } => {
                let (body, term) = self.body(body, |lowerer| Box::new(lowerer.term(term)));
                Term::SetComprehension { term, body }
            }
            ExprKind::ObjectComprehension { key, value, body } => {
                let (body, (key, value)) =
                    self.body(body, |lowerer| (Box::new(lowerer.term(key)), Box::new(lowerer.term(value))));
                Term::ObjectComprehension { key, value, body, place: self.places.id(self.source, expr.span) }
            }
            ExprKind::Template(parts) => {
                let parts = parts
                    .iter()
                    .map(|part| match part {
                        hir::TemplatePart::Text(text) => TemplatePart::Text(text.as_str().into()),
                        hir::TemplatePart::Expr { term, body } => {
                            let (body, term) = self.body(body, |lowerer| lowerer.term(term));
                            TemplatePart::Term { term, body }
                        }
                    })
                    .collect();
                Term::Template { parts, place: self.places.id(self.source, expr.span) }
            }
        }
    }

    fn object(&mut self, entries: &[(Expr, Expr)]) -> Term {
        let parts: Vec<&Expr> = entries.iter().flat_map(|(key, value)| [key, value]).collect();
        let mut parts = self.operands(&parts).into_iter();
        let mut entries: Vec<(Term, Term)> = Vec::with_capacity(entries.len());
        while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
            entries.push((key, value));
        }
        let ids: Option<Vec<_>> = entries
            .iter()
            .map(|entry| match entry {
                (Term::Constant(key), Term::Constant(value)) => Some((*key, *value)),
                _ => None,
            })
            .collect();
        match ids {
            Some(ids) => Term::Constant(self.constants.id(Constant::Object(ids))),
            None => Term::Object(entries.into()),
        }
    }

    fn call(&mut self, span: Span, callee: &Callee, arguments: Vec<Term>) -> Term {
        let place = self.places.id(self.source, span);
        match callee {
            Callee::Builtin(builtin) => {
                self.note_builtin(builtin.0);
                builtin_call(builtin.0, arguments, place)
            }
            Callee::Rule(path) => match self.function(path) {
                Some(group) => Term::Function { group, arguments: arguments.into(), place },
                None => Term::Constant(self.constants.id(Constant::Null)),
            },
        }
    }

    fn note_builtin(&mut self, builtin: &Builtin) {
        // Who reads a trace wants to see every note.
        if builtin.nondeterministic || builtin.name == "trace" {
            self.dependencies.insert(Dependency::World);
        }
    }

    fn function(&mut self, path: &[String]) -> Option<GroupId> {
        let group = self.tree.group_at(path)?;
        self.dependencies.insert(Dependency::Group(group));
        Some(group)
    }
}

/// A call of a builtin, or the operator that it is.
fn builtin_call(builtin: &'static Builtin, arguments: Vec<Term>, place: PlaceId) -> Term {
    match (Arithmetic::of(builtin), <[Term; 2]>::try_from(arguments)) {
        (Some(arithmetic), Ok([left, right])) => {
            Term::Arithmetic { arithmetic, builtin, operands: Box::new((left, right)), place }
        }
        (None, Ok(arguments)) => Term::Builtin { builtin, arguments: Box::new(arguments), place },
        (_, Err(arguments)) => Term::Builtin { builtin, arguments: arguments.into(), place },
    }
}

/// The variables that a literal mentions, leaving out what closures inside own.
fn mentioned(literal: &Literal) -> BTreeSet<VariableId> {
    let mut mentioned = BTreeSet::new();
    safety::free_in_kind(&literal.kind, &mut mentioned);
    for with in &literal.with {
        if let WithValue::Expr(expr) = &with.value {
            safety::free(expr, &mut mentioned);
        }
    }
    mentioned
}

fn constant_ids(terms: &[Term]) -> Option<Vec<plan::ConstantId>> {
    terms.iter().map(|term| if let Term::Constant(id) = term { Some(*id) } else { None }).collect()
}

fn into_body(operations: Vec<(Operation, PlaceId)>) -> plan::Body {
    let (operations, places): (Vec<_>, Vec<_>) = operations.into_iter().unzip();
    plan::Body { operations: operations.into(), places: places.into() }
}
