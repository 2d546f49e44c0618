//! Running other programs.

use anyhow::{Context, Result};
use std::path::Path;
use std::process::{Command, Stdio};

/// `cargo`, as the one that runs us, in the workspace.
pub fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments);
    command
}

/// Runs a program whose output goes where ours goes; says whether it succeeded.
pub fn succeeds(command: &mut Command) -> Result<bool> {
    let status = command.status().with_context(|| format!("could not run `{}`", name(command)))?;
    Ok(status.success())
}

/// Runs a program that must succeed; gives what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not run `{}`", name(command)))?;
    anyhow::ensure!(output.status.success(), "`{}` failed with {}", name(command), output.status);
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed what is not UTF-8", name(command)))
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
