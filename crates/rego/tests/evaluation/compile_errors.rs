//! Mistakes that the compiler finds: one error a mistake, in its place.

use super::support::try_compile;

/// Probe.
fn errors(modules: &[&str]) -> Vec<String> {
    match try_compile(modules) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|error| {
            let position = error.position().map(|p| format!("{p}")).unwrap_or_default();
            format!("{position} {}: {}", error.code, error.message)
        }).collect(),
    }
}

#[test]
fn probe() {
    let table = std::fs::read_to_string("/tmp/probe.txt").unwrap();
    for case in table.split("\n---\n") {
        let modules: Vec<String> = case.split("\n+++\n").map(|m| if m.starts_with("package") { m.to_owned() } else { format!("package t\n{m}") }).collect();
        let refs: Vec<&str> = modules.iter().map(String::as_str).collect();
        println!("{case}\n    => {:#?}\n", errors(&refs));
    }
}
