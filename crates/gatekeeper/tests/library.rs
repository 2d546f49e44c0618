//! The suites of Gatekeeper's own library. They stand beside the repository, not in it.
#![allow(clippy::print_stdout, reason = "a test says what it skips")]

use gatekeeper::suite::{Filter, Outcome, find};
use host::FixedHost;
use std::path::Path;

#[test]
fn every_case_of_the_library_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/gatekeeper-library");
    if !folder.is_dir() {
        return println!("skipped: `../shared/conformance/gatekeeper-library` is not there");
    }
    let found = find(&[format!("{}/...", folder.display())]);
    assert_eq!(found.diagnostics, []);
    let host = FixedHost::default();
    let mut cases = 0;
    for suite in &found.suites {
        for checked in suite.run(&Filter::default(), &host).checked {
            assert!(matches!(checked.outcome, Outcome::Passed), "{checked:#?}");
            cases += 1;
        }
    }
    assert!(cases >= 194, "only {cases} cases were run");
}
