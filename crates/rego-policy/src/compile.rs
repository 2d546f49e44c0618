//! Modules to policies.

use crate::decision_rules::PackageRules;
use crate::metadata::{self, Annotated};
use crate::policy::RegoPolicy;
use crate::reads::PackagesRead;
use crate::references;
use decision::{Input, Patches, Policy, SHARED_KEYS};
use rego::annotations;
use rego::syntax::ast::{Dialect, Expr, ExprKind, Module};
use rego::syntax::walk::{self, Node};
use rego::{CompileOptions, Limits, Program};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use value::{Diagnostic, Source};

/// How to read and evaluate policies.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the modules are written in.
    pub dialect: Dialect,
    /// What one evaluation may use.
    pub limits: Limits,
}

/// What came of the modules.
#[derive(Default)]
pub struct Compiled {
    /// Policies in which nothing is wrong.
    pub policies: Vec<Arc<dyn Policy>>,
    /// What they run on, together with their helpers. None when there is nothing to run.
    pub program: Option<Arc<Program>>,
    /// What is wrong, module by module. A package with a mistake in it, and those that use it, are not among the policies.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles the modules of one repository together.
///
/// One mistake does not take the other policies away: what can be judged is judged, and whoever asks sees from the
/// diagnostics that it is not all.
pub fn compile(sources: &[Arc<Source>], options: &Options) -> Compiled {
    let mut diagnostics = Vec::new();
    let mut broken: BTreeSet<Vec<String>> = BTreeSet::new();
    let mut modules: Vec<Module> = Vec::new();
    for source in sources {
        let (module, mistakes) = rego::syntax::parse_module(source, options.dialect);
        if mistakes.is_empty() {
            modules.push(module);
        } else {
            broken.insert(module.package.path);
            diagnostics.extend(explain_dialect(source, options.dialect, mistakes));
        }
    }
    let reads = PackagesRead::of(&modules.iter().collect::<Vec<_>>());
    let (metadata, rules) = {
        let mut annotated = Vec::with_capacity(modules.len());
        for module in &modules {
            let (annotations, mistakes) = annotations::of_module(module);
            if !mistakes.is_empty() {
                broken.insert(module.package.path.clone());
                diagnostics.extend(mistakes);
            }
            annotated.push(Annotated { module, annotations });
        }
        describe(&annotated, &mut broken, &mut diagnostics)
    };
    let program = link(modules, &mut broken, &mut diagnostics);
    let mut policies: Vec<Arc<dyn Policy>> = Vec::new();
    if let Some(program) = &program {
        let sound = program.modules().iter().map(|module| &module.package).collect::<BTreeSet<_>>();
        for (path, mut metadata) in metadata {
            let Some(rules) = rules.get(&path) else { continue };
            if sound.contains(&path) && (!rules.decisions.is_empty() || !rules.patches.is_empty()) {
                metadata.reads = reads.by(&path);
                policies.push(Arc::new(RegoPolicy::new(metadata, &path, rules, Arc::clone(program), options.limits)));
            }
        }
    }
    Compiled { policies, program, diagnostics }
}

type ByPackage<T> = BTreeMap<Vec<String>, T>;

/// What each package says about itself, and its decision rules.
fn describe(
    annotated: &[Annotated<'_>],
    broken: &mut BTreeSet<Vec<String>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (ByPackage<decision::PolicyMetadata>, ByPackage<PackageRules>) {
    let mut packages: ByPackage<Vec<&Annotated<'_>>> = BTreeMap::new();
    for module in annotated {
        packages.entry(module.module.package.path.clone()).or_default().push(module);
    }
    let mut all_metadata = BTreeMap::new();
    let mut all_rules = BTreeMap::new();
    for (path, modules) in &packages {
        let mut mistakes = Vec::new();
        let mut rules = PackageRules::default();
        modules.iter().for_each(|module| rules.add(module.module, &mut mistakes));
        let above: Vec<_> =
            (0..path.len()).filter_map(|depth| packages.get(path.get(..depth)?)).flatten().copied().collect();
        let mut metadata = metadata::of_package(path, modules, &above, &mut mistakes);
        metadata.patches = match (rules.patches.is_empty(), rules.decisions.is_empty()) {
            (true, _) => Patches::Never,
            (false, true) => Patches::Only,
            (false, false) => Patches::Also,
        };
        if metadata.patches != Patches::Never && metadata.input == Input::Document {
            mistakes.extend(modules.first().map(|module| patches_a_document(module.module)));
        }
        if metadata.input == Input::Request {
            let modules: Vec<_> = modules.iter().map(|module| module.module).collect();
            mistakes.extend(references::check(&modules));
            rules.reads = references::read_paths(&modules);
        }
        if !mistakes.is_empty() {
            broken.insert(path.clone());
            diagnostics.append(&mut mistakes);
        }
        all_metadata.insert(path.clone(), metadata);
        all_rules.insert(path.clone(), rules);
    }
    (all_metadata, all_rules)
}

/// Nobody would ask for the changes of a policy over documents.
fn patches_a_document(module: &Module) -> Diagnostic {
    let message = "this policy changes what it is asked about, and it is evaluated over whole documents";
    Diagnostic::new("policy_rule_error", message, &module.source, module.package.span)
        .help("add `input: request` to the package's metadata, under `custom.provost`")
}

/// The program of all modules but those in broken packages and those that use one: without it they would decide something
/// else than their authors wrote.
fn link(
    mut modules: Vec<Module>,
    broken: &mut BTreeSet<Vec<String>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Arc<Program>> {
    let shared_input = SHARED_KEYS.map(str::to_owned).to_vec();
    let options = CompileOptions { shared_input, ..CompileOptions::default() };
    loop {
        remove_broken(&mut modules, broken);
        if modules.is_empty() {
            return None;
        }
        match rego::compile(modules.clone(), &options) {
            Ok(program) => return Some(Arc::new(program)),
            Err(mistakes) => {
                let before = broken.len();
                for mistake in &mistakes {
                    let source = mistake.source.as_ref().map(|source| &source.name);
                    let found = modules.iter().find(|module| Some(&module.source.name) == source);
                    broken.extend(found.map(|module| module.package.path.clone()));
                }
                diagnostics.extend(mistakes);
                if broken.len() == before {
                    return None;
                }
            }
        }
    }
}

fn remove_broken(modules: &mut Vec<Module>, broken: &mut BTreeSet<Vec<String>>) {
    if broken.is_empty() {
        return;
    }
    let uses: Vec<BTreeSet<Vec<String>>> = modules.iter().map(data_references).collect();
    loop {
        let before = broken.len();
        for (module, uses) in modules.iter().zip(&uses) {
            let uses_broken = uses.iter().any(|path| broken.iter().any(|package| reaches(path, package)));
            if uses_broken {
                broken.insert(module.package.path.clone());
            }
        }
        if broken.len() == before {
            break;
        }
    }
    modules.retain(|module| !broken.contains(&module.package.path));
}

/// Whether a reference to `path` below `data` reads `package`: it leads into it, or to something that holds it.
pub(crate) fn reaches(path: &[String], package: &[String]) -> bool {
    !package.is_empty() && path.iter().zip(package).all(|(part, name)| part == name)
}

/// The fixed parts of all references below `data`.
pub(crate) fn data_references(module: &Module) -> BTreeSet<Vec<String>> {
    let mut references = BTreeSet::new();
    for import in &module.imports {
        if let [root, path @ ..] = import.path.as_slice()
            && root == "data"
        {
            references.insert(path.to_vec());
        }
    }
    for rule in &module.rules {
        walk::rule(rule, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Ref { head, path }, .. }) = node
                && matches!(&head.kind, ExprKind::Var(name) if name == "data")
            {
                let fixed = path.iter().map_while(|part| match &part.kind {
                    ExprKind::String(text) => Some(text.clone()),
                    _ => None,
                });
                references.insert(fixed.collect());
            }
        });
    }
    references
}

/// When a module is well formed in the other dialect, that is the one thing to say about it.
fn explain_dialect(source: &Arc<Source>, dialect: Dialect, mistakes: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let (other, found, help) = match dialect {
        Dialect::V1 => (
            Dialect::V0,
            "this module is written in Rego v0",
            "set `rego_version: v0` in provost.yaml, or bring the module to v1 with `opa fmt --write --v0-v1`",
        ),
        Dialect::V0 => (
            Dialect::V1,
            "this module is written in Rego v1",
            "set `rego_version: v1` in provost.yaml, or add `import rego.v1` to the module",
        ),
    };
    let (_, in_other) = rego::syntax::parse_module(source, other);
    match mistakes.first() {
        Some(first) if in_other.is_empty() => {
            let message = format!("{found}: {}", first.message);
            vec![Diagnostic { message, help: Some(help.to_owned()), ..first.clone() }]
        }
        _ => mistakes,
    }
}
