//! What is wrong with a document.

use crate::manifest::Manifest;
use decision::{Document, Place};
use formats::Format;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;
use value::{Diagnostic, Pointer, Source};

/// What is wrong with one of Gatekeeper's documents, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Mistake {
    /// Which kind of mistake it is, for whoever has to tell them apart.
    pub kind: MistakeKind,
    /// Where in the document.
    pub pointer: Pointer,
    /// What is wrong there.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The kinds of mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MistakeKind {
    /// It is not what the API server takes for such a document: a field is missing, of the wrong type, or has a value that
    /// the schema refuses. For a constraint this is what `invalid: true` of a suite waits for.
    Schema,
    /// A field that the schema does not know. An API server drops it, so that what it was meant to do would not happen.
    UnknownField,
    /// It is well formed, and Gatekeeper refuses it all the same.
    Invalid,
    /// Something that is not supported here.
    Unsupported,
    /// The Rego does not compile; the diagnostic has its place.
    Rego(Box<Diagnostic>),
    /// It contradicts another document, or refers to one that is not there.
    Conflict,
}

impl Mistake {
    /// A mistake at `pointer`.
    pub fn new(kind: MistakeKind, pointer: Pointer, message: impl Into<String>) -> Self {
        Self { kind, pointer, message: message.into(), help: None }
    }

    /// The same mistake with a line that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A mistake in Rego.
    pub(crate) fn rego(pointer: &Pointer, diagnostic: Diagnostic) -> Self {
        let message = diagnostic.message.clone();
        Self {
            help: diagnostic.help.clone(),
            ..Self::new(MistakeKind::Rego(diagnostic.into()), pointer.clone(), message)
        }
    }

    /// The mistake as one of `manifest`.
    pub(crate) fn at(self, manifest: &Manifest<'_>) -> Problem {
        let Document { file, index, .. } = manifest.document;
        let place = Place::new(file, index, manifest.in_document(&self.pointer));
        let source = manifest.source.cloned();
        Problem { place, subject: manifest.subject(), mistake: self, source }
    }
}

/// A mistake in a document of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, the document and the path in it.
    pub place: Place,
    /// What the document is: `K8sRequiredLabels/must-have-owner`; empty when it does not say.
    pub subject: String,
    /// What is wrong.
    pub mistake: Mistake,
    /// The text of the file, when somebody has it.
    pub source: Option<Arc<Source>>,
}

impl Problem {
    /// The problem with line and column, when the text of the file is known.
    pub fn diagnostic(&self) -> Diagnostic {
        if let MistakeKind::Rego(diagnostic) = &self.mistake.kind {
            return (**diagnostic).clone();
        }
        let code = match &self.mistake.kind {
            MistakeKind::Schema | MistakeKind::UnknownField => "gatekeeper_schema_error",
            MistakeKind::Conflict => "gatekeeper_conflict_error",
            MistakeKind::Unsupported => "gatekeeper_unsupported_error",
            MistakeKind::Invalid | MistakeKind::Rego(_) => "gatekeeper_error",
        };
        let span = self.source.as_ref().and_then(|source| {
            let format = Format::detect(&source.name, &source.text);
            formats::locate(source, format, self.place.document, &self.place.pointer)
        });
        Diagnostic {
            code,
            message: if self.subject.is_empty() {
                self.mistake.message.clone()
            } else {
                format!("{}: {}", self.subject, self.mistake.message)
            },
            source: self.source.clone(),
            span: span.unwrap_or_default(),
            help: self.mistake.help.clone(),
        }
    }
}

/// `file: subject: message`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place.file)?;
        if !self.subject.is_empty() {
            write!(f, "{}: ", self.subject)?;
        }
        f.write_str(&self.mistake.message)
    }
}
