//! Whether somebody allowed what is asked.

use crate::addresses::locality;
use crate::error::SendError;
use crate::options::{AllowedHost, HostPattern};
use crate::target::{Named, Target};
use std::net::IpAddr;

/// What is allowed of a host that may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    /// Which of its addresses.
    addresses: Addresses,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Addresses {
    /// All but those that no name may stand for by itself.
    Elsewhere,
    /// Those and this machine's.
    ThisMachineToo,
    /// All.
    All,
}

impl Permission {
    /// What the options say about a target; `redirected` when a server and no policy named it.
    pub(crate) fn of(target: &Target, hosts: &[AllowedHost], redirected: bool) -> Result<Self, SendError> {
        let given = hosts.iter().filter_map(|host| addresses(host, target)).max();
        given.map(|addresses| Self { addresses }).ok_or_else(|| SendError::Host {
            host: target.name(),
            redirected: if redirected { ", and a redirect leads there".to_owned() } else { String::new() },
        })
    }

    /// Whether a connection may be made to an address that the target has.
    pub(crate) fn check(self, target: &Target, address: IpAddr) -> Result<(), SendError> {
        let Some(locality) = locality(address) else { return Ok(()) };
        let allowed = match self.addresses {
            Addresses::All => true,
            Addresses::ThisMachineToo => address.to_canonical().is_loopback(),
            Addresses::Elsewhere => false,
        };
        if allowed { Ok(()) } else { Err(SendError::Address { host: target.name(), address, locality }) }
    }
}

/// Which addresses an entry allows the target to have, if it is about it.
fn addresses(allowed: &AllowedHost, target: &Target) -> Option<Addresses> {
    let host = target.host();
    let by_name = if allowed.local { Addresses::All } else { Addresses::Elsewhere };
    let given = match (&allowed.pattern, target.socket(), &host) {
        // A socket is a file of this machine, and only its own name allows it.
        (HostPattern::Socket(path), Some(socket), _) => return (path == socket).then_some(Addresses::All),
        (HostPattern::Socket(_), None, _) | (_, Some(_), _) => return None,
        (HostPattern::Any, None, _) => by_name,
        (HostPattern::Name(name), None, Named::Name(asked)) if name == asked => match name.as_str() {
            // The name means nothing else.
            "localhost" => by_name.max(Addresses::ThisMachineToo),
            _ => by_name,
        },
        (HostPattern::Below(parent), None, Named::Name(asked)) => {
            let below = asked.strip_suffix(parent.as_str())?.strip_suffix('.')?;
            if below.is_empty() {
                return None;
            }
            by_name
        }
        (HostPattern::Address(address), None, Named::Address(asked)) if address.to_canonical() == *asked => {
            Addresses::All
        }
        _ => return None,
    };
    allowed.port.is_none_or(|port| port == target.port()).then_some(given)
}

#[cfg(test)]
#[path = "allow_list_tests.rs"]
mod tests;
