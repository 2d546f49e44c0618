//! Client libraries of OPA that others publish, installed below the build folder: the server's tests run them unmodified.

use crate::command;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// From PyPI.
const PYTHON: &str = "opa-python-client==3.0.0";

/// From npm.
const JAVASCRIPT: &str = "@open-policy-agent/opa@2.0.0";

/// Installs what is not there yet in the folders `python` and `javascript`; answers what could not be installed.
pub fn install(folder: &Path) -> Result<Vec<String>> {
    let installed = [("python", PYTHON, python as Install), ("javascript", JAVASCRIPT, javascript)];
    let mut missing = Vec::new();
    for (name, library, install) in installed {
        let folder = folder.join(name);
        // It names what is there, so that another version is installed anew; and it is written last.
        let done = folder.join("installed.txt");
        if fs::read_to_string(&done).is_ok_and(|found| found == library) {
            continue;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("could not remove `{}`", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("could not make `{}`", folder.display()))?;
        if install(&folder) {
            fs::write(&done, library).with_context(|| format!("could not write `{}`", done.display()))?;
        } else {
            fs::remove_dir_all(&folder).with_context(|| format!("could not remove `{}`", folder.display()))?;
            missing.push(format!("`{library}` could not be installed"));
        }
    }
    Ok(missing)
}

type Install = fn(&Path) -> bool;

/// In a virtual environment of its own.
fn python(folder: &Path) -> bool {
    let pip = folder.join("bin/pip");
    runs(Command::new("python3").args(["-m", "venv"]).arg(folder))
        && runs(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", PYTHON]))
}

/// Without a lock file: one would name where the packages came from.
fn javascript(folder: &Path) -> bool {
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", JAVASCRIPT, "--prefix"]);
    runs(npm.arg(folder))
}

/// A program that is not there cannot install anything either.
fn runs(command: &mut Command) -> bool {
    command::succeeds(command).unwrap_or_else(|error| {
        println!("{error:#}");
        false
    })
}
