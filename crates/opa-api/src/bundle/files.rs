//! The files of a bundle, wherever they come from.

use super::BundleError;
use std::collections::BTreeSet;

/// One file.
#[derive(Debug)]
pub(crate) struct BundleFile {
    /// Its name inside the bundle: `a/b.rego`.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

impl BundleFile {
    /// The last part of its name.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The folders that it stands in.
    pub(crate) fn folder(&self) -> impl DoubleEndedIterator<Item = &str> {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folder.split('/').filter(|part| !part.is_empty())
    }
}

/// All of them, within limits.
#[derive(Debug)]
pub(crate) struct BundleFiles {
    files: Vec<BundleFile>,
    names: BTreeSet<String>,
    bytes: u64,
    bytes_max: u64,
    files_max: usize,
}

impl BundleFiles {
    pub(crate) fn new(bytes_max: u64, files_max: usize) -> Self {
        Self { files: Vec::new(), names: BTreeSet::new(), bytes: 0, bytes_max, files_max }
    }

    /// How many bytes the files have together.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &BundleFile> {
        self.files.iter()
    }

    /// The file of that name.
    pub(crate) fn find(&self, path: &str) -> Option<&BundleFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Makes sure that a file of `length` bytes fits before it is read.
    pub(crate) fn make_room(&self, length: u64) -> Result<(), BundleError> {
        if self.bytes.saturating_add(length) > self.bytes_max {
            return Err(too_large(self.bytes_max));
        }
        if self.files.len() >= self.files_max {
            return Err(BundleError::Archive(format!("the bundle has more than {} files", self.files_max)));
        }
        Ok(())
    }

    pub(crate) fn push(&mut self, file: BundleFile) -> Result<(), BundleError> {
        self.make_room(file.bytes.len() as u64)?;
        // Of two files of one name a signature covers one, and nobody can tell which is used.
        if !self.names.insert(file.path.clone()) {
            return Err(BundleError::Archive(format!("`{}` stands in the bundle twice", file.path)));
        }
        self.bytes += file.bytes.len() as u64;
        self.files.push(file);
        Ok(())
    }
}

pub(crate) fn too_large(bytes_max: u64) -> BundleError {
    BundleError::Archive(format!("the bundle is larger than the limit of {bytes_max} bytes"))
}
