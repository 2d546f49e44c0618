//! `provost`: arguments in, one command run, an exit code out.
//!
//! Knows how things are wired and nothing of what they do: a command reads its arguments, asks the crates below, and writes
//! what they render. Files, clock, terminal and environment are touched here and in `repository`, nowhere else.

mod again;
mod choices;
mod commands;
mod eval_report;
mod evaluation_limits;
mod governance;
mod inputs;
mod inventory;
mod outgoing;
mod output;
mod places;
mod problem;
mod progress;
mod record_file;
mod recording;
mod review_report;
mod serving;
mod system_host;
mod test_report;
mod verify_report;

use clap::Parser;
use commands::Command;
use output::Output;
use problem::Problem;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Policy as code for AI resources.
#[derive(Debug, Parser)]
#[command(
    name = "provost",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 allowed (warnings too), 1 a policy said no, 2 the command could not do its work.

Examples:
  terraform show -json tf.plan | provost check -
  provost check plan.json template.yaml k8s/ -p policies/
  provost init my-governance"
)]
struct Arguments {
    /// When to write in colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    color: choices::Color,

    #[command(subcommand)]
    command: Command,
}

/// How a command ended, when it did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Allowed, warnings too.
    Allowed,
    /// A policy said no, or a test failed.
    Refused,
    /// Not all of the work could be done; what is wrong has been said.
    Incomplete,
}

const REFUSED: u8 = 1;
const INCOMPLETE: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => {
            // Nobody is there to hear that nobody is there to hear.
            let _ = message.print();
            return if message.use_stderr() { ExitCode::from(INCOMPLETE) } else { ExitCode::SUCCESS };
        }
    };
    let output = Output::new(arguments.color.into());
    match arguments.command.run(&output) {
        Ok(Ending::Allowed) => ExitCode::SUCCESS,
        Ok(Ending::Refused) => ExitCode::from(REFUSED),
        Ok(Ending::Incomplete) => ExitCode::from(INCOMPLETE),
        Err(error) => {
            let help = error.downcast_ref::<Problem>().and_then(Problem::help);
            let help = help.map(|help| format!("help: {help}\n")).unwrap_or_default();
            output.complain(&format!("error: {error:#}\n{help}"));
            ExitCode::from(INCOMPLETE)
        }
    }
}
