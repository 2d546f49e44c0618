//! What makes a query invalid.

use super::{SCHEMA, problem};

#[test]
fn valid() {
    for query in [
        "{ hero { name ... on Human { age } ...F } } fragment F on Droid { primary }",
        "query($e: Episode, $n: Int) @tag(name: \"a\") @tag(name: \"b\") { hero(episode: $e, count: $n) { id } }",
        "query($e: Episode! = JEDI) { hero(episode: $e) { id @include(if: true) } }",
        "{ search(text: \"a\", filter: {kinds: [\"b\"], must: true, inner: {must: false}}) { __typename } }",
        "{ color(is: RED, by: 1, on: true) date(at: {any: [1]}) list(of: [1], rows: [[\"a\"], null]) }",
        "mutation { create(input: {name: \"a\"}) { id } }",
        "subscription { changed { id } }",
        "{ __schema { types { name } } __type(name: \"A\") { fields { name } } }",
        "query A { id } query B { id }",
        "{ human(id: 1) { id } other: human(id: \"1\") { id } }",
        "{ hero { ... on Human { x: name } ... on Droid { x: primary } } }",
        "{ one(pick: {a: 1}) }",
        "query($a: Int!) { one(pick: {a: $a}) }",
    ] {
        assert_eq!(problem("graphql.parse", &[query, SCHEMA]), "", "{query}");
    }
}

#[test]
fn fields_and_fragments() {
    check(&[
        ("{ hreo }", "Cannot query field \"hreo\" on type \"Query\". Did you mean \"hero\"?\n at 1:3"),
        (
            "{ hero { age } }",
            "Cannot query field \"age\" on type \"Character\". Did you mean to use an inline fragment on \"Droid\" or \"Human\"?\n at 1:10",
        ),
        ("{ id(a: 1) }", "Unknown argument \"a\" on field \"Query.id\" at 1:3"),
        (
            "{ human { id } }",
            "Field \"human\" argument \"id\" of type \"ID!\" is required, but it was not provided at 1:3",
        ),
        (
            "{ hero }",
            "Field \"hero\" of type \"Character\" must have a selection of subfields. Did you mean \"hero { ... }\"?\n at 1:3",
        ),
        ("{ id { __typename } }", "Field \"id\" must not have a selection since type \"ID\" has no subfields at 1:3"),
        ("{ hero(count: 1, count: 2) { id } }", "There can be only one argument named \"count\" at 1:18"),
        ("{ ...F }", "Unknown fragment \"F\" at 1:6"),
        ("{ id } fragment F on Query { id }", "Fragment \"F\" is never used at 1:8"),
        ("{ ...F } fragment F on Qery { id }", "Unknown type \"Qery\". Did you mean \"Query\"?\n at 1:10"),
        ("{ ... on Color { __typename } }", "Fragment cannot condition on non composite type \"Color\" at 1:7"),
        ("{ ... on Nothing { id } }", "Unknown type \"Nothing\" at 1:7"),
        (
            "{ hero { ... on Ship { name } } }",
            "Fragment cannot be spread here as objects of type \"Character\" can never be of type \"Ship\" at 1:14",
        ),
        (
            "{ hero { ...F } } fragment F on Ship { name }",
            "Fragment \"F\" cannot be spread here as objects of type \"Character\" can never be of type \"Ship\" at 1:13",
        ),
        (
            "{ hero { ...F } } fragment F on Character { friends { ...F } }",
            "Cannot spread fragment \"F\" within itself at 1:58",
        ),
        (
            "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }",
            "Cannot spread fragment \"F\" within itself via \"G\" at 1:64",
        ),
        (
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
            "Maximum introspection depth exceeded\n at 1:3",
        ),
    ]);
}

#[test]
fn operations_and_variables() {
    check(&[
        ("{ id } query A { id }", "This anonymous operation must be the only defined operation at 1:1"),
        ("query A { id } query A { id }", "There can be only one operation named \"A\" at 1:16"),
        (
            "subscription { changed { id } other }",
            "Anonymous Subscription must select only one top level field at 1:31",
        ),
        (
            "subscription S { __typename }",
            "Subscription \"S\" must not select an introspection top level field at 1:18",
        ),
        ("query($a: Int) { id }", "Variable \"$a\" is never used at 1:7"),
        ("query A($a: Int) { id }", "Variable \"$a\" is never used in operation \"A\" at 1:9"),
        ("{ hero(count: $a) { id } }", "Variable \"$a\" is not defined at 1:15"),
        (
            "query A { ...F } fragment F on Query { hero(count: $a) { id } }",
            "Variable \"$a\" is not defined by operation \"A\" at 1:52",
        ),
        (
            "query($a: Int, $a: Int) { hero(count: $a) { id } }",
            "Variable \"$a\" is never used.\ninput:1:16: There can be only one variable named \"$a\" at 1:16",
        ),
        (
            "query($a: Nothing) { date(at: $a) }",
            "Unknown type \"Nothing\".\ninput:1:31: Variable \"$a\" of type \"Nothing\" used in position expecting type \"Date\" at 1:7",
        ),
        (
            "query($a: Human) { date(at: $a) }",
            "Variable \"$a\" of type \"Human\" used in position expecting type \"Date\".\ninput:1:7: Variable \"$a\" cannot be non-input type \"Human\" at 1:29",
        ),
        (
            "query($a: ID) { human(id: $a) { id } }",
            "Variable \"$a\" of type \"ID\" used in position expecting type \"ID!\" at 1:27",
        ),
        (
            "query($a: [Int]) { list(of: $a) }",
            "Variable \"$a\" of type \"[Int]\" used in position expecting type \"[Int!]\" at 1:29",
        ),
        (
            "query($a: Int) { one(pick: {a: $a}) }",
            "Variable \"$a\" is of type \"Int\" but must be non-nullable to be used for OneOf Input Object \"Pick\" at 1:7",
        ),
    ]);
    let schema = "type A { b: Int }";
    assert_eq!(
        problem("graphql.parse", &["{ b }", schema]),
        "Schema does not support operation type \"query\"\n at 1:1"
    );
}

#[test]
fn directives() {
    check(&[
        ("{ id @nope }", "Unknown directive \"@nope\" at 1:7"),
        ("{ id @deprecated }", "Directive \"@deprecated\" may not be used on FIELD at 1:7"),
        ("{ id @once @once }", "The directive \"@once\" can only be used once at this location at 1:13"),
        (
            "{ id @include }",
            "Directive \"@include\" argument \"if\" of type \"Boolean!\" is required, but it was not provided at 1:7",
        ),
        (
            "{ id @include(iff: true, if: true) }",
            "Unknown argument \"iff\" on directive \"@include\". Did you mean \"if\"?\n at 1:7",
        ),
    ]);
}

#[test]
fn values() {
    check(&[
        ("{ human(id: null) { id } }", "Expected value of type \"ID!\", found null at 1:13"),
        ("{ human(id: 1.5) { id } }", "ID cannot represent a non-string and non-integer value: 1.5\n at 1:13"),
        ("{ hero(count: \"1\") { id } }", "Int cannot represent non-integer value: \"1\"\n at 1:16"),
        (
            "{ hero(count: 99999999999999999999) { id } }",
            "Int cannot represent non 32-bit signed integer value: 99999999999999999999\n at 1:15",
        ),
        (
            "{ hero(episode: \"JEDI\") { id } }",
            "Enum \"Episode\" cannot represent non-enum value: \"JEDI\". Did you mean the enum value \"JEDI\"?\n at 1:18",
        ),
        (
            "{ hero(episode: JEDY) { id } }",
            "Value \"JEDY\" does not exist in \"Episode\" enum. Did you mean the enum value \"JEDI\"?\n at 1:17",
        ),
        ("{ hero(episode: 1) { id } }", "Enum \"Episode\" cannot represent non-enum value: 1 at 1:17"),
        ("{ search(text: x) { __typename } }", "String cannot represent a non string value: x\n at 1:16"),
        (
            "{ color(is: RED, by: 1e999, on: 1) }",
            "Float cannot represent non numeric value: 1e999\ninput:1:33: Boolean cannot represent a non boolean value: 1\n at 1:22",
        ),
        ("{ hero(count: [1, 2]) { id } }", "Int cannot represent non-integer value: [1,2]\n at 1:15"),
        (
            "{ search(text: \"\", filter: {}) { __typename } }",
            "Field \"Filter.must\" of required type \"Boolean!\" was not provided at 1:28",
        ),
        (
            "{ search(text: \"\", filter: {must: true, kind: 1}) { __typename } }",
            "Field \"kind\" is not defined by type \"Filter\". Did you mean \"kinds\"?\n at 1:41",
        ),
        (
            "{ search(text: \"\", filter: {must: true, must: true}) { __typename } }",
            "There can be only one input field named \"must\" at 1:41",
        ),
        ("{ one(pick: {a: 1, b: \"\"}) }", "OneOf Input Object \"Pick\" must specify exactly one key at 1:13"),
        ("{ one(pick: {b: null}) }", "Field \"Pick.a\" must be non-null at 1:17"),
    ]);
}

#[test]
fn overlapping_fields() {
    let advice = "Use different aliases on the fields to fetch both if this was intentional";
    for (query, reason, place) in [
        ("{ a: id a: one }", "\"a\" conflict because \"id\" and \"one\" are different fields", "1:9"),
        (
            "{ human(id: 1) { id } human(id: 2) { id } }",
            "\"human\" conflict because they have differing arguments",
            "1:23",
        ),
        (
            "{ hero { ... on Human { age } ... on Droid { age } } }",
            "\"age\" conflict because they return conflicting types \"Int!\" and \"String\"",
            "1:46",
        ),
        (
            "{ hero { a: id } hero { a: name } }",
            "\"hero\" conflict because subfields \"a\" conflict because \"id\" and \"name\" are different fields",
            "1:18",
        ),
        (
            "{ ...F ...G } fragment F on Query { a: id } fragment G on Query { a: one }",
            "\"a\" conflict because \"id\" and \"one\" are different fields",
            "1:67",
        ),
        (
            "{ a: id ...F } fragment F on Query { a: one }",
            "\"a\" conflict because \"id\" and \"one\" are different fields",
            "1:38",
        ),
    ] {
        check(&[(query, &format!("Fields {reason}. {advice} at {place}"))]);
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (query, expected) in cases {
        assert_eq!(problem("graphql.parse", &[query, SCHEMA]), *expected, "{query}");
    }
}
