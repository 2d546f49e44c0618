//! All of Gatekeeper's documents together, compiled.

use crate::constraint::{self, Constraint, EnforcementPoint};
use crate::expansion::{self, ExpansionError, Expansions};
use crate::manifest::Manifest;
use crate::matching::Source;
use crate::mistake::Problem;
use crate::mutation::{self, Mutators};
use crate::policy::{ConstraintPolicy, MutatorsPolicy};
use crate::reviewed::Reviewed;
use crate::template::{self, ConstraintTemplate, Run};
use crate::violation::Violation;
use decision::Policy;
use host::Host;
use kubernetes_types::KubernetesObject;
use rego::{Evaluator, Limits};
use std::collections::BTreeMap;
use std::sync::Arc;
use value::{Arena, Value};

/// The API groups whose documents are policies and not what they are about.
const GROUPS: [&str; 4] = [template::GROUP, constraint::GROUP, mutation::GROUP, expansion::GROUP];

/// Gatekeeper's documents, compiled: immutable, shared by all threads.
#[derive(Debug, Default)]
pub struct Gatekeeper {
    templates: Vec<Arc<ConstraintTemplate>>,
    constraints: Vec<Arc<Constraint>>,
    mutators: Arc<Mutators>,
    expansions: Arc<Expansions>,
}

/// What came of documents.
#[derive(Debug, Default)]
pub struct Compiled {
    /// Everything that nothing is wrong with.
    pub gatekeeper: Gatekeeper,
    /// What is wrong, document by document. What it is wrong with is left out, and so are constraints of such templates.
    pub problems: Vec<Problem>,
    /// Documents that are none of Gatekeeper's, by position among those given.
    pub others: Vec<usize>,
}

/// What reviewing runs with.
#[derive(Clone, Copy)]
pub struct ReviewOptions<'o> {
    /// Where the constraints are enforced.
    pub point: EnforcementPoint,
    /// What exists in the cluster: `{"cluster": ..., "namespace": ...}`; null when nobody knows.
    pub inventory: Value<'o>,
    /// Whether mutators have been applied already, as when an API server asks. Else they are, before an object is expanded; it
    /// is reviewed as it is all the same.
    pub mutated: bool,
    /// The world, as far as templates may see it.
    pub host: &'o dyn Host,
}

/// Whether a document is one of Gatekeeper's: a template, a constraint, a mutator or an expansion.
pub fn is_gatekeepers(document: KubernetesObject<'_>) -> bool {
    GROUPS.contains(&document.group_version_kind().group)
}

impl Gatekeeper {
    /// Compiles the documents of Gatekeeper among `manifests`, in whatever order they come.
    pub fn compile(manifests: &[Manifest<'_>]) -> Compiled {
        let in_group = |group: &'static str, kind: Option<&'static str>| {
            manifests.iter().filter(move |manifest| {
                let found = manifest.object().group_version_kind();
                found.group == group && kind.is_none_or(|kind| found.kind == kind)
            })
        };
        let mut problems = Vec::new();
        let mut templates: BTreeMap<String, Option<Arc<ConstraintTemplate>>> = BTreeMap::new();
        for manifest in in_group(template::GROUP, Some(template::KIND)) {
            match ConstraintTemplate::read(manifest) {
                Ok(template) => drop(templates.insert(template.kind.clone(), Some(Arc::new(template)))),
                Err(mistakes) => {
                    // Its constraints are not blamed for it as well.
                    templates.entry(declared_kind(manifest)).or_insert(None);
                    problems.extend(mistakes.into_iter().map(|mistake| mistake.at(manifest)));
                }
            }
        }
        let mut constraints: BTreeMap<String, Arc<Constraint>> = BTreeMap::new();
        for manifest in in_group(constraint::GROUP, None) {
            let kind = manifest.object().kind();
            let read = match templates.get(kind) {
                Some(Some(template)) => Constraint::read(manifest, template),
                Some(None) => continue,
                None => {
                    let known: Vec<&str> = templates.keys().map(String::as_str).collect();
                    Err(vec![constraint::without_template(kind, &known)])
                }
            };
            match read {
                // The last of a name stays, as with `kubectl apply`.
                Ok(constraint) => drop(constraints.insert(constraint.id(), Arc::new(constraint))),
                Err(mistakes) => problems.extend(mistakes.into_iter().map(|mistake| mistake.at(manifest))),
            }
        }
        let (mutators, wrong_mutators) = Mutators::read(in_group(mutation::GROUP, None));
        let (expansions, wrong_expansions) = Expansions::read(in_group(expansion::GROUP, Some(expansion::KIND)));
        problems.extend(wrong_mutators);
        problems.extend(wrong_expansions);
        let others = manifests.iter().enumerate().filter(|(_, manifest)| !is_gatekeepers(manifest.object()));
        Compiled {
            gatekeeper: Self {
                templates: templates.into_values().flatten().collect(),
                constraints: constraints.into_values().collect(),
                mutators: Arc::new(mutators),
                expansions: Arc::new(expansions),
            },
            problems,
            others: others.map(|(index, _)| index).collect(),
        }
    }

    /// One constraint and what it needs.
    pub(crate) fn of(
        template: Arc<ConstraintTemplate>,
        constraint: Constraint,
        mutators: Mutators,
        expansions: Expansions,
    ) -> Self {
        Self {
            templates: vec![template],
            constraints: vec![Arc::new(constraint)],
            mutators: Arc::new(mutators),
            expansions: Arc::new(expansions),
        }
    }

    /// The templates, by kind.
    pub fn templates(&self) -> &[Arc<ConstraintTemplate>] {
        &self.templates
    }

    /// The constraints, by kind and name.
    pub fn constraints(&self) -> &[Arc<Constraint>] {
        &self.constraints
    }

    /// The mutators.
    pub fn mutators(&self) -> &Arc<Mutators> {
        &self.mutators
    }

    /// The ExpansionTemplates.
    pub fn expansions(&self) -> &Arc<Expansions> {
        &self.expansions
    }

    /// The constraints as policies, one each, and the mutators as one that patches. Whoever decides puts `inventory` into the data that policies see.
    pub fn policies(&self) -> Vec<Arc<dyn Policy>> {
        let policy = |constraint: &Arc<Constraint>| -> Arc<dyn Policy> {
            Arc::new(ConstraintPolicy::new(constraint, &self.mutators, &self.expansions))
        };
        let mutators: Option<Arc<dyn Policy>> =
            (!self.mutators.is_empty()).then(|| Arc::new(MutatorsPolicy::new(&self.mutators)) as _);
        self.constraints.iter().map(policy).chain(mutators).collect()
    }

    /// What the constraints hold against what is reviewed, and against what it implies.
    ///
    /// # Errors
    /// When it cannot be expanded.
    pub fn review<'a>(
        &'a self,
        arena: &'a Arena,
        reviewed: &Reviewed<'a>,
        options: &ReviewOptions<'a>,
    ) -> Result<Vec<Violation>, ExpansionError> {
        let mut evaluator = Evaluator::new(Limits::default());
        let inventory = arena.object(&[(arena.borrowed("inventory"), options.inventory)]);
        let data = if matches!(options.inventory, Value::Null) { Value::EMPTY_OBJECT } else { inventory };
        let mut run = Run { arena, data, host: options.host, evaluator: &mut evaluator, unknowns: false };
        let mut violations = Vec::new();
        for constraint in &self.constraints {
            if let Some(action) = constraint.action_at(options.point) {
                violations.extend(constraint.judge(reviewed, &mut run).into_violations(constraint, action, ""));
            }
        }
        if self.expansions.is_empty() || reviewed.source == Source::Generated {
            return Ok(violations);
        }
        let Some(object) = reviewed.object else { return Ok(violations) };
        let (namespace, mutators) = (reviewed.namespace, &*self.mutators);
        let implied = match options.mutated {
            true => self.expansions.expand(arena, object, namespace, mutators)?,
            false => self.expansions.expand_unmutated(arena, object, namespace, mutators)?,
        };
        for implied in implied {
            let prefix = implied_by(implied.template);
            let reviewed = implied_review(arena, implied.object, reviewed);
            for constraint in &self.constraints {
                if let Some(action) = constraint.action_at(options.point) {
                    let action = implied.action.unwrap_or(action);
                    violations
                        .extend(constraint.judge(&reviewed, &mut run).into_violations(constraint, action, &prefix));
                }
            }
        }
        Ok(violations)
    }
}

/// What stands before words about an object that a template made.
pub(crate) fn implied_by(template: &str) -> String {
    format!("[Implied by {template}] ")
}

/// The review of an object that the reviewed one implies. It has no user and no operation: whoever makes it is somebody else.
pub(crate) fn implied_review<'a>(
    arena: &'a Arena,
    object: KubernetesObject<'a>,
    parent: &Reviewed<'a>,
) -> Reviewed<'a> {
    Reviewed::of_object(arena, object, None).generated_by(parent)
}

/// The kind that a template would define, as far as that can be told from one that is wrong.
fn declared_kind(manifest: &Manifest<'_>) -> String {
    let path = ["spec", "crd", "spec", "names", "kind"];
    let kind = path.iter().try_fold(manifest.root(), |value, key| value.get_str(key));
    kind.and_then(Value::as_str).unwrap_or_default().to_owned()
}
