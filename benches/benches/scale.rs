//! What grows: many rules, much data, several threads.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start must stop and say why")]

use benches::engines::{Engine, Provost};
use benches::generated::{self, RULES_DOCUMENT, Subject};
use benches::policies::Policy;
use benches::{engines, policies};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Ten thousand rules of which ten apply, beside those ten alone.
fn many_rules(criterion: &mut Criterion) {
    for (name, subject) in [("input.kind", Subject::Kind), ("input.request.kind.kind", Subject::ReviewKind)] {
        let mut group = criterion.benchmark_group(format!("rules by {name}"));
        for (column, only_applying) in [("10 of 10,000", false), ("10 alone", true)] {
            let policy = Policy {
                name: "rules",
                modules: generated::rules(subject, 10_000, 10, only_applying),
                document: RULES_DOCUMENT.to_owned(),
                input: generated::rules_input(subject),
                data: b"{}".to_vec(),
            };
            let mut provost = Provost::new(&policy).expect("the rules compile");
            group.bench_function(column, |bencher| bencher.iter(|| provost.evaluate()));
        }
        group.finish();
    }
}

/// Text to program.
fn compile(criterion: &mut Criterion) {
    let modules = generated::rules(Subject::ReviewKind, 10_000, 10, false);
    let mut group = criterion.benchmark_group("compile 10,000 rules");
    group.sample_size(10);
    group.bench_function("provost", |bencher| bencher.iter(|| black_box(engines::compile(&modules).is_ok())));
    #[cfg(feature = "peers")]
    group.bench_function("regorus", |bencher| {
        bencher.iter(|| black_box(engines::prepare_with_regorus(&modules, RULES_DOCUMENT).is_ok()));
    });
    group.finish();
}

/// Bytes to a document that evaluations can use; the release of the one before is not counted.
fn load(criterion: &mut Criterion) {
    let text = generated::large_document(10_000_000);
    let mut group = criterion.benchmark_group("load 10 MB");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("provost", |bencher| {
        bencher.iter_batched(|| (), |()| engines::load(text.as_bytes()).expect("it is JSON"), BatchSize::PerIteration);
    });
    group.bench_function("serde_json", |bencher| {
        let load = |()| serde_json::from_slice::<serde_json::Value>(text.as_bytes()).expect("it is JSON");
        bencher.iter_batched(|| (), load, BatchSize::PerIteration);
    });
    #[cfg(feature = "peers")]
    group.bench_function("regorus", |bencher| {
        let load = |()| engines::load_with_regorus(text.as_bytes()).expect("it is JSON");
        bencher.iter_batched(|| (), load, BatchSize::PerIteration);
    });
    group.finish();
}

/// Time an evaluation where each thread makes as many; with room for both, two threads take as long as one.
fn threads(criterion: &mut Criterion) {
    let policies = policies::all().expect("the policies are there");
    let policy = policies.first().expect("there are policies");
    let provost = Provost::new(policy).expect("the policy compiles");
    let mut group = criterion.benchmark_group(format!("threads on {}", policy.name));
    for threads in [1, 2] {
        group.bench_function(threads.to_string(), |bencher| {
            bencher.iter_custom(|rounds| {
                let span = Duration::from_millis(50);
                let start = Instant::now();
                let count = provost.count_until(&|| start.elapsed() >= span, threads);
                start.elapsed().mul_f64(rounds as f64 * threads as f64 / count as f64)
            });
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = Criterion::default(); targets = many_rules, compile, load, threads }
criterion_main!(benches);
