//! The reference implementation, where its program is on the machine: measured by its own `bench` command.

use crate::policies::Policy;
use anyhow::{Context, Result, ensure};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program with a policy in a folder of its own.
#[derive(Debug)]
pub struct Opa {
    program: PathBuf,
    document: String,
    folder: tempfile::TempDir,
}

/// The first `opa` on `PATH`.
pub fn find_opa() -> Option<PathBuf> {
    let name = format!("opa{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|program| program.is_file())
}

impl Opa {
    /// Writes the policy and its documents where the program can read them.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn new(program: &Path, policy: &Policy) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for (number, (_, text)) in policy.modules.iter().enumerate() {
            fs::write(folder.path().join(format!("{number}.rego")), text)?;
        }
        fs::write(folder.path().join("data.json"), &policy.data)?;
        // Beside the folder that is loaded, or the input would be data.
        fs::create_dir(folder.path().join("input"))?;
        fs::write(folder.path().join("input/input.json"), &policy.input)?;
        Ok(Self { program: program.to_path_buf(), document: policy.document.clone(), folder })
    }

    /// How many seconds an evaluation takes, as the program says.
    ///
    /// # Errors
    /// When it fails or says something else.
    pub fn seconds(&self) -> Result<f64> {
        let folder = self.folder.path();
        let mut command = Command::new(&self.program);
        command.args(["bench", "--format", "gobench", "--ignore", "input"]).arg("--data").arg(folder);
        command.arg("--input").arg(folder.join("input/input.json")).arg(&self.document);
        let output = command.output()?;
        ensure!(output.status.success(), "opa: {}", String::from_utf8_lossy(&output.stderr).trim());
        let text = String::from_utf8(output.stdout)?;
        nanoseconds(&text).map(|ns| ns / 1e9).with_context(|| format!("no time in what opa says: {text}"))
    }
}

/// The time in Go's benchmark format: `BenchmarkName  1000  1234 ns/op`.
fn nanoseconds(text: &str) -> Option<f64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let unit = words.iter().position(|word| *word == "ns/op")?;
    words.get(unit.checked_sub(1)?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::nanoseconds;

    #[test]
    fn the_time_stands_before_its_unit() {
        let text = "BenchmarkRegoEval \t   45032\t     26491 ns/op\t   10250 B/op\t     189 allocs/op\n";
        assert_eq!(nanoseconds(text), Some(26491.0));
        assert_eq!(nanoseconds("no such thing"), None);
    }
}
