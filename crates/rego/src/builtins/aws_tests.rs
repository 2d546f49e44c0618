use crate::builtins::testing::check;

const TIME: &str = "1451311705000000000";
const CONFIG: &str = r#"{"aws_access_key": "MYAWSACCESSKEYGOESHERE",
    "aws_secret_access_key": "MYAWSSECRETACCESSKEYGOESHERE", "aws_service": "s3", "aws_region": "us-east-1"}"#;

#[test]
fn signs() {
    let scope = "MYAWSACCESSKEYGOESHERE/20151228/us-east-1/s3/aws4_request";
    let names = "host;x-amz-content-sha256;x-amz-date";
    let signature = "0047a7016c81e5c7f29cd522f97e911e04fc472fced0aee7916cbc287ad6c8e3";
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let expected = format!(
        r#"{{"method": "get", "url": "http://example.com", "headers": {{"host": "example.com",
            "x-amz-content-sha256": "{hash}", "x-amz-date": "20151228T140825Z", "Authorization":
            "AWS4-HMAC-SHA256 Credential={scope},SignedHeaders={names},Signature={signature}"}}}}"#
    );
    let request = r#"{"method": "get", "url": "http://example.com"}"#;
    check("providers.aws.sign_req", &[request, CONFIG, TIME], &expected);
}

#[test]
fn refuses_what_cannot_be_signed() {
    let request = r#"{"method": "get", "url": "http://example.com"}"#;
    for (request, config, time, error) in [
        ("1", CONFIG, TIME, "operand 1 must be object but got number"),
        (request, "1", TIME, "operand 2 must be object but got number"),
        (request, CONFIG, "1.5", "operand 3 could not convert time_ns value into a unix timestamp"),
        ("{}", CONFIG, TIME, r#"operand 1 missing required request parameters(s): {"method", "url"}"#),
        (r#"{"method": 1, "url": "a"}"#, CONFIG, TIME, {
            r#"operand 1 invalid values for required request parameters(s): {"method"}"#
        }),
        (request, "{}", TIME, {
            "operand 2 missing required AWS config parameters(s): \
             {\"aws_access_key\", \"aws_region\", \"aws_secret_access_key\", \"aws_service\"}"
        }),
        (r#"{"method": "get", "url": ":"}"#, CONFIG, TIME, r#"parse ":": missing protocol scheme"#),
    ] {
        check("providers.aws.sign_req", &[request, config, time], &format!("error: {error}"));
    }
}
