//! Files of manifests.

use crate::manifest::Manifest;
use decision::Document;
use formats::{Format, TagStyle};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use value::{Diagnostic, Frozen, Source, Span, Value};

/// A file with manifests in it, read and frozen.
#[derive(Debug)]
pub struct ManifestFile {
    /// Its text.
    pub source: Arc<Source>,
    /// An array of documents.
    documents: Frozen,
}

/// Longer files than this hold no manifests.
const BYTES_MAX: u64 = 64 << 20;

impl ManifestFile {
    /// Reads a file; `name` is what people call it.
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
        Self::parse(Source::new(name, text))
    }

    /// Reads the documents of a text.
    ///
    /// # Errors
    /// When it is neither YAML nor JSON.
    pub fn parse(source: Arc<Source>) -> Result<Self, Diagnostic> {
        let format = Format::detect(&source.name, &source.text);
        let options = formats::Options { tags: TagStyle::Plain, ..formats::Options::default() };
        let documents = Frozen::build(|arena| {
            let parsed = formats::parse(arena, &source, format, &options)?;
            let values: Vec<Value<'_>> = parsed.documents.iter().map(|document| document.value).collect();
            Ok::<_, Diagnostic>(arena.array(&values))
        })?;
        Ok(Self { source, documents })
    }

    /// Its documents.
    pub fn manifests(&self) -> Vec<Manifest<'_>> {
        let documents = self.documents.root().as_array();
        let all = documents.into_iter().flat_map(|documents| documents.iter()).enumerate();
        all.map(|(index, root)| Manifest {
            document: Document { file: &self.source.name, index, root },
            source: Some(&self.source),
        })
        .collect()
    }
}
