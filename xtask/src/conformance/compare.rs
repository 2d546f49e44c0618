//! Comparing what an evaluation gave with what a case wants, as the suite's own runner does.

use super::case::Case;
use value::{Arena, Value, json};

/// What an evaluation gave: bindings by variable name.
pub type Got<'a> = Vec<Vec<(String, Value<'a>)>>;

/// Compares results; the error says what was got.
pub fn result(case: &Case, got: &Got<'_>) -> Result<(), String> {
    let arena = Arena::new();
    let bindings: Vec<_> = got.iter().map(|bindings| binding_object(&arena, case, bindings)).collect();
    let got_text = || json::to_string(arena.array(&bindings));
    if case.wants_error() {
        return Err(got_text());
    }
    let Some(want) = &case.want_result else { return Ok(()) };
    let want = parse(&arena, want)?;
    let members =
        want.as_array().map(|wanted| wanted.iter().map(|member| plain(&arena, case, member)).collect::<Vec<_>>());
    let want = arena.set(&members.ok_or("the case wants what is not an array")?);
    if arena.set(&bindings) == want { Ok(()) } else { Err(got_text()) }
}

/// Compares errors; the error says what was got.
pub fn error(case: &Case, code: &str, message: &str) -> Result<(), String> {
    let code_fits = case.want_error_code.as_deref().is_none_or(|wanted| wanted == code);
    let message_fits = case.want_error.as_deref().is_none_or(|wanted| message.contains(wanted));
    if case.wants_error() && code_fits && message_fits { Ok(()) } else { Err(format!("{code}: {message}")) }
}

fn parse<'a>(arena: &'a Arena, text: &str) -> Result<Value<'a>, String> {
    json::parse(arena, text.as_bytes(), &json::ParseLimits::default()).map_err(|error| error.to_string())
}

fn binding_object<'a>(arena: &'a Arena, case: &Case, bindings: &[(String, Value<'_>)]) -> Value<'a> {
    let kept = bindings.iter().filter(|(name, _)| !(case.ignore_generated_variables && is_generated(name)));
    let entries: Vec<_> = kept.map(|(name, value)| (arena.string(name), as_json(arena, *value))).collect();
    plain(arena, case, arena.object(&entries))
}

fn is_generated(name: &str) -> bool {
    name.starts_with("__local") || name.starts_with("$") || name.starts_with('_')
}

/// A binding object with the order inside its arrays taken away where the case says so.
fn plain<'a>(arena: &'a Arena, case: &Case, bindings: Value<'a>) -> Value<'a> {
    let Value::Object(object) = bindings else { return bindings };
    let entries = object.iter().map(|(name, value)| match value {
        Value::Array(array) if case.sort_bindings => {
            let mut items: Vec<_> = array.iter().collect();
            items.sort();
            (name, arena.array(&items))
        }
        other => (name, other),
    });
    arena.object(&entries.collect::<Vec<_>>())
}

/// The value as OPA turns it into JSON: sets are arrays in order, keys that are no strings are their JSON text.
fn as_json<'a>(arena: &'a Arena, value: Value<'_>) -> Value<'a> {
    match value {
        Value::Array(array) => arena.array(&array.iter().map(|item| as_json(arena, item)).collect::<Vec<_>>()),
        Value::Set(set) => arena.array(&set.iter().map(|item| as_json(arena, item)).collect::<Vec<_>>()),
        Value::Object(object) => {
            let key = |key: Value<'_>| match key {
                Value::String(text) => arena.string(text),
                other => arena.string(&json::to_string(as_json(arena, other))),
            };
            arena.object(&object.iter().map(|(k, v)| (key(k), as_json(arena, v))).collect::<Vec<_>>())
        }
        other => arena.copy(other),
    }
}
