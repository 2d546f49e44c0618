//! Files of manifests.

use crate::manifest::Manifest;
use decision::Document;
use formats::{Dialect, Format, TagStyle};
use kubernetes_types::KubernetesObject;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use value::{Arena, Diagnostic, Frozen, Pointer, Source, Span, Value};

/// A file with manifests in it, read and frozen.
#[derive(Debug)]
pub struct ManifestFile {
    /// Its text.
    pub source: Arc<Source>,
    /// An array of documents, or of the objects in them.
    documents: Frozen,
    /// Where each of them stands: the number of its document, and the way there.
    places: Vec<(usize, Pointer)>,
}

/// Longer files than this hold no manifests.
const BYTES_MAX: u64 = 64 << 20;

impl ManifestFile {
    /// Reads a file of a suite; `name` is what people call it.
    ///
    /// # Errors
    /// When it cannot be read, is too long, or is neither YAML nor JSON.
    pub fn read(path: &Path, name: &str) -> Result<Self, Diagnostic> {
        let cannot = |reason: String, help: &str| {
            let message = format!("`{name}` cannot be read: {reason}");
            let diagnostic =
                Diagnostic { code: "file_error", message, source: None, span: Span::default(), help: None };
            diagnostic.help(help)
        };
        let system = |error: std::io::Error| {
            let reason = error.to_string();
            let reason = reason.split(" (os error").next().unwrap_or_default().to_lowercase();
            cannot(reason, "check the name; names in a suite are relative to the folder of the suite")
        };
        if fs::metadata(path).map_err(system)?.len() > BYTES_MAX {
            return Err(cannot(format!("it is longer than {BYTES_MAX} bytes"), "split it"));
        }
        let bytes = fs::read(path).map_err(system)?;
        let text = formats::decode(&bytes).map_err(|error| cannot(error.to_string(), error.help()))?;
        // `gator verify` reads with go-yaml 3, to which `yes` and `on` are texts (gatekeeper pkg/gator/yaml.go, ParseYaml).
        Self::parsed(Source::new(name, text), Dialect::GoYaml, document)
    }

    /// Reads the documents of a text.
    ///
    /// # Errors
    /// When it is neither YAML nor JSON.
    pub fn parse(source: Arc<Source>) -> Result<Self, Diagnostic> {
        Self::parsed(source, Dialect::Kubernetes, document)
    }

    /// Reads the objects of a text: its documents, and in the place of lists what they hold.
    ///
    /// # Errors
    /// When it is neither YAML nor JSON.
    pub fn parse_objects(source: Arc<Source>) -> Result<Self, Diagnostic> {
        Self::parsed(source, Dialect::Kubernetes, objects)
    }

    fn parsed(source: Arc<Source>, dialect: Dialect, found: Find) -> Result<Self, Diagnostic> {
        let format = Format::detect(&source.name, &source.text);
        let options = formats::Options { tags: TagStyle::Plain, dialect, ..formats::Options::default() };
        let mut places = Vec::new();
        let documents = Frozen::build(|arena| {
            let parsed = formats::parse(arena, &source, format, &options)?;
            let mut values: Vec<Value<'_>> = Vec::with_capacity(parsed.documents.len());
            for (index, parsed) in parsed.documents.iter().enumerate() {
                for (pointer, value) in found(arena, parsed.value) {
                    places.push((index, pointer));
                    values.push(value);
                }
            }
            Ok::<_, Diagnostic>(arena.array(&values))
        })?;
        Ok(Self { source, documents, places })
    }

    /// Its documents.
    pub fn manifests(&self) -> Vec<Manifest<'_>> {
        let documents = self.documents.root().as_array();
        let all = documents.into_iter().flat_map(|documents| documents.iter()).zip(&self.places);
        all.map(|(root, (index, pointer))| Manifest {
            document: Document { file: &self.source.name, index: *index, root },
            pointer: pointer.clone(),
            source: Some(&self.source),
        })
        .collect()
    }
}

/// What counts in a document, each with the way there.
type Find = for<'a> fn(&'a Arena, Value<'a>) -> Vec<(Pointer, Value<'a>)>;

fn document<'a>(_: &'a Arena, document: Value<'a>) -> Vec<(Pointer, Value<'a>)> {
    vec![(Pointer::root(), document)]
}

/// The items of a list, or the document itself. Those of a list of one kind (`PodList`) may leave out what the list says.
fn objects<'a>(arena: &'a Arena, document: Value<'a>) -> Vec<(Pointer, Value<'a>)> {
    let list = KubernetesObject::new(document);
    let items = document.get_str("items").and_then(Value::as_array).filter(|_| !list.api_version().is_empty());
    let (Some(kind), Some(items)) = (list.kind().strip_suffix("List"), items) else {
        return self::document(arena, document);
    };
    let complete = |item: Value<'a>| match item.as_object() {
        Some(fields) if !kind.is_empty() && KubernetesObject::new(item).kind().is_empty() => {
            let version = (arena.borrowed("apiVersion"), arena.borrowed(list.api_version()));
            let mut entries = vec![version, (arena.borrowed("kind"), arena.borrowed(kind))];
            // Of equal keys the last one stays.
            entries.extend(fields.iter());
            arena.object(&entries)
        }
        _ => item,
    };
    let place = Pointer::root().join("items");
    items.iter().enumerate().map(|(index, item)| (place.join(index), complete(item))).collect()
}
