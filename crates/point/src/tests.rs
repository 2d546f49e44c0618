use crate::{PathError, Pattern, Refusal, path_segments};
use http::StatusCode;
use std::cmp::Ordering;

#[test]
fn a_path_has_one_reading() {
    #[track_caller]
    fn check(path: &str, expected: Result<&[&str], PathError>) {
        let found = path_segments(path);
        assert_eq!(found, expected.map(|all| all.iter().map(|&segment| segment.into()).collect()), "{path}");
    }
    check("/", Ok(&[]));
    check("/v1/data", Ok(&["v1", "data"]));
    check("/v1/data/", Ok(&["v1", "data"]));
    check("/v1/data/a%2Fb", Ok(&["v1", "data", "a/b"]));
    check("/v1/data/%C3%A4", Ok(&["v1", "data", "ä"]));
    check("v1", Err(PathError::NotAbsolute));
    check("*", Err(PathError::NotAbsolute));
    check("", Err(PathError::NotAbsolute));
    check("//", Err(PathError::EmptySegment));
    check("//v1", Err(PathError::EmptySegment));
    check("/v1//data", Err(PathError::EmptySegment));
    check("/v1/data//", Err(PathError::EmptySegment));
    check("/v1/../data", Err(PathError::DotSegment));
    check("/v1/%2e%2E/data", Err(PathError::DotSegment));
    check("/v1/./data", Err(PathError::DotSegment));
    check("/v1/%", Err(PathError::Escape));
    check("/v1/%4", Err(PathError::Escape));
    check("/v1/%zz", Err(PathError::Escape));
    check("/v1/%ff", Err(PathError::Escape));
}

#[test]
fn patterns_match_whole_paths() {
    #[track_caller]
    fn check(pattern: &'static str, path: &[&str], expected: bool) {
        assert_eq!(Pattern::parse(pattern).unwrap().matches(path), expected, "{pattern} {path:?}");
    }
    check("/", &[], true);
    check("/", &["v1"], false);
    check("/v1/data", &["v1", "data"], true);
    check("/v1/data", &["v1", "data", "a"], false);
    check("/v1/data", &["v1"], false);
    check("/v1/data/{path...}", &["v1", "data"], true);
    check("/v1/data/{path...}", &["v1", "data", "a", "b"], true);
    check("/v1/data/{path...}", &["v1", "policies"], false);
    check("/v1/policies/{id}", &["v1", "policies", "a"], true);
    check("/v1/policies/{id}", &["v1", "policies"], false);
    check("/v1/policies/{id}", &["v1", "policies", "a", "b"], false);
}

#[test]
fn what_is_no_pattern_is_refused() {
    for text in ["", "v1", "/v1//data", "/v1/{path...}/data", "/v1/a{b}", "/v1/", "/a%20b"] {
        let error = Pattern::parse(text).unwrap_err();
        assert!(error.to_string().starts_with(&format!("`{text}`")), "{error}");
    }
}

#[test]
fn the_more_literal_pattern_is_meant() {
    let pattern = |text| Pattern::parse(text).unwrap();
    let order = |left, right| pattern(left).cmp_specificity(&pattern(right));
    assert_eq!(order("/health/ready", "/health/{rule...}"), Ordering::Greater);
    assert_eq!(order("/health/{one}", "/health/{rule...}"), Ordering::Greater);
    assert_eq!(order("/v1/{a}/b", "/v1/data/{b}"), Ordering::Less);
}

#[test]
fn a_refusal_is_a_json_document() {
    let refusal =
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", "the body is \"too\" long").help("send less");
    let response = refusal.response();
    assert_eq!(response.status(), 413);
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    let expected =
        serde_json::json!({"code": "request_too_large", "message": "the body is \"too\" long", "help": "send less"});
    assert_eq!(body, expected);
}
