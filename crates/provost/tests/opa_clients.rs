//! Client libraries that others publish, unmodified, against the real binary: OPA's users keep theirs.
//!
//! `cargo xtask test` installs the libraries below the build folder. Without them these tests say that they skip.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on must stop and say why")]

mod common;
#[path = "common/serving.rs"]
mod serving;

use common::{provost, tree, write};
use serving::Serving;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const APP: &str = "package app

default allow := false

allow if input.user in data.users

reason := {\"code\": \"known\", \"numbers\": [1, 2.5]} if input.user in data.users
";

const BROKEN: &str = "package broken\n\nvalue := 1\n\nvalue := 2\n";

const MAIN: &str = "package system\n\nmain := {\"main\": input.user}\n";

/// Where `cargo xtask test` installs what the tests need.
fn installed(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("opa-clients").join(path);
    if file.exists() {
        return Some(file);
    }
    println!("skipped: `{}` is not there; `cargo xtask test` installs it", file.display());
    None
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/opa_clients").join(name)
}

/// A repository whose server lets whoever has the token do everything, and the token.
fn repository() -> (TempDir, String) {
    let folder = tree(&[
        ("policies/app.rego", APP),
        ("policies/broken.rego", BROKEN),
        ("policies/main.rego", MAIN),
        ("data/users.json", r#"{"users": ["alice"]}"#),
    ]);
    let made = provost(folder.path(), &["token", "new", "--subject", "service", "--group", "services"]).exits(0);
    write(folder.path(), "tokens.yaml", format!("tokens:\n{}", made.out).as_bytes());
    let yaml = "\
policies: [policies]
data: [data]
server:
  policies_root: adhoc
  tokens: tokens.yaml
  access:
    - {groups: [services], may: [decide, read, change-data, change-policies, metrics]}
";
    write(folder.path(), "provost.yaml", yaml.as_bytes());
    (folder, made.err.trim().to_owned())
}

/// Runs a client's program, which ends in good order only if all was as its library promises.
#[track_caller]
fn succeeds(mut program: Command, server: Serving) {
    let output = program.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let log = server.stop().log;
    assert!(
        output.status.success() && said.trim() == "all answered",
        "{said}{}\n--- the server's log\n{log}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn the_python_library_is_answered() {
    let Some(python) = installed("python/bin/python") else { return };
    let (folder, token) = repository();
    provost(folder.path(), &["certs"]).exits(0);
    let tls = ["--tls-certificate", "tls/server.crt", "--tls-key", "tls/server.key"];
    let server = Serving::start(folder.path(), &tls);
    let mut program = Command::new(python);
    let authority = folder.path().join("tls/ca.crt");
    program.arg(script("client.py")).arg(server.port()).arg(&authority).arg(token);
    // Its asynchronous half trusts the system's authorities and no others.
    program.env("SSL_CERT_FILE", &authority);
    // Settings of whoever runs the tests must not lead elsewhere.
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
        program.env_remove(name);
    }
    succeeds(program, server);
}

#[test]
fn the_javascript_library_is_answered() {
    let Some(modules) = installed("javascript/node_modules") else { return };
    let (folder, token) = repository();
    // A module is looked for beside the script that asks for it.
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).unwrap();
    std::fs::copy(script("client.mjs"), folder.path().join("client.mjs")).unwrap();
    let server = Serving::start(folder.path(), &[]);
    let mut program = Command::new("node");
    program.current_dir(folder.path()).arg("client.mjs").arg(&server.urls[0]).arg(token);
    succeeds(program, server);
}
