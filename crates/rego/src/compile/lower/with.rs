//! `with`: replacements as modifiers of what follows.

use super::Lowerer;
use crate::compile::hir::{Callee, With, WithTarget, WithValue};
use crate::plan::{FunctionTarget, Modifier, Replacement};

impl Lowerer<'_> {
    pub(super) fn with(&mut self, with: &With) -> Option<Modifier> {
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

    pub(super) fn function_target(&mut self, callee: &Callee) -> Option<FunctionTarget> {
        match callee {
            Callee::Builtin(builtin) => {
                self.note_builtin(builtin.0);
                Some(FunctionTarget::Builtin(builtin.0))
            }
            Callee::Rule(path) => self.function(path).map(FunctionTarget::Group),
        }
    }
}
