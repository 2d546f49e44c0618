//! What policies do not read need not be there: with it or without, they decide the same.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use catalog::{Action, Admitted, Fields, Settings};
use decision::{
    Change, Context, DecideOptions, Decision, Member, OnUnknown, Point, PolicySet, Reads, Scrubber, Subject, Target,
};
use host::FixedHost;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use value::json::{self, ParseLimits};
use value::{Arena, Frozen, Source, Value};

/// The modules of the built-in library.
fn library() -> Vec<std::sync::Arc<Source>> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../library")];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    let is_policy = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".rego") && !name.ends_with("_test.rego")
    };
    let source = |path: &PathBuf| Source::new(path.display().to_string(), fs::read_to_string(path).unwrap());
    files.iter().filter(is_policy).map(source).collect()
}

fn policies(reads: Option<Reads>) -> PolicySet {
    let compiled = rego_policy::compile(&library(), &rego_policy::Options::default());
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    assert!(compiled.policies.len() > 5);
    PolicySet::new(compiled.policies, Frozen::copy_of(Value::EMPTY_OBJECT), |metadata| {
        metadata.reads = reads.unwrap_or(metadata.reads);
    })
    .unwrap()
}

/// What `set` decides about `object`, and which fields it asked for.
fn decided(set: &PolicySet, object: &str, before: Option<&str>) -> (Decision, Fields) {
    let arena = Arena::new();
    let parse = |text: &str| json::parse(&arena, text.as_bytes(), &ParseLimits::default()).unwrap();
    let mut admitted = Admitted {
        object: parse(object),
        before: before.map(parse),
        api_version: "v1",
        kind: "Pod",
        name: None,
        namespace: Some("shop"),
        action: if before.is_some() { Action::Update } else { Action::Create },
        fields: Fields::NONE,
        depth_is_bounded: false,
    };
    let outline = admitted.outline();
    let target = Target {
        class: outline.class.as_str(),
        provider: "kubernetes",
        kind: outline.kind,
        namespace: outline.namespace,
        action: admitted.action.as_str(),
        governed: outline.class.governed(),
    };
    admitted.fields = set.reads(&target).resource;
    let described = catalog::admitted(&arena, &admitted, &Settings::default()).unwrap();
    let members: Vec<_> =
        described.resources.into_iter().map(|resource| Member { file: "request", document: 0, resource }).collect();
    assert!(members.iter().all(|member| Target::of(&member.resource) == target), "the outline is another one");
    let context = Context { whole: true, ..Context::default() };
    let options = DecideOptions {
        point: Point::Admission,
        on_unknown: OnUnknown::Deny,
        subject: &Subject::default(),
        scrubber: &Scrubber::default(),
        host: &FixedHost::default(),
        threads: NonZeroUsize::MIN,
        progress: None,
    };
    (decision::decide(set, &[], &[Change { members, context }], &options), admitted.fields)
}

#[test]
fn a_policy_misses_nothing_that_was_not_made() {
    let (narrow, wide) = (policies(None), policies(Some(Reads::EVERYTHING)));
    let container = r#"{"name":"c","image":"registry.internal/c","resources":{"limits":{"nvidia.com/gpu":"8"}}}"#;
    let pod = |labels: &str, more: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p","labels":{labels}}},"spec":{{"containers":[{container}]{more}}}}}"#
        )
    };
    let job = |parallelism: usize| {
        format!(
            r#"{{"apiVersion":"batch/v1","kind":"Job","metadata":{{"name":"j","labels":{{"team":"nlp"}}}},"spec":{{"parallelism":{parallelism},"template":{{"metadata":{{"labels":{{"cost-center":"42"}}}},"spec":{{"containers":[{container}]}}}}}}}}"#
        )
    };
    let critical = pod("{}", r#","priorityClassName":"critical""#);
    let cases = [
        (pod("{}", ""), None),
        (pod(r#"{"team":"nlp","cost-center":"42"}"#, ""), None),
        (pod(r#"{"environment":"production"}"#, ""), Some(pod("{}", ""))),
        (critical, None),
        (job(4), Some(job(1))),
        (job(1), None),
        (r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}"#.to_owned(), None),
        (
            r#"{"apiVersion":"kubeflow.org/v1","kind":"Notebook","metadata":{"name":"n"},"spec":{"template":{"spec":{"containers":[]}}}}"#
                .to_owned(),
            None,
        ),
    ];
    let (mut findings, mut narrower) = (0, 0);
    for (object, before) in &cases {
        let (with, _) = decided(&wide, object, before.as_deref());
        let (without, fields) = decided(&narrow, object, before.as_deref());
        let told = |decision: &Decision| {
            let findings = decision.findings.iter();
            findings.map(|finding| (finding.id().to_owned(), finding.message.clone())).collect::<Vec<_>>()
        };
        assert_eq!(told(&without), told(&with), "{object}");
        assert_eq!(without.verdict, with.verdict, "{object}");
        narrower += usize::from(fields != Fields::ALL);
        findings += with.findings.len();
    }
    assert!(
        findings > 10 && narrower > 0,
        "{findings} findings and {narrower} narrower ones are too few to tell anything"
    );
}
