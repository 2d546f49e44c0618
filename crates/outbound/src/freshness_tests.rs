use super::good_until;
use host::{CacheOptions, HttpResponse};
use std::time::{Duration, SystemTime};

const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// Checks for how many seconds an answer is good: 0 when it must be asked about, `None` when it is not kept.
#[track_caller]
fn check(status_code: u16, headers: &[(&str, &str)], forced: Option<u64>, expected: Option<u64>) {
    let now = httpdate::parse_http_date(NOW).unwrap();
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let response = HttpResponse { status_code, headers, ..HttpResponse::default() };
    let cache = CacheOptions { forced: forced.map(Duration::from_secs), ..CacheOptions::default() };
    let until = good_until(&response, &cache, now);
    let seconds = |until: SystemTime| until.duration_since(now).unwrap_or_default().as_secs();
    assert_eq!(until.map(seconds), expected, "{response:?}");
}

#[test]
fn what_servers_say() {
    let etag = ("ETag", "\"a\"");
    check(200, &[("Cache-Control", "max-age=60"), ("Date", NOW)], None, Some(60));
    check(200, &[("cache-control", "public, Max-Age=\"60\"")], None, Some(60));
    check(200, &[("Cache-Control", "max-age=60"), ("Date", "Sun, 06 Nov 1994 08:49:07 GMT")], None, Some(30));
    check(200, &[("Cache-Control", "max-age=60"), ("Date", "Sun, 06 Nov 1994 09:49:37 GMT")], None, Some(60));
    check(200, &[("Cache-Control", "max-age=99999999999999999999")], None, Some(2_147_483_647));
    check(200, &[("Expires", "Sun, 06 Nov 1994 08:50:37 GMT")], None, Some(60));
    check(200, &[("Cache-Control", "max-age=5"), ("Expires", "Sun, 06 Nov 1994 08:50:37 GMT")], None, Some(5));
    check(200, &[("Expires", "0"), etag], None, Some(0));
    check(200, &[("Expires", "0")], None, None);
    check(200, &[], None, None);
    check(200, &[etag], None, Some(0));
    check(200, &[("Last-Modified", NOW)], None, Some(0));
    check(200, &[("Cache-Control", "no-store, max-age=60"), etag], None, None);
    check(200, &[("Cache-Control", "no-cache, max-age=60"), etag], None, Some(0));
    check(200, &[("Cache-Control", "max-age=soon")], None, None);
}

#[test]
fn what_policies_insist_on() {
    check(200, &[("Cache-Control", "no-store")], Some(60), Some(60));
    check(404, &[], Some(60), Some(60));
    check(503, &[], Some(60), None);
}

#[test]
fn only_some_answers_are_kept() {
    for status in [200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501] {
        check(status, &[("Cache-Control", "max-age=60")], None, Some(60));
    }
    for status in [201, 302, 304, 307, 400, 401, 403, 429, 500, 502, 503] {
        check(status, &[("Cache-Control", "max-age=60")], None, None);
    }
}
