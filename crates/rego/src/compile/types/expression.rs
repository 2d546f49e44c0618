//! The types of expressions, and calls with arguments that a function never takes.

use super::RuleType;
use super::checker::Checker;
use super::messages;
use super::signature::Signature;
use super::value_type::{Field, Key, ValueType};
use crate::compile::hir::{Callee, Expr, ExprKind, Scalar, TemplatePart};
use std::sync::Arc;
use value::Span;

/// The type of a constant.
pub(super) fn scalar_type(scalar: &Scalar) -> ValueType {
    match scalar {
        Scalar::Null => ValueType::Null,
        Scalar::Bool(_) => ValueType::Boolean,
        Scalar::Number(_) => ValueType::Number,
        Scalar::String(_) => ValueType::String,
    }
}

impl Checker<'_> {
    /// The type of an expression. What can never be right in it is reported, and counts as any value from there on.
    pub fn infer(&mut self, expr: &Expr) -> ValueType {
        match &expr.kind {
            ExprKind::Constant(constant) => scalar_type(constant),
            ExprKind::Variable(id) => self.variable(*id),
            ExprKind::Reference { head, path } => self.reference(expr.span, head, path),
            ExprKind::Call { callee, arguments } => self.call(expr.span, callee, arguments, Output::Value),
            ExprKind::Compare { left, right, .. } => {
                self.anything([&**left, &**right]);
                ValueType::Boolean
            }
            ExprKind::Membership { key, value, collection } => {
                self.anything(key.as_deref().into_iter().chain([&**value, &**collection]));
                ValueType::Boolean
            }
            ExprKind::Array(items) => {
                let items: Vec<ValueType> = items.iter().map(|item| self.infer(item)).collect();
                let rest = items.is_empty().then_some(ValueType::Any);
                ValueType::array(items, rest)
            }
            ExprKind::Set(members) => {
                let members: Vec<ValueType> = members.iter().map(|member| self.infer(member)).collect();
                ValueType::set_of(ValueType::any_of(members).unwrap_or(ValueType::Any))
            }
            ExprKind::Object(entries) => self.object(entries),
            ExprKind::ArrayComprehension { term, body } => {
                ValueType::array_of(self.closure(body, |checker| checker.infer(term).settled()))
            }
            ExprKind::SetComprehension { term, body } => {
                ValueType::set_of(self.closure(body, |checker| checker.infer(term).settled()))
            }
            ExprKind::ObjectComprehension { key, value, body } => {
                let (keys, values) =
                    self.closure(body, |checker| (checker.infer(key).settled(), checker.infer(value).settled()));
                ValueType::object_of(keys, values)
            }
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Expr { body, .. } = part {
                        self.closure(body, |_| ());
                    }
                }
                ValueType::String
            }
        }
    }

    /// Operands of something that takes any values. What they are made of is looked at first, as it may say more of a variable.
    pub fn anything<'e>(&mut self, operands: impl IntoIterator<Item = &'e Expr>) {
        let operands: Vec<_> = operands.into_iter().map(|operand| (operand, self.infer(operand))).collect();
        for (operand, have) in operands {
            self.fits(operand, &have, &ValueType::Any);
        }
    }

    fn object(&mut self, entries: &[(Expr, Expr)]) -> ValueType {
        let (mut fields, mut others) = (Vec::new(), Vec::new());
        for (key, value) in entries {
            let (key_type, value_type) = (self.infer(key), self.infer(value));
            match Key::of_expr(key) {
                Some(key) => fields.push((key, Field { value: value_type, optional: false })),
                None => others.push((key_type, value_type)),
            }
        }
        if entries.is_empty() {
            others.push((ValueType::Any, ValueType::Any));
        }
        let rest = others.into_iter().reduce(|(keys, values), (key, value)| (keys.or(key), values.or(value)));
        ValueType::object(fields, rest)
    }

    /// What a call gives.
    pub fn call(&mut self, span: Span, callee: &Callee, arguments: &[Expr], output: Output<'_>) -> ValueType {
        let all: Vec<&Expr> = arguments.iter().chain(output.matched()).collect();
        let mut have: Vec<ValueType> = all.iter().map(|argument| self.infer(argument)).collect();
        let signature = match self.signature(callee) {
            Some(signature) if !self.replaced.functions.contains(callee) => signature,
            _ => {
                all.iter().zip(&have).for_each(|(argument, have)| {
                    self.fits(argument, have, &ValueType::Any);
                });
                return ValueType::Any;
            }
        };
        let wanted = signature.parameters.iter().chain(&signature.result);
        let wrong =
            all.iter().zip(&have).zip(wanted).position(|((argument, have), want)| !self.fits(argument, have, want));
        let Some(wrong) = wrong else {
            return signature.result.clone().unwrap_or(ValueType::Any);
        };
        for (have, argument) in have.iter_mut().zip(&all) {
            if let ExprKind::Variable(id) = &argument.kind {
                *have = self.variable(*id);
            }
        }
        if matches!(output, Output::Value) && signature.result.is_some() {
            have.push(ValueType::Unresolved);
        }
        self.errors.push(messages::arguments(self.source, span, callee, &signature, &have, wrong));
        ValueType::Any
    }

    /// What a function takes and gives; `None` if that cannot be told.
    fn signature(&mut self, callee: &Callee) -> Option<Arc<Signature>> {
        match callee {
            Callee::Builtin(builtin) => Some(self.signatures.of(builtin.0)),
            Callee::Rule(_) if self.replaced.rules => None,
            Callee::Rule(path) => match self.rules.of(self.tree.group_at(path)?)? {
                RuleType::Function(signature) => Some(Arc::clone(signature)),
                RuleType::Value(_) => None,
            },
        }
    }
}

/// What becomes of what a call gives.
#[derive(Clone, Copy)]
pub(super) enum Output<'e> {
    /// It only has to hold.
    Nothing,
    /// It is matched with this.
    Matched(&'e Expr),
    /// It is the value of an expression.
    Value,
}

impl<'e> Output<'e> {
    fn matched(self) -> Option<&'e Expr> {
        match self {
            Self::Matched(expr) => Some(expr),
            Self::Nothing | Self::Value => None,
        }
    }
}
