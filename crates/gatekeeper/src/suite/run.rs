//! Running a suite.

use super::assertion::Difference;
use super::case;
use super::filter::Filter;
use super::{Case, Suite, Test};
use crate::constraint::{self, Constraint, EnforcementPoint};
use crate::expansion::{self, Expansions};
use crate::files::ManifestFile;
use crate::gatekeeper::{Gatekeeper, ReviewOptions};
use crate::inventory::{Inventory, namespace_in};
use crate::manifest::Manifest;
use crate::mistake::{Mistake, MistakeKind, Problem};
use crate::mutation::Mutators;
use crate::template::{self, ConstraintTemplate};
use crate::violation::Cause;
use host::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::{Arena, Diagnostic};

/// What running a suite came to.
#[derive(Debug, Default)]
pub struct SuiteRun {
    /// Each case that was selected, and each test without cases.
    pub checked: Vec<Checked>,
    /// The kinds of the templates that have CEL beside the Rego that was run.
    pub cel_not_run: BTreeSet<String>,
}

/// A case, or a test without cases, and how it ended.
#[derive(Debug)]
pub struct Checked {
    /// The file of the suite.
    pub file: String,
    /// The test.
    pub test: String,
    /// The case; none when it is about the test itself.
    pub case: Option<String>,
    /// Its line in the suite, from 1.
    pub line: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// How a case ended.
#[derive(Debug)]
pub enum Outcome {
    /// As expected.
    Passed,
    /// Otherwise than expected: which expectations were not met.
    Failed(Vec<Difference>),
    /// A constraint that should be refused is not, and what is said about it instead.
    NotRefused(String),
    /// It could not be run.
    Error(Vec<Diagnostic>),
    /// The suite says to leave it out.
    Skipped,
}

impl Suite {
    /// Runs the tests and cases that `filter` takes.
    pub fn run(&self, filter: &Filter, host: &dyn Host) -> SuiteRun {
        let mut runner = Runner { suite: self, host, templates: BTreeMap::new(), run: SuiteRun::default() };
        for test in &self.tests {
            runner.test(test, filter);
        }
        runner.run
    }
}

/// What a test needs, read and compiled.
struct Prepared {
    gatekeeper: Gatekeeper,
}

/// Why a test cannot be run as it is.
enum Unprepared {
    /// The constraint is refused, for these reasons.
    Constraint(Vec<Problem>),
    /// Anything else.
    Error(Vec<Diagnostic>),
}

struct Runner<'s> {
    suite: &'s Suite,
    host: &'s dyn Host,
    /// Templates by the name of their file: the tests of a suite mostly share one.
    templates: BTreeMap<&'s str, Arc<ConstraintTemplate>>,
    run: SuiteRun,
}

impl<'s> Runner<'s> {
    fn test(&mut self, test: &'s Test, filter: &Filter) {
        let selected: Vec<&Case> =
            test.cases.iter().filter(|case| filter.takes(&test.name, Some(&case.name))).collect();
        let alone = test.cases.is_empty() || test.invalid;
        if selected.is_empty() && !(alone && filter.takes(&test.name, None)) {
            return;
        }
        let started = Instant::now();
        if self.suite.skip || test.skip {
            if alone {
                self.tell(test, None, started, Outcome::Skipped);
            }
            selected.into_iter().for_each(|case| self.tell(test, Some(case), started, Outcome::Skipped));
            return;
        }
        match (self.prepare(test), test.invalid) {
            (Ok(_), true) => {
                let found = "the constraint is valid".to_owned();
                self.tell(test, None, started, Outcome::NotRefused(found));
            }
            (Ok(prepared), false) => {
                if test.cases.is_empty() {
                    self.tell(test, None, started, Outcome::Passed);
                }
                for case in selected {
                    let started = Instant::now();
                    let outcome = if case.skip { Outcome::Skipped } else { self.case(case, &prepared) };
                    self.tell(test, Some(case), started, outcome);
                }
            }
            (Err(Unprepared::Constraint(problems)), true) => {
                let by_schema = problems.iter().any(|problem| problem.mistake.kind == MistakeKind::Schema);
                let outcome = if by_schema {
                    Outcome::Passed
                } else {
                    let reasons: Vec<_> = problems.iter().map(|problem| problem.mistake.message.as_str()).collect();
                    Outcome::NotRefused(format!("the constraint is refused for another reason: {}", reasons.join("; ")))
                };
                self.tell(test, None, started, outcome);
            }
            (Err(Unprepared::Constraint(problems)), false) => {
                let diagnostics = problems.iter().map(Problem::diagnostic).collect();
                self.tell(test, None, started, Outcome::Error(diagnostics));
            }
            (Err(Unprepared::Error(diagnostics)), _) => self.tell(test, None, started, Outcome::Error(diagnostics)),
        }
    }

    fn tell(&mut self, test: &Test, case: Option<&Case>, started: Instant, outcome: Outcome) {
        self.run.checked.push(Checked {
            file: self.suite.file.clone(),
            test: test.name.clone(),
            case: case.map(|case| case.name.clone()),
            line: case.map_or(test.line, |case| case.line),
            outcome,
            took: started.elapsed(),
        });
    }

    fn prepare(&mut self, test: &'s Test) -> Result<Prepared, Unprepared> {
        let missing = |what: &str| Unprepared::Error(vec![self.error(test.line, format!("the test names no {what}"))]);
        let template = test.template.as_deref().ok_or_else(|| missing("template"))?;
        let constraint = test.constraint.as_deref().ok_or_else(|| missing("constraint"))?;
        let template = self.template(template).map_err(Unprepared::Error)?;
        let file = self.read(constraint).map_err(|diagnostic| Unprepared::Error(vec![diagnostic]))?;
        let constraint = {
            let manifests = file.manifests();
            let found =
                manifests.first().filter(|manifest| manifest.object().group_version_kind().group == constraint::GROUP);
            let Some(manifest) = found else {
                let message = format!("`{}` holds no constraint", file.source.name);
                return Err(Unprepared::Error(vec![self.error(test.line, message)]));
            };
            read_constraint(manifest, &template).map_err(|mistakes| {
                Unprepared::Constraint(mistakes.into_iter().map(|mistake| mistake.at(manifest)).collect())
            })?
        };
        let expansions = match &test.expansion {
            None => Expansions::default(),
            Some(name) => self.expansions(name, test.line).map_err(Unprepared::Error)?,
        };
        let gatekeeper = Gatekeeper::of(template, constraint, Mutators::default(), expansions);
        Ok(Prepared { gatekeeper })
    }

    fn template(&mut self, name: &'s str) -> Result<Arc<ConstraintTemplate>, Vec<Diagnostic>> {
        if let Some(template) = self.templates.get(name) {
            return Ok(Arc::clone(template));
        }
        let file = self.read(name).map_err(|diagnostic| vec![diagnostic])?;
        let manifests = file.manifests();
        let found = manifests.first().filter(|manifest| {
            let kind = manifest.object().group_version_kind();
            (kind.group, kind.kind) == (template::GROUP, template::KIND)
        });
        let Some(manifest) = found else {
            return Err(vec![self.error(1, format!("`{}` holds no ConstraintTemplate", file.source.name))]);
        };
        let template = ConstraintTemplate::read(manifest).map_err(|mistakes| {
            mistakes.into_iter().map(|mistake| mistake.at(manifest).diagnostic()).collect::<Vec<_>>()
        })?;
        if template.has_cel {
            self.run.cel_not_run.insert(template.kind.clone());
        }
        let template = Arc::new(template);
        self.templates.insert(name, Arc::clone(&template));
        Ok(template)
    }

    fn expansions(&self, name: &str, line: u32) -> Result<Expansions, Vec<Diagnostic>> {
        let file = self.read(name).map_err(|diagnostic| vec![diagnostic])?;
        let manifests = file.manifests();
        let is_expansion = |manifest: &Manifest<'_>| {
            let kind = manifest.object().group_version_kind();
            (kind.group, kind.kind) == (expansion::GROUP, expansion::KIND)
        };
        if manifests.is_empty() || !manifests.iter().all(is_expansion) {
            let message = format!("`{}` must hold ExpansionTemplates and nothing else", file.source.name);
            return Err(vec![self.error(line, message)]);
        }
        let (expansions, problems) = Expansions::read(&manifests);
        if problems.is_empty() { Ok(expansions) } else { Err(problems.iter().map(Problem::diagnostic).collect()) }
    }

    fn case(&self, case: &Case, prepared: &Prepared) -> Outcome {
        match self.messages(case, prepared) {
            Err(diagnostic) => Outcome::Error(vec![diagnostic]),
            Ok(messages) => {
                let differences: Vec<_> =
                    case.assertions.iter().filter_map(|assertion| assertion.difference(&messages)).collect();
                if differences.is_empty() { Outcome::Passed } else { Outcome::Failed(differences) }
            }
        }
    }

    /// The words of all violations.
    fn messages(&self, case: &Case, prepared: &Prepared) -> Result<Vec<String>, Diagnostic> {
        let error = |message: String| self.error(case.line, message);
        let object = case.object.as_deref().ok_or_else(|| error("the case names no object".to_owned()))?;
        if case.assertions.is_empty() {
            return Err(
                error("the case expects nothing".to_owned()).help("add `assertions`, such as `- violations: yes`")
            );
        }
        let mut inventory = Inventory::new();
        for name in &case.inventory {
            let file = self.read(name)?;
            for manifest in file.manifests() {
                inventory
                    .insert_of_suite(manifest.object())
                    .map_err(|no_place| error(format!("`{}`: {no_place}", file.source.name)))?;
            }
        }
        let inventory = inventory.snapshot();
        let file = self.read(object)?;
        let manifests = file.manifests();
        let [manifest] = manifests.as_slice() else {
            return Err(error(format!("`{}` holds {} objects, and must hold one", file.source.name, manifests.len())));
        };
        let arena = Arena::new();
        let reviewed =
            case::reviewed(&arena, manifest).map_err(|message| error(format!("`{}`: {message}", file.source.name)))?;
        let namespace = match reviewed.object.or(reviewed.old_object).map(|object| object.namespace()) {
            Some(name) if !name.is_empty() => name,
            _ => reviewed.namespace_name(),
        };
        let reviewed = reviewed.in_namespace(namespace_in(inventory.root(), namespace)).in_suite();
        let options = ReviewOptions {
            point: EnforcementPoint::Gator,
            inventory: inventory.root(),
            mutated: false,
            host: self.host,
        };
        let violations = prepared
            .gatekeeper
            .review(&arena, &reviewed, &options)
            .map_err(|expansion| error(expansion.to_string()))?;
        if let Some(failed) = violations.iter().find(|violation| matches!(violation.cause, Cause::Failed(_))) {
            let place = match &failed.cause {
                Cause::Failed(Some(place)) => format!(" at {place}"),
                _ => String::new(),
            };
            return Err(error(format!("the template failed{place}: {}", failed.message)));
        }
        Ok(violations.into_iter().map(|violation| violation.message).collect())
    }

    /// A file that the suite names.
    fn read(&self, name: &str) -> Result<ManifestFile, Diagnostic> {
        let path = self.suite.folder.join(name);
        let folder = self.suite.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let shown = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        ManifestFile::read(&path, &shown)
    }

    /// A mistake of the suite itself.
    fn error(&self, line: u32, message: String) -> Diagnostic {
        let message = format!("{}:{line}: {message}", self.suite.file);
        Diagnostic { code: "gatekeeper_suite_error", message, source: None, span: value::Span::default(), help: None }
    }
}

fn read_constraint(manifest: &Manifest<'_>, template: &Arc<ConstraintTemplate>) -> Result<Constraint, Vec<Mistake>> {
    let kind = manifest.object().kind();
    if kind != template.kind {
        return Err(vec![constraint::without_template(kind, &[&template.kind])]);
    }
    Constraint::read(manifest, template)
}
