//! Rules, bodies and statements.

use super::expression::Output;
use super::messages::{self, WrongPart};
use super::signature::{Signature, Signatures};
use super::value_type::ValueType;
use super::{ResolvedRule, RuleType, RuleTypes};
use crate::compile::RuleTree;
use crate::compile::hir::{
    Body, Callee, Comparison, Expr, ExprKind, Head, Literal, LiteralKind, Variable, VariableId, WithTarget, WithValue,
};
use crate::compile::safety::{self, Bound};
use std::sync::Arc;
use value::{Diagnostic, Source, Span};

/// Checks one rule or query.
pub(super) struct Checker<'c> {
    pub tree: &'c RuleTree,
    pub rules: &'c RuleTypes,
    pub source: &'c Arc<Source>,
    pub signatures: &'c mut Signatures,
    pub errors: &'c mut Vec<Diagnostic>,
    /// Whether `==` between statements may hold for nothing.
    pub comparisons_may_fail: bool,
    /// What `with` puts into the place of rules and functions around what is being checked.
    pub replaced: Replaced,
    /// By variable.
    types: Vec<ValueType>,
    /// What to put back at the end of a body whose findings hold only inside.
    trail: Vec<(VariableId, ValueType)>,
    bound: Bound,
}

/// What `with` replaces.
#[derive(Clone, Debug, Default)]
pub(super) struct Replaced {
    /// Whether any rule may give something else than what it says.
    pub rules: bool,
    /// The functions that something else stands in for.
    pub functions: Vec<Callee>,
}

impl<'c> Checker<'c> {
    pub fn new(
        tree: &'c RuleTree,
        rules: &'c RuleTypes,
        source: &'c Arc<Source>,
        variables: &'c [Variable],
        signatures: &'c mut Signatures,
        errors: &'c mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            tree,
            rules,
            source,
            signatures,
            errors,
            comparisons_may_fail: false,
            replaced: Replaced::default(),
            types: vec![ValueType::Unresolved; variables.len()],
            trail: Vec::new(),
            bound: Bound::default(),
        }
    }

    /// The type of a variable.
    pub fn variable(&self, id: VariableId) -> ValueType {
        self.types.get(id.0 as usize).cloned().unwrap_or(ValueType::Any)
    }

    /// Gives a variable a type, until the closure around ends.
    pub fn set(&mut self, id: VariableId, values: ValueType) {
        if let Some(known) = self.types.get_mut(id.0 as usize) {
            self.trail.push((id, std::mem::replace(known, values)));
        }
    }

    /// Forgets what has been found since the trail had this length.
    fn forget(&mut self, trail: usize) {
        while self.trail.len() > trail {
            let Some((id, before)) = self.trail.pop() else { return };
            if let Some(known) = self.types.get_mut(id.0 as usize) {
                *known = before;
            }
        }
    }

    /// Runs `check`, and forgets what it found of variables.
    pub fn inside<T>(&mut self, check: impl FnOnce(&mut Self) -> T) -> T {
        let (trail, bound) = (self.trail.len(), self.bound.clone());
        let result = check(self);
        self.forget(trail);
        self.bound = bound;
        result
    }

    /// A body with variables of its own, then what `finish` looks at inside of it.
    pub fn closure<T>(&mut self, body: &Body, finish: impl FnOnce(&mut Self) -> T) -> T {
        self.inside(|checker| {
            checker.body(body);
            finish(checker)
        })
    }

    /// What a rule gives.
    pub fn rule(&mut self, rule: &ResolvedRule) -> RuleType {
        let mut keys = Vec::new();
        let mut given: Option<ValueType> = None;
        let mut taken: Option<Vec<ValueType>> = None;
        for (index, branch) in rule.branches.iter().enumerate() {
            self.inside(|checker| {
                for parameter in &rule.parameters {
                    safety::pattern(parameter, &mut checker.bound);
                }
                checker.body(&branch.body);
                let value = branch.value.as_ref().map_or(ValueType::Boolean, |value| checker.infer(value));
                if index == 0 {
                    keys = branch.suffix.iter().map(|part| checker.infer(part).settled()).collect();
                }
                let parameters: Vec<ValueType> =
                    rule.parameters.iter().map(|parameter| checker.infer(parameter).settled()).collect();
                let value = value.settled();
                given = Some(match given.take() {
                    Some(given) => given.or(value),
                    None => value,
                });
                taken = Some(match taken.take() {
                    Some(taken) => taken.into_iter().zip(parameters).map(|(a, b)| a.or(b)).collect(),
                    None => parameters,
                });
            });
        }
        let given = given.unwrap_or(ValueType::Any);
        match taken {
            Some(parameters) if !parameters.is_empty() => {
                RuleType::Function(Arc::new(Signature { parameters, result: Some(given) }))
            }
            _ => {
                let value = if rule.member { ValueType::set_of(given) } else { given };
                RuleType::Value(keys.into_iter().rev().fold(value, |value, key| ValueType::object_of(key, value)))
            }
        }
    }

    /// The statements of a body, each after those that bind what it needs.
    pub fn body(&mut self, body: &Body) {
        let mut pending: Vec<&Literal> = body.literals.iter().collect();
        while !pending.is_empty() {
            let before = pending.len();
            pending.retain(|literal| {
                let mut bound = self.bound.clone();
                let safe = safety::literal(literal, &mut bound);
                if safe {
                    self.bound = bound;
                    self.literal(literal);
                }
                !safe
            });
            // What is unsafe has been reported, and then nothing is checked.
            if pending.len() == before {
                return;
            }
        }
    }

    fn literal(&mut self, literal: &Literal) {
        if literal.with.is_empty() {
            return self.statement(literal.span, &literal.kind);
        }
        // The values are evaluated before anything is replaced.
        for with in &literal.with {
            if let WithValue::Expr(value) = &with.value {
                self.infer(value);
            }
        }
        let outer = self.replaced.clone();
        literal.with.iter().for_each(|with| self.replace(&with.target));
        self.statement(literal.span, &literal.kind);
        self.replaced = outer;
    }

    fn replace(&mut self, target: &WithTarget) {
        match target {
            WithTarget::Input(_) => {}
            // Base data may be anything as it is.
            WithTarget::Data(path) => self.replaced.rules |= self.tree.node_at(path).is_some(),
            WithTarget::Function(callee) => {
                self.replaced.rules = true;
                self.replaced.functions.push(callee.clone());
            }
        }
    }

    fn statement(&mut self, span: Span, kind: &LiteralKind) {
        match kind {
            LiteralKind::Test(expr) => self.test(expr),
            LiteralKind::Unify(left, right) | LiteralKind::Assign { pattern: left, value: right } => {
                self.equal(span, left, right);
            }
            LiteralKind::Output { output, call } => self.output(output, call),
            LiteralKind::SomeIn { key, value, collection } => self.some_in(span, key.as_ref(), value, collection),
            LiteralKind::Every { key, value, collection, body } => {
                let collection = self.infer(collection).settled();
                self.inside(|checker| {
                    let any = |values: Option<ValueType>| values.unwrap_or(ValueType::Any);
                    key.iter().for_each(|&key| checker.bind_new(key, any(collection.keys())));
                    checker.bind_new(*value, any(collection.values()));
                    checker.body(body);
                });
            }
            // What has been found under `not` holds only there: `not x == 1` does not make `x` a number.
            LiteralKind::Not { literal, .. } => self.inside(|checker| checker.statement(span, literal)),
            LiteralKind::NotBody(body) => self.closure(body, |_| ()),
            LiteralKind::Print(bodies, _) => bodies.iter().for_each(|body| self.closure(body, |_| ())),
        }
    }

    fn bind_new(&mut self, id: VariableId, values: ValueType) {
        self.bound.insert(id);
        self.set(id, values);
    }

    fn test(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Compare { comparison: Comparison::Equal, left, right } if !self.comparisons_may_fail => {
                self.equal(expr.span, left, right);
            }
            ExprKind::Call { callee, arguments } => {
                self.call(expr.span, callee, arguments, Output::Nothing);
            }
            _ => {
                self.infer(expr);
            }
        }
    }

    fn equal(&mut self, span: Span, left: &Expr, right: &Expr) {
        let errors_before = self.errors.len();
        let (left_type, right_type) = (self.infer(left), self.infer(right));
        if !self.unify((left, &left_type), (right, &right_type)) && self.errors.len() == errors_before {
            self.errors.push(messages::no_match(self.source, span, &left_type, &right_type));
        }
    }

    /// A call whose last argument takes what it gives.
    fn output(&mut self, output: &Expr, call: &Expr) {
        match &call.kind {
            ExprKind::Call { callee, arguments } => {
                self.call(call.span, callee, arguments, Output::Matched(output));
            }
            // Calls for annotations have been replaced by them.
            _ => self.equal(call.span, output, call),
        }
    }

    fn some_in(&mut self, span: Span, key: Option<&Expr>, value: &Expr, collection: &Expr) {
        let values = self.infer(collection).settled();
        let members = values.keys().zip(values.values());
        if members.is_none() {
            self.errors.push(messages::no_collection(self.source, collection, &values));
        }
        let (keys, values) = members.unwrap_or((ValueType::Any, ValueType::Any));
        for (pattern, wanted) in key.map(|key| (key, &keys)).into_iter().chain([(value, &values)]) {
            let have = self.infer(pattern);
            if !self.fits(pattern, &have, wanted) {
                self.errors.push(messages::no_match(self.source, span, &have, wanted));
            }
        }
    }

    /// Reports a reference that never leads anywhere.
    pub fn report_reference(&mut self, span: Span, reference: (&Head, &[Expr]), wrong: &WrongPart<'_>) {
        self.errors.push(messages::reference(self.source, span, reference, wrong));
    }
}
