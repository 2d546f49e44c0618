//! A constraint as the rest of the house sees it.

use crate::constraint::{Action, Constraint, EnforcementPoint};
use crate::expansion::{Expanded, Expansions};
use crate::gatekeeper::{implied_by, implied_review};
use crate::inventory::namespace_in;
use crate::mutation::{Mutable, Mutators};
use crate::reviewed::Reviewed;
use crate::template::{Failure, Run};
use crate::violation::{Obstacle, Said, Words};
use decision::{
    Complaint, Effect, Input, Outcome, Patches, Policy, PolicyError, PolicyMetadata, Reads, Request, Session,
};
use kubernetes_types::KubernetesObject;
use kubernetes_types::admission::Operation;
use rego::{Evaluator, Limits};
use std::collections::BTreeSet;
use std::sync::Arc;
use value::{Arena, Value};

/// One constraint as a policy over requests.
///
/// It looks for `input.context.review`: the `request` of an AdmissionReview, as an admission point has it. Where there is none, as
/// in `provost check`, it reviews `input.object`. The Namespace of what is reviewed is `input.context.namespace` if that is there,
/// and else the one of the inventory.
pub(crate) struct ConstraintPolicy {
    metadata: Arc<PolicyMetadata>,
    constraint: Arc<Constraint>,
    mutators: Arc<Mutators>,
    /// None unless what the constraint is about may be implied by something else.
    expansions: Option<Arc<Expansions>>,
}

impl ConstraintPolicy {
    pub(crate) fn new(constraint: &Arc<Constraint>, mutators: &Arc<Mutators>, expansions: &Arc<Expansions>) -> Self {
        let origins = expansions.origins(|kind| constraint.matching.may_be_about(kind));
        Self {
            metadata: Arc::new(metadata(constraint, &origins)),
            constraint: Arc::clone(constraint),
            mutators: Arc::clone(mutators),
            expansions: (!origins.is_empty()).then(|| Arc::clone(expansions)),
        }
    }

    fn complaints(
        &self,
        said: Said,
        prefix: &str,
        override_action: Option<Action>,
    ) -> Result<Vec<Complaint>, PolicyError> {
        let effect = match override_action {
            Some(Action::Dryrun) => return Ok(Vec::new()),
            Some(Action::Warn) => Effect::Warn,
            Some(Action::Deny) | None => Effect::Deny,
        };
        let complaint = |Words { message, details, certainty }: Words| {
            // Findings have room for an object; anything else stands in one.
            let details = details.map(|details| match details.root() {
                Value::Object(_) => details,
                other => {
                    let arena = Arena::new();
                    value::Frozen::copy_of(arena.object(&[(arena.borrowed("details"), arena.copy(other))]))
                }
            });
            let message = message.map(|message| format!("{prefix}{message}"));
            Complaint { details, message, certainty, ..Complaint::new(effect, "") }
        };
        match said.obstacle {
            None => Ok(said.violations.into_iter().map(complaint).collect()),
            Some(Obstacle::Unmatched(error)) => Err(self.failure(error.to_string(), None)),
            Some(Obstacle::Failed(Failure { message, place })) => Err(self.failure(message, place)),
        }
    }

    fn failure(&self, message: String, place: Option<decision::PolicyPlace>) -> PolicyError {
        PolicyError { message, place: place.or_else(|| Some(self.metadata.place.clone())) }
    }
}

impl Policy for ConstraintPolicy {
    fn metadata(&self) -> &Arc<PolicyMetadata> {
        &self.metadata
    }

    fn evaluate(&self, request: &Request<'_>, session: &mut Session<'_, '_>) -> Result<Outcome, PolicyError> {
        if self.constraint.action_at(EnforcementPoint::of(request.point)).is_none() {
            return Ok(Outcome::default());
        }
        let (arena, data, host) = (session.arena, session.data, session.host);
        let reviewed = reviewed(arena, request.input, data);
        let expanded = session.kept_for_request(Expanded::default);
        let Some(evaluator) = session.scratch(|| Evaluator::new(Limits::default())) else {
            return Err(self.failure("there is no evaluator".to_owned(), None));
        };
        let evaluator = evaluator.limited(Limits::default());
        let mut run = Run { arena, data, host, evaluator, unknowns: request.unknowns };
        let mut complaints = self.complaints(self.constraint.judge(&reviewed, &mut run), "", None)?;
        if let (Some(expansions), Some(object)) = (&self.expansions, reviewed.object) {
            let expand = || match request.point.is_blocking() {
                true => expansions.expand(arena, object, reviewed.namespace, &self.mutators),
                false => expansions.expand_unmutated(arena, object, reviewed.namespace, &self.mutators),
            };
            let implied = match expanded {
                Some(expanded) => expanded.by(expansions, expand),
                None => expand(),
            };
            for implied in implied.map_err(|error| self.failure(error.to_string(), None))? {
                let said = self.constraint.judge(&implied_review(arena, implied.object, &reviewed), &mut run);
                let prefix = implied_by(implied.template);
                complaints.extend(self.complaints(said, &prefix, implied.action)?);
            }
        }
        Ok(Outcome { complaints })
    }
}

/// The id of the policy that all mutators are together: they are applied over and over, so that one alone says nothing.
pub(crate) const MUTATORS: &str = "mutations.gatekeeper.sh";

/// The mutators as a policy that judges nothing.
pub(crate) struct MutatorsPolicy {
    metadata: Arc<PolicyMetadata>,
    mutators: Arc<Mutators>,
}

impl MutatorsPolicy {
    pub(crate) fn new(mutators: &Arc<Mutators>) -> Self {
        let metadata = PolicyMetadata {
            title: "Gatekeeper's mutators".to_owned(),
            input: Input::Request,
            providers: vec!["kubernetes".to_owned()],
            // Each mutator may say which of them it is about.
            actions: vec!["create".to_owned(), "update".to_owned()],
            every_object: true,
            reads: Reads::NOTHING,
            patches: Patches::Only,
            ..PolicyMetadata::new(MUTATORS)
        };
        Self { metadata: Arc::new(metadata), mutators: Arc::clone(mutators) }
    }
}

impl Policy for MutatorsPolicy {
    fn metadata(&self) -> &Arc<PolicyMetadata> {
        &self.metadata
    }

    fn evaluate(&self, _request: &Request<'_>, _session: &mut Session<'_, '_>) -> Result<Outcome, PolicyError> {
        Ok(Outcome::default())
    }

    fn patch<'a>(
        &'a self,
        request: &Request<'a>,
        session: &mut Session<'a, '_>,
    ) -> Result<Option<Value<'a>>, PolicyError> {
        let arena = session.arena;
        let reviewed = reviewed(arena, request.input, session.data);
        let object = KubernetesObject::new(request.input.get_str("object").unwrap_or_default());
        let text = |value: Option<Value<'a>>| value.and_then(Value::as_str).unwrap_or_default();
        let mutable = Mutable {
            object,
            namespace: reviewed.namespace,
            namespace_name: Some(reviewed.namespace_name()).filter(|name| !name.is_empty()),
            source: reviewed.source,
            operation: Operation::parse(text(reviewed.review.get_str("operation"))),
            username: text(reviewed.review.get_str("userInfo").and_then(|user| user.get_str("username"))),
        };
        match self.mutators.mutate(arena, &mutable) {
            Ok(mutated) if mutated.by.is_empty() => Ok(None),
            Ok(mutated) => Ok(Some(mutated.object)),
            Err(error) => Err(PolicyError { message: error.to_string(), place: None }),
        }
    }
}

/// What a request is about, as templates see it.
fn reviewed<'a>(arena: &'a Arena, input: Value<'a>, data: Value<'a>) -> Reviewed<'a> {
    let context = input.get_str("context").unwrap_or_default();
    let object = |key: &str| context.get_str(key).filter(|value| value.as_object().is_some());
    let reviewed = match object("review") {
        Some(request) => Reviewed::of_request(arena, request),
        None => {
            let operation = match input.get_str("action").and_then(Value::as_str) {
                Some("create" | "import") => Some(Operation::Create),
                Some("update" | "replace") => Some(Operation::Update),
                Some("delete") => Some(Operation::Delete),
                Some("connect") => Some(Operation::Connect),
                _ => None,
            };
            Reviewed::of_object(arena, KubernetesObject::new(input.get_str("object").unwrap_or_default()), operation)
        }
    };
    let name = match reviewed.object.or(reviewed.old_object).map(KubernetesObject::namespace) {
        Some(name) if !name.is_empty() => name,
        _ => reviewed.namespace_name(),
    };
    let known = || data.get_str("inventory").and_then(|inventory| namespace_in(inventory, name));
    let namespace = object("namespace").map(KubernetesObject::new);
    reviewed.in_namespace(namespace.or_else(|| if name.is_empty() { None } else { known() }))
}

fn metadata(constraint: &Constraint, origins: &BTreeSet<&str>) -> PolicyMetadata {
    let template = &constraint.template;
    let kinds = constraint.matching.kind_names().map(|names| {
        names
            .into_iter()
            .chain(origins.iter().copied())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(str::to_owned)
            .collect()
    });
    let title = if template.title.is_empty() { template.kind.clone() } else { template.title.clone() };
    PolicyMetadata {
        id: constraint.id(),
        title,
        description: template.description.clone(),
        input: Input::Request,
        providers: vec!["kubernetes".to_owned()],
        kinds: kinds.unwrap_or_default(),
        namespaces: constraint
            .matching
            .namespace_patterns()
            .map(|patterns| patterns.map(str::to_owned).collect())
            .unwrap_or_default(),
        actions: actions(&template.operations),
        every_object: true,
        reads: Reads::NOTHING,
        modes: constraint.enforcement.modes(),
        place: constraint.place.clone(),
        ..PolicyMetadata::default()
    }
}

/// The actions of a request that are judged for a template's operations. An object that stays as it is is judged like one that
/// is made, because an audit looks at nothing else.
fn actions(operations: &[Operation]) -> Vec<String> {
    let mut actions: Vec<&str> = Vec::new();
    for operation in operations {
        actions.extend(match operation {
            Operation::Create => ["create", "import", "none"].as_slice(),
            Operation::Update => ["update", "replace", "none"].as_slice(),
            Operation::Delete => ["delete"].as_slice(),
            Operation::Connect => ["connect"].as_slice(),
        });
    }
    let unique: BTreeSet<_> = actions.into_iter().collect();
    unique.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
