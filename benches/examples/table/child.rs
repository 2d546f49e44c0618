//! Loading a large document in a process of its own.

use anyhow::{Context, Result, bail, ensure};
use benches::engines;
use benches::measure::{processor_time, resident_bytes};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

/// The argument that makes this program such a process.
pub(crate) const COMMAND: &str = "load";

/// What a document can be loaded by, ours first, then what is measured without peers.
pub(crate) const LOADERS: [&str; 3] = ["provost", "serde_json", "regorus"];

/// What a process found.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) seconds: f64,
    /// What the document takes when its text is gone.
    pub(crate) kept_bytes: Option<f64>,
    /// What document, text and all that is needed in between take at most.
    pub(crate) peak_bytes: Option<f64>,
}

/// Loads `file` in a new process.
pub(crate) fn start(loader: &str, file: &Path) -> Result<Load> {
    let output = Command::new(std::env::current_exe()?).args([COMMAND, loader]).arg(file).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let mut numbers = text.split_whitespace().map(|number| number.parse::<f64>().ok());
    let seconds = numbers.next().flatten().context("a process that loads says how long it took")?;
    Ok(Load { seconds, kept_bytes: numbers.next().flatten(), peak_bytes: numbers.next().flatten() })
}

/// Is that process: says seconds, bytes kept and bytes at most.
pub(crate) fn run(loader: &str, file: &str) -> Result<()> {
    // What the allocator keeps for itself from the start is not the document's.
    let before = resident_bytes();
    let text = fs::read(file)?;
    match loader {
        "provost" => load(text, before, engines::load),
        "serde_json" => load(text, before, |text| Ok(serde_json::from_slice::<serde_json::Value>(text)?)),
        #[cfg(feature = "peers")]
        "regorus" => load(text, before, engines::load_with_regorus),
        other => bail!("nothing loads by `{other}`"),
    }
}

fn load<T>(text: Vec<u8>, before: Option<(u64, u64)>, parse: impl FnOnce(&[u8]) -> Result<T>) -> Result<()> {
    let start = processor_time();
    let document = parse(&text)?;
    let seconds = (processor_time() - start).as_secs_f64();
    drop(text);
    let after = resident_bytes();
    black_box(&document);
    let shown = |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), |bytes| bytes.to_string());
    let since = |after: Option<u64>| after.zip(before).map(|(after, (before, _))| after.saturating_sub(before));
    println!("{seconds} {} {}", shown(since(after.map(|(kept, _)| kept))), shown(since(after.map(|(_, peak)| peak))));
    // The time to release it is nobody's concern.
    std::mem::forget(document);
    Ok(())
}
