use super::super::testing::check;

const RSA: &str = include_str!("pki/fixtures/rsa.key");
const RSA_PKCS1: &str = include_str!("pki/fixtures/rsa_pkcs1.key");
const RSA_JSON: &str = include_str!("pki/fixtures/rsa.key.json");
const EC: &str = include_str!("pki/fixtures/ec_p521.key");
const EC_JSON: &str = include_str!("pki/fixtures/ec_p521.key.json");
const ED25519: &str = include_str!("pki/fixtures/ed25519.key");
const ED25519_JSON: &str = include_str!("pki/fixtures/ed25519.key.json");

#[test]
fn hashes() {
    check("crypto.md5", &[r#""""#], r#""d41d8cd98f00b204e9800998ecf8427e""#);
    check("crypto.md5", &[r#""abc""#], r#""900150983cd24fb0d6963f7d28e17f72""#);
    check("crypto.sha1", &[r#""abc""#], r#""a9993e364706816aba3e25717850c26c9cd0d89d""#);
    check("crypto.sha256", &[r#""abc""#], r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#);
    for name in ["crypto.md5", "crypto.sha1", "crypto.sha256"] {
        check(name, &["1"], "error: operand 1 must be string but got number");
        check(name, &["unknown"], "unknown");
    }
}

/// RFC 2202 and RFC 4231, test cases 2.
#[test]
fn authentication_codes() {
    let operands = &[r#""what do ya want for nothing?""#, r#""Jefe""#];
    check("crypto.hmac.md5", operands, r#""750c783e6ab0b503eaa86e310a5db738""#);
    check("crypto.hmac.sha1", operands, r#""effcdf6ae5eb2fa2d27416d5f184df9c259a7c79""#);
    check("crypto.hmac.sha256", operands, r#""5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843""#);
    check(
        "crypto.hmac.sha512",
        operands,
        r#""164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737""#,
    );
    // A key longer than a block is hashed first; checked with `openssl dgst -md5 -hmac`.
    let long = format!("\"{}\"", "k".repeat(80));
    check("crypto.hmac.md5", &[r#""x""#, &long], r#""60ed424c45100759e87ce1addd1c6e78""#);
    check("crypto.hmac.sha1", &[r#""x""#, "1"], "error: operand 2 must be string but got number");
}

#[test]
fn codes_are_compared() {
    check("crypto.hmac.equal", &[r#""a1""#, r#""a1""#], "true");
    check("crypto.hmac.equal", &[r#""a1""#, r#""a2""#], "false");
    check("crypto.hmac.equal", &[r#""a1""#, r#""a""#], "false");
    check("crypto.hmac.equal", &["null", r#""a""#], "error: operand 1 must be string but got null");
}

#[test]
fn private_keys() {
    let keys = |pem: &str, expected: &str| check("crypto.parse_private_keys", &[&format!("`{pem}`")], expected);
    keys(RSA, &format!("[{RSA_JSON}]"));
    keys(RSA_PKCS1, &format!("[{RSA_JSON}]"));
    keys(EC, &format!("[{EC_JSON}]"));
    keys(ED25519, &format!("[{ED25519_JSON}]"));
    keys(&format!("{EC}{ED25519}"), &format!("[{EC_JSON}, {ED25519_JSON}]"));
    keys("", "null");
    keys("no key", "[]");
    keys(include_str!("pki/fixtures/rsa.pub"), "[]");
    keys(
        &EC.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
        "error: x509: failed to parse private key (use ParsePKCS8PrivateKey instead for this key format)",
    );
    keys(
        &RSA_PKCS1.replace("RSA PRIVATE KEY", "EC PRIVATE KEY"),
        "error: x509: failed to parse private key (use ParsePKCS1PrivateKey instead for this key format)",
    );
}
