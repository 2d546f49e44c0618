//! `provost version`

use crate::Ending;
use crate::output::Output;
use anyhow::Result;
use clap::Args;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  provost version")]
pub(crate) struct VersionArguments {}

impl VersionArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        output.print(&format!("provost {}\n", env!("CARGO_PKG_VERSION")))?;
        Ok(Ending::Allowed)
    }
}
