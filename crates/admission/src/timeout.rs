//! How long an API server waits, as it says in the query: `?timeout=10s`.

use std::time::Duration;

/// Of the time that the API server waits, so much is left for the way back: a late answer is no answer.
const SHARE: f64 = 0.8;

/// How long an answer may take; none when nothing is said that can be read.
pub(crate) fn of_query(query: Option<&str>) -> Option<Duration> {
    let text = query?.split('&').find_map(|parameter| parameter.strip_prefix("timeout="))?;
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let seconds: f64 = match unit {
        "ms" => number.parse::<f64>().ok()? / 1_000.0,
        "s" => number.parse().ok()?,
        "m" => number.parse::<f64>().ok()? * 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds * SHARE).ok()
}

#[cfg(test)]
mod tests {
    use super::of_query;

    #[test]
    fn what_api_servers_write() {
        let ms = |query| of_query(query).map(|time| time.as_millis());
        let cases = [
            (Some("timeout=10s"), Some(8_000)),
            (Some("a=b&timeout=500ms"), Some(400)),
            (Some("timeout=1m"), Some(48_000)),
            (Some("timeout=1h"), None),
            (Some("timeout=-1s"), None),
            (Some("timeout="), None),
            (None, None),
        ];
        for (query, expected) in cases {
            assert_eq!(ms(query), expected, "{query:?}");
        }
    }
}
