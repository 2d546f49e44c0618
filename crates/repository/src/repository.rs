//! A governance repository: what it says and what it holds.

use crate::configuration::{Configuration, Limits};
use crate::library::{LIBRARY_NAME, builtin_library};
use crate::policy_files::{Collector, PolicyFiles, Purpose};
use crate::text::{file_error, read_file};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use value::{Diagnostic, Source};

/// The name of a repository's file.
pub const CONFIGURATION_NAME: &str = "provost.yaml";

/// A governance repository.
#[derive(Debug)]
pub struct Repository {
    /// The folder of `provost.yaml`; none for policies that were named without one.
    pub root: Option<PathBuf>,
    /// What `provost.yaml` says.
    pub configuration: Configuration,
    /// Policies, tests and data.
    pub files: PolicyFiles,
    /// Files and folders that hold them, as the system names them.
    owned: BTreeSet<PathBuf>,
}

impl Repository {
    /// Whether a file belongs to the repository itself, and is nothing to be checked: what was read from it, and what else
    /// stands in its folders of policies and data.
    pub fn owns(&self, file: &Path) -> bool {
        fs::canonicalize(file).is_ok_and(|file| file.ancestors().any(|path| self.owned.contains(path)))
    }

    /// Whether the organisation does not want a file to be looked at.
    pub fn ignores(&self, file: &Path) -> bool {
        let Some(root) = &self.root else { return false };
        let (Ok(root), Ok(file)) = (fs::canonicalize(root), fs::canonicalize(file)) else { return false };
        let Ok(relative) = file.strip_prefix(&root) else { return false };
        // A pattern that names a folder covers what is inside.
        relative.ancestors().any(|path| self.configuration.ignore.is_match(path))
    }
}

/// The repository that `start` is in: the nearest folder with a `provost.yaml`, going up.
pub fn find(start: &Path) -> Option<PathBuf> {
    let start = fs::canonicalize(start).ok()?;
    start.ancestors().find(|folder| folder.join(CONFIGURATION_NAME).is_file()).map(Path::to_path_buf)
}

/// Loads the repository in the folder `root`, and `data` beside its own. What cannot be read is left out and said.
pub fn load(root: &Path, data: &[PathBuf]) -> (Repository, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let configuration = match read_file(&root.join(CONFIGURATION_NAME), Limits::default().file_bytes_max) {
        Ok(source) => {
            let (configuration, mistakes) = Configuration::read(&source);
            diagnostics.extend(mistakes);
            configuration
        }
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            Configuration::default()
        }
    };
    let mut collector = Collector::new(configuration.limits.file_bytes_max);
    for path in &configuration.policies {
        collector.path(&root.join(path), Purpose::Policies);
    }
    for path in &configuration.data {
        collector.path(&root.join(path), Purpose::Data);
    }
    data.iter().for_each(|path| collector.path(path, Purpose::Data));
    // Where no policy is named, those judge that the binary carries.
    if configuration.library || configuration.policies.is_empty() {
        add_library(&mut collector);
    }
    let (files, mut owned, mistakes) = collector.finish();
    diagnostics.extend(mistakes);
    let folders = configuration.policies.iter().chain(&configuration.data).map(|path| root.join(path));
    let folders = folders.chain([root.join(CONFIGURATION_NAME)]).filter_map(|path| fs::canonicalize(path).ok());
    // Policies may stand beside everything else; then only the files themselves are the repository's.
    let whole = fs::canonicalize(root).ok();
    owned.extend(folders.filter(|folder| !whole.as_ref().is_some_and(|whole| whole.starts_with(folder))));
    (Repository { root: Some(root.to_path_buf()), configuration, files, owned }, diagnostics)
}

/// Loads policies that are named without a `provost.yaml`. Under each folder, data stands at the names of the folders below
/// it. `configuration` is what holds otherwise.
pub fn load_paths(
    policies: &[PathBuf],
    data: &[PathBuf],
    configuration: Configuration,
) -> (Repository, Vec<Diagnostic>) {
    let mut collector = Collector::new(configuration.limits.file_bytes_max);
    policies.iter().for_each(|path| collector.path(path, Purpose::Policies));
    data.iter().for_each(|path| collector.path(path, Purpose::Data));
    let (files, owned, mut diagnostics) = collector.finish();
    let none = files.modules.is_empty() && files.tests.is_empty() && files.manifests.is_empty();
    if none && !policies.is_empty() && diagnostics.is_empty() {
        let names: Vec<_> = policies.iter().map(|path| format!("`{}`", path.display())).collect();
        let message = format!("there is no policy in {}", names.join(", "));
        diagnostics.push(
            file_error(message)
                .help("name a `.rego` file, a file with Gatekeeper's policies, or a folder that holds some"),
        );
    }
    (Repository { root: None, configuration, files, owned }, diagnostics)
}

/// Loads the built-in library alone, and `data` for it.
pub fn load_library(data: &[PathBuf], configuration: Configuration) -> (Repository, Vec<Diagnostic>) {
    let mut collector = Collector::new(configuration.limits.file_bytes_max);
    add_library(&mut collector);
    data.iter().for_each(|path| collector.path(path, Purpose::Data));
    let (files, owned, diagnostics) = collector.finish();
    (Repository { root: None, configuration, files, owned }, diagnostics)
}

fn add_library(collector: &mut Collector) {
    for (name, text) in builtin_library() {
        let path = Path::new(name);
        // The library's own tests are about the library without anybody's data.
        let module = name.ends_with(".rego") && !name.ends_with("_test.rego");
        if module || crate::policy_files::is_data(path, Purpose::Policies) {
            let folder = path.parent().into_iter().flat_map(Path::iter);
            let folder = folder.map(|name| name.to_string_lossy().into_owned()).collect();
            collector.text(Source::new(format!("{LIBRARY_NAME}/{name}"), *text), folder);
        }
    }
}
