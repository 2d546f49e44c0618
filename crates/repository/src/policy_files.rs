//! Policy modules, their tests and their data.

use crate::data::{DataFile, combine};
use crate::text::read_file;
use crate::walk::{Walk, has_extension, shown};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use value::{Diagnostic, Frozen, Source};

const DATA_EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// What was found of policies.
#[derive(Debug)]
pub struct PolicyFiles {
    /// Rego modules that are no tests, in the order of the folders and by name.
    pub modules: Vec<Arc<Source>>,
    /// Rego modules named `*_test.rego`.
    pub tests: Vec<Arc<Source>>,
    /// Files of manifests that stand among the policies and speak of Gatekeeper's API groups.
    pub manifests: Vec<Arc<Source>>,
    /// The document under `data`.
    pub data: Frozen,
}

/// What all of Gatekeeper's API groups end with. A file without it is no policy of Gatekeeper's: it is an example or an input.
const GATEKEEPER_GROUPS: &str = "gatekeeper.sh/";

/// What a folder is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Modules, and data in files named `data.json` or `data.yaml`, as in OPA's bundles: other documents beside policies
    /// are examples and inputs.
    Policies,
    /// Every document is data.
    Data,
}

/// Collects files and reads them.
#[derive(Debug)]
pub(crate) struct Collector {
    bytes_max: u64,
    walk: Walk,
    modules: Vec<Arc<Source>>,
    tests: Vec<Arc<Source>>,
    manifests: Vec<Arc<Source>>,
    /// Documents that were looked at and belong to nobody's policies, as the system names them.
    others: Vec<PathBuf>,
    data: Vec<DataFile>,
    diagnostics: Vec<Diagnostic>,
}

impl Collector {
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self {
            bytes_max,
            walk: Walk::default(),
            modules: Vec::new(),
            tests: Vec::new(),
            manifests: Vec::new(),
            others: Vec::new(),
            data: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Adds a folder or a file. The content of a data file stands under the names of the folders between `path` and it; a
    /// data file that is named itself stands at the root.
    pub(crate) fn path(&mut self, path: &Path, purpose: Purpose) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let may_be_manifests =
                    |file: &Path| purpose == Purpose::Policies && has_extension(file, &DATA_EXTENSIONS);
                let wanted =
                    |file: &Path| has_extension(file, &["rego"]) || is_data(file, purpose) || may_be_manifests(file);
                let mut files = Vec::new();
                self.walk.files(path, &wanted, &mut |file| files.push(file.to_path_buf()));
                for file in files {
                    if may_be_manifests(&file) && !is_data(&file, purpose) {
                        self.manifests(&file);
                        continue;
                    }
                    let folder =
                        file.parent().and_then(|parent| parent.strip_prefix(path).ok()).unwrap_or(Path::new(""));
                    let folder = folder.iter().map(|name| name.to_string_lossy().into_owned()).collect();
                    self.file(&file, folder);
                }
            }
            Ok(_) => {
                if !has_extension(path, &["rego"]) && !has_extension(path, &DATA_EXTENSIONS) {
                    let message = format!("`{}` is neither a policy nor data", shown(path));
                    self.diagnostics
                        .push(crate::text::file_error(message).help("name `.rego`, `.json` or `.yaml` files"));
                } else if self.walk.is_first(path) {
                    self.named(path, purpose);
                }
            }
            Err(error) => self.diagnostics.push(crate::text::cannot_read(path, &error)),
        }
    }

    fn file(&mut self, path: &Path, folder: Vec<String>) {
        match read_file(path, self.bytes_max) {
            Ok(source) => self.text(source, folder),
            Err(diagnostic) => self.diagnostics.push(diagnostic),
        }
    }

    /// A file that is named itself: among policies a document may be one of Gatekeeper's.
    fn named(&mut self, path: &Path, purpose: Purpose) {
        match read_file(path, self.bytes_max) {
            Ok(source) if purpose == Purpose::Policies && is_gatekeepers(&source) => self.manifests.push(source),
            Ok(source) => self.text(source, Vec::new()),
            Err(diagnostic) => self.diagnostics.push(diagnostic),
        }
    }

    fn manifests(&mut self, path: &Path) {
        match read_file(path, self.bytes_max) {
            Ok(source) if is_gatekeepers(&source) => self.manifests.push(source),
            // Somebody's example, which may be in any encoding.
            Ok(_) | Err(_) => self.others.extend(fs::canonicalize(path)),
        }
    }

    /// Adds a text by its name.
    pub(crate) fn text(&mut self, source: Arc<Source>, folder: Vec<String>) {
        if !source.name.to_ascii_lowercase().ends_with(".rego") {
            self.data.push(DataFile { source, folder });
        } else if source.text.trim().is_empty() {
            // An empty module says nothing, and OPA skips it too.
        } else if source.name.ends_with("_test.rego") {
            self.tests.push(source);
        } else {
            self.modules.push(source);
        }
    }

    /// What was found, the files that were read, and what is wrong.
    pub(crate) fn finish(mut self) -> (PolicyFiles, BTreeSet<PathBuf>, Vec<Diagnostic>) {
        let (mut seen, unreadable) = self.walk.finish();
        for other in &self.others {
            seen.remove(other);
        }
        self.diagnostics.extend(unreadable);
        let data = combine(&self.data, &mut self.diagnostics);
        (
            PolicyFiles { modules: self.modules, tests: self.tests, manifests: self.manifests, data },
            seen,
            self.diagnostics,
        )
    }
}

fn is_gatekeepers(source: &Source) -> bool {
    !source.name.ends_with(".rego") && source.text.contains(GATEKEEPER_GROUPS)
}

/// Whether a file below a folder is data.
pub(crate) fn is_data(file: &Path, purpose: Purpose) -> bool {
    let named_data = || file.file_stem().and_then(OsStr::to_str) == Some("data");
    has_extension(file, &DATA_EXTENSIONS) && (purpose == Purpose::Data || named_data())
}
