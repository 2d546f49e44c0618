//! `provost verify`

use crate::Ending;
use crate::outgoing::OutgoingArguments;
use crate::output::Output;
use crate::problem::Problem;
use crate::system_host::{DecidingHost, SystemHost};
use crate::verify_report::{self, Run};
use anyhow::Result;
use clap::{Args, ValueEnum};
use decision::Scrubber;
use gatekeeper::suite::{Filter, find};
use repository::HttpSendSettings;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost verify suite.yaml
  provost verify library/...                all suites in the folder and below
  provost verify library/... --run 'must-have-owner//disallowed'
  provost verify --format junit > suites.xml

Suites are those of `gator verify`. With --run, `NAME` selects cases whose own name or whose test's
name matches; `TEST//CASE` those of which both match.

Exit codes: 0 all hold, 1 a case failed, 2 a suite could not be run.")]
pub(crate) struct VerifyArguments {
    /// Suites, folders with suites, or `folder/...` for those anywhere below.
    #[arg(value_name = "PATH", default_value = "./...")]
    paths: Vec<String>,

    /// Run only cases whose name matches: `NAME`, or `TEST//CASE`, regular expressions all.
    #[arg(long, value_name = "FILTER", default_value = "", hide_default_value = true)]
    run: String,

    /// How to write the results.
    #[arg(short, long, value_name = "FORMAT", default_value = "people")]
    format: VerifyFormat,

    /// Name the cases that hold too.
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    outgoing: OutgoingArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VerifyFormat {
    /// For a terminal.
    #[value(alias = "text")]
    People,
    /// For programs.
    Json,
    /// JUnit XML.
    Junit,
}

impl VerifyArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let filter = Filter::parse(&self.run).map_err(|error| {
            Problem::new(error.to_string(), "write `NAME`, or `TEST//CASE`, regular expressions all")
        })?;
        let found = find(&self.paths);
        output.complain(&report::diagnostics::render(&found.diagnostics, &Scrubber::default(), &output.error_style));
        if found.suites.is_empty() && found.diagnostics.is_empty() {
            let message = format!("there is no suite in {}", quoted(&self.paths));
            let help = "a suite begins with `kind: Suite` and `apiVersion: test.gatekeeper.sh/v1alpha1`; \
                        `folder/...` looks into folders below too";
            return Err(Problem::new(message, help).into());
        }
        let outgoing = self.outgoing.outgoing(&HttpSendSettings::default());
        let host = DecidingHost(SystemHost { output, outgoing: &outgoing });
        let mut run = Run::default();
        for suite in &found.suites {
            run.add(suite.run(&filter, &host));
        }
        if run.checked.is_empty() && !found.suites.is_empty() && !self.run.is_empty() {
            let message = format!("no case has a name that matches `{}`", self.run);
            return Err(Problem::new(message, "write `NAME`, or `TEST//CASE`, regular expressions all").into());
        }
        output.print(&match self.format {
            VerifyFormat::People => verify_report::people(&run, self.verbose, &output.style),
            VerifyFormat::Json => verify_report::json(&run),
            VerifyFormat::Junit => verify_report::junit(&run)?,
        })?;
        if run.has_errors() || !found.diagnostics.is_empty() {
            return Ok(Ending::Incomplete);
        }
        Ok(if run.has_failures() { Ending::Refused } else { Ending::Allowed })
    }
}

fn quoted(paths: &[String]) -> String {
    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
}
