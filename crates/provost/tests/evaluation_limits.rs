//! What an evaluation may take: policies that run away are stopped by each limit, wherever it is set.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop and say why"
)]

mod common;

use common::{COST, PODS, provost, tree};

/// For each limit a policy that runs away from no other: its rule, a value that stops it, the words for the limit.
const RUNAWAYS: [(&str, &str, u64, &str); 5] = [
    (
        "steps",
        "slow := count([1 | some i in numbers.range(1, 2000); some j in numbers.range(1, 2000); i < j])",
        10_000,
        "steps",
    ),
    (
        "memory_bytes",
        "large := count([x | some i in numbers.range(1, 1000); x := [j | some j in numbers.range(1, 1000); j != i]])",
        4_000_000,
        "memory in bytes",
    ),
    ("nested_rules", "deep := a\na := b\nb := c\nc := d\nd := input.x", 3, "nested rules"),
    (
        "output_bytes",
        "long := [x | some i in numbers.range(1, 100); x := numbers.range(1, 100)]",
        5_000,
        "output in bytes",
    ),
    (
        "time_ms",
        "late := count([1 | some i in numbers.range(1, 5000); some j in numbers.range(1, 5000); i < j])",
        30,
        "time in milliseconds",
    ),
];

fn package(rules: &str) -> String {
    format!("package runaway\n\n{rules}\n")
}

#[test]
fn eval_stops_at_each_limit() {
    for (name, rules, most, words) in RUNAWAYS {
        let folder = tree(&[("p.rego", &package(rules))]);
        let rule = rules.split_once(' ').unwrap().0;
        let limit = format!("{name}={most}");
        let run = provost(folder.path(), &["eval", "--limit", &limit, "-d", "p.rego", &format!("data.runaway.{rule}")]);
        let run = run.exits(2).complains(&[
            "eval_limit_error",
            &format!("reached the limit of {words}: {most}"),
            &format!("help: `--limit {name}=...` raises it"),
            "data.runaway.",
        ]);
        assert!(run.out.is_empty(), "{name}: {}", run.out);
    }
}

#[test]
fn several_limits_hold_together_and_the_last_of_a_name_counts() {
    let folder = tree(&[("p.rego", &package(RUNAWAYS[2].1))]);
    let query = "data.runaway.deep";
    let with = |limits: &[&str]| {
        let mut arguments = vec!["eval", "-d", "p.rego", query];
        limits.iter().for_each(|limit| arguments.extend(["--limit", limit]));
        provost(folder.path(), &arguments)
    };
    with(&["nested_rules=100", "steps=10000"]).exits(0);
    with(&["nested_rules=3", "nested_rules=100"]).exits(0);
    with(&["memory_bytes=64M", "nested_rules=3"]).exits(2).complains(&["nested rules: 3"]);
}

#[test]
fn mistakes_in_a_limit_say_what_was_meant() {
    let folder = tree(&[]);
    for (limit, message) in [
        ("stepz=5", "`stepz` is no limit of an evaluation; did you mean `steps`?"),
        ("width=5", "use `steps`, `memory_bytes`, `nested_rules`, `output_bytes`, `time_ms`"),
        ("steps", "write `NAME=VALUE` with one of `steps`, `memory_bytes`"),
        ("steps=many", "`many` is no whole number"),
        ("steps=0", "`steps` must be above zero"),
        ("memory_bytes=0", "`0` is no size"),
        ("nested_rules=100001", "`nested_rules` must be at most 100000"),
    ] {
        provost(folder.path(), &["eval", "--limit", limit, "1"]).exits(2).complains(&[message]);
    }
}

/// A policy over resources that asks for this rule.
fn judging(rules: &str) -> String {
    let rule = rules.split_once(' ').unwrap().0;
    let metadata = COST.split("package ").next().unwrap();
    format!("{metadata}package runaway\n\ndeny contains {rule}\n\n{rules}\n").replace(":= input.x", ":= \"x\"")
}

#[test]
fn check_and_test_keep_to_the_limits_of_the_repository() {
    for (name, rules, most, words) in RUNAWAYS {
        let rule = rules.split_once(' ').unwrap().0;
        let folder = tree(&[
            ("provost.yaml", &format!("policies: [policies]\nlimits:\n  evaluation: {{{name}: {most}}}\n")),
            ("policies/p.rego", &judging(rules)),
            ("policies/p_test.rego", &format!("package runaway_test\n\ntest_it if data.runaway.{rule}\n")),
            ("pods.yaml", PODS),
        ]);
        let reached = format!("reached the limit of {words}: {most}");
        let run = provost(folder.path(), &["check", "pods.yaml", "--format", "json"]).exits(2);
        assert!(run.out.contains(&reached) && run.out.contains("data.runaway"), "{name}: {}{}", run.out, run.err);
        // What a test asks for is not written out, so that its length is no matter.
        if name != "output_bytes" {
            provost(folder.path(), &["test"]).exits(1).says(&[&reached]);
        }
    }
}
