//! The commands, one file each.

mod audit;
mod certs;
mod check;
mod eval;
mod explain;
mod init;
mod kubernetes;
mod record;
mod replay;
mod serve;
mod show;
mod test;
mod token;
mod verify;
mod version;

use crate::Ending;
use crate::output::Output;
use anyhow::Result;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge Terraform plans, CloudFormation templates, Kubernetes manifests and other documents.
    Check(check::CheckArguments),
    /// Judge what runs in a cluster, and show what policies would change.
    Audit(audit::AuditArguments),
    /// Run the tests of policies.
    Test(test::TestArguments),
    /// Evaluate a Rego query.
    Eval(eval::EvalArguments),
    /// Show the resources that inputs ask for, as policies see them.
    Show(show::ShowArguments),
    /// Say what a policy asks for, where it applies and how to comply.
    Explain(explain::ExplainArguments),
    /// Verify, show and export the record of decisions.
    Record(record::RecordArguments),
    /// Decide what was recorded again, by other policies, and show what would change.
    Replay(replay::ReplayArguments),
    /// Answer requests: OPA's REST API, decisions, health and metrics.
    Serve(Box<serve::ServeArguments>),
    /// Make certificates for a server and its clients.
    Certs(certs::CertsArguments),
    /// Make tokens for callers of a server.
    Token(token::TokenArguments),
    /// Write a governance repository to begin with.
    Init(init::InitArguments),
    /// Run suites of Gatekeeper's constraints, as `gator verify` does.
    Verify(verify::VerifyArguments),
    /// Review and expand Kubernetes objects by Gatekeeper's policies, as `gator test` and `gator expand` do.
    Kubernetes(kubernetes::KubernetesArguments),
    /// Print the version.
    Version(version::VersionArguments),
}

impl Command {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        match self {
            Self::Check(arguments) => arguments.run(output),
            Self::Audit(arguments) => arguments.run(output),
            Self::Test(arguments) => arguments.run(output),
            Self::Eval(arguments) => arguments.run(output),
            Self::Show(arguments) => arguments.run(output),
            Self::Explain(arguments) => arguments.run(output),
            Self::Record(arguments) => arguments.run(output),
            Self::Replay(arguments) => arguments.run(output),
            Self::Serve(arguments) => arguments.run(output),
            Self::Certs(arguments) => arguments.run(output),
            Self::Token(arguments) => arguments.run(output),
            Self::Init(arguments) => arguments.run(output),
            Self::Verify(arguments) => arguments.run(output),
            Self::Kubernetes(arguments) => arguments.run(output),
            Self::Version(arguments) => arguments.run(output),
        }
    }
}
