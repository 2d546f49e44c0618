use super::Options;
use super::case::{Case, parse};
use super::compare::{self, Got};
use super::score::Score;
use value::{Arena, Value};

fn case(text: &str) -> Case {
    let head = r#"[{"id": 7, "group": "g", "note": "g/n", "query": "data.p = x", "modules": ["package p"]"#;
    let comma = if text.is_empty() { "" } else { "," };
    parse(&format!("{head}{comma}{text}}}]")).unwrap().remove(0)
}

/// What comparing one binding of `x` says; none when it fits.
fn compare_one(text: &str, x: Value<'_>) -> Option<String> {
    compare_all(text, vec![vec![("x".to_owned(), x)]])
}

fn compare_all(text: &str, got: Got<'_>) -> Option<String> {
    compare::result(&case(text), &got).err()
}

#[test]
fn a_case_is_read_whole() {
    let case = case(
        r#""data": {"n": 12345678901234567890.10}, "input_term": "{1,}", "want_error": "bad", "strict_error": true"#,
    );
    assert_eq!((case.id, case.group.as_str(), case.query.as_str()), (7, "g", "data.p = x"));
    assert_eq!(case.input_term.as_deref(), Some("{1,}"));
    assert!(case.strict_errors && case.wants_error() && !case.sort_bindings);
    assert!(parse(r#"[{"id": 1, "group": "g", "query": "x", "modules": [1]}]"#).is_err());
    assert!(parse("{}").is_err());
}

#[test]
fn numbers_of_a_case_are_exact() {
    let case = case(r#""data": {"n": 12345678901234567890.10, "m": 1e2}"#);
    assert_eq!(case.data.as_deref(), Some(r#"{"m":100,"n":12345678901234567890.10}"#));
}

#[test]
fn values_are_compared_as_rego_does() {
    assert_eq!(compare_one(r#""want_result": [{"x": 1.0}]"#, Value::Int(1)), None);
    assert_eq!(compare_one(r#""want_result": [{"x": 2}]"#, Value::Int(1)), Some(r#"[{"x":1}]"#.to_owned()));
    assert_eq!(compare_one(r#""want_result": [{"y": 1}]"#, Value::Int(1)), Some(r#"[{"x":1}]"#.to_owned()));
}

#[test]
fn sets_become_arrays_and_keys_become_text() {
    let arena = Arena::new();
    let set = arena.set(&[Value::Int(2), Value::Int(1)]);
    assert_eq!(compare_one(r#""want_result": [{"x": [1, 2]}]"#, set), None);
    let object = arena.object(&[(Value::Int(1), set), (arena.array(&[set]), Value::Null)]);
    assert_eq!(compare_one(r#""want_result": [{"x": {"1": [1, 2], "[[1,2]]": null}}]"#, object), None);
}

#[test]
fn order_counts_unless_the_case_says_otherwise() {
    let arena = Arena::new();
    let array = arena.array(&[Value::Int(1), Value::Int(2)]);
    assert!(compare_one(r#""want_result": [{"x": [2, 1]}]"#, array).is_some());
    assert_eq!(compare_one(r#""want_result": [{"x": [2, 1]}], "sort_bindings": true"#, array), None);
}

#[test]
fn bindings_are_a_set() {
    let one = |n| vec![("x".to_owned(), Value::Int(n))];
    assert_eq!(compare_all(r#""want_result": [{"x": 1}, {"x": 2}]"#, vec![one(2), one(1), one(2)]), None);
    assert!(compare_all(r#""want_result": [{"x": 1}]"#, vec![]).is_some());
    assert_eq!(compare_all(r#""want_result": []"#, vec![]), None);
    assert!(compare_all(r#""want_result": []"#, vec![vec![]]).is_some(), "true is not undefined");
}

#[test]
fn generated_variables_count_only_when_the_case_does_not_ignore_them() {
    let got = || vec![vec![("x".to_owned(), Value::Int(1)), ("__local0__".to_owned(), Value::Int(9))]];
    assert!(compare_all(r#""want_result": [{"x": 1}]"#, got()).is_some());
    assert_eq!(compare_all(r#""want_result": [{"x": 1}], "ignore_generated_vars": true"#, got()), None);
}

#[test]
fn errors_are_compared_by_code_and_part_of_the_text() {
    let wanted = case(r#""want_error": "by zero", "want_error_code": "eval_builtin_error", "want_result": [{"x": 1}]"#);
    assert_eq!(compare::error(&wanted, "eval_builtin_error", "test-0.rego:4: divide by zero"), Ok(()));
    assert!(compare::error(&wanted, "eval_type_error", "divide by zero").is_err());
    assert!(compare::error(&wanted, "eval_builtin_error", "overflow").is_err());
    assert!(
        compare::result(&wanted, &vec![vec![("x".to_owned(), Value::Int(1))]]).is_err(),
        "the error is what counts"
    );
    let unwanted = case(r#""want_result": []"#);
    assert!(compare::error(&unwanted, "eval_builtin_error", "divide by zero").is_err());
}

#[test]
fn the_score_keeps_groups_apart() {
    let score = |passes: &[(&str, bool)]| {
        let mut score = Score::default();
        passes.iter().for_each(|(group, passed)| score.add(group, *passed));
        score
    };
    let committed = score(&[("b", true), ("a", true), ("a", false)]);
    assert_eq!(committed.to_string(), "a 1/2\nb 1/1\n");
    assert_eq!(committed.to_string().parse::<Score>().unwrap(), committed);
    let worse = score(&[("b", false), ("a", true), ("a", true)]);
    assert_eq!(worse.passed(), committed.passed(), "a gain elsewhere does not hide a loss");
    assert_eq!(worse.worse_than(&committed), ["worse: b 0/1, committed are 1"]);
    assert_eq!(score(&[("a", true)]).worse_than(&committed), ["worse: b 0/0, committed are 1"]);
    assert_eq!(committed.worse_than(&score(&[])), Vec::<String>::new());
    assert!("a b".parse::<Score>().is_err());
}

#[test]
fn options_are_read() {
    let options = Options::parse(&["--verbose", "cases.json", "--score", "s.txt", "--check"]).unwrap();
    assert!(options.verbose && options.check);
    assert_eq!(options.score.unwrap().to_str(), Some("s.txt"));
    for wrong in [&[][..], &["a", "b"], &["a", "--check"], &["a", "--score"], &["a", "--quiet"]] {
        assert!(Options::parse(wrong).is_err(), "{wrong:?}");
    }
}
