//! Programs that steps need, installed below the build folder where they are not on PATH.

use crate::command;
use anyhow::{Context, Result};
use serde_json::Value;
use std::env;
use std::path::{Path, PathBuf};

/// Where cargo builds.
///
/// # Errors
/// When cargo cannot say it.
pub fn target_folder(root: &Path) -> Result<PathBuf> {
    let metadata = command::output(&mut command::cargo(root, &["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let folder = metadata.get("target_directory").and_then(Value::as_str);
    folder.map(PathBuf::from).context("`cargo metadata` names no target folder")
}

/// The program `name`: the one on PATH, else the one below `target`, installed in this `version` if need be. `None` when it
/// cannot be installed.
///
/// # Errors
/// When cargo cannot be run.
pub fn find_or_install(root: &Path, target: &Path, name: &str, version: &str) -> Result<Option<PathBuf>> {
    let tools = target.join("tools");
    let installed = tools.join("bin").join(name);
    let on_path = env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file());
    if let Some(found) = on_path {
        return Ok(Some(found));
    }
    if !installed.is_file() {
        let mut install = command::cargo(root, &["install", name, "--locked", "--debug", "--version", version]);
        install.arg("--root").arg(&tools).arg("--target-dir").arg(tools.join("build"));
        if !command::succeeds(&mut install)? {
            return Ok(None);
        }
    }
    Ok(Some(installed))
}
