//! The machine that evaluations run on.

use crate::outgoing::Outgoing;
use crate::output::Output;
use host::{Host, HostError, HttpRequest, HttpResponse};
use std::env;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds since this was first asked; they never go back.
pub(crate) fn elapsed_ns() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The real clock, randomness, environment, name lookup, and whom policies may ask. What policies print goes to standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemHost<'o> {
    /// Where prints go.
    pub(crate) output: &'o Output,
    /// What sends requests.
    pub(crate) outgoing: &'o Outgoing,
}

/// The same machine as policies see it that decide: without the environment, which may hold secrets that nothing scrubs, and without
/// names to look up, because a decision must not depend on who answers. Whom they may ask somebody named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecidingHost<'o>(pub(crate) SystemHost<'o>);

impl Host for DecidingHost<'_> {
    fn now_ns(&self) -> i64 {
        self.0.now_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.0.random(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, _name: &str) -> Result<Vec<IpAddr>, HostError> {
        Err(HostError::Unavailable("name resolution"))
    }

    fn print(&self, line: &str) {
        self.0.print(line);
    }

    fn elapsed_ns(&self) -> Option<u64> {
        self.0.elapsed_ns()
    }

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        self.0.http(request)
    }
}

impl Host for SystemHost<'_> {
    fn now_ns(&self) -> i64 {
        let clamp = |nanoseconds: u128| i64::try_from(nanoseconds).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => clamp(since.as_nanos()),
            Err(before) => clamp(before.duration().as_nanos()).saturating_neg(),
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // No policy may keep a secret, so an unguessable number is not worth ending an evaluation for.
            host::FixedHost::default().random(bytes);
            let clock = self.now_ns().to_le_bytes();
            bytes.iter_mut().zip(clock.iter().cycle()).for_each(|(byte, clock)| *byte ^= clock);
        }
    }

    fn environment(&self) -> Vec<(String, String)> {
        // As in OPA; a variable that is no text cannot be a string of a policy.
        env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        let addresses = (name, 0_u16).to_socket_addrs().map_err(|error| HostError::Failed(error.to_string()))?;
        let mut addresses: Vec<IpAddr> = addresses.map(|address| address.ip()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        Ok(addresses)
    }

    fn print(&self, line: &str) {
        self.output.complain(&format!("{line}\n"));
    }

    fn elapsed_ns(&self) -> Option<u64> {
        Some(elapsed_ns())
    }

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        self.outgoing.send(request, |message| self.output.complain(&format!("warning: http.send: {message}\n")))
    }
}
