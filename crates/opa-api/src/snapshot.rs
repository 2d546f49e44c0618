//! Policies and data as they are at one moment: what a decision is made of.

use crate::bundle::{ActiveBundle, BundleError, Root};
use crate::data_path;
use crate::edit::{self, Edit};
use crate::error::{ApiError, COMPILING_MODULES};
use crate::local_data::LocalData;
use crate::module::{self, Modules};
use crate::settings::DecisionLogSettings;
use decision::Revisions;
use rego::{DocumentPath, Program};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use value::{Arena, Diagnostic, Frozen, Pointer, Segment, Value};

/// An immutable snapshot of policies and data. Whoever decides holds on to one; a change makes another.
#[derive(Debug)]
pub struct Snapshot {
    revision: u64,
    program: Arc<Program>,
    data: Arc<Frozen>,
    /// What the record calls it.
    revisions: Arc<Revisions>,
    /// What is taken out of logged decisions, where somebody says so.
    pub(crate) mask: Option<DocumentPath>,
    /// Which decisions are not logged, where somebody says so.
    pub(crate) drop: Option<DocumentPath>,
    pub(crate) parts: Parts,
}

/// What a snapshot is made of.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) modules: Arc<Modules>,
    pub(crate) local: LocalData,
    pub(crate) bundles: BTreeMap<String, ActiveBundle>,
    pub(crate) log_paths: LogPaths,
    /// What the repository's data is called.
    pub(crate) data_revision: Arc<str>,
    /// How often the API has changed data.
    pub(crate) writes: u64,
}

/// The names below `data` of what is asked about the decision log.
#[derive(Clone, Debug)]
pub(crate) struct LogPaths {
    mask: Arc<[String]>,
    drop: Arc<[String]>,
}

impl LogPaths {
    pub(crate) fn of(settings: &DecisionLogSettings) -> Self {
        Self { mask: settings.mask_decision.clone().into(), drop: settings.drop_decision.clone().into() }
    }
}

/// Why parts do not make a snapshot.
#[derive(Debug)]
pub(crate) enum AssemblyError {
    /// The modules do not compile.
    Compile(Vec<Diagnostic>),
    /// Rules and data stand at the same places.
    Conflict(Vec<Diagnostic>),
}

impl AssemblyError {
    pub(crate) fn diagnostics(self) -> Vec<Diagnostic> {
        match self {
            Self::Compile(diagnostics) | Self::Conflict(diagnostics) => diagnostics,
        }
    }
}

impl From<AssemblyError> for ApiError {
    fn from(error: AssemblyError) -> Self {
        match error {
            AssemblyError::Compile(diagnostics) => Self::of_diagnostics(COMPILING_MODULES, &diagnostics),
            AssemblyError::Conflict(diagnostics) => {
                let first = diagnostics.first().map(|first| first.message.clone()).unwrap_or_default();
                Self::of_diagnostics(&first, &diagnostics)
            }
        }
    }
}

impl From<AssemblyError> for BundleError {
    fn from(error: AssemblyError) -> Self {
        Self::Compile(error.diagnostics())
    }
}

impl Snapshot {
    /// Puts parts together; `before` is what they are a change of, so that what did not change need not be made again.
    pub(crate) fn assemble(parts: Parts, before: Option<&Self>) -> Result<Self, AssemblyError> {
        let same_modules = before.filter(|before| Arc::ptr_eq(&before.parts.modules, &parts.modules));
        let program = match same_modules {
            Some(before) => Arc::clone(&before.program),
            None => Arc::new(module::compile(&parts.modules).map_err(AssemblyError::Compile)?),
        };
        let same_data = before.filter(|before| parts.has_data_of(&before.parts));
        let data = match same_data {
            Some(before) => Arc::clone(&before.data),
            None => parts.merged_data(),
        };
        if same_modules.is_none() || same_data.is_none() {
            check_conflicts(&program, data.root())?;
        }
        let revision = before.map_or(1, |before| before.revision + 1);
        let policies = match same_modules {
            Some(before) => before.revisions.policies.clone(),
            None => module::revision(&parts.modules),
        };
        let revisions = Arc::new(Revisions { policies, data: parts.data_name(), inventory: None });
        let mut snapshot = Self { revision, program, data, revisions, mask: None, drop: None, parts };
        snapshot.mask = snapshot.document(&snapshot.parts.log_paths.mask);
        snapshot.drop = snapshot.document(&snapshot.parts.log_paths.drop);
        Ok(snapshot)
    }

    /// Grows by one with each change of policies or data.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// All policies.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The base document `data`.
    pub fn data(&self) -> &Arc<Frozen> {
        &self.data
    }

    /// What the record calls it: a digest of all modules, and the revisions of what its data comes from.
    pub fn revisions(&self) -> &Arc<Revisions> {
        &self.revisions
    }

    /// The revisions of the bundles in use, by name.
    pub fn bundle_revisions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts.bundles.iter().map(|(name, bundle)| (name.as_str(), bundle.manifest.revision.as_str()))
    }

    /// Why nobody but a bundle may write at `path`.
    pub(crate) fn owner_of(&self, path: &[String]) -> Option<String> {
        crate::bundle::owner_of(path, self.parts.bundle_roots())
    }

    /// Whether a rule is defined at `path`, below it or above it.
    pub(crate) fn has_rule_at(&self, path: &[String]) -> bool {
        let rules = self.program.modules().iter().flat_map(|module| &module.rules);
        rules.into_iter().any(|rule| rule.path.iter().zip(path).all(|(a, b)| a == b) && rule.path.len() <= path.len())
    }

    /// The document at names below `data`, if anything could ever be there: a rule, a package or base data.
    pub(crate) fn document(&self, names: &[String]) -> Option<DocumentPath> {
        let pointer = Pointer(names.iter().cloned().map(Segment::Key).collect());
        let is_there = self.has_rule_at(names) || edit::find(self.data.root(), &pointer).is_some();
        is_there.then(|| DocumentPath::new(names.to_vec()))
    }
}

impl Parts {
    pub(crate) fn bundle_roots(&self) -> impl Iterator<Item = (&String, &[Root])> + Clone {
        self.bundles.iter().map(|(name, bundle)| (name, bundle.manifest.roots.as_slice()))
    }

    /// What the data comes from: `files:2f5c bundle.authz:17 writes:3`.
    fn data_name(&self) -> String {
        let files = std::iter::once(format!("files:{}", self.data_revision));
        let bundles = self.bundles.iter().map(|(name, bundle)| format!("bundle.{name}:{}", bundle.manifest.revision));
        let writes = (self.writes > 0).then(|| format!("writes:{}", self.writes));
        files.chain(bundles).chain(writes).collect::<Vec<_>>().join(" ")
    }

    /// The bundle that what stands at `path` belongs to.
    pub(crate) fn bundle_of(&self, path: &[String]) -> Option<&str> {
        let owns = |roots: &[Root]| roots.iter().any(|root| root.contains(path));
        self.bundle_roots().find(|(_, roots)| owns(roots)).map(|(name, _)| name.as_str())
    }

    fn has_data_of(&self, other: &Self) -> bool {
        let same_bundle = |name: &String, bundle: &ActiveBundle| {
            other
                .bundles
                .get(name)
                .is_some_and(|other| Arc::ptr_eq(other.document.document(), bundle.document.document()))
        };
        Arc::ptr_eq(self.local.document(), other.local.document())
            && self.bundles.len() == other.bundles.len()
            && self.bundles.iter().all(|(name, bundle)| same_bundle(name, bundle))
    }

    /// Local data with that of the bundles at their roots, which hides what was there; what bundles say of themselves stands
    /// under `system.bundles`, as in OPA.
    fn merged_data(&self) -> Arc<Frozen> {
        if self.bundles.is_empty() {
            return Arc::clone(self.local.document());
        }
        let mut sources = vec![Arc::clone(self.local.document())];
        sources.extend(self.bundles.values().map(|bundle| Arc::clone(bundle.document.document())));
        let merged = Frozen::over(sources, |arena, roots| {
            let mut roots = roots.iter().copied();
            let mut data = roots.next().unwrap_or(Value::EMPTY_OBJECT);
            for ((name, bundle), document) in self.bundles.iter().zip(roots) {
                data = with_bundle(arena, data, name, bundle, document);
            }
            Ok::<_, Infallible>(data)
        });
        match merged {
            Ok(merged) => Arc::new(merged),
            Err(never) => match never {},
        }
    }
}

fn with_bundle<'a>(
    arena: &'a Arena,
    mut data: Value<'a>,
    name: &str,
    bundle: &ActiveBundle,
    document: Value<'a>,
) -> Value<'a> {
    let brought = document.get_str("data").unwrap_or(Value::EMPTY_OBJECT);
    let mut put = |path: &Pointer, value: Option<Value<'a>>| {
        // What is on the way and no object gives way: the place is the bundle's.
        for length in 1..path.0.len() {
            let above = Pointer(path.0.iter().take(length).cloned().collect());
            if value.is_some() && edit::find(data, &above).is_some_and(|value| value.as_object().is_none()) {
                data = edit::apply(arena, data, &above, Edit::Clear).unwrap_or(data);
            }
        }
        data = edit::apply(arena, data, path, value.map_or(Edit::Clear, Edit::Put)).unwrap_or(data);
    };
    for root in &bundle.manifest.roots {
        put(&root.pointer(), edit::find(brought, &root.pointer()));
    }
    let about = Pointer(["system", "bundles", name].iter().map(|&name| Segment::from(name)).collect());
    let mut said = vec![(arena.borrowed("manifest"), document.get_str("manifest").unwrap_or(Value::EMPTY_OBJECT))];
    let etag = bundle.etag.as_deref().filter(|_| bundle.remote);
    said.extend(etag.map(|etag| (arena.borrowed("etag"), arena.string(etag))));
    put(&about, Some(arena.object(&said)));
    data
}

/// Refuses data where a rule gives a document: a rule hides base data, and nobody would see which of the two counts. The same
/// for a value above a rule that is no object, which has no room for what the rule gives (`storage.NonEmpty` of OPA).
fn check_conflicts(program: &Program, data: Value<'_>) -> Result<(), AssemblyError> {
    let mut conflicts: Vec<Diagnostic> = Vec::new();
    for module in program.modules() {
        for rule in module.rules.iter().filter(|rule| !rule.path.is_empty()) {
            let path = Pointer(rule.path.iter().cloned().map(Segment::Key).collect());
            let is_there = |value: Value<'_>| value.as_object().is_none_or(|object| !object.is_empty());
            if edit::find(data, &path).is_some_and(is_there) || is_below_a_value(data, &rule.path) {
                let message = format!("conflicting rule for data path {} found", data_path::shown(&path));
                conflicts.push(
                    Diagnostic::new("rego_compile_error", message, &module.source, rule.span)
                        .help("rename the rule, or move the data"),
                );
            }
        }
    }
    conflicts.dedup_by(|a, b| a.message == b.message);
    if conflicts.is_empty() { Ok(()) } else { Err(AssemblyError::Conflict(conflicts)) }
}

/// Whether something on the way to `names` is there and is no object.
fn is_below_a_value(data: Value<'_>, names: &[String]) -> bool {
    let mut place = Some(data);
    names.iter().any(|name| {
        let above = place;
        place = above.and_then(|value| value.get_str(name));
        above.is_some_and(|value| value.as_object().is_none())
    })
}
