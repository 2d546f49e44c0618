//! Lists the files of `library/` and `template/`, so that the binary carries them.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let output = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    embed("LIBRARY", &here.join("../../library"), &output.join("library.rs"))?;
    embed("TEMPLATE", &here.join("template"), &output.join("template.rs"))
}

/// Writes a table of (name, text) of all files below `folder`.
fn embed(table: &str, folder: &Path, target: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    if folder.is_dir() {
        list(folder, &mut files)?;
    }
    files.sort();
    let mut code = format!("static {table}: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(folder).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        writeln!(code, "    ({name:?}, include_str!({:?})),", file.canonicalize()?).map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    fs::write(target, code)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
