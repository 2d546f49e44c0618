//! Mistakes that the compiler finds: one error a mistake, in its place. The cases are in `compile_errors.md`,
//! `types.md` and `strict.md`.

use super::literate;
use super::support::try_compile;
use rego::CompileOptions;
use rego::syntax::ast::Dialect;
use rego::syntax::parse_module;
use value::Source;

#[test]
fn one_error_a_mistake() {
    literate::check("compile_errors.md", include_str!("compile_errors.md"), 90);
}

#[test]
fn types() {
    literate::check("types.md", include_str!("types.md"), 90);
}

#[test]
fn strict() {
    let options = CompileOptions { strict: true, ..CompileOptions::default() };
    literate::check_with("strict.md", include_str!("strict.md"), 30, &options);
}

/// Whoever makes a mistake is told what to do.
#[test]
fn errors_help() {
    for module in [
        "p if x",
        "p := foo(1)",
        "p := count(1, 2, 3)",
        "p if p",
        "p := 1\np contains 2",
        "p if { x := 1; x := 2 }",
        "p if { x == 1; x := 2 }",
        "p if { 1 := 2 }",
        "p := 1\np.q := 2",
        "default p := 1\ndefault p := 2",
        "f(x) := 1\nf(x, y) := 2",
        "p if { true with foo as 1 }",
        "p := count(5)",
        "p if 1 == \"a\"",
        "p := {\"a\": 1}\nq := p.b",
        "p := {\"a\": 1}\nq if { k := true; p[k] }",
        "p if { some x in 1; x }",
        "f(x) := x\np := f",
        "f(x) := x + 1\np := f(\"a\")",
        "p := print(1)",
        "p := any([])",
        "p if { some x; true }",
    ] {
        let errors = try_compile(&[&format!("package t\n{module}")]).expect_err("a mistake");
        assert!(errors.iter().all(|error| error.help.is_some()), "{errors:#?}");
    }
}

/// Types grow with what rules are made of, and are given up before they take long.
#[test]
fn large_types() {
    let mut chain = "package t\nr0 := [1]\n".to_owned();
    for rule in 1..2_000 {
        chain.push_str(&format!("r{rule} := {{\"a\": [r{0}, r{0}]}} if r{0} == r{0}\n", rule - 1));
    }
    let table: Vec<String> = (0..3_000).map(|n| format!("\"k{n}\": {{\"v{n}\": [{n}]}}")).collect();
    let table = format!(
        "package t\ntable := {{{}}}\np := [x | some x in table; x.w + 1 == 2]\nq := table.none\n",
        table.join(", ")
    );
    let shapes: Vec<String> = (0..100).map(|n| format!("p := {{\"k{n}\": {n}}} if input.n == {n}")).collect();
    let shapes = format!("package t\n{}\nq := p.none\n", shapes.join("\n"));
    for module in [chain, table, shapes] {
        try_compile(&[&module]).expect("nothing is known of what is that large");
    }
}

/// What the parser lets through nests no deeper than a thread's stack.
#[test]
fn deep_expressions() {
    for (before, inner, after) in [
        ("[", "1", "]"),
        ("count([", "1", "])"),
        ("[x | x := ", "1", "]"),
        ("{\"a\": ", "1", "}"),
        ("1 + (", "1", ")"),
        ("[1][", "0", "]"),
    ] {
        let depth = (1..=rego::syntax::DEPTH_MAX as usize)
            .rev()
            .find(|depth| {
                let source = Source::new(
                    "m.rego",
                    format!("package t\np := {}{inner}{}", before.repeat(*depth), after.repeat(*depth)),
                );
                parse_module(&source, Dialect::V1).1.is_empty()
            })
            .expect("a depth that parses");
        assert!(depth > 40, "{before}: {depth}");
        let module = format!("package t\np := {}{inner}{}", before.repeat(depth), after.repeat(depth));
        try_compile(&[&module]).unwrap_or_else(|errors| panic!("{before}: {errors:#?}"));
    }
}

/// What is unsafe deep inside is found in one look at each part, not in one more for each level around it.
#[test]
fn deep_unsafe_variables() {
    for (before, inner, after) in [
        ("1 + (", "x", ")"),
        ("f(", "x", ", input.a[_])"),
        ("[", "x", ", input.a[_]]"),
        ("f(input.b[_], ", "x", ")"),
        ("input.a[f(input.b[_], ", "x", ")]"),
    ] {
        let (before, after) = (before.repeat(20), after.repeat(20));
        let module = format!("package t\nf(a, b) := [a, b]\np if {{ {before}{inner}{after} != 1 }}\n");
        let errors = try_compile(&[&module]).expect_err("a mistake");
        let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
        assert_eq!(messages, ["var x is unsafe"], "{module}");
    }
    let (left, right) = (format!("{}x{}", "[".repeat(40), ", 1]".repeat(40)), "[".repeat(40));
    let right = format!("{right}y{}", (0..40).map(|n| format!(", v{n}]")).collect::<String>());
    let errors = try_compile(&[&format!("package t\np if {{ {left} = {right} }}\n")]).expect_err("a mistake");
    assert!(errors.iter().any(|error| error.message == "var x is unsafe"), "{errors:#?}");
}
