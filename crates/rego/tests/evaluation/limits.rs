//! Nothing runs away, overflows or panics: limits are typed errors that name limit, value and place.

use super::policies::{Chooser, Style, policy};
use super::support::{HOST, check, check_in, document, evaluate, in_words, program, try_compile};
use host::{Host, HostError};
use proptest::collection::vec;
use proptest::prelude::*;
use rego::syntax::ast::Dialect;
use rego::syntax::{parse_module, parse_query};
use rego::{CompileOptions, Environment, EvalErrorKind, Evaluator, Limits, compile};
use serde_json::json;
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use value::{Arena, Source, Value};

const SMALL: Limits = Limits { steps_max: 50_000, memory_bytes_max: 32 << 20, depth_max: 200, ..Limits::DEFAULT };

/// A stack as small as that of a test's thread, whatever `RUST_MIN_STACK` says.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread").join().expect("no panic");
}

/// The limit that evaluating `p` reaches: its name, its value, and the line where.
#[track_caller]
fn reached(rules: &str, limits: Limits) -> (&'static str, u64, u32) {
    let program = program(&[&format!("package t\n{rules}")]);
    let arena = Arena::new();
    let error = evaluate(&program, &["t", "p"], &arena, None, Value::EMPTY_OBJECT, limits).expect_err("a limit");
    assert_eq!(error.code(), "eval_limit_error");
    let EvalErrorKind::Limit { limit, value, rule } = error.kind() else { panic!("{error}") };
    let place = error.place().unwrap_or_else(|| panic!("no place: {error}"));
    assert!(
        rule.as_deref().is_some_and(|rule| rule.starts_with("data.t.") && error.to_string().contains(rule)),
        "{error}"
    );
    assert!(error.to_string().contains(limit) && error.to_string().contains(&value.to_string()), "{error}");
    (limit, *value, place.position().line)
}

#[test]
fn steps() {
    let product = "p := count([1 |\n\tsome a in numbers.range(1, 1000)\n\tsome b in numbers.range(1, 1000)\n\tsome c in \
                   numbers.range(1, 1000)\n\ta + b == c\n])";
    let (limit, value, line) = reached(product, SMALL);
    assert_eq!((limit, value), ("steps", 50_000));
    assert!((2..=6).contains(&line), "{line}");
    let walk = "p if {\n\twalk([[i, j, k] | some i in [1, 2, 3]; some j in numbers.range(1, 90); some k in numbers.range(1, 90)], \
                [_, 0])\n}";
    assert_eq!(reached(walk, SMALL).0, "steps");
    let every = "p if every a in numbers.range(1, 1000) { every b in numbers.range(1, 1000) { a * b > 0 } }";
    assert_eq!(reached(every, SMALL).0, "steps");
}

#[test]
fn memory() {
    let mut doubling = "p if {\n\tx0 := \"0123456789\"\n".to_owned();
    for step in 0..40 {
        let _ = writeln!(doubling, "\tx{} := concat(\"\", [x{step}, x{step}])", step + 1);
    }
    doubling.push('}');
    // A builtin that refuses the length may come first.
    let doubling = program(&[&format!("package t\n{doubling}")]);
    let arena = Arena::new();
    let answer = evaluate(&doubling, &["t", "p"], &arena, None, Value::EMPTY_OBJECT, SMALL);
    assert!(["undefined", "error: eval_limit_error"].contains(&in_words(&answer).as_str()), "{}", in_words(&answer));
    assert!(arena.allocated_bytes() < 256 << 20);
    let mut arrays = "p if {\n\tx0 := [1, 2, 3, 4, 5, 6, 7, 8]\n".to_owned();
    for step in 0..40 {
        let _ = writeln!(arrays, "\tx{} := array.concat(x{step}, x{step})", step + 1);
    }
    arrays.push('}');
    assert_eq!(reached(&arrays, SMALL).0, "memory in bytes");
    let generous = Limits { steps_max: 100_000_000, ..SMALL };
    let collected = "p := [[a, b] |\n\tsome a in numbers.range(1, 2000)\n\tsome b in numbers.range(1, 2000)\n]";
    assert_eq!(reached(collected, generous).0, "memory in bytes");
    let scalars = "p := {a |\n\tsome a in numbers.range(1, 2000)\n\tsome b in numbers.range(1, 2000)\n}";
    assert_eq!(reached(scalars, generous).0, "memory in bytes");
}

#[test]
fn output() {
    // Forty arrays in memory, and a million million numbers on paper.
    let mut pairs = "p := x40 if {\n\tx0 := 1\n".to_owned();
    for step in 0..40 {
        let _ = writeln!(pairs, "\tx{} := [x{step}, x{step}]", step + 1);
    }
    pairs.push('}');
    let (limit, value, _) = reached(&pairs, Limits { output_bytes_max: 1_000_000, ..SMALL });
    assert_eq!((limit, value), ("output in bytes", 1_000_000));
    check_in(&["package t\np := [1, \"two\", {\"three\": null}]"], "", "{}", "[1, \"two\", {\"three\": null}]");
}

/// Sixty levels of which each holds the one below twice, from `leaf` on: as a tree, more than anybody could look at.
fn doubled(name: &str, leaf: &str, level: impl Fn(&str) -> String) -> String {
    let levels = (0..60).map(|step| format!("\t{name}{} := {}\n", step + 1, level(&format!("{name}{step}"))));
    format!("\t{name}0 := {leaf}\n{}", levels.collect::<String>())
}

#[test]
fn values_that_share_their_parts_are_compared_by_what_is_there() {
    let array = |below: &str| format!("[{below}, {below}]");
    let set = |below: &str| format!("{{{below}, [{below}]}}");
    let object = |below: &str| format!("{{\"a\": {below}, \"b\": {below}}}");
    for level in [&array as &dyn Fn(&str) -> String, &set, &object] {
        let values = [doubled("x", "1", level), doubled("y", "1", level), doubled("z", "2", level)].concat();
        let tests = [
            "x60 == y60",
            "x60 != z60",
            "x60 < z60",
            "x60 in {y60}",
            "not x60 in [z60]",
            "count({x60, y60, z60}) == 2",
            "{x60: 1, z60: 2}[y60] == 1",
            "max([x60, z60]) == z60",
        ];
        let rules = format!("p if {{\n{values}\t{}\n}}", tests.join("\n\t"));
        check_in(&[&format!("package t\n{rules}")], "", "{}", "true");
    }
}

#[test]
fn values_that_share_their_parts_are_taken_apart_within_limits() {
    let pairs = doubled("x", "1", |below| format!("[{below}, {below}]"));
    let walk = format!("p if {{\n{pairs}\twalk(x60, [_, \"nowhere\"])\n}}");
    assert_eq!(reached(&walk, SMALL).0, "memory in bytes");
    let entries = |below: &str| format!("{{\"a\": {below}, \"b\": {below}}}");
    let values = [doubled("x", "{\"c\": 1}", entries), doubled("y", "{\"d\": 1}", entries)].concat();
    let union = format!("p := object.union(x60, y60) if {{\n{values}}}");
    assert_eq!(reached(&union, SMALL).0, "memory in bytes");
}

#[test]
fn values_that_share_their_parts_are_written_within_limits() {
    let entries = |below: &str| format!("{{\"a\": {below}, \"b\": {below}}}");
    let values = doubled("x", "1", entries);
    let calls = [
        "yaml.marshal(x60)",
        "json.marshal(x60)",
        "json.marshal({x60: 1})",
        "json.marshal_with_options(x60, {\"pretty\": true})",
        "json.match_schema(x60, {})",
        "json.match_schema({}, x60)",
    ];
    for call in calls {
        let policy = format!("package t\np if {{\n{values}\t{call}\n}}");
        // The call fails, and does not take for ever.
        check_in(&[&policy], "", "{}", "undefined");
    }
}

/// A clock on which every look takes a second.
struct SlowClock(AtomicU64);

impl Host for SlowClock {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, _: &mut [u8]) {}

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, _: &str) -> Result<Vec<IpAddr>, HostError> {
        Err(HostError::Unavailable("name resolution"))
    }

    fn print(&self, _: &str) {}

    fn elapsed_ns(&self) -> Option<u64> {
        Some(self.0.fetch_add(1_000_000_000, Ordering::Relaxed))
    }
}

#[test]
fn time() {
    let program =
        program(&["package t\np := count([1 | some a in numbers.range(1, 1000); some b in numbers.range(1, 1000)])"]);
    let answer = |time_ms_max: u64| {
        let arena = Arena::new();
        let environment = Environment {
            arena: &arena,
            data: Value::EMPTY_OBJECT,
            input: None,
            host: &SlowClock(AtomicU64::new(0)),
            strict_builtin_errors: false,
            unknowns: false,
        };
        let path = program.document("data.t.p").expect("a path");
        let mut evaluator = Evaluator::new(Limits { time_ms_max, ..Limits::DEFAULT });
        evaluator.evaluate(&program, &path, &environment).map(|_| ())
    };
    let error = answer(20_000).expect_err("a limit");
    let limit =
        EvalErrorKind::Limit { limit: "time in milliseconds", value: 20_000, rule: Some("data.t.p".to_owned()) };
    assert_eq!(*error.kind(), limit);
    assert!(answer(10_000_000).is_ok());
}

#[test]
fn a_huge_range_is_no_huge_allocation() {
    let program = program(&["package t\np := count(numbers.range(1, 1000000000000))"]);
    let arena = Arena::new();
    let answer = evaluate(&program, &["t", "p"], &arena, None, Value::EMPTY_OBJECT, SMALL);
    assert!(["undefined", "error: eval_limit_error"].contains(&in_words(&answer).as_str()), "{}", in_words(&answer));
    assert!(arena.allocated_bytes() < 1 << 30);
}

fn chain(length: usize) -> String {
    let mut text = "package t\np := r0\n".to_owned();
    for rule in 0..length {
        let _ = writeln!(text, "r{rule} := r{}", rule + 1);
    }
    let _ = writeln!(text, "r{length} := 1");
    text
}

#[test]
fn chains_of_rules() {
    on_small_stack(|| {
        let program = program(&[&chain(9_990)]);
        let arena = Arena::new();
        let answer = evaluate(&program, &["t", "p"], &arena, None, Value::EMPTY_OBJECT, Limits::default());
        assert_eq!(in_words(&answer), "1");
        let answer = evaluate(&program, &["t", "p"], &arena, None, Value::EMPTY_OBJECT, SMALL);
        let error = answer.expect_err("too deep");
        assert!(matches!(error.kind(), EvalErrorKind::Limit { limit: "nested rules", value: 200, .. }), "{error}");
        assert!(error.place().is_some());
    });
    on_small_stack(|| {
        let program = program(&[&chain(20_000)]);
        let arena = Arena::new();
        let answer = evaluate(&program, &["t", "p"], &arena, None, Value::EMPTY_OBJECT, Limits::default());
        assert_eq!(in_words(&answer), "error: eval_limit_error");
    });
}

#[test]
fn chains_of_functions() {
    on_small_stack(|| {
        let mut text = "package t\np := f0(1)\n".to_owned();
        for rule in 0..3_000 {
            let _ = writeln!(text, "f{rule}(x) := y if {{ some z in [f{}(x)]; y := [z | true][0] }}", rule + 1);
        }
        let _ = writeln!(text, "f3000(x) := x");
        let program = program(&[&text]);
        let arena = Arena::new();
        let answer = evaluate(&program, &["t", "p"], &arena, None, Value::EMPTY_OBJECT, Limits::default());
        assert_eq!(in_words(&answer), "1");
    });
}

#[test]
fn long_bodies() {
    on_small_stack(|| {
        for literal in
            ["some x# in [1]", "x# := 1", "[1][x#]", "not input.x#", "1 == 1 with input as #", "{1 | y# := 1}[_]"]
        {
            let mut text = "package t\np if {\n".to_owned();
            for line in 0..2_000 {
                let _ = writeln!(text, "\t{}", literal.replace('#', &line.to_string()));
            }
            text.push('}');
            let program = program(&[&text]);
            let arena = Arena::new();
            let answer = evaluate(&program, &["t", "p"], &arena, None, Value::EMPTY_OBJECT, Limits::default());
            assert_eq!(in_words(&answer), "true", "{literal}");
        }
    });
}

#[test]
fn deep_data() {
    on_small_stack(|| {
        let arena = Arena::new();
        for wrap in ["array", "object", "set"] {
            let mut deep = Value::Int(1);
            for _ in 0..1_000 {
                deep = match wrap {
                    "array" => arena.array(&[deep]),
                    "set" => arena.set(&[deep]),
                    _ => arena.object(&[(arena.string("k"), deep)]),
                };
            }
            let program = program(&[
                "package t\np := [input == data.d.x, count({input, data.d.x}), input in [data.d.x], is_string(sprintf(\"%v\", [input])), \
                 count([1 | walk(input, _)])]",
            ]);
            let data = arena.object(&[(arena.string("d"), arena.object(&[(arena.string("x"), arena.copy(deep))]))]);
            let answer = evaluate(&program, &["t", "p"], &arena, Some(deep), data, Limits::default());
            assert_eq!(in_words(&answer), "[true, 1, true, true, 1001]", "{wrap}");
        }
    });
}

#[test]
fn what_looks_recursive_is_found_before_it_runs() {
    for rules in [
        "p if data.t[input.x]",
        "f(x) := g(x)\ng(x) := f(x)\np := f(1)",
        "p if { some x in data; x == 1 }",
        "p := count(data.t)",
        "p if { q with input as 1 }\nq := p",
    ] {
        let errors = try_compile(&[&format!("package t\n{rules}")]).expect_err("recursion");
        assert!(errors.iter().all(|error| error.code == "rego_recursion_error"), "{rules}: {errors:#?}");
    }
    // A stand-in calls originals, so it may use what it stands in for.
    check("f(x) := x\ng(x) := f(x) + 1\np := x if x := f(1) with f as g", "", "2");
    check("g(x) := count(x) + 1\np := x if x := count([1]) with count as g", "", "2");
}

fn survives(text: &str) {
    let arena = Arena::new();
    let input = document(&arena, &json!({"a": {"$unknown": ""}, "b": [1, {"c": "x"}], "x": 1}));
    let (module, errors) = parse_module(&Source::new("m", text), Dialect::V1);
    let package = module.package.path.clone();
    if errors.is_empty()
        && let Ok(program) = compile(vec![module], &CompileOptions { keep_print: true, ..CompileOptions::default() })
    {
        let path: Vec<&str> = package.iter().map(String::as_str).collect();
        let _ = in_words(&evaluate(&program, &path, &arena, Some(input), Value::EMPTY_OBJECT, SMALL));
        let (query, errors) = parse_query(&Source::new("q", "data[x][y] = z"), Dialect::V1);
        if errors.is_empty()
            && let Ok(query) = program.prepare(&query)
        {
            let environment = Environment {
                arena: &arena,
                data: Value::EMPTY_OBJECT,
                input: None,
                host: &HOST,
                strict_builtin_errors: true,
                unknowns: true,
            };
            let _ = Evaluator::new(SMALL).query(&program, &query, &environment).map(|solutions| solutions.len());
        }
    }
}

const TOKENS: &[&str] = &[
    "p",
    "q",
    "x",
    "y",
    "input",
    "data",
    "data.t",
    "input.a",
    "input.b",
    "_",
    "1",
    "0",
    "\"a\"",
    "true",
    "false",
    "null",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ":",
    ",",
    ";",
    "\n",
    ".",
    " := ",
    " = ",
    " == ",
    " != ",
    " < ",
    " | ",
    " & ",
    " + ",
    " / ",
    " in ",
    " some ",
    " every ",
    " not ",
    " with ",
    " as ",
    " if ",
    " contains ",
    " else ",
    " default ",
    " import ",
    "count(",
    "walk(",
    "sprintf(",
    "numbers.range(",
    "p(",
    "q(x)",
    "$\"{",
    "}\"",
    "-",
    "set()",
    "p[x]",
    "[x | ",
    "{x: y | ",
    "{x | ",
    "print(",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn token_soup(tokens in vec(0..TOKENS.len(), 0..60)) {
        let mut text = "package t\n".to_owned();
        tokens.iter().for_each(|&token| text.push_str(TOKENS[token]));
        survives(&text);
    }

    /// Random policies with tokens put in, taken out and swapped.
    #[test]
    fn mutated_policies(bytes in vec(any::<u8>(), 0..160), changes in vec((any::<u16>(), 0..TOKENS.len(), 0..3), 0..4)) {
        let mut text = policy(&mut Chooser::new(&bytes), Style::Assigned).text();
        for (at, token, change) in changes {
            let places: Vec<usize> = text.char_indices().map(|(index, _)| index).collect();
            let at = places[usize::from(at) % places.len()];
            match change {
                0 => text.insert_str(at, TOKENS[token]),
                1 => drop(text.remove(at)),
                _ => {
                    text.remove(at);
                    text.insert_str(at, TOKENS[token]);
                }
            }
        }
        survives(&text);
    }
}

/// The modules of the conformance suite, each with a few lines left out, doubled or swapped.
#[test]
fn mutated_conformance_modules() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance/rego/cases.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("{path} is not there: its modules are not tried");
        return;
    };
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("an array of cases");
    let modules =
        cases.iter().flat_map(|case| case["modules"].as_array()).flatten().filter_map(|module| module.as_str());
    let mut seed = 7_usize;
    for module in modules.step_by(3) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let lines: Vec<&str> = module.lines().collect();
        let at = (seed >> 33) % lines.len().max(1);
        let other = (seed >> 13) % lines.len().max(1);
        let mut changed = lines.clone();
        match seed >> 60 {
            0..=5 => drop(changed.remove(at.min(lines.len() - 1))),
            6..=10 => changed.insert(at, lines[other]),
            _ => changed.swap(at, other),
        }
        survives(&changed.join("\n"));
    }
}

#[test]
fn checks_of_this_file_run_under_limits() {
    check_in(&["package t\np := count(numbers.range(1, 1000))"], "", "{}", "1000");
}
