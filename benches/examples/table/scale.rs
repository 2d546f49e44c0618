//! What grows: threads, data, rules.

use crate::child::{self, Load};
use crate::{Table, Targets, ratio, tell};
use anyhow::{Context, Result};
use benches::engines::{self, Engine, Provost};
use benches::generated::{self, RULES_DOCUMENT, Subject};
use benches::measure::{Effort, median, medians, processor_time, two_threads_over_one};
use benches::policies::{self, Policy};
use std::hint::black_box;
use std::time::Duration;

pub(crate) fn threads(quick: bool, targets: &mut Targets) -> Result<()> {
    tell("threads");
    let policies = policies::all()?;
    let policy = policies.first().context("there are policies")?;
    let found = two_threads_over_one(&Provost::new(policy)?, if quick { 3 } else { 11 });
    let what = format!("evaluations of two threads over those of one, `{}`", policy.name);
    targets.at_least(&what, 1.9, Some(found.provost));
    targets.at_least(
        "the same, over what a loop in registers gains by a second thread here",
        0.95,
        Some(found.provost / found.machine),
    );
    Ok(())
}

/// Each document is loaded by a fresh process, so that what is left of one does not count for the next.
pub(crate) fn data(quick: bool, targets: &mut Targets) -> Result<Table> {
    const BYTES: usize = 100_000_000;
    let (bytes, rounds) = if quick { (BYTES / 10, 3) } else { (BYTES, 5) };
    let text = generated::large_document(bytes);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("data.json");
    std::fs::write(&file, &text)?;
    let loaders: &[&str] = if cfg!(feature = "peers") { &child::LOADERS } else { &child::LOADERS[..2] };
    let mut loads: Vec<Vec<Load>> = vec![Vec::new(); loaders.len()];
    for _ in 0..rounds {
        for (loader, loads) in loaders.iter().zip(&mut loads) {
            tell(&format!("{bytes} bytes of data: {loader}"));
            loads.push(child::start(loader, &file)?);
        }
    }
    let of = |loads: &[Load], field: fn(&Load) -> Option<f64>| -> Option<f64> {
        loads.iter().map(field).collect::<Option<Vec<f64>>>().map(median)
    };
    let seconds = |loads: &Vec<Load>| of(loads, |load| Some(load.seconds));
    let kept = |loads: &Vec<Load>| of(loads, |load| load.kept_bytes).map(|kept| kept / text.len() as f64);
    let peak = |loads: &Vec<Load>| of(loads, |load| load.peak_bytes).map(|peak| peak / text.len() as f64);
    let ours = loads.first().context("ours is loaded")?;
    let theirs = loads.get(1).context("serde_json is loaded")?;
    let mebibytes = bytes / 1_000_000;
    targets.at_most(&format!("{mebibytes} MB of JSON as data, resident over its bytes"), 3.0, kept(ours));
    let slower = seconds(ours).zip(seconds(theirs)).map(|(ours, theirs)| ours / theirs);
    targets.at_most("loading it, provost over `serde_json` to its `Value`", 1.0, slower);

    let header = ["loaded by", "resident over bytes", "at most while loading", "time over provost's"];
    let mut table = Table::new(header.map(str::to_owned).to_vec());
    for (loader, loads) in loaders.iter().zip(&loads) {
        let slower = seconds(loads).zip(seconds(ours)).map(|(theirs, ours)| theirs / ours);
        table.row(vec![(*loader).to_owned(), ratio(kept(loads)), ratio(peak(loads)), ratio(slower)]);
    }
    Ok(table)
}

pub(crate) fn rules(effort: Effort, targets: &mut Targets) -> Result<()> {
    for (path, subject) in [("input.kind", Subject::Kind), ("input.request.kind.kind", Subject::ReviewKind)] {
        tell(&format!("rules by {path}"));
        let policy = |only_applying| Policy {
            name: "rules",
            modules: generated::rules(subject, 10_000, 10, only_applying),
            document: RULES_DOCUMENT.to_owned(),
            input: generated::rules_input(subject),
            data: b"{}".to_vec(),
        };
        let (mut all, mut alone) = (Provost::new(&policy(false))?, Provost::new(&policy(true))?);
        anyhow::ensure!(all.answer()? == alone.answer()?, "rules that do not apply change the answer");
        let times = medians(&mut [&mut || all.evaluate(), &mut || alone.evaluate()], effort);
        let found = times.first().zip(times.get(1)).map(|(all, alone)| all / alone);
        targets.at_most(&format!("10,000 rules of which 10 apply by `{path}`, over those 10 alone"), 2.0, found);
    }
    Ok(())
}

pub(crate) fn compile(quick: bool, targets: &mut Targets) -> Result<()> {
    tell("compiling");
    let modules = generated::rules(Subject::ReviewKind, 10_000, 10, false);
    let effort = Effort { clock: processor_time, rounds: if quick { 3 } else { 11 }, sample: Duration::ZERO };
    engines::compile(&modules)?;
    let mut ours = || drop(black_box(engines::compile(&modules)));
    #[cfg(feature = "peers")]
    let times = {
        engines::prepare_with_regorus(&modules, RULES_DOCUMENT)?;
        let mut theirs = || drop(black_box(engines::prepare_with_regorus(&modules, RULES_DOCUMENT)));
        medians(&mut [&mut ours, &mut theirs], effort)
    };
    #[cfg(not(feature = "peers"))]
    let times = medians(&mut [&mut ours], effort);
    let found = times.first().zip(times.get(1)).map(|(ours, theirs)| ours / theirs);
    targets.at_most("compile 10,000 rules, provost over regorus", 0.5, found);
    Ok(())
}
