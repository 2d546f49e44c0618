//! The law of Unknown: whatever stands in for an Unknown leaf, a result that was certain stays what it was.

use super::comparison::equal_three_valued;
use super::testing::{run, term};
use host::FixedHost;
use value::Arena;

/// What an Unknown leaf might turn out to be.
const STAND_INS: &[&str] = &["1", r#""a""#, "[1]", "{1}", r#"{"a": 1}"#];

/// Most Unknown leaves in one call, as each multiplies the calls to try.
const HOLES_MAX: usize = 2;

const SCALARS: &[&str] = &["1", r#""a""#, "unknown"];
const ARRAYS: &[&str] =
    &["[]", "[1]", "[1, unknown]", "[unknown, 2]", "[[1], [unknown]]", "[true, unknown]", "unknown"];
const SETS: &[&str] = &[
    "set()",
    "{1}",
    "{1, 2}",
    "{1, unknown}",
    "{unknown, unknown}",
    "{[unknown], [1]}",
    "{{1}, {2, unknown}}",
    "unknown",
];
const OBJECTS: &[&str] = &[
    "{}",
    r#"{"a": 1}"#,
    r#"{"a": unknown, "b": 2}"#,
    r#"{"a": {"a": unknown}, "b": [unknown]}"#,
    r#"{"a": {1, unknown}}"#,
    r#"{unknown: 1, "b": 2}"#,
    r#"{"a": {"z": 1, unknown: 2}}"#,
    "unknown",
];
const PATHS: &[&str] =
    &["[]", r#"["a"]"#, r#"["a/a", "b/0"]"#, r#"[["a", 1], ["b", "x"]]"#, r#"["a", [unknown]]"#, "unknown"];
const PATCHES: &[&str] = &[
    r#"[{"op": "add", "path": "a/a", "value": unknown}]"#,
    r#"[{"op": "add", "path": ["a", 1], "value": 1}, {"op": "remove", "path": "b"}]"#,
    r#"[{"op": "test", "path": "a", "value": {"a": 1}}, {"op": "remove", "path": "a"}]"#,
    r#"[{"op": "move", "from": "a", "path": "c"}]"#,
    r#"[{"op": "remove", "path": ["a", unknown]}]"#,
    "[unknown]",
];

#[test]
fn certain_results_stay() {
    let any = [SCALARS, ARRAYS, SETS, OBJECTS].concat();
    for name in ["equal", "neq", "lt", "lte", "gt", "gte", "internal.member_2", "object.subset"] {
        holds(name, &[&any, &any]);
    }
    holds("internal.member_3", &[SCALARS, SCALARS, &any]);
    for name in ["count", "max", "min", "sort", "all", "any", "sum", "product", "cast_set", "cast_array", "type_name"] {
        holds(name, &[&any]);
    }
    for name in ["and", "or", "minus", "set_diff"] {
        holds(name, &[SETS, SETS]);
    }
    for name in ["union", "intersection"] {
        holds(name, &[SETS]);
    }
    holds("array.concat", &[ARRAYS, ARRAYS]);
    holds("array.reverse", &[ARRAYS]);
    holds("array.flatten", &[ARRAYS]);
    holds("array.slice", &[ARRAYS, &["0", "unknown"], &["1", "unknown"]]);
    holds("object.get", &[OBJECTS, &[SCALARS, ARRAYS].concat(), SCALARS]);
    holds("object.keys", &[OBJECTS]);
    for name in ["object.remove", "object.filter"] {
        holds(name, &[OBJECTS, &[ARRAYS, SETS, OBJECTS].concat()]);
    }
    holds("object.union", &[OBJECTS, OBJECTS]);
    holds(
        "object.union_n",
        &[&["[{}, unknown]", r#"[{"a": {"b": 1}}, {"a": unknown}, {"a": {"c": 1}}]"#, "[unknown]"]],
    );
    for name in ["json.filter", "json.remove"] {
        holds(name, &[OBJECTS, PATHS]);
    }
    holds("json.patch", &[OBJECTS, PATCHES]);
    let graphs = [r#"{"a": ["b"], "b": [unknown]}"#, r#"{"a": ["b"], "b": unknown}"#, r#"{"a": ["b"], unknown: []}"#];
    for name in ["graph.reachable", "graph.reachable_paths"] {
        holds(name, &[&graphs, &[r#"["a"]"#, "[unknown]"]]);
    }
}

/// Checks the law for every combination of operands.
#[track_caller]
fn holds(name: &str, pools: &[&[&str]]) {
    for operands in combinations(pools) {
        let holes: usize = operands.iter().map(|operand| operand.matches("unknown").count()).sum();
        if holes == 0 || holes > HOLES_MAX {
            continue;
        }
        let arena = Arena::new();
        let result = run(&FixedHost::default(), &arena, name, &operands);
        if result == "unknown" {
            continue;
        }
        let stand_ins = vec![STAND_INS; holes];
        for choice in combinations(&stand_ins) {
            let mut choice = choice.into_iter();
            let known: Vec<String> = operands.iter().map(|operand| fill(operand, &mut choice)).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let settled = run(&FixedHost::default(), &arena, name, &known);
            let agree = if settled.starts_with("error: ") || settled == "undefined" {
                settled.starts_with("error: ") && result.starts_with("error: ") || settled == result
            } else if result.starts_with("error: ") || result == "undefined" {
                false
            } else {
                equal_three_valued(term(&arena, &result), term(&arena, &settled)) != Some(false)
            };
            assert!(
                agree,
                "{name}({}) is {result}, but {name}({}) is {settled}",
                operands.join(", "),
                known.join(", ")
            );
        }
    }
}

fn combinations<'t>(pools: &[&[&'t str]]) -> Vec<Vec<&'t str>> {
    pools.iter().fold(vec![Vec::new()], |combinations, pool| {
        combinations
            .iter()
            .flat_map(|start| pool.iter().map(move |&next| start.iter().copied().chain([next]).collect()))
            .collect()
    })
}

fn fill<'t>(operand: &str, stand_ins: &mut impl Iterator<Item = &'t str>) -> String {
    let mut parts = operand.split("unknown");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        filled.push_str(stand_ins.next().expect("a stand-in for each hole"));
        filled.push_str(part);
    }
    filled
}
