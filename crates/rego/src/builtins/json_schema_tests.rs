use crate::builtins::testing::check;

/// The errors of a document, as `type field: description`.
#[track_caller]
fn errors(document: &str, schema: &str, expected: &[(&str, &str, &str)]) {
    let errors: Vec<_> = expected
        .iter()
        .map(|(kind, field, description)| {
            let error = format!("{field}: {description}");
            format!(r#"{{"error": {error:?}, "type": {kind:?}, "field": {field:?}, "desc": {description:?}}}"#)
        })
        .collect();
    let expected = format!("[{}, [{}]]", expected.is_empty(), errors.join(", "));
    check("json.match_schema", &[document, schema], &expected);
}

#[test]
fn checks_documents() {
    for (document, schema, expected) in [
        ("{}", "{}", &[][..]),
        (r#""{\"a\": 1}""#, r#""{\"type\": \"object\"}""#, &[]),
        (r#"{"a": 1.0}"#, r#"{"properties": {"a": {"type": "integer"}}}"#, &[]),
        (
            r#"{"a": 1.5}"#,
            r#"{"properties": {"a": {"type": ["integer", "null"]}}}"#,
            &[("invalid_type", "a", "Invalid type. Expected: [integer,null], given: number")],
        ),
        ("[]", r#"{"type": "object"}"#, &[("invalid_type", "(root)", "Invalid type. Expected: object, given: array")]),
        (
            r#"{"b": 1}"#,
            r#"{"required": ["a"], "additionalProperties": false, "maxProperties": 0}"#,
            &[
                ("array_max_properties", "(root)", "Must have at most 0 properties"),
                ("required", "(root)", "a is required"),
                ("additional_property_not_allowed", "(root)", "Additional property b is not allowed"),
            ],
        ),
        (
            r#"{"xs": [1, 1.0, "a"]}"#,
            r#"{"properties": {"xs": {"items": {"type": "number"}, "uniqueItems": true, "maxItems": 2}}}"#,
            &[
                ("invalid_type", "xs.2", "Invalid type. Expected: number, given: string"),
                ("array_max_items", "xs", "Array must have at most 2 items"),
                ("unique", "xs", "array items[0,1] must be unique"),
            ],
        ),
        (
            "[1, 2, 3]",
            r#"{"items": [{"minimum": 2}, {"maximum": 1.5}], "additionalItems": {"multipleOf": 2}}"#,
            &[
                ("number_gte", "0", "Must be greater than or equal to 2"),
                ("number_lte", "1", "Must be less than or equal to 1.5"),
                ("multiple_of", "2", "Must be a multiple of 2"),
            ],
        ),
        (
            r#"["a", "bb", "", "x<"]"#,
            r#"{"items": {"minLength": 1, "pattern": "^[a-z]$", "enum": ["a", "<"]}}"#,
            &[
                ("enum", "1", r#"1 must be one of the following: "a", "\u003c""#),
                ("pattern", "1", "Does not match pattern '^[a-z]$'"),
                ("enum", "2", r#"2 must be one of the following: "a", "\u003c""#),
                ("string_gte", "2", "String length must be greater than or equal to 1"),
                ("pattern", "2", "Does not match pattern '^[a-z]$'"),
                ("enum", "3", r#"3 must be one of the following: "a", "\u003c""#),
                ("pattern", "3", "Does not match pattern '^[a-z]$'"),
            ],
        ),
        (
            r#"{"a": 1000000}"#,
            r#"{"properties": {"a": {"const": 2, "exclusiveMaximum": 1000000}}}"#,
            &[("number_lt", "a", "Must be less than 1e+06"), ("const", "a", "a does not match: 2")],
        ),
        (
            r#"{"a": 1}"#,
            r#"{"$schema": "http://json-schema.org/draft-04/schema#", "const": 2,
                "properties": {"a": {"minimum": 1, "exclusiveMinimum": true}}}"#,
            &[("number_gt", "a", "Must be greater than 1")],
        ),
        (
            r#"{"a": 1}"#,
            r#"{"dependencies": {"a": ["b"]}}"#,
            &[("missing_dependency", "(root)", "Has a dependency on b")],
        ),
        (
            r#"{"ab": 1}"#,
            r#"{"patternProperties": {"^a": {"type": "string"}}, "propertyNames": {"maxLength": 1}}"#,
            &[
                ("invalid_type", "ab", "Invalid type. Expected: string, given: integer"),
                ("invalid_property_name", "(root)", r#"Property name of "ab" does not match"#),
                ("string_lte", "(root)", "String length must be less than or equal to 1"),
            ],
        ),
        (
            "[1]",
            r#"{"contains": false}"#,
            &[
                ("contains", "(root)", "At least one of the items must match"),
                ("false", "0", "False always fails validation"),
            ],
        ),
        ("[1]", r#"{"not": {}}"#, &[("number_not", "(root)", "Must not validate the schema (not)")]),
        (
            r#"{"a": 1}"#,
            r#"{"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": false}"#,
            &[
                ("condition_then", "(root)", r#"Must validate "then" as "if" was valid"#),
                ("required", "(root)", "b is required"),
            ],
        ),
    ] {
        errors(document, schema, expected);
    }
}

#[test]
fn chooses_the_closest_of_several_schemas() {
    let schema = r#"{"oneOf": [
        {"type": "object", "required": ["kind", "size"], "properties": {"kind": {"const": "disk"}}},
        {"type": "string"}]}"#;
    errors(
        r#"{"kind": "disk"}"#,
        schema,
        &[
            ("number_one_of", "(root)", "Must validate one and only one schema (oneOf)"),
            ("required", "(root)", "size is required"),
        ],
    );
    let both = r#"{"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}"#;
    errors(
        r#"{"a": 1, "b": 2}"#,
        both,
        &[("number_one_of", "(root)", "Must validate one and only one schema (oneOf)")],
    );
    errors(
        "[]",
        r#"{"anyOf": [{"type": "string"}, {"minItems": 1}]}"#,
        &[
            ("number_any_of", "(root)", "Must validate at least one schema (anyOf)"),
            ("array_min_items", "(root)", "Array must have at least 1 items"),
        ],
    );
    errors(
        "[]",
        r#"{"allOf": [{"minItems": 1}, true]}"#,
        &[
            ("array_min_items", "(root)", "Array must have at least 1 items"),
            ("number_all_of", "(root)", "Must validate all the schemas (allOf)"),
        ],
    );
}

#[test]
fn follows_references() {
    let tree =
        r##"{"type": "object", "properties": {"children": {"items": {"$ref": "#"}}}, "additionalProperties": false}"##;
    errors(
        r#"{"children": [{"children": [1]}]}"#,
        tree,
        &[("invalid_type", "children.0.children.0", "Invalid type. Expected: object, given: integer")],
    );
    for reference in
        ["#/definitions/name", "#name", "https://example.com/schemas/name.json", "name.json", "/schemas/name.json"]
    {
        let id = if reference == "#name" { "#name" } else { "name.json" };
        let schema = format!(
            r#"{{"$id": "https://example.com/schemas/root.json", "properties": {{"a": {{"$ref": {reference:?}}}}},
                "definitions": {{"name": {{"$id": {id:?}, "type": "string"}}}}}}"#
        );
        errors(r#"{"a": 1}"#, &schema, &[("invalid_type", "a", "Invalid type. Expected: string, given: integer")]);
    }
    for (schema, problem) in [
        (r##"{"$ref": "#/a"}"##, "Object has no key 'a'"),
        (r#"{"$ref": "a.json"}"#, "Reference a.json must be canonical"),
        (r#"{"$ref": "https://example.com/a.json"}"#, "remote reference loading disabled"),
    ] {
        check("json.match_schema", &["{}", schema], &format!("error: {problem}"));
        check("json.verify_schema", &[schema], &format!("[false, \"jsonschema: {problem}\"]"));
    }
    check("json.match_schema", &["{}", r##"{"allOf": [{"$ref": "#"}]}"##], {
        "error: the schema refers to itself without end"
    });
    check("json.match_schema", &["{}", r##"{"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}"##], {
        "error: the schema refers to itself without end"
    });
}

#[test]
fn verifies_schemas() {
    for (schema, problem) in [
        (
            r#"{"type": "any"}"#,
            "has a primitive type that is NOT VALID -- given: /any/ Expected valid values are:[array boolean integer number null object string]",
        ),
        (r#"{"type": ["null", "null"]}"#, "null type is duplicated"),
        (r#"{"type": 1}"#, "Invalid type. Expected: type, given: string/array of strings"),
        (r#"{"properties": []}"#, "properties must be of type object"),
        (r#"{"properties": {"a": 1}}"#, "Expected: schema, given: Invalid JSON"),
        (r#"{"multipleOf": 0}"#, "multipleOf must be strictly greater than 0"),
        (r#"{"minimum": "1"}"#, "minimum must be of a number"),
        (r#"{"exclusiveMinimum": true}"#, "exclusiveMinimum cannot be used without minimum"),
        (r#"{"minLength": -1}"#, "minLength must be greater than or equal to 0"),
        (r#"{"minLength": 2, "maxLength": 1}"#, "minLength cannot be greater than maxLength"),
        (r#"{"pattern": "("}"#, "pattern must be a valid regex"),
        (r#"{"patternProperties": {"(": {}}}"#, "Invalid regex pattern '('"),
        (r#"{"required": ["a", "a"]}"#, "required items must be unique"),
        (r#"{"enum": [1, 1.0]}"#, "enum items must be unique"),
        (r#"{"allOf": {}}"#, "allOf must be of an array"),
        (r#"{"not": 1}"#, "not must be of an object"),
        ("[]", "schema is invalid"),
        ("1", "wrong type, expected string or object"),
        (r#""{""#, "invalid JSON string"),
    ] {
        let expected = format!("[false, {:?}]", format!("jsonschema: {problem}"));
        check("json.verify_schema", &[schema], &expected);
    }
    check("json.verify_schema", &[r#"{"type": "object", "unheard": 1, "enum": []}"#], "[true, null]");
    check("json.verify_schema", &["unknown"], "unknown");
}

#[test]
fn knows_formats() {
    for (format, good, bad) in [
        ("date", "2024-02-29", "2023-02-29"),
        ("time", "10:00:00Z", "25:00:00"),
        ("date-time", "2024-01-02T03:04:05.678+02:00", "2024-01-02 03:04"),
        ("hostname", "a-b.example", "-a.example"),
        ("email", "Ann <ann@example.com>", "ann.example.com"),
        ("ipv4", "10.0.0.1", "10.0.0.256"),
        ("ipv6", "::1", "10.0.0.1"),
        ("uri", "urn:a:b", "/a"),
        ("uri-reference", "/a", "%"),
        ("uri-template", "/a/{b}", "/a/{b"),
        ("uuid", "00000000-0000-0000-0000-00000000000A", "0"),
        ("regex", "a+", "("),
        ("json-pointer", "/a~1b", "a"),
        ("relative-json-pointer", "1/a", "01"),
    ] {
        let schema = format!("{{\"items\": {{\"format\": {format:?}}}}}");
        errors(&format!("[{good:?}, 1]"), &schema, &[]);
        errors(&format!("[{bad:?}]"), &schema, &[("format", "0", &format!("Does not match format '{format}'"))]);
    }
    errors(r#"["x"]"#, r#"{"items": {"format": "unheard"}}"#, &[]);
}
