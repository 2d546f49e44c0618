//! A package with decision rules, as the rest of the house sees it.

use crate::decision_rules::{DecisionRule, EXCEPTION, PackageRules};
use crate::evaluate::{self, RuleAnswer};
use crate::patch;
use crate::rule_value;
use crate::unknown;
use decision::{Certainty, Outcome, Policy, PolicyError, PolicyMetadata, Request, Session};
use rego::{DocumentPath, Limits, Program};
use std::sync::Arc;
use value::Value;

/// One policy of a program.
pub(crate) struct RegoPolicy {
    metadata: Arc<PolicyMetadata>,
    program: Arc<Program>,
    limits: Limits,
    decisions: Vec<(DecisionRule, DocumentPath)>,
    patches: Vec<(String, DocumentPath)>,
    exception: Option<DocumentPath>,
    /// The parts of the request that it reads, the most particular first.
    reads: Vec<Vec<String>>,
}

impl RegoPolicy {
    pub(crate) fn new(
        metadata: PolicyMetadata,
        package: &[String],
        rules: &PackageRules,
        program: Arc<Program>,
        limits: Limits,
    ) -> Self {
        let path = |name: &str| DocumentPath::new(package.iter().cloned().chain([name.to_owned()]).collect());
        let decisions = rules.decisions.values().map(|rule| (rule.clone(), path(&rule.name))).collect();
        Self {
            metadata: Arc::new(metadata),
            program,
            limits,
            decisions,
            patches: rules.patches.iter().map(|name| (name.clone(), path(name))).collect(),
            exception: rules.exception.then(|| path(EXCEPTION)),
            reads: rules.reads.clone(),
        }
    }

    /// The suffixes of rules that do not count for this request, as conftest has it: `exception contains ["public"]`.
    fn exceptions<'a>(
        &'a self,
        request: &Request<'a>,
        session: &mut Session<'_, '_>,
    ) -> Result<Vec<(String, Certainty)>, PolicyError> {
        let Some(path) = &self.exception else { return Ok(Vec::new()) };
        let RuleAnswer { value, possible } = evaluate::rule(&self.program, path, self.limits, request, session)
            .map_err(|error| self.with_place(error))?;
        let certain = value.map(members).unwrap_or_default().into_iter().map(|names| (names, Certainty::Certain));
        let possible = possible.into_iter().map(|names| (names, Certainty::Possible));
        let suffixes = certain.chain(possible).flat_map(|(names, certainty)| {
            members(names).into_iter().filter_map(move |name| Some((name.as_str()?.to_owned(), certainty)))
        });
        Ok(suffixes.collect())
    }

    fn with_place(&self, error: PolicyError) -> PolicyError {
        let place = error.place.or_else(|| Some(self.metadata.place.clone()));
        PolicyError { place, ..error }
    }
}

impl Policy for RegoPolicy {
    fn metadata(&self) -> &Arc<PolicyMetadata> {
        &self.metadata
    }

    fn evaluate(&self, request: &Request<'_>, session: &mut Session<'_, '_>) -> Result<Outcome, PolicyError> {
        let exceptions = self.exceptions(request, session)?;
        let mut outcome = Outcome::default();
        for (rule, path) in &self.decisions {
            let excepted =
                exceptions.iter().filter(|(suffix, _)| *suffix == rule.suffix).map(|(_, certainty)| *certainty).min();
            if excepted == Some(Certainty::Certain) {
                continue;
            }
            let answer = evaluate::rule(&self.program, path, self.limits, request, session)
                .map_err(|error| self.with_place(error))?;
            let first = outcome.complaints.len();
            rule_value::complaints(rule, &answer, request.input, &mut outcome.complaints)
                .map_err(|error| self.with_place(error))?;
            let said = outcome.complaints.iter_mut().skip(first);
            for complaint in said.filter(|complaint| complaint.certainty == Certainty::Possible) {
                if complaint.unknown.is_none() {
                    let in_request = unknown::in_request(request.input, &self.reads);
                    complaint.unknown = in_request.or_else(|| unknown::in_inventory(request.input, session.data));
                }
            }
            if excepted == Some(Certainty::Possible) {
                let said = outcome.complaints.iter_mut().skip(first);
                said.for_each(|complaint| complaint.certainty = Certainty::Possible);
            }
        }
        // What is unknown is one thing to tell, however many rules it keeps from answering.
        let mut told = Vec::new();
        outcome.complaints.retain(|complaint| match (complaint.certainty, &complaint.unknown) {
            (Certainty::Possible, Some(unknown)) => {
                let new = (complaint.effect, unknown.clone());
                let is_new = !told.contains(&new);
                told.push(new);
                is_new
            }
            _ => true,
        });
        Ok(outcome)
    }

    fn patch<'a>(
        &'a self,
        request: &Request<'a>,
        session: &mut Session<'a, '_>,
    ) -> Result<Option<Value<'a>>, PolicyError> {
        let before = request.input.get_str("object").unwrap_or_default();
        let mut object = before;
        for (name, path) in &self.patches {
            let answer = evaluate::rule(&self.program, path, self.limits, request, session)
                .map_err(|error| self.with_place(error))?;
            object = patch::apply(session.arena, name, &answer, object).map_err(|error| self.with_place(error))?;
        }
        Ok(Some(object).filter(|object| *object != before))
    }
}

fn members(value: Value<'_>) -> Vec<Value<'_>> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Set(items) => items.iter().collect(),
        _ => Vec::new(),
    }
}
