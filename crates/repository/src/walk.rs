//! Walking folders: always in the same order, never in circles, and past what cannot be read.

use crate::text::cannot_read;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use value::Diagnostic;

/// Folders inside folders; real trees are far from it.
const DEPTH_MAX: usize = 200;

/// Folders that hold other people's files.
const FOREIGN: [&str; 1] = ["node_modules"];

/// Files that walks have found, each once however many ways lead to it.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    seen: BTreeSet<PathBuf>,
    diagnostics: Vec<Diagnostic>,
}

impl Walk {
    /// Calls `found` with every file below `folder`, sorted by name folder by folder, that `wanted` takes. Hidden files and
    /// folders, and folders of dependencies, are left out. Symbolic links are followed.
    pub(crate) fn files(&mut self, folder: &Path, wanted: &dyn Fn(&Path) -> bool, found: &mut dyn FnMut(&Path)) {
        self.folder(folder, wanted, found, &mut Vec::new());
    }

    /// Whether nobody has asked about this file before, under this name or another.
    pub(crate) fn is_first(&mut self, file: &Path) -> bool {
        self.seen.insert(fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf()))
    }

    /// The files, as the system names them, and what could not be read.
    pub(crate) fn finish(self) -> (BTreeSet<PathBuf>, Vec<Diagnostic>) {
        (self.seen, self.diagnostics)
    }

    fn folder(
        &mut self,
        folder: &Path,
        wanted: &dyn Fn(&Path) -> bool,
        found: &mut dyn FnMut(&Path),
        above: &mut Vec<PathBuf>,
    ) {
        let real = match fs::canonicalize(folder) {
            Ok(real) => real,
            Err(error) => return self.diagnostics.push(cannot_read(folder, &error)),
        };
        if above.contains(&real) {
            let message = format!("`{}` leads back to a folder around it", shown(folder));
            return self.say(message, "remove the symbolic link, or name the folders that are meant");
        }
        if above.len() >= DEPTH_MAX {
            let message = format!("`{}` is nested deeper than {DEPTH_MAX} folders", shown(folder));
            return self.say(message, "name the folders that are meant");
        }
        let mut entries = Vec::new();
        match fs::read_dir(folder) {
            Ok(read) => {
                for entry in read {
                    match entry {
                        Ok(entry) => entries.push(entry.path()),
                        Err(error) => self.diagnostics.push(cannot_read(folder, &error)),
                    }
                }
            }
            Err(error) => return self.diagnostics.push(cannot_read(folder, &error)),
        }
        entries.sort();
        above.push(real);
        for path in entries {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            // Follows links, so that a link to nowhere is an error and not an absence.
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {
                    if !FOREIGN.contains(&name) {
                        self.folder(&path, wanted, found, above);
                    }
                }
                Ok(metadata) if metadata.is_file() => {
                    if wanted(&path) && self.is_first(&path) {
                        found(&path);
                    }
                }
                // Sockets, pipes and devices hold no documents.
                Ok(_) => {}
                Err(error) => self.diagnostics.push(cannot_read(&path, &error)),
            }
        }
        above.pop();
    }

    fn say(&mut self, message: String, help: &str) {
        self.diagnostics.push(
            Diagnostic { code: "file_error", message, source: None, span: value::Span::default(), help: None }
                .help(help),
        );
    }
}

/// A path as people read it: forward slashes, no `./` in front.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    match text.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => text,
    }
}

/// Whether the file's extension is one of these, in any case.
pub(crate) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    extensions.iter().any(|wanted| extension.eq_ignore_ascii_case(wanted))
}
