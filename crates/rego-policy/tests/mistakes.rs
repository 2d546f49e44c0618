//! Modules that are wrong: each mistake has its place, says what to do, and takes no other policy away.

use rego::syntax::ast::Dialect;
use rego_policy::{Options, compile};
use std::sync::Arc;
use value::{Diagnostic, Source};

fn shown(diagnostic: &Diagnostic) -> String {
    let help = diagnostic.help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
    format!("{diagnostic}{help}")
}

/// Compiles one module and compares what is wrong with it.
fn check(module: &str, expected: &[&str]) {
    let compiled = compile(&[Source::new("p.rego", module)], &Options::default());
    let found: Vec<_> = compiled.diagnostics.iter().map(shown).collect();
    assert_eq!(found, expected, "{module}");
    assert_eq!(compiled.policies.is_empty(), !expected.is_empty(), "{module}");
}

fn with_provost(keys: &str) -> String {
    format!("# METADATA\n# title: t\n# custom:\n#   provost:\n{keys}\npackage p\n\ndeny contains \"no\" if input.x\n")
}

#[test]
fn metadata() {
    check(&with_provost("#     id: COST-001\n#     severity: high"), &[]);
    check(
        &with_provost("#     id: COST-001\n#     severty: high"),
        &["p.rego:6:7: policy_metadata_error: `provost` has no key `severty`\n  help: did you mean `severity`?"],
    );
    check(
        &with_provost("#     severity: urgent"),
        &[
            "p.rego:5:7: policy_metadata_error: `urgent` is no `severity`\n  help: use `low`, `medium`, `high`, `critical`",
        ],
    );
    check(&with_provost("#     id: 5"), &["p.rego:5:7: policy_metadata_error: `id` must be a string, not a number"]);
    check(
        &with_provost("#     id: COST 1"),
        &[
            "p.rego:5:7: policy_metadata_error: `COST 1` is no policy id\n  help: use letters, digits, `-`, `_`, `.` and `/`, such as `COST-001`",
        ],
    );
    check(
        &with_provost("#     classes: [bucket]"),
        &[
            "p.rego:5:7: policy_metadata_error: `classes` chooses resources, and this policy is evaluated over whole documents\n  help: add `input: request`",
        ],
    );
    check(
        &with_provost("#     mode: {check: warn, admision: enforce}"),
        &["p.rego:5:27: policy_metadata_error: `admision` is no `point`\n  help: did you mean `admission`?"],
    );
    check(
        "# METADATA\n# custom:\n#   provost: COST-001\npackage p\n\ndeny contains \"no\" if input.x\n",
        &["p.rego:3:5: policy_metadata_error: `provost` must be an object, such as `id: COST-001`"],
    );
    check(
        "package p\n\n# METADATA\n# custom:\n#   provost:\n#     id: X\ndeny contains \"no\" if input.x\n",
        &[
            "p.rego:4:3: policy_metadata_error: `provost` stands above a rule\n  help: move it to the metadata above the `package` line: a package is a policy",
        ],
    );
}

fn request(keys: &str, rules: &str) -> String {
    format!("# METADATA\n# custom:\n#   provost:\n#     input: request\n{keys}package p\n\n{rules}\n")
}

#[test]
fn classes_and_actions() {
    let rule = "deny contains \"no\" if input.resource.name";
    check(&request("#     classes: [bucket, training-job]\n#     actions: [delete]\n", rule), &[]);
    check(
        &request("#     classes: [bukket]\n", rule),
        &["p.rego:5:17: policy_metadata_error: `bukket` is no `class`\n  help: did you mean `bucket`?"],
    );
    check(
        &request("#     actions: [remove]\n", rule),
        &[
            "p.rego:5:17: policy_metadata_error: `remove` is no `action`\n  help: use `create`, `update`, `replace`, `delete`, `none`, `import`, `forget`, `connect`",
        ],
    );
    check(
        &request("#     classes: []\n", rule),
        &[
            "p.rego:5:7: policy_metadata_error: `classes` is empty, so that the policy would apply nowhere\n  help: name what it applies to, or leave the key out to apply it to all",
        ],
    );
}

#[test]
fn references_into_the_request() {
    for (rules, expected) in [
        ("deny contains \"no\" if input.resource.tags.anything.below", None),
        ("deny contains \"no\" if input.resource.accelerators[_].count > 3", None),
        ("deny contains \"no\" if {\n\tsome a in input.resource.accelerators\n\ta.count > 3\n}", None),
        ("deny contains \"no\" if input.object.kind == \"Pod\"", None),
        ("deny contains \"no\" if input.resource[input.action]", None),
        ("deny contains \"no\" if f(input.resource)\nf(resource) if resource.anything", None),
        (
            "deny contains \"no\" if input.resource.tag",
            Some(("7:38", "a request has no `resource.tag`; did you mean `resource.tags`?")),
        ),
        (
            "deny contains \"no\" if input.resorce.tags",
            Some(("7:29", "a request has no `resorce`; did you mean `resource`?")),
        ),
        (
            "deny contains \"no\" if {\n\tr := input.resource\n\tr.tag\n}",
            Some(("9:4", "a request has no `resource.tag`; did you mean `resource.tags`?")),
        ),
        (
            "deny contains \"no\" if {\n\tsome a in input.resource.accelerators\n\ta.cuont > 2\n}",
            Some((
                "9:4",
                "a request has no `resource.accelerators.*.cuont`; did you mean `resource.accelerators.*.count`?",
            )),
        ),
        (
            "deny contains \"no\" if {\n\tevery a in input.resource.accelerators { a.cuont > 2 }\n}",
            Some((
                "8:45",
                "a request has no `resource.accelerators.*.cuont`; did you mean `resource.accelerators.*.count`?",
            )),
        ),
        (
            "resource := input.resource\ndeny contains \"no\" if resource.nam",
            Some(("8:32", "a request has no `resource.nam`; did you mean `resource.name`?")),
        ),
        (
            "import input.resource as r\ndeny contains \"no\" if r.nam",
            Some(("8:25", "a request has no `resource.nam`; did you mean `resource.name`?")),
        ),
        (
            "deny contains \"no\" if count([1 | data.p.x with input.resouce.name as 1]) > 0\nx := 1",
            Some(("7:54", "a request has no `resouce`; did you mean `resource`?")),
        ),
        // One name for two things: nothing can be said.
        (
            "deny contains \"no\" if {\n\tx := [r | r := input.resource]\n\ty := [r.tag | r := {\"tag\": 1}]\n\tx != y\n}",
            None,
        ),
    ] {
        let compiled = compile(&[Source::new("p.rego", request("", rules))], &Options::default());
        let found: Vec<_> = compiled.diagnostics.iter().map(ToString::to_string).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(place, message)| format!("p.rego:{place}: policy_reference_error: {message}"))
            .collect();
        assert_eq!(found, expected, "{rules}");
    }
}

#[test]
fn rules_that_would_never_decide() {
    check(
        "package p\n\ndeny[msg] if msg := input.x\n",
        &[
            "p.rego:3:1: policy_rule_error: `deny` is an object here, and a decision rule must be a set of messages\n  help: write `deny contains message if { ... }`",
        ],
    );
    check(
        "package p\n\ndeny.team contains msg if msg := input.x\n",
        &[
            "p.rego:3:1: policy_rule_error: `deny` has a path here, and a decision rule must be a set of messages\n  help: write `deny_name contains message if { ... }` to tell several apart",
        ],
    );
}

#[test]
fn the_other_dialect() {
    let v0 = Source::new("p.rego", "package p\n\ndeny[msg] { msg := input.x }\n");
    let compiled = compile(&[Arc::clone(&v0)], &Options::default());
    assert_eq!(compiled.diagnostics.len(), 1);
    assert!(compiled.diagnostics[0].message.starts_with("this module is written in Rego v0: "));
    let options = Options { dialect: Dialect::V0, ..Options::default() };
    assert_eq!(compile(&[v0], &options).policies.len(), 1);
    let v1 = Source::new("p.rego", "package p\n\ndeny contains msg if msg := input.x\n");
    let compiled = compile(&[v1], &options);
    assert!(compiled.diagnostics[0].message.starts_with("this module is written in Rego v1: "));
}

#[test]
fn a_mistake_takes_only_those_away_that_need_it() {
    let module = |name: &str, text: &str| Source::new(format!("{name}.rego"), text);
    for (sources, policies, mistakes) in [
        (
            vec![
                module("broken", "package broken\n\ndeny contains"),
                module("uses", "package uses\n\nimport data.broken\n\ndeny contains msg if msg := broken.x"),
                module("also", "package also\n\ndeny contains msg if msg := data.uses.y"),
                module("sound", "package sound\n\ndeny contains msg if msg := input.x"),
            ],
            vec!["sound"],
            1,
        ),
        // The whole package is not what its author wrote when one of its files is broken.
        (
            vec![
                module("a", "package p\n\ndeny contains msg if msg := input.x"),
                module("b", "package p\n\nwarn contains y if true"),
                module("c", "package q\n\ndeny contains msg if msg := input.x"),
            ],
            vec!["q"],
            1,
        ),
        (
            vec![
                module("a", "# METADATA\n# title: [\npackage p\n\ndeny contains msg if msg := input.x"),
                module("c", "package q\n\ndeny contains msg if msg := input.x"),
            ],
            vec!["q"],
            1,
        ),
    ] {
        let compiled = compile(&sources, &Options::default());
        let ids: Vec<_> = compiled.policies.iter().map(|policy| policy.metadata().id.as_str()).collect();
        assert_eq!(ids, policies);
        assert_eq!(compiled.diagnostics.len(), mistakes, "{:?}", compiled.diagnostics);
    }
}
