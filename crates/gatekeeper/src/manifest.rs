//! A document of a file.

use decision::{Document, PolicyPlace};
use formats::Format;
use kubernetes_types::KubernetesObject;
use std::sync::Arc;
use value::{Pointer, Position, Source, Span, Value};

/// A document of a file, and the text of the file when somebody has it: then whatever is said about it has a line.
#[derive(Clone, Debug)]
pub struct Manifest<'a> {
    /// The document, or the part of one that is an object.
    pub document: Document<'a>,
    /// The way to that part.
    pub(crate) pointer: Pointer,
    /// The text that it was read from.
    pub source: Option<&'a Arc<Source>>,
}

impl<'a> Manifest<'a> {
    /// The document itself.
    pub const fn root(&self) -> Value<'a> {
        self.document.root
    }

    /// The document as an object.
    pub const fn object(&self) -> KubernetesObject<'a> {
        KubernetesObject::new(self.document.root)
    }

    /// `K8sRequiredLabels/must-have-owner`; what it says of that.
    pub(crate) fn subject(&self) -> String {
        let object = self.object();
        match (object.kind(), object.name()) {
            (kind, "") => kind.to_owned(),
            ("", name) => name.to_owned(),
            (kind, name) => format!("{kind}/{name}"),
        }
    }

    /// Where a path of the document stands in the text.
    pub(crate) fn locate(&self, pointer: &Pointer) -> Option<Span> {
        let source = self.source?;
        let format = Format::detect(&source.name, &source.text);
        formats::locate(source, format, self.document.index, &self.in_document(pointer))
    }

    /// The same path from the beginning of the document on.
    pub(crate) fn in_document(&self, pointer: &Pointer) -> Pointer {
        Pointer(self.pointer.0.iter().chain(&pointer.0).cloned().collect())
    }

    /// Where it begins; line 1 when nobody has the text.
    pub fn place(&self) -> PolicyPlace {
        let start = self.locate(&Pointer::root()).map(|span| span.start);
        let line = self.source.zip(start).map_or(1, |(source, start)| Position::of(&source.text, start).line);
        PolicyPlace { file: self.document.file.to_owned(), line }
    }
}
