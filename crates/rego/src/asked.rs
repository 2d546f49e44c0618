//! Queries as people ask them: with the value of every statement.

use crate::compile::{PreparedQuery, Program};
use crate::eval::Solution;
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, Literal, LiteralKind, Query};
use std::sync::Arc;
use value::{Arena, Diagnostic, Position, Value};

/// A query that keeps the values of its statements, as OPA's do: `1 + 2` has the value 3 and no variables.
#[derive(Debug)]
pub struct AskedQuery {
    /// What it consists of.
    pub statements: Vec<Statement>,
    /// What is evaluated.
    pub prepared: PreparedQuery,
}

/// A statement of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// As it is written.
    pub text: String,
    /// Where it begins.
    pub position: Position,
    /// The variable that holds its value; a statement without one has held, and is `true`.
    variable: Option<String>,
}

impl Statement {
    /// Whether it has a value of its own, and does not only bind variables.
    pub const fn has_value(&self) -> bool {
        self.variable.is_some()
    }
}

/// One way in which a query holds.
#[derive(Clone, Debug)]
pub struct AskedAnswer<'a> {
    /// The values of its statements.
    pub values: Vec<Value<'a>>,
    /// The variables that its author named, by name.
    pub bindings: Vec<(String, Value<'a>)>,
}

impl<'a> AskedAnswer<'a> {
    /// The variables as an object, as OPA answers them over HTTP.
    pub fn to_object(&self, arena: &'a Arena) -> Value<'a> {
        let entries: Vec<_> = self.bindings.iter().map(|(name, value)| (arena.string(name), *value)).collect();
        arena.object(&entries)
    }
}

/// What stands before the names of variables that hold the values of statements. No author can write them.
const VALUE_VARIABLE: &str = "value#";

impl AskedQuery {
    /// Compiles a query with variables that keep the values of its statements.
    ///
    /// # Errors
    /// What is wrong with it, by place.
    pub fn prepare(program: &Program, query: &Query) -> Result<Self, Vec<Diagnostic>> {
        let whole = |literal: &Literal| {
            let span = literal.span;
            query.source.text.get(span.start as usize..span.end as usize).unwrap_or_default().to_owned()
        };
        let statement = |literal: &Literal| Statement {
            text: whole(literal),
            position: Position::of(&query.source.text, literal.span.start),
            variable: None,
        };
        let plain = |query: &Query| {
            let statements = query.body.iter().map(statement).collect();
            program.prepare(query).map(|prepared| Self { statements, prepared })
        };
        // The value `false` of a lone statement is an answer; among several, or while looking for solutions, it is none.
        let must_hold = query.body.len() > 1 || query.body.iter().any(iterates);
        let mut keeping = Query { source: Arc::clone(&query.source), body: Vec::with_capacity(query.body.len()) };
        let mut statements = Vec::with_capacity(query.body.len());
        for literal in &query.body {
            let mut statement = statement(literal);
            match value_of(literal) {
                None => keeping.body.push(literal.clone()),
                Some(expr) => {
                    let name = format!("{VALUE_VARIABLE}{}", statements.len());
                    let variable = Expr { span: expr.span, kind: ExprKind::Var(name.clone()) };
                    let (left, right) = (Box::new(variable.clone()), Box::new(expr.clone()));
                    let kept = ExprKind::Binary { operator: BinaryOperator::Unify, left, right };
                    let kind = LiteralKind::Expr(Expr { span: expr.span, kind: kept });
                    keeping.body.push(Literal { span: literal.span, kind, with: literal.with.clone() });
                    if must_hold {
                        let kind = LiteralKind::Expr(variable);
                        keeping.body.push(Literal { span: literal.span, kind, with: Vec::new() });
                    }
                    statement.variable = Some(name);
                }
            }
            statements.push(statement);
        }
        match program.prepare(&keeping) {
            Ok(prepared) => Ok(Self { statements, prepared }),
            // Calls without a result, and calls whose last argument takes it, have no value to keep.
            Err(_) => plain(query),
        }
    }

    /// What a solution says.
    pub fn answer<'a>(&self, solution: &Solution<'a>) -> AskedAnswer<'a> {
        let find = |wanted: &str| solution.bindings.iter().find(|(name, _)| name == wanted).map(|&(_, value)| value);
        let value = |statement: &Statement| match &statement.variable {
            Some(variable) => find(variable).unwrap_or(Value::TRUE),
            None => Value::TRUE,
        };
        let named = solution.bindings.iter().filter(|(name, _)| !name.starts_with(VALUE_VARIABLE) && name != "_");
        let mut bindings: Vec<_> = named.cloned().collect();
        bindings.sort_by(|a, b| a.0.cmp(&b.0));
        AskedAnswer { values: self.statements.iter().map(value).collect(), bindings }
    }
}

/// The expression whose value is the statement's, unless the statement only holds or does not.
fn value_of(literal: &Literal) -> Option<&Expr> {
    let LiteralKind::Expr(expr) = &literal.kind else { return None };
    match &expr.kind {
        ExprKind::Binary { operator: BinaryOperator::Assign | BinaryOperator::Unify, .. } => None,
        ExprKind::Call { function, arguments } if is_without_value(function, arguments) => None,
        _ => Some(expr),
    }
}

/// Whether a call of a builtin gives its result to its last argument, or gives none.
fn is_without_value(function: &Expr, arguments: &[Expr]) -> bool {
    let name = match &function.kind {
        ExprKind::Var(name) => name.clone(),
        ExprKind::Ref { head, path } => {
            let head = if let ExprKind::Var(name) = &head.kind { Some(name.as_str()) } else { None };
            let path = path
                .iter()
                .filter_map(|part| if let ExprKind::String(name) = &part.kind { Some(name.as_str()) } else { None });
            head.into_iter().chain(path).collect::<Vec<_>>().join(".")
        }
        _ => return false,
    };
    if name == "print" {
        return true;
    }
    crate::builtins::lookup(&name).is_some_and(|builtin| builtin.parameters.len() < arguments.len())
}

/// Whether a statement may hold several times.
fn iterates(literal: &Literal) -> bool {
    fn open(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Wildcard => true,
            ExprKind::Ref { head, path } => {
                open(head) || path.iter().any(|part| matches!(part.kind, ExprKind::Var(_)) || open(part))
            }
            ExprKind::Call { arguments, .. } => arguments.iter().any(open),
            ExprKind::Array(items) | ExprKind::Set(items) => items.iter().any(open),
            ExprKind::Object(entries) => entries.iter().any(|(key, value)| open(key) || open(value)),
            ExprKind::Binary { left, right, .. } => open(left) || open(right),
            ExprKind::In { key, value, collection } => {
                key.as_deref().is_some_and(open) || open(value) || open(collection)
            }
            ExprKind::Negative(inner) | ExprKind::Parenthesised(inner) => open(inner),
            _ => false,
        }
    }
    match &literal.kind {
        LiteralKind::SomeIn { .. } | LiteralKind::SomeDeclaration(_) => true,
        LiteralKind::Expr(expr) => open(expr),
        _ => false,
    }
}
