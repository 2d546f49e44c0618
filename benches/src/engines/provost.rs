//! Ours.

use super::Engine;
use crate::policies::Policy;
use anyhow::{Context, Result, anyhow};
use host::FixedHost;
use rego::syntax::ast::Dialect;
use rego::syntax::parse_module;
use rego::{CompileOptions, DocumentPath, Environment, Evaluator, Program};
use std::hint::black_box;
use value::{Arena, Diagnostic, Frozen, Source, Value, json};

/// Our engine with a policy.
#[derive(Debug)]
pub struct Provost {
    shared: Shared,
    own: Own,
}

/// What all threads read.
#[derive(Debug)]
struct Shared {
    program: Program,
    document: DocumentPath,
    data: Frozen,
    input: Frozen,
    input_json: Vec<u8>,
}

/// What each thread has for itself.
#[derive(Debug, Default)]
struct Own {
    evaluator: Evaluator,
    arena: Arena,
}

impl Own {
    fn evaluate(&mut self, shared: &Shared) {
        self.arena.reset();
        let environment = environment(&self.arena, shared.data.root(), shared.input.root());
        let answer = self.evaluator.evaluate(&shared.program, &shared.document, &environment);
        black_box(answer.map(|answer| answer.value.is_some()).unwrap_or_default());
    }

    fn decide(&mut self, shared: &Shared) {
        self.arena.reset();
        let limits = json::ParseLimits::default();
        let Ok(input) = json::parse(&self.arena, &shared.input_json, &limits) else { return };
        let environment = environment(&self.arena, shared.data.root(), input);
        let answer = self.evaluator.evaluate(&shared.program, &shared.document, &environment);
        black_box(answer.map(|answer| answer.value.is_some()).unwrap_or_default());
    }

    fn answer(&mut self, shared: &Shared) -> Result<serde_json::Value> {
        self.arena.reset();
        let environment = environment(&self.arena, shared.data.root(), shared.input.root());
        let answer = self.evaluator.evaluate(&shared.program, &shared.document, &environment);
        let value = answer.map_err(|error| anyhow!("{error}"))?.value.context("the document is undefined")?;
        Ok(serde_json::from_str(&json::to_string(value))?)
    }
}

/// Modules, by name and text, to a program.
///
/// # Errors
/// The first mistake in them.
pub fn compile(modules: &[(String, String)]) -> Result<Program> {
    let mut parsed = Vec::with_capacity(modules.len());
    for (name, text) in modules {
        let (module, mistakes) = parse_module(&Source::new(name.as_str(), text.as_str()), Dialect::V1);
        if let Some(mistake) = mistakes.into_iter().next() {
            return Err(explain(&mistake));
        }
        parsed.push(module);
    }
    rego::compile(parsed, &CompileOptions::default())
        .map_err(|mistakes| mistakes.first().map_or_else(|| anyhow!("it does not compile"), explain))
}

fn explain(mistake: &Diagnostic) -> anyhow::Error {
    let name = mistake.source.as_ref().map_or("", |source| source.name.as_str());
    anyhow!("{name}: {}", mistake.message)
}

/// A document that is kept, for threads to share.
///
/// # Errors
/// When it is not JSON.
pub fn load(json: &[u8]) -> Result<Frozen> {
    Ok(Frozen::from_json(json, &json::ParseLimits::default())?)
}

impl Provost {
    /// Compiles the policy and reads its documents.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(policy: &Policy) -> Result<Self> {
        let program = compile(&policy.modules)?;
        let document = program.document(&policy.document).context("a document stands below `data`")?;
        let data = load(&policy.data)?;
        let input = Frozen::build(|arena| json::parse(arena, &policy.input, &json::ParseLimits::default()))?;
        let shared = Shared { program, document, data, input, input_json: policy.input.clone() };
        Ok(Self { shared, own: Own::default() })
    }

    /// How many evaluations new threads make, each with an evaluator and an arena of its own, until `stop` says so.
    pub fn count_until(&self, stop: &(dyn Fn() -> bool + Sync), threads: usize) -> u64 {
        let shared = &self.shared;
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| count_alone(shared, stop))).collect();
            workers.into_iter().map(|worker| worker.join().unwrap_or_default()).sum()
        })
    }
}

fn count_alone(shared: &Shared, stop: &dyn Fn() -> bool) -> u64 {
    /// Evaluations between two looks at the clock.
    const BATCH: u64 = 64;
    let mut own = Own::default();
    let mut count = 0;
    while !stop() {
        (0..BATCH).for_each(|_| own.evaluate(shared));
        count += BATCH;
    }
    count
}

impl Engine for Provost {
    fn name(&self) -> &'static str {
        "provost"
    }

    fn evaluate(&mut self) {
        self.own.evaluate(&self.shared);
    }

    fn decide(&mut self) {
        self.own.decide(&self.shared);
    }

    fn answer(&mut self) -> Result<serde_json::Value> {
        self.own.answer(&self.shared)
    }
}

fn environment<'a>(arena: &'a Arena, data: Value<'a>, input: Value<'a>) -> Environment<'a> {
    let host: &FixedHost = &FixedHost { now_ns: 0 };
    Environment { arena, data, input: Some(input), host, strict_builtin_errors: false, unknowns: false }
}
