use super::{BitString, Der, big_arcs, dotted, write, write_integer};
use num_bigint::BigUint;

#[test]
fn lengths_are_in_their_shortest_form() {
    let read = |bytes: &[u8]| Der::new(bytes).any().map(|element| element.content.len());
    let long = [&[0x04, 0x81, 0x80], [7; 128].as_slice()].concat();
    for (bytes, expected) in [
        (&[0x04, 0x00][..], Some(0)),
        (&[0x04, 0x02, 1, 2], Some(2)),
        (&[0x04, 0x03, 1, 2], None),
        (&[0x04], None),
        (&[], None),
        (&long, Some(128)),
        (&[0x04, 0x81, 0x01, 1], None),
        (&[0x04, 0x80, 0, 0], None),
        (&[0x04, 0x82, 0x00, 0x80], None),
        (&[0x04, 0x85, 1, 1, 1, 1, 1], None),
        (&[0x1f, 0x01, 0], None),
    ] {
        assert_eq!(read(bytes), expected, "{bytes:02x?}");
    }
}

#[test]
fn integers_are_in_their_shortest_form() {
    let read = |bytes: &[u8]| Der::new(bytes).integer().map(|integer| integer.to_string());
    for (bytes, expected) in [
        (&[2, 1, 0][..], Some("0")),
        (&[2, 1, 0xff], Some("-1")),
        (&[2, 2, 0, 0x80], Some("128")),
        (&[2, 2, 0, 0x7f], None),
        (&[2, 2, 0xff, 0x80], None),
        (&[2, 0], None),
        (&[4, 1, 1], None),
    ] {
        assert_eq!(read(bytes).as_deref(), expected, "{bytes:02x?}");
    }
}

#[test]
fn object_identifiers() {
    let read = |bytes: &[u8]| Der::new(&write(6, bytes)).oid().map(|oid| dotted(&oid));
    assert_eq!(read(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]).as_deref(), Some("1.2.840.113549"));
    assert_eq!(read(&[0x55, 0x1d, 0x25, 0x00]).as_deref(), Some("2.5.29.37.0"));
    assert_eq!(read(&[0x88, 0x37]).as_deref(), Some("2.999"));
    assert_eq!(read(&[]), None);
    assert_eq!(read(&[0x2a, 0x80, 0x01]), None, "not the shortest form");
    assert_eq!(read(&[0x2a, 0x86]), None, "cut off");
    let big = [0x2a, 0x9f, 0xff, 0xff, 0xff, 0x7f];
    assert_eq!(read(&big), None, "beyond 31 bits");
    assert_eq!(big_arcs(&big).map(|arcs| arcs.len()), Some(3));
}

#[test]
fn bits() {
    let bits = |bytes: &[u8]| Der::new(&write(3, bytes)).bit_string().map(|bits: BitString<'_>| bits.right_aligned());
    assert_eq!(bits(&[0, 0xff]), Some(vec![0xff]));
    assert_eq!(bits(&[4, 0xa5, 0xf0]), Some(vec![0x0a, 0x5f]));
    assert_eq!(bits(&[4, 0xff]), None, "unused bits are set");
    assert_eq!(bits(&[8, 0]), None);
    assert_eq!(bits(&[]), None);
}

#[test]
fn times() {
    let time = |tag: u8, text: &str| {
        Der::new(&write(tag, text.as_bytes())).time().map(|time| (time.rfc3339(), time.epoch_seconds()))
    };
    let valid = |tag, text, shown: &str, seconds| assert_eq!(time(tag, text), Ok((shown.to_owned(), seconds)));
    valid(0x17, "240102030405Z", "2024-01-02T03:04:05Z", 1_704_164_645);
    valid(0x17, "500102030405Z", "1950-01-02T03:04:05Z", -631_054_555);
    valid(0x17, "2401020304Z", "2024-01-02T03:04:00Z", 1_704_164_640);
    valid(0x17, "240102030405+0100", "2024-01-02T03:04:05+01:00", 1_704_161_045);
    valid(0x18, "20240102030405Z", "2024-01-02T03:04:05Z", 1_704_164_645);
    for (tag, text) in [(0x17, "240230000000Z"), (0x17, "240102030405"), (0x17, "240102030405+0000"), (0x17, "")] {
        assert_eq!(time(tag, text), Err("x509: malformed UTCTime"), "{text}");
    }
    assert_eq!(time(0x18, "20240102030460Z"), Err("x509: malformed GeneralizedTime"));
    assert_eq!(time(0x04, "20240102030405Z"), Err("x509: unsupported time format"));
}

#[test]
fn what_is_written_reads_back() {
    for number in [0_u64, 1, 127, 128, 255, 256, u64::MAX] {
        let written = write_integer(&BigUint::from(number));
        assert_eq!(Der::new(&written).integer().map(|integer| integer.to_string()), Some(number.to_string()));
    }
    for length in [0, 127, 128, 255, 256, 70_000] {
        assert_eq!(Der::new(&write(4, &vec![1; length])).content(4).map(<[u8]>::len), Some(length));
    }
}
