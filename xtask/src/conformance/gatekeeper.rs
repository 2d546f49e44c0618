//! Suites of Gatekeeper's library, run through crate `gatekeeper`.

use super::score::Score;
use super::{Options, is_no_worse};
use anyhow::{Context, Result, bail};
use gatekeeper::suite::{Checked, Filter, Outcome, find};
use host::FixedHost;
use std::path::Path;

/// Runs the suites anywhere below a folder, prints the cases that fail and the count; says whether the answer is good: no case
/// failed, or with `--score` that the score is written or no worse than committed.
pub fn run(options: &Options) -> Result<bool> {
    let (score, failures) = run_suites(&options.cases)?;
    for checked in &failures {
        println!("failed {}:{} {}", checked.file, checked.line, name(checked));
        if options.verbose {
            println!("  {:#?}", checked.outcome);
        }
    }
    let good = match &options.score {
        None => failures.is_empty(),
        Some(file) if options.check => is_no_worse(&score, file)?,
        Some(file) => {
            std::fs::write(file, score.to_string()).with_context(|| format!("could not write `{}`", file.display()))?;
            true
        }
    };
    println!("{} passed, {} failed", score.passed(), failures.len());
    Ok(good)
}

/// Whether the score of the suites below `folder` is no worse than the committed one.
pub fn holds(folder: &Path, committed: &Path) -> Result<bool> {
    let (score, failures) = run_suites(folder)?;
    println!("{} passed, {} failed", score.passed(), failures.len());
    is_no_worse(&score, committed)
}

fn name(checked: &Checked) -> String {
    match &checked.case {
        Some(case) => format!("{}/{case}", checked.test),
        None => checked.test.clone(),
    }
}

fn run_suites(folder: &Path) -> Result<(Score, Vec<Checked>)> {
    let found = find(&[format!("{}/...", folder.display())]);
    if let Some(diagnostic) = found.diagnostics.first() {
        bail!("{diagnostic}");
    }
    if found.suites.is_empty() {
        bail!("there is no suite below `{}`", folder.display());
    }
    // What a template says must not depend on where and when it is run.
    let host = FixedHost::default();
    let mut score = Score::default();
    let mut failures = Vec::new();
    for suite in &found.suites {
        let group = group(folder, &suite.file);
        for checked in suite.run(&Filter::default(), &host).checked {
            let passed = matches!(checked.outcome, Outcome::Passed);
            score.add(&group, passed);
            if !passed {
                failures.push(checked);
            }
        }
    }
    Ok((score, failures))
}

/// The folder of a suite below that of all: `general/requiredlabels`.
fn group(folder: &Path, file: &str) -> String {
    let parent = Path::new(file).parent().unwrap_or(Path::new(""));
    let folder = folder.strip_prefix(".").unwrap_or(folder);
    parent.strip_prefix(folder).unwrap_or(parent).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{group, run_suites};
    use std::fs;
    use std::path::Path;

    #[test]
    fn groups_are_folders_below_the_one_that_was_named() {
        for (folder, file, expected) in [
            ("/a/library", "/a/library/general/labels/suite.yaml", "general/labels"),
            ("../library", "../library/general/labels/suite.yaml", "general/labels"),
            ("./library", "library/x/suite.yaml", "x"),
        ] {
            assert_eq!(group(Path::new(folder), file), expected);
        }
    }

    #[test]
    fn a_case_that_cannot_be_run_counts_as_failed() {
        let folder = std::env::temp_dir().join(format!("provost-xtask-suites-{}", std::process::id()));
        fs::create_dir_all(folder.join("a")).unwrap();
        let suite = "kind: Suite\napiVersion: test.gatekeeper.sh/v1alpha1\ntests:\n- name: t\n  template: none.yaml\n  constraint: none.yaml\n";
        fs::write(folder.join("a/suite.yaml"), suite).unwrap();
        let (score, failures) = run_suites(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!((score.to_string().as_str(), failures.len()), ("a 0/1\n", 1));
        assert!(run_suites(&folder).is_err(), "nothing to run is no success");
    }
}
