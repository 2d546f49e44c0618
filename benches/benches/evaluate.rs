//! One evaluation of each policy over its parsed input, on every engine of the build.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start must stop and say why")]

use benches::{engines, policies};
use criterion::{Criterion, criterion_group, criterion_main};

#[cfg(not(shared_sample))]
#[expect(clippy::print_stdout, reason = "whoever runs it must learn why there are no figures")]
fn say_what_is_skipped() {
    println!("skipped: admission, because the shared sample is not here");
}

fn evaluate(criterion: &mut Criterion) {
    #[cfg(not(shared_sample))]
    say_what_is_skipped();
    for policy in policies::all().expect("the policies are there") {
        let mut group = criterion.benchmark_group(policy.name);
        for mut engine in engines::ready(&policy).expect("the engines take the policy and agree") {
            group.bench_function(engine.name(), |bencher| bencher.iter(|| engine.evaluate()));
        }
        group.finish();
    }
}

criterion_group! { name = benches; config = Criterion::default(); targets = evaluate }
criterion_main!(benches);
