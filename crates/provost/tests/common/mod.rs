//! Running the real binary on trees of real files.
#![allow(
    dead_code,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "each test file uses some of it, and a test says what it skips"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The run, if it ended with this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- standard output\n{}\n--- standard error\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// The run, if standard output has all of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.out.contains(part), "`{part}` is not in\n{}\n--- standard error\n{}", self.out, self.err);
        }
        self
    }

    /// The run, if standard error has all of these.
    #[track_caller]
    pub fn complains(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not in\n{}", self.err);
        }
        self
    }

    /// The lines of standard output that name a verdict, as `verdict id address`.
    pub fn verdicts(&self) -> Vec<String> {
        let verdicts = ["deny", "unknown", "warn"];
        let lines = self.out.lines().filter(|line| verdicts.iter().any(|verdict| line.starts_with(verdict)));
        lines.map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ")).collect()
    }
}

/// The binary, away from the settings of whoever runs the tests.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_provost"));
    command.current_dir(folder).args(arguments).env("COLUMNS", "200");
    for name in ["NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

/// Runs the binary in `folder`.
pub fn provost(folder: &Path, arguments: &[&str]) -> Run {
    provost_with_input(folder, arguments, b"")
}

/// Runs the binary in `folder` with something on standard input.
pub fn provost_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> Run {
    let mut command = command(folder, arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A command that does not read its input must not keep the test waiting.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with these files.
pub fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        write(folder.path(), name, text.as_bytes());
    }
    folder
}

/// Writes one file of a tree.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A file that the project shares with its siblings; says so and gives none when it is not there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if file.exists() {
        return Some(file.canonicalize().unwrap());
    }
    println!("skipped: `../shared/data/{path}` is not there");
    None
}

/// Resources name their cost centre.
pub const COST: &str = "\
# METADATA
# title: Every AI resource names its cost centre
# custom:
#   provost:
#     id: COST-9
#     input: request
#     severity: high
#     remediation: add the tag CostCenter
package test.cost

deny contains sprintf(\"%s has no cost centre\", [input.resource.name]) if {
\tinput.resource.class in {\"bucket\", \"instance\", \"endpoint\", \"model\", \"configuration\", \"workload\", \"training-job\"}
\tnot input.resource.dimensions.cost_center
}
";

/// A policy that puts all tags into its message.
pub const LEAK: &str = "\
# METADATA
# title: Says everything
# custom:
#   provost:
#     id: LEAK-1
#     input: request
package test.leak

warn contains {\"msg\": sprintf(\"%v and %v\", [input.resource.tags, tags]), \"seen\": tags, \"metadata\": {\"tags\": tags}} if {
\ttags := input.object.change.after.tags
}
";

/// A policy over documents that puts the whole document into its message.
pub const LEAK_DOCUMENT: &str = "package main\n\nwarn contains json.marshal(input)\n";

/// One pod with a cost centre, one without.
pub const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: tagged
  labels:
    cost-center: \"42\"
spec:
  containers:
    - name: main
      image: busybox
---
apiVersion: v1
kind: Pod
metadata:
  name: bare
spec:
  containers:
    - name: main
      image: busybox
      resources:
        limits:
          nvidia.com/gpu: 2
";
