//! The files of a command: templates, constraints, mutators and objects, in any order.

use crate::problem::Problem;
use anyhow::Result;
use gatekeeper::{Compiled, Gatekeeper, Inventory, Manifest, ManifestFile, Problem as Mistake, Reviewed, namespace_in};
use kubernetes_types::KubernetesObject;
use repository::{Configuration, Discovery, discover};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use value::{Arena, Diagnostic, Frozen, Span, Value};

/// Manifests that were read.
#[derive(Debug, Default)]
pub(crate) struct Manifests {
    files: Vec<ManifestFile>,
    /// What could not be read.
    diagnostics: Vec<Diagnostic>,
}

impl Manifests {
    /// Reads files, folders with files anywhere below, and standard input for `-` and where nothing is named.
    pub(crate) fn read(mut paths: Vec<PathBuf>) -> Result<Self> {
        if paths.is_empty() {
            if io::stdin().is_terminal() {
                let help = "name files or folders, or write manifests to standard input";
                return Err(Problem::new("there is nothing to read", help).into());
            }
            paths.push(PathBuf::from("-"));
        }
        let Discovery { files, diagnostics } = discover(&paths, None);
        let mut manifests = Self { files: Vec::new(), diagnostics };
        let bytes_max = Configuration::default().limits.file_bytes_max;
        for file in files {
            match file.read(bytes_max, io::stdin().lock()) {
                Ok(None) => {}
                Ok(Some(source)) => match ManifestFile::parse_objects(source) {
                    Ok(file) => manifests.files.push(file),
                    Err(diagnostic) => manifests.diagnostics.push(diagnostic),
                },
                Err(diagnostic) => manifests.diagnostics.push(diagnostic),
            }
        }
        Ok(manifests)
    }

    /// What the files come to together.
    pub(crate) fn understand(&self) -> Understood<'_> {
        let all: Vec<_> = self.files.iter().flat_map(ManifestFile::manifests).collect();
        let (surroundings, mut diagnostics) = Surroundings::of(&all);
        diagnostics.extend(self.diagnostics.iter().cloned());
        let Compiled { gatekeeper, problems, .. } = Gatekeeper::compile(&all);
        diagnostics.extend(problems.iter().map(Mistake::diagnostic));
        Understood { all, surroundings, gatekeeper, diagnostics }
    }
}

/// Manifests, and what they are to one another.
#[derive(Debug)]
pub(crate) struct Understood<'m> {
    /// All documents, in the order of the files.
    pub(crate) all: Vec<Manifest<'m>>,
    /// What they say exists.
    pub(crate) surroundings: Surroundings,
    /// The policies among them.
    pub(crate) gatekeeper: Gatekeeper,
    /// What is wrong with any of them.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// What the files say exists.
#[derive(Debug)]
pub(crate) struct Surroundings {
    inventory: Arc<Frozen>,
    /// The Namespace `default`, which every cluster has.
    default: Frozen,
    /// A Namespace of which nothing is known.
    unnamed: Frozen,
}

impl Surroundings {
    /// Surroundings of the objects in `manifests`. Documents that do not say what they are cannot be objects.
    fn of(manifests: &[Manifest<'_>]) -> (Self, Vec<Diagnostic>) {
        let mut inventory = Inventory::new();
        let mut diagnostics = Vec::new();
        for manifest in manifests {
            let object = manifest.object();
            let kind = object.group_version_kind();
            if kind.version.is_empty() || kind.kind.is_empty() {
                let message = "the document is no Kubernetes object: it has no `apiVersion` and `kind`".to_owned();
                let source = manifest.source.cloned();
                let diagnostic =
                    Diagnostic { code: "manifest_error", message, source, span: Span::default(), help: None };
                diagnostics.push(diagnostic.help("name only files with manifests"));
                continue;
            }
            // An object without a name, which is made with `generateName`, cannot be looked up by it.
            let _ = inventory.insert(object);
        }
        let default = Frozen::build(|arena| {
            let metadata = arena.object(&[(arena.borrowed("name"), arena.borrowed("default"))]);
            Ok::<_, std::convert::Infallible>(arena.object(&[(arena.borrowed("metadata"), metadata)]))
        });
        let unnamed = Frozen::copy_of(Value::EMPTY_OBJECT);
        let default = default.unwrap_or_else(|never| match never {});
        (Self { inventory: inventory.snapshot(), default, unnamed }, diagnostics)
    }

    /// All objects as templates see them.
    pub(crate) fn inventory(&self) -> Value<'_> {
        self.inventory.root()
    }

    /// The review of an object. Templates see the Namespace among the files: what gator takes for the others says nothing about
    /// them.
    pub(crate) fn review<'a>(&'a self, arena: &'a Arena, object: KubernetesObject<'a>) -> Reviewed<'a> {
        let review = Reviewed::of_object(arena, object, None);
        match namespace_in(self.inventory.root(), object.namespace()) {
            Some(known) => review.in_namespace(Some(known)),
            None => review.in_assumed_namespace(self.namespace(object)),
        }
    }

    /// The Namespace of an object, as gator sees it: the one among the files; `default` is everywhere; an object that could
    /// be in a namespace and names none is in one of which nothing is known.
    pub(crate) fn namespace<'a>(&'a self, object: KubernetesObject<'_>) -> Option<KubernetesObject<'a>> {
        match object.namespace() {
            "" if object.group_version_kind().is_built_in_cluster_scoped() || gatekeeper::is_gatekeepers(object) => {
                None
            }
            "" => Some(KubernetesObject::new(self.unnamed.root())),
            name => {
                let known = namespace_in(self.inventory.root(), name);
                let default = || (name == "default").then(|| KubernetesObject::new(self.default.root()));
                known.or_else(default)
            }
        }
    }
}
