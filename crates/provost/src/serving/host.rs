//! The machine as policies see it that answer requests.

use crate::outgoing::Outgoing;
use crate::output::Output;
use crate::system_host::{DecidingHost, SystemHost};
use ::host::{Host, HostError, HttpRequest, HttpResponse};
use std::net::IpAddr;
use std::sync::Arc;

/// [`DecidingHost`] for as long as the process runs. What policies print goes to the log.
#[derive(Clone, Debug)]
pub(crate) struct ServingHost {
    output: Output,
    outgoing: Arc<Outgoing>,
}

impl ServingHost {
    pub(crate) fn new(output: Output, outgoing: Arc<Outgoing>) -> Self {
        Self { output, outgoing }
    }

    fn inner(&self) -> DecidingHost<'_> {
        DecidingHost(SystemHost { output: &self.output, outgoing: &self.outgoing })
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

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        self.outgoing.send(request, |message| {
            tracing::warn!(target: "provost::policies", message, "http.send has no answer");
        })
    }
}
