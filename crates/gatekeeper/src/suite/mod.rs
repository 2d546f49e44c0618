//! gator's test suites (`test.gatekeeper.sh`, kind `Suite`): whether constraints say about objects what their authors expect.
//!
//! [`find`] finds suites, [`Suite::run`] runs one. Files that a suite names are relative to the folder that it stands in.

mod assertion;
mod case;
mod filter;
mod find;
mod read;
mod run;

pub use assertion::Difference;
pub use filter::{Filter, FilterError};
pub use find::{Found, find};
pub use run::{Checked, Outcome, SuiteRun};

use assertion::Assertion;
use std::path::PathBuf;

/// The API group.
const GROUP: &str = "test.gatekeeper.sh";
/// The kind.
const KIND: &str = "Suite";

/// A suite of tests.
#[derive(Debug)]
pub struct Suite {
    /// Its file, as people call it.
    pub file: String,
    folder: PathBuf,
    skip: bool,
    tests: Vec<Test>,
}

/// A template and a constraint, and what is expected of them.
#[derive(Debug)]
struct Test {
    name: String,
    /// From 1.
    line: u32,
    template: Option<String>,
    constraint: Option<String>,
    expansion: Option<String>,
    /// Whether the constraint must be refused by the template's schema.
    invalid: bool,
    skip: bool,
    cases: Vec<Case>,
}

/// An object, and what is expected of the constraint.
#[derive(Debug)]
struct Case {
    name: String,
    /// From 1.
    line: u32,
    object: Option<String>,
    inventory: Vec<String>,
    assertions: Vec<Assertion>,
    skip: bool,
}

impl Suite {
    /// Its tests and cases by name, as [`Filter`]s see them; a test without cases stands alone.
    pub fn names(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.tests.iter().flat_map(|test| {
            let cases = test.cases.iter().map(|case| (test.name.as_str(), Some(case.name.as_str())));
            let alone = test.cases.is_empty().then_some((test.name.as_str(), None));
            cases.chain(alone)
        })
    }
}
