//! Measures everything in one run and prints the tables of `benches/README.md`, ready to paste.
//!
//! `table [--quick] [decisions|policies|threads|data|rules|compile|start]...`; build it with `--features peers`, or the columns
//! of the peers say that they were not measured. The program `provost` is looked for beside this one in the target folder, or
//! where `PROVOST` says.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]

mod child;
mod scale;
mod speed;
mod start;

use anyhow::Result;
use benches::measure::{Effort, processor_time};
use std::time::Duration;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [child::COMMAND, loader, file] = arguments.as_slice() {
        return child::run(loader, file);
    }
    let (flags, names): (Vec<&str>, Vec<&str>) = arguments.into_iter().partition(|word| word.starts_with("--"));
    let quick = flags.contains(&"--quick");
    let wanted = |name: &str| names.is_empty() || names.contains(&name);
    let effort = if quick {
        Effort { clock: processor_time, rounds: 11, sample: Duration::from_millis(2) }
    } else {
        Effort { clock: processor_time, rounds: 51, sample: Duration::from_millis(5) }
    };
    let mut targets = Targets::default();
    let mut tables = Vec::new();
    if wanted("decisions") {
        tables.push(("Bytes to decision", speed::sample(effort, &mut targets)?));
    }
    if wanted("policies") {
        tables.push(("Policies", speed::policies(effort, &mut targets)?));
    }
    if wanted("threads") {
        scale::threads(quick, &mut targets)?;
    }
    if wanted("data") {
        tables.push(("Data", scale::data(quick, &mut targets)?));
    }
    if wanted("rules") {
        scale::rules(effort, &mut targets)?;
    }
    if wanted("compile") {
        scale::compile(quick, &mut targets)?;
    }
    if wanted("start") {
        start::measure(quick, &mut targets);
    }
    println!("### Targets\n\n{targets}");
    for (title, table) in tables {
        println!("### {title}\n\n{table}");
    }
    Ok(())
}

/// Says on standard error what is measured now.
fn tell(what: &str) {
    eprintln!("measuring {what}");
}

/// What was promised, what was found, and whether that keeps the promise.
#[derive(Debug, Default)]
struct Targets {
    rows: Vec<[String; 4]>,
}

impl Targets {
    /// A ratio that must not exceed `bound`.
    fn at_most(&mut self, what: &str, bound: f64, found: Option<f64>) {
        self.add(what, format!("at most {bound}"), found, |found| found <= bound);
    }

    /// A ratio that must reach `bound`.
    fn at_least(&mut self, what: &str, bound: f64, found: Option<f64>) {
        self.add(what, format!("at least {bound}"), found, |found| found >= bound);
    }

    fn add(&mut self, what: &str, target: String, found: Option<f64>, keeps: impl Fn(f64) -> bool) {
        let reached = match found {
            None => "",
            Some(found) if keeps(found) => "yes",
            Some(_) => "no",
        };
        self.rows.push([what.to_owned(), target, ratio(found), reached.to_owned()]);
    }
}

impl std::fmt::Display for Targets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut table = Table::new(["what", "target", "measured", "reached"].map(str::to_owned).to_vec());
        for row in &self.rows {
            table.row(row.to_vec());
        }
        table.fmt(f)
    }
}

/// A number of the tables: three digits are what a run repeats.
fn ratio(found: Option<f64>) -> String {
    match found {
        None => "not measured".to_owned(),
        Some(found) if found >= 100.0 => format!("{found:.0}"),
        Some(found) if found >= 10.0 => format!("{found:.1}"),
        Some(found) => format!("{found:.2}"),
    }
}

/// Rows and columns in Markdown.
#[derive(Debug)]
struct Table {
    rows: Vec<Vec<String>>,
    columns: usize,
}

impl Table {
    fn new(names: Vec<String>) -> Self {
        let columns = names.len();
        Self { rows: vec![names, vec!["---".to_owned(); columns]], columns }
    }

    fn row(&mut self, mut cells: Vec<String>) {
        cells.resize(self.columns, String::new());
        self.rows.push(cells);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rows.iter().try_for_each(|cells| writeln!(f, "| {} |", cells.join(" | ")))
    }
}
