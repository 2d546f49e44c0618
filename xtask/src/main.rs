//! The project's own commands: `cargo xtask test`, `tidy`, `cluster`, `builtins`, `conformance` and `fuzz`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks through both")]

mod builtins;
mod clients;
mod cluster;
mod command;
mod conformance;
mod documented;
mod fuzz;
mod packages;
mod test;
mod tidy;
mod tool;

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  test                          everything CI runs: formatting, tidy, lints, dependencies, tests, documented commands
  tidy                          the invariants of the design that a compiler does not hold
  cluster [TEST...]             build a real API server and etcd, and run the tests that need them; the first time takes many minutes
  builtins                      write docs/rego-builtins.md from the tables of builtins
  conformance rego PATH         run a file of cases through crate `rego`
  conformance gatekeeper PATH   run the suites below a folder through crate `gatekeeper`; flags as for rego
      --verbose                 show what was got and wanted for each case that fails
      --score FILE              write the score by group to FILE
      --score FILE --check      fail when a group is worse than FILE says
  fuzz [TARGET...]              run fuzz targets, all when none is named; needs a nightly toolchain
      --minutes N               for so long each, 10 unless said";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs one command; false means that it did its work and the answer is no.
fn run(arguments: &[&str]) -> Result<bool> {
    match arguments {
        ["test"] => test::run(&root()),
        ["builtins"] => builtins::write(&root()),
        ["cluster", rest @ ..] => cluster::run(&root(), rest),
        ["tidy"] => tidy::run(&root()),
        ["conformance", "rego", rest @ ..] => conformance::run(&conformance::Options::parse(rest)?),
        ["conformance", "gatekeeper", rest @ ..] => conformance::gatekeeper::run(&conformance::Options::parse(rest)?),
        ["fuzz", rest @ ..] => fuzz::run(&root(), &fuzz::Options::parse(rest)?),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(true)
        }
        [] => bail!("no command\n\n{USAGE}"),
        [other, ..] => bail!("unknown command `{other}`\n\n{USAGE}"),
    }
}

/// The folder of the workspace: xtask stands directly in it. What cargo says at run time wins, because clones may share a
/// build folder.
fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest).parent().unwrap_or(Path::new(".")).to_owned()
}
