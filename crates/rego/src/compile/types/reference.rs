//! References: what stands at their end, and those that never lead anywhere.

use super::RuleType;
use super::checker::Checker;
use super::messages::{self, WrongPart};
use super::value_type::{Key, ValueType};
use crate::compile::RuleTree;
use crate::compile::hir::{Expr, ExprKind, Head, Scalar};
use crate::plan::NodeId;
use value::Span;

impl Checker<'_> {
    /// The type of what a reference leads to.
    pub fn reference(&mut self, span: Span, head: &Head, path: &[Expr]) -> ValueType {
        match head {
            Head::Input => {
                self.anything(path);
                ValueType::Any
            }
            Head::Data => self.below_data(span, path),
            Head::Expr(base) => {
                let have = self.infer(base);
                // What is looked into may be any collection.
                self.fits(base, &have, &ValueType::Any);
                self.steps(span, (head, path), 0, have.settled())
            }
        }
    }

    /// Goes through packages, then into what a rule gives. Base data may be anything.
    fn below_data(&mut self, span: Span, path: &[Expr]) -> ValueType {
        let mut node = RuleTree::ROOT;
        for (index, part) in path.iter().enumerate() {
            if self.tree.has_group(node) {
                let values = self.rule_at(span, node);
                return self.steps(span, (&Head::Data, path), index, values);
            }
            let child = match &part.kind {
                ExprKind::Constant(Scalar::String(name)) => self.tree.child(node, name),
                _ => {
                    self.package_key(span, path, part, node);
                    None
                }
            };
            match child {
                Some(child) => node = child,
                None => {
                    self.anything(after(path, index));
                    return ValueType::Any;
                }
            }
        }
        if self.tree.has_group(node) { self.rule_at(span, node) } else { ValueType::Any }
    }

    /// What the rules at a node give. Where other rules stand below, that is `Any`.
    fn rule_at(&mut self, span: Span, node: NodeId) -> ValueType {
        let lone = self.tree.is_leaf(node);
        let node = self.tree.node(node);
        let known = node.and_then(|node| self.rules.of(node.group?));
        match known {
            Some(RuleType::Function(signature)) if !self.replaced.rules => {
                let path = node.map(|node| node.path.as_slice()).unwrap_or_default();
                self.errors.push(messages::function_not_called(self.source, span, path, signature));
                ValueType::Any
            }
            Some(RuleType::Value(values)) if lone && !self.replaced.rules => values.clone(),
            _ => ValueType::Any,
        }
    }

    /// A key of a package is a string.
    fn package_key(&mut self, span: Span, path: &[Expr], part: &Expr, node: NodeId) {
        let have = self.infer(part);
        // Base data may have any keys at its root.
        let is_package = node != RuleTree::ROOT && !self.tree.is_leaf(node);
        if is_package && !self.replaced.rules && !self.fits(part, &have, &ValueType::String) {
            let collection = ValueType::object_of(ValueType::String, ValueType::Any);
            let wrong = WrongPart::KeyType { collection: &collection, have };
            self.report_reference(span, (&Head::Data, path), &wrong);
        }
    }

    /// Goes on from a value of type `values`, by the operands from `first` on.
    fn steps(&mut self, span: Span, reference: (&Head, &[Expr]), first: usize, values: ValueType) -> ValueType {
        let (_, path) = reference;
        let mut values = values;
        for (index, part) in path.iter().enumerate().skip(first) {
            let found = match (values.keys(), Key::of_expr(part)) {
                (None, _) => Err(WrongPart::Scalar(&values)),
                (Some(_), Some(key)) => match values.at(&key) {
                    Some(found) => Ok(found),
                    None => Err(WrongPart::Missing { collection: &values, key }),
                },
                (Some(keys), None) => {
                    let have = self.infer(part);
                    if self.fits(part, &have, &keys) {
                        Ok(values.values().unwrap_or(ValueType::Any))
                    } else {
                        Err(WrongPart::KeyType { collection: &values, have })
                    }
                }
            };
            match found {
                Ok(found) => values = found,
                Err(wrong) => {
                    let unseen = if matches!(wrong, WrongPart::Scalar(_)) { index } else { index + 1 };
                    self.report_reference(span, reference, &wrong);
                    self.anything(path.get(unseen..).unwrap_or_default());
                    return ValueType::Any;
                }
            }
        }
        values
    }
}

/// The operands after the one at `index`.
fn after(path: &[Expr], index: usize) -> &[Expr] {
    path.get(index + 1..).unwrap_or_default()
}
