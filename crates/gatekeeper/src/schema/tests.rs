use super::Schema;
use crate::fields::Fields;
use crate::testing::yaml;
use value::{Arena, Pointer, json};

fn read(text: &str, legacy: bool) -> Result<Schema, String> {
    let arena = Arena::new();
    let fields = Fields::of_document(yaml(&arena, text)).unwrap();
    Schema::read(&fields, legacy).map_err(|mistake| format!("{}: {}", mistake.pointer, mistake.message))
}

fn structural(text: &str) -> Schema {
    read(text, false).unwrap()
}

/// A schema, a value, and what is wrong with it.
#[test]
fn values_are_held_to_schemas() {
    let arena = Arena::new();
    for (schema, value, expected) in [
        ("{type: string}", "a", ""),
        ("{type: string}", "1", "`` must be a string, and is of type number"),
        ("{type: string}", "null", "`` must be a string, and is of type null"),
        ("{type: string, nullable: true}", "null", ""),
        ("{type: integer}", "1", ""),
        ("{type: integer}", "1.0", ""),
        ("{type: integer}", "1.5", "`` must be an integer, and is of type number"),
        ("{type: number}", "1.5", ""),
        ("{type: boolean}", "true", ""),
        ("{type: boolean}", "'true'", "`` must be `true` or `false`, and is of type string"),
        ("{x-kubernetes-int-or-string: true}", "80", ""),
        ("{x-kubernetes-int-or-string: true}", "'80%'", ""),
        ("{x-kubernetes-int-or-string: true}", "[]", "`` must be an integer or a string, and is of type array"),
        ("{type: array, items: {type: string}}", "[a, b]", ""),
        ("{type: array, items: {type: string}}", "[a, 1]", "`[1]` must be a string, and is of type number"),
        ("{type: object, properties: {a: {type: string}}, required: [a]}", "{}", "`a` is missing"),
        ("{type: object, properties: {a: {type: string}}, required: [a]}", "{a: x}", ""),
        (
            "{type: object, properties: {a: {type: array, items: {type: object, properties: {b: {type: integer}}}}}}",
            "{a: [{b: 1}, {b: x}]}",
            "`a[1].b` must be an integer, and is of type string",
        ),
        (
            "{type: object, additionalProperties: {type: integer}}",
            "{a: x}",
            "`a` must be an integer, and is of type string",
        ),
        ("{type: object, additionalProperties: false}", "{a: x}", "`a` may not be there"),
        ("{type: string, enum: [a, b]}", "b", ""),
        ("{type: string, enum: [a, b]}", "c", "`` is \"c\", and must be one of \"a\", \"b\""),
        ("{type: string, pattern: '^a+$'}", "aa", ""),
        ("{type: string, pattern: '^a+$'}", "ab", "`` does not match the pattern `^a+$`"),
        ("{type: string, minLength: 2, maxLength: 3}", "é", "`` has 1 characters, and must have at least 2"),
        ("{type: string, maxLength: 3}", "abcd", "`` has 4 characters, and may have at most 3"),
        ("{type: integer, minimum: 1}", "0", "`` is 0, and must be at least 1"),
        ("{type: integer, minimum: 1, exclusiveMinimum: true}", "1", "`` is 1, and must be more than 1"),
        ("{type: integer, maximum: 1}", "2", "`` is 2, and must be at most 1"),
        ("{type: number, multipleOf: 0.1}", "0.3", ""),
        ("{type: number, multipleOf: 0.1}", "0.35", "`` is 0.35, and must be a multiple of 0.1"),
        ("{type: array, items: {type: integer}, minItems: 1}", "[]", "`` has 0 items, and must have at least 1"),
        ("{type: array, items: {type: integer}, uniqueItems: false}", "[1, 2, 1]", ""),
        (
            "{type: object, maxProperties: 1, x-kubernetes-preserve-unknown-fields: true}",
            "{a: 1, b: 2}",
            "`` has 2 properties, and may have at most 1",
        ),
        ("{type: string, anyOf: [{pattern: a}, {pattern: b}]}", "c", "`` fulfils none of the schemas in `anyOf`"),
        ("{type: string, anyOf: [{pattern: a}, {pattern: b}]}", "b", ""),
        (
            "{type: string, oneOf: [{pattern: a}, {pattern: b}]}",
            "ab",
            "`` fulfils 2 of the schemas in `oneOf`, and must fulfil one",
        ),
        ("{type: string, allOf: [{pattern: a}, {pattern: b}]}", "a", "`` does not match the pattern `b`"),
        ("{type: string, not: {pattern: a}}", "a", "`` fulfils the schema in `not`"),
        ("{type: string, format: ipv4}", "10.0.0.1", ""),
        ("{type: string, format: ipv4}", "10.0.0", "`` is not in the format `ipv4` that its schema asks for"),
        ("{type: string, format: cidr}", "10.0.0.0/33", "`` is not in the format `cidr` that its schema asks for"),
        ("{type: string, format: password}", "anything", ""),
        (
            "{type: string, format: date-time}",
            "'2024-02-30T10:00:00Z'",
            "`` is not in the format `datetime` that its schema asks for",
        ),
        ("{type: string, format: date-time}", "'2024-02-29T10:00:00Z'", ""),
    ] {
        let found = structural(schema).check(yaml(&arena, value), &Pointer::root());
        let found: Vec<_> = found.iter().map(|mistake| mistake.message.as_str()).collect();
        assert_eq!(found.join("; "), expected, "{schema} {value}");
    }
}

#[test]
fn what_an_api_server_would_drop_is_unknown() {
    let arena = Arena::new();
    let labels =
        "{type: object, properties: {labels: {type: array, items: {type: object, properties: {key: {type: string}}}}}}";
    for (schema, value, expected) in [
        (labels, "{labels: [{key: a}]}", ""),
        (labels, "{label: []}", "/label did you mean `labels`?"),
        (
            labels,
            "{labels: [{key: a, value: b}]}",
            "/labels/0/value remove it, or correct its name: an API server would drop it",
        ),
        ("{type: object}", "{a: 1}", "/a remove it, or correct its name: an API server would drop it"),
        ("{type: object, x-kubernetes-preserve-unknown-fields: true}", "{a: {b: 1}}", ""),
        (
            "{type: object, additionalProperties: {type: object, properties: {b: {type: integer}}}}",
            "{x: {c: 1}}",
            "/x/c did you mean `b`?",
        ),
        ("{type: object, additionalProperties: true}", "{x: {c: 1}}", ""),
    ] {
        let found = structural(schema).unknown_fields(yaml(&arena, value), &Pointer::root());
        let found: Vec<_> = found
            .iter()
            .map(|mistake| format!("{} {}", mistake.pointer, mistake.help.as_deref().unwrap_or("")))
            .collect();
        assert_eq!(found.join("; "), expected, "{schema} {value}");
    }
    // A legacy schema keeps everything, whatever it leaves out.
    let legacy = read("{properties: {labels: {type: array, items: string}, sizes: {properties: {}}}}", true).unwrap();
    let value = yaml(&arena, "{labels: [a, {b: 1}], sizes: {x: 1}, other: 2}");
    assert_eq!(legacy.unknown_fields(value, &Pointer::root()), []);
    assert_eq!(legacy.check(value, &Pointer::root()), []);
}

#[test]
fn defaults_stand_in_for_what_is_left_out() {
    let arena = Arena::new();
    let schema = structural(
        "{type: object, properties: {a: {type: integer, default: 1}, b: {type: object, default: {}, properties: {c: {type: string, default: x}}},
          d: {type: object, properties: {e: {type: integer, default: 2}}}, list: {type: array, items: {type: object, properties: {f: {type: integer, default: 3}}}},
          m: {type: integer, nullable: true, default: 4}}}",
    );
    for (value, expected) in [
        ("{}", r#"{"a":1,"b":{"c":"x"},"m":4}"#),
        ("{a: 5, b: {c: z}}", r#"{"a":5,"b":{"c":"z"},"m":4}"#),
        ("{d: {}, list: [{}, {f: 9}]}", r#"{"a":1,"b":{"c":"x"},"d":{"e":2},"list":[{"f":3},{"f":9}],"m":4}"#),
        ("{a: null, m: null}", r#"{"a":1,"b":{"c":"x"},"m":null}"#),
    ] {
        assert_eq!(json::to_string(schema.with_defaults(&arena, yaml(&arena, value))), expected, "{value}");
    }
}

#[test]
fn schemas_that_an_api_server_refuses() {
    for (schema, expected) in [
        ("{properties: {}}", ": `type` is missing"),
        ("{type: object, properties: {a: {description: x}}}", "/properties/a: `properties.a.type` is missing"),
        ("{type: array}", ": `items` is missing"),
        (
            "{type: strin}",
            "/type: `strin` is no type: use one of `object`, `array`, `string`, `boolean`, `integer`, `number`",
        ),
        ("{type: string, pattern: '('}", "/pattern: `(` is no regular expression: unclosed group"),
        ("{type: string, minLength: -1}", "/minLength: `minLength` must be a count"),
        ("{type: [string]}", "/type: `type` must be a string, and is of type array"),
    ] {
        assert_eq!(read(schema, false).unwrap_err(), expected, "{schema}");
    }
    let deep = "{type: object, properties: {a: ".repeat(100) + "{type: string}" + &"}}".repeat(100);
    assert!(read(&deep, false).unwrap_err().contains("nests deeper than 64 levels"));
    // Tests of a value need not say again what it is.
    assert!(read("{type: string, anyOf: [{pattern: a}]}", false).is_ok());
}

/// What an API server refuses of a template, and what of that `legacySchema` makes allowed; found out with gator 3.23.
#[test]
fn schemas_that_are_not_structural() {
    let property = |schema: &str| format!("{{type: object, properties: {{a: {schema}}}}}");
    for (schema, expected) in [
        ("{type: string, default: 3}", "default: `properties.a.default` must be a string, and is of type number"),
        ("{type: string, enum: [x], default: q}", "default: `properties.a.default` is \"q\", and must be one of \"x\""),
        (
            "{type: object, default: {b: 1}, properties: {b: {type: string}}}",
            "default/b: `properties.a.default.b` must be a string, and is of type number",
        ),
        (
            "{type: object, default: {}, required: [b], properties: {b: {type: string, default: q}}}",
            "default: `properties.a.default.b` is missing",
        ),
        (
            "{type: array, items: {type: string}, default: [1]}",
            "default/0: `properties.a.default[0]` must be a string, and is of type number",
        ),
        ("{type: string, default: null}", ""),
        ("{type: integer, default: 1.0}", ""),
        ("{type: string, $ref: '#/x'}", "$ref: `$ref` is not supported in a template's schema"),
        ("{type: string, anyOf: [{$ref: '#/x'}]}", "anyOf/0/$ref: `$ref` is not supported in a template's schema"),
        (
            "{type: object, patternProperties: {x: {type: string}}}",
            "patternProperties: `patternProperties` is not supported in a template's schema",
        ),
        (
            "{type: array, items: {type: string}, uniqueItems: true}",
            "uniqueItems: `uniqueItems` may not be `true` in a template's schema",
        ),
        ("{type: array, items: [{type: string}]}", "items: `items` must be one schema for all items"),
        (
            "{type: object, properties: {b: {type: string}}, additionalProperties: {type: string}}",
            "additionalProperties: `additionalProperties` may not stand beside `properties`",
        ),
        (
            "{type: object, properties: {b: {type: string}}, additionalProperties: false}",
            "additionalProperties: `additionalProperties` may not stand beside `properties`",
        ),
        ("{type: object, properties: {b: {type: string}}, additionalProperties: true}", ""),
        ("{type: object, properties: {}, additionalProperties: {type: string}}", ""),
        (
            "{type: string, anyOf: [{type: string}]}",
            "anyOf/0/type: `type` may not stand inside `allOf`, `anyOf`, `oneOf` or `not`",
        ),
        (
            "{type: string, not: {description: x}}",
            "not/description: `description` may not stand inside `allOf`, `anyOf`, `oneOf` or `not`",
        ),
        ("{type: object, anyOf: [{properties: {b: {minLength: 1}}}]}", ""),
        ("{type: string, oneOf: [{nullable: false}]}", ""),
    ] {
        for legacy in [false, true] {
            let found = read(&property(schema), legacy).err().unwrap_or_default();
            let expected = if expected.is_empty() { String::new() } else { format!("/properties/a/{expected}") };
            assert_eq!(found, expected, "{schema} {legacy}");
        }
    }
    for (schema, expected) in [
        ("{type: object, default: {z: 1}}", "default/z: `properties.a.default.z` is no field that is known here"),
        (
            "{type: object, x-kubernetes-preserve-unknown-fields: false}",
            "x-kubernetes-preserve-unknown-fields: `x-kubernetes-preserve-unknown-fields` may only be `true`",
        ),
    ] {
        assert_eq!(read(&property(schema), false).unwrap_err(), format!("/properties/a/{expected}"), "{schema}");
        assert!(read(&property(schema), true).is_ok(), "{schema}");
    }
    for (types, expected) in [("{type: integer}, {type: string}", true), ("{type: string}, {type: integer}", false)] {
        for all_of in [false, true] {
            let any_of = format!("anyOf: [{types}]");
            let tests = if all_of { format!("allOf: [{{{any_of}}}, {{pattern: x}}]") } else { any_of };
            let schema = property(&format!("{{x-kubernetes-int-or-string: true, {tests}}}"));
            assert_eq!(read(&schema, false).is_ok(), expected, "{schema}");
        }
    }
}
