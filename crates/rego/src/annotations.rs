//! OPA's METADATA annotations: the YAML above packages and rules.
//!
//! [`of_module`] reads every block of a module. What stands under `custom` is kept as it is, for those who know its keys;
//! [`Annotations::locate`] finds the place of anything in it, so that they can point at mistakes.

use crate::syntax::ast::{Annotation, AnnotationTarget, Module};
use formats::{Format, Options};
use std::sync::Arc;
use value::{Arena, Diagnostic, Frozen, Pointer, Source, Span, Value};

/// How far a block reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The rule below it.
    Rule,
    /// All rules of the name of the rule below it, in its package.
    Document,
    /// The package below it.
    Package,
    /// The package below it and those inside.
    Subpackages,
}

impl Scope {
    const ALL: [Self; 4] = [Self::Rule, Self::Document, Self::Package, Self::Subpackages];

    /// The word after `scope:`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Document => "document",
            Self::Package => "package",
            Self::Subpackages => "subpackages",
        }
    }

    const fn is_of_package(self) -> bool {
        matches!(self, Self::Package | Self::Subpackages)
    }
}

/// A person or group behind a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// The name; may be empty.
    pub name: String,
    /// The address; may be empty.
    pub email: String,
}

/// Something to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelatedResource {
    /// Where it is: a URL.
    pub reference: String,
    /// What it is; may be empty.
    pub description: String,
}

/// One `# METADATA` block, read.
#[derive(Debug)]
pub struct Annotations {
    /// How far it reaches.
    pub scope: Scope,
    /// What it stands above.
    pub target: AnnotationTarget,
    /// `title`; may be empty.
    pub title: String,
    /// `description`; may be empty.
    pub description: String,
    /// `related_resources`.
    pub related_resources: Vec<RelatedResource>,
    /// `organizations`.
    pub organizations: Vec<String>,
    /// `authors`.
    pub authors: Vec<Author>,
    /// `entrypoint`.
    pub entrypoint: bool,
    /// `schemas`, an array of objects as written.
    pub schemas: Frozen,
    /// `custom`, an object.
    pub custom: Frozen,
    text: BlockText,
}

impl Annotations {
    /// Where something in the block stands in the module; `pointer` starts at the block's root, so that it begins with
    /// `custom` for what stands there.
    pub fn locate(&self, pointer: &Pointer) -> Span {
        self.text.locate(pointer)
    }

    /// The whole block.
    pub fn span(&self) -> Span {
        self.text.block
    }
}

/// The annotations of `module` in source order, and what is wrong with those that are not among them.
pub fn of_module(module: &Module) -> (Vec<Annotations>, Vec<Diagnostic>) {
    let mut annotations = Vec::new();
    let mut diagnostics = Vec::new();
    for annotation in &module.annotations {
        match read(&module.source, annotation) {
            Ok(read) => annotations.push(read),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    (annotations, diagnostics)
}

const CODE: &str = "rego_annotation_error";

/// The YAML of a block and where it comes from.
#[derive(Debug)]
struct BlockText {
    module: Arc<Source>,
    yaml: Arc<Source>,
    first_line: u32,
    block: Span,
}

impl BlockText {
    fn of(module: &Arc<Source>, annotation: &Annotation) -> Self {
        Self {
            module: Arc::clone(module),
            yaml: Source::new(module.name.as_str(), annotation.yaml.as_str()),
            first_line: annotation.first_line,
            block: annotation.span,
        }
    }

    fn locate(&self, pointer: &Pointer) -> Span {
        let in_yaml = formats::locate(&self.yaml, Format::Yaml, 0, pointer);
        in_yaml.map_or(self.block, |span| self.in_module(span))
    }

    /// The span in the module: lines of the YAML are lines of the module, columns are the same.
    fn in_module(&self, span: Span) -> Span {
        let offset = |in_yaml: u32| -> Option<u32> {
            let before = self.yaml.text.get(..(in_yaml as usize).min(self.yaml.text.len()))?;
            let line =
                before.bytes().filter(|&byte| byte == b'\n').count() + (self.first_line as usize).checked_sub(1)?;
            let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
            let text = &self.module.text;
            let line_start = match line.checked_sub(1) {
                None => 0,
                Some(skipped) => text.match_indices('\n').nth(skipped)?.0 + 1,
            };
            u32::try_from((line_start + column).min(text.len())).ok()
        };
        match (offset(span.start), offset(span.end)) {
            (Some(start), Some(end)) => Span::new(start, end.max(start)),
            _ => self.block,
        }
    }

    fn mistake(&self, pointer: &Pointer, message: String) -> Diagnostic {
        Diagnostic::new(CODE, message, &self.module, self.locate(pointer))
    }
}

fn read(module: &Arc<Source>, annotation: &Annotation) -> Result<Annotations, Diagnostic> {
    let text = BlockText::of(module, annotation);
    let arena = Arena::new();
    // As in OPA, where nothing says what is wanted below `custom`.
    let options = Options::lenient();
    let documents = formats::parse(&arena, &text.yaml, Format::Yaml, &options).map_err(|diagnostic| {
        let span = text.in_module(diagnostic.span);
        Diagnostic {
            code: CODE,
            message: format!("the metadata is no valid YAML: {}", diagnostic.message),
            source: Some(Arc::clone(module)),
            span,
            help: diagnostic
                .help
                .or_else(|| Some("indent all of it alike, and quote texts that hold `: ` or `#`".to_owned())),
        }
    })?;
    let root = match documents.documents.as_slice() {
        [document] if document.value.as_object().is_some() => document.value,
        _ => {
            let message = "metadata must be an object, such as `title: ...`".to_owned();
            let help = "a comment that is no metadata must not stand directly below `# METADATA`";
            return Err(text.mistake(&Pointer::root(), message).help(help));
        }
    };
    let block = Block { text: &text, root };
    let entrypoint = block.boolean("entrypoint")?;
    let scope = block.scope(annotation.target, entrypoint)?;
    let (title, description) = (block.text_at("title")?, block.text_at("description")?);
    let (related_resources, organizations, authors) =
        (block.related_resources()?, block.organizations()?, block.authors()?);
    let custom = block.typed("custom", "an object", |value| value.as_object().is_some())?;
    let schemas = block.typed("schemas", "an array", |value| value.as_array().is_some())?;
    Ok(Annotations {
        scope,
        target: annotation.target,
        title,
        description,
        related_resources,
        organizations,
        authors,
        entrypoint,
        schemas: Frozen::copy_of(schemas.unwrap_or(Value::EMPTY_ARRAY)),
        custom: Frozen::copy_of(custom.unwrap_or(Value::EMPTY_OBJECT)),
        text,
    })
}

/// A boolean where one is wanted: go-yaml then also takes the words of YAML 1.1.
fn truth(value: Value<'_>) -> Option<bool> {
    match value.as_str() {
        Some("y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON") => Some(true),
        Some("n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF") => Some(false),
        _ => value.as_bool(),
    }
}

/// The block's fields, each of which must have its type.
struct Block<'b> {
    text: &'b BlockText,
    root: Value<'b>,
}

impl<'b> Block<'b> {
    /// The value at `key` unless it is absent or null.
    fn get(&self, key: &str) -> Option<Value<'b>> {
        self.root.get_str(key).filter(|value| !matches!(value, Value::Null))
    }

    fn typed(
        &self,
        key: &str,
        expected: &str,
        fits: impl FnOnce(Value<'b>) -> bool,
    ) -> Result<Option<Value<'b>>, Diagnostic> {
        match self.get(key) {
            Some(value) if !fits(value) => Err(self.wrong(&Pointer::root().join(key), key, expected, value)),
            value => Ok(value),
        }
    }

    fn wrong(&self, pointer: &Pointer, key: &str, expected: &str, found: Value<'_>) -> Diagnostic {
        self.text.mistake(pointer, format!("`{key}` must be {expected}, not {}", with_article(found)))
    }

    fn text_at(&self, key: &str) -> Result<String, Diagnostic> {
        let value = self.typed(key, "a string", |value| value.as_str().is_some())?;
        Ok(value.and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    fn boolean(&self, key: &str) -> Result<bool, Diagnostic> {
        let value = self.typed(key, "a boolean", |value| truth(value).is_some())?;
        Ok(value.and_then(truth).unwrap_or_default())
    }

    fn items(&self, key: &str) -> Result<Vec<(Pointer, Value<'b>)>, Diagnostic> {
        let array = self.typed(key, "an array", |value| value.as_array().is_some())?;
        let items = array.and_then(Value::as_array).into_iter().flat_map(|array| array.iter());
        Ok(items.enumerate().map(|(index, item)| (Pointer::root().join(key).join(index), item)).collect())
    }

    fn scope(&self, target: AnnotationTarget, entrypoint: bool) -> Result<Scope, Diagnostic> {
        let of_package = target == AnnotationTarget::Package;
        let pointer = Pointer::root().join("scope");
        let word = self.text_at("scope")?;
        if word.is_empty() {
            return Ok(match (of_package, entrypoint) {
                (true, _) => Scope::Package,
                (false, true) => Scope::Document,
                (false, false) => Scope::Rule,
            });
        }
        let Some(scope) = Scope::ALL.into_iter().find(|scope| scope.as_str() == word) else {
            let message = format!("`{word}` is no scope: use `rule`, `document`, `package` or `subpackages`");
            return Err(self.text.mistake(&pointer, message));
        };
        if scope.is_of_package() != of_package {
            let (needs, stands) = if of_package { ("rule", "package") } else { ("package", "rule") };
            let message =
                format!("metadata of scope `{word}` must stand above a {needs}, and this stands above a {stands}");
            return Err(self.text.mistake(&pointer, message));
        }
        Ok(scope)
    }

    fn organizations(&self) -> Result<Vec<String>, Diagnostic> {
        let name = |(pointer, item): (Pointer, Value<'_>)| match item.as_str() {
            Some(name) => Ok(name.to_owned()),
            None => Err(self.wrong(&pointer, "organizations", "an array of strings", item)),
        };
        self.items("organizations")?.into_iter().map(name).collect()
    }

    fn authors(&self) -> Result<Vec<Author>, Diagnostic> {
        let author = |(pointer, item): (Pointer, Value<'_>)| match item {
            Value::String(text) => Ok(author_of_text(text)),
            Value::Object(_) => Ok(Author { name: field(item, "name"), email: field(item, "email") }),
            _ => Err(self.wrong(&pointer, "authors", "an array of strings or objects", item)),
        };
        self.items("authors")?.into_iter().map(author).collect()
    }

    fn related_resources(&self) -> Result<Vec<RelatedResource>, Diagnostic> {
        let resource = |(pointer, item): (Pointer, Value<'_>)| match item {
            Value::String(text) => Ok(RelatedResource { reference: text.to_string(), description: String::new() }),
            Value::Object(object) if object.get_str("ref").is_some_and(|reference| reference.as_str().is_some()) => {
                Ok(RelatedResource { reference: field(item, "ref"), description: field(item, "description") })
            }
            _ => Err(self.wrong(&pointer, "related_resources", "an array of URLs, or of objects with `ref`", item)),
        };
        self.items("related_resources")?.into_iter().map(resource).collect()
    }
}

fn field(object: Value<'_>, key: &str) -> String {
    object.get_str(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// `Name Name <name@example.com>`: the last word is the address if it stands in angle brackets.
fn author_of_text(text: &str) -> Author {
    let text = text.trim();
    let (name, last) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
    match last.strip_prefix('<').and_then(|last| last.strip_suffix('>')) {
        Some(email) => Author { name: name.trim().to_owned(), email: email.to_owned() },
        None => Author { name: text.to_owned(), email: String::new() },
    }
}

fn with_article(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) | Value::Object(_) | Value::Unknown(_) => format!("an {}", value.type_name()),
        _ => format!("a {}", value.type_name()),
    }
}

#[cfg(test)]
#[path = "annotations_tests.rs"]
mod tests;
