//! Which policies judge: those that are named, those of the repository around, or the built-in library.

use crate::evaluation_limits;
use crate::inventory;
use crate::problem::Problem;
use anyhow::Result;
use clap::Args;
use decision::{Policy, PolicySet};
use gatekeeper::{Gatekeeper, ManifestFile};
use rego::syntax::ast::Dialect;
use repository::{Configuration, RegoVersion, Repository};
use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use value::{Diagnostic, Frozen, Span, Value};

/// Where policies and data are.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct GovernanceArguments {
    /// Policies: `.rego` files, Gatekeeper's templates, constraints and mutators, or folders with policies and their data. Without any, those of the `provost.yaml` around
    /// what is named, and without one, the built-in library.
    #[arg(short, long, value_name = "PATH")]
    pub(crate) policies: Vec<PathBuf>,

    /// Data for the policies: JSON or YAML files, or folders with them.
    #[arg(short, long, value_name = "PATH")]
    pub(crate) data: Vec<PathBuf>,

    /// The governance repository: its folder, or its `provost.yaml`.
    #[arg(long, value_name = "PATH")]
    pub(crate) repository: Option<PathBuf>,
}

/// Compiled policies and where they come from.
#[derive(Debug)]
pub(crate) struct Governance {
    pub(crate) repository: Repository,
    pub(crate) policies: PolicySet,
    /// The data that they see.
    pub(crate) data: Arc<Frozen>,
    /// Gatekeeper's policies among them.
    pub(crate) gatekeeper: Gatekeeper,
    /// What they run on, for queries. None when there is nothing to run.
    pub(crate) program: Option<Arc<rego::Program>>,
    /// What is wrong with them. What is sound judges all the same.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Governance {
    /// Loads and compiles what the arguments name; `paths` are what is looked at, for the repository around them.
    pub(crate) fn load(arguments: &GovernanceArguments, paths: &[PathBuf]) -> Result<Self> {
        let root = root(arguments.repository.as_deref(), paths)?;
        let (mut repository, mut diagnostics) = load(arguments, root.as_deref());
        let configuration = &repository.configuration;
        let options = rego_policy::Options {
            dialect: dialect(configuration),
            limits: evaluation_limits::limits(&configuration.limits.evaluation),
        };
        let compiled = rego_policy::compile(&repository.files.modules, &options);
        let gatekeeper = gatekeepers(&repository, &mut diagnostics);
        let sound = compiled.diagnostics.is_empty();
        diagnostics.extend(compiled.diagnostics);
        let all = compiled.policies.into_iter().chain(gatekeeper.policies()).collect();
        let unique = without_duplicates(all, &repository, &mut diagnostics);
        // The data may be large, and whoever asks for it beside the set shares it.
        let data = Arc::new(std::mem::replace(&mut repository.files.data, Frozen::copy_of(Value::EMPTY_OBJECT)));
        let inventory = existing(&repository, &mut diagnostics);
        let shared = inventory::with_inventory(&data, inventory);
        let policies = PolicySet::new(unique, shared, |metadata| repository.configuration.adjust(metadata)).map_err(
            |duplicates| {
                let ids: Vec<_> = duplicates.iter().map(ToString::to_string).collect();
                Problem::new(ids.join("; "), "give each policy an id of its own")
            },
        )?;
        // A change to a policy that could not be compiled is not wrong, and one to policies that are not asked is no matter.
        if sound && arguments.policies.is_empty() {
            diagnostics.extend(repository.configuration.check(&policies));
        }
        if policies.is_empty() && diagnostics.is_empty() {
            diagnostics.push(no_policy());
        }
        Ok(Self { repository, policies, data, gatekeeper, program: compiled.program, diagnostics })
    }
}

/// Gatekeeper's policies in the repository's files.
fn gatekeepers(repository: &Repository, diagnostics: &mut Vec<Diagnostic>) -> Gatekeeper {
    let mut files = Vec::new();
    for source in &repository.files.manifests {
        match ManifestFile::parse(Arc::clone(source)) {
            Ok(file) => files.push(file),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    let manifests: Vec<_> = files.iter().flat_map(ManifestFile::manifests).collect();
    let compiled = Gatekeeper::compile(&manifests);
    diagnostics.extend(compiled.problems.iter().map(gatekeeper::Problem::diagnostic));
    compiled.gatekeeper
}

/// What exists in the cluster, as the repository's files say.
fn existing(repository: &Repository, diagnostics: &mut Vec<Diagnostic>) -> Option<Arc<Frozen>> {
    let paths = &repository.configuration.admission.inventory;
    if paths.is_empty() {
        return None;
    }
    let root = repository.root.as_deref().unwrap_or(Path::new("."));
    let paths: Vec<PathBuf> = paths.iter().map(|path| root.join(path)).collect();
    let (mut inventory, mistakes) = inventory::read(&paths, repository.configuration.limits.file_bytes_max);
    diagnostics.extend(mistakes);
    Some(inventory.snapshot())
}

/// What the modules of a repository are written in.
pub(crate) fn dialect(configuration: &Configuration) -> Dialect {
    match configuration.rego_version {
        RegoVersion::V0 => Dialect::V0,
        RegoVersion::V1 => Dialect::V1,
    }
}

fn load(arguments: &GovernanceArguments, root: Option<&Path>) -> (Repository, Vec<Diagnostic>) {
    match root {
        Some(root) if arguments.policies.is_empty() => repository::load(root, &arguments.data),
        Some(root) => {
            let (around, mut diagnostics) = repository::load(root, &[]);
            // The policies of the repository are not asked, so what is wrong with them is no matter; its file counts.
            diagnostics.retain(|diagnostic| {
                let source = diagnostic.source.as_ref();
                source.is_some_and(|source| source.name.ends_with(repository::CONFIGURATION_NAME))
            });
            let configuration = around.configuration;
            let mut data: Vec<PathBuf> = configuration.data.iter().map(|path| root.join(path)).collect();
            data.extend_from_slice(&arguments.data);
            let (mut named, mistakes) = repository::load_paths(&arguments.policies, &data, configuration);
            named.root = Some(root.to_path_buf());
            diagnostics.extend(mistakes);
            (named, diagnostics)
        }
        None if arguments.policies.is_empty() => repository::load_library(&arguments.data, Configuration::default()),
        None => repository::load_paths(&arguments.policies, &arguments.data, Configuration::default()),
    }
}

/// The repository that is named, or the one that what is looked at stands in, or the one around here.
pub(crate) fn root(named: Option<&Path>, paths: &[PathBuf]) -> Result<Option<PathBuf>> {
    if let Some(named) = named {
        let folder = if named.is_dir() { named } else { parent(named) };
        if !folder.join(repository::CONFIGURATION_NAME).is_file() {
            let message = format!("there is no governance repository at `{}`", named.display());
            return Err(Problem::new(message, "name a folder with a `provost.yaml`; `provost init` writes one").into());
        }
        return Ok(Some(folder.to_path_buf()));
    }
    let folders = paths
        .iter()
        .filter(|path| path.as_os_str() != "-")
        .map(|path| if path.is_dir() { path.as_path() } else { parent(path) });
    let mut found: Vec<PathBuf> = folders.filter_map(repository::find).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [] => Ok(repository::find(Path::new(".")).map(|root| from_here(&root))),
        [root] => Ok(Some(from_here(root))),
        [first, second, ..] => {
            let (first, second) = (from_here(first), from_here(second));
            let message = format!(
                "what is named stands in two governance repositories, `{}` and `{}`",
                first.display(),
                second.display()
            );
            Err(Problem::new(message, "name one with `--repository`, or check them one at a time").into())
        }
    }
}

fn parent(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// An absolute path as people would name it from the current folder, so that files are called as they typed them.
fn from_here(path: &Path) -> PathBuf {
    let Some(here) = env::current_dir().ok().and_then(|here| here.canonicalize().ok()) else {
        return path.to_path_buf();
    };
    if let Ok(below) = path.strip_prefix(&here) {
        return if below.as_os_str().is_empty() { PathBuf::from(".") } else { below.to_path_buf() };
    }
    match here.strip_prefix(path) {
        Ok(above) => above.iter().map(|_| "..").collect(),
        Err(_) => path.to_path_buf(),
    }
}

/// Of policies with one id the first judges.
fn without_duplicates(
    policies: Vec<Arc<dyn Policy>>,
    repository: &Repository,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Arc<dyn Policy>> {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    let mut unique = Vec::with_capacity(policies.len());
    for policy in policies {
        let metadata = policy.metadata();
        let Some(earlier) = first.get(&metadata.id) else {
            first.insert(metadata.id.clone(), metadata.place.to_string());
            unique.push(policy);
            continue;
        };
        let message = format!("policy id `{}` is used twice; it is that of {earlier} already", metadata.id);
        let source = repository.files.modules.iter().find(|source| source.name == metadata.place.file);
        let span = source.map(|source| line_span(&source.text, metadata.place.line)).unwrap_or_default();
        diagnostics.push(Diagnostic {
            code: "duplicate_policy",
            message,
            source: source.cloned(),
            span,
            help: Some("give each policy an id of its own under `custom.provost.id`".to_owned()),
        });
    }
    unique
}

fn line_span(text: &str, line: u32) -> Span {
    let mut start = 0;
    for (number, content) in (1..).zip(text.split_inclusive('\n')) {
        if number == line {
            let end = start + content.trim_end().len();
            return Span::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX));
        }
        start += content.len();
    }
    Span::default()
}

fn no_policy() -> Diagnostic {
    Diagnostic {
        code: "no_policy",
        message: "there is no policy to judge by".to_owned(),
        source: None,
        span: Span::default(),
        help: Some("name policies with `-p`, or write the first with `provost init`".to_owned()),
    }
}
