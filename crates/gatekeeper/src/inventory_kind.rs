//! Kinds of objects that policies ask the inventory for.

use kubernetes_types::{KubernetesObject, split_api_version};
use rego::syntax::ast::{Expr, ExprKind, Module};
use rego::syntax::walk::{self, Node};
use std::collections::BTreeSet;
use std::fmt;
use value::json::{self, ParseLimits};
use value::{Arena, Position, Value};

/// The annotation in which templates say which objects they need.
const ANNOTATION: &str = "metadata.gatekeeper.sh/requires-sync-data";

/// A kind of object that the inventory may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InventoryKind {
    /// `apps`, empty for the core group; `None` when any group is meant that has the kind.
    pub group: Option<String>,
    /// `v1`; `None` for the version that the API server prefers.
    pub version: Option<String>,
    /// `Deployment`
    pub kind: String,
}

/// Which kinds of objects policies ask the inventory for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InventoryNeeds {
    /// Those that can be told.
    pub kinds: BTreeSet<InventoryKind>,
    /// Where the inventory is read in a way that does not say for which: file and line, or the template.
    pub unclear: BTreeSet<String>,
}

impl InventoryKind {
    /// A kind whose group and version are known.
    pub fn new(group: &str, version: &str, kind: &str) -> Self {
        Self { group: Some(group.to_owned()), version: Some(version.to_owned()), kind: kind.to_owned() }
    }
}

/// `apps/v1 Deployment`, with `*` for what is not said.
impl fmt::Display for InventoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_deref().unwrap_or("*");
        match self.group.as_deref() {
            Some("") => write!(f, "{version} {}", self.kind),
            Some(group) => write!(f, "{group}/{version} {}", self.kind),
            None => write!(f, "*/{version} {}", self.kind),
        }
    }
}

impl InventoryNeeds {
    /// Adds what a module reads.
    pub fn add_module(&mut self, module: &Module) {
        let imported = module.imports.iter().filter_map(|import| {
            let path: Vec<&str> = import.path.iter().map(String::as_str).collect();
            match path.as_slice() {
                ["data", "inventory"] => Some(import.alias.as_ref().map_or("inventory", |alias| alias.text.as_str())),
                _ => None,
            }
        });
        let imported: Vec<&str> = imported.collect();
        for rule in &module.rules {
            walk::rule(rule, &mut |node| {
                let Node::Expr(expr) = node else { return };
                let Some(path) = path_in_inventory(expr, &imported) else { return };
                match kind_at(path) {
                    Some(kind) => drop(self.kinds.insert(kind)),
                    None => {
                        let line = Position::of(&module.source.text, expr.span.start).line;
                        self.unclear.insert(format!("{}:{line}", module.source.name));
                    }
                }
            });
        }
    }

    /// What a template says about itself; `None` where it says nothing.
    pub(crate) fn of_template(template: KubernetesObject<'_>) -> Option<Self> {
        let text = template.annotations().get(ANNOTATION)?;
        let mut needs = Self::default();
        match required(text) {
            Some(kinds) => needs.kinds = kinds,
            None => drop(needs.unclear.insert(format!("the annotation `{ANNOTATION}` of `{}`", template.name()))),
        }
        Some(needs)
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: &Self) {
        self.kinds.extend(others.kinds.iter().cloned());
        self.unclear.extend(others.unclear.iter().cloned());
    }
}

/// What a reference into the inventory goes through there.
fn path_in_inventory<'e>(expr: &'e Expr, imported: &[&str]) -> Option<&'e [Expr]> {
    match &expr.kind {
        ExprKind::Ref { head, path } => match &head.kind {
            ExprKind::Var(name) if name == "data" => {
                let (first, rest) = path.split_first()?;
                (constant(first) == Some("inventory")).then_some(rest)
            }
            ExprKind::Var(name) if imported.contains(&name.as_str()) => Some(path),
            _ => None,
        },
        _ => None,
    }
}

/// The kind that such a path leads to, if it says so.
fn kind_at(path: &[Expr]) -> Option<InventoryKind> {
    let (version, kind) = match path {
        [scope, version, kind, ..] if constant(scope) == Some("cluster") => (version, kind),
        [scope, _, version, kind, ..] if constant(scope) == Some("namespace") => (version, kind),
        _ => return None,
    };
    let kind = constant(kind)?.to_owned();
    Some(match constant(version).and_then(split_api_version) {
        Some((group, version)) => InventoryKind::new(group, version, &kind),
        None => InventoryKind { group: None, version: None, kind },
    })
}

fn constant(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::String(text) => Some(text),
        _ => None,
    }
}

/// What the annotation says: `[[{"groups": [...], "versions": [...], "kinds": [...]}]]`, often within further quotation marks. Of
/// kinds that would do in the place of each other all are meant: whichever the API server has.
fn required(text: &str) -> Option<BTreeSet<InventoryKind>> {
    let text = text.trim().trim_matches('"');
    let arena = Arena::new();
    let requirements = json::parse(&arena, text.as_bytes(), &ParseLimits::default()).ok()?;
    let mut kinds = BTreeSet::new();
    for requirement in requirements.as_array()?.iter() {
        for equivalent in requirement.as_array()?.iter() {
            let texts = |key: &str| -> Option<Vec<&str>> {
                equivalent.get_str(key)?.as_array()?.iter().map(Value::as_str).collect()
            };
            let (groups, versions, named) = (texts("groups")?, texts("versions")?, texts("kinds")?);
            for group in groups {
                for version in &versions {
                    kinds.extend(named.iter().map(|kind| InventoryKind::new(group, version, kind)));
                }
            }
        }
    }
    Some(kinds)
}

#[cfg(test)]
#[path = "inventory_kind_tests.rs"]
mod tests;
