//! Where a path of a document stands in its text.

use crate::{Format, json, yaml};
use value::{Pointer, Source, Span};

/// A path into one document of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which document, as [`crate::Document::index`] counts them.
    pub document: usize,
    /// The path in it.
    pub pointer: Pointer,
}

/// Where `pointer` stands in document `document_index` of `source`: [`locate_all`] for one path.
pub fn locate(source: &Source, format: Format, document_index: usize, pointer: &Pointer) -> Option<Span> {
    let place = Place { document: document_index, pointer: pointer.clone() };
    locate_all(source, format, &[place]).into_iter().next().flatten()
}

/// Where each of `places` stands in `source`, in one pass over the text.
///
/// A member of an object is found at its key, an item of an array at the item: the whole of a scalar, the first character
/// or key of a container. Of a path whose end does not exist, the deepest part that does is found; YAML aliases and merge
/// keys lead to what they name, and short forms of CloudFormation functions to the tag, whose path may also be left out.
/// `None` means that there is no such document.
pub fn locate_all(source: &Source, format: Format, places: &[Place]) -> Vec<Option<Span>> {
    match format {
        Format::Json => json::locate(&source.text, places),
        Format::Yaml => yaml::locate(&source.text, places),
    }
}
