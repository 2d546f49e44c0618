//! Text to trees and back.

use super::{call, check, problem};
use crate::builtins::testing::term;
use value::Arena;

#[track_caller]
fn check_tree(name: &str, text: &str, expected: &str) {
    assert_eq!(call(name, &[text]), term(&Arena::new(), expected).to_string(), "{text}");
}

#[test]
fn queries() {
    check_tree("graphql.parse_query", "", "{}");
    check_tree("graphql.parse_query", "{ a: b ... on C { d } ...e ... @f { g } }", {
        r#"{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [
            {"Alias": "a", "Name": "b"},
            {"SelectionSet": [{"Alias": "d", "Name": "d"}], "TypeCondition": "C"},
            {"Name": "e"},
            {"Directives": [{"Location": "", "Name": "f"}], "SelectionSet": [{"Alias": "g", "Name": "g"}], "TypeCondition": ""}
        ]}]}"#
    });
    check_tree("graphql.parse_query", "query($a: [B!] = [1]) { c(d: {e: $a}) }", {
        r#"{"Operations": [{
            "Name": "", "Operation": "query",
            "SelectionSet": [{"Alias": "c", "Name": "c", "Arguments": [{"Name": "d", "Value": {
                "Kind": 9, "Raw": "", "ExpectedTypeHasDefault": false,
                "Children": [{"Name": "e", "Value": {"Kind": 0, "Raw": "a", "ExpectedTypeHasDefault": false}}]
            }}]}],
            "VariableDefinitions": [{
                "Type": {"Elem": {"NamedType": "B", "NonNull": true}, "NamedType": "", "NonNull": false},
                "Used": false, "Variable": "a",
                "DefaultValue": {"Kind": 8, "Raw": "", "ExpectedTypeHasDefault": false, "Children": [
                    {"Name": "", "Value": {"Kind": 1, "Raw": "1", "ExpectedTypeHasDefault": false}}
                ]}
            }]
        }]}"#
    });
}

#[test]
fn comments_stay_where_the_tree_has_room() {
    check_tree("graphql.parse_query", "# lost\n{ a }", {
        r#"{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}"#
    });
    check_tree("graphql.parse_query", "# kept\nquery { # b\n # c\n a }", {
        r##"{"Operations": [{"Name": "", "Operation": "query", "Comment": {"List": [{"Value": "# kept"}]}, "SelectionSet": [
            {"Alias": "a", "Name": "a", "Comment": {"List": [{"Value": "# b"}, {"Value": "# c"}]}}
        ]}]}"##
    });
    check_tree("graphql.parse_schema", "# 1\n\"d\" # 2\nscalar A # 3", {
        r##"{"Definitions": [{
            "BuiltIn": false, "Description": "d", "Kind": "SCALAR", "Name": "A",
            "BeforeDescriptionComment": {"List": [{"Value": "# 1"}]},
            "AfterDescriptionComment": {"List": [{"Value": "# 2"}]}
        }], "Comment": {"List": [{"Value": "# 3"}]}}"##
    });
}

#[test]
fn strings() {
    for (text, raw) in [
        (r#""a\u0042\n\"\/é""#, "aB\n\"/é"),
        (r#""\uD83D""#, "\u{fffd}"),
        ("\"\"\"a\n    b\n      c\n  \"\"\"", "a\n    b\n      c"),
        ("\"\"\"\n\n    b\r\n      c\n\n  \"\"\"", "b\n  c"),
        (r#""""a\""" "b" \n"""""#, "a\"\"\" \"b\" \\n\""),
        (r#""""""""#, ""),
    ] {
        let tree = call("graphql.parse_query", &[&format!("{{ f(a: {text}) }}")]);
        let raw = format!(r#""Raw": {}"#, value::json::quote(raw));
        assert!(tree.contains(&raw), "{text}: {tree} has no {raw}");
    }
}

#[test]
fn syntax_errors() {
    for (query, expected) in [
        ("{", "Expected Name, found <EOF> at 1:2"),
        ("{}", "expected at least one definition, found } at 1:2"),
        ("x", r#"Unexpected Name "x" at 1:1"#),
        ("\r\n ...", "Unexpected ... at 2:3"),
        ("{ a(b: 'c') }", "Unexpected <Invalid> at 1:8"),
        ("{ a(b: 01) }", "Unexpected <Invalid> at 1:9"),
        ("{ a(b: \"\\x\") }", "Unexpected <Invalid> at 1:10"),
        ("{ é }", "Expected Name, found <Invalid> at 1:3"),
        ("{ a(b: \"é\", \"c\") }", "Expected Name, found String at 1:14"),
        ("query ($a: [B) { c }", "Expected ], found ) at 1:14"),
        ("query ($a: B = $c) { d }", "Unexpected $ at 1:16"),
        ("query", "Expected {, found <EOF> at 1:6"),
        ("fragment on on A { b }", r#"Unexpected Name "on" at 1:10"#),
        ("fragment a of A { b }", r#"Expected "on", found Name "of" at 1:12"#),
    ] {
        assert_eq!(problem("graphql.parse_query", &[query]), expected, "{query}");
    }
    for (schema, expected) in [
        ("type A {}", "expected at least one definition, found } at 1:9"),
        ("types", r#"Unexpected Name "types" at 1:1"#),
        ("{", "Unexpected { at 1:1"),
        ("extend scalar A", "Unexpected <EOF> at 1:16"),
        ("extend A", r#"Unexpected Name "A" at 1:8"#),
        ("extend interface A implements B { c: D }", r#"Unexpected Name "implements" at 1:20"#),
        ("\"d\" extend type A { b: C }", r#"Unexpected String "d" at 1:2"#),
        // Where a block string starts, counted from its last line, is before that line.
        ("\"\"\"d\n\"\"\" extend type A { b: C }", "GraphQL parse error: input:2:-1: Unexpected BlockString \"d\""),
        ("directive @a on FIELD | HERE", r#"Unexpected Name "HERE" at 1:25"#),
        ("schema { 'a: B }", "Unexpected single quote character ('), did you mean to use a double quote (\")? at 1:10"),
        ("schema { \"a", "Unterminated string. at 1:12"),
        ("schema { -a", "Invalid number, expected digit but got: \"a\". at 1:11"),
        ("schema { ? }", "Cannot parse the unexpected character \"?\". at 1:10"),
    ] {
        assert_eq!(problem("graphql.parse_schema", &[schema]), expected, "{schema}");
    }
}

#[test]
fn trees_are_read_back() {
    let arena = Arena::new();
    let schema = super::SCHEMA;
    let query = r#"
        # comment
        query Q($e: Episode = JEDI, $l: [Int!]!) @tag(name: "q") {
          h: hero(episode: $e) { ...F ... on Human { age } ... @include(if: true) { __typename } }
          list(of: $l, rows: [["a"], null, []])
          search(text: """b""", filter: {must: true, inner: {must: false}}) { ... on Node { id } }
        }
        fragment F on Character { name }
    "#;
    let texts = call("graphql.parse", &[query, schema]);
    let trees = term(&arena, &texts).as_array().unwrap();
    let (query_tree, schema_tree) = (trees.get(0).unwrap().to_string(), trees.get(1).unwrap().to_string());
    check("graphql.parse", &[&query_tree, &schema_tree], &texts);
    check("graphql.is_valid", &[&query_tree, &schema_tree], "true");
    check("graphql.schema_is_valid", &[&schema_tree], "true");
}

#[test]
fn trees_written_by_hand() {
    let schema = r#"{"Definitions": [{"Kind": "OBJECT", "Name": "Query", "Fields": [{"Name": "a", "Type": {"NamedType": "Int"}}]}]}"#;
    let query = |name: &str| format!(r#"{{"Operations": [{{"SelectionSet": [{{"Name": {name}}}]}}]}}"#);
    check("graphql.is_valid", &[&query("\"a\""), schema], "true");
    check("graphql.is_valid", &[&query("\"b\""), schema], "false");
    check("graphql.is_valid", &[&query("null"), schema], "false");
    check("graphql.parse", &[&query("\"ab\""), schema], {
        "error: GraphQL parse error: input: Cannot query field \"ab\" on type \"Query\". Did you mean \"a\"?\n"
    });
    for (query, expected) in [
        (query("1"), "Name of selection must be string but got number"),
        (r#"{"Operations": 1}"#.to_owned(), "Operations of document must be array but got number"),
        (r#"{"Operations": [1]}"#.to_owned(), "operation must be object but got number"),
        (r#"{"Operations": [{"Operation": "x"}]}"#.to_owned(), "operation has an unknown Operation"),
        (r#"{"Operations": [{"VariableDefinitions": [{}]}]}"#.to_owned(), "variable definition has no Type"),
    ] {
        check("graphql.parse", &[&query, "``"], &format!("error: {expected}"));
    }
}
