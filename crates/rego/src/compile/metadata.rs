//! `rego.metadata.chain()` and `rego.metadata.rule()`: the annotations that hold where a call stands.

use super::hir::{Expr, ExprKind, Scalar};
use super::rules::head_path;
use crate::annotations::{Annotations, Scope, of_module};
use crate::syntax::ast::{AnnotationTarget, Module};
use value::{Arena, Frozen, Span, Value};

/// What a call in one rule gives.
#[derive(Debug)]
pub(super) struct RuleMetadata {
    chain: Frozen,
    rule: Frozen,
}

impl RuleMetadata {
    /// The chain as an expression at `span`.
    pub fn chain(&self, span: Span) -> Expr {
        constant(self.chain.root(), span)
    }

    /// The rule's own annotations as an expression at `span`.
    pub fn rule(&self, span: Span) -> Expr {
        constant(self.rule.root(), span)
    }
}

/// The annotations of all modules, with the paths that they are about.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// The module, by its number.
    module: usize,
    /// Below `data`.
    path: Vec<String>,
    annotations: Annotations,
}

impl Metadata {
    /// Whether a module may ask for annotations. Reading them costs too much to do it for nobody.
    pub fn is_used(module: &Module) -> bool {
        module.source.text.contains("rego.metadata")
    }

    /// Collects the annotations of `modules`.
    pub fn of_modules(modules: &[Module]) -> Self {
        let mut entries = Vec::new();
        for (number, module) in modules.iter().enumerate() {
            for annotations in of_module(module).0 {
                let path = match annotations.target {
                    AnnotationTarget::Package => module.package.path.clone(),
                    AnnotationTarget::Rule(rule) => match module.rules.get(rule) {
                        Some(rule) => head_path(&module.package.path, &rule.head).0,
                        None => continue,
                    },
                };
                entries.push(Entry { module: number, path, annotations });
            }
        }
        Self { entries }
    }

    /// What calls in a rule give; `module` and `rule` are numbers, `path` is the rule's below `data`.
    pub fn of_rule(&self, module: usize, rule: usize, package: &[String], path: &[String]) -> RuleMetadata {
        let of_rule = |entry: &&Entry| {
            entry.module == module
                && entry.annotations.scope == Scope::Rule
                && entry.annotations.target == AnnotationTarget::Rule(rule)
        };
        // The closest to the rule comes first.
        let own: Vec<&Entry> = self.entries.iter().filter(of_rule).rev().collect();
        let at = |scope: Scope, path: &[String]| {
            self.entries.iter().find(|entry| entry.annotations.scope == scope && entry.path == path)
        };
        let mut outer: Vec<&Entry> = Vec::new();
        outer.extend(at(Scope::Document, path));
        outer.extend(at(Scope::Package, package));
        outer.extend((0..=package.len()).rev().filter_map(|length| at(Scope::Subpackages, package.get(..length)?)));

        let chain = frozen(|arena| {
            let mut links = Vec::new();
            if own.is_empty() {
                links.push(link(arena, path, None));
            }
            links.extend(own.iter().chain(&outer).map(|entry| link(arena, &entry.path, Some(&entry.annotations))));
            arena.array(&links)
        });
        let rule =
            frozen(|arena| own.first().map_or(Value::EMPTY_OBJECT, |entry| object_of(arena, &entry.annotations)));
        RuleMetadata { chain, rule }
    }
}

fn frozen(build: impl for<'a> FnOnce(&'a Arena) -> Value<'a>) -> Frozen {
    match Frozen::build(|arena| Ok::<_, std::convert::Infallible>(build(arena))) {
        Ok(frozen) => frozen,
        Err(never) => match never {},
    }
}

fn link<'a>(arena: &'a Arena, path: &[String], annotations: Option<&Annotations>) -> Value<'a> {
    let path: Vec<_> = path.iter().map(|name| arena.string(name)).collect();
    let mut entries = vec![(arena.borrowed("path"), arena.array(&path))];
    entries.extend(annotations.map(|annotations| (arena.borrowed("annotations"), object_of(arena, annotations))));
    arena.object(&entries)
}

/// The annotations as policies see them: what is empty is left out.
pub(super) fn object_of<'a>(arena: &'a Arena, annotations: &Annotations) -> Value<'a> {
    let mut entries = vec![("scope", arena.string(annotations.scope.as_str()))];
    let text = |key: &'static str, text: &str| (!text.is_empty()).then(|| (key, arena.string(text)));
    let list = |key: &'static str, items: Vec<Value<'a>>| (!items.is_empty()).then(|| (key, arena.array(&items)));
    entries.extend(text("title", &annotations.title));
    entries.extend(text("description", &annotations.description));
    entries.extend(annotations.entrypoint.then_some(("entrypoint", Value::TRUE)));
    entries.extend(list("organizations", annotations.organizations.iter().map(|name| arena.string(name)).collect()));
    let of_texts = |texts: [Option<(&'static str, Value<'a>)>; 2]| keyed(arena, texts.into_iter().flatten());
    let resources = annotations.related_resources.iter().map(|resource| {
        of_texts([Some(("ref", arena.string(&resource.reference))), text("description", &resource.description)])
    });
    entries.extend(list("related_resources", resources.collect()));
    let authors =
        annotations.authors.iter().map(|author| of_texts([text("name", &author.name), text("email", &author.email)]));
    entries.extend(list("authors", authors.collect()));
    let schemas = annotations.schemas.root().as_array().into_iter().flat_map(|schemas| schemas.iter());
    entries.extend(list("schemas", schemas.filter_map(|schema| schema_of(arena, schema)).collect()));
    let custom = annotations.custom.root();
    if custom.as_object().is_some_and(|custom| !custom.is_empty()) {
        entries.push(("custom", arena.copy(custom)));
    }
    keyed(arena, entries.into_iter())
}

fn keyed<'a>(arena: &'a Arena, entries: impl Iterator<Item = (&'static str, Value<'a>)>) -> Value<'a> {
    arena.object(&entries.map(|(key, value)| (arena.borrowed(key), value)).collect::<Vec<_>>())
}

/// `input.x: schema.y`, or a schema in place of its name.
fn schema_of<'a>(arena: &'a Arena, schema: Value<'_>) -> Option<Value<'a>> {
    let names = |dotted: &str| arena.array(&dotted.split('.').map(|name| arena.string(name)).collect::<Vec<_>>());
    let (path, schema) = schema.as_object()?.iter().next()?;
    let schema = match schema {
        Value::String(name) => ("schema", names(name)),
        definition => ("definition", arena.copy(definition)),
    };
    Some(keyed(arena, [("path", names(path.as_str()?)), schema].into_iter()))
}

fn constant(value: Value<'_>, span: Span) -> Expr {
    let kind = match value {
        Value::Null | Value::Unknown(_) => ExprKind::Constant(Scalar::Null),
        Value::Bool(truth) => ExprKind::Constant(Scalar::Bool(*truth)),
        Value::Int(_) | Value::Number(_) => ExprKind::Constant(Scalar::Number(value.to_string())),
        Value::String(text) => ExprKind::Constant(Scalar::String(text.as_str().to_owned())),
        Value::Array(items) => ExprKind::Array(items.iter().map(|item| constant(item, span)).collect()),
        Value::Set(members) => ExprKind::Set(members.iter().map(|member| constant(member, span)).collect()),
        Value::Object(object) => {
            ExprKind::Object(object.iter().map(|(key, value)| (constant(key, span), constant(value, span))).collect())
        }
    };
    Expr { span, kind }
}
