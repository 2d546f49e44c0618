//! Governance repositories as real folders.

#![expect(clippy::expect_used, reason = "a test that cannot set itself up must fail")]

use decision::{Mode, OnUnknown, Point, PolicyMetadata, PolicySet, Severity};
use repository::{
    Configuration, EvaluationLimits, HttpHost, HttpHostPattern, RecordDurability, RegoVersion, Repository, find, load,
    load_library, load_paths, template, write_template,
};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use value::{Diagnostic, Frozen, Value, json};

/// A folder with these files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        fs::write(path, text).expect("writable");
    }
    folder
}

/// What is wrong, without the temporary folder's name.
fn shown(folder: &Path, diagnostics: &[Diagnostic]) -> Vec<String> {
    let folder = format!("{}/", folder.display());
    let line = |diagnostic: &Diagnostic| {
        let help = diagnostic.help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
        format!("{diagnostic}{help}").replace(&folder, "")
    };
    diagnostics.iter().map(line).collect()
}

fn names(folder: &Path, repository: &Repository) -> (Vec<String>, Vec<String>) {
    let folder = format!("{}/", folder.display());
    let name = |source: &std::sync::Arc<value::Source>| source.name.replace(&folder, "");
    (repository.files.modules.iter().map(name).collect(), repository.files.tests.iter().map(name).collect())
}

#[test]
fn policies_tests_and_data() {
    let folder = tree(&[
        ("provost.yaml", "policies: [policies, more/one.rego]\ndata: [data, teams.json]\n"),
        ("policies/b.rego", "package b"),
        ("policies/a/a.rego", "package a"),
        ("policies/a/a_test.rego", "package a_test"),
        ("policies/a/data.yaml", "limit: 3"),
        ("policies/a/sample.yaml", "not: data"),
        ("policies/.hidden/x.rego", "package x"),
        ("policies/empty.rego", "\n"),
        ("more/one.rego", "package one"),
        ("more/two.rego", "package two"),
        ("data/nested/prices.yaml", "p4d: 32\nno: [on, y]"),
        ("data/centres.json", "{\"centres\": [1]}"),
        ("teams.json", "{\"nlp\": {\"gpus\": 4}}"),
    ]);
    let (repository, diagnostics) = load(folder.path(), &[]);
    assert_eq!(shown(folder.path(), &diagnostics), Vec::<String>::new());
    let (modules, tests) = names(folder.path(), &repository);
    assert_eq!(modules, ["policies/a/a.rego", "policies/b.rego", "more/one.rego"]);
    assert_eq!(tests, ["policies/a/a_test.rego"]);
    assert_eq!(
        json::to_string(repository.files.data.root()),
        r#"{"a":{"limit":3},"centres":[1],"nested":{"no":["on","y"],"p4d":32},"nlp":{"gpus":4}}"#
    );
    for (file, owned) in [
        ("provost.yaml", true),
        ("policies/a/sample.yaml", true),
        ("data/centres.json", true),
        ("teams.json", true),
        ("more/one.rego", true),
        ("more/two.rego", false),
    ] {
        assert_eq!(repository.owns(&folder.path().join(file)), owned, "{file}");
    }
    assert_eq!(find(&folder.path().join("policies/a")), folder.path().canonicalize().ok());
}

#[test]
fn configuration() {
    let folder = tree(&[(
        "provost.yaml",
        "policies: policies
rego_version: v0
dimensions:
  cost_center: {aws: [CostCenter], kubernetes: cost-center}
  squad: [Squad]
modes:
  A: warn
  B: {default: audit, admission: enforce}
severities: {A: critical}
on_unknown: deny
limits: {file_bytes_max: 1000, evaluation: {steps: 5, memory_bytes: 6, nested_rules: 7, output_bytes: 8}}
ignore: ['fixtures/', '*.tmp.json']
parameters: {Env: prod, Count: 3}
region: eu-west-1
account: '012345678901'
cluster: main
record:
  path: kept/record.db
  key: kept/signing.key
  durability: process
  mask: [/input/password, {path: /input/token, value: '**'}]
  bodies: {days_max: 90, bytes_max: 1000000}
http_send:
  hosts: [registry.example.com, '*.internal:8443', {host: side.example.com, local: true}]
  time_ms_max: 5000
  allow_queries: true
",
    )]);
    let text = fs::read_to_string(folder.path().join("provost.yaml")).expect("readable");
    let (configuration, diagnostics) = Configuration::read(&value::Source::new("provost.yaml", text));
    assert_eq!(shown(folder.path(), &diagnostics), Vec::<String>::new());
    assert_eq!(configuration.policies, ["policies"]);
    assert!(!configuration.library);
    assert_eq!((configuration.rego_version, configuration.on_unknown), (RegoVersion::V0, Some(OnUnknown::Deny)));
    assert_eq!(configuration.limits.file_bytes_max, 1000);
    let evaluation = EvaluationLimits {
        steps: Some(5),
        memory_bytes: Some(6),
        nested_rules: Some(7),
        output_bytes: Some(8),
        time_ms: None,
    };
    assert_eq!(configuration.limits.evaluation, evaluation);
    let dimension = |name: &str| configuration.settings.dimensions.iter().find(|dimension| dimension.name == name);
    let cost_center = dimension("cost_center").expect("cost_center");
    assert_eq!(cost_center.keys.len(), 2);
    assert_eq!(cost_center.keys[1].provider.as_deref(), Some("kubernetes"));
    assert!(dimension("squad").is_some() && dimension("environment").is_some());
    assert_eq!(configuration.settings.parameters.get("Count").map(String::as_str), Some("3"));
    assert_eq!(configuration.settings.account.as_deref(), Some("012345678901"));
    let record = configuration.record.as_ref().expect("a record");
    assert_eq!((record.path.as_deref(), record.key.as_deref()), (Some("kept/record.db"), Some("kept/signing.key")));
    assert_eq!((record.durability, record.body_days_max), (Some(RecordDurability::Process), Some(90)));
    let masks: Vec<_> = record.masks.iter().map(|mask| (mask.pointer.as_str(), mask.replacement.as_deref())).collect();
    assert_eq!(masks, [("/input/password", None), ("/input/token", Some("\"**\""))]);
    let http_send = &configuration.http_send;
    let host = |pattern, port, local| HttpHost { pattern, port, local };
    let name = |name: &str| HttpHostPattern::Name(name.to_owned());
    assert_eq!(
        http_send.hosts,
        [
            host(name("registry.example.com"), None, false),
            host(HttpHostPattern::Below("internal".to_owned()), Some(8443), false),
            host(name("side.example.com"), None, true),
        ]
    );
    assert_eq!((http_send.time_ms_max, http_send.connections_max), (Some(5000), None));
    assert!(http_send.allow_queries && !http_send.allow_unverified_tls);
    let mut a = PolicyMetadata::new("A");
    configuration.adjust(&mut a);
    assert_eq!((a.severity, a.modes.at(Point::Check)), (Severity::Critical, Mode::Warn));
    let mut b = PolicyMetadata::new("B");
    configuration.adjust(&mut b);
    assert_eq!((b.modes.at(Point::Check), b.modes.at(Point::Admission)), (Mode::Audit, Mode::Enforce));
    let policies = PolicySet::new(Vec::new(), Frozen::copy_of(Value::Null), |_| {}).expect("none");
    let mistakes: Vec<_> = configuration.check(&policies).iter().map(ToString::to_string).collect();
    assert_eq!(
        mistakes,
        [
            "provost.yaml:7:3: configuration_error: there is no policy `A`",
            "provost.yaml:8:3: configuration_error: there is no policy `B`"
        ]
    );
}

#[test]
fn mistakes_in_the_configuration_have_their_place_and_none_hides_another() {
    for (text, expected) in [
        (
            "polices: [a]",
            &["provost.yaml:1:1: configuration_error: `polices` is no key here | did you mean `policies`?"][..],
        ),
        (
            "- a",
            &[
                "provost.yaml:1:3: configuration_error: the file must be an object, not an array | see `provost init` for an example",
            ],
        ),
        (
            "on_unknown: dney\nlibrary: 5",
            &[
                "provost.yaml:2:1: configuration_error: `library` must be `true` or `false`, not a number | see `provost init` for an example",
                "provost.yaml:1:1: configuration_error: `dney` is no answer here | did you mean `deny`?",
            ],
        ),
        (
            "modes: {A: {admision: warn}}",
            &["provost.yaml:1:13: configuration_error: `admision` is no point here | did you mean `admission`?"],
        ),
        (
            "record: {path: r.db, mask: [input, /input/a], durabilty: disk}",
            &[
                "provost.yaml:1:47: configuration_error: `durabilty` is no key here | did you mean `durability`?",
                "provost.yaml:1:29: configuration_error: `input` is no JSON pointer to a part | write where it stands in a request, such as `/input/password`",
            ],
        ),
        (
            "record: {bodies: {days_max: 0}}",
            &[
                "provost.yaml:1:19: configuration_error: `days_max` must be a whole number above zero, not 0 | see `provost init` for an example",
                "provost.yaml:1:1: configuration_error: the record has no `path` | name the file that decisions are written to",
            ],
        ),
        (
            "admission: {inventory: [x], cluster: {watch: [{verison: v1, kind: Pod}, {group: apps}], age_s_max: 0}}",
            &[
                "provost.yaml:1:89: configuration_error: `age_s_max` must be a whole number above zero, not 0 | see `provost init` for an example",
                "provost.yaml:1:48: configuration_error: `verison` is no key here | did you mean `version`?",
                "provost.yaml:1:73: configuration_error: it names no `kind` | write `{version: v1, kind: Pod}`",
                "provost.yaml:1:29: configuration_error: what exists comes from files (`inventory`) or from the cluster (`cluster`), not from both | take one of them away",
            ],
        ),
        (
            "admission: {api_servers: [a, {verified_by: [odic]}, {subject: b, verifed_by: [oidc]}, 3]}",
            &[
                "provost.yaml:1:31: configuration_error: `odic` is no way to verify a caller here | did you mean `oidc`?",
                "provost.yaml:1:30: configuration_error: it names no `subject` | write `{subject: kube-apiserver, verified_by: [oidc]}`",
                "provost.yaml:1:66: configuration_error: `verifed_by` is no key here | did you mean `verified_by`?",
                "provost.yaml:1:87: configuration_error: item 4 must be a string, not a number | see `provost init` for an example",
            ],
        ),
        (
            "record: {bodies: {days_max: 1.5}, path: a}",
            &[
                "provost.yaml:1:19: configuration_error: `days_max` must be a whole number above zero, not 1.5 | see `provost init` for an example",
            ],
        ),
        ("modes: {A: wran}", &["provost.yaml:1:9: configuration_error: `wran` is no mode here | did you mean `warn`?"]),
        (
            "limits: {file_bytes_max: -1}",
            &[
                "provost.yaml:1:10: configuration_error: `file_bytes_max` must be a whole number above zero, not -1 | see `provost init` for an example",
            ],
        ),
        (
            "limits: {evaluation: {stepz: 1, steps: 0, time_ms: 1s, nested_rules: 100001}}",
            &[
                "provost.yaml:1:23: configuration_error: `stepz` is no key here | did you mean `steps`?",
                "provost.yaml:1:56: configuration_error: `nested_rules` must be at most 100000 | write policies with fewer rules that wait for one another",
                "provost.yaml:1:33: configuration_error: `steps` must be a whole number above zero, not 0 | see `provost init` for an example",
                "provost.yaml:1:43: configuration_error: `time_ms` must be a whole number above zero, not a string | see `provost init` for an example",
            ],
        ),
        (
            "http_send: {host: [a], hosts: ['https://a', {hots: a}], connections_max: 1000}",
            &[
                "provost.yaml:1:13: configuration_error: `host` is no key here | did you mean `hosts`?",
                "provost.yaml:1:32: configuration_error: `https://a` names no host: it is a URL, and a host is enough | write `registry.example.com`, `*.example.com`, `10.0.0.7`, `[::1]`, each with `:PORT` where only that is meant, or `unix:/run/server.sock`",
                "provost.yaml:1:46: configuration_error: `hots` is no key here | did you mean `host`?",
                "provost.yaml:1:45: configuration_error: the entry has no `host` | write `registry.example.com`, `*.example.com`, `10.0.0.7`, `[::1]`, each with `:PORT` where only that is meant, or `unix:/run/server.sock`",
                "provost.yaml:1:57: configuration_error: `connections_max` must be at most 256 | each takes a thread while it waits",
            ],
        ),
        (
            "policies: [/etc]",
            &["provost.yaml:1:1: configuration_error: `/etc` is an absolute path | name it relative to provost.yaml"],
        ),
        (
            "dimensions: {team: []}",
            &["provost.yaml:1:14: configuration_error: the dimension `team` has no keys | name the tags that give it"],
        ),
        ("a: b: c", &[""]),
    ] {
        let (_, diagnostics) = Configuration::read(&value::Source::new("provost.yaml", text));
        let found = shown(Path::new("nowhere"), &diagnostics);
        if expected == [""] {
            assert_eq!((found.len(), diagnostics[0].code), (1, "yaml_parse_error"), "{text}");
        } else {
            assert_eq!(found, expected, "{text}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_and_hides_nothing() {
    let folder = tree(&[
        ("provost.yaml", "policies: [policies, missing]\ndata: [data]\nlimits: {file_bytes_max: 90}\n"),
        ("policies/good.rego", "package good"),
        ("policies/long.rego", &"# long\n".repeat(20)),
        ("data/a.yaml", "shared: 1\nsame: x"),
        ("data/b.yaml", "shared: 2\nsame: x"),
        ("data/list.yaml", "[1]"),
        ("data/two.yaml", "a: 1\n---\nb: 2"),
        ("data/wrong.json", "{"),
    ]);
    fs::write(folder.path().join("policies/binary.rego"), b"package \0 x").expect("writable");
    fs::write(folder.path().join("policies/latin1.rego"), b"package caf\xe9").expect("writable");
    let (repository, diagnostics) = load(folder.path(), &[]);
    assert_eq!(names(folder.path(), &repository).0, ["policies/good.rego"]);
    let found = shown(folder.path(), &diagnostics);
    let expected = [
        "file_error: `policies/binary.rego`: the input is a binary file: byte 8 is NUL | pass a JSON or YAML file",
        "file_error: `policies/latin1.rego`: the input is not UTF-8: byte 0xe9 at 1:12 | save the file as UTF-8",
        "file_error: `policies/long.rego` is longer than the limit of 90 bytes | raise `limits: {file_bytes_max: ...}` in provost.yaml, or leave the file out",
        "file_error: `missing` cannot be read: no such file or directory | check the name; a symbolic link may lead nowhere",
        "data/b.yaml:1:1: data_conflict: `data.shared` stands in `data/a.yaml` already, with another value | keep one of them, or move one to a folder of its own",
        "data/list.yaml:1:1: data_error: data must be an object, and this is an array | give it a name: `cost_centres: [...]` is `data.cost_centres`",
        "data/two.yaml:3:1: data_error: a data file must hold one document | split the file",
    ];
    assert_eq!(found[..expected.len()], expected);
    assert_eq!(found.len(), expected.len() + 1, "{found:?}");
    assert!(found[expected.len()].starts_with("data/wrong.json:1:"), "{found:?}");
}

#[cfg(unix)]
#[test]
fn symbolic_links_lead_on_but_not_in_circles() {
    use std::os::unix::fs::symlink;
    let folder = tree(&[
        ("provost.yaml", "policies: [policies]\n"),
        ("policies/a/a.rego", "package a"),
        ("elsewhere/b.rego", "package b"),
    ]);
    let policies = folder.path().join("policies");
    symlink("..", policies.join("a/loop")).expect("links");
    symlink("../elsewhere", policies.join("b")).expect("links");
    symlink("a/a.rego", policies.join("again.rego")).expect("links");
    symlink("nowhere", policies.join("z")).expect("links");
    let (repository, diagnostics) = load(folder.path(), &[]);
    // The same file under two names is one file.
    assert_eq!(names(folder.path(), &repository).0, ["policies/a/a.rego", "policies/b/b.rego"]);
    assert_eq!(
        shown(folder.path(), &diagnostics),
        [
            "file_error: `policies/a/loop` leads back to a folder around it | remove the symbolic link, or name the folders that are meant",
            "file_error: `policies/z` cannot be read: no such file or directory | check the name; a symbolic link may lead nowhere",
        ]
    );
}

#[test]
fn policies_that_are_named_without_a_repository() {
    let folder = tree(&[
        ("p/a.rego", "package a"),
        ("p/data.yaml", "x: 1"),
        ("p/sub/data.json", "{\"y\": 2}"),
        ("p/sample.yaml", "a: 1"),
        ("extra.yaml", "z: 3"),
        ("empty/readme.md", ""),
    ]);
    let path = |name: &str| folder.path().join(name);
    let (repository, diagnostics) = load_paths(&[path("p")], &[path("extra.yaml")], Configuration::default());
    assert_eq!(shown(folder.path(), &diagnostics), Vec::<String>::new());
    assert_eq!(names(folder.path(), &repository).0, ["p/a.rego"]);
    assert_eq!(json::to_string(repository.files.data.root()), r#"{"sub":{"y":2},"x":1,"z":3}"#);
    assert!(repository.owns(&path("p/data.yaml")) && !repository.owns(&path("p/sample.yaml")));
    let (_, diagnostics) = load_paths(&[path("empty")], &[], Configuration::default());
    assert_eq!(
        shown(folder.path(), &diagnostics),
        [format!(
            "file_error: there is no policy in `{}` | name a `.rego` file, a file with Gatekeeper's policies, or a folder that holds some",
            path("empty").display()
        )
        .replace(&format!("{}/", folder.path().display()), "")]
    );
    let (_, diagnostics) = load_paths(&[path("empty/readme.md")], &[], Configuration::default());
    assert_eq!(
        shown(folder.path(), &diagnostics),
        ["file_error: `empty/readme.md` is neither a policy nor data | name `.rego`, `.json` or `.yaml` files"]
    );
}

#[test]
fn the_library_is_in_the_binary() {
    let (repository, diagnostics) = load_library(&[], Configuration::default());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let modules = &repository.files.modules;
    assert!(modules.iter().all(|module| module.name.starts_with("library/") && !module.name.ends_with("_test.rego")));
}

#[test]
fn a_new_repository_loads_and_overwrites_nothing() {
    let folder = TempDir::new().expect("a temporary folder");
    let target = folder.path().join("my-governance");
    let written = write_template(&target).expect("writable");
    assert_eq!(written.len(), template().len());
    let (repository, diagnostics) = load(&target, &[]);
    assert_eq!(shown(&target, &diagnostics), Vec::<String>::new());
    let (modules, tests) = names(&target, &repository);
    assert_eq!((modules.len(), tests.len()), (1, 1));
    let error = write_template(&target).expect_err("it is there already");
    assert!(error.to_string().ends_with("exists already, and nothing was written"), "{error}");
}
