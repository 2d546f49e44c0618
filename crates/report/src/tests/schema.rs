//! The documented schema and the output agree, in both directions.

use crate::Format;
use crate::testing::{empty, sample};
use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../docs/schema/decision.schema.json")).unwrap()
}

/// As much of JSON Schema as our schema uses; a keyword it does not know is a failure, so that none goes unchecked.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    for (keyword, wanted) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "$ref" => check(
                root,
                root.pointer(wanted.as_str().unwrap().trim_start_matches('#')).unwrap(),
                value,
                at,
                problems,
            ),
            "type" => {
                let types = wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("type `{other}`"),
                };
                if !types.iter().any(is) {
                    problems.push(format!("{at}: {value} is no {wanted}"));
                }
            }
            "const" if value != wanted => problems.push(format!("{at}: {value} is not {wanted}")),
            "enum" if !wanted.as_array().unwrap().contains(value) => {
                problems.push(format!("{at}: {value} not in {wanted}"))
            }
            "minimum" if value.as_i64() < wanted.as_i64() => problems.push(format!("{at}: {value} is below {wanted}")),
            "const" | "enum" | "minimum" => {}
            "anyOf" => {
                let fits = |branch: &Value| {
                    let mut found = Vec::new();
                    check(root, branch, value, at, &mut found);
                    found.is_empty()
                };
                if !wanted.as_array().unwrap().iter().any(fits) {
                    problems.push(format!("{at}: fits none of the alternatives"));
                }
            }
            "required" => {
                for name in wanted.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        problems.push(format!("{at}: {name} is missing"));
                    }
                }
            }
            "properties" | "additionalProperties" => {
                let known = schema["properties"].as_object().unwrap();
                for (name, inner) in value.as_object().into_iter().flatten() {
                    match known.get(name) {
                        Some(known) if keyword == "properties" => {
                            check(root, known, inner, &format!("{at}/{name}"), problems)
                        }
                        None if keyword == "additionalProperties" => {
                            problems.push(format!("{at}/{name}: not in the schema"))
                        }
                        _ => {}
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, wanted, item, &format!("{at}/{index}"), problems);
                }
            }
            other => panic!("keyword `{other}`"),
        }
    }
}

pub(super) fn problems(text: &str) -> Vec<String> {
    let schema = schema();
    let mut problems = Vec::new();
    check(&schema, &schema, &serde_json::from_str(text).unwrap(), "", &mut problems);
    problems
}

#[test]
fn output_fits_the_schema() {
    for sample in [sample(), empty()] {
        assert_eq!(problems(&sample.render(Format::Json)), Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_what_is_not_our_output() {
    let text = sample().render(Format::Json);
    for (from, to, problem) in [
        ("\"verdict\": \"allow\"", "\"verdict\": \"maybe\"", "not in"),
        ("\"certain\": true", "\"certain\": 1", "is no"),
        ("\"line\": 14", "\"lines\": 14", "not in the schema"),
        ("\"version\": 1", "\"version\": 2", "is not 1"),
        ("\"denied\": 2", "\"denied\": -2", "is below"),
        ("\"address\":", "\"name\":", "alternatives"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert!(problems(&changed).iter().any(|found| found.contains(problem)), "{from}: {:?}", problems(&changed));
    }
}

#[test]
fn every_part_of_the_schema_is_described() {
    fn walk(schema: &Value, at: &str) {
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let described = property.get("description").is_some() || property.get("$ref").is_some();
            assert!(described, "{at}/{name}");
            walk(property, &format!("{at}/{name}"));
        }
    }
    let schema = schema();
    walk(&schema, "");
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        assert!(definition.get("description").is_some(), "{name}");
        walk(definition, name);
    }
}
