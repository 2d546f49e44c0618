//! The laws that the design rests on, tried on random policies.

use super::policies::{Chooser, Policy, Style, indexed_groups, policy};
use super::support::{HOST, document, evaluate, in_words, try_compile_with};
use proptest::collection::vec;
use proptest::prelude::*;
use rego::syntax::ast::Dialect;
use rego::{
    Answer, CompileOptions, DocumentPath, Environment, EvalError, EvalErrorKind, Evaluator, Limits, Observer, Program,
};
use serde_json::{Value as Json, json};
use value::{Arena, Diagnostic, Value};

/// What an Unknown leaf may turn out to be.
fn stand_ins() -> Vec<Json> {
    vec![
        json!(1),
        json!("a"),
        json!(false),
        json!([]),
        json!({"a": 1}),
        json!([1, 2]),
        json!({"$set": [1]}),
        json!(null),
        json!(true),
        json!({"a": {"a": "a"}, "b": 2}),
        json!({"$set": ["a", 1]}),
        json!([["a"], {"a": "a"}]),
        json!(2),
        json!({}),
    ]
}

const UNKNOWN: &str = "$unknown";

fn unknown() -> Json {
    json!({UNKNOWN: "known only after apply"})
}

/// An input in which some leaves are Unknown.
pub fn input(chooser: &mut Chooser<'_>) -> Json {
    let pool = stand_ins();
    let mut leaf = |unknown_in: usize| {
        if chooser.below(unknown_in) == 0 { unknown() } else { pool[chooser.below(pool.len())].clone() }
    };
    let u = leaf(1);
    let v = leaf(3);
    let (x0, x1) = (leaf(3), leaf(2));
    let (s0, s1) = (leaf(4), leaf(3));
    let u = match chooser.below(4) {
        0 | 1 => u,
        2 => json!({"a": u}),
        _ => json!([u, 1]),
    };
    json!({"u": u, "v": v, "xs": [x0, x1], "set": {"$set": [s0, s1]}})
}

/// The document with its Unknown leaves replaced, each by what `next` gives.
fn replaced(json: &Json, next: &mut dyn FnMut() -> Json) -> Json {
    match json {
        Json::Object(entries) if entries.contains_key(UNKNOWN) => next(),
        Json::Object(entries) => {
            Json::Object(entries.iter().map(|(key, value)| (key.clone(), replaced(value, next))).collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(|item| replaced(item, next)).collect()),
        other => other.clone(),
    }
}

/// Whether `concrete` can be what `value` turns out to be.
fn could_be(value: Value<'_>, concrete: Value<'_>) -> bool {
    match (value, concrete) {
        (Value::Unknown(_), _) => true,
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| could_be(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| could_be(a, b))
        }
        // An Unknown member stands for one or several members.
        (Value::Set(a), Value::Set(b)) => {
            a.iter().all(|a| b.iter().any(|b| could_be(a, b))) && b.iter().all(|b| a.iter().any(|a| could_be(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Whether a concrete answer is one that the answer with Unknown leaves allows.
fn agrees(answer: &Answer<'_>, concrete: &Answer<'_>) -> bool {
    match (answer.value, concrete.value, answer.possible) {
        (None, concrete, _) => concrete.is_none(),
        (Some(Value::Unknown(_)), _, _) => true,
        (Some(_), None, _) => false,
        (Some(value), Some(concrete), None) => could_be(value, concrete),
        (Some(Value::Set(certain)), Some(Value::Set(concrete)), Some(possible)) => {
            certain.iter().all(|member| concrete.iter().any(|found| could_be(member, found)))
                && concrete
                    .iter()
                    .all(|found| certain.iter().chain(possible.iter()).any(|member| could_be(member, found)))
        }
        _ => false,
    }
}

/// A package as a whole: Unknown entries may turn out not to be there.
fn package_agrees(answer: &Answer<'_>, concrete: &Answer<'_>) -> bool {
    let (Some(Value::Object(answer)), Some(Value::Object(concrete))) = (answer.value, concrete.value) else {
        return agrees(answer, concrete);
    };
    answer.iter().all(|(key, value)| match concrete.get(key) {
        Some(found) => could_be(value, found),
        None => value.is_unknown(),
    }) && concrete.keys().all(|key| answer.get(key).is_some())
}

/// Whether some document could be both answers.
fn compatible(a: &Answer<'_>, b: &Answer<'_>) -> bool {
    let unknown = |answer: &Answer<'_>| matches!(answer.value, Some(Value::Unknown(_)));
    match (a.value, b.value) {
        _ if unknown(a) || unknown(b) => true,
        (Some(Value::Set(members)), Some(Value::Set(others))) => {
            let is_in = |member: Value<'_>, others: Option<&value::Array<'_>>, set: &value::Set<'_>| {
                let found = |other: Value<'_>| could_be(member, other) || could_be(other, member);
                set.iter().any(found) || others.is_some_and(|others| others.iter().any(found))
            };
            members.iter().all(|member| is_in(member, b.possible, others))
                && others.iter().all(|member| is_in(member, a.possible, members))
        }
        _ => false,
    }
}

pub fn limits() -> Limits {
    Limits { steps_max: 20_000, memory_bytes_max: 64 << 20, depth_max: 100, ..Limits::DEFAULT }
}

fn run<'a>(program: &'a Program, path: &[&str], arena: &'a Arena, input: &Json) -> Result<Answer<'a>, EvalError> {
    let input = document(arena, input);
    let data = document(arena, &json!({"d": {"a": 1, "b": [1, 2]}}));
    evaluate(program, path, arena, Some(input), data, limits())
}

/// [`run`] without indexes: every rule of a group is looked at.
fn run_every_rule<'a>(
    program: &'a Program,
    path: &[&str],
    arena: &'a Arena,
    input: &Json,
) -> Result<Answer<'a>, EvalError> {
    let environment = Environment {
        arena,
        data: document(arena, &json!({"d": {"a": 1, "b": [1, 2]}})),
        input: Some(document(arena, input)),
        host: &HOST,
        strict_builtin_errors: false,
        unknowns: true,
    };
    let path = DocumentPath::new(path.iter().map(|&name| name.to_owned()).collect());
    Evaluator::new(limits()).observe(program, &path, &environment, &mut Observer::default())
}

/// What rules with an index are asked about: subjects that are known, Unknown, perhaps absent, absent, or equal to a constant without
/// looking like it.
fn subjects(chooser: &mut Chooser<'_>) -> Json {
    let known = [
        json!("a"),
        json!("b"),
        json!(1),
        json!(2),
        number("1.0"),
        number("2e0"),
        json!("1"),
        json!(null),
        json!(["a"]),
    ];
    let mut leaf = || match chooser.below(16) {
        0..=2 => Some(unknown()),
        3..=5 => Some(json!({"$absent": "known only after apply"})),
        6 => None,
        index => known.get(index - 7).cloned(),
    };
    let mut entries = serde_json::Map::new();
    for name in ["u", "v", "w"] {
        entries.extend(leaf().map(|leaf| (name.to_owned(), leaf)));
    }
    let nested = leaf().map(|leaf| json!({"a": leaf}));
    entries.extend(nested.map(|nested| ("n".to_owned(), nested)));
    let items: Vec<Json> = (0..3).filter_map(|_| leaf()).collect();
    entries.insert("xs".to_owned(), json!(items));
    // Even the whole input may be Unknown.
    if entries.len() == 1 { unknown() } else { Json::Object(entries) }
}

/// A number as it is written.
fn number(text: &str) -> Json {
    serde_json::from_str(text).expect("a number")
}

/// A policy whose types may be anything: the laws hold of those that can never be right, too.
fn try_any_types(policy: &Policy) -> Result<Program, Vec<Diagnostic>> {
    let options = CompileOptions { accept_any_types: true, ..CompileOptions::default() };
    try_compile_with(&[&policy.text()], Dialect::V1, &options)
}

/// Policies that compile; most do.
fn compiled(policy: &Policy) -> Option<Program> {
    try_any_types(policy).ok()
}

pub fn cases(count: u32) -> ProptestConfig {
    let count = std::env::var("LAW_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(count);
    ProptestConfig { cases: count, failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(600))]

    /// Whatever the Unknown leaves turn out to be, what was certain stays so.
    #[test]
    fn certain_answers_stay(bytes in vec(any::<u8>(), 0..160), choices in vec(any::<u8>(), 12), seeds in vec(any::<u8>(), 40)) {
        let policy = policy(&mut Chooser::new(&bytes), Style::Assigned);
        let input = input(&mut Chooser::new(&choices));
        if let Some(program) = compiled(&policy) {
            let pool = stand_ins();
            for round in 0..12 + pool.len() {
                let mut seeds = Chooser::new(seeds.get(round * 3 % 40..).unwrap_or_default());
                // First each stand-in in all places at once, then mixtures.
                let concrete = replaced(&input, &mut || match pool.get(round) {
                    Some(same) => same.clone(),
                    None => pool[seeds.below(pool.len())].clone(),
                });
                let mut paths: Vec<Vec<&str>> =
                    policy.documents.iter().map(|name| vec!["t", name.as_str()]).collect();
                paths.push(vec!["t"]);
                for path in &paths {
                    let (with_unknown, with_concrete) = (Arena::new(), Arena::new());
                    let answer = run(&program, path, &with_unknown, &input);
                    let found = run(&program, path, &with_concrete, &concrete);
                    if let (Ok(answer), Ok(found)) = (&answer, &found) {
                        // `r["a"] := x` makes `r` a package-like node, whose entries are rules.
                        let is_node = path.last().is_none_or(|name| policy.text().contains(&format!("\n{name}[\"")));
                        let agrees =
                            if path.len() == 1 || is_node { package_agrees(answer, found) } else { agrees(answer, found) };
                        prop_assert!(
                            agrees,
                            "{}\ninput    {input}\nconcrete {concrete}\ndata.{} is {} but concretely {}",
                            policy.text(), path.join("."), in_words(&Ok(*answer)), in_words(&Ok(*found)),
                        );
                    }
                }
            }
        }
    }

    /// The order in which the literals of a body are written changes no certain answer. (How much stays Unknown may change:
    /// `x = xs[i]; i = input.unknown` tries each `i`, the other way round nobody knows `i`.)
    #[test]
    fn order_changes_nothing(bytes in vec(any::<u8>(), 0..160), choices in vec(any::<u8>(), 12), order in vec(any::<u8>(), 60)) {
        let mut policy = policy(&mut Chooser::new(&bytes), Style::Unified);
        let input = input(&mut Chooser::new(&choices));
        let before = compiled(&policy);
        let text_before = policy.text();
        let mut order = Chooser::new(&order);
        for rule in &mut policy.rules {
            for last in (1..rule.literals.len()).rev() {
                let other = order.below(last + 1);
                rule.literals.swap(last, other);
            }
        }
        let after = compiled(&policy);
        prop_assert_eq!(before.is_some(), after.is_some(), "{}\n{}", text_before, policy.text());
        if let (Some(before), Some(after)) = (before, after) {
            for name in &policy.documents {
                let (first, second) = (Arena::new(), Arena::new());
                let a = run(&before, &["t", name], &first, &input);
                let b = run(&after, &["t", name], &second, &input);
                // Whether an error is met depends on what comes before it.
                if a.is_ok() && b.is_ok() {
                    let (Ok(a), Ok(b)) = (a, b) else { continue };
                    prop_assert!(
                        agrees(&a, &b) || agrees(&b, &a) || compatible(&a, &b),
                        "{name} is {} of\n{text_before}\nbut {} of\n{}\ninput {input}", in_words(&Ok(a)), in_words(&Ok(b)), policy.text(),
                    );
                }
            }
        }
    }

    /// An index changes no answer, whatever is known of its subject.
    #[test]
    fn an_index_changes_nothing(bytes in vec(any::<u8>(), 0..120), choices in vec(any::<u8>(), 8)) {
        let policy = indexed_groups(&mut Chooser::new(&bytes));
        let input = subjects(&mut Chooser::new(&choices));
        if let Some(program) = compiled(&policy) {
            for path in policy.documents.iter().map(|name| vec!["t", name]).chain([vec!["t"]]) {
                let (first, second) = (Arena::new(), Arena::new());
                let with_index = run(&program, &path, &first, &input);
                let without = run_every_rule(&program, &path, &second, &input);
                // What is not looked at can neither fail nor reach a limit.
                let is_limit = |error: &EvalError| matches!(error.kind(), EvalErrorKind::Limit { .. });
                if with_index.as_ref().is_err_and(is_limit) || (with_index.is_ok() && without.is_err()) {
                    continue;
                }
                prop_assert_eq!(
                    in_words(&with_index), in_words(&without), "data.{} of\n{}\ninput {}", path.join("."), policy.text(), input,
                );
            }
        }
    }

    /// The same evaluation gives the same answer.
    #[test]
    fn evaluation_is_deterministic(bytes in vec(any::<u8>(), 0..160), choices in vec(any::<u8>(), 12)) {
        let policy = policy(&mut Chooser::new(&bytes), Style::Assigned);
        let input = input(&mut Chooser::new(&choices));
        if let (Some(one), Some(other)) = (compiled(&policy), compiled(&policy)) {
            for name in &policy.documents {
                let (first, second) = (Arena::new(), Arena::new());
                let a = run(&one, &["t", name], &first, &input);
                let b = run(&other, &["t", name], &second, &input);
                prop_assert_eq!(in_words(&a), in_words(&b), "{}", policy.text());
            }
        }
    }
}

/// Most programs compile, and an index spares rules in more than a quarter of them, else the law says little: without it, more rules are evaluated.
#[test]
fn generated_groups_have_an_index() {
    let mut state = 1_u64;
    let (mut compiled_count, mut indexed_count) = (0, 0);
    for _ in 0..200 {
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        })
        .take(120)
        .collect();
        let Some(program) = compiled(&indexed_groups(&mut Chooser::new(&bytes))) else { continue };
        compiled_count += 1;
        let arena = Arena::new();
        let environment = Environment {
            arena: &arena,
            data: Value::EMPTY_OBJECT,
            input: Some(document(&arena, &json!({"u": "a", "v": 1, "w": "none", "n": {"a": "b"}, "xs": [2]}))),
            host: &HOST,
            strict_builtin_errors: false,
            unknowns: true,
        };
        let reached = |mut observer: Observer| {
            let path = DocumentPath::new(vec!["t".to_owned()]);
            let _ = Evaluator::new(limits()).observe(&program, &path, &environment, &mut observer);
            observer.coverage(&program).values().map(|lines| lines.covered.len()).sum::<usize>()
        };
        if reached(Observer::default().with_index()) < reached(Observer::default()) {
            indexed_count += 1;
        }
    }
    assert!(
        compiled_count > 150 && indexed_count > 50,
        "{compiled_count} of 200 compile, {indexed_count} use an index"
    );
}

/// Most generated policies compile, else the laws say little.
#[test]
fn generated_policies_compile() {
    let mut state = 1_u64;
    let mut failed = Vec::new();
    for _ in 0..300 {
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        })
        .take(120)
        .collect();
        for style in [Style::Assigned, Style::Unified] {
            let policy = policy(&mut Chooser::new(&bytes), style);
            if let Err(errors) = try_any_types(&policy) {
                failed.push((policy.text(), errors));
            }
        }
    }
    assert!(
        failed.len() < 30,
        "{} of 600 do not compile, for instance\n{}\n{:#?}",
        failed.len(),
        failed[0].0,
        failed[0].1
    );
}
