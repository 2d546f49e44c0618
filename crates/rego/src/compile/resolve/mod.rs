//! From the tree as written to the middle form: names become variables or paths, sugar goes.
//!
//! Scoping follows OPA: a name that is not declared (`some`, `:=`, a parameter) and is no global belongs to the outermost body
//! that mentions it; declared names belong to the body that declares them.

mod module_names;
mod names;
mod with;

pub(super) use module_names::ModuleNames;

use super::globals::Globals;
use super::hir::{
    Body, BuiltinRef, Callee, Comparison, Expr, ExprKind, Head, Literal, LiteralKind, Scalar, TemplatePart, Variable,
    VariableId,
};
use super::logical;
use super::metadata::RuleMetadata;
use crate::builtins;
use crate::syntax::ast::{self, BinaryOperator};
pub(super) use names::Names;
use names::{assignment, parts};
use rustc_hash::FxHashMap;
use value::{Diagnostic, Span, nearest};

/// Resolves the names of one rule or query.
pub(super) struct Resolver<'r> {
    module: &'r ModuleNames,
    globals: &'r Globals,
    pub variables: Vec<Variable>,
    scopes: Vec<FxHashMap<String, VariableId>>,
    /// How the names of each scope were declared, for those that were.
    declared: Vec<FxHashMap<String, Declaration>>,
    /// Whether `print` calls stay.
    pub keep_print: bool,
    /// Whether `assign(x, y)` is `x := y`, and not a function of the policy.
    assign_is_builtin: bool,
    /// What calls for the annotations of the rule give.
    pub metadata: Option<RuleMetadata>,
    pub errors: &'r mut Vec<Diagnostic>,
}

/// How a name came to be declared.
#[derive(Clone, Copy, Debug)]
enum Declaration {
    /// By `:=`.
    Assigned,
    /// By `some`.
    Declared,
    Parameter,
    /// It is mentioned before it is declared, which is reported.
    Mistaken,
}

impl<'r> Resolver<'r> {
    pub fn new(module: &'r ModuleNames, globals: &'r Globals, errors: &'r mut Vec<Diagnostic>) -> Self {
        let assign_is_builtin = !module.imports.contains_key("assign") && !globals.defines(&module.package, "assign");
        Self {
            module,
            globals,
            assign_is_builtin,
            variables: Vec::new(),
            scopes: vec![FxHashMap::default()],
            declared: vec![FxHashMap::default()],
            keep_print: false,
            metadata: None,
            errors,
        }
    }

    pub(super) fn error(&mut self, code: &'static str, message: String, span: Span) {
        self.errors.push(Diagnostic::new(code, message, &self.module.source, span));
    }

    /// The names of the innermost scope with their slots, by name.
    pub fn names_in_scope(&self) -> Vec<(String, u32)> {
        let mut names: Vec<_> =
            self.scopes.last().into_iter().flatten().map(|(name, id)| (name.clone(), id.0)).collect();
        names.sort_unstable();
        names
    }

    /// A variable that nobody wrote.
    pub fn fresh(&mut self, name: &str, span: Span) -> VariableId {
        let id = VariableId(u32::try_from(self.variables.len()).unwrap_or(u32::MAX));
        self.variables.push(Variable { name: name.to_owned(), span });
        id
    }

    /// Declares `name` in the innermost scope.
    pub fn declare(&mut self, name: &str, span: Span) -> VariableId {
        let id = self.fresh(name, span);
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), id);
        }
        id
    }

    /// Declares a name that the author wrote. Twice in one scope is a mistake, and so is hiding `input` and `data`.
    fn declare_new(&mut self, name: &str, span: Span, how: Declaration) {
        match how {
            Declaration::Parameter => self.check_shadowing("args", name, span),
            _ if self.module.strict => self.check_shadowing("variables", name, span),
            _ => {}
        }
        // The parameters of a function and its body are one scope.
        let parameter = match self.declared.as_slice() {
            [parameters, _] => parameters.get(name),
            _ => None,
        };
        let message = match self.declared.last().and_then(|declared| declared.get(name)).or(parameter) {
            None => None,
            Some(Declaration::Assigned) => Some(format!("var {name} assigned above")),
            Some(Declaration::Declared) => Some(format!("var {name} declared above")),
            Some(Declaration::Parameter) => Some(format!("arg {name} redeclared")),
            // Said where it was mentioned.
            Some(Declaration::Mistaken) => return,
        };
        if let Some(message) = message {
            let help = "names are given once in a body: use another name, or compare with `==`";
            self.errors.push(Diagnostic::new("rego_compile_error", message, &self.module.source, span).help(help));
            return;
        }
        if let Some(declared) = self.declared.last_mut() {
            declared.insert(name.to_owned(), how);
        }
        self.declare(name, span);
    }

    fn check_shadowing(&mut self, what: &str, name: &str, span: Span) {
        if name == "input" || name == "data" {
            let message = format!("{what} must not shadow {name} (use a different variable name)");
            let help = format!("inside, nothing could ask for the document `{name}` any more");
            self.errors.push(Diagnostic::new("rego_compile_error", message, &self.module.source, span).help(help));
        }
    }

    fn open_scope(&mut self) {
        self.scopes.push(FxHashMap::default());
        self.declared.push(FxHashMap::default());
    }

    fn close_scope(&mut self) {
        self.scopes.pop();
        self.declared.pop();
    }

    fn local(&self, name: &str) -> Option<VariableId> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name).copied())
    }

    /// The path that a global name stands for, `input` or `data` first.
    fn global(&self, name: &str) -> Option<Vec<String>> {
        if name == "input" || name == "data" {
            return Some(vec![name.to_owned()]);
        }
        // An import hides a rule of the same name.
        if let Some(path) = self.module.imports.get(name) {
            return Some(path.clone());
        }
        if self.globals.defines(&self.module.package, name) {
            let mut path = vec!["data".to_owned()];
            path.extend(self.module.package.iter().cloned());
            path.push(name.to_owned());
            return Some(path);
        }
        None
    }

    /// Declares the names that a function's parameters bind. They hide rules and imports of the same name.
    pub fn declare_parameters(&mut self, parameters: &[ast::Expr]) {
        let mut names = Names::default();
        parameters.iter().for_each(|parameter| names.pattern(parameter));
        for (name, span) in names.used {
            // A name that stands twice means one value.
            if self.local(name).is_none() {
                self.declare_new(name, span, Declaration::Parameter);
            }
        }
    }

    fn declare_names(&mut self, names: Names<'_>) -> Vec<VariableId> {
        let mut own = Vec::new();
        for (name, span) in names.used {
            if !names.declared.contains(name) && self.local(name).is_none() && self.global(name).is_none() {
                own.push(self.declare(name, span));
            }
        }
        own
    }

    /// A body in a scope of its own; `terms` are evaluated inside it (the term of a comprehension, the value of a rule).
    pub fn body<T>(
        &mut self,
        literals: &[ast::Literal],
        terms: &[&ast::Expr],
        resolve_terms: impl FnOnce(&mut Self) -> T,
    ) -> (Body, T) {
        self.open_scope();
        let (body, result) = self.body_in_scope(literals, terms, resolve_terms);
        self.close_scope();
        (body, result)
    }

    /// A body in the innermost scope.
    pub fn body_in_scope<T>(
        &mut self,
        literals: &[ast::Literal],
        terms: &[&ast::Expr],
        resolve_terms: impl FnOnce(&mut Self) -> T,
    ) -> (Body, T) {
        let first_own = self.variables.len();
        let mut names = Names { assign_is_builtin: self.assign_is_builtin, ..Names::default() };
        literals.iter().for_each(|literal| names.literal(literal));
        terms.iter().for_each(|term| names.expr(term));
        let mut own = self.declare_names(names);
        let mut resolved = Vec::new();
        for literal in literals {
            self.literal(literal, &mut resolved);
        }
        let result = resolve_terms(self);
        // Names declared on the way belong to this body too; those of closures inside are in the closures' own lists, and listing
        // them here as well is harmless, because nothing outside the closure mentions them.
        own.extend((first_own..self.variables.len()).map(|i| VariableId(u32::try_from(i).unwrap_or(u32::MAX))));
        own.sort_unstable();
        own.dedup();
        (Body { literals: resolved, own }, result)
    }

    fn literal(&mut self, literal: &ast::Literal, out: &mut Vec<Literal>) {
        let with = literal.with.iter().filter_map(|with| self.with(with)).collect();
        let kind = match &literal.kind {
            ast::LiteralKind::SomeDeclaration(names) => {
                for name in names {
                    self.declare_new(&name.text, name.span, Declaration::Declared);
                }
                return;
            }
            ast::LiteralKind::SomeIn { key, value, collection } => {
                let collection = self.expr(collection);
                let mut names = Names::default();
                key.iter().chain([value]).for_each(|pattern| names.pattern(pattern));
                for (name, span) in names.used {
                    self.declare_new(name, span, Declaration::Declared);
                }
                let key = key.as_ref().map(|key| self.expr(key));
                LiteralKind::SomeIn { key, value: self.expr(value), collection }
            }
            ast::LiteralKind::Every { key, value, collection, body } => {
                let collection = self.expr(collection);
                for name in key.iter().chain([value]) {
                    self.check_shadowing("variables", &name.text, name.span);
                }
                self.open_scope();
                let key = key.as_ref().filter(|key| key.text != "_").map(|key| self.declare(&key.text, key.span));
                let value = self.declare(&value.text, value.span);
                let (mut body, ()) = self.body_in_scope(body, &[], |_| ());
                self.close_scope();
                body.own.extend(key);
                body.own.push(value);
                LiteralKind::Every { key, value, collection, body }
            }
            ast::LiteralKind::Not(expr) => {
                let first_own = self.variables.len();
                if assignment(expr, self.assign_is_builtin).is_some() {
                    self.report_negated_assignment(expr.span);
                }
                let inner = self.statement(expr);
                let own = (first_own..self.variables.len())
                    .map(|i| VariableId(u32::try_from(i).unwrap_or(u32::MAX)))
                    .collect();
                LiteralKind::Not { literal: Box::new(inner), whole: self.module.whole_negation, own }
            }
            ast::LiteralKind::NotBody(literals) => {
                let (body, ()) = self.body(literals, &[], |_| ());
                LiteralKind::NotBody(body)
            }
            ast::LiteralKind::Logical { operator, left, right } => logical::resolve(self, *operator, left, right),
            ast::LiteralKind::Expr(expr) => self.statement(expr),
        };
        out.push(Literal { span: literal.span, kind, with });
    }

    /// An expression that stands as a statement.
    fn statement(&mut self, expr: &ast::Expr) -> LiteralKind {
        if let Some((left, right)) = assignment(expr, self.assign_is_builtin) {
            let right = self.expr(right);
            let mut names = Names::default();
            names.pattern(left);
            if !self.check_assignable(left) {
                return LiteralKind::Test(right);
            }
            for (name, span) in names.used {
                self.declare_new(name, span, Declaration::Assigned);
            }
            return LiteralKind::Assign { pattern: self.expr(left), value: right };
        }
        match &expr.kind {
            ast::ExprKind::Parenthesised(inner) => self.statement(inner),
            ast::ExprKind::Binary { operator: BinaryOperator::Unify, left, right } => {
                LiteralKind::Unify(self.expr(left), self.expr(right))
            }
            ast::ExprKind::Call { function, arguments } => self.call_statement(expr.span, function, arguments),
            _ => LiteralKind::Test(self.expr(expr)),
        }
    }

    fn report_negated_assignment(&mut self, span: Span) {
        let message = "cannot assign vars inside negated expression";
        let help = "`not` gives no names away: compare with `==`, or assign before it";
        self.errors.push(Diagnostic::new("rego_compile_error", message, &self.module.source, span).help(help));
    }

    /// The left side of `:=` is a name or a pattern of names.
    fn check_assignable(&mut self, pattern: &ast::Expr) -> bool {
        let what = match &pattern.kind {
            ast::ExprKind::Var(_) | ast::ExprKind::Wildcard => return true,
            ast::ExprKind::Parenthesised(inner) => return self.check_assignable(inner),
            ast::ExprKind::Array(items) => return items.iter().all(|item| self.check_assignable(item)),
            ast::ExprKind::Object(entries) => {
                return entries.iter().all(|(_, value)| self.check_assignable(value));
            }
            ast::ExprKind::Ref { .. } => "ref",
            ast::ExprKind::Null => "null",
            ast::ExprKind::Bool(_) => "boolean",
            ast::ExprKind::Number(_) | ast::ExprKind::Negative(_) => "number",
            ast::ExprKind::String(_) => "string",
            ast::ExprKind::Set(_) => "set",
            ast::ExprKind::TemplateString(_) => "templatestring",
            ast::ExprKind::ArrayComprehension { .. } => "arraycomprehension",
            ast::ExprKind::SetComprehension { .. } => "setcomprehension",
            ast::ExprKind::ObjectComprehension { .. } => "objectcomprehension",
            ast::ExprKind::Call { .. } | ast::ExprKind::Binary { .. } | ast::ExprKind::In { .. } => "call",
        };
        let message = format!("cannot assign to {what}");
        let help = "`:=` gives a name a value: write a name on its left, or compare with `==`";
        self.errors.push(Diagnostic::new("rego_compile_error", message, &self.module.source, pattern.span).help(help));
        false
    }

    /// A call as a statement may have its output as one argument more.
    fn call_statement(&mut self, span: Span, function: &ast::Expr, arguments: &[ast::Expr]) -> LiteralKind {
        if matches!(&function.kind, ast::ExprKind::Var(name) if name == "print" && self.local(name).is_none()) {
            if !self.keep_print {
                return LiteralKind::Print(Vec::new(), Vec::new());
            }
            let parts: Vec<(Body, VariableId)> = arguments.iter().map(|argument| self.closure(argument, &[])).collect();
            let (bodies, results) = parts.into_iter().unzip();
            return LiteralKind::Print(bodies, results);
        }
        let Some((callee, arity)) = self.callee(function) else {
            return LiteralKind::Test(Expr { span, kind: ExprKind::Constant(Scalar::Null) });
        };
        let mut arguments: Vec<Expr> = arguments.iter().map(|argument| self.expr(argument)).collect();
        if matches!(&callee, Callee::Builtin(builtin) if builtin.0.name == "eq" && arguments.len() == arity)
            && let Some((right, left)) = arguments.pop().zip(arguments.pop())
        {
            return LiteralKind::Unify(left, right);
        }
        if arguments.len() == arity + 1 {
            if let Some(output) = arguments.pop() {
                let call = self.call(span, callee, arguments, arity);
                return LiteralKind::Output { output, call };
            }
            return LiteralKind::Test(self.call(span, callee, Vec::new(), arity));
        }
        LiteralKind::Test(self.call(span, callee, arguments, arity))
    }

    /// An expression as a body of its own, with the variable that holds its value.
    fn closure(&mut self, expr: &ast::Expr, with: &[ast::With]) -> (Body, VariableId) {
        let result = self.fresh("$value", expr.span);
        let terms: Vec<&ast::Expr> = std::iter::once(expr).chain(with.iter().map(|with| &with.value)).collect();
        let (mut body, (term, with)) = self.body(&[], &terms, |resolver| {
            let term = resolver.expr(expr);
            (term, with.iter().filter_map(|with| resolver.with(with)).collect())
        });
        let target = Expr { span: expr.span, kind: ExprKind::Variable(result) };
        body.literals.push(Literal { span: expr.span, kind: LiteralKind::Unify(target, term), with });
        body.own.push(result);
        (body, result)
    }

    /// Whether a call of it is a statement and gives no value: `print`, and builtins without a result.
    fn is_without_value(&self, function: &ast::Expr) -> bool {
        let parts = parts(function);
        let Some(&first) = parts.first() else { return false };
        if self.local(first).is_some() || self.global(first).is_some() {
            return false;
        }
        let name = parts.join(".");
        name == "print" || builtins::lookup(&name).is_some_and(|builtin| builtin.result.kind == builtins::Type::Nothing)
    }

    fn callee(&mut self, function: &ast::Expr) -> Option<(Callee, usize)> {
        let names = parts(function);
        let (first, rest) = names.split_first()?;
        if let Some(mut path) = self.global(first).filter(|path| path.first().is_some_and(|root| root == "data")) {
            path.extend(rest.iter().map(|&name| name.to_owned()));
            let below_data = path.split_off(1);
            if let Some(arity) = self.globals.arity(&below_data) {
                return Some((Callee::Rule(below_data), arity));
            }
        }
        let name = names.join(".");
        if let Some(builtin) = builtins::lookup(&name) {
            return Some((Callee::Builtin(BuiltinRef(builtin)), builtin.parameters.len()));
        }
        let message = format!("undefined function {name}");
        let help = match nearest(&name, builtins::all().map(|builtin| builtin.name)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "no builtin and no rule in reach has this name; a function of another package is called by its whole path, \
                     `data.<package>.<name>`, or imported first"
                .to_owned(),
        };
        self.errors.push(Diagnostic::new("rego_type_error", message, &self.module.source, function.span).help(help));
        None
    }

    fn call(&mut self, span: Span, callee: Callee, arguments: Vec<Expr>, arity: usize) -> Expr {
        if arguments.len() != arity {
            let name = match &callee {
                Callee::Builtin(builtin) => builtin.0.name.to_owned(),
                Callee::Rule(path) => format!("data.{}", path.join(".")),
            };
            let message = format!(
                "function {name} has arity {arity}, got {} argument{}",
                arguments.len(),
                if arguments.len() == 1 { "" } else { "s" }
            );
            let help = match &callee {
                Callee::Builtin(builtin) => {
                    let names: Vec<&str> = builtin.0.parameters.iter().map(|parameter| parameter.name).collect();
                    format!("write it as `{name}({})`", names.join(", "))
                }
                Callee::Rule(_) => format!("give it {arity} argument{}", if arity == 1 { "" } else { "s" }),
            };
            self.errors.push(Diagnostic::new("rego_type_error", message, &self.module.source, span).help(help));
        }
        if let Callee::Builtin(builtin) = &callee
            && let Some(instead) = builtin.0.deprecated
            && self.module.refuses_deprecated
        {
            let message = format!("deprecated built-in function calls in expression: {}", builtin.0.name);
            let help = format!("write {instead} instead");
            self.errors.push(Diagnostic::new("rego_type_error", message, &self.module.source, span).help(help));
        }
        if let (Callee::Builtin(builtin), Some(metadata)) = (&callee, &self.metadata) {
            match builtin.0.name {
                builtins::METADATA_CHAIN => return metadata.chain(span),
                builtins::METADATA_RULE => return metadata.rule(span),
                _ => {}
            }
        }
        Expr { span, kind: ExprKind::Call { callee, arguments } }
    }

    /// Any expression as a term.
    pub fn expr(&mut self, expr: &ast::Expr) -> Expr {
        let span = expr.span;
        let kind = match &expr.kind {
            ast::ExprKind::Null => ExprKind::Constant(Scalar::Null),
            ast::ExprKind::Bool(b) => ExprKind::Constant(Scalar::Bool(*b)),
            ast::ExprKind::Number(text) => ExprKind::Constant(Scalar::Number(text.clone())),
            ast::ExprKind::String(text) => ExprKind::Constant(Scalar::String(text.clone())),
            ast::ExprKind::Wildcard => ExprKind::Variable(self.fresh("_", span)),
            ast::ExprKind::Parenthesised(inner) => return self.expr(inner),
            ast::ExprKind::Var(name) => self.name(name, span),
            ast::ExprKind::Ref { head, path } => {
                let path: Vec<Expr> = path.iter().map(|part| self.expr(part)).collect();
                let head = self.expr(head);
                match head.kind {
                    ExprKind::Reference { head, path: mut first } => {
                        first.extend(path);
                        ExprKind::Reference { head, path: first }
                    }
                    _ => ExprKind::Reference { head: Head::Expr(Box::new(head)), path },
                }
            }
            ast::ExprKind::Call { function, arguments } => {
                let arguments: Vec<Expr> = arguments.iter().map(|argument| self.expr(argument)).collect();
                if self.is_without_value(function) {
                    let text = self.module.source.text.get(span.start as usize..span.end as usize);
                    let message = format!("{} used as value", text.unwrap_or("the call"));
                    let help = "it only has an effect: write the call as a statement of its own";
                    self.errors.push(Diagnostic::new("rego_type_error", message, &self.module.source, span).help(help));
                    return Expr { span, kind: ExprKind::Constant(Scalar::Null) };
                }
                match self.callee(function) {
                    Some((callee, arity)) => return self.call(span, callee, arguments, arity),
                    None => ExprKind::Constant(Scalar::Null),
                }
            }
            ast::ExprKind::Array(items) => ExprKind::Array(items.iter().map(|item| self.expr(item)).collect()),
            ast::ExprKind::Set(members) => ExprKind::Set(members.iter().map(|member| self.expr(member)).collect()),
            ast::ExprKind::Object(entries) => {
                ExprKind::Object(entries.iter().map(|(key, value)| (self.expr(key), self.expr(value))).collect())
            }
            ast::ExprKind::ArrayComprehension { term, body } => {
                let (body, term) = self.body(body, &[term], |resolver| resolver.expr(term));
                ExprKind::ArrayComprehension { term: Box::new(term), body }
            }
            ast::ExprKind::SetComprehension { term, body } => {
                let (body, term) = self.body(body, &[term], |resolver| resolver.expr(term));
                ExprKind::SetComprehension { term: Box::new(term), body }
            }
            ast::ExprKind::ObjectComprehension { key, value, body } => {
                let (body, (key, value)) =
                    self.body(body, &[key, value], |resolver| (resolver.expr(key), resolver.expr(value)));
                ExprKind::ObjectComprehension { key: Box::new(key), value: Box::new(value), body }
            }
            ast::ExprKind::TemplateString(parts) => ExprKind::Template(
                parts
                    .iter()
                    .map(|part| match part {
                        ast::TemplatePart::Text(text) => TemplatePart::Text(text.clone()),
                        ast::TemplatePart::Expr { value, with } => {
                            let (body, result) = self.closure(value, with);
                            let term = Expr { span: value.span, kind: ExprKind::Variable(result) };
                            TemplatePart::Expr { term: Box::new(term), body }
                        }
                    })
                    .collect(),
            ),
            ast::ExprKind::Binary { operator, left, right } => return self.binary(span, *operator, left, right),
            ast::ExprKind::Negative(inner) => {
                let zero = ast::Expr { span, kind: ast::ExprKind::Number("0".to_owned()) };
                return self.binary(span, BinaryOperator::Minus, &zero, inner);
            }
            ast::ExprKind::In { key, value, collection } => ExprKind::Membership {
                key: key.as_ref().map(|key| Box::new(self.expr(key))),
                value: Box::new(self.expr(value)),
                collection: Box::new(self.expr(collection)),
            },
        };
        Expr { span, kind }
    }

    fn name(&mut self, name: &str, span: Span) -> ExprKind {
        if let Some(id) = self.local(name) {
            return ExprKind::Variable(id);
        }
        match self.global(name) {
            Some(path) => {
                let mut parts = path.into_iter();
                let head = if parts.next().is_some_and(|root| root == "input") { Head::Input } else { Head::Data };
                let constant = |text| Expr { span, kind: ExprKind::Constant(Scalar::String(text)) };
                ExprKind::Reference { head, path: parts.map(constant).collect() }
            }
            None => {
                // Only a name that is used before `:=` or `some` declares it gets here: the body declared all others.
                let message = format!("var {name} referenced above");
                let help = format!("`{name}` is declared further down: move its declaration before this");
                self.errors.push(Diagnostic::new("rego_compile_error", message, &self.module.source, span).help(help));
                if let Some(declared) = self.declared.last_mut() {
                    declared.insert(name.to_owned(), Declaration::Mistaken);
                }
                ExprKind::Variable(self.declare(name, span))
            }
        }
    }

    fn binary(&mut self, span: Span, operator: BinaryOperator, left: &ast::Expr, right: &ast::Expr) -> Expr {
        let comparison = match operator {
            BinaryOperator::Equal | BinaryOperator::Unify => Some(Comparison::Equal),
            BinaryOperator::NotEqual => Some(Comparison::NotEqual),
            BinaryOperator::Less => Some(Comparison::Less),
            BinaryOperator::LessOrEqual => Some(Comparison::LessOrEqual),
            BinaryOperator::Greater => Some(Comparison::Greater),
            BinaryOperator::GreaterOrEqual => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        let left = self.expr(left);
        let right = self.expr(right);
        if let Some(comparison) = comparison {
            return Expr { span, kind: ExprKind::Compare { comparison, left: Box::new(left), right: Box::new(right) } };
        }
        if operator == BinaryOperator::Assign {
            self.error("rego_compile_error", "`:=` is a statement and gives no value".to_owned(), span);
            return left;
        }
        let name = operator.builtin_name();
        match builtins::lookup(name) {
            Some(builtin) => self.call(span, Callee::Builtin(BuiltinRef(builtin)), vec![left, right], 2),
            None => {
                self.error("rego_type_error", format!("undefined function {name}"), span);
                left
            }
        }
    }
}
