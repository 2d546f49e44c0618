//! `provost show`

use crate::Ending;
use crate::choices;
use crate::governance;
use crate::inputs::{Expected, Texts, nothing_recognised};
use crate::output::Output;
use crate::progress::Progress;
use anyhow::Result;
use clap::{Args, ValueEnum};
use report::show::Resources;
use repository::Configuration;
use std::path::PathBuf;
use value::Arena;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost show plan.json
  terraform show -json tf.plan | provost show - --format json
  provost show k8s/ --parameter Environment=prod")]
pub(crate) struct ShowArguments {
    /// Plans, templates and manifests, folders with them, `-` for standard input.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,

    /// How to write the resources.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    format: ShowFormat,

    /// A value for a parameter of CloudFormation templates.
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = choices::assignment)]
    parameters: Vec<(String, String)>,

    /// The longest file that is read, such as `256M`.
    #[arg(long, value_name = "SIZE", value_parser = choices::size)]
    max_file_size: Option<u64>,

    /// The governance repository: its folder, or its `provost.yaml`. It says which tags mean what.
    #[arg(long, value_name = "PATH")]
    repository: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShowFormat {
    /// For a terminal.
    Table,
    /// All that policies see.
    Json,
}

impl ShowArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let root = governance::root(self.repository.as_deref(), &self.paths)?;
        let (repository, mut diagnostics) = match &root {
            Some(root) => repository::load(root, &[]),
            None => repository::load_paths(&[], &[], Configuration::default()),
        };
        // What is wrong with policies is no matter here; what is wrong with `provost.yaml` is.
        diagnostics.retain(|diagnostic| {
            let source = diagnostic.source.as_ref();
            source.is_some_and(|source| source.name.ends_with(repository::CONFIGURATION_NAME))
        });
        let configuration = &repository.configuration;
        let mut settings = configuration.settings.clone();
        settings.parameters.extend(self.parameters);
        let bytes_max = self.max_file_size.unwrap_or(configuration.limits.file_bytes_max);
        let progress = Progress::start();
        let texts = Texts::read(&self.paths, &repository, bytes_max, &progress);
        progress.finish();
        let arena = Arena::new();
        let mut inputs = texts.understand(&arena, &settings);
        inputs.refuse_unrecognised(Expected::Anything);
        diagnostics.extend(texts.diagnostics.iter().cloned());
        diagnostics.append(&mut inputs.diagnostics);
        if !inputs.is_anything(false) && diagnostics.is_empty() {
            diagnostics.push(nothing_recognised(Expected::Anything, texts.count(), inputs.skipped(false)));
        }
        output.complain(&report::diagnostics::render(&diagnostics, &inputs.scrubber, &output.error_style));
        let members: Vec<_> = inputs.changes.into_iter().flat_map(|change| change.members).collect();
        let resources = Resources { members: &members, scrubber: &inputs.scrubber };
        output.print(&match self.format {
            ShowFormat::Table => report::show::render(&resources, &output.style),
            ShowFormat::Json => report::show::render_json(&resources),
        })?;
        Ok(if diagnostics.is_empty() { Ending::Allowed } else { Ending::Incomplete })
    }
}
