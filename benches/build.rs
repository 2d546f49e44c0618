//! Finds the shared sample and its baseline written by hand; both are read from where they are and not kept here.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(shared_sample)");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/bench");
    let baseline = sample.join("handwritten.rs");
    println!("cargo::rerun-if-changed={}", baseline.display());
    let Ok(text) = fs::read_to_string(&baseline) else { return Ok(()) };
    // `include!` takes items only: the file's own inner documentation has to go.
    let items: Vec<&str> = text.lines().filter(|line| !line.starts_with("//!")).collect();
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("handwritten.rs"), items.join("\n"))?;
    println!("cargo::rustc-cfg=shared_sample");
    println!("cargo::rustc-env=SHARED_SAMPLE={}", sample.display());
    Ok(())
}
