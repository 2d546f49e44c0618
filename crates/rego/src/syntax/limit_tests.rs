//! Texts that are deep, long or hostile.

use super::ast::{Dialect, Query};
use super::{DEPTH_MAX, parse_module, parse_query, parse_term, print_body, print_module};
use std::time::{Duration, Instant};
use value::Source;

/// One level of every construct that nests, before and after what it holds.
const LEVELS: [(&str, &str); 19] = [
    ("[", "]"),
    ("{", "}"),
    ("(", ")"),
    ("f(", ")"),
    ("-f(", ")"),
    ("x[", "]"),
    ("{\"a\": ", "}"),
    ("{\"a\": {\"b\": ", "}}"),
    ("[x | ", "]"),
    ("[x | y := ", "]"),
    ("{x: 1 | ", "}"),
    ("{x | ", "}"),
    ("{x | not ", "}"),
    ("{x | every y in ", "{true}}"),
    ("{x | every y in [1] {", "}}"),
    ("$\"{", "}\""),
    ("[1 + 2 * ", "]"),
    ("[1 == 2 | 3 & 4 + 5 * ", "]"),
    ("[x | some y in ", "]"),
];

fn nested(level: (&str, &str), depth: usize) -> String {
    format!("{}1{}", level.0.repeat(depth), level.1.repeat(depth))
}

/// Runs on a stack as small as that of a test's thread, whatever `RUST_MIN_STACK` says.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread").join().expect("no panic");
}

#[test]
fn deep_nesting_is_an_error_and_never_a_crash() {
    on_small_stack(|| {
        for level in LEVELS {
            for depth in [DEPTH_MAX as usize + 1, 1_000, 100_000] {
                let text = nested(level, depth);
                let (query, errors) = parse_query(&Source::new("q", text.as_str()), Dialect::V1);
                assert_eq!(errors.len(), 1, "{level:?} {depth}");
                assert_eq!(errors[0].message, "nested too deeply", "{level:?} {depth}");
                assert!(query.body.is_empty());
            }
        }
    });
}

#[test]
fn nesting_up_to_the_limit_is_read_printed_and_dropped() {
    on_small_stack(|| {
        for level in LEVELS {
            // Some constructs are three levels; none is more.
            let text = nested(level, DEPTH_MAX as usize / 3 - 3);
            let source = Source::new("q", text.as_str());
            let (query, errors) = parse_query(&source, Dialect::V1);
            assert_eq!(errors, [], "{level:?}");
            let Query { body, .. } = query;
            let printed = print_body(&body);
            let (_, errors) = parse_query(&Source::new("q", printed), Dialect::V1);
            assert_eq!(errors, [], "{level:?} when printed");
            drop(body.clone());
        }
    });
}

#[test]
fn deep_nesting_anywhere_is_one_error() {
    on_small_stack(|| {
        let deep = nested(("[", "]"), 100_000);
        let unclosed = "[".repeat(100_000);
        for text in [
            format!("package a\np := {deep}\n"),
            format!("package a\np if {{ {deep} }}\n"),
            format!("package a\np if {{\n\tx := {deep}\n}}\n"),
            format!("package a\np[{deep}] := 1\n"),
            format!("package a\ndefault p := {deep}\n"),
            format!("package a\np := 1 if {{ false }} else := {deep}\n"),
            format!("package a\np if x with input as {deep}\n"),
            format!("package a\np if {unclosed}\n"),
        ] {
            let (module, errors) = parse_module(&Source::new("m", text), Dialect::V1);
            assert_eq!(errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>(), ["nested too deeply"]);
            assert!(module.rules.is_empty());
        }
        let (term, errors) = parse_term(&Source::new("t", deep), Dialect::V1);
        assert!(term.is_none());
        assert_eq!(errors[0].message, "nested too deeply");
    });
}

#[test]
fn operators_in_a_row_count_as_depth() {
    on_small_stack(|| {
        for operator in ["+", "==", "|", "&", "*", "in"] {
            let chain = |length: usize| format!("x{}", format!(" {operator} x").repeat(length));
            let (_, errors) = parse_query(&Source::new("q", chain(DEPTH_MAX as usize)), Dialect::V1);
            assert_eq!(errors, [], "{operator}");
            let (_, errors) = parse_query(&Source::new("q", chain(100_000)), Dialect::V1);
            assert_eq!(errors[0].message, "nested too deeply", "{operator}");
        }
        // What only looks deep is not.
        for text in
            [format!("x{}", ".y".repeat(100_000)), format!("[{}]", "1, ".repeat(100_000)), "x\n".repeat(100_000)]
        {
            let (_, errors) = parse_query(&Source::new("q", text), Dialect::V1);
            assert_eq!(errors, []);
        }
    });
}

/// A bound that no linear parser comes near, however busy the machine is, and no quadratic one keeps.
const LONG: Duration = Duration::from_secs(180);

fn quickly(what: &str, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    assert!(start.elapsed() < LONG, "{what} took {:?}", start.elapsed());
}

#[test]
fn ten_thousand_rules_are_quick() {
    let rule = |index: usize| {
        format!(
            "# METADATA\n# title: rule {index}\ndeny_{index} contains msg if {{\n\tsome i, tag in input.resource.tags\n\t\
             startswith(tag, \"x{index}\")\n\tcount({{y | y := input.list[_]}}) > i + {index}\n\tmsg := \
             sprintf(\"%v: %v\", [i, tag])\n}}\n\n"
        )
    };
    let text: String = std::iter::once("package p\n\n".to_owned()).chain((0..10_000).map(rule)).collect();
    let source = Source::new("m", text);
    quickly("parsing", || {
        let start = Instant::now();
        let (module, errors) = parse_module(&source, Dialect::V1);
        println!("{} bytes in {:?}", source.text.len(), start.elapsed());
        assert_eq!(errors, []);
        assert_eq!(module.rules.len(), 10_000);
        assert_eq!(module.annotations.len(), 10_000);
        let (again, errors) = parse_module(&Source::new("m", print_module(&module)), Dialect::V1);
        assert_eq!(errors, []);
        assert_eq!(again.rules.len(), 10_000);
    });
}

#[test]
fn reading_is_never_exponential_or_quadratic() {
    // Each of these invites a parser to read the same text again at every level.
    let depth = DEPTH_MAX as usize / 3;
    for (open, close) in [
        ("{a | b, ", "}"),
        ("[a | b, ", "]"),
        ("{\"k\": a | b, \"l\": ", "}"),
        ("{a | b, {c | d, ", "}}"),
        ("(a, ", " in c)"),
        ("{ ", " | b}"),
    ] {
        let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        quickly(&text, || {
            parse_query(&Source::new("q", text.as_str()), Dialect::V1);
        });
    }
    let broken = "p if {\n".repeat(20_000);
    let many_errors = "p := := 1\n".repeat(20_000);
    let strange: String = std::iter::repeat_n("\u{1}\u{e9}@ ~ ` \" $\" {", 20_000).collect();
    for text in [broken, many_errors, strange, "{".repeat(100_000), "}".repeat(100_000), "\"\n".repeat(100_000)] {
        let text = format!("package a\n{text}");
        quickly(&text[..40], || {
            let (_, errors) = parse_module(&Source::new("m", text.as_str()), Dialect::V1);
            assert!((1..=100).contains(&errors.len()));
        });
    }
}

#[test]
fn no_prefix_and_no_damaged_text_makes_it_panic() {
    let text = "package a.b[\"c\"]\nimport data.x as y\n# METADATA\n# title: t\np contains x if {\n\tsome k, v in input.a\n\t\
                not f(x)[_].c == $\"a {x with input as {\"b\": 1}} \\{ `\"\n\tevery z in [y | y := 1e3] { z != -0.5 }\n} \
                else := {1 | 2, \"\\u00e9\u{e9}\"} if { true } with data.x as `r`\ndefault q(_) = {\"k\": set()}\n";
    for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
        for dialect in [Dialect::V0, Dialect::V1] {
            parse_module(&Source::new("m", &text[..end]), dialect);
            parse_query(&Source::new("q", &text[end..]), dialect);
            for inserted in ["{", "}", "\"", "`", "$\"", ")", "[", "|", ",", "if", "\u{e9}", "\0", "#", "\n"] {
                let damaged = format!("{}{inserted}{}", &text[..end], &text[end..]);
                parse_module(&Source::new("m", damaged), dialect);
            }
        }
    }
}
