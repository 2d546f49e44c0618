//! Holds a policy's references into the request against the catalog's schema, so that a misspelt one is an error and not a
//! rule that never fires.
//!
//! Names that stand for a part of the request are followed: imports, `x := input.resource`, `some x in input.resource.pods`
//! and rules of the package such as `resource := input.resource`. What cannot be followed, such as a function's
//! parameter, is not checked.

use catalog::request_schema;
use rego::syntax::ast::{BinaryOperator, Expr, ExprKind, HeadKind, LiteralKind, Module, Rule};
use rego::syntax::walk::{self, Node};
use std::collections::{BTreeMap, BTreeSet};
use value::{Diagnostic, Span};

/// What names stand for: a path below `input`, or nothing that can be said because they stand for several things.
type Names<'t> = BTreeMap<&'t str, Option<Vec<&'t str>>>;

/// Misspelt references in the modules of one package.
pub(crate) fn check(modules: &[&Module]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    each(modules, &mut |reference| {
        if let Err(misspelt) = request_schema::check_path(&reference.path) {
            // The wrong word, unless it comes from the name that stands for the start of the path.
            let own = (misspelt.segment + reference.spans.len()).checked_sub(reference.path.len());
            let span = own.and_then(|own| reference.spans.get(own)).copied().unwrap_or(reference.span);
            diagnostics.push(diagnostic(reference.module, span, &misspelt));
        }
    });
    // One mistake brings one error: a path through a name is wrong where the name is defined too.
    let mut said = BTreeSet::new();
    diagnostics.retain(|diagnostic: &Diagnostic| said.insert(diagnostic.message.clone()));
    diagnostics
}

/// The parts of the request that the modules of one package read, the most particular first.
pub(crate) fn read_paths(modules: &[&Module]) -> Vec<Vec<String>> {
    let mut paths: BTreeSet<Vec<String>> = BTreeSet::new();
    each(modules, &mut |reference| {
        paths.insert(reference.path.iter().map(|&part| part.to_owned()).collect());
    });
    let mut paths: Vec<_> = paths.into_iter().collect();
    paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
    paths
}

/// Whether a module hands on the whole of `root`, which is `input` or `data`: as a value of its own, and not as the start of a
/// reference.
pub(crate) fn uses_whole(root: &str, modules: &[&Module]) -> bool {
    let is_root = |expr: &Expr| matches!(&expr.kind, ExprKind::Var(name) if name == root);
    modules.iter().flat_map(|module| &module.rules).any(|rule| {
        let (mut mentioned, mut started) = (0_usize, 0_usize);
        walk::rule(rule, &mut |node| {
            if let Node::Expr(expr) = node {
                mentioned += usize::from(is_root(expr));
                started += usize::from(matches!(&expr.kind, ExprKind::Ref { head, .. } if is_root(head)));
            }
        });
        mentioned > started
    })
}

/// One reference into the request.
struct Reference<'t> {
    module: &'t Module,
    /// Below `input`.
    path: Vec<&'t str>,
    /// Where the last parts of the path stand: those that are written here and not behind a name.
    spans: Vec<Span>,
    span: Span,
}

fn each<'t>(modules: &[&'t Module], found: &mut dyn FnMut(Reference<'t>)) {
    let package = names_of_package(modules);
    for &module in modules {
        let mut of_module = package.clone();
        for import in &module.imports {
            let mut path = import.path.iter().map(String::as_str);
            if path.next() == Some("input") {
                let below: Vec<_> = path.collect();
                let name = import.alias.as_ref().map(|alias| alias.text.as_str()).or(below.last().copied());
                name.map(|name| of_module.insert(name, Some(below.clone())));
                found(Reference { module, path: below, spans: Vec::new(), span: import.span });
            }
        }
        for rule in &module.rules {
            let names = names_of_rule(rule, &of_module);
            walk::rule(rule, &mut |node| {
                if let Node::Expr(expr) = node
                    && matches!(expr.kind, ExprKind::Ref { .. })
                    && let Some((path, spans)) = path_below_input(expr, &names)
                {
                    found(Reference { module, path, spans, span: expr.span });
                }
            });
        }
    }
}

fn diagnostic(module: &Module, span: Span, misspelt: &request_schema::Misspelt) -> Diagnostic {
    let diagnostic = Diagnostic::new("policy_reference_error", misspelt.to_string(), &module.source, span);
    match &misspelt.suggestion {
        Some(suggestion) => diagnostic.help(format!("write `input.{suggestion}`")),
        None => diagnostic.help("`provost show` prints resources as policies see them"),
    }
}

/// Rules that only give a part of the request a name. A second rule of the name makes it several things.
fn names_of_package<'t>(modules: &[&'t Module]) -> Names<'t> {
    let mut names = Names::new();
    for rule in modules.iter().flat_map(|module| &module.rules) {
        let name = rule.head.name.text.as_str();
        let path = match &rule.head.kind {
            HeadKind::Value { value: Some(value) }
                if rule.head.parameters.is_none()
                    && rule.head.path.is_empty()
                    && rule.otherwise.is_empty()
                    && !rule.default =>
            {
                path_below_input(value, &Names::new()).map(|(path, _)| path)
            }
            _ => None,
        };
        let known = names.contains_key(name);
        names.insert(name, if known { None } else { path });
    }
    names
}

/// The names that hold inside of `rule`: a local one hides the package's.
fn names_of_rule<'t>(rule: &'t Rule, outer: &Names<'t>) -> Names<'t> {
    let mut local: Vec<(&'t str, Option<Vec<&'t str>>)> = Vec::new();
    for parameter in rule.head.parameters.iter().flatten() {
        local.extend(variables(parameter).into_iter().map(|name| (name, None)));
    }
    let mut names = outer.clone();
    walk::rule(rule, &mut |node| match node {
        Node::Literal(literal) => match &literal.kind {
            LiteralKind::SomeDeclaration(declared) => {
                local.extend(declared.iter().map(|name| (name.text.as_str(), None)));
            }
            LiteralKind::SomeIn { key, value, collection } => {
                local.extend(key.iter().flat_map(variables).map(|name| (name, None)));
                match &value.kind {
                    ExprKind::Var(name) => local.push((name, element_of(collection, &names))),
                    _ => local.extend(variables(value).into_iter().map(|name| (name, None))),
                }
                declare(&mut names, &mut local);
            }
            LiteralKind::Every { key, value, collection, .. } => {
                local.extend(key.iter().map(|key| (key.text.as_str(), None)));
                local.push((value.text.as_str(), element_of(collection, &names)));
                declare(&mut names, &mut local);
            }
            LiteralKind::Not(_) | LiteralKind::NotBody(_) | LiteralKind::Logical { .. } | LiteralKind::Expr(_) => {}
        },
        Node::Expr(expr) => {
            if let ExprKind::Binary { operator: BinaryOperator::Assign, left, right } = &expr.kind {
                match &left.kind {
                    ExprKind::Var(name) => local.push((name, path_below_input(right, &names).map(|(path, _)| path))),
                    _ => local.extend(variables(left).into_iter().map(|name| (name, None))),
                }
                declare(&mut names, &mut local);
            }
        }
    });
    declare(&mut names, &mut local);
    // Bodies of one rule may use one name for several things; scopes are not told apart here, so nothing is said then.
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    walk::rule(rule, &mut |node| {
        for name in declared(node) {
            *times.entry(name).or_default() += 1;
        }
    });
    for (name, _) in times.into_iter().filter(|(_, times)| *times > 1) {
        if let Some(path) = names.get_mut(name) {
            *path = None;
        }
    }
    names
}

fn declare<'t>(names: &mut Names<'t>, local: &mut Vec<(&'t str, Option<Vec<&'t str>>)>) {
    names.extend(local.drain(..));
}

/// The names that a node brings into scope with a meaning of their own.
fn declared(node: Node<'_>) -> Vec<&str> {
    match node {
        Node::Literal(literal) => match &literal.kind {
            LiteralKind::SomeIn { key, value, .. } => key.iter().flat_map(variables).chain(variables(value)).collect(),
            LiteralKind::Every { key, value, .. } => key.iter().chain([value]).map(|name| name.text.as_str()).collect(),
            LiteralKind::SomeDeclaration(names) => names.iter().map(|name| name.text.as_str()).collect(),
            LiteralKind::Not(_) | LiteralKind::NotBody(_) | LiteralKind::Logical { .. } | LiteralKind::Expr(_) => {
                Vec::new()
            }
        },
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Binary { operator: BinaryOperator::Assign, left, .. } => variables(left),
            _ => Vec::new(),
        },
    }
}

/// The variables of a pattern.
fn variables(pattern: &Expr) -> Vec<&str> {
    match &pattern.kind {
        ExprKind::Var(name) => vec![name],
        ExprKind::Array(items) => items.iter().flat_map(variables).collect(),
        ExprKind::Object(entries) => entries.iter().flat_map(|(_, value)| variables(value)).collect(),
        ExprKind::Parenthesised(inner) => variables(inner),
        _ => Vec::new(),
    }
}

fn element_of<'t>(collection: &'t Expr, names: &Names<'t>) -> Option<Vec<&'t str>> {
    let (mut path, _) = path_below_input(collection, names)?;
    path.push("*");
    Some(path)
}

/// The path below `input` that an expression stands for, a variable in it as `*`; and where those of its parts stand that
/// are written here and not behind a name.
fn path_below_input<'t>(expr: &'t Expr, names: &Names<'t>) -> Option<(Vec<&'t str>, Vec<Span>)> {
    let start = |name: &str| match names.get(name) {
        Some(path) => path.clone(),
        None => (name == "input").then(Vec::new),
    };
    match &expr.kind {
        ExprKind::Var(name) => Some((start(name)?, Vec::new())),
        ExprKind::Parenthesised(inner) => path_below_input(inner, names),
        ExprKind::Ref { head, path } => {
            let ExprKind::Var(name) = &head.kind else { return None };
            let mut below = start(name)?;
            let segment = |part: &'t Expr| match &part.kind {
                ExprKind::String(text) | ExprKind::Number(text) => text.as_str(),
                _ => "*",
            };
            below.extend(path.iter().map(segment));
            Some((below, path.iter().map(|part| part.span).collect()))
        }
        _ => None,
    }
}
