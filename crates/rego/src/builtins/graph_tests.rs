use crate::builtins::testing::check;

#[test]
fn reachable() {
    for (graph, initial, expected) in [
        ("{}", r#"{"a"}"#, "set()"),
        (r#"{"a": {"b"}, "b": {"c"}, "c": {"a"}}"#, r#"{"a"}"#, r#"{"a", "b", "c"}"#),
        (r#"{"a": ["b"], "b": ["c"], "c": []}"#, r#"["b"]"#, r#"{"b", "c"}"#),
        (r#"{"a": ["b", "missing"], "b": []}"#, r#"["a", "gone"]"#, r#"{"a", "b"}"#),
        (r#"{"a": null}"#, r#"["a"]"#, r#"{"a"}"#),
        (r#"{[1]: [[2]], [2]: []}"#, "[[1]]", "{[1], [2]}"),
        (r#"{"a": [unknown]}"#, r#"["a"]"#, "unknown"),
        ("1", "[1]", "error: operand 1 must be object but got number"),
        (r#"{"a": []}"#, r#""a""#, "error: operand 2 must be {array, set} but got string"),
    ] {
        check("graph.reachable", &[graph, initial], expected);
    }
}

#[test]
fn reachable_paths() {
    for (graph, initial, expected) in [
        ("{}", r#"{"a"}"#, "set()"),
        (r#"{"a": {"b"}, "b": {"c"}, "c": {"a"}}"#, r#"{"a"}"#, r#"{["a", "b", "c"]}"#),
        (
            r#"{"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set(), "e": {"f"}, "f": {"e"}, "x": {"x"}}"#,
            r#"{"b", "e"}"#,
            r#"{["b", "d"], ["e", "f"]}"#,
        ),
        (r#"{"a": ["b", "c"], "b": ["c"], "c": []}"#, r#"{"a"}"#, r#"{["a", "b", "c"], ["a", "c"]}"#),
        (r#"{"a": ["b"], "b": ["nonexistent"]}"#, r#"{"a", "b"}"#, r#"{["a", "b"], ["b"]}"#),
        (r#"{"a": null}"#, r#"["a"]"#, r#"{["a"]}"#),
        (r#"{"a": []}"#, r#"["a", "gone"]"#, r#"{["a"]}"#),
        (r#"{"x": ["x", "y"], "y": ["x"]}"#, r#"["x"]"#, r#"{["x", "x"], ["x", "x", "y"], ["x", "y"]}"#),
        (
            r#"{"a": ["b", "a2"], "b": ["b", "c"], "c": [], "a2": ["b"]}"#,
            r#"["a"]"#,
            r#"{["a", "b"], ["a", "b", "c"], ["a", "a2", "b"], ["a", "a2", "b", "c"]}"#,
        ),
        (r#"{"a": [unknown]}"#, r#"["a"]"#, "unknown"),
        (r#"{"a": []}"#, r#""a""#, "error: operand 2 must be {array, set} but got string"),
    ] {
        check("graph.reachable_paths", &[graph, initial], expected);
    }
}

#[test]
fn reachable_paths_limits() {
    // Every node leads to all the others: there are more paths than atoms.
    let all: Vec<String> = (0..40).map(|node| node.to_string()).collect();
    let complete: Vec<String> = all.iter().map(|node| format!("{node}: [{}]", all.join(", "))).collect();
    let complete = format!("{{{}}}", complete.join(", "));
    check("graph.reachable_paths", &[&complete, "[0]"], "error: paths have more than 1000000 nodes");

    // One long path takes no recursion.
    let chain: Vec<String> = (0..100_000).map(|node| format!("{node}: [{}]", node + 1)).collect();
    let chain = format!("{{{}}}", chain.join(", "));
    let path: Vec<String> = (0..100_000).map(|node| node.to_string()).collect();
    check("graph.reachable_paths", &[&chain, "[0]"], &format!("{{[{}]}}", path.join(", ")));
}

#[test]
fn walk() {
    for (x, expected) in [
        ("1", "[[[], 1]]"),
        ("[1, [2]]", "[[[], [1, [2]]], [[0], 1], [[1], [2]], [[1, 0], 2]]"),
        (r#"{"a": {"b": 1}}"#, r#"[[[], {"a": {"b": 1}}], [["a"], {"b": 1}], [["a", "b"], 1]]"#),
        ("{{1, 2}}", "[[[], {{1, 2}}], [[{1, 2}], {1, 2}], [[{1, 2}, 1], 1], [[{1, 2}, 2], 2]]"),
        (r#"{"a": unknown}"#, r#"[[[], {"a": unknown}], [["a"], unknown], unknown]"#),
    ] {
        check("walk", &[x], expected);
    }
}
