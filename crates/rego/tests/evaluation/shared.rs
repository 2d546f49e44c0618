//! What evaluations that have parts of `input` in common find once is what each would find for itself.

use super::laws::{cases, input, limits};
use super::policies::{Chooser, Style, indexed_groups, policy};
use super::support::{HOST, document, in_words, json, try_compile_with};
use host::{Host, HostError};
use proptest::collection::vec;
use proptest::prelude::*;
use rego::syntax::ast::Dialect;
use rego::{Answer, CompileOptions, DocumentPath, Environment, EvalError, EvalErrorKind, Evaluator, Limits};
use rego::{Program, SharedRules};
use serde_json::Value as Json;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use value::Arena;

fn sharing(modules: &[&str], parts: &[&str]) -> Option<Arc<Program>> {
    let shared_input = parts.iter().map(|&part| part.to_owned()).collect();
    let options = CompileOptions { shared_input, accept_any_types: true, ..CompileOptions::default() };
    try_compile_with(modules, Dialect::V1, &options).ok().map(Arc::new)
}

/// `data.t.<name>`, with what others have found where it is given.
fn run<'a>(
    program: &'a Program,
    name: &str,
    arena: &'a Arena,
    host: &'a dyn Host,
    input: &Json,
    limits: Limits,
    shared: Option<&'a SharedRules>,
) -> Result<Answer<'a>, EvalError> {
    let environment = Environment {
        arena,
        data: document(arena, &json(r#"{"d": {"a": 1, "b": [1, 2]}, "quotas": {"nlp": 3}}"#)),
        input: Some(document(arena, input)),
        host,
        strict_builtin_errors: false,
        unknowns: true,
    };
    let path = DocumentPath::new(vec!["t".to_owned(), name.to_owned()]);
    match shared {
        Some(shared) => Evaluator::new(limits).evaluate_sharing(program, &path, &environment, shared),
        None => Evaluator::new(limits).evaluate(program, &path, &environment),
    }
}

/// How many steps the rule takes for the first and for the second of two resources of a change of three.
fn steps(rules: &str) -> [u64; 2] {
    let program = sharing(&[&format!("package t\n{rules}")], &["change"]).expect("the policy compiles");
    let shared = SharedRules::new(&program);
    [1, 2].map(|resource| {
        let input = json(&format!(r#"{{"resource": {resource}, "change": [1, 2, 3]}}"#));
        let needed = |steps_max: u64, shared: &SharedRules| {
            let arena = Arena::new();
            run(&program, "p", &arena, &HOST, &input, Limits { steps_max, ..limits() }, Some(shared)).is_ok()
        };
        // What is found on the way must not count, so each try but the last begins with nothing.
        if resource == 1 {
            let found = (0..1000).find(|&steps| needed(steps, &SharedRules::new(&program))).expect("few steps");
            assert!(needed(found, &shared));
            return found;
        }
        (0..1000).find(|&steps| needed(steps, &shared)).expect("few steps")
    })
}

#[test]
fn rules_over_what_is_shared_are_evaluated_once() {
    let total = "total := sum([(x * y) | some x in input.change; some y in input.change])\n";
    let [first, second] = steps(&format!("p if total > input.resource\n{total}"));
    assert!(second * 3 < first, "{first} {second}");
    let function = "total(least) := sum([(x * y) | some x in input.change; some y in input.change; x > least])\n";
    let [first, second] = steps(&format!("p if total(1) > input.resource\n{function}"));
    assert!(second * 3 < first, "{first} {second}");

    // These look at something else, be it far away.
    for rules in [
        "p if total > 1\ntotal := sum([(x * y) | some x in input.change; some y in input.change; x > input.resource])\n",
        "p if total > 1\ntotal := sum([(x * y) | some x in input.change; some y in helper])\nhelper := [input.resource, input.change[0]]\n",
        "p if total > 1\ntotal := sum([(x * y) | some x in input[key]; some y in input.change])\nkey := \"change\"\n",
        "p if total > 0\ntotal := sum([(x * y) | some x in input.change; some y in input.change; time.now_ns() > 0])\n",
        "p if total(input.resource) > 1\ntotal(least) := sum([(x * y) | some x in input.change; some y in input.change; x >= least])\n",
    ] {
        let [first, second] = steps(rules);
        assert!(second * 2 > first, "{first} {second}: {rules}");
    }
}

#[test]
fn with_has_its_own_answers() {
    let rules = "package t
total := sum(input.change)
of(least) := sum([x | some x in input.change; x > least])
p := [total, total_of_one, of(1), of_one, quota, other_quota]
total_of_one := x if x := total with input.change as [input.resource]
of_one := x if x := of(1) with input.change as [input.resource]
quota := data.quotas.nlp
other_quota := x if x := quota with data.quotas.nlp as input.resource
";
    let program = sharing(&[rules], &["change"]).expect("the policy compiles");
    let shared = SharedRules::new(&program);
    for (resource, expected) in [(7, "[6, 7, 5, 7, 3, 7]"), (9, "[6, 9, 5, 9, 3, 9]"), (7, "[6, 7, 5, 7, 3, 7]")] {
        let arena = Arena::new();
        let input = json(&format!(r#"{{"resource": {resource}, "change": [1, 2, 3]}}"#));
        assert_eq!(in_words(&run(&program, "p", &arena, &HOST, &input, limits(), Some(&shared))), expected);
    }
}

#[test]
fn members_that_are_only_possible_stay_so() {
    let rules = "package t\np contains x if some x in input.change\np contains 7 if input.change[0] == 1\n";
    let program = sharing(&[rules], &["change"]).expect("the policy compiles");
    let shared = SharedRules::new(&program);
    let input = json(r#"{"change": [?, 2]}"#);
    let answers = [None, Some(&shared), Some(&shared)].map(|shared| {
        let arena = Arena::new();
        in_words(&run(&program, "p", &arena, &HOST, &input, limits(), shared))
    });
    assert!(answers[0].contains("possibly [7]"), "{}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

/// A clock on which each look takes a second.
struct Clock(AtomicI64);

impl Host for Clock {
    fn now_ns(&self) -> i64 {
        self.0.fetch_add(1_000_000_000, Ordering::Relaxed)
    }

    fn random(&self, _: &mut [u8]) {}

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, _: &str) -> Result<Vec<IpAddr>, HostError> {
        Err(HostError::Unavailable("name resolution"))
    }

    fn print(&self, _: &str) {}
}

#[test]
fn each_evaluation_has_its_own_time() {
    let rules =
        "package t\np := [x | some x in input.change; later > x]\nlater := time.now_ns() / 1000000000\nq := later\n";
    let program = sharing(&[rules], &["change"]).expect("the policy compiles");
    let (shared, clock) = (SharedRules::new(&program), Clock(AtomicI64::new(1_000_000_000)));
    let answers = ["q", "q", "p", "p"].map(|name| {
        let arena = Arena::new();
        in_words(&run(&program, name, &arena, &clock, &json(r#"{"change": [3]}"#), limits(), Some(&shared)))
    });
    assert_eq!(answers, ["1", "2", "[]", "[3]"]);
}

proptest! {
    #![proptest_config(cases(400))]

    /// Whatever was found by others, an answer is what it would be alone.
    #[test]
    fn sharing_changes_nothing(bytes in vec(any::<u8>(), 0..160), first in vec(any::<u8>(), 12), second in vec(any::<u8>(), 12), grouped in any::<bool>()) {
        let mut chooser = Chooser::new(&bytes);
        let policy = if grouped { indexed_groups(&mut chooser) } else { policy(&mut chooser, Style::Assigned) };
        let first = input(&mut Chooser::new(&first));
        let mut second = input(&mut Chooser::new(&second));
        for part in ["u", "set"] {
            second[part] = first[part].clone();
        }
        if let Some(program) = sharing(&[&policy.text()], &["u", "set"]) {
            let shared = SharedRules::new(&program);
            for input in [&first, &second, &first] {
                for name in &policy.documents {
                    let (alone, together) = (Arena::new(), Arena::new());
                    let alone = run(&program, name, &alone, &HOST, input, limits(), None);
                    let together = run(&program, name, &together, &HOST, input, limits(), Some(&shared));
                    // What is found already takes no steps.
                    if alone.as_ref().is_err_and(|error| matches!(error.kind(), EvalErrorKind::Limit { .. })) {
                        continue;
                    }
                    prop_assert_eq!(in_words(&alone), in_words(&together), "data.t.{} of\n{}\ninput {}", name, policy.text(), input);
                }
            }
        }
    }
}
