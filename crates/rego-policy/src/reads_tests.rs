use super::PackagesRead;
use catalog::Fields;
use decision::Reads;
use rego::syntax::ast::Dialect;
use rego::syntax::parse_module;
use value::Source;

/// What `package p` with these rules reads, beside a library.
fn reads(rules: &str) -> Reads {
    let library =
        "package lib.gpus\n\ntotal := sum([a.count | some a in input.resource.accelerators])\n\nnothing := 1\n";
    let deep = "package lib.deep\n\nimport data.lib.gpus\n\nmany if gpus.total > 8\n";
    let texts = [format!("package p\n\n{rules}\n"), library.to_owned(), deep.to_owned()];
    let modules: Vec<_> = texts
        .into_iter()
        .map(|text| {
            let (module, mistakes) = parse_module(&Source::new("p.rego", text), Dialect::V1);
            assert!(mistakes.is_empty(), "{mistakes:?}");
            module
        })
        .collect();
    PackagesRead::of(&modules.iter().collect::<Vec<_>>()).by(&["p".to_owned()])
}

fn of_resource(names: &[&str]) -> Reads {
    let fields = names.iter().map(|name| Fields::named(name).unwrap()).fold(Fields::NONE, Fields::and);
    Reads { resource: fields, change: false }
}

#[test]
fn what_is_written_is_read() {
    let everything = Reads::EVERYTHING;
    let whole_resource = Reads { resource: Fields::ALL, change: false };
    let cases = [
        ("deny contains 1 if input.object.spec.hostNetwork", of_resource(&[])),
        ("deny contains 1 if input.resource.tags.team == input.subject.id", of_resource(&["tags"])),
        ("deny contains 1 if not input.resource.dimensions.team", of_resource(&["dimensions"])),
        ("deny contains c if some c in input.resource.pods[_].containers", of_resource(&["pods"])),
        ("deny contains 1 if { some f in [\"tags\", \"pods\"]; input.resource[f] }", whole_resource),
        ("r := input.resource\n\ndeny contains 1 if r.tags.team", whole_resource),
        ("deny contains 1 if f(input.resource)\n\nf(r) if r.tags.team", whole_resource),
        (
            "deny contains 1 if sum([r.replicas | some r in input.change.resources]) > 3",
            Reads { change: true, ..whole_resource },
        ),
        (
            "deny contains 1 if input.change.resources[_].replicas > 3",
            Reads { change: true, ..of_resource(&["replicas"]) },
        ),
        ("deny contains 1 if \"tags\" in input.change.resources[_].unknown", everything),
        // The whole of it, by whatever way.
        ("deny contains 1 if f(input)\n\nf(x) if x.resource.tags.team", everything),
        ("deny contains 1 if { x := input; x.resource.tags.team }", everything),
        ("deny contains msg if msg := sprintf(\"%v\", [input])", everything),
        ("deny contains 1 if { some part; input[part].tags.team }", everything),
        ("deny contains 1 if { [path, _] = walk(input); path == [\"resource\", \"tags\"] }", everything),
    ];
    for (rules, expected) in cases {
        assert_eq!(reads(rules), expected, "{rules}");
    }
}

#[test]
fn what_helpers_read_is_read() {
    let accelerators = of_resource(&["accelerators"]);
    let cases = [
        ("import data.lib.gpus\n\ndeny contains 1 if gpus.total > 4", accelerators),
        ("deny contains 1 if data.lib.gpus.total > 4", accelerators),
        ("deny contains 1 if data.lib.deep.many", accelerators),
        ("deny contains 1 if { some name; data.lib[name].total > 4 }", accelerators),
        ("deny contains 1 if { some a; data[a].gpus.total > 4 }", accelerators),
        ("deny contains 1 if { d := data; d.lib.gpus.total > 4 }", accelerators),
        ("deny contains 1 if data.quotas.nlp < 4", of_resource(&[])),
    ];
    for (rules, expected) in cases {
        assert_eq!(reads(rules), expected, "{rules}");
    }
}
