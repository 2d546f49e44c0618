use super::super::testing::{check, check_on, run, term};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use host::FixedHost;
use value::Arena;

const RSA_KEY: &str = include_str!("pki/fixtures/rsa.key");
const RSA: &str = include_str!("pki/fixtures/rsa.pub");
const P256_KEY: &str = include_str!("pki/fixtures/ec_p256.key");
const P256: &str = include_str!("pki/fixtures/ec_p256.pub");
const P256_CERTIFICATE: &str = include_str!("pki/fixtures/root.pem");
const P384_KEY: &str = include_str!("pki/fixtures/ec_p384.key");
const P384: &str = include_str!("pki/fixtures/ec_p384.pub");
const P521_KEY: &str = include_str!("pki/fixtures/ec_p521.key");
const P521: &str = include_str!("pki/fixtures/ec_p521.pub");
const ED25519_KEY: &str = include_str!("pki/fixtures/ed25519.key");
const ED25519: &str = include_str!("pki/fixtures/ed25519.pub");
/// `secret`.
const SECRET_KEY: &str = r#"{"kty": "oct", "k": "c2VjcmV0"}"#;

const HOST: FixedHost = FixedHost { now_ns: 2_000_000_000_000 };

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

fn web_key(pem: &str) -> String {
    let arena = Arena::new();
    run(&HOST, &arena, "crypto.x509.parse_rsa_private_key", &[&quoted(pem)])
}

/// A web key without its secret.
fn public_web_key(pem: &str, more: &str) -> String {
    let arena = Arena::new();
    let text = web_key(pem);
    let key = term(&arena, &text).as_object().expect("a key");
    let entries: Vec<_> = key
        .iter()
        .filter(|(name, _)| ["kty", "n", "e", "crv", "x", "y"].contains(&name.as_str().expect("a name")))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    format!("{{{}{more}}}", entries.join(", "))
}

#[track_caller]
fn sign(header: &str, payload: &str, key: &str) -> String {
    let arena = Arena::new();
    let token = run(&HOST, &arena, "io.jwt.encode_sign", &[header, payload, key]);
    assert!(token.starts_with('"'), "{token}");
    token
}

/// A token with any parts.
fn token(header: &str, payload: &str, signature: &str) -> String {
    let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("\"{header}.{payload}.{signature}\"")
}

#[test]
fn what_is_signed_verifies() {
    for (algorithm, private, public, other) in [
        ("RS256", RSA_KEY, RSA, P256),
        ("RS384", RSA_KEY, RSA, ED25519),
        ("RS512", RSA_KEY, RSA, P256),
        ("PS256", RSA_KEY, RSA, P256),
        ("PS384", RSA_KEY, RSA, P256),
        ("PS512", RSA_KEY, RSA, P256),
        ("ES256", P256_KEY, P256, RSA),
        ("ES256", P256_KEY, P256_CERTIFICATE, P384),
        ("ES384", P384_KEY, P384, P256),
        ("ES512", P521_KEY, P521, P256),
        ("EdDSA", ED25519_KEY, ED25519, P256),
    ] {
        let header = format!(r#"{{"alg": "{algorithm}"}}"#);
        let signed = sign(&header, r#"{"iss": "a"}"#, &web_key(private));
        let verifier = format!("io.jwt.verify_{}", algorithm.to_lowercase());
        check(&verifier, &[&signed, &quoted(public)], "true");
        check(&verifier, &[&signed, &quoted(&public_web_key(private, ""))], "true");
        check(&verifier, &[&signed, &quoted(other)], "false");
        let verified = format!(r#"[true, {header}, {{"iss": "a"}}]"#);
        let unverified = "[false, {}, {}]";
        let constraints = |key: &str| format!(r#"{{"cert": `{key}`, "alg": "{algorithm}"}}"#);
        check_on(&HOST, "io.jwt.decode_verify", &[&signed, &constraints(public)], &verified);
        check_on(&HOST, "io.jwt.decode_verify", &[&signed, &constraints(&web_key(private))], &verified);
        check_on(&HOST, "io.jwt.decode_verify", &[&signed, &constraints(other)], unverified);
        // Another payload under the same signature, and a signature that is cut off.
        let (start, signature) = signed.trim_matches('"').rsplit_once('.').expect("three parts");
        let tampered = token(&header, r#"{"iss": "b"}"#, signature);
        check(&verifier, &[&tampered, &quoted(public)], "false");
        check_on(&HOST, "io.jwt.decode_verify", &[&tampered, &constraints(public)], unverified);
        check(&verifier, &[&format!("\"{start}.{}\"", &signature[..40]), &quoted(public)], "false");
        check(&verifier, &[&format!("\"{start}.\""), &quoted(public)], "false");
    }
}

#[test]
fn secrets() {
    for (algorithm, verifier) in
        [("HS256", "io.jwt.verify_hs256"), ("HS384", "io.jwt.verify_hs384"), ("HS512", "io.jwt.verify_hs512")]
    {
        let signed = sign(&format!(r#"{{"alg": "{algorithm}"}}"#), "{}", SECRET_KEY);
        check(verifier, &[&signed, r#""secret""#], "true");
        check(verifier, &[&signed, r#""Secret""#], "false");
        let valid = format!(r#"[true, {{"alg": "{algorithm}"}}, {{}}]"#);
        check_on(&HOST, "io.jwt.decode_verify", &[&signed, r#"{"secret": "secret"}"#], &valid);
        // A public key is no secret to sign with, and a shared secret verifies only what it is asked to.
        check_on(&HOST, "io.jwt.decode_verify", &[&signed, &format!(r#"{{"cert": `{RSA}`}}"#)], "[false, {}, {}]");
        check("io.jwt.verify_rs256", &[&signed, &quoted(RSA)], "false");
        check("io.jwt.verify_rs256", &[&signed, &quoted(SECRET_KEY)], "false");
    }
    check("io.jwt.verify_hs256", &["1", r#""x""#], "error: operand 1 must be string but got number");
    check("io.jwt.verify_hs256", &[r#""a.b.c""#, "1"], "error: operand 2 must be string but got number");
    check("io.jwt.verify_hs256", &[r#""a.b.c""#, r#""x""#], "error: illegal base64url string: c");
}

#[test]
fn an_algorithm_is_needed() {
    let constraints = r#"{"secret": "secret"}"#;
    let unverified = "[false, {}, {}]";
    for header in [
        r#"{"alg": "none"}"#,
        r#"{"alg": "None"}"#,
        r#"{"alg": ""}"#,
        "{}",
        r#"{"alg": "HS256", "crit": ["x"], "x": 1}"#,
        r#"{"alg": "hs256"}"#,
        r#"{"alg": "HS255"}"#,
    ] {
        check_on(&HOST, "io.jwt.decode_verify", &[&token(header, "{}", ""), constraints], unverified);
    }
    let signed = sign(r#"{"alg": "HS256"}"#, "{}", SECRET_KEY);
    check_on(&HOST, "io.jwt.decode_verify", &[&signed, r#"{"secret": "secret", "alg": "HS512"}"#], unverified);
    for (header, message) in [
        (r#"{"alg": 1}"#, "alg: must be a string"),
        (r#"{"alg": "HS256", "crit": "x"}"#, "crit: must be a list"),
        (r#"{"alg": "HS256", "crit": []}"#, "crit: must be a nonempty list"),
    ] {
        let message = format!("error: {message}");
        check_on(&HOST, "io.jwt.decode_verify", &[&token(header, "{}", ""), constraints], &message);
    }
}

#[test]
fn claims_are_held_against_constraints() {
    let check = |payload: &str, constraints: &str, valid: bool| {
        let header = r#"{"alg": "HS256"}"#;
        let signed = sign(header, payload, SECRET_KEY);
        let expected = if valid { format!("[true, {header}, {payload}]") } else { "[false, {}, {}]".to_owned() };
        let constraints = format!(r#"{{"secret": "secret"{constraints}}}"#);
        check_on(&HOST, "io.jwt.decode_verify", &[&signed, &constraints], &expected);
    };
    check(r#"{"iss": "a"}"#, r#", "iss": "a""#, true);
    check(r#"{"iss": "a"}"#, r#", "iss": "b""#, false);
    check(r#"{"iss": 1}"#, r#", "iss": "b""#, false);
    check("{}", r#", "iss": "b""#, false);
    check(r#"{"aud": "a"}"#, r#", "aud": "a""#, true);
    check(r#"{"aud": "a"}"#, "", false);
    check(r#"{"aud": ["a", "b"]}"#, r#", "aud": "b""#, true);
    check(r#"{"aud": ["a", 1]}"#, r#", "aud": "b""#, false);
    check(r#"{"aud": 1}"#, r#", "aud": "b""#, false);
    check("{}", r#", "aud": "b""#, false);
    // The host's clock shows second 2000.
    check(r#"{"exp": 2001}"#, "", true);
    check(r#"{"exp": 2000}"#, "", false);
    check(r#"{"exp": 2000.5}"#, "", true);
    check(r#"{"nbf": 2000}"#, "", true);
    check(r#"{"nbf": 2001}"#, "", false);
    check(r#"{"exp": 2001}"#, r#", "time": 2001000000000"#, false);
    check(r#"{"nbf": 2001}"#, r#", "time": 2001000000000"#, true);
}

#[test]
fn constraints_that_make_no_sense() {
    for (constraints, message) in [
        ("{}", "no key constraint"),
        (r#"{"secret": ""}"#, "no key constraint"),
        (r#"{"secret": 1}"#, "secret constraint: must be a string"),
        (r#"{"cert": 1}"#, "cert constraint: must be a string"),
        (r#"{"secret": "x", "x": 1}"#, "unknown token validation constraint: x"),
        (r#"{"secret": "x", "time": "now"}"#, "token time constraint: must be a number"),
        (r#"{"secret": "x", "time": -1}"#, "token time constraint: must not be negative"),
    ] {
        check_on(&HOST, "io.jwt.decode_verify", &[r#""""#, constraints], &format!("error: {message}"));
    }
    let both = format!(r#"{{"secret": "x", "cert": `{RSA}`}}"#);
    check_on(&HOST, "io.jwt.decode_verify", &[r#""""#, &both], "error: duplicate key constraints");
    check_on(&HOST, "io.jwt.decode_verify", &[r#""""#, "1"], "error: operand 2 must be object but got number");
}

#[test]
fn keys_are_chosen_among_several() {
    let signed = |header: &str| sign(header, "{}", &web_key(P256_KEY));
    let set = |keys: &[&str]| quoted(&format!(r#"{{"keys": [{}]}}"#, keys.join(", ")));
    let check =
        |token: &str, keys: &[&str], expected: &str| check("io.jwt.verify_es256", &[token, &set(keys)], expected);
    let plain = signed(r#"{"alg": "ES256"}"#);
    let named = signed(r#"{"alg": "ES256", "kid": "a"}"#);
    let rsa = public_web_key(RSA_KEY, r#", "kid": "a""#);
    let right = public_web_key(P256_KEY, "");
    check(&plain, &[&rsa, &right], "true");
    check(&named, &[&rsa, &right], "false");
    check(&named, &[&right, &public_web_key(P256_KEY, r#", "kid": "a", "alg": "ES512""#)], "true");
    check(&plain, &[&public_web_key(P256_KEY, r#", "alg": "ES384""#)], "false");
    check(&plain, &[&public_web_key(P256_KEY, r#", "alg": "RSA-OAEP""#), &right], "true");
    check(&plain, &[&public_web_key(P256_KEY, r#", "alg": "RSA-OAEP""#)], "false");
    check(&plain, &[], "false");
}

#[test]
fn what_is_no_key() {
    let signed = sign(r#"{"alg": "HS256"}"#, "{}", SECRET_KEY);
    let check = |key: &str, message: &str| {
        check("io.jwt.verify_rs256", &[&signed, &quoted(key)], &format!("error: {message}"));
    };
    let extra = format!("{RSA}EXTRA");
    check(&extra, "extra data after a PEM certificate block");
    check(RSA_KEY, "failed to extract a Key from the PEM certificate");
    let not_a_certificate = RSA.replace("PUBLIC KEY", "CERTIFICATE");
    check(&not_a_certificate, "failed to parse a PEM certificate: x509: malformed serial number");
    let bogus = r#"{"kty": "bogus"}"#;
    check(bogus, "failed to parse a JWK key (set): invalid key type from JSON (bogus)");
    check(r#"{"kty": "RSA"}"#, "failed to parse a JWK key (set): required field n is missing");
    check(
        r#"{"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}"#,
        "failed to parse a JWK key (set): invalid ECDSA public key: point is not on the curve",
    );
    check(
        r#"{"kty": "EC", "crv": "P-1", "x": "AQ", "y": "AQ"}"#,
        "failed to parse a JWK key (set): invalid curve name or curve is not supported: P-1",
    );
}

#[test]
fn tokens_are_read_without_verifying() {
    let header = r#"{"alg": "none"}"#;
    check("io.jwt.decode", &[&token(header, r#"{"a": [1]}"#, "_-8")], r#"[{"alg": "none"}, {"a": [1]}, "ffef"]"#);
    check("io.jwt.decode", &[&token(header, r#"{"a": 1, "a": 2}"#, "")], r#"[{"alg": "none"}, {"a": 2}, ""]"#);
    let nested = token(header, r#"{"a": 1}"#, "");
    let outer = token(r#"{"cty": "JWT"}"#, &nested, "");
    check("io.jwt.decode", &[&outer], r#"[{"alg": "none"}, {"a": 1}, ""]"#);
    for (token, message) in [
        (r#""abc""#.to_owned(), "encoded JWT had no period separators"),
        (r#""a.b""#.to_owned(), "encoded JWT must have 3 sections, found 2"),
        (r#""a.b.c.d""#.to_owned(), "encoded JWT must have 3 sections, found 4"),
        (r#""%%%%.e30.""#.to_owned(), "JWT header had invalid encoding: illegal base64 data at input byte 0"),
        (token(r#"{"enc": "x"}"#, "{}", ""), "JWT is a JWE object, which is not supported"),
        (token("[]", "{}", ""), "bad JWT header: decoded JSON type was not an Object"),
        (token("{}", "[]", ""), "decoded JSON type was not an Object"),
        (r#""e30.%%.""#.to_owned(), "JWT payload had invalid encoding: illegal base64 data at input byte 0"),
        (r#""e30.e30.%%""#.to_owned(), "JWT signature had invalid encoding: illegal base64 data at input byte 0"),
    ] {
        check("io.jwt.decode", &[&token], &format!("error: {message}"));
    }
    check("io.jwt.decode", &["[]"], "error: operand 1 must be string but got array");
    check("io.jwt.decode", &["unknown"], "unknown");
}

#[test]
fn nested_tokens_are_verified_at_each_depth() {
    let inner = sign(r#"{"alg": "HS256"}"#, r#"{"a": 1}"#, SECRET_KEY);
    let arena = Arena::new();
    let outer = |inner: &str, key: &str| {
        let header = r#"`{"alg": "HS256", "cty": "jwt", "typ": "x"}`"#;
        run(&HOST, &arena, "io.jwt.encode_sign_raw", &[header, inner, &quoted(key)])
    };
    let constraints = r#"{"secret": "secret"}"#;
    let valid = r#"[true, {"alg": "HS256"}, {"a": 1}]"#;
    check_on(&HOST, "io.jwt.decode_verify", &[&outer(&inner, SECRET_KEY), constraints], valid);
    let other = sign(r#"{"alg": "HS256"}"#, r#"{"a": 1}"#, r#"{"kty": "oct", "k": "b3RoZXI"}"#);
    check_on(&HOST, "io.jwt.decode_verify", &[&outer(&other, SECRET_KEY), constraints], "[false, {}, {}]");
}

#[test]
fn signing_with_what_does_not_fit() {
    let check = |header: &str, payload: &str, key: &str, expected: &str| {
        check_on(&HOST, "io.jwt.encode_sign_raw", &[&quoted(header), &quoted(payload), &quoted(key)], expected);
    };
    let hs256 = r#"{"alg":"HS256"}"#;
    check(r#"{"alg":"none"}"#, "{}", SECRET_KEY, "error: unknown JWS algorithm: none");
    check("{}", "{}", SECRET_KEY, "error: missing or invalid 'alg' header: jwsbb: header \"alg\" not found");
    check(hs256, "{", SECRET_KEY, "error: type is JWT but payload is not JSON");
    check(hs256, "{}", &web_key(RSA_KEY), "error: jwsbb.Sign: invalid key type. []byte is required");
    check(hs256, "{}", r#"{"keys": []}"#, "error: no keys found in JWK set");
    check(hs256, "{}", r#"{"kty": "oct", "k": ""}"#, "error: dsig.toHMACKey: missing key while signing payload");
    check(
        r#"{"alg":"RS256"}"#,
        "{}",
        &public_web_key(RSA_KEY, ""),
        "error: jwsbb.Sign: invalid key type. *rsa.PrivateKey is required",
    );
    check(r#"{"alg":"ES384"}"#, "{}", &web_key(P256_KEY), "error: jwsbb.Sign: the key cannot sign with this algorithm");
}

#[test]
fn only_tokens_need_json() {
    let arena = Arena::new();
    let header = r#"`{"alg":"HS256","typ":"text"}`"#;
    let signed = run(&HOST, &arena, "io.jwt.encode_sign_raw", &[header, "`{`", &quoted(SECRET_KEY)]);
    check("io.jwt.verify_hs256", &[&signed, r#""secret""#], "true");
}

#[test]
fn objects_are_written_as_go_writes_them() {
    let signed = sign(r#"{"alg": "HS256", "a": "<&>"}"#, r#"{"aud": {"b", "a"}}"#, SECRET_KEY);
    let mut parts = signed.trim_matches('"').split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64"));
    assert_eq!(parts.next().as_deref(), Some(br#"{"a":"\u003c\u0026\u003e","alg":"HS256"}"#.as_slice()));
    assert_eq!(parts.next().as_deref(), Some(br#"{"aud":["a","b"]}"#.as_slice()));
    check_on(&HOST, "io.jwt.encode_sign", &["1", "{}", "{}"], "error: operand 1 must be object but got number");
}
