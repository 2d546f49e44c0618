//! How long the program takes to start and end.

use crate::{Targets, tell};
use benches::measure::{Effort, medians, wall_time};
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What `provost eval 1` may take beside three times what `/bin/true` takes.
const ALLOWANCE_SECONDS: f64 = 0.005;

pub(crate) fn measure(quick: bool, targets: &mut Targets) {
    tell("the start of the program");
    let what = "start: `provost eval 1` over three times `/bin/true` plus 5 ms";
    let found = program().and_then(|program| {
        let effort = Effort { clock: wall_time, rounds: if quick { 21 } else { 201 }, sample: Duration::ZERO };
        let mut ours = || run(&program, &["eval", "1"]);
        let mut nothing = || run(Path::new("/bin/true"), &[]);
        let times = medians(&mut [&mut ours, &mut nothing], effort);
        let (ours, nothing) = times.first().zip(times.get(1))?;
        Some(ours / (3.0 * nothing + ALLOWANCE_SECONDS))
    });
    targets.at_most(what, 1.0, found);
}

/// The program, where this one was built or where `PROVOST` says; `None` when it is not there.
fn program() -> Option<PathBuf> {
    let beside = || {
        let own = env::current_exe().ok()?;
        // `target/release/examples/table` and `target/release/provost`.
        Some(own.parent()?.parent()?.join(format!("provost{}", env::consts::EXE_SUFFIX)))
    };
    let found = env::var_os("PROVOST").map(PathBuf::from).or_else(beside)?;
    let is_there = found.is_file() && Path::new("/bin/true").is_file();
    if !is_there {
        eprintln!("skipped: the start, because `{}` is not there", found.display());
    }
    is_there.then_some(found)
}

fn run(program: &Path, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !status.is_ok_and(|status| status.success()) {
        eprintln!("`{}` failed", program.display());
    }
}
