//! One request through a point, from its body to its answer, beside what reading the body alone takes.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start must stop and say why")]

use benches::points::Asked;
use benches::repositories::REPOSITORIES;
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use value::{Arena, json};

fn points(criterion: &mut Criterion) {
    let repository = REPOSITORIES.first().expect("there is a repository");
    for path in ["/v1/admit", "/v1/data/main"] {
        let asked = Asked::new(repository, path).expect("the point answers");
        let mut group = criterion.benchmark_group(path);
        group.bench_function("provost", |bencher| bencher.iter(|| black_box(asked.answer())));
        group.bench_function("provost reads the body", |bencher| {
            let mut arena = Arena::new();
            let limits = json::ParseLimits::default();
            bencher.iter(|| {
                arena.reset();
                black_box(json::parse(&arena, asked.body(), &limits).is_ok())
            });
        });
        group.bench_function("serde_json reads the body", |bencher| {
            bencher.iter(|| black_box(serde_json::from_slice::<serde_json::Value>(asked.body())));
        });
        group.finish();
    }
}

criterion_group!(benches, points);
criterion_main!(benches);
