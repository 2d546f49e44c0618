//! `with`: what it changes, and what takes its place.

use super::Resolver;
use crate::builtins;
use crate::compile::hir::{BuiltinRef, Callee, With, WithTarget, WithValue};
use crate::syntax::ast;
use value::Diagnostic;

impl Resolver<'_> {
    pub(super) fn with(&mut self, with: &ast::With) -> Option<With> {
        let span = with.span;
        let (name, parts): (&str, &[ast::Expr]) = match &with.target.kind {
            ast::ExprKind::Var(name) => (name, &[]),
            ast::ExprKind::Ref { head, path } => match &head.kind {
                ast::ExprKind::Var(name) => (name, path),
                _ => ("", &[]),
            },
            _ => ("", &[]),
        };
        let mut keys = Vec::new();
        for part in parts {
            match &part.kind {
                ast::ExprKind::String(text) => keys.push(text.clone()),
                _ => {
                    self.error(
                        "rego_compile_error",
                        "`with` keyword target must be fixed: no variables in it".to_owned(),
                        span,
                    );
                    return None;
                }
            }
        }
        let target = if let Some(path) = self.global(name) {
            let (root, first) = path.split_first()?;
            let mut path = first.to_vec();
            path.extend(keys);
            match root.as_str() {
                "input" => WithTarget::Input(path),
                _ if self.is_below_rule(&path) => {
                    let message = "with keyword cannot partially replace virtual document(s)";
                    let help = "a rule gives the whole value: replace the rule itself";
                    self.errors
                        .push(Diagnostic::new("rego_compile_error", message, &self.module.source, span).help(help));
                    return None;
                }
                _ if self.globals.arity(&path).is_some() => WithTarget::Function(Callee::Rule(path)),
                _ => WithTarget::Data(path),
            }
        } else {
            let full = std::iter::once(name.to_owned()).chain(keys).collect::<Vec<_>>().join(".");
            let Some(builtin) = builtins::lookup(&full) else {
                let message =
                    format!("with keyword target must reference existing input, data, or a function, not `{full}`");
                let help = "write `input`, `data`, a path into them, or the name of a function";
                self.errors.push(Diagnostic::new("rego_type_error", message, &self.module.source, span).help(help));
                return None;
            };
            let refused = if matches!(full.as_str(), "eq" | "rego.metadata.chain" | "rego.metadata.rule") {
                Some(format!("replacement of `{full}` invalid"))
            } else if full.starts_with("internal.") {
                Some(format!("replacement of internal function `{full}` invalid"))
            } else if builtin.relation {
                Some("target must not be a relation".to_owned())
            } else if builtin.result.kind == builtins::Type::Nothing {
                Some("target must not be a void function".to_owned())
            } else {
                None
            };
            if let Some(refused) = refused {
                let message = format!("with keyword replacing built-in function: {refused}");
                self.error("rego_compile_error", message, span);
                return None;
            }
            WithTarget::Function(Callee::Builtin(BuiltinRef(builtin)))
        };
        let value = match &target {
            WithTarget::Function(target) => {
                let value = self.replacement(&with.value);
                if let WithValue::Function(stand_in) = &value {
                    let (want, have) = (self.arity_of(target), self.arity_of(stand_in));
                    if want != have {
                        let message = format!(
                            "with keyword replacing function: arity mismatch: it takes {want}, its replacement takes {have}"
                        );
                        self.error("rego_type_error", message, span);
                        return None;
                    }
                }
                value
            }
            _ => WithValue::Expr(self.expr(&with.value)),
        };
        Some(With { target, value })
    }

    /// Whether a rule of any module stands above `path`, so that `path` is only a part of what the rule gives.
    fn is_below_rule(&self, path: &[String]) -> bool {
        (1..path.len()).any(|length| path.get(..length).is_some_and(|above| self.globals.is_rule(above)))
    }

    fn arity_of(&self, callee: &Callee) -> usize {
        match callee {
            Callee::Builtin(builtin) => builtin.0.parameters.len(),
            Callee::Rule(path) => self.globals.arity(path).unwrap_or_default(),
        }
    }

    /// What takes a function's place: another function by name, else a value.
    fn replacement(&mut self, value: &ast::Expr) -> WithValue {
        let function = match &value.kind {
            ast::ExprKind::Var(name) => self.local(name).is_none(),
            ast::ExprKind::Ref { head, path } => {
                matches!(&head.kind, ast::ExprKind::Var(name) if self.local(name).is_none())
                    && path.iter().all(|part| matches!(part.kind, ast::ExprKind::String(_)))
            }
            _ => false,
        };
        if function {
            let before = self.errors.len();
            if let Some((callee, _)) = self.callee(value) {
                return WithValue::Function(callee);
            }
            self.errors.truncate(before);
        }
        WithValue::Expr(self.expr(value))
    }
}
