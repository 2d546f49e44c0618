//! What `provost init` writes: a governance repository that works.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

include!(concat!(env!("OUT_DIR"), "/template.rs"));

/// The files of a new repository as (name, text), sorted by name.
pub fn template() -> &'static [(&'static str, &'static str)] {
    TEMPLATE
}

/// Why a new repository could not be written.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// Somebody's file would be lost.
    #[error("`{}` exists already, and nothing was written", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("`{}` cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// Writes a new repository into `folder`, which need not exist, and returns the files.
///
/// # Errors
/// When one of the files exists already, before anything is written; or when the system refuses.
pub fn write_template(folder: &Path) -> Result<Vec<PathBuf>, TemplateError> {
    let files: Vec<_> = TEMPLATE.iter().map(|(name, text)| (folder.join(name), *text)).collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| fs::symlink_metadata(path).is_ok()) {
        return Err(TemplateError::Exists { path: path.clone() });
    }
    let mut written = Vec::with_capacity(files.len());
    for (path, text) in files {
        let failed = |source| TemplateError::Write { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        written.push(path);
    }
    Ok(written)
}
