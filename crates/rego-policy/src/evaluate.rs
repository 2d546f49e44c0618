//! The one place that knows how the engine is asked.

use decision::{PolicyError, PolicyPlace, Request, Session};
use rego::{DocumentPath, Environment, Evaluator, Limits, Program, SharedRules};
use std::sync::Arc;
use value::Value;

/// What a rule came to.
pub(crate) struct RuleAnswer<'a> {
    /// Its value; of a partial set the members that are certain. None when it is undefined.
    pub(crate) value: Option<Value<'a>>,
    /// Members of a partial set that hold for some values of what is unknown.
    pub(crate) possible: Vec<Value<'a>>,
}

/// Evaluates the rule at `path`.
pub(crate) fn rule<'a, 's: 'a>(
    program: &'a Arc<Program>,
    path: &DocumentPath,
    limits: Limits,
    request: &Request<'a>,
    session: &mut Session<'s, '_>,
) -> Result<RuleAnswer<'a>, PolicyError> {
    let environment = Environment {
        arena: session.arena,
        data: session.data,
        input: Some(request.input),
        host: session.host,
        strict_builtin_errors: false,
        unknowns: request.unknowns,
    };
    let shared = session.kept_for_change(|| SharedRules::new(program));
    let Some(evaluator) = session.scratch(|| Evaluator::new(limits)) else {
        return Err(PolicyError { message: "there is no evaluator".to_owned(), place: None });
    };
    let evaluator = evaluator.limited(limits);
    let answer = match shared {
        Some(shared) => evaluator.evaluate_sharing(program, path, &environment, shared),
        None => evaluator.evaluate(program, path, &environment),
    };
    match answer {
        Ok(answer) => {
            let possible = answer.possible.map(|members| members.iter().collect()).unwrap_or_default();
            Ok(RuleAnswer { value: answer.value, possible })
        }
        Err(error) => {
            let place =
                error.place().map(|place| PolicyPlace { file: place.source.name.clone(), line: place.position().line });
            Err(PolicyError { message: error.kind().to_string(), place })
        }
    }
}
