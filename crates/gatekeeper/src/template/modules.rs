//! The modules of a template: parsed, with places in the file that they stand in, and held to Gatekeeper's rules.

use super::SharedSource;
use super::code::{Code, Module as Text};
use crate::inventory_kind::InventoryNeeds;
use crate::manifest::Manifest;
use crate::mistake::{Mistake, MistakeKind};
use crate::reviewed::NAMESPACE_OBJECT;
use rego::syntax::ast::{Dialect, Expr, ExprKind, Module};
use rego::syntax::parse_module;
use rego::syntax::walk::{self, Node};
use std::collections::BTreeSet;
use value::{Diagnostic, Source};

/// The package that the entry module gets, whatever it calls itself, as in Gatekeeper.
pub(super) const ENTRY_PACKAGE: &str = "template";
/// The root of the packages of libraries.
const LIBRARY_ROOT: &str = "lib";
/// What templates may read beside their libraries.
const INVENTORY: &str = "inventory";
/// What templates see of a request.
const INPUT: &str = "input";
/// The review below it.
const REVIEW: &str = "review";
/// The rule that decides.
pub(super) const VIOLATION: &str = "violation";

/// Modules that have been read.
#[derive(Debug, Default)]
pub(super) struct Modules {
    /// The entry first.
    pub(super) modules: Vec<Module>,
    /// Whether any of them reads `data.inventory`.
    pub(super) reads_inventory: bool,
    /// Whether any of them may read `input.review.namespaceObject`.
    pub(super) reads_namespace: bool,
    /// For which kinds of objects.
    pub(super) needs: InventoryNeeds,
    /// Every text constant in them.
    pub(super) texts: BTreeSet<String>,
}

/// Parses the modules of a template.
pub(super) fn read(code: &Code<'_>, kind: &str, manifest: &Manifest<'_>) -> Result<Modules, Vec<Mistake>> {
    let file = manifest.document.file;
    let mut read = Modules::default();
    let mut mistakes = Vec::new();
    let libraries = code.libraries.iter().zip(1..).map(|(text, number)| (text, Some(number)));
    for (text, library) in std::iter::once((&code.entry, None)).chain(libraries) {
        let name = match library {
            None => format!("{file} ({kind})"),
            Some(number) => format!("{file} ({kind}, library {number})"),
        };
        let source = in_place(manifest, text).unwrap_or_else(|| Source::new(name, text.text));
        match parse(&source, code.dialect) {
            Ok(module) => {
                let refused = |diagnostic| Mistake::rego(&text.pointer, diagnostic);
                mistakes.extend(read.look_into(&module, library.is_some()).into_iter().map(refused));
                read.modules.push(module);
            }
            Err(diagnostics) => {
                mistakes.extend(diagnostics.into_iter().map(|diagnostic| Mistake::rego(&text.pointer, diagnostic)));
            }
        }
    }
    if let Some(entry) = read.modules.first_mut() {
        entry.package.path = vec![ENTRY_PACKAGE.to_owned()];
        if !entry.rules.iter().any(|rule| rule.head.name.text == VIOLATION) {
            let message = "the template has no rule `violation`";
            let help = "write `violation[{\"msg\": msg}] { ... }`";
            mistakes.push(Mistake::new(MistakeKind::Invalid, code.entry.pointer.clone(), message).help(help));
        }
    }
    if mistakes.is_empty() { Ok(read) } else { Err(mistakes) }
}

/// A template that says nothing is v0, as Gatekeeper has it. One that is v1 and forgot to say so is well formed only as
/// such, so that nothing can be mistaken for something else.
fn parse(source: &SharedSource, dialect: Option<Dialect>) -> Result<Module, Vec<Diagnostic>> {
    let (module, mistakes) = parse_module(source, dialect.unwrap_or(Dialect::V0));
    if mistakes.is_empty() {
        return Ok(module);
    }
    if dialect.is_none()
        && let (module, none) = parse_module(source, Dialect::V1)
        && none.is_empty()
    {
        return Ok(module);
    }
    Err(mistakes)
}

impl Modules {
    /// Notes what a module reads, and says what Gatekeeper refuses about it.
    fn look_into(&mut self, module: &Module, library: bool) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let mut refuse = |span, message: String, help: &str| {
            diagnostics.push(Diagnostic::new("gatekeeper_rego_error", message, &module.source, span).help(help));
        };
        if library && !matches!(module.package.path.as_slice(), [root, _, ..] if root == LIBRARY_ROOT) {
            let message = format!("the library is in package `{}`", module.package.path.join("."));
            refuse(module.package.span, message, "put it into a package below `lib`, such as `lib.helpers`");
        }
        for import in &module.imports {
            if let [root, path @ ..] = import.path.as_slice()
                && root == "data"
            {
                match path.first().map(String::as_str) {
                    Some(LIBRARY_ROOT) => {}
                    Some(INVENTORY) => self.reads_inventory = true,
                    _ => refuse(import.span, outside(&import.path.join(".")), HELP),
                }
            }
        }
        self.needs.add_module(module);
        self.reads_namespace |= may_read_namespace(module);
        for rule in &module.rules {
            walk::rule(rule, &mut |node| {
                let Node::Expr(expr) = node else { return };
                match &expr.kind {
                    ExprKind::String(text) => drop(self.texts.insert(text.clone())),
                    ExprKind::Ref { head, path } if is_data(head) => match path.first().map(|part| &part.kind) {
                        Some(ExprKind::String(part)) if part == LIBRARY_ROOT => {}
                        Some(ExprKind::String(part)) if part == INVENTORY => self.reads_inventory = true,
                        Some(ExprKind::String(part)) => refuse(expr.span, outside(&format!("data.{part}")), HELP),
                        _ => refuse(expr.span, outside("all of `data`"), HELP),
                    },
                    _ => {}
                }
            });
        }
        diagnostics
    }
}

/// Whether a module may read `input.review.namespaceObject`. Whatever hands on the whole review may.
fn may_read_namespace(module: &Module) -> bool {
    let is_input = |expr: &Expr| matches!(&expr.kind, ExprKind::Var(name) if name == INPUT);
    let imports = module.imports.iter().any(|import| match import.path.as_slice() {
        [root] => root == INPUT,
        [root, part] => root == INPUT && part == REVIEW,
        [root, part, field, ..] => root == INPUT && part == REVIEW && field == NAMESPACE_OBJECT,
        [] => false,
    });
    imports
        || module.rules.iter().any(|rule| {
            let (mut mentioned, mut elsewhere) = (0_usize, 0_usize);
            walk::rule(rule, &mut |node| {
                let Node::Expr(expr) = node else { return };
                mentioned += usize::from(is_input(expr));
                if let ExprKind::Ref { head, path } = &expr.kind {
                    elsewhere += usize::from(is_input(head) && leads_elsewhere(path));
                }
            });
            mentioned > elsewhere
        })
}

/// Whether a reference below `input` leads to something other than the Namespace, whatever the variables in it stand for.
fn leads_elsewhere(path: &[Expr]) -> bool {
    let mut names = path.iter().map(|part| match &part.kind {
        ExprKind::String(name) => Some(name.as_str()),
        _ => None,
    });
    match names.next() {
        Some(Some(REVIEW)) => matches!(names.next(), Some(Some(field)) if field != NAMESPACE_OBJECT),
        Some(Some(_)) => true,
        Some(None) | None => false,
    }
}

const HELP: &str = "a template sees `data.inventory` and its own libraries below `data.lib`";

fn outside(what: &str) -> String {
    let what = if what.contains('`') { what.to_owned() } else { format!("`{what}`") };
    format!("a template may not read {what}")
}

fn is_data(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Var(name) if name == "data")
}

/// The module as a part of its file, with lines and columns of the file: the text of a literal block, with as much white
/// space before it as stands there. `None` when the text is written in any other way.
fn in_place(manifest: &Manifest<'_>, module: &Text<'_>) -> Option<SharedSource> {
    let file = manifest.source?;
    let span = manifest.locate(&module.pointer)?;
    let key = file.text.get(..span.start as usize)?.matches('\n').count();
    let is_header = |line: &str| line.trim_end().ends_with(['|', '-', '+']);
    let first = file.text.lines().enumerate().skip(key).find(|(_, line)| is_header(line))?.0 + 1;
    let mut text = "\n".repeat(first);
    // A raw string over several lines must not get white space inside.
    let raw_over_lines = module.text.lines().any(|line| line.matches('`').count() % 2 == 1);
    let mut indentation = None;
    let mut lines = file.text.lines().skip(first);
    for line in module.text.lines() {
        let there = lines.next()?;
        if line.trim().is_empty() && there.trim().is_empty() {
            text.push('\n');
            continue;
        }
        let indent = there.strip_suffix(line)?;
        if !indent.bytes().all(|byte| byte == b' ') || indentation.is_some_and(|expected| expected != indent.len()) {
            return None;
        }
        indentation = Some(indent.len());
        if !raw_over_lines {
            text.push_str(indent);
        }
        text.push_str(line);
        text.push('\n');
    }
    Some(Source::new(file.name.clone(), text))
}
