//! How much is too much, and how long is too long.

use std::time::Duration;

/// What one server accepts. Reaching a limit is always an answer with a status or a closed connection, never a hang.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once. Further ones wait. The oldest that has not asked anything yet is closed to make room,
    /// and so are those that have long been idle.
    pub connections_max: usize,
    /// Requests under way at once on one HTTP/2 connection.
    pub streams_max: u32,
    /// Length of a request's line and header fields: 431.
    pub head_bytes_max: usize,
    /// Number of a request's header fields: 431.
    pub header_fields_max: usize,
    /// Length of a body, as it is sent and after decompression: 413.
    pub body_bytes_max: u64,
    /// The same on routes that change data or policies.
    pub change_body_bytes_max: u64,
    /// Length of all bodies that are being read or answered: 503.
    pub bodies_bytes_max: u64,
    /// From the first byte of a request to the end of its header fields, and for a TLS handshake: 408.
    pub head_time_max: Duration,
    /// From the end of the header fields to the end of the body: 408.
    pub body_time_max: Duration,
    /// Without any progress while an answer is sent; then the connection is closed.
    pub write_stall_max: Duration,
    /// Between two requests of a connection; then it is closed.
    pub idle_time_max: Duration,
    /// For a decision or a look-up: 504. Evaluations stop at [`point::Caller::deadline`].
    pub answer_time_max: Duration,
    /// For a change of data or policies: 504.
    pub change_time_max: Duration,
    /// How long an answer waits for its decision to be in the record: 500.
    pub record_time_max: Duration,
    /// Threads for answers that take long. Where it is 0, as many as there are cores, and four at least.
    pub slow_threads_max: usize,
    /// Requests that wait for one of those threads: 503.
    pub slow_waiting_max: usize,
    /// How long requests under way may take to end when the server stops.
    pub drain_time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 4096,
            streams_max: 256,
            head_bytes_max: 64 << 10,
            header_fields_max: 100,
            body_bytes_max: 8 << 20,
            change_body_bytes_max: 256 << 20,
            bodies_bytes_max: 512 << 20,
            head_time_max: Duration::from_secs(10),
            body_time_max: Duration::from_secs(30),
            write_stall_max: Duration::from_secs(30),
            // Load balancers keep connections for 60 seconds, and the end that closes first decides who sees an error.
            idle_time_max: Duration::from_secs(75),
            answer_time_max: Duration::from_secs(5),
            change_time_max: Duration::from_secs(60),
            record_time_max: Duration::from_secs(5),
            slow_threads_max: 0,
            slow_waiting_max: 256,
            drain_time_max: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// How long an answer on a route of `class` may take.
    pub(crate) fn time_max(&self, class: point::RouteClass) -> Duration {
        if class.is_change() { self.change_time_max } else { self.answer_time_max }
    }

    /// How long a body on a route of `class` may be.
    pub(crate) fn body_max(&self, class: point::RouteClass) -> u64 {
        if class.is_change() { self.change_body_bytes_max } else { self.body_bytes_max }
    }

    /// [`Self::slow_threads_max`], with what it is where it is 0.
    pub fn slow_threads(&self) -> usize {
        match self.slow_threads_max {
            0 => std::thread::available_parallelism().map_or(4, |cores| cores.get().max(4)),
            threads => threads,
        }
    }
}
