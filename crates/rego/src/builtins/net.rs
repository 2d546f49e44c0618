//! IP addresses and networks.

use super::operand::{any, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

const NETWORKS: Type = Type::AnyOf(&[Type::Array(&Type::String), Type::Set(&Type::String)]);
const MATCHED: Type = Type::AnyOf(&[
    Type::String,
    Type::Array(&Type::AnyOf(&[Type::String, Type::Array(&Type::Any)])),
    Type::Set(&Type::AnyOf(&[Type::String, Type::Array(&Type::Any)])),
    Type::Object(&Type::Any, &Type::AnyOf(&[Type::String, Type::Array(&Type::Any)])),
]);

const CIDR: Parameter = Parameter::new("cidr", Type::String, "the network, such as `10.0.0.0/8`");
const CIDR_OR_IP: Parameter = Parameter::new("cidr_or_ip", Type::String, "the network or the address");

const CONTAINS: Builtin = Builtin::of_leaves(
    "net.cidr_contains",
    "Tells whether a network contains an address or another network as a whole.",
    &[CIDR, CIDR_OR_IP],
    Parameter::new("result", Type::Boolean, "`true` if it does"),
    cidr_contains,
);

pub(super) const FAMILY: &[Builtin] = &[
    CONTAINS,
    // Its name in old policies.
    Builtin { name: "net.cidr_overlap", deprecated: Some("`net.cidr_contains`"), ..CONTAINS },
    Builtin::of_leaves(
        "net.cidr_contains_matches",
        "Pairs the networks of one collection with the addresses and networks of another that they contain.",
        &[
            Parameter::new("cidrs", MATCHED, "networks, or arrays that start with one"),
            Parameter::new("cidrs_or_ips", MATCHED, "addresses or networks, or arrays that start with one"),
        ],
        Parameter::new("output", Type::Set(&Type::Tuple(&[Type::Any, Type::Any])), "pairs of indices, keys or members"),
        cidr_contains_matches,
    ),
    Builtin::of_leaves(
        "net.cidr_intersects",
        "Tells whether two networks have an address in common.",
        &[
            Parameter::new("cidr1", Type::String, "the first network"),
            Parameter::new("cidr2", Type::String, "the second network"),
        ],
        Parameter::new("result", Type::Boolean, "`true` if they have"),
        cidr_intersects,
    ),
    Builtin::of_leaves(
        "net.cidr_expand",
        "Lists the addresses of a network of up to 1,048,576 addresses.",
        &[CIDR],
        Parameter::new("hosts", Type::Set(&Type::String), "the addresses"),
        cidr_expand,
    ),
    Builtin::of_leaves(
        "net.cidr_merge",
        "Merges networks that touch or overlap into as few as possible.",
        &[Parameter::new("addrs", NETWORKS, "networks, or IPv4 addresses, which stand for the network of their class")],
        Parameter::new("output", Type::Set(&Type::String), "the merged networks"),
        cidr_merge,
    ),
    Builtin::of_leaves(
        "net.cidr_is_valid",
        "Tells whether a string is a network.",
        &[Parameter::new("cidr", Type::String, "the string to check")],
        Parameter::new("result", Type::Boolean, "`true` if it is"),
        cidr_is_valid,
    ),
    Builtin::of_leaves(
        "net.lookup_ip_addr",
        "Resolves a host name.",
        &[Parameter::new("name", Type::String, "the name")],
        Parameter::new("addrs", Type::Set(&Type::String), "its IPv4 and IPv6 addresses"),
        lookup_ip_addr,
    )
    .nondeterministic(),
];

/// Most addresses of a network that is expanded.
const EXPANDED_MAX: u128 = 1 << 20;

/// A network: the bits of its first address and how many of them it fixes.
///
/// IPv4 addresses that are written as IPv6 addresses are IPv4 addresses, as in Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    first: IpAddr,
    prefix: u32,
}

const fn bits_of(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn number_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address of a number in the family of `like`.
fn address_of(number: u128, like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::from_bits(u32::try_from(number).unwrap_or(u32::MAX)).into(),
        IpAddr::V6(_) => Ipv6Addr::from_bits(number).into(),
    }
}

/// The low `bits` bits set.
fn ones(bits: u32) -> u128 {
    1_u128.checked_shl(bits).map_or(u128::MAX, |power| power - 1)
}

impl Network {
    fn parse(text: &str) -> std::result::Result<Self, BuiltinError> {
        let parsed = text.split_once('/').and_then(|(address, prefix)| {
            let address: IpAddr = address.parse().ok()?;
            let is_number = prefix.bytes().all(|byte| byte.is_ascii_digit());
            let prefix = prefix.parse().ok().filter(|&prefix| is_number && prefix <= bits_of(address))?;
            let network = Self { first: address, prefix };
            let first = address_of(number_of(address) & !ones(network.free_bits()), address);
            let canonical = first.to_canonical();
            // An IPv4 address in an IPv6 one takes 96 bits of the prefix.
            Some(Self { first: canonical, prefix: prefix - (bits_of(first) - bits_of(canonical)) })
        });
        parsed.ok_or_else(|| BuiltinError::failed(format!("invalid CIDR address: {text}")))
    }

    const fn free_bits(self) -> u32 {
        bits_of(self.first) - self.prefix
    }

    fn last(self) -> IpAddr {
        address_of(number_of(self.first) | ones(self.free_bits()), self.first)
    }

    fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        bits_of(address) == bits_of(self.first) && number_of(address) & !ones(self.free_bits()) == number_of(self.first)
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

fn network(operands: &[Value<'_>], index: usize) -> std::result::Result<Network, BuiltinError> {
    let operand = any(operands, index);
    // OPA calls each of these operand 1, whichever it is.
    Network::parse(operand.as_str().ok_or_else(|| BuiltinError::operand(0, "string", operand))?)
}

fn contains(cidr: Value<'_>, cidr_or_ip: Value<'_>) -> std::result::Result<bool, BuiltinError> {
    let network = network(&[cidr], 0)?;
    let text = cidr_or_ip.as_str().ok_or_else(|| BuiltinError::operand(0, "string", cidr_or_ip))?;
    if let Ok(address) = text.parse() {
        return Ok(network.contains(address));
    }
    let inner = Network::parse(text).map_err(|_| {
        BuiltinError::failed(format!("not a valid textual representation of an IP address or CIDR: {text}"))
    })?;
    Ok(network.contains(inner.first) && network.contains(inner.last()))
}

fn cidr_contains<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    contains(any(operands, 0), any(operands, 1)).map(|contains| Some(contains.into()))
}

fn cidr_contains_matches<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (networks, others) = (candidates(operands, 0)?, candidates(operands, 1)?);
    let mut pairs = Vec::new();
    for (cidr, index) in networks {
        for (cidr_or_ip, other_index) in &others {
            if contains(cidr, *cidr_or_ip)? {
                pairs.push(context.arena.array(&[index, *other_index]));
            }
        }
    }
    Ok(Some(context.arena.set(&pairs)))
}

/// What to compare, each with what stands for it in the result.
fn candidates<'a>(
    operands: &[Value<'a>],
    index: usize,
) -> std::result::Result<Vec<(Value<'a>, Value<'a>)>, BuiltinError> {
    let text = |item: Value<'a>| match item {
        Value::String(_) => Ok(item),
        Value::Array(array) if !array.is_empty() => Ok(array.get(0).unwrap_or_default()),
        _ => {
            let problem = format!("operand {}: element must be string or non-empty array", index + 1);
            Err(BuiltinError::failed(problem))
        }
    };
    match any(operands, index) {
        one @ Value::String(_) => Ok(vec![(one, one)]),
        Value::Array(array) => (0..).zip(array.iter()).map(|(at, item)| Ok((text(item)?, Value::Int(at)))).collect(),
        Value::Set(set) => set.iter().map(|member| Ok((text(member)?, member))).collect(),
        Value::Object(object) => object.iter().map(|(key, value)| Ok((text(value)?, key))).collect(),
        // Nothing to compare, and no error in OPA either.
        _ => Ok(Vec::new()),
    }
}

fn cidr_intersects<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (a, b) = (network(operands, 0)?, network(operands, 1)?);
    Ok(Some((a.contains(b.first) || b.contains(a.first)).into()))
}

fn cidr_expand<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let network = Network::parse(string(operands, 0)?)?;
    let (first, last) = (number_of(network.first), number_of(network.last()));
    if last - first >= EXPANDED_MAX {
        return Err(BuiltinError::failed(format!("network has more than {EXPANDED_MAX} addresses: {network}")));
    }
    let addresses: Vec<_> = (first..=last)
        .map(|number| context.arena.format(format_args!("{}", address_of(number, network.first))))
        .collect();
    Ok(Some(context.arena.set(&addresses)))
}

fn cidr_is_valid<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    Ok(Some(any(operands, 0).as_str().is_some_and(|cidr| Network::parse(cidr).is_ok()).into()))
}

/// A run of addresses, as numbers of IPv6 addresses: IPv4 ones stand in the block that maps them.
#[derive(Clone)]
struct Range {
    first: u128,
    last: u128,
    /// How to print the range while it is a single network of the input.
    whole: Option<String>,
}

/// The number of an address among IPv6 addresses.
fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn cidr_merge<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let mut ranges = match any(operands, 0) {
        Value::Array(array) => array.iter().map(range).collect::<std::result::Result<Vec<_>, _>>()?,
        Value::Set(set) => set.iter().map(range).collect::<std::result::Result<Vec<_>, _>>()?,
        _ => return Err(BuiltinError::failed("operand must be an array")),
    };
    ranges.sort_by_key(|range| (range.last, range.first));
    // From the highest down, each run that touches the one below it is joined with that.
    let mut merged: Vec<Range> = Vec::with_capacity(ranges.len());
    for range in ranges.into_iter().rev() {
        match merged.last_mut() {
            Some(above) if before(above.first) <= range.last => {
                above.first = above.first.min(range.first);
                above.whole = None;
            }
            _ => merged.push(range),
        }
    }
    let mut networks = Vec::new();
    for range in merged {
        match range.whole {
            Some(network) => networks.push(context.arena.string(&network)),
            None => networks.extend(
                networks_of(range.first, range.last).map(|network| context.arena.format(format_args!("{network}"))),
            ),
        }
    }
    Ok(Some(context.arena.set(&networks)))
}

/// The address before, except that nothing comes before the first one of either family.
fn before(number: u128) -> u128 {
    if number == mapped(Ipv4Addr::UNSPECIFIED.into()) { number } else { number.saturating_sub(1) }
}

fn range(item: Value<'_>) -> std::result::Result<Range, BuiltinError> {
    let text = item.as_str().ok_or_else(|| BuiltinError::failed("element must be string"))?;
    let (network, whole) = match text.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            // Without a prefix the class of the address says how long it is, as it did before 1993.
            let [class, ..] = address.octets();
            let prefix = match class {
                0..0x80 => 8,
                0x80..0xc0 => 16,
                _ => 24,
            };
            let first = Ipv4Addr::from_bits(address.to_bits() & !(u32::MAX >> prefix));
            (Network { first: first.into(), prefix }, format!("{address}/{prefix}"))
        }
        Ok(IpAddr::V6(_)) => return Err(BuiltinError::failed("IPv6 invalid: needs prefix length")),
        Err(_) => {
            let network = Network::parse(text)?;
            (network, network.to_string())
        }
    };
    Ok(Range { first: mapped(network.first), last: mapped(network.last()), whole: Some(whole) })
}

/// The fewest networks that make up a range.
fn networks_of(first: u128, last: u128) -> impl Iterator<Item = Network> {
    let in_v4 = |number: u128| matches!(IpAddr::from(Ipv6Addr::from_bits(number)).to_canonical(), IpAddr::V4(_));
    let is_v4 = in_v4(first) && in_v4(last);
    let mut next = Some(first);
    std::iter::from_fn(move || {
        let start = next.filter(|&start| start <= last)?;
        // As large as the place allows and the rest of the range fills.
        let mut free = start.trailing_zeros().min(128);
        while ones(free) > last - start {
            free -= 1;
        }
        next = start.checked_add(ones(free)).and_then(|end| end.checked_add(1));
        let address = IpAddr::from(Ipv6Addr::from_bits(start));
        Some(if is_v4 {
            Network { first: address.to_canonical(), prefix: 32 - free }
        } else {
            Network { first: address, prefix: 128 - free }
        })
    })
}

fn lookup_ip_addr<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let name = string(operands, 0)?;
    let arena = context.arena;
    let addresses = match name.parse() {
        // An address is its own.
        Ok(address) => vec![address],
        Err(_) => {
            context.host.lookup_ip(name).map_err(|error| BuiltinError::failed(format!("lookup {name}: {error}")))?
        }
    };
    let addresses: Vec<_> =
        addresses.into_iter().map(|address| arena.format(format_args!("{}", address.to_canonical()))).collect();
    Ok(Some(arena.set(&addresses)))
}

#[cfg(test)]
#[path = "net_tests.rs"]
mod tests;
