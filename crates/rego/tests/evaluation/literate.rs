//! Cases that people read: blocks of modules with what the compiler says of them, in Markdown.

use super::support::try_compile_with;
use rego::CompileOptions;
use rego::syntax::ast::Dialect;
use std::fmt::Write;

/// Modules and what the compiler says of them.
struct Case<'t> {
    /// `rego` or `rego v0`.
    language: &'t str,
    modules: Vec<String>,
    expected: &'t str,
}

/// Blocks in three backticks: the modules of a case, then its errors.
fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let mut modules = Vec::new();
    let mut dialect = "rego";
    for block in text.split("```").skip(1).step_by(2) {
        let (language, body) = block.split_once('\n').expect("a line after the backticks");
        match language {
            "rego" | "rego v0" => {
                dialect = language;
                modules.push(if body.starts_with("package") { body.to_owned() } else { format!("package t\n{body}") });
            }
            "text" => cases.push(Case { language: dialect, modules: std::mem::take(&mut modules), expected: body }),
            other => panic!("a block of `{other}`"),
        }
    }
    cases
}

/// What the compiler says of `modules`, a line a mistake; details of one follow on lines of their own.
fn errors(modules: &[&str], dialect: Dialect, options: &CompileOptions) -> String {
    let mut text = String::new();
    match try_compile_with(modules, dialect, options) {
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

/// Checks every case of the file `name` beside the tests, whose text is `text`. With `UPDATE` in the environment the file gets
/// what was found instead.
pub fn check(name: &str, text: &str, cases_min: usize) {
    check_with(name, text, cases_min, &CompileOptions::default());
}

/// [`check`] with options. Modules in blocks of `rego v0` are from before OPA 1.0.
pub fn check_with(name: &str, text: &str, cases_min: usize, options: &CompileOptions) {
    let cases = cases(text);
    let mut found = text.to_owned();
    let update = std::env::var_os("UPDATE").is_some();
    for Case { language, modules, expected } in &cases {
        let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
        let dialect = if *language == "rego v0" { Dialect::V0 } else { Dialect::V1 };
        let got = errors(&modules, dialect, options);
        if update {
            let last = modules.last().expect("a module");
            let last = last.strip_prefix("package t\n").unwrap_or(last);
            let before = format!("```{language}\n{last}```\n```text\n{expected}```");
            found = found.replacen(&before, &format!("```{language}\n{last}```\n```text\n{got}```"), 1);
        } else {
            assert_eq!(got, *expected, "{modules:#?}");
        }
    }
    assert!(cases.len() >= cases_min, "{} cases were read", cases.len());
    if update {
        let path = format!("{}/tests/evaluation/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, found).expect("the file of cases");
    }
}
