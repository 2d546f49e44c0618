//! Whether an answer may be kept, and until when it is good: RFC 9111, as far as OPA goes by it.

use host::{CacheOptions, HttpResponse};
use std::time::{Duration, SystemTime};

/// Answers with another status are not kept.
const KEPT: [u16; 11] = [200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501];

/// The longest time that a server can say.
const AGE_S_MAX: u64 = i32::MAX as u64;

/// The first value of a header field.
pub(crate) fn field<'r>(response: &'r HttpResponse, name: &str) -> Option<&'r str> {
    let mut found = response.headers.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// Until when an answer is good that came now; `None` when it is not to be kept at all.
pub(crate) fn good_until(response: &HttpResponse, cache: &CacheOptions, now: SystemTime) -> Option<SystemTime> {
    if !KEPT.contains(&response.status_code) {
        return None;
    }
    let until = expiry(response, cache, now)?;
    let can_be_asked_about = field(response, "etag").or(field(response, "last-modified")).is_some();
    (until > now || can_be_asked_about).then_some(until)
}

/// Until when an answer is good that came or was confirmed now; `None` when the server forbids keeping it.
pub(crate) fn expiry(response: &HttpResponse, cache: &CacheOptions, now: SystemTime) -> Option<SystemTime> {
    if let Some(forced) = cache.forced {
        return now.checked_add(forced);
    }
    let directives = Directives::of(response);
    if directives.no_store {
        return None;
    }
    if directives.no_cache {
        return Some(SystemTime::UNIX_EPOCH);
    }
    let date = |name| field(response, name).and_then(|date| httpdate::parse_http_date(date).ok());
    if let Some(age) = directives.max_age {
        // A clock that is ahead of ours does not make an answer good for longer than the server said.
        let from = date("date").unwrap_or(now).min(now);
        return from.checked_add(age);
    }
    // `Expires: 0` and the like say that it is over already.
    Some(date("expires").unwrap_or(SystemTime::UNIX_EPOCH))
}

/// What `Cache-Control` says that counts here.
#[derive(Debug, Default)]
struct Directives {
    no_store: bool,
    no_cache: bool,
    max_age: Option<Duration>,
}

impl Directives {
    fn of(response: &HttpResponse) -> Self {
        let mut directives = Self::default();
        let fields = response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cache-control"));
        for part in fields.flat_map(|(_, value)| value.split(',')) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" => directives.no_store = true,
                // With a value it is about some fields only.
                "no-cache" if value.is_empty() => directives.no_cache = true,
                "max-age" => {
                    let digits = value.trim().trim_matches('"');
                    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                    // What is no number says nothing that could be relied on.
                    let seconds = if is_number { digits.parse().unwrap_or(AGE_S_MAX) } else { 0 };
                    directives.max_age = Some(Duration::from_secs(seconds.min(AGE_S_MAX)));
                }
                _ => {}
            }
        }
        directives
    }
}

#[cfg(test)]
#[path = "freshness_tests.rs"]
mod tests;
