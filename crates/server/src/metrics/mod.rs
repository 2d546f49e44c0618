//! Numbers for monitoring, in Prometheus' text format.
//!
//! What is counted for each request is kept once a thread and added up when somebody asks, so that counting never makes two cores
//! wait for one another.

mod process;

use crate::router::RouteId;
use http::StatusCode;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// The statuses that are told apart; all others are counted under 0.
const STATUSES: [u16; 22] =
    [0, 200, 201, 204, 304, 307, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 431, 500, 501, 503, 504];

/// Upper bounds of the histogram's buckets in nanoseconds, and in seconds as Go writes them. They are those of OPA's server.
const BUCKETS: [(u64, &str); 10] = [
    (1_000, "1e-06"),
    (5_000, "5e-06"),
    (10_000, "1e-05"),
    (50_000, "5e-05"),
    (100_000, "0.0001"),
    (500_000, "0.0005"),
    (1_000_000, "0.001"),
    (10_000_000, "0.01"),
    (100_000_000, "0.1"),
    (1_000_000_000, "1"),
];

/// Threads beyond this many share their counters.
const SHARDS_MAX: usize = 16;

/// What happens so rarely that one counter is enough for all threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A connection was accepted.
    Connection,
    /// A TLS handshake failed.
    FailedHandshake,
    /// A point panicked.
    Panic,
    /// An answer was given up after its time.
    Overdue,
    /// A credential was refused.
    Unauthorized,
    /// The policy about access said no.
    Forbidden,
    /// A request asked for a route that is not listed.
    Unlisted,
    /// A request found no thread or no memory.
    Overloaded,
}

const EVENTS: [(Event, &str, &str); 8] = [
    (Event::Connection, "connections_accepted_total", "Connections that were accepted."),
    (Event::FailedHandshake, "tls_handshake_failures_total", "TLS handshakes that failed."),
    (Event::Panic, "panics_total", "Answers that ended in a panic and became a 500."),
    (Event::Overdue, "overdue_answers_total", "Answers that were given up after their time."),
    (Event::Unauthorized, "unauthorized_requests_total", "Requests whose credential was missing or refused."),
    (Event::Forbidden, "forbidden_requests_total", "Requests that the policy about access refused to a known caller."),
    (Event::Unlisted, "unlisted_requests_total", "Requests for routes that are not listed."),
    (Event::Overloaded, "overloaded_requests_total", "Requests that found no thread or no memory."),
];

/// All counters.
#[derive(Debug)]
pub(crate) struct Metrics {
    shards: Box<[Shard]>,
    events: [AtomicU64; EVENTS.len()],
}

/// The counters of a thread: one for each route, and one for what no route has.
#[derive(Debug)]
struct Shard {
    routes: Box<[RouteCounters]>,
}

#[derive(Debug, Default)]
struct RouteCounters {
    statuses: [Histogram; STATUSES.len()],
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    sum_ns: AtomicU64,
}

/// What a route is called.
pub(crate) struct RouteLabels<'r> {
    pub(crate) method: &'r str,
    pub(crate) pattern: &'r str,
}

thread_local! {
    static SHARD: Cell<usize> = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Cell::new(NEXT.fetch_add(1, Ordering::Relaxed))
    };
}

impl Metrics {
    /// Counters for `routes` routes and `threads` threads.
    pub(crate) fn new(routes: usize, threads: usize) -> Self {
        let shard = |_| Shard { routes: (0..=routes).map(|_| RouteCounters::default()).collect() };
        Self { shards: (0..threads.clamp(1, SHARDS_MAX)).map(shard).collect(), events: Default::default() }
    }

    /// Counts something rare.
    pub(crate) fn count(&self, event: Event) {
        if let Some(counter) = self.events.get(event as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, route: Option<RouteId>, status: StatusCode, took: Duration) {
        let shard = SHARD.with(Cell::get) % self.shards.len();
        let status = STATUSES.binary_search(&status.as_u16()).unwrap_or(0);
        let histogram = self.shards.get(shard).and_then(|shard| {
            let route = route.map_or(shard.routes.len() - 1, |route| route.0);
            shard.routes.get(route)?.statuses.get(status)
        });
        let Some(histogram) = histogram else { return };
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        histogram.count.fetch_add(1, Ordering::Relaxed);
        histogram.sum_ns.fetch_add(nanoseconds, Ordering::Relaxed);
        let bucket = BUCKETS.iter().position(|(bound, _)| nanoseconds <= *bound);
        if let Some(bucket) = bucket.and_then(|bucket| histogram.buckets.get(bucket)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Appends everything. `labels` gives the name of each route by its number.
    pub(crate) fn write<'r>(&self, text: &mut String, labels: impl Fn(usize) -> Option<RouteLabels<'r>>) {
        for (event, name, help) in EVENTS {
            let value = self.events.get(event as usize).map_or(0, |counter| counter.load(Ordering::Relaxed));
            write_metric(text, name, "counter", help, value);
        }
        // The name and the labels are those of OPA's server, so that dashboards go on.
        text.push_str("# HELP http_request_duration_seconds How long requests took to answer.\n");
        text.push_str("# TYPE http_request_duration_seconds histogram\n");
        let routes = self.shards.first().map_or(0, |shard| shard.routes.len());
        // Several routes may have one name, and a time series stands once.
        let mut named: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for route in 0..routes {
            let name = labels(route).map_or(("", ""), |labels| (handler(labels.pattern), labels.method));
            named.entry(name).or_default().push(route);
        }
        for (name, routes) in named {
            for (status_index, status) in STATUSES.iter().enumerate() {
                let counters = self.shards.iter().flat_map(|shard| routes.iter().map(|&route| shard.routes.get(route)));
                let histograms = counters.filter_map(|counters| counters?.statuses.get(status_index));
                write_histogram(text, name, *status, histograms);
            }
        }
        process::write(text);
    }
}

/// What OPA's server calls a route: `v1/data` where the pattern is `/v1/data/{path...}`, and `index` for the root.
fn handler(pattern: &str) -> &str {
    let fixed = pattern.split_once("/{").map_or(pattern, |(fixed, _)| fixed);
    match fixed.trim_matches('/') {
        "" => "index",
        fixed => fixed,
    }
}

fn write_histogram<'h>(
    text: &mut String,
    (handler, method): (&str, &str),
    status: u16,
    histograms: impl Iterator<Item = &'h Histogram>,
) {
    let (mut buckets, mut count, mut sum_ns) = ([0_u64; BUCKETS.len()], 0_u64, 0_u64);
    for histogram in histograms {
        for (total, bucket) in buckets.iter_mut().zip(&histogram.buckets) {
            *total += bucket.load(Ordering::Relaxed);
        }
        count += histogram.count.load(Ordering::Relaxed);
        sum_ns += histogram.sum_ns.load(Ordering::Relaxed);
    }
    if count == 0 {
        return;
    }
    let names = format!("code=\"{status}\",handler=\"{handler}\",method=\"{}\"", method.to_ascii_lowercase());
    let mut below = 0;
    for ((_, bound), bucket) in BUCKETS.iter().zip(buckets) {
        below += bucket;
        // Writing to a string does not fail.
        let _ = writeln!(text, "http_request_duration_seconds_bucket{{{names},le=\"{bound}\"}} {below}");
    }
    let sum = Duration::from_nanos(sum_ns).as_secs_f64();
    let _ = writeln!(text, "http_request_duration_seconds_bucket{{{names},le=\"+Inf\"}} {count}");
    let _ = writeln!(text, "http_request_duration_seconds_sum{{{names}}} {sum}");
    let _ = writeln!(text, "http_request_duration_seconds_count{{{names}}} {count}");
}

/// Appends a metric of one value; `name` gets the prefix of all of ours.
pub(crate) fn write_metric(text: &mut String, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
    let _ = write!(text, "# HELP provost_{name} {help}\n# TYPE provost_{name} {kind}\nprovost_{name} {value}\n");
}

#[cfg(test)]
mod tests {
    use super::{Event, Metrics, RouteLabels};
    use crate::router::RouteId;
    use http::StatusCode;
    use std::time::Duration;

    #[test]
    fn answers_are_counted_by_route_and_status() {
        let metrics = Metrics::new(4, 2);
        std::thread::scope(|scope| {
            for route in [0, 0, 1] {
                let metrics = &metrics;
                scope.spawn(move || metrics.answered(Some(RouteId(route)), StatusCode::OK, Duration::from_micros(30)));
            }
        });
        metrics.answered(Some(RouteId(0)), StatusCode::IM_A_TEAPOT, Duration::from_secs(2));
        metrics.answered(Some(RouteId(2)), StatusCode::OK, Duration::from_nanos(900));
        metrics.answered(Some(RouteId(3)), StatusCode::OK, Duration::ZERO);
        metrics.answered(None, StatusCode::NOT_FOUND, Duration::ZERO);
        metrics.count(Event::Panic);
        let mut text = String::new();
        let labels = ["/a", "/a/{rest...}", "/v1/data/{path...}", "/"];
        metrics.write(&mut text, |route| labels.get(route).map(|&pattern| RouteLabels { method: "GET", pattern }));
        let labels = r#"code="200",handler="a",method="get""#;
        for line in [
            format!("http_request_duration_seconds_bucket{{{labels},le=\"1e-05\"}} 0"),
            format!("http_request_duration_seconds_bucket{{{labels},le=\"5e-05\"}} 3"),
            format!("http_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 3"),
            format!("http_request_duration_seconds_sum{{{labels}}} 0.00009"),
            r#"http_request_duration_seconds_bucket{code="0",handler="a",method="get",le="1"} 0"#.to_owned(),
            r#"http_request_duration_seconds_count{code="0",handler="a",method="get"} 1"#.to_owned(),
            r#"http_request_duration_seconds_bucket{code="200",handler="v1/data",method="get",le="1e-06"} 1"#
                .to_owned(),
            r#"http_request_duration_seconds_count{code="200",handler="index",method="get"} 1"#.to_owned(),
            r#"http_request_duration_seconds_count{code="404",handler="",method=""} 1"#.to_owned(),
            "provost_panics_total 1".to_owned(),
        ] {
            let times = text.lines().filter(|found| *found == line).count();
            assert_eq!(times, 1, "{line}\n{text}");
        }
    }
}
