//! Policies over documents and requests: what their rules say, as findings.

#![expect(clippy::expect_used, reason = "a test that cannot set itself up must fail")]

use catalog::{Action, Class, Resource};
use decision::{
    Certainty, Change, DecideOptions, Decision, Document, FindingKind, Member, Mode, OnUnknown, Point, PolicySet,
    Scrubber, Severity, Subject, Verdict, decide,
};
use host::FixedHost;
use rego::Limits;
use rego_policy::{Options, compile};
use std::num::NonZeroUsize;
use value::{Arena, Frozen, Pointer, Source, Value, json};

fn policies(modules: &[&str], options: &Options) -> PolicySet {
    let sources: Vec<_> =
        modules.iter().enumerate().map(|(index, text)| Source::new(format!("m{index}.rego"), *text)).collect();
    let compiled = compile(&sources, options);
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    PolicySet::new(compiled.policies, Frozen::copy_of(Value::EMPTY_OBJECT), |_| {}).expect("ids differ")
}

fn decided(set: &PolicySet, documents: &[Document<'_>], changes: &[Change<'_>]) -> Decision {
    let options = DecideOptions {
        point: Point::Check,
        on_unknown: OnUnknown::Warn,
        subject: &Subject::default(),
        scrubber: &Scrubber::default(),
        host: &FixedHost::default(),
        threads: NonZeroUsize::MIN,
        progress: None,
    };
    decide(set, documents, changes, &options)
}

/// What policies say about a document, one line a finding.
fn check(modules: &[&str], input: &str, expected: &[&str]) {
    let set = policies(modules, &Options::default());
    let arena = Arena::new();
    let root = json::parse(&arena, input.as_bytes(), &json::ParseLimits::default()).expect("valid JSON");
    let decision = decided(&set, &[Document { file: "input.json", index: 0, root }], &[]);
    let line = |finding: &decision::Finding| format!("{} {} {}", finding.verdict, finding.id(), finding.message);
    let found: Vec<_> = decision.findings.iter().map(line).collect();
    assert_eq!(found, expected, "{modules:?}");
}

#[test]
fn rules_as_conftest_has_them() {
    let module = "package main\n
deny contains \"a\" if input.a
deny_public contains {\"msg\": \"b\"} if input.b
violation contains {\"msg\": \"c\", \"details\": {}} if input.c
warn contains \"d\" if input.d
warn_later contains \"e\" if input.e
denyother contains \"f\" if input.a
deny(x) := x if input.a
";
    let module = module.replace("deny(x) := x if input.a\n", "");
    check(&[&module], r#"{"a": 1}"#, &["deny main a"]);
    check(
        &[&module],
        r#"{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}"#,
        &["deny main a", "deny main b", "deny main c", "warn main d", "warn main e"],
    );
    check(&[&module], "{}", &[]);
    // Helpers are no policies.
    check(
        &["package lib\n\nx := 1\n", "package main\n\ndeny contains \"x\" if data.lib.x == 1\n"],
        "{}",
        &["deny main x"],
    );
}

#[test]
fn exceptions() {
    let module = "package main\n
deny contains \"bare\" if input
deny_public contains \"public\" if input
warn_public contains \"warned\" if input
exception contains rules if {
	input.excepted
	rules := [\"public\", \"\"]
}
";
    check(&[module], r#"{"excepted": false}"#, &["deny main bare", "deny main public", "warn main warned"]);
    check(&[module], r#"{"excepted": true}"#, &[]);
}

#[test]
fn other_values_are_failures_that_say_so() {
    for (rule, expected) in [
        (
            "deny contains 5 if input.a",
            "the policy failed at m0.rego:1: a member of `deny` is a number, and it must be a message or an object with `msg`",
        ),
        (
            "deny contains {\"message\": \"x\"} if input.a",
            "the policy failed at m0.rego:1: a member of `deny` has no `msg`: add one that says what is wrong",
        ),
        (
            "deny contains {\"msg\": \"x\", \"severity\": \"hihg\"} if input.a",
            "the policy failed at m0.rego:1: `hihg` in a member of `deny` is no severity: did you mean `high`?",
        ),
    ] {
        check(&[&format!("package main\n\n{rule}\n")], r#"{"a": 1}"#, &[&format!("unknown main {expected}")]);
        check(&[&format!("package main\n\n{rule}\n")], "{}", &[]);
    }
}

#[test]
fn objects_carry_what_findings_need() {
    let module = "package main\n
deny contains finding if {
	input.a
	some path in [\"spec.containers[0].image\", \"/spec/containers/0/image\", [\"spec\", \"containers\", 0, \"image\"]]
	finding := {
		\"msg\": \"m\", \"severity\": \"critical\", \"path\": path, \"remediation\": \"fix it\",
		\"documentation\": \"https://example.com\", \"seen\": {1, 2}, \"details\": {\"allowed\": [3]},
	}
}
";
    let set = policies(&[module], &Options::default());
    let arena = Arena::new();
    let root = json::parse(&arena, br#"{"a": 1}"#, &json::ParseLimits::default()).expect("valid JSON");
    let decision = decided(&set, &[Document { file: "input.json", index: 0, root }], &[]);
    assert_eq!(decision.findings.len(), 3);
    for finding in &decision.findings {
        assert_eq!(finding.severity, Severity::Critical);
        assert_eq!(finding.place.pointer.to_string(), "/spec/containers/0/image");
        assert_eq!(finding.remediation.as_deref(), Some("fix it"));
        assert_eq!(finding.documentation.as_deref(), Some("https://example.com"));
        let details: Vec<_> = finding.details.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(details, ["allowed=[3]", "seen=[1,2]"]);
    }
}

#[test]
fn metadata_is_read() {
    let module = "# METADATA
# title: The title
# description: |
#   Long.
# authors:
# - Ada Lovelace <ada@example.com>
# related_resources:
# - https://example.com/cost
# custom:
#   provost:
#     id: COST-001
#     input: request
#     classes: [bucket, instance]
#     providers: [aws]
#     kinds: [\"aws_*\"]
#     namespaces: team-*
#     actions: [create]
#     severity: high
#     mode: {default: warn, admission: audit}
#     remediation: Add it.
package p

deny contains \"no\" if input.resource.name
";
    let outer = "# METADATA
# scope: subpackages
# title: Outer
# custom:
#   provost:
#     severity: low
#     owners: [platform]
package q
";
    let inner = "package q.inner\n\n# METADATA\n# title: From the rule\ndeny contains \"no\" if input.x\n";
    let set = policies(&[module, outer, inner], &Options::default());
    let p = set.find("COST-001").expect("COST-001");
    assert_eq!((p.title.as_str(), p.description.as_str()), ("The title", "Long."));
    assert_eq!(p.owners, ["Ada Lovelace <ada@example.com>"]);
    assert_eq!(p.documentation.as_deref(), Some("https://example.com/cost"));
    assert_eq!((&p.classes[..], &p.providers[..]), (&["bucket".into(), "instance".into()][..], &["aws".into()][..]));
    assert_eq!(
        (&p.kinds[..], &p.namespaces[..], &p.actions[..]),
        (&["aws_*".into()][..], &["team-*".into()][..], &["create".into()][..])
    );
    assert_eq!(
        (p.severity, p.modes.at(Point::Check), p.modes.at(Point::Admission)),
        (Severity::High, Mode::Warn, Mode::Audit)
    );
    assert_eq!(p.place.to_string(), "m0.rego:21");
    let inner = set.find("q.inner").expect("a policy without metadata has its package's name");
    assert_eq!(
        (inner.title.as_str(), inner.severity, &inner.owners[..]),
        ("From the rule", Severity::Low, &["platform".into()][..])
    );
}

#[test]
fn a_policy_that_runs_away_is_stopped() {
    let module = "package main\n\ndeny contains \"x\" if {\n\tsome a in numbers.range(1, 1000)\n\tsome b in numbers.range(1, 1000)\n\ta * b < 0\n}\n";
    let options = Options { limits: Limits { steps_max: 10_000, ..Limits::default() }, ..Options::default() };
    let set = policies(&[module, "package other\n\ndeny contains \"said\" if input\n"], &options);
    let documents = [Document { file: "input.json", index: 0, root: Value::EMPTY_OBJECT }];
    let decision = decided(&set, &documents, &[]);
    assert!(decision.has_failures());
    assert_eq!(decision.findings[0].message, "said");
    assert_eq!(decision.findings[1].kind, FindingKind::Failure);
    assert!(decision.findings[1].message.contains("limit"), "{}", decision.findings[1].message);
}

/// One resource whose tags cannot be told yet.
fn unknown_tags<'a>(arena: &'a Arena) -> Change<'a> {
    let tags = arena.unknown("tags", "known only after apply");
    let dimension = arena.unknown_or_absent("dimensions.cost_center", "known only after apply");
    let field = |key, value| (arena.borrowed(key), value);
    let value = arena.object(&[
        field("class", arena.borrowed("bucket")),
        field("name", arena.borrowed("scratch")),
        field("tags", tags),
        field("dimensions", arena.object(&[field("cost_center", dimension)])),
    ]);
    let resource = Resource {
        class: Class::Bucket,
        source: catalog::Source::Terraform,
        action: Action::Create,
        provider: "aws",
        kind: "aws_s3_bucket",
        address: "aws_s3_bucket.scratch",
        previous_address: None,
        name: "scratch",
        namespace: None,
        api_group: None,
        value,
        object: Value::EMPTY_OBJECT,
        pointer: Pointer::root(),
        governed: true,
    };
    Change { members: vec![Member { file: "plan.json", document: 0, resource }], ..Change::default() }
}

#[test]
fn what_is_unknown_is_said_once() {
    let module = "# METADATA\n# custom:\n#   provost:\n#     input: request\npackage p\n
deny contains \"none\" if not input.resource.dimensions.cost_center
deny contains msg if {
\tnamed := input.resource.dimensions.cost_center
\tnot named in {\"42\"}
\tmsg := sprintf(\"%s is none of ours\", [named])
}
warn contains \"odd\" if input.resource.dimensions.cost_center == \"13\"
";
    let set = policies(&[module], &Options::default());
    let arena = Arena::new();
    let decision = decided(&set, &[], &[unknown_tags(&arena)]);
    let found: Vec<_> = decision.findings.iter().map(|finding| (finding.kind, finding.message.as_str())).collect();
    let tags = "its tags are known only after apply";
    assert_eq!(found, [(FindingKind::Deny, tags), (FindingKind::Warn, tags)]);
}

#[test]
fn a_dimension_that_may_be_absent_denies_nothing_for_certain() {
    let module = "# METADATA\n# custom:\n#   provost:\n#     input: request\npackage p\n
deny contains msg if msg := sprintf(\"charged to %s\", [input.resource.dimensions.cost_center])
deny contains sprintf(\"has %s\", [name]) if some name, _ in input.resource.dimensions
";
    let set = policies(&[module], &Options::default());
    let arena = Arena::new();
    assert_eq!(decided(&set, &[], &[unknown_tags(&arena)]).verdict, Verdict::Unknown);
}

#[test]
fn what_is_unknown_of_another_resource_is_not_called_its_own() {
    let module = "# METADATA\n# custom:\n#   provost:\n#     input: request\npackage p\n
deny contains \"too many\" if sum([other.replicas | some other in input.change.resources]) > 1
";
    let set = policies(&[module], &Options::default());
    let arena = Arena::new();
    let mut change = unknown_tags(&arena);
    let unknown = arena.unknown("replicas", "known only after apply");
    for (name, replicas) in [("known", Value::Int(1)), ("unknown", unknown)] {
        let mut resource = change.members[0].resource.clone();
        resource.address = name;
        resource.value = arena.object(&[(arena.borrowed("replicas"), replicas)]);
        change.members.push(Member { file: "plan.json", document: 0, resource });
    }
    change.members.remove(0);
    let decision = decided(&set, &[], &[change]);
    let found: Vec<_> = decision.findings.iter().map(|finding| finding.message.as_str()).collect();
    let of_another = "the replicas of another resource in the change are known only after apply";
    assert_eq!(found, [of_another, "its replicas are known only after apply"]);
}

#[test]
fn what_is_unknown_is_said() {
    let module = |rule: &str| {
        format!("# METADATA\n# title: Title\n# custom:\n#   provost:\n#     input: request\npackage p\n\n{rule}\n")
    };
    let tags = "its tags are known only after apply";
    for (rule, certainty, verdict, message) in [
        (
            "deny contains msg if {\n\tnot input.resource.dimensions.cost_center\n\tmsg := sprintf(\"%s has none\", [input.resource.name])\n}",
            Certainty::Possible,
            Verdict::Unknown,
            tags,
        ),
        ("deny contains \"m\" if input.resource.tags.x == \"1\"", Certainty::Possible, Verdict::Unknown, tags),
        ("deny contains \"m\" if input.resource.name == \"scratch\"", Certainty::Certain, Verdict::Deny, "m"),
        // Nobody can tell whether there is such a tag at all, and so whether there is such an object.
        (
            "deny contains {\"msg\": \"m\", \"seen\": input.resource.tags.x} if input.resource.name == \"scratch\"",
            Certainty::Possible,
            Verdict::Unknown,
            tags,
        ),
    ] {
        let set = policies(&[&module(rule)], &Options::default());
        let arena = Arena::new();
        let decision = decided(&set, &[], &[unknown_tags(&arena)]);
        let found: Vec<_> = decision
            .findings
            .iter()
            .map(|finding| (finding.certainty, finding.verdict, finding.message.as_str()))
            .collect();
        assert_eq!(found, [(certainty, verdict, message)], "{rule}");
    }
}

#[test]
fn the_policy_of_a_new_repository_works() {
    let module = include_str!("../../repository/template/policies/cost_centre/cost_centre.rego");
    let compiled = compile(&[Source::new("cost_centre.rego", module)], &Options::default());
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    let arena = Arena::new();
    let data = json::parse(&arena, br#"{"cost_centres": {"4200": "research"}}"#, &json::ParseLimits::default());
    let set =
        PolicySet::new(compiled.policies, Frozen::copy_of(data.expect("valid JSON")), |_| {}).expect("one policy");
    let said = |dimensions: &str| {
        let dimensions = json::parse(&arena, dimensions.as_bytes(), &json::ParseLimits::default()).expect("valid JSON");
        let mut change = unknown_tags(&arena);
        change.members[0].resource.value = arena
            .object(&[(arena.borrowed("dimensions"), dimensions), (arena.borrowed("address"), arena.borrowed("x"))]);
        decided(&set, &[], &[change]).findings.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    assert_eq!(said(r#"{"cost_center": "4200"}"#), Vec::<String>::new());
    assert_eq!(said("{}"), ["has no cost centre"]);
    assert_eq!(said(r#"{"cost_center": "1"}"#), ["names the cost centre 1, which does not exist"]);
}
