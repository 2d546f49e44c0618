//! Whatever is parsed without mistakes prints as text that is parsed to the same tree, and prints alike again.
#![no_main]

use fuzz::shape;
use libfuzzer_sys::fuzz_target;
use rego::syntax::ast::Dialect;
use rego::syntax::{parse_module, parse_query, print_body, print_module};
use value::Source;

fuzz_target!(|text: &str| {
    module(text, Dialect::V1);
    module(text, Dialect::V0);
    query(text);
});

fn module(text: &str, dialect: Dialect) {
    let (module, errors) = parse_module(&Source::new("first", text), dialect);
    check_places(&errors, text);
    if !errors.is_empty() {
        return;
    }
    let printed = print_module(&module);
    let (again, errors) = parse_module(&Source::new("again", printed.as_str()), dialect);
    assert!(errors.is_empty(), "is not parsed when printed: {errors:?}\n{printed}");
    assert_eq!(shape(&module.rules), shape(&again.rules), "differs when printed\n{printed}");
    assert_eq!(shape(&module.imports), shape(&again.imports), "differs when printed\n{printed}");
    assert_eq!(module.package.path, again.package.path, "differs when printed\n{printed}");
    assert_eq!(printed, print_module(&again), "prints differently the second time");
}

fn query(text: &str) {
    let (query, errors) = parse_query(&Source::new("first", text), Dialect::V1);
    check_places(&errors, text);
    if !errors.is_empty() {
        return;
    }
    let printed = print_body(&query.body);
    let (again, errors) = parse_query(&Source::new("again", printed.as_str()), Dialect::V1);
    assert!(errors.is_empty(), "is not parsed when printed: {errors:?}\n{printed}");
    assert_eq!(shape(&query.body), shape(&again.body), "differs when printed\n{printed}");
}

/// Mistakes are shown with their place, which must be one.
fn check_places(errors: &[value::Diagnostic], text: &str) {
    for error in errors {
        let (start, end) = (error.span.start as usize, error.span.end as usize);
        assert!(text.get(start..end).is_some(), "{start}..{end} is no place in the text: {}", error.message);
    }
}
