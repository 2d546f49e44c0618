//! `provost test`

use crate::Ending;
use crate::choices;
use crate::evaluation_limits;
use crate::governance;
use crate::outgoing::OutgoingArguments;
use crate::output::Output;
use crate::problem::Problem;
use crate::system_host::SystemHost;
use crate::test_report::{self, Run, TimedTest};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use decision::Scrubber;
use notify::{RecursiveMode, Watcher};
use regex::Regex;
use rego::{Evaluator, Observer, Suite, TestOutcome, TestSurroundings};
use repository::{Configuration, Repository};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};
use value::{Diagnostic, Source};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost test                            the tests of the repository around here
  provost test policies/ -v
  provost test --coverage --threshold 90
  provost test --watch --run cost
  provost test --format junit > tests.xml

Exit codes: 0 all hold, 1 a test failed or the coverage is below the threshold, 2 the tests could not be run.")]
pub(crate) struct TestArguments {
    /// Policies with their tests and data: files or folders. Without any, those of the `provost.yaml` around here.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Data for the policies: JSON or YAML files, or folders with them.
    #[arg(short, long, value_name = "PATH")]
    data: Vec<PathBuf>,

    /// Show which lines of the policies the tests reached.
    #[arg(long)]
    coverage: bool,

    /// The least coverage that is enough, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = choices::percentage)]
    threshold: Option<f64>,

    /// Run again whenever a file changes.
    #[arg(long)]
    watch: bool,

    /// How to write the results.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    format: TestFormat,

    /// Run only tests whose name (`data.package.test_name`) matches.
    #[arg(long, value_name = "REGEX")]
    run: Option<Regex>,

    /// Name the tests that hold too, and show what they print.
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    outgoing: OutgoingArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TestFormat {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
    /// JUnit XML.
    Junit,
}

/// How long files must be quiet before they are read again: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(200);

impl TestArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        if !self.watch {
            return self.once(output);
        }
        let (_watcher, changes) = self.changes()?;
        loop {
            if let Err(error) = self.once(output) {
                let help = error.downcast_ref::<Problem>().and_then(Problem::help);
                output.complain(&format!(
                    "error: {error:#}\n{}",
                    help.map(|help| format!("help: {help}\n")).unwrap_or_default()
                ));
            }
            output.complain("watching for changes\n");
            changes.recv().context("the files can no longer be watched")?;
            while changes.recv_timeout(QUIET).is_ok() {}
        }
    }

    fn once(&self, output: &Output) -> Result<Ending> {
        let (repository, mut diagnostics) = self.load()?;
        let modules = self.modules(&repository, &mut diagnostics);
        // Tests of policies that are only partly there would tell something untrue.
        let suite = if diagnostics.is_empty() { Suite::new(modules) } else { Err(Vec::new()) };
        let suite = match suite {
            Ok(suite) => suite,
            Err(mistakes) => {
                diagnostics.extend(mistakes);
                output.complain(&report::diagnostics::render(&diagnostics, &Scrubber::default(), &output.error_style));
                return Ok(Ending::Incomplete);
            }
        };
        let run = self.run_all(&suite, &repository, output);
        if run.tests.is_empty() {
            let message = match &self.run {
                Some(pattern) => format!("no test has a name that matches `{pattern}`"),
                None => "there are no tests".to_owned(),
            };
            return Err(Problem::new(message, "tests are rules named `test_...`, in files named `*_test.rego`").into());
        }
        output.print(&match self.format {
            TestFormat::Text => test_report::text(&run, self.verbose),
            TestFormat::Json => test_report::json(&run),
            TestFormat::Junit => test_report::junit(&run)?,
        })?;
        let too_little =
            self.threshold.zip(run.coverage.as_ref()).filter(|(least, coverage)| coverage.percent() < *least);
        if let Some((least, coverage)) = too_little {
            output.complain(&format!("the tests reach {:.1}% of the lines, less than {least}%\n", coverage.percent()));
        }
        let failed = run.count(TestOutcome::Failed) + run.count(TestOutcome::Error) > 0;
        Ok(if failed || too_little.is_some() { Ending::Refused } else { Ending::Allowed })
    }

    fn run_all(&self, suite: &Suite, repository: &Repository, output: &Output) -> Run {
        let outgoing = self.outgoing.outgoing(&repository.configuration.http_send);
        let host = SystemHost { output, outgoing: &outgoing };
        let limits = evaluation_limits::limits(&repository.configuration.limits.evaluation);
        let surroundings = TestSurroundings { data: repository.files.data.root(), host: &host, limits };
        let mut evaluator = Evaluator::new(limits);
        let mut observer = Observer::default();
        let mut tests = Vec::new();
        let wanted = suite
            .tests()
            .iter()
            .filter(|test| self.run.as_ref().is_none_or(|pattern| pattern.is_match(&test.full_name())));
        for test in wanted {
            let started = Instant::now();
            let result = suite.run(test, &surroundings, &mut evaluator, &mut observer);
            tests.push(TimedTest { test: test.clone(), result, duration: started.elapsed() });
        }
        let mut coverage = (self.coverage || self.threshold.is_some()).then(|| suite.coverage(&observer));
        // The library that judges beside one's own policies has tests of its own, which are not here.
        if let Some(coverage) = coverage.as_mut().filter(|_| repository.configuration.library) {
            coverage.files.retain(|name, _| !repository::is_builtin(name));
        }
        Run { tests, coverage }
    }

    /// What is tested, with the data that the repository around it gives.
    fn load(&self) -> Result<(Repository, Vec<Diagnostic>)> {
        let root = governance::root(None, &self.paths)?;
        Ok(match (&root, self.paths.as_slice()) {
            (Some(root), []) => repository::load(root, &self.data),
            (Some(root), [path]) if same(root, path) => repository::load(root, &self.data),
            (Some(root), paths) => {
                let (around, _) = repository::load(root, &[]);
                let own = around.configuration.data.iter().map(|path| root.join(path));
                let data: Vec<PathBuf> = own.chain(self.data.iter().cloned()).collect();
                repository::load_paths(paths, &data, around.configuration)
            }
            (None, []) => repository::load_paths(&[PathBuf::from(".")], &self.data, Configuration::default()),
            (None, paths) => repository::load_paths(paths, &self.data, Configuration::default()),
        })
    }

    fn modules(&self, repository: &Repository, diagnostics: &mut Vec<Diagnostic>) -> Vec<rego::syntax::ast::Module> {
        let dialect = governance::dialect(&repository.configuration);
        let sources: Vec<&Arc<Source>> = repository.files.modules.iter().chain(&repository.files.tests).collect();
        let mut modules = Vec::with_capacity(sources.len());
        for source in sources {
            let (module, mistakes) = rego::syntax::parse_module(source, dialect);
            if mistakes.is_empty() {
                modules.push(module);
            }
            diagnostics.extend(mistakes);
        }
        modules
    }

    /// Tells of each change to the files that are tested, for as long as the watcher lives.
    fn changes(&self) -> Result<(impl Watcher, Receiver<()>)> {
        let (sender, receiver) = mpsc::channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading the files is an event too, and would start the tests again for ever.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                // Whoever listened may be gone.
                let _ = sender.send(());
            }
        })
        .context("files cannot be watched")?;
        let root = governance::root(None, &self.paths)?;
        let watched =
            if self.paths.is_empty() { vec![root.unwrap_or_else(|| PathBuf::from("."))] } else { self.paths.clone() };
        for path in watched.iter().chain(&self.data) {
            // A file is often replaced and not written, which only its folder is told.
            let folder = if path.is_dir() {
                path.as_path()
            } else {
                path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
            };
            watcher
                .watch(folder, RecursiveMode::Recursive)
                .with_context(|| format!("`{}` cannot be watched", folder.display()))?;
        }
        Ok((watcher, receiver))
    }
}

fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
