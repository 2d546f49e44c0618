//! `provost check`

use crate::Ending;
use crate::choices::{self, ReportFormat, UnknownAnswer};
use crate::governance::{Governance, GovernanceArguments};
use crate::inputs::{Expected, Texts, nothing_recognised};
use crate::inventory;
use crate::outgoing::OutgoingArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::recording::{self, Checked};
use crate::system_host::{DecidingHost, SystemHost};
use anyhow::Result;
use catalog::Source;
use clap::Args;
use decision::{DecideOptions, Input, OnUnknown, Point, Subject, Verdict};
use record::RecordingHost;
use report::Report;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;
use value::Arena;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  terraform show -json tf.plan | provost check -
  provost check plan.json template.yaml k8s/ -p policies/
  provost check . --format sarif > out.sarif
  provost check plan.json --subject alice --group nlp --on-unknown deny
  provost check plan.json --record decisions.db

Exit codes: 0 allowed (warnings too), 1 a policy said no, 2 not everything could be judged.")]
pub(crate) struct CheckArguments {
    /// Plans, templates, manifests and other documents, folders with them, `-` for standard input.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    governance: GovernanceArguments,

    /// How to write the decision.
    #[arg(short, long, value_name = "FORMAT", default_value = "people")]
    format: ReportFormat,

    /// What it means that an answer cannot be told yet.
    #[arg(long, value_name = "ANSWER")]
    on_unknown: Option<UnknownAnswer>,

    /// Who asks, for policies over people. Nothing verifies it here.
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,

    /// A group of who asks.
    #[arg(long = "group", value_name = "NAME", requires = "subject")]
    groups: Vec<String>,

    /// A value for a parameter of CloudFormation templates.
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = choices::assignment)]
    parameters: Vec<(String, String)>,

    /// The longest file that is read, such as `256M`.
    #[arg(long, value_name = "SIZE", value_parser = choices::size)]
    max_file_size: Option<u64>,

    /// Append the decision to this record, which is made where there is none.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    #[command(flatten)]
    outgoing: OutgoingArguments,
}

impl CheckArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let progress = Progress::start();
        let Governance { repository, mut policies, data, mut diagnostics, .. } =
            Governance::load(&self.governance, &self.paths)?;
        let configuration = &repository.configuration;
        let mut settings = configuration.settings.clone();
        settings.parameters.extend(self.parameters);
        let bytes_max = self.max_file_size.unwrap_or(configuration.limits.file_bytes_max);
        let texts = Texts::read(&self.paths, &repository, bytes_max, &progress);
        let arena = Arena::new();
        let mut inputs = texts.understand(&arena, &settings);
        let any_document = policies.metadata().any(|metadata| metadata.input == Input::Document);
        if !any_document {
            inputs.refuse_unrecognised(Expected::Anything);
        }
        diagnostics.extend(texts.diagnostics.iter().cloned());
        diagnostics.append(&mut inputs.diagnostics);
        let skipped = inputs.skipped(any_document);
        if !inputs.is_anything(any_document) && diagnostics.is_empty() {
            diagnostics.push(nothing_recognised(Expected::Anything, texts.count(), skipped));
        }
        if policies.is_about_every_object() {
            // Gatekeeper's templates look at what else there is, and what is checked together is there together.
            let members = inputs.changes.iter().flat_map(|change| &change.members);
            let objects = members.map(|member| &member.resource).filter(|one| one.source == Source::Kubernetes);
            let known = policies.data().get_str("inventory").unwrap_or_default();
            let existing = inventory::over(known, objects.map(|resource| resource.object));
            policies = policies.with_data(inventory::with_inventory(&data, Some(existing)), false);
        }
        let subject = Subject { id: self.subject, groups: self.groups, ..Subject::default() };
        let on_unknown = self.on_unknown.map(OnUnknown::from).or(configuration.on_unknown);
        let outgoing = self.outgoing.outgoing(&configuration.http_send);
        let system = SystemHost { output, outgoing: &outgoing };
        let deciding = DecidingHost(system);
        let host = RecordingHost::new(&deciding);
        let started = Instant::now();
        let tell = |done, all| progress.tell("judging", done, all);
        let options = DecideOptions {
            point: Point::Check,
            on_unknown: on_unknown.unwrap_or(OnUnknown::default_at(Point::Check)),
            subject: &subject,
            scrubber: &inputs.scrubber,
            host: &host,
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            progress: Some(&tell),
        };
        let mut decision = decision::decide(&policies, &inputs.documents, &inputs.changes, &options);
        let took = started.elapsed();
        decision.locate(&inputs.scrubber, |file, places| texts.positions(file, places));
        progress.finish();
        let report = Report {
            decision: &decision,
            files: texts.count(),
            skipped,
            exempt: 0,
            diagnostics: &diagnostics,
            notes: &inputs.notes,
            scrubber: &inputs.scrubber,
        };
        let rendered = report::render(self.format.into(), &report, &output.style)?;
        output.complain(&report::diagnostics::render(&diagnostics, &inputs.scrubber, &output.error_style));
        output.print(&rendered)?;
        if let Some(path) = &self.record {
            let checked = Checked {
                repository: &repository,
                policies: &policies,
                documents: &inputs.documents,
                subject: &subject,
                scrubber: &inputs.scrubber,
                decision: &decision,
                asked: host.into_asked(),
                took,
            };
            recording::keep(path, checked, &system)?;
        }
        Ok(match decision.verdict {
            _ if !diagnostics.is_empty() || decision.has_failures() => Ending::Incomplete,
            Verdict::Deny => Ending::Refused,
            _ => Ending::Allowed,
        })
    }
}
