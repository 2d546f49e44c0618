//! The machine that evaluations run on.

use crate::output::Output;
use host::{Host, HostError};
use std::env;
use std::net::{IpAddr, ToSocketAddrs};
use std::time::{SystemTime, UNIX_EPOCH};

/// The real clock, randomness, environment and name lookup. What policies print goes to standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemHost<'o> {
    /// Where prints go.
    pub(crate) output: &'o Output,
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
}
