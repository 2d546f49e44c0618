//! Mistakes that the compiler finds: one error a mistake, in its place. The cases are in `compile_errors.md`.

use super::support::try_compile;
use std::fmt::Write;

/// Blocks in three backticks: the modules of a case, then its errors.
fn cases(text: &str) -> Vec<(Vec<String>, String)> {
    let mut cases = Vec::new();
    let mut modules = Vec::new();
    for block in text.split("```").skip(1).step_by(2) {
        let (language, body) = block.split_once('\n').expect("a line after the backticks");
        match language {
            "rego" if body.starts_with("package") => modules.push(body.to_owned()),
            "rego" => modules.push(format!("package t\n{body}")),
            "text" => cases.push((std::mem::take(&mut modules), body.to_owned())),
            other => panic!("a block of `{other}`"),
        }
    }
    cases
}

fn errors(modules: &[&str]) -> String {
    let mut text = String::new();
    match try_compile(modules) {
        Ok(_) => text.push_str("none\n"),
        Err(errors) => {
            for error in errors {
                let position = error.position().expect("each error has a place");
                let name = error.source.as_ref().map(|source| source.name.as_str()).unwrap_or_default();
                let module = if modules.len() > 1 { format!("{name}:") } else { String::new() };
                let _ = writeln!(text, "{module}{position} {}: {}", error.code, error.message);
            }
        }
    }
    text
}

#[test]
fn one_error_a_mistake() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/evaluation/compile_errors.md");
    let cases = cases(include_str!("compile_errors.md"));
    let mut found = include_str!("compile_errors.md").to_owned();
    for (modules, expected) in &cases {
        let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
        let got = errors(&modules);
        if std::env::var_os("UPDATE").is_some() {
            let last = modules.last().expect("a module");
            let last = last.strip_prefix("package t\n").unwrap_or(last);
            let before = format!("```rego\n{last}```\n```text\n{expected}```");
            found = found.replacen(&before, &format!("```rego\n{last}```\n```text\n{got}```"), 1);
        } else {
            assert_eq!(&got, expected, "{modules:#?}");
        }
    }
    assert!(cases.len() > 90, "{} cases were read", cases.len());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, found).expect("the file of cases");
    }
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
    ] {
        let errors = try_compile(&[&format!("package t\n{module}")]).expect_err("a mistake");
        assert!(errors.iter().all(|error| error.help.is_some()), "{errors:#?}");
    }
}
