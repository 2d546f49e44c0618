//! Fixed paths into `input` and base data, numbered, so that an evaluation walks each prefix once.

use crate::plan::{FixedPath, PathId};
use rustc_hash::FxHashMap;

/// Longest fixed path; what goes on after it is looked up step by step.
pub(super) const PATH_PARTS_MAX: usize = 24;

/// The fixed paths of a program; every prefix of a path is one too.
#[derive(Debug, Default)]
pub(crate) struct PathTable {
    paths: Vec<FixedPath>,
    ids: FxHashMap<FixedPath, PathId>,
}

impl PathTable {
    /// The id of `path`.
    pub fn id(&mut self, path: FixedPath) -> PathId {
        *self.ids.entry(path).or_insert_with(|| {
            let id = PathId::try_from(self.paths.len()).unwrap_or(PathId::MAX);
            self.paths.push(path);
            id
        })
    }

    /// The path of an id.
    pub fn get(&self, id: PathId) -> Option<FixedPath> {
        self.paths.get(id as usize).copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.paths.len()
    }
}
