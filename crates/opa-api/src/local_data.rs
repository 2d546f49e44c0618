//! The data that files brought and that the API changed.

use crate::edit::{self, Edit};
use crate::layered::Layered;
use crate::written::WrittenPlaces;
use std::convert::Infallible;
use std::sync::Arc;
use value::{Arena, Frozen, Pointer, Value};

/// The document of the files, with what the API has changed about it.
#[derive(Clone, Debug)]
pub(crate) struct LocalData {
    layered: Layered,
    written: WrittenPlaces,
}

impl LocalData {
    /// Data that nobody has changed.
    pub(crate) fn new(document: Arc<Frozen>) -> Self {
        Self { layered: Layered::new(document), written: WrittenPlaces::default() }
    }

    pub(crate) fn document(&self) -> &Arc<Frozen> {
        self.layered.document()
    }

    /// The data after edits, of which `paths` are the places.
    pub(crate) fn edited<E>(
        &self,
        paths: &[Pointer],
        edits: impl for<'a> FnOnce(&'a Arena, Value<'a>) -> Result<Value<'a>, E>,
    ) -> Result<Self, E> {
        let layered = self.layered.changed(None, |arena, root, _| edits(arena, root))?;
        let mut written = self.written.clone();
        paths.iter().for_each(|path| written.insert(path));
        Ok(Self { layered, written })
    }

    /// The same changes over other files.
    pub(crate) fn rebased(&self, files: Arc<Frozen>) -> Self {
        let places: Vec<Pointer> = self.written.iter().collect();
        let before = self.document().root();
        // Copied, so that the files as they were before do not stay alive below what was written.
        let kept = never_fails(Frozen::build(|arena| {
            let kept = places.iter().map(|place| {
                let value = edit::find(before, place).map(|value| arena.copy(value));
                arena.array(value.as_slice())
            });
            let kept: Vec<_> = kept.collect();
            Ok(arena.array(&kept))
        }));
        let layered = never_fails(Layered::new(files).changed(Some(Arc::new(kept)), |arena, root, kept| {
            let mut data = root;
            for (place, kept) in places.iter().zip(kept.as_array().into_iter().flat_map(|kept| kept.iter())) {
                let edit = kept.as_array().and_then(|kept| kept.get(0)).map_or(Edit::Clear, Edit::Put);
                // Where the files now have something else than an object on the way, the files win.
                if let Ok(edited) = edit::apply(arena, data, place, edit) {
                    data = edited;
                }
            }
            Ok(data)
        }));
        Self { layered, written: self.written.clone() }
    }
}

fn never_fails<T>(built: Result<T, Infallible>) -> T {
    match built {
        Ok(built) => built,
        Err(never) => match never {},
    }
}

#[cfg(test)]
#[path = "local_data_tests.rs"]
mod tests;
