//! What constraints hold against an object.

use crate::constraint::{Action, Constraint, EnforcementPoint};
use crate::matching::MatchError;
use crate::reviewed::Reviewed;
use crate::template::{Failure, Member, Run};
use decision::{Certainty, PolicyPlace};
use std::sync::Arc;
use value::Frozen;

/// What a constraint holds against an object.
#[derive(Debug)]
pub struct Violation {
    /// The constraint.
    pub constraint: Arc<Constraint>,
    /// What is to happen.
    pub action: Action,
    /// The template's words, or why there are none. Of an expanded object they begin with `[Implied by <template>]`.
    pub message: String,
    /// What the template gave beside its words.
    pub details: Option<Frozen>,
    /// How it came about.
    pub cause: Cause,
}

/// How a violation came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The template says so.
    Template,
    /// The template would say so, depending on the Namespace of the object, which nobody has, so that it counts as violated.
    Unknown,
    /// Nobody can say whether the constraint is about the object, so that it counts as violated, as in Gatekeeper.
    Unmatched(MatchError),
    /// The template could not be evaluated, so that it counts as violated. The place is in its Rego, where it is known.
    Failed(Option<PolicyPlace>),
}

/// What one constraint says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// What the template says.
    pub(crate) violations: Vec<Words>,
    /// Why there is nothing more to say.
    pub(crate) obstacle: Option<Obstacle>,
}

/// What a template says of one violation.
#[derive(Debug)]
pub(crate) struct Words {
    /// None when they hang on something unknown.
    pub(crate) message: Option<String>,
    pub(crate) details: Option<Frozen>,
    pub(crate) certainty: Certainty,
}

/// What keeps a constraint from saying anything.
#[derive(Debug)]
pub(crate) enum Obstacle {
    Unmatched(MatchError),
    Failed(Failure),
}

impl Constraint {
    /// What is to happen at `point` when the constraint is violated; nothing where it is not enforced.
    pub fn action_at(&self, point: EnforcementPoint) -> Option<Action> {
        self.enforcement.at(point)
    }

    /// Whether the constraint is about what is reviewed: the object as it would be, or as it is.
    fn is_about(&self, reviewed: &Reviewed<'_>) -> Result<bool, MatchError> {
        let mut unknown = None;
        for target in reviewed.matchables() {
            match self.matching.matches(&target) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(error) => unknown = Some(error),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// What the constraint says about what is reviewed; nothing when it is about something else.
    pub(crate) fn judge<'a>(&'a self, reviewed: &Reviewed<'a>, run: &mut Run<'_, 'a>) -> Said {
        let obstacle = |obstacle| Said { violations: Vec::new(), obstacle: Some(obstacle) };
        match self.is_about(reviewed) {
            Err(error) => return obstacle(Obstacle::Unmatched(error)),
            Ok(false) => return Said::default(),
            Ok(true) => {}
        }
        let program = &self.template.program;
        let review = if program.reads_namespace { reviewed.with_namespace_object(run.arena) } else { reviewed.review };
        let unknowns = run.unknowns;
        run.unknowns |= program.reads_namespace && reviewed.lacks_namespace();
        let said = program.violations(review, self.parameters(), run);
        run.unknowns = unknowns;
        match said {
            Err(failure) => obstacle(Obstacle::Failed(failure)),
            Ok(members) => {
                let violation = |member: &Member<'_>| Words {
                    message: member.message.map(str::to_owned),
                    details: member.details.map(Frozen::copy_of),
                    certainty: member.certainty,
                };
                Said { violations: members.iter().map(violation).collect(), obstacle: None }
            }
        }
    }
}

impl Said {
    /// What was said, as violations of `constraint`; `prefix` stands before all words.
    pub(crate) fn into_violations(
        self,
        constraint: &Arc<Constraint>,
        action: Action,
        prefix: &str,
    ) -> impl Iterator<Item = Violation> {
        let make = move |message: String, details, cause| Violation {
            constraint: Arc::clone(constraint),
            action,
            message: format!("{prefix}{message}"),
            details,
            cause,
        };
        let obstacle = self.obstacle.map(|obstacle| match obstacle {
            Obstacle::Unmatched(error) => (error.to_string(), None, Cause::Unmatched(error)),
            Obstacle::Failed(failure) => (failure.message, None, Cause::Failed(failure.place)),
        });
        let said = self.violations.into_iter().map(|Words { message, details, certainty }| {
            // Nothing but the Namespace is unknown where files are reviewed.
            let cause = if certainty == Certainty::Certain { Cause::Template } else { Cause::Unknown };
            (message.unwrap_or_else(|| "what it would say is not known either".to_owned()), details, cause)
        });
        said.chain(obstacle).map(move |(message, details, cause)| make(message, details, cause))
    }
}
