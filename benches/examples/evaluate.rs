//! Evaluates the sample many times, for a profiler to look at.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start must stop and say why")]

#[cfg(shared_sample)]
fn main() {
    use benches::sample::Sample;
    use value::{Arena, Frozen, json};
    let sample = Sample::read().expect("the sample is there");
    let program = sample.program().expect("the sample compiles");
    let document = Sample::document();
    let limits = json::ParseLimits::default();
    let data = Frozen::build(|arena| json::parse(arena, &sample.data, &limits)).expect("the data parses");
    let inputs = Arena::new();
    let input = json::parse(&inputs, &sample.input, &limits).expect("the input parses");
    let mut evaluator = rego::Evaluator::default();
    let mut arena = Arena::new();
    let rounds = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1000);
    for _ in 0..rounds {
        arena.reset();
        let environment = rego::Environment {
            arena: &arena,
            data: data.root(),
            input: Some(input),
            host: &host::FixedHost { now_ns: 0 },
            strict_builtin_errors: false,
            unknowns: false,
        };
        std::hint::black_box(
            evaluator.evaluate(&program, &document, &environment).map(|answer| answer.value.is_some()),
        )
        .expect("it evaluates");
    }
}

#[cfg(not(shared_sample))]
fn main() {}
