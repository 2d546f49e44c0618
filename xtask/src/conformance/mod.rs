//! `cargo xtask conformance`: runs cases of other projects' suites through our implementation and keeps the score.

mod case;
mod compare;
mod engine;
pub mod gatekeeper;
mod score;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result, bail, ensure};
use case::Case;
use score::Score;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    cases: PathBuf,
    verbose: bool,
    score: Option<PathBuf>,
    check: bool,
}

impl Options {
    /// Reads what follows `conformance rego` and `conformance gatekeeper`.
    pub fn parse(arguments: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        let mut cases = None;
        let mut rest = arguments.iter();
        while let Some(&argument) = rest.next() {
            match argument {
                "--verbose" => options.verbose = true,
                "--check" => options.check = true,
                "--score" => options.score = Some(rest.next().context("`--score` needs a file")?.into()),
                flag if flag.starts_with('-') => bail!("unknown flag `{flag}`"),
                path if cases.is_none() => cases = Some(PathBuf::from(path)),
                extra => bail!("one file of cases at a time: `{extra}` is a second one"),
            }
        }
        ensure!(!options.check || options.score.is_some(), "`--check` needs `--score FILE`");
        options.cases = cases.context("nothing to run: name a file of cases, or a folder of suites")?;
        Ok(options)
    }
}

/// Longer than any honest case by far: a case that takes more does not end.
const CASE_SECONDS_MAX: u64 = 20;

/// Deep recursion is the engine's to refuse; a frame of a debug build is large.
const STACK_BYTES: usize = 256 << 20;

/// Runs the cases, prints those that fail and the count; says whether the answer is good: no case failed, or with
/// `--score` that the score is written or no worse than committed.
pub fn run(options: &Options) -> Result<bool> {
    let cases = case::read(&options.cases)?;
    let (score, failures) = run_cases(&cases);
    for (case, failure) in &failures {
        println!("failed {} {}", case.id, case.note);
        if options.verbose {
            println!("  got   {}\n  want  {}", indent(&failure.got), indent(&failure.want));
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
    println!("{} passed, {} failed", cases.len() - failures.len(), failures.len());
    Ok(good)
}

/// Whether the score of `cases` is no worse than the committed one.
pub fn holds(cases: &Path, committed: &Path) -> Result<bool> {
    let cases = case::read(cases)?;
    let (score, failures) = run_cases(&cases);
    println!("{} passed, {} failed", score.passed(), failures.len());
    is_no_worse(&score, committed)
}

fn is_no_worse(score: &Score, committed: &Path) -> Result<bool> {
    let name = committed.display();
    let text = std::fs::read_to_string(committed).with_context(|| format!("could not read `{name}`"))?;
    let committed: Score = text.parse().with_context(|| format!("could not read `{name}`"))?;
    for line in score.worse_than(&committed) {
        println!("{line}");
    }
    if score.worse_than(&committed).is_empty() && *score != committed {
        println!("better than `{name}` says: write it again with `--score {name}`");
    }
    Ok(score.worse_than(&committed).is_empty())
}

/// What a case that fails gave, and what it should have given.
struct Failure {
    got: String,
    want: String,
}

fn run_cases(cases: &[Case]) -> (Score, Vec<(&Case, Failure)>) {
    let mut score = Score::default();
    let mut failures = Vec::new();
    for case in cases {
        let failure = judge(case);
        score.add(&case.group, failure.is_none());
        failures.extend(failure.map(|failure| (case, failure)));
    }
    (score, failures)
}

/// Runs one case on a thread of its own, so that it can neither hang the run nor take it down.
fn judge(case: &Case) -> Option<Failure> {
    let (sender, receiver) = mpsc::channel();
    let owned = case.clone();
    let work = move || {
        let verdict = panic::catch_unwind(AssertUnwindSafe(|| engine::judge(&owned)));
        // Nobody listens any more when the case took too long.
        drop(sender.send(verdict));
    };
    let failed = |got: String| Some(Failure { got, want: case.want() });
    if let Err(error) = thread::Builder::new().stack_size(STACK_BYTES).spawn(work) {
        return failed(format!("could not start a thread: {error}"));
    }
    match receiver.recv_timeout(Duration::from_secs(CASE_SECONDS_MAX)) {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(got))) => failed(got),
        Ok(Err(_)) => failed("panicked".to_owned()),
        Err(_) => failed(format!("did not end within {CASE_SECONDS_MAX} s")),
    }
}

fn indent(text: &str) -> String {
    text.trim_end().replace('\n', "\n        ")
}
