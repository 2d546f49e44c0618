//! Every module, query and input term of OPA's cases parses, and prints back to the same tree.

use super::ast::{Dialect, Module};
use super::parser_tests::shape;
use super::{parse_module, parse_query, parse_term, print_body, print_expression, print_module};
use serde_json::Value as Json;
use value::{Diagnostic, Source};

fn cases() -> Option<Vec<Json>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance/rego/cases.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: {path} is not there");
        return None;
    };
    Some(serde_json::from_str(&text).expect("the cases are JSON"))
}

fn joined(errors: &[Diagnostic]) -> String {
    errors.iter().map(|error| format!("{error}\n")).collect()
}

fn module_shape(module: &Module) -> String {
    let annotations: Vec<_> =
        module.annotations.iter().map(|annotation| (&annotation.yaml, annotation.target)).collect();
    shape(&(&module.package, &module.imports, &module.rules, annotations))
}

/// What is wrong with a module, if anything.
fn check_module(name: &str, text: &str) -> Result<(), String> {
    let (module, errors) = parse_module(&Source::new(name, text), Dialect::V1);
    if !errors.is_empty() {
        return Err(joined(&errors));
    }
    let printed = print_module(&module);
    let (again, errors) = parse_module(&Source::new(name, printed.as_str()), Dialect::V1);
    if !errors.is_empty() {
        return Err(format!("does not parse when printed: {}{printed}", joined(&errors)));
    }
    if module_shape(&module) != module_shape(&again) {
        return Err(format!("differs when printed:\n{printed}"));
    }
    if print_module(&again) != printed {
        return Err(format!("prints differently the second time:\n{printed}"));
    }
    Ok(())
}

fn check_query(text: &str) -> Result<(), String> {
    let (query, errors) = parse_query(&Source::new("query", text), Dialect::V1);
    if !errors.is_empty() {
        return Err(joined(&errors));
    }
    let printed = print_body(&query.body);
    let (again, errors) = parse_query(&Source::new("query", printed.as_str()), Dialect::V1);
    if !errors.is_empty() || shape(&query.body) != shape(&again.body) {
        return Err(format!("differs when printed: {printed}"));
    }
    Ok(())
}

fn check_term(text: &str) -> Result<(), String> {
    let (term, errors) = parse_term(&Source::new("term", text), Dialect::V1);
    let term = term.ok_or_else(|| joined(&errors))?;
    let printed = print_expression(&term);
    let (again, _) = parse_term(&Source::new("term", printed.as_str()), Dialect::V1);
    if again.is_none_or(|again| shape(&again) != shape(&term)) {
        return Err(format!("differs when printed: {printed}"));
    }
    Ok(())
}

#[test]
fn every_case_parses_and_prints_back() {
    let Some(cases) = cases() else { return };
    let mut failures = Vec::new();
    let mut modules = 0;
    for case in &cases {
        let note = case["note"].as_str().unwrap_or_default();
        let mut check = |what: String, result: Result<(), String>| {
            if let Err(problem) = result {
                failures.push(format!("{note} ({what}, want_error {}): {problem}", case["want_error"]));
            }
        };
        for (index, module) in case["modules"].as_array().into_iter().flatten().enumerate() {
            let name = format!("test-{index}.rego");
            modules += 1;
            check(name.clone(), check_module(&name, module.as_str().unwrap_or_default()));
        }
        if let Some(query) = case["query"].as_str() {
            check("query".to_owned(), check_query(query));
        }
        if let Some(term) = case["input_term"].as_str() {
            check("input_term".to_owned(), check_term(term));
        }
    }
    println!("{} cases, {modules} modules", cases.len());
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
