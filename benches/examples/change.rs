//! How the time of one decision grows with the resources of its change: `change [POLICIES]`, the library's GPU quota where none are named.
//!
//! Policies over the whole change are asked about each of its resources. What they find out about the change alone is found once, so ten
//! times the resources should take about ten times as long.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark that cannot start must stop and say why"
)]

use catalog::Settings;
use decision::{Change, DecideOptions, Member, OnUnknown, Point, PolicySet, Scrubber, Subject, decide};
use host::FixedHost;
use rego_policy::Options;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use value::{Arena, Frozen, Source, Value, json};

const QUOTA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../library/gpu-quota/gpu_quota.rego");

/// Sizes of changes, each ten times the one before.
const JOBS: [usize; 3] = [20, 200, 2_000];

/// Each is measured so often; the median counts.
const ROUNDS: usize = 5;

fn main() {
    let named: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let paths = if named.is_empty() { vec![PathBuf::from(QUOTA)] } else { named };
    let sources: Vec<_> = paths
        .iter()
        .map(|path| {
            Source::new(path.display().to_string(), std::fs::read_to_string(path).expect("a policy that can be read"))
        })
        .collect();
    let compiled = rego_policy::compile(&sources, &Options::default());
    assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
    let set = PolicySet::new(compiled.policies, Frozen::copy_of(Value::EMPTY_OBJECT), |_| {}).expect("ids differ");
    println!("| holders | resources | time | 10 times the resources take |\n|---|---|---|---|");
    for (name, teams) in [("1", 1), ("10", 10), ("a quarter as many as resources", usize::MAX)] {
        let mut before: Option<Duration> = None;
        for jobs in JOBS {
            let took = median(&set, jobs, teams.min(jobs / 4));
            let ratio = before.map_or(String::new(), |before| {
                format!("{:.1} times as long", took.as_secs_f64() / before.as_secs_f64())
            });
            println!("| {name} | {jobs} | {:.2} ms | {ratio} |", took.as_secs_f64() * 1_000.0);
            before = Some(took);
        }
    }
}

fn median(set: &PolicySet, jobs: usize, teams: usize) -> Duration {
    let arena = Arena::new();
    let documents: Vec<Value<'_>> = (0..jobs).map(|number| job(&arena, number, number % teams)).collect();
    let settings = Settings::default();
    let recognised = catalog::recognise_all(&arena, &documents, &settings);
    let mut change = Change::default();
    for (index, recognised) in recognised.into_iter().enumerate() {
        let Ok(catalog::Recognised::Change(found)) = recognised else { panic!("a job is known") };
        change.members.extend(found.resources.into_iter().map(|resource| Member {
            file: "jobs.yaml",
            document: index,
            resource,
        }));
    }
    let (subject, scrubber) = (Subject::default(), Scrubber::default());
    let options = DecideOptions {
        point: Point::Check,
        on_unknown: OnUnknown::Warn,
        subject: &subject,
        scrubber: &scrubber,
        host: &FixedHost::default(),
        threads: NonZeroUsize::MIN,
        progress: None,
    };
    let changes = [change];
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            let decision = decide(set, &[], &changes, &options);
            assert_eq!(decision.judged.len(), jobs);
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

/// A Job of one GPU for a team.
fn job(arena: &Arena, number: usize, team: usize) -> Value<'_> {
    let text = serde_json::json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": format!("job-{number}"), "namespace": "ml", "labels": {"team": format!("team-{team}")}},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "train", "image": "registry.example/train:1", "resources": {"limits": {"nvidia.com/gpu": 1}}},
        ]}}},
    });
    json::parse(arena, text.to_string().as_bytes(), &json::ParseLimits::default()).expect("it is JSON")
}
