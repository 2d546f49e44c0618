use super::Permission;
use crate::options::{AllowedHost, HostPattern};
use crate::target::Target;

fn named(name: &str) -> AllowedHost {
    AllowedHost { pattern: HostPattern::Name(name.to_owned()), port: None, local: false }
}

fn below(name: &str) -> AllowedHost {
    AllowedHost { pattern: HostPattern::Below(name.to_owned()), ..named("") }
}

fn any() -> AllowedHost {
    AllowedHost { pattern: HostPattern::Any, ..named("") }
}

fn at(address: &str) -> AllowedHost {
    AllowedHost { pattern: HostPattern::Address(address.parse().unwrap()), ..named("") }
}

/// Checks whether `url` may be asked, and then whether it may have an address.
#[track_caller]
fn check(allowed: &AllowedHost, url: &str, address: &str, expected: (bool, bool)) {
    let target = Target::parse(url).unwrap();
    let permission = Permission::of(&target, std::slice::from_ref(allowed), false);
    let reached = permission.as_ref().is_ok_and(|given| given.check(&target, address.parse().unwrap()).is_ok());
    assert_eq!((permission.is_ok(), reached), expected, "{allowed:?} {url} {address}");
}

#[test]
fn names_and_ports() {
    let public = "93.184.216.34";
    check(&named("a.example"), "https://a.example/x", public, (true, true));
    check(&named("a.example"), "https://A.Example.:8443/x", public, (true, true));
    check(&named("a.example"), "https://b.a.example/", public, (false, false));
    check(&named("a.example"), "https://a.example@evil.example/", public, (false, false));
    check(&named("a.example"), "https://evil.example\\@a.example/", public, (false, false));
    check(&AllowedHost { port: Some(8443), ..named("a.example") }, "https://a.example:8443/", public, (true, true));
    check(&AllowedHost { port: Some(8443), ..named("a.example") }, "https://a.example/", public, (false, false));
    check(&AllowedHost { port: Some(443), ..named("a.example") }, "https://a.example/", public, (true, true));
    check(&below("example"), "http://a.b.example/", public, (true, true));
    check(&below("example"), "http://example/", public, (false, false));
    check(&below("example"), "http://notexample/", public, (false, false));
    check(&any(), "http://whatever.test:99/", public, (true, true));
}

#[test]
fn names_stand_for_no_local_address() {
    for local in ["127.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254"] {
        check(&named("a.example"), "http://a.example/", local, (true, false));
        check(&any(), "http://a.example/", local, (true, false));
        check(&AllowedHost { local: true, ..named("a.example") }, "http://a.example/", local, (true, true));
    }
    check(&named("localhost"), "http://localhost/", "127.0.0.1", (true, true));
    check(&named("localhost"), "http://localhost/", "169.254.169.254", (true, false));
    check(&named("a.example"), "http://a.example/", "10.1.2.3", (true, true));
}

#[test]
fn addresses_are_allowed_as_such() {
    check(&at("127.0.0.1"), "http://127.0.0.1:8080/", "127.0.0.1", (true, true));
    check(&at("169.254.169.254"), "http://169.254.169.254/", "169.254.169.254", (true, true));
    check(&at("::1"), "http://[::1]/", "::1", (true, true));
    check(&at("127.0.0.1"), "http://[::ffff:127.0.0.1]/", "127.0.0.1", (true, true));
    check(&at("127.0.0.1"), "http://127.0.0.2/", "127.0.0.2", (false, false));
    // However an address is written, it is that address.
    for written in ["http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/"] {
        check(&any(), written, "127.0.0.1", (true, false));
        check(&at("127.0.0.1"), written, "127.0.0.1", (true, true));
    }
}

#[test]
fn sockets_by_their_path_alone() {
    let url = "unix://localhost/v1?socket=%2Frun%2Fa.sock";
    let socket = |path: &str| AllowedHost { pattern: HostPattern::Socket(path.into()), ..named("") };
    check(&socket("/run/a.sock"), url, "10.0.0.1", (true, true));
    for other in [socket("/run/b.sock"), any(), named("localhost")] {
        check(&other, url, "10.0.0.1", (false, false));
    }
    check(&socket("/run/a.sock"), "http://localhost/", "10.0.0.1", (false, false));
}
