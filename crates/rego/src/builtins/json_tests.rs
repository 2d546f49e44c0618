use super::super::json_patch::DEPTH_MAX;
use crate::builtins::testing::check;

#[test]
fn filter_and_remove() {
    for (object, paths, filtered, rest) in [
        (
            r#"{"a": {"b": {"c": 7, "d": 8}}, "e": 9}"#,
            r#"{"a/b/c", "e"}"#,
            r#"{"a": {"b": {"c": 7}}, "e": 9}"#,
            r#"{"a": {"b": {"d": 8}}}"#,
        ),
        (r#"{"a": {"b": 7}, "c": 1}"#, r#"["/a", "a/b"]"#, r#"{"a": {"b": 7}}"#, r#"{"c": 1}"#),
        (r#"{"a": {"b": 7}, "c": 1}"#, r#"["a/b", "a"]"#, r#"{"a": {"b": 7}}"#, r#"{"c": 1}"#),
        (r#"{"a": 7}"#, "set()", "{}", r#"{"a": 7}"#),
        (r#"{"a": 7}"#, r#"["", []]"#, "{}", r#"{"a": 7}"#),
        ("{}", r#"{"a/b"}"#, "{}", "{}"),
        (
            r#"{"a": [{"b": 7, "c": 8}, {"d": 9}]}"#,
            r#"{"a/0/b", "a/1"}"#,
            r#"{"a": [{"b": 7}, {"d": 9}]}"#,
            r#"{"a": [{"c": 8}]}"#,
        ),
        (
            r#"{"a": [{"1": ["b", "c", "d"]}, {"x": "y"}]}"#,
            r#"{"a/0/1/2"}"#,
            r#"{"a": [{"1": ["d"]}]}"#,
            r#"{"a": [{"1": ["b", "c"]}, {"x": "y"}]}"#,
        ),
        (
            r#"{"a": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}"#,
            r#"["a/10", "a/2"]"#,
            r#"{"a": [2, 10]}"#,
            r#"{"a": [0, 1, 3, 4, 5, 6, 7, 8, 9]}"#,
        ),
        (r#"{"a": [1]}"#, r#"["a/00", "a/+0", "a/-", ["a", 0]]"#, r#"{"a": []}"#, r#"{"a": [1]}"#),
        (r#"{"a/b": 1, "c~d": 2}"#, r#"["a~1b"]"#, r#"{"a/b": 1}"#, r#"{"c~d": 2}"#),
        (r#"{"": 1, "a": 2}"#, r#"["/"]"#, r#"{"": 1}"#, r#"{"a": 2}"#),
        (r#"{1: {"b": 2, "c": 3}}"#, r#"[[1, "b"]]"#, r#"{1: {"b": 2}}"#, r#"{1: {"c": 3}}"#),
        (r#"{"a": {1, [2, 3]}}"#, r#"[["a", [2, 3], "0"]]"#, r#"{"a": {[2]}}"#, r#"{"a": {1, [3]}}"#),
        (r#"{"a": 1}"#, r#"["a/b/c"]"#, r#"{"a": 1}"#, r#"{"a": 1}"#),
        (r#"{"a": unknown, "b": 1}"#, r#"["a/x", "b"]"#, r#"{"a": unknown, "b": 1}"#, r#"{"a": unknown}"#),
        (r#"{"a": unknown, "b": 1}"#, r#"["a"]"#, r#"{"a": unknown}"#, r#"{"b": 1}"#),
        (r#"{"a": {unknown}}"#, r#"["a/x"]"#, "unknown", "unknown"),
        (r#"{"a": {unknown: 1}}"#, r#"["a/x"]"#, "unknown", "unknown"),
        (r#"{"a": 1}"#, "[unknown]", "unknown", "unknown"),
        ("unknown", "[]", "unknown", "unknown"),
    ] {
        check("json.filter", &[object, paths], filtered);
        check("json.remove", &[object, paths], rest);
    }
    for name in ["json.filter", "json.remove"] {
        let path = "operand 2 must be one of {set, array} containing string paths or array of path segments";
        check(name, &[r#""foo""#, "[]"], "error: operand 1 must be object but got string");
        check(name, &["{}", r#""foo""#], "error: operand 2 must be one of {set, array} but got string");
        check(name, &["{}", r#"["a", 1]"#], &format!("error: {path} but got number"));
        check(name, &["{}", r#"{"a", {"x": 1}}"#], &format!("error: {path} but got object"));
    }
}

#[test]
fn patch() {
    for (document, operations, expected) in [
        (r#"{"a": 1}"#, "[]", r#"{"a": 1}"#),
        (r#"{"a": 1}"#, r#"[{"op": "add", "path": "/b", "value": 2}]"#, r#"{"a": 1, "b": 2}"#),
        (r#"{"a": 1}"#, r#"[{"op": "add", "path": "a", "value": 2}]"#, r#"{"a": 2}"#),
        ("[1, 2, 3]", r#"[{"op": "add", "path": "1", "value": 9}]"#, "[1, 9, 2, 3]"),
        ("[1, 2, 3]", r#"[{"op": "add", "path": "-", "value": 9}]"#, "[1, 2, 3, 9]"),
        ("[1, 2, 3]", r#"[{"op": "add", "path": "3", "value": 9}]"#, "[1, 2, 3, 9]"),
        ("[1, 2, 3]", r#"[{"op": "add", "path": "4", "value": 9}]"#, "undefined"),
        ("[1, 2, 3]", r#"[{"op": "add", "path": "-1", "value": 9}]"#, "undefined"),
        ("[1, 2, 3]", r#"[{"op": "add", "path": "01", "value": 9}]"#, "undefined"),
        ("[1, 2, 3]", r#"[{"op": "add", "path": "1.2", "value": 9}]"#, "undefined"),
        ("[1, 2, 3]", r#"[{"op": "add", "path": "1e0", "value": 9}]"#, "undefined"),
        ("[1, [2]]", r#"[{"op": "add", "path": [1, 0], "value": 9}]"#, "[1, [9, 2]]"),
        ("[1]", r#"[{"op": "add", "path": "", "value": {"a": 1}}]"#, r#"{"a": 1}"#),
        ("1", r#"[{"op": "add", "path": "a", "value": 1}]"#, "undefined"),
        (r#"{"a": {"b": 1}}"#, r#"[{"op": "remove", "path": "a/b"}]"#, r#"{"a": {}}"#),
        (r#"{"a": 1}"#, r#"[{"op": "remove", "path": "b"}]"#, "undefined"),
        ("[1, 2]", r#"[{"op": "remove", "path": "0"}]"#, "[2]"),
        ("[1, 2]", r#"[{"op": "remove", "path": "-"}]"#, "undefined"),
        ("[1, 2]", r#"[{"op": "remove", "path": ""}]"#, "undefined"),
        ("[1]", r#"[{"op": "remove", "path": ""}, {"op": "add", "path": "", "value": 2}]"#, "2"),
        (
            r#"{"a": [1]}"#,
            r#"[{"op": "replace", "path": "a/0", "value": [2]}, {"op": "add", "path": "a/0/-", "value": 3}]"#,
            r#"{"a": [[2, 3]]}"#,
        ),
        (r#"{"a": 1}"#, r#"[{"op": "replace", "path": "b", "value": 2}]"#, "undefined"),
        (r#"{"a": 1}"#, r#"[{"op": "replace", "path": "", "value": 2}]"#, "2"),
        (
            r#"{"a": {"b": 1}, "c": {}}"#,
            r#"[{"op": "move", "from": "a/b", "path": "c/d"}]"#,
            r#"{"a": {}, "c": {"d": 1}}"#,
        ),
        (r#"{"a": {"b": 1}}"#, r#"[{"op": "move", "from": "a", "path": "a/b"}]"#, "undefined"),
        ("[1, 2, 3]", r#"[{"op": "move", "from": "0", "path": "2"}]"#, "[2, 3, 1]"),
        (
            r#"{"a": {"b": 1}}"#,
            r#"[{"op": "copy", "from": "a", "path": "c"}, {"op": "remove", "path": "a/b"}]"#,
            r#"{"a": {}, "c": {"b": 1}}"#,
        ),
        (r#"{"a": 1}"#, r#"[{"op": "copy", "from": "b", "path": "c"}]"#, "undefined"),
        (r#"{"a": {"b": [1.0]}}"#, r#"[{"op": "test", "path": "a", "value": {"b": [1]}}]"#, r#"{"a": {"b": [1]}}"#),
        (r#"{"a": 1}"#, r#"[{"op": "test", "path": "a", "value": 2}]"#, "undefined"),
        (r#"{"a": 1}"#, r#"[{"op": "test", "path": "a"}]"#, "undefined"),
        (r#"{"a": 1}"#, r#"[{"op": "spam", "path": "a", "value": 2}]"#, "undefined"),
        (r#"{"a": 1}"#, r#"[{"op": 1, "path": "a", "value": 2}]"#, "undefined"),
        (r#"{"a": 1}"#, r#"[{"path": "a", "value": 2}]"#, "undefined"),
        (r#"{"a": 1}"#, r#"[{"op": "remove", "path": 1}]"#, "undefined"),
        (r#"{"a": 1}"#, "[1]", "undefined"),
        (r#"{"a/b": 1, "m~n": 2}"#, r#"[{"op": "remove", "path": "/a~1b"}, {"op": "remove", "path": "/m~0n"}]"#, "{}"),
        (r#"{"foo": {"a", "b", "c"}}"#, r#"[{"op": "remove", "path": "foo/b"}]"#, r#"{"foo": {"a", "c"}}"#),
        (r#"{"foo": {"a"}}"#, r#"[{"op": "add", "path": "foo/d", "value": "d"}]"#, r#"{"foo": {"a", "d"}}"#),
        (r#"{"foo": {"a"}}"#, r#"[{"op": "add", "path": "foo/d", "value": "e"}]"#, "undefined"),
        (
            r#"{"foo": {"a", "b"}, "bar": {"c"}}"#,
            r#"[{"op": "move", "from": "foo/a", "path": "bar/a"}]"#,
            r#"{"foo": {"b"}, "bar": {"a", "c"}}"#,
        ),
        (
            "{[0]}",
            r#"[{"op": "add", "path": [[0], 1], "value": 1}, {"op": "add", "path": [[0, 1], 2], "value": 2}]"#,
            "{[0, 1, 2]}",
        ),
        (r#"{"a": unknown}"#, r#"[{"op": "add", "path": "b", "value": 1}]"#, r#"{"a": unknown, "b": 1}"#),
        (r#"{"a": unknown}"#, r#"[{"op": "add", "path": "a/b", "value": 1}]"#, "unknown"),
        (r#"{"a": 1}"#, r#"[{"op": "add", "path": "b", "value": unknown}]"#, r#"{"a": 1, "b": unknown}"#),
        (r#"{"a": [1, unknown]}"#, r#"[{"op": "test", "path": "a", "value": [1, 2]}]"#, "unknown"),
        (r#"{"a": [1, unknown]}"#, r#"[{"op": "test", "path": "a", "value": [2, 2]}]"#, "undefined"),
        (r#"{"a": 1}"#, r#"[{"op": unknown, "path": "b", "value": 1}]"#, "unknown"),
        (r#"{"a": 1}"#, r#"[{"op": "remove", "path": ["a", unknown]}]"#, "unknown"),
        (r#"{unknown: 1}"#, r#"[{"op": "remove", "path": "a"}]"#, "unknown"),
        ("1", "unknown", "unknown"),
        ("unknown", "[]", "unknown"),
        ("unknown", r#"[{"op": "add", "path": "", "value": 1}]"#, "1"),
        ("1", "{}", "error: operand 2 must be array but got object"),
    ] {
        check("json.patch", &[document, operations], expected);
    }
}

#[test]
fn patch_limits() {
    let long = format!(r#"[{{"op": "remove", "path": "{}"}}]"#, "/a".repeat(DEPTH_MAX + 1));
    check("json.patch", &["{}", &long], "error: path of more than 1000 keys");

    let copy = r#"{"op": "copy", "from": "", "path": "/a"}"#;
    let nested = format!("[{}]", [copy; DEPTH_MAX + 2].join(", "));
    check("json.patch", &["{}", &nested], "error: patch moves or copies more than 1000 levels");

    let double = r#"{"op": "copy", "from": "", "path": "/a"}, {"op": "copy", "from": "/a", "path": "/b"}"#;
    let bomb = format!("[{}]", [double; 64].join(", "));
    check("json.patch", &["{}", &bomb], "error: patch moves or copies more than 1000000 values");
}
