//! `http.send`: requests that policies make, as far as the host lets them.
//!
//! What a policy may ask for, how long and how much, is the host's to say; here a request is read and an answer told. Two equal
//! requests of one evaluation are sent once, because the evaluator keeps what nondeterministic builtins answered; answers that outlive
//! an evaluation are the host's too.

use super::operand::{OBJECT, any};
use super::{Builtin, BuiltinError, Context, Parameter, Type, text, time};
use formats::{Options, yaml};
use host::{CacheOptions, HostError, HttpRequest, HttpResponse, Pem};
use std::collections::BTreeMap;
use std::time::Duration;
use value::json::{self, ParseLimits};
use value::{Arena, Object, Value};

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

pub(super) const FAMILY: &[Builtin] = &[Builtin::of_leaves(
    "http.send",
    "Sends an HTTP request and gives the answer, where the host allows it.",
    &[Parameter::new(
        "request",
        Type::Object(&Type::String, &Type::Any),
        "`method` and `url`, and if wanted `headers`, `body` or `raw_body`, `timeout`, `enable_redirect`, `raise_error`, \
         `force_json_decode`, `force_yaml_decode`, `max_retry_attempts`, `cache`, `force_cache`, \
         `force_cache_duration_seconds`, `cache_ignored_headers`, `caching_mode` and `tls_*`",
    )],
    Parameter::new("response", OBJECT, "`status`, `status_code`, `headers`, `body` and `raw_body`, or `error`"),
    send,
)
.nondeterministic()
.asking_by(asks_the_same)];

/// What a request may have.
const KEYS: [&str; 28] = [
    "body",
    "cache",
    "cache_ignored_headers",
    "caching_mode",
    "enable_redirect",
    "force_cache",
    "force_cache_duration_seconds",
    "force_json_decode",
    "force_yaml_decode",
    "headers",
    "max_retry_attempts",
    "method",
    "raise_error",
    "raw_body",
    "timeout",
    "tls_ca_cert",
    "tls_ca_cert_env_variable",
    "tls_ca_cert_file",
    "tls_client_cert",
    "tls_client_cert_env_variable",
    "tls_client_cert_file",
    "tls_client_key",
    "tls_client_key_env_variable",
    "tls_client_key_file",
    "tls_insecure_skip_verify",
    "tls_server_name",
    "tls_use_system_certs",
    "url",
];

/// How long to wait when the request does not say.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The names of keys as OPA prints a set of them.
pub(super) fn key_set<'k>(keys: impl IntoIterator<Item = &'k str>) -> String {
    let keys: Vec<_> = keys.into_iter().map(json::quote).collect();
    format!("{{{}}}", keys.join(", "))
}

/// The request that the operand at `index` is, if it has the keys that it must have and no others.
pub(super) fn request_object<'a>(
    operands: &[Value<'a>],
    index: usize,
) -> std::result::Result<&'a Object<'a>, BuiltinError> {
    let operand = any(operands, index);
    let request = operand.as_object().ok_or_else(|| BuiltinError::operand(index, "object", operand))?;
    let unknown: Vec<String> = request
        .keys()
        .filter(|key| key.as_str().is_none_or(|key| !KEYS.contains(&key)))
        .map(|key| key.to_string())
        .collect();
    if !unknown.is_empty() {
        return Err(BuiltinError::contents(
            index,
            format!("invalid request parameters(s): {{{}}}", unknown.join(", ")),
        ));
    }
    let missing: Vec<_> = ["method", "url"].into_iter().filter(|key| request.get_str(key).is_none()).collect();
    if !missing.is_empty() {
        let problem = format!("missing required request parameters(s): {}", key_set(missing));
        return Err(BuiltinError::contents(index, problem));
    }
    Ok(request)
}

/// The bytes of a request's body: `raw_body` wins over `body`, which is sent as JSON.
pub(super) fn body_of(request: &Object<'_>) -> std::result::Result<Vec<u8>, BuiltinError> {
    Ok(match (request.get_str("raw_body"), request.get_str("body")) {
        (Some(raw), _) => raw.as_str().unwrap_or_default().as_bytes().to_vec(),
        (None, Some(body)) => text::json(body)?.into_bytes(),
        (None, None) => Vec::new(),
    })
}

/// Why there is no answer.
enum Problem {
    /// The network did not answer.
    Network(String),
    /// Everything else.
    Other(BuiltinError),
}

impl From<BuiltinError> for Problem {
    fn from(error: BuiltinError) -> Self {
        Self::Other(error)
    }
}

fn send<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let operand = any(operands, 0);
    let object = operand.as_object().ok_or_else(|| BuiltinError::operand(0, "object", operand))?;
    let raises = match object.get_str("raise_error") {
        None => true,
        Some(Value::Bool(raises)) => *raises,
        Some(_) => return Err(BuiltinError::failed("invalid value for raise_error field")),
    };
    match answer(context, operands) {
        Ok(response) => Ok(Some(response)),
        Err(Problem::Network(message)) if raises => Err(BuiltinError::failed(message)),
        Err(Problem::Other(error)) if raises => Err(error),
        Err(problem) => Ok(Some(error_response(context.arena, &problem))),
    }
}

fn answer<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> std::result::Result<Value<'a>, Problem> {
    let object = request_object(operands, 0)?;
    let force_json = flag(object, "force_json_decode")?.unwrap_or_default();
    let force_yaml = flag(object, "force_yaml_decode")?.unwrap_or_default();
    let mut request = read_request(object)?;
    request.time_left = context.time_left();
    let response = context.host.http(&request).map_err(|error| match error {
        HostError::Unavailable(_) | HostError::Refused(_) => Problem::Other(BuiltinError::failed(error.to_string())),
        HostError::Failed(message) => Problem::Network(message),
    })?;
    Ok(tell(context.arena, &response, force_json, force_yaml))
}

fn error_response<'a>(arena: &'a Arena, problem: &Problem) -> Value<'a> {
    let (code, message) = match problem {
        Problem::Network(message) => ("eval_http_send_network_error", arena.string(message)),
        Problem::Other(error) => {
            ("eval_http_send_internal_error", arena.format(format_args!("{}: http.send: {error}", error.code())))
        }
    };
    let error = [(arena.borrowed("code"), arena.borrowed(code)), (arena.borrowed("message"), message)];
    arena.object(&[(arena.borrowed("status_code"), Value::Int(0)), (arena.borrowed("error"), arena.object(&error))])
}

fn read_request(object: &Object<'_>) -> std::result::Result<HttpRequest, BuiltinError> {
    let mut request = HttpRequest {
        method: text_at(object, "method")?.unwrap_or_default().to_uppercase(),
        url: text_at(object, "url")?.unwrap_or_default(),
        headers: headers(object)?,
        timeout: timeout(object)?,
        follow_redirects: flag(object, "enable_redirect")?.unwrap_or_default(),
        retries_max: retries(object)?,
        cache: cache(object)?,
        ..HttpRequest::default()
    };
    text_at(object, "raw_body")?;
    request.body = body_of(object)?;
    let tls = &mut request.tls;
    tls.trust_system = flag(object, "tls_use_system_certs")?;
    tls.skip_verification = flag(object, "tls_insecure_skip_verify")?.unwrap_or_default();
    tls.server_name = text_at(object, "tls_server_name")?.filter(|name| !name.is_empty());
    for suffix in ["", "_file", "_env_variable"] {
        let pem = |text| match suffix {
            "_file" => Pem::File(text),
            "_env_variable" => Pem::EnvironmentVariable(text),
            _ => Pem::Text(text),
        };
        let text = |name: &str| {
            let text = text_at(object, &format!("{name}{suffix}"))?;
            // A certificate on one line writes its line breaks so.
            Ok::<_, BuiltinError>(text.filter(|text| !text.is_empty()).map(|text| pem(text.replace("\\n", "\n"))))
        };
        tls.authorities.extend(text("tls_ca_cert")?);
        tls.identities.extend(text("tls_client_cert")?.zip(text("tls_client_key")?));
    }
    Ok(request)
}

fn text_at(object: &Object<'_>, key: &str) -> std::result::Result<Option<String>, BuiltinError> {
    match object.get_str(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str().trim_matches('"').to_owned())),
        Some(_) => Err(BuiltinError::failed(format!("{} must be a string", json::quote(key)))),
    }
}

fn flag(object: &Object<'_>, key: &str) -> std::result::Result<Option<bool>, BuiltinError> {
    match object.get_str(key) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(BuiltinError::failed(format!("invalid value for {} field", json::quote(key)))),
    }
}

fn headers(object: &Object<'_>) -> std::result::Result<Vec<(String, String)>, BuiltinError> {
    let Some(headers) = object.get_str("headers") else { return Ok(Vec::new()) };
    let headers = headers.as_object().ok_or_else(|| BuiltinError::failed("invalid type for headers key"))?;
    let header = |(name, value): (Value<'_>, Value<'_>)| match value {
        Value::String(value) => Ok((text::json_key(name)?, value.as_str().to_owned())),
        other => {
            let shown = json::quote(&text::json(other)?);
            Err(BuiltinError::failed(format!("invalid type for headers value {shown}")))
        }
    };
    headers.iter().map(header).collect()
}

/// Nanoseconds as a number or a string of digits, or a duration such as `500ms`.
fn timeout(object: &Object<'_>) -> std::result::Result<Duration, BuiltinError> {
    let nanoseconds = match object.get_str("timeout") {
        None => return Ok(TIMEOUT),
        Some(Value::Int(nanoseconds)) => nanoseconds,
        Some(number @ Value::Number(_)) => {
            return Err(BuiltinError::failed(format!("invalid timeout number value {number}, must be int64")));
        }
        Some(written @ Value::String(text)) => match text.parse() {
            Ok(nanoseconds) => nanoseconds,
            Err(_) => time::duration(text)
                .map_err(|problem| BuiltinError::failed(format!("invalid timeout value {written}: {problem}")))?,
        },
        Some(other) => {
            let problem = format!("'timeout' must be one of {{string, number}} but got {}", other.type_name());
            return Err(BuiltinError::contents(0, problem));
        }
    };
    Ok(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or_default()))
}

fn retries(object: &Object<'_>) -> std::result::Result<u32, BuiltinError> {
    let Some(value) = object.get_str("max_retry_attempts") else { return Ok(0) };
    value
        .as_i64()
        .and_then(|retries| u32::try_from(retries).ok())
        .ok_or_else(|| BuiltinError::failed(format!("invalid value {value} for field \"max_retry_attempts\"")))
}

/// Whether an answer of an earlier evaluation will do, and which.
fn cache(object: &Object<'_>) -> std::result::Result<Option<CacheOptions>, BuiltinError> {
    let cached = flag(object, "cache")?.unwrap_or_default();
    let forced = flag(object, "force_cache")?.unwrap_or_default();
    let ignored_headers = ignored_headers(object)
        .ok_or_else(|| BuiltinError::failed("invalid value for \"cache_ignored_headers\" field"))?;
    match object.get_str("caching_mode") {
        None => {}
        // Answers are kept as they came, whatever the mode: taking one out copies nothing.
        Some(Value::String(mode)) if matches!(mode.as_str(), "serialized" | "deserialized") => {}
        Some(Value::String(mode)) => {
            let problem = format!("invalid value specified for \"caching_mode\" field: {}", mode.as_str());
            return Err(BuiltinError::failed(problem));
        }
        Some(_) => return Err(BuiltinError::failed("invalid value for \"caching_mode\" field")),
    }
    if !cached && !forced {
        return Ok(None);
    }
    let mut options = CacheOptions {
        forced: None,
        ignored_headers: ignored_headers.into_iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
    };
    if forced {
        let missing = "'force_cache' set but 'force_cache_duration_seconds' parameter is missing";
        let duration = object.get_str("force_cache_duration_seconds").ok_or_else(|| BuiltinError::failed(missing))?;
        let seconds = duration.as_i64().and_then(|seconds| i32::try_from(seconds).ok()).ok_or_else(|| {
            BuiltinError::failed(format!("invalid value {duration} for field \"force_cache_duration_seconds\""))
        })?;
        options.forced = u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs);
    }
    Ok(Some(options))
}

/// The header fields in which requests may differ that have one answer; `None` when they are no array of strings.
fn ignored_headers<'a>(object: &Object<'a>) -> Option<Vec<Value<'a>>> {
    match object.get_str("cache_ignored_headers") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(names)) => names.iter().map(|name| name.as_str().is_some().then_some(name)).collect(),
        Some(_) => None,
    }
}

/// Whether two requests of one evaluation have one answer: all but the headers that each of them leaves out is equal.
fn asks_the_same<'a>(one: Value<'a>, other: Value<'a>) -> bool {
    let object = |operands: Value<'a>| match operands {
        Value::Array(operands) => operands.iter().next().and_then(|request| request.as_object()),
        _ => None,
    };
    let (Some(one), Some(other)) = (object(one), object(other)) else { return false };
    // Requests that leave nothing out are the same only when they are equal, which is known by now.
    if one.get_str("cache_ignored_headers").is_none() && other.get_str("cache_ignored_headers").is_none() {
        return false;
    }
    fn rest<'a>(object: &'a Object<'a>) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        let beside = |key: &Value<'_>| !matches!(key.as_str(), Some("headers" | "cache_ignored_headers"));
        object.iter().filter(move |(key, _)| beside(key))
    }
    let headers = |object: &'a Object<'a>| {
        let ignored = ignored_headers(object).unwrap_or_default();
        let headers = object.get_str("headers").and_then(|headers| headers.as_object());
        let is_ignored = |name: Value<'a>| {
            let name = name.as_str().unwrap_or_default();
            ignored.iter().any(|ignored| ignored.as_str().is_some_and(|ignored| ignored.eq_ignore_ascii_case(name)))
        };
        let headers = headers.into_iter().flat_map(|headers| headers.iter());
        headers.filter(|(name, _)| !is_ignored(*name)).collect::<Vec<_>>()
    };
    rest(one).eq(rest(other)) && headers(one) == headers(other)
}

fn tell<'a>(arena: &'a Arena, response: &HttpResponse, force_json: bool, force_yaml: bool) -> Value<'a> {
    let raw = text::lossy(&response.body);
    let mut headers: BTreeMap<String, Vec<Value<'a>>> = BTreeMap::new();
    for (name, value) in &response.headers {
        headers.entry(name.to_ascii_lowercase()).or_default().push(arena.string(value));
    }
    let content_type = headers.get("content-type").and_then(|values| values.first()?.as_str()).unwrap_or_default();
    // A body that does not keep what its type promises is null; `raw_body` has it.
    let body = if force_json || is_json(content_type) {
        json::parse(arena, raw.as_bytes(), &ParseLimits::default()).unwrap_or_default()
    } else if force_yaml || content_type.contains("application/yaml") || content_type.contains("application/x-yaml") {
        yaml::parse_first(arena, &raw, &Options::lenient()).unwrap_or_default()
    } else {
        Value::Null
    };
    let headers: Vec<_> = headers.iter().map(|(name, values)| (arena.string(name), arena.array(values))).collect();
    arena.object(&[
        (arena.borrowed("status"), arena.string(&response.status)),
        (arena.borrowed("status_code"), Value::Int(i64::from(response.status_code))),
        (arena.borrowed("body"), body),
        (arena.borrowed("raw_body"), arena.string(&raw)),
        (arena.borrowed("headers"), arena.object(&headers)),
    ])
}

/// `application/json` and `application/...+json`, with or without parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.strip_prefix("application/").is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
