//! Telling what a document is.

use crate::error::CatalogError;
use crate::model::Recognised;
use crate::settings::Settings;
use crate::{cloudformation, kubernetes, terraform};
use value::{Arena, Value};

/// Turns one document into resources.
///
/// # Errors
/// [`CatalogError`] when the document is of a known kind and cannot be read as one.
pub fn recognise<'a>(
    arena: &'a Arena,
    document: Value<'a>,
    settings: &Settings,
) -> Result<Recognised<'a>, CatalogError> {
    recognise_with(arena, document, settings, &kubernetes::Surroundings::of(arena, &[document]))
}

/// Turns documents that belong together into resources, one answer a document: what one document says of a device claim,
/// a training runtime or an owner counts for the others.
pub fn recognise_all<'a>(
    arena: &'a Arena,
    documents: &[Value<'a>],
    settings: &Settings,
) -> Vec<Result<Recognised<'a>, CatalogError>> {
    let surroundings = kubernetes::Surroundings::of(arena, documents);
    documents.iter().map(|&document| recognise_with(arena, document, settings, &surroundings)).collect()
}

fn recognise_with<'a>(
    arena: &'a Arena,
    document: Value<'a>,
    settings: &Settings,
    surroundings: &kubernetes::Surroundings<'a>,
) -> Result<Recognised<'a>, CatalogError> {
    let change = if terraform::is_plan(document)? {
        terraform::change(arena, document, settings)?
    } else if kubernetes::is_manifest(document) {
        kubernetes::change(arena, document, settings, surroundings)?
    } else if cloudformation::is_template(document) {
        cloudformation::change(arena, document, settings)?
    } else {
        return Ok(Recognised::Unrecognised);
    };
    Ok(Recognised::Change(change))
}
