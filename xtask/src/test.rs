//! Everything CI runs, as a list of steps that goes on after a failure and ends with a count.

use crate::{clients, command, conformance, documented, packages, tidy, tool};
use anyhow::Result;
use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    /// It could not run here, and why.
    Skipped(String),
}

impl From<bool> for Outcome {
    fn from(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }
}

/// What the steps know about where they run.
struct Place {
    root: PathBuf,
    /// Where cargo builds; tools are installed below it.
    target: PathBuf,
    /// On a CI machine, what cannot be installed is a failure: nobody is there to read that it was skipped.
    ci: bool,
}

impl Place {
    /// What comes of a step that lacks something that could not be installed.
    fn unavailable(&self, reason: String) -> Outcome {
        println!("{reason}");
        if self.ci { Outcome::Failed } else { Outcome::Skipped(reason) }
    }
}

/// A step's name and what it does.
type Step = (&'static str, fn(&Place) -> Result<Outcome>);

/// The quick ones first, so that a small mistake shows early.
const STEPS: &[Step] = &[
    ("formatting", formatting),
    ("tidy", |place| Ok(tidy::run(&place.root)?.into())),
    ("lints", lints),
    ("system packages", system_packages),
    ("opa clients", opa_clients),
    ("tests", tests),
    ("rego conformance", rego_conformance),
    ("gatekeeper conformance", gatekeeper_conformance),
    ("documented commands", documented_commands),
    ("dependencies", dependencies),
];

/// Runs all steps; says whether none failed.
pub fn run(root: &Path) -> Result<bool> {
    let place = Place {
        root: root.to_owned(),
        target: tool::target_folder(root)?,
        ci: env::var("CI").is_ok_and(|ci| !matches!(ci.as_str(), "" | "0" | "false")),
    };
    let mut results = Vec::new();
    for &(name, step) in STEPS {
        println!("==> {name}");
        let start = Instant::now();
        let outcome = step(&place).unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            Outcome::Failed
        });
        results.push((name, outcome, start.elapsed()));
    }
    println!("{}", summary(&results));
    Ok(results.iter().all(|(_, outcome, _)| *outcome != Outcome::Failed))
}

/// One line a step, and the count.
fn summary(results: &[(&str, Outcome, Duration)]) -> String {
    let mut text = String::from("\n");
    for (name, outcome, took) in results {
        let (word, reason) = match outcome {
            Outcome::Passed => ("passed", String::new()),
            Outcome::Failed => ("failed", String::new()),
            Outcome::Skipped(reason) => ("skipped", format!("  {reason}")),
        };
        text.push_str(&format!("{word:<8} {:>7.1} s  {name}{reason}\n", took.as_secs_f64()));
    }
    let count = |wanted: fn(&Outcome) -> bool| results.iter().filter(|(_, outcome, _)| wanted(outcome)).count();
    let passed = count(|outcome| *outcome == Outcome::Passed);
    let failed = count(|outcome| *outcome == Outcome::Failed);
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    text.push_str(&format!("\n{passed} passed, {failed} failed, {skipped} skipped"));
    text
}

fn formatting(place: &Place) -> Result<Outcome> {
    Ok(command::succeeds(&mut command::cargo(&place.root, &["fmt", "--all", "--check"]))?.into())
}

fn lints(place: &Place) -> Result<Outcome> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    Ok(command::succeeds(&mut command::cargo(&place.root, &arguments))?.into())
}

/// What tests and documented commands call by name.
fn system_packages(place: &Place) -> Result<Outcome> {
    let missing = packages::install();
    Ok(if missing.is_empty() { Outcome::Passed } else { place.unavailable(missing.join("; ")) })
}

/// What others publish for OPA, for the tests of the server; those that find none say so.
fn opa_clients(place: &Place) -> Result<Outcome> {
    let missing = clients::install(&place.target.join("opa-clients"))?;
    Ok(if missing.is_empty() { Outcome::Passed } else { place.unavailable(missing.join(", ")) })
}

fn tests(place: &Place) -> Result<Outcome> {
    let arguments = ["test", "--workspace", "--locked", "--no-fail-fast"];
    Ok(command::succeeds(&mut command::cargo(&place.root, &arguments))?.into())
}

/// The suite stands beside the repository, not in it.
fn rego_conformance(place: &Place) -> Result<Outcome> {
    let cases = place.root.join("../shared/conformance/rego/cases.json");
    if !cases.is_file() {
        return Ok(Outcome::Skipped("`../shared/conformance/rego/cases.json` is not there".to_owned()));
    }
    conformance::holds(&cases, &place.root.join("conformance/rego.txt")).map(Outcome::from)
}

/// The suites stand beside the repository, not in it.
fn gatekeeper_conformance(place: &Place) -> Result<Outcome> {
    let suites = place.root.join("../shared/conformance/gatekeeper-library");
    if !suites.is_dir() {
        return Ok(Outcome::Skipped("`../shared/conformance/gatekeeper-library` is not there".to_owned()));
    }
    conformance::gatekeeper::holds(&suites, &place.root.join("conformance/gatekeeper.txt")).map(Outcome::from)
}

fn documented_commands(place: &Place) -> Result<Outcome> {
    if !command::succeeds(&mut command::cargo(&place.root, &["build", "--release", "--locked"]))? {
        return Ok(Outcome::Failed);
    }
    Ok(documented::run(&place.root, &place.target.join("release"))?.into())
}

/// Bans, licences and sources; not advisories, which would ask a server and change from day to day.
fn dependencies(place: &Place) -> Result<Outcome> {
    let Some(program) = tool::find_or_install(&place.root, &place.target, "cargo-deny", CARGO_DENY_VERSION)? else {
        return Ok(place.unavailable("`cargo-deny` could not be installed".to_owned()));
    };
    let mut check = std::process::Command::new(program);
    check.current_dir(&place.root).args(["--locked", "check", "bans", "licenses", "sources"]);
    Ok(command::succeeds(&mut check)?.into())
}

const CARGO_DENY_VERSION: &str = "0.20.2";

#[cfg(test)]
mod summary_tests {
    use super::{Outcome, summary};
    use std::time::Duration;

    #[test]
    fn the_summary_counts_and_names_reasons() {
        let second = Duration::from_secs(1);
        let results = [
            ("a", Outcome::Passed, second),
            ("b", Outcome::Failed, second),
            ("c", Outcome::Skipped("no data".to_owned()), second),
            ("d", Outcome::Passed, second),
        ];
        let text = summary(&results);
        assert!(text.ends_with("\n2 passed, 1 failed, 1 skipped"), "{text}");
        assert!(text.contains("skipped      1.0 s  c  no data"), "{text}");
    }
}
