//! The fuzz targets of `fuzz/`, one after another, each for the same time.
//!
//! They need a nightly toolchain, for the instrumentation, and `cargo-fuzz`, which is installed below the build folder. What
//! a target learned stays in `fuzz/corpus`, and what breaks it in `fuzz/artifacts`; neither is part of the repository.

use crate::{command, tool};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const CARGO_FUZZ_VERSION: &str = "0.13.2";

/// Longer inputs find nothing that shorter ones do not, in bytes.
const INPUT_BYTES_MAX: u32 = 4_096;

/// One input that takes longer is a finding, in seconds. The targets have limits of a second of their own.
const INPUT_SECONDS_MAX: u32 = 20;

/// An input that takes more is a finding, in megabytes.
const MEMORY_MB_MAX: u32 = 3_000;

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// All when none is named.
    targets: Vec<String>,
    /// For each target.
    time: Duration,
}

impl Options {
    /// Reads `[--minutes N] [TARGET...]`; ten minutes when nothing is said.
    ///
    /// # Errors
    /// A flag that there is not, or a number that is none.
    pub fn parse(arguments: &[&str]) -> Result<Self> {
        let mut options = Self { targets: Vec::new(), time: Duration::from_mins(10) };
        let mut arguments = arguments.iter();
        while let Some(&argument) = arguments.next() {
            match argument {
                "--minutes" => {
                    let minutes = arguments.next().context("`--minutes` needs a number")?;
                    let minutes: u64 =
                        minutes.parse().with_context(|| format!("`{minutes}` is no number of minutes"))?;
                    ensure!((1..=1_440).contains(&minutes), "`--minutes` must be between 1 and 1440");
                    options.time = Duration::from_mins(minutes);
                }
                flag if flag.starts_with('-') => bail!("unknown flag `{flag}`: there is only `--minutes N`"),
                target => options.targets.push(target.to_owned()),
            }
        }
        Ok(options)
    }
}

/// Runs the targets; says whether none of them found anything.
///
/// # Errors
/// A target that there is not, or tools that are missing and cannot be installed.
pub fn run(root: &Path, options: &Options) -> Result<bool> {
    let known = targets(root)?;
    if let Some(unknown) = options.targets.iter().find(|target| !known.contains(target)) {
        bail!("there is no fuzz target `{unknown}`: there are {}", known.join(", "));
    }
    let chosen = if options.targets.is_empty() { known } else { options.targets.clone() };
    let cargo_fuzz = tool::find_or_install(root, &tool::target_folder(root)?, "cargo-fuzz", CARGO_FUZZ_VERSION)?
        .context("`cargo-fuzz` could not be installed")?;
    let mut broken = Vec::new();
    for target in &chosen {
        println!("==> {target}");
        if !command::succeeds(&mut fuzz(root, &cargo_fuzz, target, options.time)?)? {
            broken.push(target.as_str());
        }
    }
    match broken.as_slice() {
        [] => println!("\n{} of {} targets found nothing", chosen.len(), chosen.len()),
        broken => println!("\nbroken: {}; the inputs are in `fuzz/artifacts`", broken.join(", ")),
    }
    Ok(broken.is_empty())
}

/// The names of all targets: each is a file.
fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("fuzz/targets");
    let mut names = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("could not read `{}`", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn fuzz(root: &Path, cargo_fuzz: &Path, target: &str, time: Duration) -> Result<Command> {
    let fuzz = root.join("fuzz");
    let corpus = fuzz.join("corpus").join(target);
    std::fs::create_dir_all(&corpus).with_context(|| format!("could not create `{}`", corpus.display()))?;
    let mut command = Command::new("rustup");
    command.current_dir(root).args(["run", "nightly"]).arg(cargo_fuzz).args(["run", "--fuzz-dir"]).arg(&fuzz);
    command.arg(target).arg(&corpus).arg(fuzz.join("seeds").join(target)).arg("--");
    command.args([
        format!("-max_total_time={}", time.as_secs()),
        format!("-max_len={INPUT_BYTES_MAX}"),
        format!("-timeout={INPUT_SECONDS_MAX}"),
        format!("-rss_limit_mb={MEMORY_MB_MAX}"),
        "-print_final_stats=1".to_owned(),
    ]);
    command.args(dictionary(&fuzz, target).map(|path| format!("-dict={}", path.display())));
    // The cargo that runs us is of another toolchain. Of leaks the sanitizer would report what lives as long as the program.
    command.env_remove("CARGO").env("ASAN_OPTIONS", "detect_odr_violation=0:detect_leaks=0");
    Ok(command)
}

/// The words of the language that a target reads: `rego.dict` for `rego_parser`.
fn dictionary(fuzz: &Path, target: &str) -> Option<PathBuf> {
    let language = target.split('_').next().unwrap_or(target);
    Some(fuzz.join("dictionaries").join(language).with_extension("dict")).filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::{Options, targets};
    use std::path::Path;
    use std::time::Duration;

    #[test]
    fn ten_minutes_unless_said() {
        let options = Options::parse(&[]).expect("no arguments");
        assert_eq!((options.time, options.targets.len()), (Duration::from_mins(10), 0));
        let options = Options::parse(&["json", "--minutes", "2", "yaml"]).expect("two targets");
        assert_eq!((options.time, options.targets), (Duration::from_mins(2), vec!["json".into(), "yaml".into()]));
        for wrong in [&["--minutes"][..], &["--minutes", "x"], &["--minutes", "0"], &["--forever"]] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    /// A file that is in no `[[bin]]` would never run.
    #[test]
    fn each_file_is_a_target() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let manifest = std::fs::read_to_string(root.join("fuzz/Cargo.toml")).expect("the manifest of the fuzz targets");
        let targets = targets(root).expect("fuzz targets");
        assert!(targets.len() >= 4, "{targets:?}");
        for target in targets {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
            assert!(root.join("fuzz/seeds").join(&target).is_dir(), "{target} has no seeds");
        }
    }
}
