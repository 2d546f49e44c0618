//! What an evaluation may take, from the words that people use to the engine's.

use crate::choices;
use rego::{EvalErrorKind, Limits};
use repository::EvaluationLimits;

/// The engine's limits, with those that somebody changed.
pub(crate) fn limits(changed: &EvaluationLimits) -> Limits {
    let usual = Limits::DEFAULT;
    Limits {
        steps_max: changed.steps.unwrap_or(usual.steps_max),
        memory_bytes_max: changed.memory_bytes.unwrap_or(usual.memory_bytes_max),
        depth_max: changed
            .nested_rules
            .map_or(usual.depth_max, |nested_rules| u32::try_from(nested_rules).unwrap_or(u32::MAX)),
        output_bytes_max: changed.output_bytes.unwrap_or(usual.output_bytes_max),
        time_ms_max: changed.time_ms.unwrap_or(usual.time_ms_max),
    }
}

/// `--limit NAME=VALUE`
#[derive(Clone, Debug)]
pub(crate) struct LimitChoice {
    name: String,
    value: u64,
}

/// Reads `steps=1000`, or `memory_bytes=64M`.
pub(crate) fn limit_choice(text: &str) -> Result<LimitChoice, String> {
    let (name, value) = choices::assignment(text).map_err(|_| {
        format!("`{text}` is no limit: write `NAME=VALUE` with one of `{}`", EvaluationLimits::NAMES.join("`, `"))
    })?;
    let named = |value| {
        let result = EvaluationLimits::default().set(&name, value);
        result.map_err(|error| format!("{error}; {}", error.help()))
    };
    // A name that is wrong is told of before its value is looked at.
    named(1)?;
    let value = match name.ends_with("_bytes") {
        true => choices::size(&value)?,
        false => value.trim().parse().map_err(|_| format!("`{value}` is no whole number"))?,
    };
    named(value)?;
    Ok(LimitChoice { name, value })
}

/// The engine's limits, with those that were chosen; of several for one name the last.
pub(crate) fn chosen_limits(choices: &[LimitChoice]) -> Limits {
    let mut changed = EvaluationLimits::default();
    for LimitChoice { name, value } in choices {
        // Every choice was tried when it was read.
        let _ = changed.set(name, *value);
    }
    limits(&changed)
}

/// What people call the limit that an evaluation reached; none when it ended otherwise.
pub(crate) fn name_of_reached(error: &EvalErrorKind) -> Option<&'static str> {
    let EvalErrorKind::Limit { limit, .. } = error else { return None };
    match *limit {
        "steps" => Some("steps"),
        "memory in bytes" => Some("memory_bytes"),
        "nested rules" => Some("nested_rules"),
        "output in bytes" => Some("output_bytes"),
        "time in milliseconds" => Some("time_ms"),
        _ => None,
    }
}
