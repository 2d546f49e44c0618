//! Signing requests to AWS: Signature Version 4.

use super::go_url::Url;
use super::http::{body_of, key_set, request_object};
use super::operand::{OBJECT, any};
use super::{Builtin, BuiltinError, Context, Parameter, Type};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write;
use value::{Object, Value};

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

pub(super) const FAMILY: &[Builtin] = &[Builtin::of_leaves(
    "providers.aws.sign_req",
    "Signs an HTTP request for AWS (Signature Version 4), so that `http.send` can send it.",
    &[
        Parameter::new("request", Type::Object(&Type::String, &Type::Any), "the request, as `http.send` takes it"),
        Parameter::new(
            "aws_config",
            Type::Object(&Type::String, &Type::Any),
            "`aws_access_key`, `aws_secret_access_key`, `aws_region` and `aws_service`; if wanted `aws_session_token` and \
             `disable_payload_signing`",
        ),
        Parameter::new("time_ns", Type::Number, "the time of the signature, in nanoseconds since the Unix epoch"),
    ],
    Parameter::new("signed_request", OBJECT, "`request` with the headers of its signature"),
    sign_request,
)];

/// What proxies change on the way is not signed.
const UNSIGNED_HEADERS: [&str; 3] = ["authorization", "user-agent", "x-amzn-trace-id"];

/// What stands for the hash of a body that is not signed.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

struct Credentials<'a> {
    access_key: &'a str,
    secret_key: &'a str,
    region: &'a str,
    service: &'a str,
    /// Empty for credentials that last.
    session_token: &'a str,
}

impl<'a> Credentials<'a> {
    fn read(config: &'a Object<'a>) -> std::result::Result<Self, BuiltinError> {
        const REQUIRED: [&str; 4] = ["aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"];
        let missing: Vec<_> = REQUIRED.into_iter().filter(|key| config.get_str(key).is_none()).collect();
        if !missing.is_empty() {
            let problem = format!("missing required AWS config parameters(s): {}", key_set(missing));
            return Err(BuiltinError::contents(1, problem));
        }
        let text = |key: &str| config.get_str(key).and_then(Value::as_str);
        let invalid: Vec<_> = REQUIRED.into_iter().filter(|key| text(key).is_none()).collect();
        if !invalid.is_empty() {
            let problem = format!("invalid values for required AWS config parameters(s): {}", key_set(invalid));
            return Err(BuiltinError::contents(1, problem));
        }
        let text = |key: &str| text(key).unwrap_or_default();
        Ok(Self {
            access_key: text("aws_access_key"),
            secret_key: text("aws_secret_access_key"),
            region: text("aws_region"),
            service: text("aws_service"),
            session_token: text("aws_session_token"),
        })
    }
}

fn sign_request<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let arena = context.arena;
    let object_at = |index: usize| {
        let operand = any(operands, index);
        operand.as_object().ok_or_else(|| BuiltinError::operand(index, "object", operand))
    };
    object_at(0)?;
    let config = object_at(1)?;
    let credentials = Credentials::read(config)?;
    let time = any(operands, 2);
    if !time.is_number() {
        return Err(BuiltinError::operand(2, "number", time));
    }
    let wrong_time = || BuiltinError::contents(2, "could not convert time_ns value into a unix timestamp");
    let time = time.as_i64().ok_or_else(wrong_time)?;
    let time = Timestamp::from_nanosecond(i128::from(time)).map_err(|_| wrong_time())?;

    let request = request_object(operands, 0)?;
    let headers = match request.get_str("headers") {
        None => Vec::new(),
        Some(Value::Object(headers)) => {
            let text = |value: Value<'a>| value.as_str().unwrap_or_default();
            headers.iter().map(|(name, value)| (text(name), text(value))).collect()
        }
        Some(other) => {
            let got = other.type_name();
            return Err(BuiltinError::operand_of_type(0, "object", got));
        }
    };
    let text = |key: &str| request.get_str(key).and_then(Value::as_str);
    let invalid: Vec<_> = ["method", "url"].into_iter().filter(|key| text(key).is_none()).collect();
    if !invalid.is_empty() {
        let problem = format!("invalid values for required request parameters(s): {}", key_set(invalid));
        return Err(BuiltinError::contents(0, problem));
    }
    let url = Url::parse(text("url").unwrap_or_default()).map_err(BuiltinError::failed)?;
    let payload_hash = match config.get_str("disable_payload_signing") {
        None | Some(Value::Bool(false)) => hex(digest(&SHA256, &body_of(request)?).as_ref()),
        Some(Value::Bool(true)) => UNSIGNED_PAYLOAD.to_owned(),
        Some(_) => {
            return Err(BuiltinError::contents(1, "invalid value for 'disable_payload_signing' in AWS config"));
        }
    };

    let own = own_headers(&url, &credentials, &payload_hash, time);
    let signed = headers_to_sign(&own, &headers);
    let authorization =
        authorization(&signed, text("method").unwrap_or_default(), &url, &credentials, &payload_hash, time);
    // The names of the signature's own headers win over equal ones of the request.
    let mut all: BTreeMap<&str, &str> = headers.into_iter().collect();
    all.insert("Authorization", &authorization);
    all.extend(own.iter().map(|(name, value)| (*name, value.as_str())));
    let all: Vec<_> = all.iter().map(|(name, value)| (arena.string(name), arena.string(value))).collect();
    let mut entries: Vec<_> = request.iter().filter(|(key, _)| key.as_str() != Some("headers")).collect();
    entries.push((arena.borrowed("headers"), arena.object(&all)));
    Ok(Some(arena.object(&entries)))
}

/// The headers that a signature brings.
fn own_headers(
    url: &Url,
    credentials: &Credentials<'_>,
    payload_hash: &str,
    time: Timestamp,
) -> BTreeMap<&'static str, String> {
    let mut own = BTreeMap::from([("host", url.host.clone()), ("x-amz-date", moment(time))]);
    // Other services need no hash of the body.
    if matches!(credentials.service, "s3" | "glacier") {
        own.insert("x-amz-content-sha256", payload_hash.to_owned());
    }
    if !credentials.session_token.is_empty() {
        own.insert("x-amz-security-token", credentials.session_token.to_owned());
    }
    own
}

fn headers_to_sign(own: &BTreeMap<&'static str, String>, headers: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut signed: BTreeMap<String, String> =
        own.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    for (name, value) in headers {
        let name = name.to_lowercase();
        if !UNSIGNED_HEADERS.contains(&name.as_str()) {
            signed.insert(name, (*value).to_owned());
        }
    }
    signed
}

/// `20060102T150405Z`
fn moment(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The `Authorization` header
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
fn authorization(
    signed: &BTreeMap<String, String>,
    method: &str,
    url: &Url,
    credentials: &Credentials<'_>,
    payload_hash: &str,
    time: Timestamp,
) -> String {
    let names = signed.keys().map(String::as_str).collect::<Vec<_>>().join(";");
    let mut request = format!("{method}\n{}\n{}\n", url.escaped_path(), url.raw_query);
    for (name, value) in signed {
        // Writing to a string never fails.
        let _ = writeln!(request, "{name}:{value}");
    }
    let _ = write!(request, "\n{names}\n{payload_hash}");

    let date = time.strftime("%Y%m%d").to_string();
    let Credentials { access_key, secret_key, region, service, .. } = credentials;
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let request_hash = hex(digest(&SHA256, request.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{request_hash}", moment(time));

    let key = [date.as_str(), region, service, "aws4_request"]
        .into_iter()
        .fold(format!("AWS4{secret_key}").into_bytes(), |key, part| authenticate(&key, part));
    let signature = hex(&authenticate(&key, &to_sign));
    format!("AWS4-HMAC-SHA256 Credential={access_key}/{scope},SignedHeaders={names},Signature={signature}")
}

fn authenticate(key: &[u8], message: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
#[path = "aws_tests.rs"]
mod tests;
