//! From the middle form to a plan: literals ordered by safety, references split at their free variables, slots given out.

use super::constants::{Constant, ConstantPool};
use super::hir::{
    self, Body, Callee, Comparison, Expr, ExprKind, Head, Literal, LiteralKind, Variable, VariableId, With, WithTarget, WithValue,
};
use super::places::PlaceTable;
use super::safety::{self, Bound};
use super::tree::RuleTree;
use crate::plan::{
    self, FunctionTarget, GroupId, Modifier, NodeId, Operation, Pattern, PlaceId, Replacement, Slot, Step, TemplatePart, Term,
    WalkStart,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use value::{Diagnostic, Source, Span};

/// What a rule's plan refers to, for the check against recursion.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Dependency {
    Group(GroupId),
    /// Everything at and below the ends of the paths from a node; `None` is any name.
    Paths(NodeId, Vec<Option<String>>),
}

/// Lowers one rule or query; slots of one frame.
pub(super) struct Lowerer<'l> {
    pub tree: &'l RuleTree,
    pub constants: &'l mut ConstantPool,
    pub places: &'l mut PlaceTable,
    pub errors: &'l mut Vec<Diagnostic>,
    pub source: &'l Arc<Source>,
    pub variables: &'l [Variable],
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
            roots = pending.iter().map(|literal| unbound(self, literal)).find(|ids| !ids.is_empty()).unwrap_or_default();
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
            LiteralKind::Unify(left, right) | LiteralKind::Output { output: left, call: right } => self.unify(left, right),
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
                self.emit(Operation::Print(parts.into()));
            }
        }
    }

    fn not(&mut self, literal: &LiteralKind, whole: bool) {
        // OPA evaluates what is nested in the arguments before the negation, so that `not f(input.x)` does not hold when
        // `input.x` is undefined (opa issue 1877); `import future.keywords.not` puts everything inside (opa issue 8387).
        let lifted = if whole { None } else { self.lift_negated(literal) };
        let outer_bound = self.bound.clone();
        let outer = std::mem::take(&mut self.operations);
        match lifted {
            Some(term) => self.emit(Operation::Test(term)),
            None => self.kind(literal),
        }
        let inner = std::mem::replace(&mut self.operations, outer);
        self.bound = outer_bound;
        self.emit(Operation::Not(into_body(inner)));
    }

    /// Lowers what is nested under `not` into the operations before it; gives what is left to negate.
    fn lift_negated(&mut self, literal: &LiteralKind) -> Option<Term> {
        match literal {
            LiteralKind::Test(expr) => match &expr.kind {
                ExprKind::Compare { comparison: Comparison::Equal, left, right } => {
                    let operands = (self.lift_operand(left), self.lift_operand(right));
                    Some(Term::Compare { comparison: Comparison::Equal, operands: Box::new(operands) })
                }
                ExprKind::Compare { comparison, left, right } => {
                    let operands = (self.lift(left), self.lift(right));
                    Some(Term::Compare { comparison: *comparison, operands: Box::new(operands) })
                }
                ExprKind::Membership { key, value, collection } => Some(Term::Membership {
                    key: key.as_ref().map(|key| Box::new(self.lift(key))),
                    value: Box::new(self.lift(value)),
                    collection: Box::new(self.lift_collection(collection)),
                }),
                ExprKind::Call { callee, arguments } => {
                    let arguments: Vec<Term> = arguments.iter().map(|argument| self.lift(argument)).collect();
                    Some(self.call(expr.span, callee, arguments))
                }
                ExprKind::Reference { .. } => Some(self.lift_operand(expr)),
                _ => None,
            },
            LiteralKind::Output { output, call: Expr { span, kind: ExprKind::Call { callee, arguments } } } => {
                let arguments: Vec<Term> = arguments.iter().map(|argument| self.lift(argument)).collect();
                let operands = (self.lift(output), self.call(*span, callee, arguments));
                Some(Term::Compare { comparison: Comparison::Equal, operands: Box::new(operands) })
            }
            LiteralKind::Unify(left, right) => {
                let operands = (self.lift_operand(left), self.lift_operand(right));
                Some(Term::Compare { comparison: Comparison::Equal, operands: Box::new(operands) })
            }
            _ => None,
        }
    }

    /// A reference stays, with its operands lifted; anything else is lifted whole.
    fn lift_operand(&mut self, expr: &Expr) -> Term {
        let ExprKind::Reference { head, path } = &expr.kind else { return self.lift(expr) };
        let head = match head {
            Head::Expr(inner) if !matches!(inner.kind, ExprKind::Variable(_) | ExprKind::Constant(_)) => {
                let term = self.lift(inner);
                return self.lookup_lifted(term, path);
            }
            head => head,
        };
        let path: Vec<Expr> = path.clone();
        if path.iter().any(|part| matches!(part.kind, ExprKind::Reference { .. } | ExprKind::Call { .. })) {
            let parts: Vec<Term> = path.iter().map(|part| self.lift(part)).collect();
            return self.ground_reference(head, parts);
        }
        self.reference(head, &path)
    }

    fn lookup_lifted(&mut self, base: Term, path: &[Expr]) -> Term {
        let path: Vec<Term> = path.iter().map(|part| self.lift(part)).collect();
        Term::Lookup { base: Box::new(base), path: path.into() }
    }

    /// Like [`Self::lift`], but a rule stays a rule: a slot would hold a partial set with possible members as Unknown.
    fn lift_collection(&mut self, expr: &Expr) -> Term {
        match self.term(expr) {
            Term::Group(group) => {
                self.emit(Operation::Match { pattern: Pattern::Ignore, term: Term::Group(group) });
                Term::Group(group)
            }
            term => self.lift_term(term),
        }
    }

    /// A term evaluated before the operation that uses it: the body fails when it is undefined.
    fn lift(&mut self, expr: &Expr) -> Term {
        let term = self.term(expr);
        self.lift_term(term)
    }

    fn lift_term(&mut self, term: Term) -> Term {
        if matches!(term, Term::Constant(_) | Term::Local(_)) {
            return term;
        }
        let slot = self.temporary();
        self.emit(Operation::Bind { slot, term });
        Term::Local(slot)
    }

    fn unify(&mut self, left: &Expr, right: &Expr) {
        let mut trial = self.bound.clone();
        if safety::term(right, &mut trial) && safety::pattern(left, &mut trial) {
            return self.assign(left, right);
        }
        let mut trial = self.bound.clone();
        if safety::term(left, &mut trial) && safety::pattern(right, &mut trial) {
            return self.assign(right, left);
        }
        let Some(mut pending) = safety::pairs(left, right) else {
            return self.emit(Operation::Fail);
        };
        while !pending.is_empty() {
            let before = pending.len();
            let mut waiting = Vec::new();
            for (left, right) in pending {
                let safe = {
                    let mut trial = self.bound.clone();
                    safety::term(right, &mut trial) && safety::pattern(left, &mut trial)
                } || {
                    let mut trial = self.bound.clone();
                    safety::term(left, &mut trial) && safety::pattern(right, &mut trial)
                } || safety::pairs(left, right).is_some();
                if safe { self.unify(left, right) } else { waiting.push((left, right)) }
            }
            if waiting.len() == before {
                return self.emit(Operation::Fail);
            }
            pending = waiting;
        }
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
                    hir::Constant::Null => Constant::Null,
                    hir::Constant::Bool(b) => Constant::Bool(*b),
                    hir::Constant::Number(text) => Constant::Number(text.clone()),
                    hir::Constant::String(text) => Constant::String(text.clone()),
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
            Callee::Builtin(builtin) => Term::Builtin { builtin: builtin.0, arguments: arguments.into(), place },
            Callee::Rule(path) => match self.function(path) {
                Some(group) => Term::Function { group, arguments: arguments.into(), place },
                None => Term::Constant(self.constants.id(Constant::Null)),
            },
        }
    }

    fn function(&mut self, path: &[String]) -> Option<GroupId> {
        let group = self.tree.group_at(path)?;
        self.dependencies.insert(Dependency::Group(group));
        Some(group)
    }

    /// A reference as a term; when it iterates, the walk becomes an operation and the term its result.
    fn reference(&mut self, head: &Head, path: &[Expr]) -> Term {
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

    fn ground_reference(&mut self, head: &Head, path: Vec<Term>) -> Term {
        let lookup = |base: Term, path: Vec<Term>| {
            if path.is_empty() { base } else { Term::Lookup { base: Box::new(base), path: path.into() } }
        };
        match head {
            Head::Expr(expr) => {
                let base = self.term(expr);
                lookup(base, path)
            }
            Head::Input => lookup(Term::Input, path),
            Head::Data => {
                let (start, used) = self.descend(&path);
                let mut path = path;
                match start {
                    Descent::Base => lookup(Term::BaseData, path),
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
    fn name(&self, part: &Term) -> Option<String> {
        match part {
            Term::Constant(id) => self.constants.text(*id).map(str::to_owned),
            _ => None,
        }
    }

    /// Emits a walk over a reference with free operands.
    fn walk(&mut self, head: &Head, path: &[Expr], result: impl FnOnce(&mut Self) -> Pattern) {
        let mut steps = Vec::with_capacity(path.len());
        let first_free = path.iter().position(|part| self.has_free_operand(std::slice::from_ref(part))).unwrap_or(path.len());
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
                            ExprKind::Constant(hir::Constant::String(text)) => Some(text.clone()),
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

    fn with(&mut self, with: &With) -> Option<Modifier> {
        let boxed = |path: &[String]| path.iter().map(|name| name.as_str().into()).collect::<Box<[Box<str>]>>();
        match (&with.target, &with.value) {
            (WithTarget::Input(path), WithValue::Expr(expr)) => {
                Some(Modifier::Input { path: boxed(path), value: self.lift(expr) })
            }
            (WithTarget::Data(path), WithValue::Expr(expr)) => {
                Some(Modifier::Data { path: boxed(path), node: self.tree.node_at(path), value: self.lift(expr) })
            }
            (WithTarget::Function(target), value) => {
                let target = self.function_target(target)?;
                let replacement = match value {
                    WithValue::Function(callee) => Replacement::Function(self.function_target(callee)?),
                    WithValue::Expr(expr) => Replacement::Value(self.lift(expr)),
                };
                Some(Modifier::Function { target, replacement })
            }
            (_, WithValue::Function(_)) => None,
        }
    }

    fn function_target(&mut self, callee: &Callee) -> Option<FunctionTarget> {
        match callee {
            Callee::Builtin(builtin) => Some(FunctionTarget::Builtin(builtin.0)),
            Callee::Rule(path) => self.function(path).map(FunctionTarget::Group),
        }
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

enum Descent {
    Group(GroupId),
    Tree(NodeId),
    Base,
}

fn constant_ids(terms: &[Term]) -> Option<Vec<plan::ConstantId>> {
    terms.iter().map(|term| if let Term::Constant(id) = term { Some(*id) } else { None }).collect()
}

fn into_body(operations: Vec<(Operation, PlaceId)>) -> plan::Body {
    let (operations, places): (Vec<_>, Vec<_>) = operations.into_iter().unzip();
    plan::Body { operations: operations.into(), places: places.into() }
}
