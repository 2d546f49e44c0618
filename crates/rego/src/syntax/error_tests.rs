//! What the parser says about mistakes: the cases of `tests/syntax_errors.md`, and places and trees beside errors.

use super::ast::Dialect;
use super::{parse_module, parse_query, parse_term};
use value::{Diagnostic, Source};

/// One fenced module and the list below it.
struct Case {
    heading: String,
    dialect: Dialect,
    module: String,
    expected: String,
}

fn cases(document: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut heading = "";
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title;
        }
        let Some(info) = line.strip_prefix("```rego") else { continue };
        let dialect = if info.trim() == "v0" { Dialect::V0 } else { Dialect::V1 };
        let module =
            lines.by_ref().take_while(|line| *line != "```").fold(String::new(), |text, line| text + line + "\n");
        let expected = lines.by_ref().skip(1).take_while(|line| !line.is_empty());
        let expected = expected.fold(String::new(), |text, line| text + line + "\n");
        cases.push(Case { heading: heading.to_owned(), dialect, module, expected });
    }
    cases
}

/// Errors as the document lists them.
fn listed(errors: &[Diagnostic]) -> String {
    let mut list = String::new();
    for error in errors {
        let position = error.position().expect("a place");
        list += &format!("- {position} {}\n", error.message);
        if let Some(help) = &error.help {
            list += &format!("  {help}\n");
        }
    }
    list
}

#[test]
fn mistakes_bring_the_errors_that_the_document_lists() {
    let cases = cases(include_str!("../../tests/syntax_errors.md"));
    assert!(cases.len() > 100);
    let mut failures = String::new();
    for Case { heading, dialect, module, expected } in cases {
        let source = Source::new("m.rego", format!("package a\n{module}"));
        let (_, errors) = parse_module(&source, dialect);
        let got = listed(&errors);
        if got != expected {
            failures += &format!("{heading}:\n{module}expected:\n{expected}got:\n{got}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn codes_and_the_one_line_form() {
    let (_, errors) = parse_module(&Source::new("a/b.rego", "package a\np := \"x\" +\n"), Dialect::V1);
    assert_eq!(errors[0].to_string(), "a/b.rego:3:1: rego_parse_error: unexpected end of file: expected expression");
    let (_, errors) = parse_module(&Source::new("m", "package a\ninput := 1"), Dialect::V1);
    assert_eq!(errors[0].code, "rego_compile_error");
}

#[test]
fn a_module_without_a_package_is_one_error() {
    for (text, expected) in [
        ("", "- 1:1 empty module\n  begin the module with `package` and a name\n"),
        ("# a comment\n", "- 2:1 empty module\n  begin the module with `package` and a name\n"),
        ("p := 1\nq := 2\n", "- 1:1 package expected\n  begin the module with `package` and a name\n"),
        ("package\n", "- 2:1 unexpected end of file: expected the name of the package\n"),
        ("package 1\np := 1", "- 1:9 unexpected number `1`: expected the name of the package\n"),
        ("package a[b]\np := 1", "- 1:11 unexpected `b`: expecting string\n  write `.b` or `[\"b\"]`\n"),
        ("package a.\np := 1", "- 2:1 unexpected identifier `p`: expected a name after `.`\n"),
    ] {
        let (_, errors) = parse_module(&Source::new("m", text), Dialect::V1);
        assert_eq!(listed(&errors), expected, "{text}");
    }
}

#[test]
fn rules_around_a_mistake_are_still_read() {
    let text =
        "package a\n\na := 1\n\nb if {\n\tx := [1, 2\n\ty == 3\n}\n\nc := 2\n\nd := )\n\ne if { true } else := 3\n";
    let (module, errors) = parse_module(&Source::new("m", text), Dialect::V1);
    let names: Vec<_> = module.rules.iter().map(|rule| rule.head.name.text.as_str()).collect();
    assert_eq!(names, ["a", "c", "e"]);
    assert_eq!(errors.len(), 2);
    assert_eq!(module.package.path, ["a"]);
}

#[test]
fn queries_and_terms() {
    for (text, expected) in [
        ("", "- 1:1 empty query\n"),
        ("x = 1;", "- 1:7 unexpected end of file: expected expression\n"),
        ("x = 1 y = 2", "- 1:7 unexpected identifier `y`: expected newline, `;` or end of query\n"),
        ("x := )", "- 1:6 unexpected `)` token: expected expression\n"),
        (
            "x == \"a",
            "- 1:6 non-terminated string\n  close it with `\"` on the same line, or write a raw string in backticks\n",
        ),
        ("data.a if true", "- 1:8 unexpected `if` keyword: expected newline, `;` or end of query\n"),
    ] {
        let (query, errors) = parse_query(&Source::new("q", text), Dialect::V1);
        assert_eq!(listed(&errors), expected, "{text}");
        assert!(query.body.is_empty());
    }
    for (text, expected) in [
        ("", "- 1:1 unexpected end of file: expected expression\n"),
        ("1 2", "- 1:3 unexpected number `2`: expected end of file\n"),
        ("x := 1", "- 1:3 unexpected `:=` token: expected end of file\n"),
        ("{\"a\": 1", "- 1:8 unexpected end of file: expected `,` or `}`\n  close the `{` at line 1, column 1\n"),
    ] {
        let (term, errors) = parse_term(&Source::new("t", text), Dialect::V1);
        assert_eq!(listed(&errors), expected, "{text}");
        assert!(term.is_none());
    }
}

#[test]
fn positions_count_characters() {
    let (_, errors) = parse_module(&Source::new("m", "package a\np := \"\u{e9}\u{1f600}\" @\n"), Dialect::V1);
    assert_eq!(listed(&errors), "- 2:11 illegal token `@`\n");
}
