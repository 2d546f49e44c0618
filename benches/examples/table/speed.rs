//! Evaluating and deciding, policy by policy.

use crate::{Table, Targets, ratio, tell};
use anyhow::Result;
use benches::engines::{self, Engine, Opa, Provost};
use benches::measure::{Effort, geometric_mean, medians};
use benches::policies::{self, Policy};

/// The peers' columns.
const PEERS: [&str; 3] = ["regorus, machine", "regorus, interpreter", "OPA"];

/// How many times as long as ours each peer takes, in the order of [`PEERS`].
type Ratios = [Option<f64>; 3];

/// All policies on all engines.
pub(crate) fn policies(effort: Effort, targets: &mut Targets) -> Result<Table> {
    let opa = engines::find_opa();
    let header = ["policy"].into_iter().chain(PEERS).map(str::to_owned).collect();
    let mut table = Table::new(header);
    let mut all: Vec<Ratios> = Vec::new();
    for policy in policies::all()? {
        tell(policy.name);
        let mut engines = engines::ready(&policy)?;
        let times = times(&mut engines, |engine| engine.evaluate(), effort);
        let opa_seconds = opa.as_deref().map(|program| Opa::new(program, &policy)?.seconds()).transpose()?;
        let ours = times.first().copied().unwrap_or_default();
        let ratios: Ratios = [times.get(1).copied(), times.get(2).copied(), opa_seconds].map(|peer| Some(peer? / ours));
        table.row(row(policy.name, &ratios));
        all.push(ratios);
    }
    let mean = [0, 1, 2].map(|peer| {
        let column: Option<Vec<f64>> = all.iter().map(|ratios| ratios.get(peer).copied().flatten()).collect();
        column.map(|column| geometric_mean(&column))
    });
    table.row(row("geometric mean", &mean));

    let [machine, interpreter, opa] = mean;
    targets.at_least("geometric mean over the policies, regorus' machine over provost", 5.0, machine);
    targets.at_least("the same, regorus' interpreter", 5.0, interpreter);
    targets.at_least("the same, OPA", 25.0, opa);
    Ok(table)
}

fn row(name: &str, ratios: &[Option<f64>]) -> Vec<String> {
    let cells = ratios.iter().map(|found| ratio(*found));
    [name.to_owned()].into_iter().chain(cells).collect()
}

fn times(engines: &mut [Box<dyn Engine>], run: impl Fn(&mut dyn Engine), effort: Effort) -> Vec<f64> {
    let run = &run;
    let mut runs: Vec<_> = engines.iter_mut().map(|engine| move || run(engine.as_mut())).collect();
    let mut runs: Vec<&mut dyn FnMut()> = runs.iter_mut().map(|run| run as &mut dyn FnMut()).collect();
    medians(&mut runs, effort)
}

/// The shared sample beside the code written by hand: evaluate, parse, both.
#[cfg(shared_sample)]
pub(crate) fn sample(effort: Effort, targets: &mut Targets) -> Result<Table> {
    use benches::sample::{Sample, handwritten};
    use std::hint::black_box;
    use value::{Arena, json};

    tell("the parts of a decision");
    let sample = Sample::read()?;
    let (input_json, data_json) = (sample.input.clone(), sample.data.clone());
    let policy: Policy = sample.into_policy();
    let input: serde_json::Value = serde_json::from_slice(&input_json)?;
    let data: serde_json::Value = serde_json::from_slice(&data_json)?;
    let mut provost = Provost::new(&policy)?;
    let by_hand: serde_json::Value = handwritten::deny(&input, &data).into_iter().collect();
    anyhow::ensure!(provost.answer()? == by_hand, "the code written by hand says {by_hand}");

    let mut peers = engines::ready(&policy)?.split_off(1);
    let mut table = Table::new(
        ["what", "by hand, over `serde_json`", "regorus, machine", "regorus, interpreter"].map(str::to_owned).to_vec(),
    );

    // Evaluate.
    let mut runs: Vec<Box<dyn FnMut() + '_>> =
        vec![Box::new(|| provost.evaluate()), Box::new(|| drop(black_box(handwritten::deny(&input, &data))))];
    runs.extend(peers.iter_mut().map(|peer| Box::new(|| peer.evaluate()) as Box<dyn FnMut()>));
    let evaluate = ratios(&mut runs, effort);
    drop(runs);
    table.row(row("evaluate", &evaluate));

    // Parse.
    let mut arena = Arena::new();
    let limits = json::ParseLimits::default();
    let mut runs: Vec<Box<dyn FnMut() + '_>> = vec![
        Box::new(|| {
            arena.reset();
            black_box(json::parse(&arena, &input_json, &limits).is_ok());
        }),
        Box::new(|| drop(black_box(serde_json::from_slice::<serde_json::Value>(&input_json)))),
    ];
    #[cfg(feature = "peers")]
    runs.push(Box::new(|| drop(black_box(engines::load_with_regorus(&input_json)))));
    let parse = ratios(&mut runs, effort);
    drop(runs);
    let [hand, regorus] = [0, 1].map(|column| parse.get(column).copied().flatten());
    table.row(row("parse", &[hand, regorus, regorus]));

    // Both.
    let mut runs: Vec<Box<dyn FnMut() + '_>> = vec![
        Box::new(|| provost.decide()),
        Box::new(|| {
            if let Ok(input) = serde_json::from_slice(&input_json) {
                drop(black_box(handwritten::deny(&input, &data)));
            }
        }),
    ];
    runs.extend(peers.iter_mut().map(|peer| Box::new(|| peer.decide()) as Box<dyn FnMut()>));
    let decide = ratios(&mut runs, effort);
    drop(runs);
    table.row(row("bytes to decision", &decide));

    let column = |ratios: &[Option<f64>], number: usize| ratios.get(number).copied().flatten();
    let over_hand = column(&evaluate, 0).map(|ratio| 1.0 / ratio);
    targets.at_most("evaluate the shared sample, provost over the code by hand", 2.0, over_hand);
    targets.at_least("the same, regorus' machine over provost", 6.0, column(&evaluate, 1));
    targets.at_least("bytes to decision, regorus' machine over provost", 4.0, column(&decide, 1));
    targets.at_least("the same, regorus' interpreter", 4.0, column(&decide, 2));
    Ok(table)
}

#[cfg(not(shared_sample))]
pub(crate) fn sample(_effort: Effort, targets: &mut Targets) -> Result<Table> {
    targets.at_most("evaluate the shared sample, provost over the code by hand", 2.0, None);
    Ok(Table::new(vec!["skipped: the shared sample is not here".to_owned()]))
}

/// How many times as long as the first each other takes; the columns of a build without peers are empty.
#[cfg(shared_sample)]
fn ratios(runs: &mut [Box<dyn FnMut() + '_>], effort: Effort) -> Vec<Option<f64>> {
    let mut runs: Vec<&mut dyn FnMut()> = runs.iter_mut().map(|run| run.as_mut() as &mut dyn FnMut()).collect();
    let times = medians(&mut runs, effort);
    let ours = times.first().copied().unwrap_or_default();
    (1..4).map(|peer| times.get(peer).map(|time| time / ours)).collect()
}
