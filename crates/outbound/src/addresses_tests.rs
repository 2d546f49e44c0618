use super::{Locality, locality};

#[test]
fn what_no_name_may_stand_for() {
    for (address, expected) in [
        ("127.0.0.1", Some(Locality::ThisMachine)),
        ("127.9.9.9", Some(Locality::ThisMachine)),
        ("0.0.0.0", Some(Locality::ThisMachine)),
        ("0.1.2.3", Some(Locality::ThisMachine)),
        ("::1", Some(Locality::ThisMachine)),
        ("::", Some(Locality::ThisMachine)),
        ("::ffff:127.0.0.1", Some(Locality::ThisMachine)),
        ("::127.0.0.1", Some(Locality::ThisMachine)),
        ("64:ff9b::7f00:1", Some(Locality::ThisMachine)),
        ("2002:7f00:1::", Some(Locality::ThisMachine)),
        ("169.254.169.254", Some(Locality::LinkLocal)),
        ("169.254.170.2", Some(Locality::LinkLocal)),
        ("::ffff:169.254.169.254", Some(Locality::LinkLocal)),
        ("fe80::1", Some(Locality::LinkLocal)),
        ("100.100.100.200", Some(Locality::Metadata)),
        ("168.63.129.16", Some(Locality::Metadata)),
        ("192.0.0.192", Some(Locality::Metadata)),
        ("fd00:ec2::254", Some(Locality::Metadata)),
        ("fd20:ce::254", Some(Locality::Metadata)),
        ("224.0.0.1", Some(Locality::NoHost)),
        ("255.255.255.255", Some(Locality::NoHost)),
        ("ff02::1", Some(Locality::NoHost)),
        ("10.0.0.1", None),
        ("192.168.1.1", None),
        ("172.16.0.1", None),
        ("100.64.0.1", None),
        ("fd12::1", None),
        ("93.184.216.34", None),
        ("2001:db8::1", None),
        ("::ffff:10.0.0.1", None),
    ] {
        assert_eq!(locality(address.parse().unwrap()), expected, "{address}");
    }
}
