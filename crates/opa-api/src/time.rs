//! Times as texts.

use jiff::Timestamp;

/// Nanoseconds since the Unix epoch as RFC 3339, in UTC: `2026-11-23T02:14:07.5Z`. Zero is Go's zero time, as in OPA's status.
pub(crate) fn rfc3339(time_ns: i64) -> String {
    if time_ns == 0 {
        return "0001-01-01T00:00:00Z".to_owned();
    }
    Timestamp::from_nanosecond(i128::from(time_ns)).map(|time| time.to_string()).unwrap_or_default()
}
