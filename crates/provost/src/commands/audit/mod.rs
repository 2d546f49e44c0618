//! `provost audit`

mod changes;
mod objects;
mod verdicts;

use crate::Ending;
use crate::choices::{self, AuditFormat, UnknownAnswer};
use crate::governance::{Governance, GovernanceArguments};
use crate::inputs::{Expected, Texts, nothing_recognised};
use crate::inventory;
use crate::outgoing::OutgoingArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::system_host::{DecidingHost, SystemHost};
use anyhow::Result;
use clap::Args;
use decision::{DecideOptions, OnUnknown, Point, Subject, Verdict};
use host::Host;
use objects::Objects;
use report::Report;
use report::policy_report::{self, ReportKind};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use value::Arena;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost audit k8s/
  kubectl get pods,deployments,jobs,namespaces -A -o yaml | provost audit -
  provost audit k8s/ -p policies/ --format json
  provost audit dump.yaml --format policy-report | kubectl apply -f -

Policies are asked in their mode at the point `audit`, and see all that is read, with the
`inventory` of provost.yaml, as `data.inventory`. Objects in exempt namespaces are left out and
counted. A `patch` is what a policy would change if the object, or a pod that it makes, were
created now; it refuses nothing.

Exit codes: 0 nothing is denied (warnings and patches too), 1 a policy said no, 2 not everything could be judged.")]
pub(crate) struct AuditArguments {
    /// Manifests of what exists: files, folders with files, `-` for standard input. Lists count as their items.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    governance: GovernanceArguments,

    /// How to write what was found.
    #[arg(short, long, value_name = "FORMAT", default_value = "people")]
    format: AuditFormat,

    /// What it means that an answer cannot be told.
    #[arg(long, value_name = "ANSWER")]
    on_unknown: Option<UnknownAnswer>,

    /// The longest file that is read, such as `256M`.
    #[arg(long, value_name = "SIZE", value_parser = choices::size)]
    max_file_size: Option<u64>,

    #[command(flatten)]
    outgoing: OutgoingArguments,
}

impl AuditArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let progress = Progress::start();
        let Governance { repository, policies, data, mut diagnostics, .. } =
            Governance::load(&self.governance, &self.paths)?;
        let configuration = &repository.configuration;
        let bytes_max = self.max_file_size.unwrap_or(configuration.limits.file_bytes_max);
        let texts = Texts::read(&self.paths, &repository, bytes_max, &progress);
        let arena = Arena::new();
        let mut inputs = texts.understand(&arena, &configuration.settings);
        inputs.refuse_unrecognised(Expected::Manifests);
        diagnostics.extend(texts.diagnostics.iter().cloned());
        diagnostics.append(&mut inputs.diagnostics);
        let objects = Objects::of(std::mem::take(&mut inputs.changes), &configuration.admission.exempt_namespaces);
        let skipped = inputs.skipped(false) + objects.others;
        // A list without items is an answer too.
        if inputs.recognised == objects.others && diagnostics.is_empty() {
            diagnostics.push(nothing_recognised(Expected::Manifests, texts.count(), skipped));
        }

        let known = objects.inventory(policies.data().get_str("inventory").unwrap_or_default());
        let policies = policies.with_data(inventory::with_inventory(&data, Some(known)), false);
        let on_unknown = self.on_unknown.map(OnUnknown::from).or(configuration.on_unknown);
        let on_unknown = on_unknown.unwrap_or(OnUnknown::default_at(Point::Audit));
        let outgoing = self.outgoing.outgoing(&configuration.http_send);
        let host = DecidingHost(SystemHost { output, outgoing: &outgoing });
        let now_ns = host.now_ns();
        let tell = |done, all| progress.tell("judging", done, all);
        let options = DecideOptions {
            point: Point::Audit,
            on_unknown,
            subject: &Subject::default(),
            scrubber: &inputs.scrubber,
            host: &host,
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            progress: Some(&tell),
        };
        let changes = changes::of(&policies, &objects, &configuration.settings, &options);
        let mut decision = verdicts::of(&policies, &objects, changes, &options);
        decision.locate(&inputs.scrubber, |file, places| texts.positions(file, places));
        progress.finish();

        let report = Report {
            decision: &decision,
            files: texts.count(),
            skipped,
            exempt: objects.exempt(),
            diagnostics: &diagnostics,
            notes: &inputs.notes,
            scrubber: &inputs.scrubber,
        };
        let format = match self.format {
            AuditFormat::People => Written::As(report::Format::People),
            AuditFormat::Json => Written::As(report::Format::Json),
            AuditFormat::Sarif => Written::As(report::Format::Sarif),
            AuditFormat::Github => Written::As(report::Format::Github),
            AuditFormat::Junit => Written::As(report::Format::Junit),
            AuditFormat::PolicyReport => Written::Kept(ReportKind::PolicyReport),
            AuditFormat::OpenReports => Written::Kept(ReportKind::OpenReports),
        };
        let rendered = match format {
            Written::As(format) => report::render(format, &report, &output.style)?,
            Written::Kept(kind) => policy_report::render(kind, &report, &objects.references(), now_ns),
        };
        output.complain(&report::diagnostics::render(&diagnostics, &inputs.scrubber, &output.error_style));
        output.print(&rendered)?;
        Ok(match decision.verdict {
            _ if !diagnostics.is_empty() || decision.has_failures() => Ending::Incomplete,
            Verdict::Deny => Ending::Refused,
            _ => Ending::Allowed,
        })
    }
}

/// The two ways of writing an audit.
enum Written {
    /// As any decision is written.
    As(report::Format),
    /// As objects that a cluster keeps.
    Kept(ReportKind),
}
