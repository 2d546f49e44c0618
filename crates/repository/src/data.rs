//! Data files to the one document under `data`.

use formats::{Dialect, Format, Options};
use std::sync::Arc;
use value::{Arena, Diagnostic, Frozen, Pointer, Source, Span, Value};

/// A data file and the folder names under which its content stands.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    pub(crate) source: Arc<Source>,
    pub(crate) folder: Vec<String>,
}

/// One document of all files. Objects are put together; anything else that stands at one place twice is a conflict.
pub(crate) fn combine(files: &[DataFile], diagnostics: &mut Vec<Diagnostic>) -> Frozen {
    let built = Frozen::build(|arena| {
        let mut combiner = Combiner { arena, parts: Vec::new(), diagnostics };
        let mut whole = Value::EMPTY_OBJECT;
        for file in files {
            if let Some(part) = combiner.read(file) {
                whole = combiner.merge(&Pointer::root(), whole, part, &file.source);
                combiner.parts.push((&file.source, part));
            }
        }
        Ok::<_, std::convert::Infallible>(whole)
    });
    match built {
        Ok(frozen) => frozen,
        Err(never) => match never {},
    }
}

struct Combiner<'a, 'f> {
    arena: &'a Arena,
    parts: Vec<(&'f Arc<Source>, Value<'a>)>,
    diagnostics: &'f mut Vec<Diagnostic>,
}

impl<'a, 'f> Combiner<'a, 'f> {
    /// A file's content under its folder's names.
    fn read(&mut self, file: &'f DataFile) -> Option<Value<'a>> {
        let source = &file.source;
        if source.text.trim().is_empty() {
            return None;
        }
        let format = Format::detect(&source.name, &source.text);
        // OPA's words: `no` in a list of countries is Norway to either.
        let options = Options { kept: true, dialect: Dialect::GoYaml, ..Options::default() };
        let documents = match formats::parse(self.arena, source, format, &options) {
            Ok(documents) => documents.documents,
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                return None;
            }
        };
        let root = match documents.as_slice() {
            [] => return None,
            [document] if document.value.as_object().is_some() => document.value,
            [document] => {
                let message = format!("data must be an object, and this is {}", article(document.value));
                self.diagnostics.push(
                    Diagnostic::new("data_error", message, source, document.span)
                        .help("give it a name: `cost_centres: [...]` is `data.cost_centres`"),
                );
                return None;
            }
            [_, second, ..] => {
                let message = "a data file must hold one document";
                self.diagnostics
                    .push(Diagnostic::new("data_error", message, source, second.span).help("split the file"));
                return None;
            }
        };
        let names = file.folder.iter().rev();
        Some(names.fold(root, |inner, name| self.arena.object(&[(self.arena.string(name), inner)])))
    }

    fn merge(&mut self, at: &Pointer, a: Value<'a>, b: Value<'a>, source: &Arc<Source>) -> Value<'a> {
        let (Value::Object(first), Value::Object(second)) = (a, b) else {
            // Saying the same twice does no harm.
            if a != b {
                self.conflict(at, source);
            }
            return a;
        };
        if first.is_empty() {
            return b;
        }
        let mut entries: Vec<_> = first.iter().collect();
        for (key, value) in second.iter() {
            let value = match first.get(key) {
                Some(existing) => self.merge(&at.join(key.as_str().unwrap_or_default()), existing, value, source),
                None => value,
            };
            // Of equal keys the arena keeps the last.
            entries.push((key, value));
        }
        self.arena.object(&entries)
    }

    fn conflict(&mut self, at: &Pointer, source: &Arc<Source>) {
        let first = self.parts.iter().find(|(_, part)| at.resolve(*part).is_some());
        let first = first.map_or("another file", |(source, _)| source.name.as_str());
        let path = at.to_string().replace('/', ".");
        let message = format!("`data{path}` stands in `{first}` already, with another value");
        let diagnostic = Diagnostic::new("data_conflict", message, source, Span::default());
        self.diagnostics.push(diagnostic.help("keep one of them, or move one to a folder of its own"));
    }
}

fn article(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        other => format!("a {}", other.type_name()),
    }
}
