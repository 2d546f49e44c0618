//! Addresses that mean something else to each machine, and which no name may stand for by itself.
//!
//! A name that was allowed may be made to stand for `127.0.0.1` or for the address at which clouds give out credentials, by whoever
//! answers for it. Networks of an organisation (RFC 1918, unique local) are not among them: that is where what policies ask usually is.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What such an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locality {
    /// Loopback, or no address at all, which systems take for it.
    ThisMachine,
    /// Of the cable that the machine is at.
    LinkLocal,
    /// Where clouds tell machines about themselves, outside of link-local addresses.
    Metadata,
    /// Multicast, broadcast, and what is reserved.
    NoHost,
}

impl fmt::Display for Locality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThisMachine => "this machine",
            Self::LinkLocal => "link-local",
            Self::Metadata => "a cloud's metadata service",
            Self::NoHost => "no single host",
        })
    }
}

/// Alibaba, Azure and Oracle; Amazon's and Google's is link-local.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// Amazon and Google.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

/// What the address is, if it is one that no name may stand for by itself.
pub(crate) fn locality(address: IpAddr) -> Option<Locality> {
    match address {
        IpAddr::V4(address) => locality_v4(address),
        IpAddr::V6(address) => match carried(address) {
            Some(carried) => locality_v4(carried),
            None => locality_v6(address),
        },
    }
}

fn locality_v4(address: Ipv4Addr) -> Option<Locality> {
    if address.is_loopback() || address.octets().first() == Some(&0) {
        return Some(Locality::ThisMachine);
    }
    if address.is_link_local() {
        return Some(Locality::LinkLocal);
    }
    if METADATA_V4.contains(&address) {
        return Some(Locality::Metadata);
    }
    // Multicast and the reserved block above it, whose last address is broadcast.
    (address.octets().first() >= Some(&224)).then_some(Locality::NoHost)
}

fn locality_v6(address: Ipv6Addr) -> Option<Locality> {
    if address.is_loopback() || address.is_unspecified() {
        return Some(Locality::ThisMachine);
    }
    if address.is_unicast_link_local() {
        return Some(Locality::LinkLocal);
    }
    if METADATA_V6.contains(&address) {
        return Some(Locality::Metadata);
    }
    address.is_multicast().then_some(Locality::NoHost)
}

/// The IPv4 address that a packet to an IPv6 address ends at: mapped, compatible, by NAT64 or by 6to4.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => Some(v4(g, h)),
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0] if g != 0 => Some(v4(g, h)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
#[path = "addresses_tests.rs"]
mod tests;
