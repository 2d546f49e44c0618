//! The files that are to be checked.

use crate::repository::Repository;
use crate::text::{ReadError, cannot_read, file_error, read, read_file};
use crate::walk::{Walk, has_extension, shown};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use value::{Diagnostic, Source};

/// What plans, templates and manifests are called.
const EXTENSIONS: [&str; 4] = ["json", "yaml", "yml", "template"];

/// What stands for standard input.
const STANDARD_INPUT: &str = "-";

/// A file that is to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Its name as people gave it, `-` for standard input.
    pub name: String,
    /// Whether it was named itself, and not found in a folder: then it must be something that can be checked.
    pub named: bool,
    path: Option<PathBuf>,
}

impl InputFile {
    /// Its text; none when it has no content. `standard_input` is read for `-`.
    ///
    /// # Errors
    /// When it cannot be read, is too long, or is no text.
    pub fn read(&self, bytes_max: u64, standard_input: impl Read) -> Result<Option<Arc<Source>>, Diagnostic> {
        let source = match &self.path {
            Some(path) => read_file(path, bytes_max)?,
            None => read(standard_input, 0, &self.name, bytes_max).map_err(|error| match error {
                ReadError::System(error) => file_error(format!("standard input cannot be read: {error}")),
                ReadError::Content(diagnostic) => diagnostic,
            })?,
        };
        Ok(if source.text.trim().is_empty() { None } else { Some(source) })
    }
}

/// What was found to check.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The files, in the order of what was named and by name in folders; each once.
    pub files: Vec<InputFile>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Finds what `paths` name: files, folders, and `-` for standard input. In folders these are JSON and YAML files but for
/// those that `repository` owns or ignores, hidden ones and those of dependencies.
pub fn discover(paths: &[PathBuf], repository: Option<&Repository>) -> Discovery {
    let mut discovery = Discovery::default();
    let mut walk = Walk::default();
    let mut standard_input_taken = false;
    let ours = |file: &Path| repository.is_some_and(|repository| repository.owns(file) || repository.ignores(file));
    for path in paths {
        if path.as_os_str() == STANDARD_INPUT {
            if !standard_input_taken {
                let name = STANDARD_INPUT.to_owned();
                discovery.files.push(InputFile { name, named: true, path: None });
            }
            standard_input_taken = true;
            continue;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let wanted = |file: &Path| has_extension(file, &EXTENSIONS) && !ours(file);
                walk.files(path, &wanted, &mut |file| discovery.files.push(input(file, false)));
            }
            // Pipes are welcome when they are named: `provost check <(terraform show -json tf.plan)`.
            Ok(_) => {
                if walk.is_first(path) {
                    discovery.files.push(input(path, true));
                }
            }
            Err(error) => discovery.diagnostics.push(cannot_read(path, &error)),
        }
    }
    discovery.diagnostics.extend(walk.finish().1);
    discovery
}

fn input(path: &Path, named: bool) -> InputFile {
    InputFile { name: shown(path), named, path: Some(path.to_path_buf()) }
}
