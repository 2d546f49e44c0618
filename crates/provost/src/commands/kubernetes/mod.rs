//! `provost kubernetes`: Gatekeeper's policies over files.

mod expand;
mod manifests;
mod test;

use crate::Ending;
use crate::output::Output;
use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost kubernetes test policies/ deployment.yaml
  provost kubernetes expand deployment.yaml expansion.yaml")]
pub(crate) struct KubernetesArguments {
    #[command(subcommand)]
    command: KubernetesCommand,
}

#[derive(Debug, Subcommand)]
enum KubernetesCommand {
    /// Review objects by the constraints that come with them.
    Test(test::TestArguments),
    /// Show what workload objects imply, as ExpansionTemplates and mutators have it.
    Expand(expand::ExpandArguments),
}

impl KubernetesArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        match self.command {
            KubernetesCommand::Test(arguments) => arguments.run(output),
            KubernetesCommand::Expand(arguments) => arguments.run(output),
        }
    }
}
