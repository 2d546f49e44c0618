use super::super::testing::{check, check_on, run, term};
use host::FixedHost;
use value::Arena;

const ROOT: &str = include_str!("pki/fixtures/root.pem");
const INTERMEDIATE: &str = include_str!("pki/fixtures/intermediate.pem");
const LEAF: &str = include_str!("pki/fixtures/leaf.pem");
const LEAF_KEY: &str = include_str!("pki/fixtures/ec_p384.key");
const LEAF_REQUEST: &str = include_str!("pki/fixtures/leaf.csr");
const CODE_SIGNING: &str = include_str!("pki/fixtures/code_signing.pem");
const OUTSIDE: &str = include_str!("pki/fixtures/outside.pem");
const EXPIRED: &str = include_str!("pki/fixtures/expired.pem");
const PSS: &str = include_str!("pki/fixtures/pss.pem");
const SHA1: &str = include_str!("pki/fixtures/sha1.pem");
const ED25519: &str = include_str!("pki/fixtures/ed25519.pem");

/// 2030-01-01, when all certificates but the expired one hold.
const NOW_NS: i64 = 1_893_456_000_000_000_000;

fn quoted(pem: &str) -> String {
    format!("`{pem}`")
}

#[test]
fn certificates_are_shown_as_go_shows_them() {
    for (pem, expected) in [
        (LEAF, include_str!("pki/fixtures/leaf.cert.json")),
        (INTERMEDIATE, include_str!("pki/fixtures/intermediate.cert.json")),
        (ED25519, include_str!("pki/fixtures/ed25519.cert.json")),
    ] {
        check("crypto.x509.parse_certificates", &[&quoted(pem)], expected);
    }
}

#[test]
fn what_is_no_certificate() {
    let check = |text: &str, expected: &str| check("crypto.x509.parse_certificates", &[text], expected);
    check("1", "error: operand 1 must be string but got number");
    check(r#""foobar""#, "error: illegal base64 data at input byte 4");
    check(r#""YmFkc3RyaW5n""#, "error: x509: malformed certificate");
    check(r#""""#, "[]");
    check(&quoted(include_str!("pki/fixtures/rsa.pub")), "error: PEM block type is 'PUBLIC KEY', expected CERTIFICATE");
}

#[test]
fn requests_and_key_pairs_are_shown_as_go_shows_them() {
    check(
        "crypto.x509.parse_certificate_request",
        &[&quoted(LEAF_REQUEST)],
        include_str!("pki/fixtures/leaf.csr.json"),
    );
    check(
        "crypto.x509.parse_keypair",
        &[&quoted(LEAF), &quoted(LEAF_KEY)],
        include_str!("pki/fixtures/leaf.pair.json"),
    );
}

#[test]
fn what_is_no_request() {
    let check = |text: &str, expected: &str| check("crypto.x509.parse_certificate_request", &[text], expected);
    check(r#""foobar""#, "error: illegal base64 data at input byte 4");
    check(&quoted(ROOT), "error: illegal base64 data at input byte 0");
    check(r#""MAM=""#, "error: asn1: syntax error: data truncated");
    check(r#""MAA=""#, "error: asn1: structure error: tags don't match");
}

#[test]
fn what_is_no_key_pair() {
    let check = |certificate: &str, key: &str, expected: &str| {
        check("crypto.x509.parse_keypair", &[&quoted(certificate), &quoted(key)], expected);
    };
    let other = include_str!("pki/fixtures/ec_p256.key");
    check(LEAF, other, "error: tls: private key does not match public key");
    let rsa = include_str!("pki/fixtures/rsa.key");
    check(LEAF, rsa, "error: tls: private key type does not match public key type");
    check(LEAF, ROOT, "error: tls: found a certificate rather than a key in the PEM for the private key");
    check(
        LEAF_KEY,
        LEAF,
        "error: tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
    );
}

#[test]
fn private_keys_become_web_keys() {
    let name = "crypto.x509.parse_rsa_private_key";
    check(name, &[r#""""#], "error: input PEM data was empty");
    check(name, &[r#""invalid""#], "error: illegal base64 data at input byte 4");
    check(name, &[&quoted(ROOT)], "null");
    let arena = Arena::new();
    let host = FixedHost { now_ns: NOW_NS };
    for (pem, kind, secret) in [
        (include_str!("pki/fixtures/rsa.key"), "RSA", "qi"),
        (include_str!("pki/fixtures/rsa_pkcs1.key"), "RSA", "qi"),
        (include_str!("pki/fixtures/ec_p256_sec1.key"), "EC", "d"),
        (include_str!("pki/fixtures/ed25519.key"), "OKP", "d"),
    ] {
        let result = run(&host, &arena, name, &[&quoted(pem)]);
        let key = term(&arena, &result);
        assert_eq!(key.get_str("kty").and_then(|kty| kty.as_str()), Some(kind));
        assert!(key.get_str(secret).is_some(), "{result}");
    }
}

/// Whether the chain holds, and the serial numbers along it.
#[track_caller]
fn verify(certificates: &[&str], options: Option<&str>, expected: Result<usize, &str>) {
    let arena = Arena::new();
    let host = FixedHost { now_ns: NOW_NS };
    let pem = quoted(&certificates.concat());
    let result = match options {
        None => run(&host, &arena, "crypto.x509.parse_and_verify_certificates", &[&pem]),
        Some(options) => run(&host, &arena, "crypto.x509.parse_and_verify_certificates_with_options", &[&pem, options]),
    };
    match expected {
        Err(message) => assert_eq!(result, message),
        Ok(0) => assert_eq!(result, "[false, []]"),
        Ok(length) => {
            let result = term(&arena, &result);
            let parts: Vec<_> = result.as_array().expect("an array").iter().collect();
            assert_eq!(parts[0].as_bool(), Some(true));
            assert_eq!(parts[1].as_array().expect("the chain").len(), length);
        }
    }
}

#[test]
fn chains() {
    verify(&[ROOT, INTERMEDIATE, LEAF], None, Ok(3));
    verify(&[ROOT, INTERMEDIATE, PSS], None, Ok(3));
    verify(&[INTERMEDIATE, LEAF], None, Ok(2));
    verify(&[ROOT, CODE_SIGNING, INTERMEDIATE, LEAF], None, Ok(3));
    // One certificate, one missing, the wrong way round, too old, no server's, a name that is not allowed, SHA-1.
    verify(&[ROOT], None, Ok(0));
    verify(&[ROOT, LEAF], None, Ok(0));
    verify(&[LEAF, INTERMEDIATE, ROOT], None, Ok(0));
    verify(&[ROOT, INTERMEDIATE, EXPIRED], None, Ok(0));
    verify(&[ROOT, INTERMEDIATE, CODE_SIGNING], None, Ok(0));
    verify(&[ROOT, INTERMEDIATE, OUTSIDE], None, Ok(0));
    verify(&[ROOT, INTERMEDIATE, SHA1], None, Ok(0));
    verify(&["nothing"], None, Ok(0));
    // The leaf is no authority.
    verify(&[LEAF, ED25519], None, Ok(0));
}

#[test]
fn tampering_is_found() {
    // The first half of the signed part of one with the rest of another: the signature no longer fits.
    let lines: Vec<_> = LEAF.lines().collect();
    let changed: String = lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            if index == lines.len() - 3 {
                format!("{}\n", line.chars().rev().collect::<String>())
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    verify(&[ROOT, INTERMEDIATE, &changed], None, Ok(0));
}

#[test]
fn chains_with_options() {
    let verify = |leaf: &str, options: &str, expected| verify(&[ROOT, INTERMEDIATE, leaf], Some(options), expected);
    verify(LEAF, "{}", Ok(3));
    verify(LEAF, r#"{"DNSName": "WWW.example.com"}"#, Ok(3));
    verify(LEAF, r#"{"DNSName": "a.api.example.com"}"#, Ok(3));
    verify(LEAF, r#"{"DNSName": "a.b.api.example.com"}"#, Ok(0));
    verify(LEAF, r#"{"DNSName": "api.example.com"}"#, Ok(0));
    verify(LEAF, r#"{"DNSName": "10.1.2.3"}"#, Ok(3));
    verify(LEAF, r#"{"DNSName": "[10.1.2.4]"}"#, Ok(0));
    verify(LEAF, r#"{"CurrentTime": 1704164645000000000}"#, Ok(0));
    verify(EXPIRED, r#"{"CurrentTime": 1795440000000000000}"#, Ok(3));
    verify(CODE_SIGNING, r#"{"KeyUsages": ["KeyUsageCodeSigning"]}"#, Ok(3));
    verify(CODE_SIGNING, r#"{"KeyUsages": {"KeyUsageAny"}}"#, Ok(3));
    verify(CODE_SIGNING, r#"{"KeyUsages": ["KeyUsageClientAuth", "KeyUsageCodeSigning"]}"#, Ok(3));
    verify(LEAF, r#"{"KeyUsages": ["KeyUsageCodeSigning"]}"#, Ok(0));
    verify(LEAF, r#"{"MaxConstraintComparisons": 5}"#, Ok(3));
    verify("", r#"{"KeyUsages": ["KeyUsageAny"]}"#, Ok(2));
}

#[test]
fn options_that_make_no_sense() {
    for (options, message) in [
        (r#"{"x": 1}"#, "invalid key option"),
        (r#"{"DNSName": 1}"#, "'DNSName' should be a string"),
        (r#"{"CurrentTime": "now"}"#, "'CurrentTime' should be a number"),
        (r#"{"CurrentTime": 1.5}"#, "'CurrentTime' should be a valid int64 number"),
        (r#"{"MaxConstraintComparisons": null}"#, "'MaxConstraintComparisons' should be a number"),
        (r#"{"KeyUsages": "KeyUsageAny"}"#, "'KeyUsages' should be an Array or Set"),
        (r#"{"KeyUsages": ["a", "KeyUsageAny", "b"]}"#, "invalid entries for 'KeyUsages' found: [a b]"),
    ] {
        verify(&[ROOT, INTERMEDIATE, LEAF], Some(options), Err(&format!("error: {message}")));
    }
    verify(&[ROOT], Some("1"), Err("error: operand 2 must be object but got number"));
    verify(&["not PEM"], Some(r#"{"x": 1}"#), Ok(0));
    check_on(&FixedHost { now_ns: NOW_NS }, "crypto.x509.parse_and_verify_certificates", &["unknown"], "unknown");
}
