//! The admission sample: parse, evaluate, and both, beside Rust written by hand and (feature `peers`) regorus.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start must stop and say why")]

use criterion::{criterion_group, criterion_main};

#[cfg(not(shared_sample))]
#[expect(clippy::print_stdout, reason = "whoever runs it must learn why there are no figures")]
fn admission(_criterion: &mut criterion::Criterion) {
    println!("skipped: the shared sample is not here");
}

#[cfg(shared_sample)]
use with_sample::admission;

#[cfg(shared_sample)]
mod with_sample {
    use benches::sample::{Sample, handwritten};
    use criterion::Criterion;
    use host::FixedHost;
    use rego::{Environment, Evaluator};
    use std::hint::black_box;
    use value::{Arena, Frozen, Value, json};

    pub fn admission(criterion: &mut Criterion) {
        let sample = Sample::read().expect("the sample is there");
        let program = sample.program().expect("the sample compiles");
        let document = Sample::document();
        let limits = json::ParseLimits::default();
        let data = Frozen::build(|arena| json::parse(arena, &sample.data, &limits)).expect("the data parses");
        let mut evaluator = Evaluator::default();

        let tree_input: serde_json::Value = serde_json::from_slice(&sample.input).expect("the input parses");
        let tree_data: serde_json::Value = serde_json::from_slice(&sample.data).expect("the data parses");
        check(&program, &data, &sample, &tree_input, &tree_data);

        let mut group = criterion.benchmark_group("evaluate");
        group.bench_function("provost", |bencher| {
            let inputs = Arena::new();
            let input = json::parse(&inputs, &sample.input, &limits).expect("the input parses");
            let mut arena = Arena::new();
            bencher.iter(|| {
                arena.reset();
                let environment = environment(&arena, data.root(), input);
                black_box(evaluator.evaluate(&program, &document, &environment).map(|answer| answer.value.is_some()))
            });
        });
        group.bench_function("by hand", |bencher| {
            bencher.iter(|| black_box(handwritten::deny(black_box(&tree_input), black_box(&tree_data))));
        });
        #[cfg(feature = "peers")]
        super::peers::evaluate(&mut group, &sample);
        group.finish();

        let mut group = criterion.benchmark_group("parse");
        group.bench_function("provost", |bencher| {
            let mut arena = Arena::new();
            bencher.iter(|| {
                arena.reset();
                black_box(json::parse(&arena, &sample.input, &limits).is_ok())
            });
        });
        group.bench_function("serde_json", |bencher| {
            bencher.iter(|| black_box(serde_json::from_slice::<serde_json::Value>(&sample.input)));
        });
        #[cfg(feature = "peers")]
        super::peers::parse(&mut group, &sample);
        group.finish();

        let mut group = criterion.benchmark_group("bytes to decision");
        group.bench_function("provost", |bencher| {
            let mut arena = Arena::new();
            bencher.iter(|| {
                arena.reset();
                let input = json::parse(&arena, &sample.input, &limits).expect("the input parses");
                let environment = environment(&arena, data.root(), input);
                black_box(evaluator.evaluate(&program, &document, &environment).map(|answer| answer.value.is_some()))
            });
        });
        group.bench_function("by hand", |bencher| {
            bencher.iter(|| {
                let input: serde_json::Value = serde_json::from_slice(&sample.input).expect("the input parses");
                black_box(handwritten::deny(&input, &tree_data))
            });
        });
        #[cfg(feature = "peers")]
        super::peers::bytes_to_decision(&mut group, &sample);
        group.finish();
    }

    fn environment<'a>(arena: &'a Arena, data: Value<'a>, input: Value<'a>) -> Environment<'a> {
        let host: &FixedHost = &FixedHost { now_ns: 0 };
        Environment { arena, data, input: Some(input), host, strict_builtin_errors: false, unknowns: false }
    }

    /// A benchmark of a wrong answer is worth nothing: both must say the same.
    fn check(
        program: &rego::Program,
        data: &Frozen,
        sample: &Sample,
        tree_input: &serde_json::Value,
        tree_data: &serde_json::Value,
    ) {
        let arena = Arena::new();
        let input = json::parse(&arena, &sample.input, &json::ParseLimits::default()).expect("the input parses");
        let environment = environment(&arena, data.root(), input);
        let answer = Evaluator::default().evaluate(program, &Sample::document(), &environment).expect("it evaluates");
        let ours: Vec<String> = answer
            .value
            .and_then(Value::as_set)
            .into_iter()
            .flat_map(|set| set.iter())
            .filter_map(|member| member.as_str().map(str::to_owned))
            .collect();
        let by_hand: Vec<String> = handwritten::deny(tree_input, tree_data).into_iter().collect();
        assert_eq!(ours, by_hand);
    }
}

#[cfg(all(shared_sample, feature = "peers"))]
mod peers {
    use benches::sample::Sample;
    use criterion::BenchmarkGroup;
    use criterion::measurement::WallTime;
    use regorus::{Engine, Value};
    use std::hint::black_box;

    const RULE: &str = "data.ai.gpu.deny";

    fn engine(sample: &Sample) -> Engine {
        let mut engine = Engine::new();
        engine.add_policy("admission.rego".to_owned(), sample.policy.clone()).expect("regorus takes the policy");
        engine.add_data(value(&sample.data)).expect("regorus takes the data");
        engine
    }

    fn value(json: &[u8]) -> Value {
        Value::from_json_str(std::str::from_utf8(json).expect("JSON is text")).expect("regorus reads the JSON")
    }

    fn machine(sample: &Sample) -> regorus::rvm::RegoVM {
        let mut engine = engine(sample);
        let compiled = engine.compile_with_entrypoint(&RULE.into()).expect("regorus compiles the policy");
        let program = regorus::languages::rego::compiler::Compiler::compile_from_policy(&compiled, &[RULE])
            .expect("regorus compiles for its machine");
        let mut machine = regorus::rvm::RegoVM::new();
        machine.load_program(program);
        machine.set_data(value(&sample.data)).expect("regorus takes the data");
        machine
    }

    pub fn evaluate(group: &mut BenchmarkGroup<'_, WallTime>, sample: &Sample) {
        let input = value(&sample.input);
        let mut vm = machine(sample);
        group.bench_function("regorus machine", |bencher| {
            bencher.iter(|| {
                vm.set_input(input.clone());
                black_box(vm.execute().expect("regorus evaluates"))
            });
        });
        let mut interpreter = engine(sample);
        group.bench_function("regorus interpreter", |bencher| {
            bencher.iter(|| {
                interpreter.set_input(input.clone());
                black_box(interpreter.eval_rule(RULE.to_owned()).expect("regorus evaluates"))
            });
        });
    }

    pub fn parse(group: &mut BenchmarkGroup<'_, WallTime>, sample: &Sample) {
        group.bench_function("regorus", |bencher| bencher.iter(|| black_box(value(&sample.input))));
    }

    pub fn bytes_to_decision(group: &mut BenchmarkGroup<'_, WallTime>, sample: &Sample) {
        let mut vm = machine(sample);
        group.bench_function("regorus machine", |bencher| {
            bencher.iter(|| {
                vm.set_input(value(&sample.input));
                black_box(vm.execute().expect("regorus evaluates"))
            });
        });
    }
}

criterion_group! { name = benches; config = criterion::Criterion::default(); targets = admission }
criterion_main!(benches);
