use crate::builtins::testing::{check, check_on};
use host::{FixedHost, Host, HostError};
use std::net::IpAddr;

#[test]
fn contains() {
    for (cidr, other, expected) in [
        ("10.0.0.0/8", "10.1.2.3", "true"),
        ("10.0.0.0/8", "192.168.1.1", "false"),
        ("172.17.0.0/24", "172.17.0.0/16", "false"),
        ("172.17.0.0/16", "172.17.1.0/24", "true"),
        ("2001:4860:4860::8888/32", "2001:4860:4860:1234::8888/40", "true"),
        ("2001:4860::/96", "2001:4860::/32", "false"),
        ("0.0.0.0/0", "255.255.255.255", "true"),
        ("::/0", "1.2.3.4", "false"),
        ("::/0", "ffff::", "true"),
        ("::ffff:10.0.0.0/104", "10.1.2.3", "true"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "true"),
        ("not-a-cidr", "10.1.2.3", "error: invalid CIDR address: not-a-cidr"),
        ("10.0.0.0/33", "10.1.2.3", "error: invalid CIDR address: 10.0.0.0/33"),
        ("10.0.0.0/+8", "10.1.2.3", "error: invalid CIDR address: 10.0.0.0/+8"),
        ("010.0.0.0/8", "10.1.2.3", "error: invalid CIDR address: 010.0.0.0/8"),
        ("10.0.0.0/8", "x", "error: not a valid textual representation of an IP address or CIDR: x"),
    ] {
        let operands = [format!("{cidr:?}"), format!("{other:?}")];
        check("net.cidr_contains", &[&operands[0], &operands[1]], expected);
        check("net.cidr_overlap", &[&operands[0], &operands[1]], expected);
    }
    check("net.cidr_contains", &[r#""10.0.0.0/8""#, "1"], "error: operand 1 must be string but got number");
    check("net.cidr_contains", &[r#""10.0.0.0/8""#, "unknown"], "unknown");
}

#[test]
fn pairs() {
    for (networks, others, expected) in [
        (r#""1.1.1.0/24""#, r#""1.1.1.1""#, r#"{["1.1.1.0/24", "1.1.1.1"]}"#),
        (r#"[["1.1.2.0/24", 1], "1.1.1.0/24"]"#, r#"["1.1.1.1", "1.1.2.1"]"#, "{[0, 1], [1, 0]}"),
        (r#"{["1.1.1.0/24", "x"]}"#, r#"{"a": "1.1.1.1", "b": "2.1.1.1"}"#, r#"{[["1.1.1.0/24", "x"], "a"]}"#),
        ("1", r#""1.1.1.1""#, "set()"),
        (r#"["1.1.1.0/24"]"#, "[1]", "error: operand 2: element must be string or non-empty array"),
        ("[[]]", "[1]", "error: operand 1: element must be string or non-empty array"),
        (r#"["1.1.1.0/24"]"#, "[[1]]", "error: operand 1 must be string but got number"),
    ] {
        check("net.cidr_contains_matches", &[networks, others], expected);
    }
}

#[test]
fn intersects() {
    for (a, b, expected) in [
        ("192.168.1.0/25", "192.168.1.64/25", "true"),
        ("192.168.1.0/24", "192.168.2.0/24", "false"),
        ("fd1e:5bfe:8af3:9ddc::/64", "fd1e:5bfe:8af3:9ddc:1111::/72", "true"),
        ("0.0.0.0/0", "::/0", "false"),
        ("192.168.1.0/28", "x", "error: invalid CIDR address: x"),
    ] {
        check("net.cidr_intersects", &[&format!("{a:?}"), &format!("{b:?}")], expected);
    }
}

#[test]
fn expands() {
    for (cidr, expected) in [
        ("172.16.100.255/30", r#"{"172.16.100.252", "172.16.100.253", "172.16.100.254", "172.16.100.255"}"#),
        ("192.168.1.1/32", r#"{"192.168.1.1"}"#),
        ("255.255.255.255/32", r#"{"255.255.255.255"}"#),
        ("2001:db8::1/127", r#"{"2001:db8::", "2001:db8::1"}"#),
        ("192.168.1.1/33", "error: invalid CIDR address: 192.168.1.1/33"),
        ("10.0.0.0/8", "error: network has more than 1048576 addresses: 10.0.0.0/8"),
        ("::/0", "error: network has more than 1048576 addresses: ::/0"),
    ] {
        check("net.cidr_expand", &[&format!("{cidr:?}")], expected);
    }
}

#[test]
fn merges() {
    for (addresses, expected) in [
        ("[]", "set()"),
        (r#"["192.0.128.0/24", "192.0.129.0/24"]"#, r#"{"192.0.128.0/23"}"#),
        (r#"["192.0.129.0/24", "192.0.130.0/24"]"#, r#"{"192.0.129.0/24", "192.0.130.0/24"}"#),
        (r#"{"192.0.2.112/30", "192.0.2.116/31", "192.0.2.118/31"}"#, r#"{"192.0.2.112/29"}"#),
        (r#"["192.0.128.0/24", "0.0.0.0/0"]"#, r#"{"0.0.0.0/0"}"#),
        (r#"["::/0", "fe80::1/128"]"#, r#"{"::/0"}"#),
        (r#"["::/0", "10.0.0.0/8"]"#, r#"{"::/0"}"#),
        (r#"["fe80::/120", "192.0.2.0/24", "192.0.3.0/24"]"#, r#"{"192.0.2.0/23", "fe80::/120"}"#),
        (r#"["192.0.2.112", "192.0.2.116/31"]"#, r#"{"192.0.2.0/24"}"#),
        (r#"["10.1.2.3"]"#, r#"{"10.1.2.3/8"}"#),
        (r#"["10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32"]"#, r#"{"10.0.0.1/32", "10.0.0.2/31"}"#),
        (r#"["255.255.255.255/32", "255.255.255.254/32"]"#, r#"{"255.255.255.254/31"}"#),
        (r#"["0.0.0.0/1", "128.0.0.0/1"]"#, r#"{"0.0.0.0/0"}"#),
        (r#"["::/1", "8000::/1"]"#, r#"{"::/0"}"#),
        (r#"["2601::1"]"#, "error: IPv6 invalid: needs prefix length"),
        (r#"["foo"]"#, "error: invalid CIDR address: foo"),
        ("[1]", "error: element must be string"),
        ("1", "error: operand must be an array"),
        ("[unknown]", "unknown"),
    ] {
        check("net.cidr_merge", &[addresses], expected);
    }
}

#[test]
fn tells_networks() {
    for (cidr, expected) in
        [(r#""192.168.1.0/24""#, "true"), (r#""192.168.1.2""#, "false"), (r#""""#, "false"), ("1", "false")]
    {
        check("net.cidr_is_valid", &[cidr], expected);
    }
}

struct Resolver;

impl Host for Resolver {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        FixedHost::default().random(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        match name {
            "localhost" => Ok(vec!["127.0.0.1".parse().expect("an address"), "::1".parse().expect("an address")]),
            _ => Err(HostError::Failed("no such host".to_owned())),
        }
    }

    fn print(&self, _: &str) {}
}

#[test]
fn looks_names_up() {
    check_on(&Resolver, "net.lookup_ip_addr", &[r#""localhost""#], r#"{"127.0.0.1", "::1"}"#);
    check_on(&Resolver, "net.lookup_ip_addr", &[r#""x.invalid""#], "error: lookup x.invalid: no such host");
    check("net.lookup_ip_addr", &[r#""::""#], r#"{"::"}"#);
    check("net.lookup_ip_addr", &[r#""localhost""#], {
        "error: lookup localhost: name resolution is not available here"
    });
}
