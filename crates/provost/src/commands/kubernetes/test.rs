//! `provost kubernetes test`

use super::manifests::{Manifests, Understood};
use crate::Ending;
use crate::outgoing::OutgoingArguments;
use crate::output::Output;
use crate::problem::Problem;
use crate::review_report::{self, Reviewed, Run};
use crate::system_host::{DecidingHost, SystemHost};
use anyhow::Result;
use clap::{Args, ValueEnum};
use decision::Scrubber;
use gatekeeper::{Action, Cause, EnforcementPoint, ReviewOptions};
use repository::HttpSendSettings;
use std::path::PathBuf;
use value::{Arena, Diagnostic};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost kubernetes test policies/ deployment.yaml
  helm template chart | provost kubernetes test -f policies/ -f -
  provost kubernetes test -f policies/ -f k8s/ --deny-only --format json

Templates, constraints, mutators, ExpansionTemplates and objects may stand in any of the files, as
for `gator test`. Policies that look at other objects see all of them.

Exit codes: 0 nothing is denied (warnings too), 1 an object is denied, 2 not everything could be
reviewed.")]
pub(crate) struct TestArguments {
    /// Files, folders with files anywhere below, `-` for standard input, which is also read when nothing is named.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The same, as gator has it.
    #[arg(short = 'f', long = "filename", value_name = "PATH")]
    filenames: Vec<PathBuf>,

    /// Show only what is denied.
    #[arg(long)]
    deny_only: bool,

    /// How to write the violations.
    #[arg(short = 'o', long, alias = "output", value_name = "FORMAT", default_value = "people")]
    format: TestFormat,

    #[command(flatten)]
    outgoing: OutgoingArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TestFormat {
    /// For a terminal.
    #[value(alias = "text")]
    People,
    /// For programs.
    Json,
}

impl TestArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let manifests = Manifests::read([self.paths, self.filenames].concat())?;
        let Understood { all, surroundings, gatekeeper, mut diagnostics } = manifests.understand();
        if gatekeeper.constraints().is_empty() && diagnostics.is_empty() {
            let help = "name the files of templates and constraints too";
            return Err(Problem::new("there is no constraint", help).into());
        }
        let arena = Arena::new();
        let outgoing = self.outgoing.outgoing(&HttpSendSettings::default());
        let host = DecidingHost(SystemHost { output, outgoing: &outgoing });
        let options = ReviewOptions {
            point: EnforcementPoint::Gator,
            inventory: surroundings.inventory(),
            mutated: false,
            host: &host,
        };
        let mut run = Run::new(&gatekeeper);
        for manifest in &all {
            let object = manifest.object();
            let review = surroundings.review(&arena, object);
            match gatekeeper.review(&arena, &review, &options) {
                Ok(violations) => {
                    let kept =
                        violations.into_iter().filter(|violation| !self.deny_only || violation.action == Action::Deny);
                    run.reviewed.push(Reviewed::new(manifest, kept.collect()));
                }
                Err(error) => diagnostics.push(problem(manifest.source, error.to_string())),
            }
        }
        let failed = |violation: &gatekeeper::Violation| matches!(violation.cause, Cause::Failed(_));
        let incomplete = !diagnostics.is_empty() || run.violations().any(failed);
        output.complain(&report::diagnostics::render(&diagnostics, &Scrubber::default(), &output.error_style));
        output.print(&match self.format {
            TestFormat::People => review_report::people(&run, &output.style),
            TestFormat::Json => review_report::json(&run),
        })?;
        Ok(match run.count(Action::Deny) {
            _ if incomplete => Ending::Incomplete,
            0 => Ending::Allowed,
            _ => Ending::Refused,
        })
    }
}

/// A mistake with a file as a whole.
pub(super) fn problem(source: Option<&std::sync::Arc<value::Source>>, message: String) -> Diagnostic {
    Diagnostic { code: "manifest_error", message, source: source.cloned(), span: value::Span::default(), help: None }
}
