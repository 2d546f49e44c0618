//! What the parser reads.

use super::ast::{AnnotationTarget, BinaryOperator, Dialect, Expr, ExprKind, HeadKind, LiteralKind, Module};
use super::{parse_module, parse_query, parse_term, print_body, print_expression, print_module, print_rule};
use std::fmt::Debug;
use value::Source;

/// The debug form of a tree without its places.
pub(super) fn shape(tree: &impl Debug) -> String {
    let debug = format!("{tree:?}");
    let mut shape = String::with_capacity(debug.len());
    let mut rest = debug.as_str();
    while let Some(position) = rest.find("Span { start: ") {
        let (before, span) = rest.split_at(position);
        shape.push_str(before);
        rest = span.split_once('}').map_or("", |(_, after)| after);
    }
    shape.push_str(rest);
    shape
}

fn module(text: &str, dialect: Dialect) -> Module {
    let source = Source::new("m", text);
    let (module, errors) = parse_module(&source, dialect);
    assert_eq!(errors, [], "{text}");
    module
}

/// The rules of `text`, printed one after the other; checks that what is printed is read as the same tree.
fn rules(text: &str, dialect: Dialect) -> String {
    let module = module(&format!("package a\n{text}"), dialect);
    let again = self::module(&print_module(&module), dialect);
    assert_eq!(shape(&module.rules), shape(&again.rules), "{text}");
    module.rules.iter().map(|rule| print_rule(rule, dialect)).collect::<Vec<_>>().join("\n")
}

fn expression(text: &str) -> Expr {
    let (term, errors) = parse_term(&Source::new("t", text), Dialect::V1);
    assert_eq!(errors, [], "{text}");
    term.expect("a term without errors")
}

fn body(text: &str) -> String {
    let (query, errors) = parse_query(&Source::new("q", text), Dialect::V1);
    assert_eq!(errors, [], "{text}");
    let printed = print_body(&query.body);
    let (again, errors) = parse_query(&Source::new("q", printed.as_str()), Dialect::V1);
    assert_eq!(errors, [], "{printed}");
    assert_eq!(shape(&query.body), shape(&again.body), "{text}");
    printed
}

/// The expression with a pair of parentheses for every operator, and no others.
fn explicit(expression: &Expr) -> String {
    match &expression.kind {
        ExprKind::Binary { operator, left, right } => {
            format!("({} {} {})", explicit(left), operator.symbol(), explicit(right))
        }
        ExprKind::In { key: None, value, collection } => format!("({} in {})", explicit(value), explicit(collection)),
        ExprKind::In { key: Some(key), value, collection } => {
            format!("({}, {} in {})", explicit(key), explicit(value), explicit(collection))
        }
        ExprKind::Parenthesised(inner) => explicit(inner),
        _ => print_expression(expression),
    }
}

#[test]
fn operators_bind_as_in_opa() {
    for (text, expected) in [
        ("a + b * c", "(a + (b * c))"),
        ("a * b + c", "((a * b) + c)"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b * c % d", "(((a / b) * c) % d)"),
        ("a | b & c", "(a | (b & c))"),
        ("a & b | c", "((a & b) | c)"),
        ("a & b + c", "(a & (b + c))"),
        ("a | b == c & d", "((a | b) == (c & d))"),
        ("a == b == c", "((a == b) == c)"),
        ("a < b != c >= d", "(((a < b) != c) >= d)"),
        ("a == b in c", "((a == b) in c)"),
        ("a in b == c", "(a in (b == c))"),
        ("a in b in c", "((a in b) in c)"),
        ("a, b in c", "(a, b in c)"),
        ("a + 1, b * 2 in c | d", "((a + 1), (b * 2) in (c | d))"),
        ("(a | b) * c", "((a | b) * c)"),
        ("a -1", "(a - 1)"),
        ("a - -1", "(a - -1)"),
        ("a-1", "(a - 1)"),
        ("-x.y + 1", "(-x.y + 1)"),
        ("1 + 2 * 3 - 4 == 5 | 6 in 7", "((((1 + (2 * 3)) - 4) == (5 | 6)) in 7)"),
    ] {
        assert_eq!(explicit(&expression(text)), expected, "{text}");
    }
}

#[test]
fn terms_print_as_they_are_read() {
    for (text, expected) in [
        ("null", "null"),
        ("- 5", "-5"),
        (".5", "0.5"),
        ("-.25e-3", "-0.25e-3"),
        ("0", "0"),
        ("123456789012345678901234567890.0001E+5", "123456789012345678901234567890.0001E+5"),
        ("\"a\\n\\u00e9\\ud83d\\ude00\\/\"", "\"a\\n\u{e9}\u{1f600}/\""),
        ("\"\\ud800x\\udc00\"", "\"\u{fffd}x\u{fffd}\""),
        ("`a\\n\"{`", "\"a\\\\n\\\"{\""),
        ("\"\\u0000\"", "\"\\u0000\""),
        ("[]", "[]"),
        ("[1, [2,], ]", "[1, [2]]"),
        ("[, 1]", "[1]"),
        ("{}", "{}"),
        ("{ }", "{}"),
        ("set()", "set()"),
        ("set( )", "set()"),
        ("set(x)", "set(x)"),
        ("{1}", "{1}"),
        ("{1,}", "{1}"),
        ("{1, {2}}", "{1, {2}}"),
        ("{\"a\": 1, x: [y],}", "{\"a\": 1, x: [y]}"),
        ("{a + 1: b - 1}", "{a + 1: b - 1}"),
        ("{a == b: c in d, e: f}", "{a == b: c in d, e: f}"),
        ("[a in b, (c, d in e)]", "[a in b, (c, d in e)]"),
        ("f()", "f()"),
        ("f(a, b + 1,)", "f(a, b + 1)"),
        ("a.b.c(1).d[e](2)", ""),
        ("a.b[\"c\"][\"d e\"][\"1\"]", "a.b.c[\"d e\"][\"1\"]"),
        ("a[b.c[_]].d", "a[b.c[_]].d"),
        ("a[[1, x]]", "a[[1, x]]"),
        ("a[k, v in xs]", "a[k, v in xs]"),
        ("f(x).y[0]", "f(x).y[0]"),
        ("[1, 2][0]", "[1, 2][0]"),
        ("{\"a\": 1}.a", "{\"a\": 1}.a"),
        ("{1, 2}[x]", "{1, 2}[x]"),
        ("[x | x := 1][0]", "[x | x := 1][0]"),
        ("(a | b)[x]", "(a | b)[x]"),
        ("a.if.in[\"not\"].contains", "a.if.in.not.contains"),
        ("not.x", "not.x"),
        ("if[\"x\"].y", "if.x.y"),
        ("contains(x, \"y\")", "contains(x, \"y\")"),
        ("data.lib.f(input)", "data.lib.f(input)"),
        ("((1))", "((1))"),
        ("$\"a {x} \\{b\\t} {y + 1}\"", "$\"a {x} \\{b\\t} {y + 1}\""),
        ("$`a \\n {x} \\{b}`", "$\"a \\\\n {x} \\{b}\""),
        ("$\"\"", "$\"\""),
        ("$\"{$\"{x}\"}{ {\"a\": {1}} }\"", "$\"{$\"{x}\"}{{\"a\": {1}}}\""),
        (
            "$\"{x with input.a as {\"b\": 1} with data.c as 2}\"",
            "$\"{x with input.a as {\"b\": 1} with data.c as 2}\"",
        ),
        ("a # comment\n+ # comment\n b", "a + b"),
        ("[\n1, # one\n2,\n]", "[1, 2]"),
    ] {
        if expected.is_empty() {
            let (_, errors) = parse_term(&Source::new("t", text), Dialect::V1);
            assert_eq!(errors.len(), 1, "{text}");
            continue;
        }
        assert_eq!(print_expression(&expression(text)), expected, "{text}");
        assert_eq!(shape(&expression(expected)), shape(&expression(text)), "{text}");
    }
}

#[test]
fn a_bar_in_brackets_is_a_comprehension_unless_a_comma_follows() {
    for (text, expected, comprehension) in [
        ("{x | y}", "{x | y}", true),
        ("[x | y; z]", "[x | y; z]", true),
        ("{x: y | z}", "{x: y | z}", true),
        ("{a + 1: y | z}", "{a + 1: y | z}", true),
        ("{x |\n y\n z := 1\n}", "{x | y; z := 1}", true),
        ("[x[0] | some x in xs; not x.y]", "[x[0] | some x in xs; not x.y]", true),
        ("[(a + 1) | b]", "[(a + 1) | b]", true),
        ("{x | y, z in zs}", "{x | y, z in zs}", true),
        ("{x | y | z}", "{x | y | z}", true),
        ("[[y | y := x] | x := [1]]", "[[y | y := x] | x := [1]]", true),
        ("{x | every y in x { y }}", "{x | every y in x {\n\ty\n}}", true),
        ("{a | b, c}", "{, a | b, c}", false),
        ("[a | b, c]", "[, a | b, c]", false),
        ("[a | b,]", "[, a | b]", false),
        ("{, a | b}", "{, a | b}", false),
        ("{k: a | b, l: c}", "{, k: a | b, l: c}", false),
        ("{a | b & c == d in e, f}", "{, a | b & c == d in e, f}", false),
        ("{a | b | c, d | e}", "{, a | b | c, d | e}", false),
        ("{a | {b | c, d}, {e | f}}", "{, a | {, b | c, d}, {e | f}}", false),
        ("{a + b | c}", "{a + b | c}", false),
        ("f(a | b)", "f(a | b)", false),
        ("{1, a | b}", "{1, a | b}", false),
    ] {
        let tree = expression(text);
        let kind = matches!(
            tree.kind,
            ExprKind::ArrayComprehension { .. }
                | ExprKind::SetComprehension { .. }
                | ExprKind::ObjectComprehension { .. }
        );
        assert_eq!(kind, comprehension, "{text}");
        assert_eq!(print_expression(&tree), expected, "{text}");
        assert_eq!(shape(&expression(expected)), shape(&tree), "{text}");
    }
    let ExprKind::Set(elements) = expression("{a | b & c == d in e, f}").kind else { panic!("a set") };
    assert_eq!(explicit(&elements[0]), "(((a | (b & c)) == d) in e)");
}

#[test]
fn statements() {
    for (text, expected) in [
        ("x := 1; y = x\nz", "x := 1\ny = x\nz"),
        ("[a, b] := f(x)", "[a, b] := f(x)"),
        ("some x, y\nsome z", "some x, y\nsome z"),
        ("some x in xs; some k, v in xs", "some x in xs\nsome k, v in xs"),
        ("some {\"a\": x}, [y, 1] in f(z) with input as 1", "some {\"a\": x}, [y, 1] in f(z) with input as 1"),
        ("some _ in xs", "some _ in xs"),
        ("every x in xs { x > 1; x < 2 }", "every x in xs {\n\tx > 1\n\tx < 2\n}"),
        ("every _, v in {1,2} { v } with data.x as y", "every _, v in {1, 2} {\n\tv\n} with data.x as y"),
        ("not x", "not x"),
        ("not x in xs", "not x in xs"),
        ("not (a == b)", "not (a == b)"),
        ("not x = 1 with input as 2", "not x = 1 with input as 2"),
        ("x, y in zs", "x, y in zs"),
        (
            "f(x) with input.a.b as 1\n\twith data.c as {2}\nwith count as 3",
            "f(x) with input.a.b as 1 with data.c as {2} with count as 3",
        ),
        ("x with contains as g", "x with contains as g"),
        ("x with time.now_ns as 1", "x with time.now_ns as 1"),
        ("not.foo == 1; some.x; every[\"a\"]; true.x == 2", "not.foo == 1\nsome.x\nevery.a\ntrue.x == 2"),
        ("x := y\n[1, 2][_]", "x := y\n[1, 2][_]"),
        ("x := y\n(z)", "x := y\n(z)"),
        ("x := y\n{1}", "x := y\n{1}"),
        ("x := y\n- 1", "x := y - 1"),
        ("x\n\t== y", "x == y"),
        ("x # c\ny", "x\ny"),
        ("x\r\ny\r\n", "x\ny"),
        ("\u{feff}x", "x"),
    ] {
        assert_eq!(body(text), expected, "{text}");
    }
}

#[test]
fn rules_of_the_new_dialect() {
    for (text, expected) in [
        ("p := 1", "p := 1"),
        ("p = 1", "p := 1"),
        ("p if x", "p if {\n\tx\n}"),
        ("p if { x }", "p if {\n\tx\n}"),
        ("p if {\n\tx\n\ty\n}", "p if {\n\tx\n\ty\n}"),
        ("p if not x", "p if {\n\tnot x\n}"),
        ("p if x with input as 1", "p if {\n\tx with input as 1\n}"),
        ("p := x if { x := 1 }", "p := x if {\n\tx := 1\n}"),
        ("p := q | r if s", "p := q | r if {\n\ts\n}"),
        ("p if {\"a\": 1}.a", "p if {\n\t{\"a\": 1}.a\n}"),
        ("p if {1} == x", "p if {\n\t{1} == x\n}"),
        ("p if {}", "p if {\n\t{}\n}"),
        ("p if a | b", "p if a | b"),
        ("p if { x | y }", "p if {\n\t{x | y}\n}"),
        ("p if {x} {y} {z}", "p if {\n\tx\n}\np if {\n\ty\n}\np if {\n\tz\n}"),
        ("p := 1 if x else := 2 if y else := 3", "p := 1 if {\n\tx\n} else := 2 if {\n\ty\n} else := 3"),
        ("p if {x} else if {y}", "p if {\n\tx\n} else if {\n\ty\n}"),
        ("p if {x}\nelse := 2 if {\ny\n}", "p if {\n\tx\n} else := 2 if {\n\ty\n}"),
        ("p contains 1", "p contains 1"),
        ("p contains x if some x in xs", "p contains x if {\n\tsome x in xs\n}"),
        ("p contains {\"a\": x} if x := 1", "p contains {\"a\": x} if {\n\tx := 1\n}"),
        ("p.q.r contains x if x := 1", "p.q.r contains x if {\n\tx := 1\n}"),
        ("p[x] contains y if x := 1", "p[x] contains y if {\n\tx := 1\n}"),
        ("p[x] := 1 if x := 2", "p[x] := 1 if {\n\tx := 2\n}"),
        ("p[x] if x := 2", "p[x] if {\n\tx := 2\n}"),
        ("p.q if x", "p.q if {\n\tx\n}"),
        ("p.q[x].r[\"s t\"] := 1 if x := 2", "p.q[x].r[\"s t\"] := 1 if {\n\tx := 2\n}"),
        ("p.q[x.y][f(z)] := 1 if z", "p.q[x.y][f(z)] := 1 if {\n\tz\n}"),
        ("f(x) := x + 1", "f(x) := x + 1"),
        ("f(x, {\"a\": [_, y]}, \"z\") = y if x", "f(x, {\"a\": [_, y]}, \"z\") := y if {\n\tx\n}"),
        ("f (x) if x", "f(x) if {\n\tx\n}"),
        ("a.b.f(x) if x", "a.b.f(x) if {\n\tx\n}"),
        ("f(x) if {x} else := 1", "f(x) if {\n\tx\n} else := 1"),
        ("f() := 1", "f := 1"),
        ("f($\"{x}\") := 1", "f($\"{x}\") := 1"),
        ("default p := 1", "default p := 1"),
        ("default p = {\"a\": [x | x := input]}", "default p := {\"a\": [x | x := input]}"),
        ("default p.q := false", "default p.q := false"),
        ("default f(_, x) := false", "default f(_, x) := false"),
        ("p := 1 q := 2", "p := 1\nq := 2"),
        ("if.x := 1\nnot.y if z", "if.x := 1\nnot.y if {\n\tz\n}"),
        ("p.if := 1\np.contains contains 2", "p.if := 1\np.contains contains 2"),
        ("default default.x := 1\ndefault.x := 2", "default default.x := 1\ndefault.x := 2"),
        ("p if {x}\nelse.y := 1", "p if {\n\tx\n}\nelse.y := 1"),
        ("a := b\nin.c := 1", "a := b\nin.c := 1"),
        ("a if b\nwith.c := 1", "a if {\n\tb\n}\nwith.c := 1"),
        ("package.x := 1\nimport[\"y\"] := 2", "package.x := 1\nimport.y := 2"),
        ("contains.x contains \"y\"", "contains.x contains \"y\""),
        ("__local0__ := 1 if __local1__ = 2", "__local0__ := 1 if {\n\t__local1__ = 2\n}"),
    ] {
        assert_eq!(rules(text, Dialect::V1), expected, "{text}");
    }
}

#[test]
fn rules_of_the_old_dialect() {
    for (text, expected) in [
        ("p { x }", "p {\n\tx\n}"),
        ("p = x { x := 1 }", "p := x {\n\tx := 1\n}"),
        ("p[x] { x := 1 }", "p[x] {\n\tx := 1\n}"),
        ("p[{\"msg\": m}] { m := 1; m }", "p[{\"msg\": m}] {\n\tm := 1\n\tm\n}"),
        ("p.q { x }", "p.q {\n\tx\n}"),
        ("p[x]", "p[x]"),
        ("p.q.r", "p.q.r"),
        ("p.a.b[x] { x := 1 }", "p.a.b[x] {\n\tx := 1\n}"),
        ("p[x] = y { x := 1; y := 2 }", "p[x] := y {\n\tx := 1\n\ty := 2\n}"),
        ("f(x) { x }", "f(x) {\n\tx\n}"),
        ("f(x) = 1 { x } else = 2 { y } else = 3", "f(x) := 1 {\n\tx\n} else := 2 {\n\ty\n} else := 3"),
        ("f(x)", "f(x)"),
        ("p { x } { y }", "p {\n\tx\n}\np {\n\ty\n}"),
        ("p { a | b\nc }", "p {\n\ta | b\n\tc\n}"),
        ("default p = false", "default p := false"),
        (
            "p { if := 1; in := if; every := in; contains := every }",
            "p {\n\tif := 1\n\tin := if\n\tevery := in\n\tcontains := every\n}",
        ),
        ("if { contains(in, every) }", "if {\n\tcontains(in, every)\n}"),
        ("contains[in] { in := 1 }", "contains[in] {\n\tin := 1\n}"),
        ("import future.keywords.if\np[x] if { x := 1 }", "p[x] if {\n\tx := 1\n}"),
        ("import future.keywords.contains\np contains x { x := 1 }", "p[x] {\n\tx := 1\n}"),
        ("import future.keywords.every\np { every x in xs { x } }", "p {\n\tevery x in xs {\n\t\tx\n\t}\n}"),
        ("import future.keywords\np contains x if { some x in xs }", "p[x] {\n\tsome x in xs\n}"),
        ("p { some x, y; z[x][y] }", "p {\n\tsome x, y\n\tz[x][y]\n}"),
    ] {
        assert_eq!(rules(text, Dialect::V0), expected, "{text}");
    }
}

#[test]
fn the_kind_of_a_head_depends_on_the_dialect() {
    let kind = |text: &str, dialect| {
        let head = &module(&format!("package a\n{text}"), dialect).rules[0].head;
        let name = match head.kind {
            HeadKind::Value { value: None } => "value",
            HeadKind::Value { value: Some(_) } => "given value",
            HeadKind::Member { .. } => "member",
        };
        format!("{name} at {}", head.path.len())
    };
    for (text, dialect, expected) in [
        ("p[x] { x := 1 }", Dialect::V0, "member at 0"),
        ("p.q { true }", Dialect::V0, "member at 0"),
        ("p[x]", Dialect::V0, "member at 0"),
        ("p.q[x] { x := 1 }", Dialect::V0, "value at 2"),
        ("p[x] = 1 { x := 1 }", Dialect::V0, "given value at 1"),
        ("import future.keywords.if\np[x] if { x := 1 }", Dialect::V0, "value at 1"),
        ("import rego.v1\np[x] if { x := 1 }", Dialect::V0, "value at 1"),
        ("p[x] if { x := 1 }", Dialect::V1, "value at 1"),
        ("p[x] := 1", Dialect::V1, "given value at 1"),
        ("p[x] contains 1", Dialect::V1, "member at 1"),
    ] {
        assert_eq!(kind(text, dialect), expected, "{text}");
    }
    assert_eq!(module("package a\nimport rego.v1\n", Dialect::V0).dialect, Dialect::V1);
    assert_eq!(module("package a\n", Dialect::V0).dialect, Dialect::V0);
}

#[test]
fn packages_and_imports() {
    let text = "package a.if[\"b c\"].not\nimport data.x.y as z\nimport input\nimport input.if as w\nimport \
                data[\"k\"][`l`]\nimport rego.v1\nimport future.keywords.in\nimport future.keywords\nimport \
                future.keywords.not\nimport future.keywords.and\nimport future.keywords.or\n";
    let module = module(text, Dialect::V1);
    assert_eq!(module.package.path, ["a", "if", "b c", "not"]);
    let imports: Vec<_> = module
        .imports
        .iter()
        .map(|import| (import.path.join("/"), import.alias.as_ref().map_or("", |alias| alias.text.as_str())))
        .collect();
    let expected = [
        ("data/x/y", "z"),
        ("input", ""),
        ("input/if", "w"),
        ("data/k/l", ""),
        ("rego/v1", ""),
        ("future/keywords/in", ""),
        ("future/keywords", ""),
        ("future/keywords/not", ""),
        ("future/keywords/and", ""),
        ("future/keywords/or", ""),
    ];
    assert_eq!(imports, expected.map(|(path, alias)| (path.to_owned(), alias)));
    assert!(print_module(&module).starts_with("package a.if[\"b c\"].not\n\nimport data.x.y as z\n"));
}

#[test]
fn negated_bodies_come_by_import() {
    let text =
        "package a\nimport future.keywords.not\np if {\n\tnot { x; y }\n\tnot z\n}\nq if not { x } with input as 1";
    let module = module(text, Dialect::V1);
    assert!(matches!(&module.rules[0].body[0].kind, LiteralKind::NotBody(body) if body.len() == 2));
    assert!(matches!(&module.rules[0].body[1].kind, LiteralKind::Not(_)));
    assert_eq!(module.rules[1].body[0].with.len(), 1);
    let without = self::module("package a\np if not { x }", Dialect::V1);
    assert!(matches!(&without.rules[0].body[0].kind, LiteralKind::Not(Expr { kind: ExprKind::Set(_), .. })));
}

#[test]
fn annotations_belong_to_what_follows() {
    let text = "# a comment\n# METADATA\n# title: the package\n# custom:\n#   x: 1\npackage a\n\n# METADATA\n# scope: \
                document\n\n# not part of it\nimport data.b\n\n# METADATA\n# title: p\n# METADATA is a word\np := 1\n\n  # \
                METADATA\n  # title: q\nq := 2 # METADATA\n# title: r\n\n\nr := 3\n";
    let module = module(text, Dialect::V1);
    let found: Vec<_> = module
        .annotations
        .iter()
        .map(|annotation| (annotation.yaml.as_str(), annotation.first_line, annotation.target))
        .collect();
    let expected = [
        ("  title: the package\n  custom:\n    x: 1\n", 3, AnnotationTarget::Package),
        ("  title: p\n  METADATA is a word\n", 15, AnnotationTarget::Rule(0)),
        ("    title: q\n", 20, AnnotationTarget::Rule(1)),
    ];
    assert_eq!(found, expected);
    let span = module.annotations[0].span;
    assert_eq!(&text[span.start as usize..span.end as usize], "# title: the package\n# custom:\n#   x: 1");
}

#[test]
fn places_cover_what_was_written() {
    let text =
        "package a\np.q[x] contains y if {\n\tsome x in input.a  # c\n\ty := f(x) + [1][0] with input as 2\n} \n";
    let module = module(text, Dialect::V1);
    let rule = &module.rules[0];
    let at = |span: value::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(at(rule.span), text["package a\n".len()..].trim_end());
    assert_eq!(at(rule.head.span), "p.q[x] contains y");
    assert_eq!(at(rule.head.name.span), "p");
    assert_eq!(at(rule.head.path[0].span), "q");
    assert_eq!(at(rule.body[0].span), "some x in input.a");
    assert_eq!(at(rule.body[1].span), "y := f(x) + [1][0] with input as 2");
    let LiteralKind::Expr(Expr { kind: ExprKind::Binary { operator, left, right }, .. }) = &rule.body[1].kind else {
        panic!("an assignment")
    };
    assert_eq!((*operator, at(left.span), at(right.span)), (BinaryOperator::Assign, "y", "f(x) + [1][0]"));
    assert_eq!(at(rule.body[1].with[0].span), "with input as 2");

    let chained = self::module("package a\np if {1 > 0} else := 2 if {3 > 2}\nq if {a} {b}\n", Dialect::V1);
    let text = &chained.source.text;
    assert_eq!(&text[chained.rules[2].span.start as usize..chained.rules[2].span.end as usize], "{b}");
    let branch = chained.rules[0].otherwise[0].span;
    assert_eq!(&text[branch.start as usize..branch.end as usize], "else := 2 if {3 > 2}");
}

#[test]
fn trees_made_by_hand_print_with_the_parentheses_they_need() {
    let leaf = |name: &str| Box::new(Expr { span: value::Span::default(), kind: ExprKind::Var(name.to_owned()) });
    let binary = |operator, left, right| {
        Box::new(Expr { span: value::Span::default(), kind: ExprKind::Binary { operator, left, right } })
    };
    let sum = binary(BinaryOperator::Plus, leaf("a"), leaf("b"));
    assert_eq!(print_expression(&binary(BinaryOperator::Times, sum.clone(), leaf("c"))), "(a + b) * c");
    assert_eq!(print_expression(&binary(BinaryOperator::Minus, leaf("c"), sum.clone())), "c - (a + b)");
    assert_eq!(print_expression(&binary(BinaryOperator::Equal, sum.clone(), sum)), "a + b == a + b");
}

#[test]
fn joined_conditions_come_by_import_and_print_back() {
    let imports = "package a\n\nimport future.keywords\n";
    for (body, printed) in [
        ("a or b and c", "a or (b and c)"),
        ("a or b or c", "(a or b) or c"),
        ("(a or b) and not c", "(a or b) and not c"),
        ("{ x := 1; x == 1 } or (a with input as 1)", "{\n\t\tx := 1\n\t\tx == 1\n\t} or (a with input as 1)"),
        ("a or {b}", "a or {\n\t\tb\n\t}"),
        ("{1} == a or (1 + a) == 2", "{1} == a or (1 + a) == 2"),
        ("x := or(a, b)", "x := or(a, b)"),
    ] {
        let text = print_module(&module(&format!("{imports}p if {{ {body} }}"), Dialect::V1));
        assert!(text.contains(printed), "{body}: {text}");
        assert_eq!(print_module(&module(&text, Dialect::V1)), text, "{body}");
    }
    let without = module("package a\np if { or := 1; or == 1 }", Dialect::V1);
    assert_eq!(without.rules[0].body.len(), 2);
}
