//! The machine as policies see it that answer requests.

use crate::output::Output;
use crate::system_host::{DecidingHost, SystemHost};
use ::host::{Host, HostError};
use std::net::IpAddr;

/// [`DecidingHost`] for as long as the process runs. What policies print goes to the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServingHost {
    output: Output,
}

impl ServingHost {
    pub(crate) fn new(output: Output) -> Self {
        Self { output }
    }

    fn inner(&self) -> DecidingHost<'_> {
        DecidingHost(SystemHost { output: &self.output })
    }
}

impl Host for ServingHost {
    fn now_ns(&self) -> i64 {
        self.inner().now_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.inner().random(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.inner().environment()
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        self.inner().lookup_ip(name)
    }

    fn print(&self, line: &str) {
        tracing::info!(target: "provost::policies", line, "printed");
    }

    fn elapsed_ns(&self) -> Option<u64> {
        self.inner().elapsed_ns()
    }
}
