//! What the tests share: documents with Unknown leaves written as JSON, and modules to answers in one step.

use host::FixedHost;
use rego::syntax::ast::Dialect;
use rego::syntax::parse_module;
use rego::{Answer, CompileOptions, DocumentPath, Environment, EvalError, Evaluator, Limits, Program, compile};
use serde_json::Value as Json;
use value::{Arena, Diagnostic, Source, Value};

/// The world of all tests.
pub static HOST: FixedHost = FixedHost { now_ns: 1_704_164_645_678_901_234 };

/// A document: `{"$unknown": "reason"}` is an Unknown leaf, `{"$absent": "reason"}` one that may be absent, `{"$set": [...]}` a set.
pub fn document<'a>(arena: &'a Arena, json: &Json) -> Value<'a> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::from(*b),
        Json::Number(n) => value::number::parse(arena, &n.to_string()).expect("a number"),
        Json::String(text) => arena.string(text),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| document(arena, item)).collect();
            arena.array(&items)
        }
        Json::Object(entries) => {
            if let Some(reason) = entries.get("$unknown") {
                return arena.unknown("here", reason.as_str().unwrap_or_default());
            }
            if let Some(reason) = entries.get("$absent") {
                return arena.unknown_or_absent("here", reason.as_str().unwrap_or_default());
            }
            if let Some(Json::Array(members)) = entries.get("$set") {
                let members: Vec<_> = members.iter().map(|member| document(arena, member)).collect();
                return arena.set(&members);
            }
            let entries: Vec<_> =
                entries.iter().map(|(key, value)| (arena.string(key), document(arena, value))).collect();
            arena.object(&entries)
        }
    }
}

/// The document that `text` is, where `?` stands for an Unknown leaf.
pub fn json(text: &str) -> Json {
    let text = text.replace('?', r#"{"$unknown": "known only after apply"}"#);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

/// Modules to a program; syntax errors count as compile errors.
pub fn try_compile(modules: &[&str]) -> Result<Program, Vec<Diagnostic>> {
    try_compile_with(modules, Dialect::V1, &CompileOptions::default())
}

/// [`try_compile`] of another dialect, or with options.
pub fn try_compile_with(
    modules: &[&str],
    dialect: Dialect,
    options: &CompileOptions,
) -> Result<Program, Vec<Diagnostic>> {
    let mut parsed = Vec::new();
    let mut errors = Vec::new();
    for (index, text) in modules.iter().enumerate() {
        let source = Source::new(format!("m{index}.rego"), *text);
        let (module, found) = parse_module(&source, dialect);
        errors.extend(found);
        parsed.push(module);
    }
    if errors.is_empty() { compile(parsed, options) } else { Err(errors) }
}

/// [`try_compile`] of modules that are right.
#[track_caller]
pub fn program(modules: &[&str]) -> Program {
    try_compile(modules).unwrap_or_else(|errors| panic!("{modules:#?}\n{errors:#?}"))
}

/// Evaluates `data.<path>`.
pub fn evaluate<'a>(
    program: &'a Program,
    path: &[&str],
    arena: &'a Arena,
    input: Option<Value<'a>>,
    data: Value<'a>,
    limits: Limits,
) -> Result<Answer<'a>, EvalError> {
    let path = DocumentPath::new(path.iter().map(|&name| name.to_owned()).collect());
    let environment = Environment { arena, data, input, host: &HOST, strict_builtin_errors: false, unknowns: true };
    Evaluator::new(limits).evaluate(program, &path, &environment)
}

/// An answer in words: `undefined`, a value, `<value> possibly [...]`, or `error: <code>`.
pub fn in_words(answer: &Result<Answer<'_>, EvalError>) -> String {
    match answer {
        Err(error) => format!("error: {}", error.code()),
        Ok(answer) => {
            let value = answer.value.map_or_else(|| "undefined".to_owned(), |value| value.to_string());
            match answer.possible {
                Some(possible) => format!("{value} possibly {possible:?}"),
                None => value,
            }
        }
    }
}

/// Checks that rule `p` of package `t` is `expected` with this input.
#[track_caller]
pub fn check(rules: &str, input: &str, expected: &str) {
    check_in(&[&format!("package t\n{rules}")], input, "{}", expected);
}

/// Checks that `data.t.p` is `expected`.
#[track_caller]
pub fn check_in(modules: &[&str], input: &str, data: &str, expected: &str) {
    let arena = Arena::new();
    let program = program(modules);
    let input = if input.is_empty() { None } else { Some(document(&arena, &json(input))) };
    let data = document(&arena, &json(data));
    let answer = evaluate(&program, &["t", "p"], &arena, input, data, Limits::default());
    assert_eq!(in_words(&answer), expected, "{modules:?} with input {input:?}");
}
