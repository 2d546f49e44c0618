//! What makes a schema invalid.

use super::{SCHEMA, problem};

#[test]
fn valid() {
    for schema in [
        "",
        SCHEMA,
        "extend type A { b: Int }",
        "scalar A @specifiedBy(url: \"b\")",
        "directive @include(if: Boolean) on FIELD",
        "interface A { b: A c: [A!] d(e: Int): Int } type B implements A { b: B c: [B!]! d(e: Int, f: Int): Int! }",
        "input A { b: A c: [A!]! = [] }",
        "extend schema { query: A } type A { b: Int }",
        "directive @a repeatable on OBJECT type A @a @a { b: Int }",
    ] {
        assert_eq!(problem("graphql.parse", &["", schema]), "", "{schema}");
    }
}

#[test]
fn invalid() {
    for (schema, expected) in [
        ("type A { b: Int } scalar A", "input:1:26: Cannot redeclare type A."),
        ("scalar Int", "input:1:8: Cannot redeclare type Int."),
        (
            "type A { b: Int } extend enum A { C }",
            "input:1:31: Cannot extend type A because the base type is a OBJECT, not ENUM.",
        ),
        ("directive @a on FIELD directive @a on FIELD", "input:1:34: Cannot redeclare directive a."),
        ("schema { query: A }", "input:1:10: Schema root query refers to a type A that does not exist."),
        (
            "type A { b: Int } schema { query: A } schema { query: A }",
            "input:1:46: Cannot have multiple schema entry points, consider schema extensions instead.",
        ),
        ("type A { b: C }", "input:1:13: Undefined type C."),
        ("type A { b: [C!] }", "input:1:14: Undefined type C."),
        (
            "type A { __b: Int }",
            "input:1:10: Name \"__b\" must not begin with \"__\", which is reserved by GraphQL introspection.",
        ),
        (
            "type __A { b: Int }",
            "input:1:6: Name \"__A\" must not begin with \"__\", which is reserved by GraphQL introspection.",
        ),
        ("union A = B", "input:1:7: Undefined type \"B\"."),
        ("union A = Int", "input:1:7: UNION type \"Int\" must be OBJECT."),
        ("type B { c: Int } union A = B | B", "input:1:33: Union type A can only include type B once."),
        ("type A implements B { c: Int }", "input:1:6: Undefined type \"B\"."),
        ("type A implements B { c: Int } type B { c: Int }", "input:1:6: \"B\" is a non interface type OBJECT."),
        (
            "type A implements B { c: Int } interface B { d: Int }",
            "input:1:6: For A to implement B it must have a field called d.",
        ),
        (
            "type A implements B { c: Int } interface B { c: Int! }",
            "input:1:23: For A to implement B the field c must have type Int!.",
        ),
        (
            "type A implements B { c: Int } interface B { c(d: Int): Int }",
            "input:1:23: For A to implement B the field c must have the same arguments but it is missing d.",
        ),
        (
            "type A implements B { c(d: ID): Int } interface B { c(d: Int): Int }",
            "input:1:25: For A to implement B the field c must have the same arguments but d has the wrong type.",
        ),
        (
            "type A implements B { c(d: ID!): Int } interface B { c: Int }",
            "input:1:25: For A to implement B any additional arguments on c must be optional or have a default value but d is required.",
        ),
        (
            "interface C { d: Int } interface B implements C { d: Int } type A implements B { d: Int }",
            "input:1:65: Type A must implement C because it is implemented by B.",
        ),
        (
            "interface A implements B { c: Int } interface B implements A { c: Int }",
            "input:1:11: Type A cannot implement B because it would create a circular reference.",
        ),
        ("type A", "input:1:6: OBJECT A: must define one or more fields."),
        ("input A", "input:1:7: INPUT_OBJECT A: must define one or more input fields."),
        ("enum A", "input:1:6: ENUM A: must define one or more unique enum values."),
        ("enum A { true }", "input:1:6: ENUM A: non-enum value true."),
        ("enum A { B B }", "input:1:12: Enum value A.B can only be defined once."),
        ("type A { b: Int b: Int }", "input:1:17: Field A.b can only be defined once."),
        (
            "input A { b: Int } type C { d: A }",
            "input:1:29: OBJECT C: field must be one of SCALAR, OBJECT, INTERFACE, UNION, ENUM.",
        ),
        (
            "type A { b: Int } input C { d: A }",
            "input:1:29: OBJECT d: field must be one of SCALAR, ENUM, INPUT_OBJECT.",
        ),
        (
            "type A { b(c: [A!]): Int }",
            "input:1:12: cannot use [A!] as argument c because OBJECT is not a valid input type",
        ),
        ("type A { b: Int @c }", "input:1:18: Undefined directive c."),
        ("type A @deprecated { b: Int }", "input:1:9: Directive deprecated is not applicable on OBJECT."),
        (
            "type A { b: Int @deprecated @deprecated }",
            "input:1:30: The directive deprecated can only be used once at this location.",
        ),
        ("scalar A @specifiedBy", "input:1:11: Argument url for directive specifiedBy cannot be null."),
        ("scalar A @specifiedBy(url: \"b\", c: 1)", "input:1:33: Undefined argument c for directive specifiedBy."),
        ("directive @a(b: Int @a) on ARGUMENT_DEFINITION", "input:1:22: Directive a cannot refer to itself."),
        (
            "directive @__a on FIELD",
            "input:1:12: Name \"__a\" must not begin with \"__\", which is reserved by GraphQL introspection.",
        ),
    ] {
        assert_eq!(problem("graphql.parse", &["", schema]), expected, "{schema}");
    }
}
