//! Programs of the system that tests and documented commands call, installed by apt where they are missing.

use crate::command;
use std::env;
use std::path::Path;
use std::process::Command;

/// A program, and Debian's package of it.
const PROGRAMS: &[(&str, &str)] = &[("curl", "curl"), ("kill", "procps"), ("openssl", "openssl")];

/// Installs what is not there; answers the programs that are still missing, which needs root and apt to mend.
pub fn install() -> Vec<String> {
    let packages: Vec<&str> = missing().into_iter().map(|(_, package)| package).collect();
    if !packages.is_empty() {
        let update =
            Command::new("apt-get").args(["update", "--quiet"]).env("DEBIAN_FRONTEND", "noninteractive").status();
        if update.is_ok_and(|status| status.success()) {
            let mut install = Command::new("apt-get");
            install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(&packages);
            // Whether it did is seen by what is there afterwards.
            let _ = command::succeeds(install.env("DEBIAN_FRONTEND", "noninteractive"));
        }
    }
    missing().into_iter().map(|(program, package)| format!("`{program}` is missing: install `{package}`")).collect()
}

fn missing() -> Vec<(&'static str, &'static str)> {
    PROGRAMS.iter().copied().filter(|(program, _)| !is_on_path(program)).collect()
}

fn is_on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::is_on_path;

    #[test]
    fn what_is_on_the_path_is_found() {
        assert!(is_on_path("sh"));
        assert!(!is_on_path("no-such-program-anywhere"));
    }
}
