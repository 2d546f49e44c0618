//! Bundles that are signed.

use crate::support::{Server, archive, outcome, told, with_bundle};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256};
use aws_lc_rs::{digest, hmac, rsa};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use opa_api::{SigningKey, Verification};
use serde_json::{Value as Json, json};

const MANIFEST: &str = r#"{ "roots": ["a"], "revision": "1" }"#;
const MODULE: &str = "package a\n\np := data.a.q\n";
const DATA: &str = r#"{"q": 1.50, "b": ["x\u2028", {}]}"#;
const YAML: &str = "z: [1, yes, 1.50]\n";

/// What signs a token.
enum Signer {
    Secret(Vec<u8>),
    Ecdsa(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
}

impl Signer {
    fn ecdsa() -> Self {
        Self::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn rsa() -> Self {
        Self::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Secret(secret) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec(),
            Self::Ecdsa(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// What verifies it.
    fn key(&self) -> String {
        let der = match self {
            Self::Secret(secret) => return String::from_utf8(secret.clone()).unwrap(),
            Self::Ecdsa(pair) => pair.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::Rsa(pair) => pair.public_key().as_der().unwrap().as_ref().to_vec(),
        };
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
    }
}

fn token(header: &Json, claims: &Json, signer: &Signer) -> String {
    let encode = |part: &Json| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(signer.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn hash(bytes: &str) -> String {
    digest::digest(&digest::SHA256, bytes.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What `opa sign` says of the files of the tests.
fn claims() -> Json {
    let file = |name: &str, signed: &str| json!({"name": name, "hash": hash(signed), "algorithm": "SHA-256"});
    json!({
        "files": [
            file(".manifest", r#"{"revision":"1","roots":["a"]}"#),
            file("a/p.rego", MODULE),
            file("a/data.json", "{\"b\":[\"x\\u2028\",{}],\"q\":1.50}"),
            file("a/y/data.yaml", r#"{"z":[1,"yes",1.5]}"#),
            file("a/j/data.yaml", r#"{"z":1.50}"#),
        ],
        "scope": "read",
    })
}

fn bundle(token: &str) -> Vec<u8> {
    let signatures = json!({"signatures": [token]}).to_string();
    archive(&files(&signatures))
}

fn files(signatures: &str) -> [(&str, &[u8]); 6] {
    [
        (".manifest", MANIFEST.as_bytes()),
        ("a/p.rego", MODULE.as_bytes()),
        ("a/data.json", DATA.as_bytes()),
        ("a/y/data.yaml", YAML.as_bytes()),
        ("a/j/data.yaml", br#"{"z": 1.50}"#),
        (".signatures.json", signatures.as_bytes()),
    ]
}

/// What comes of a bundle, with a key `k` and these demands.
fn verified(bytes: &[u8], algorithm: &str, key: &str, verification: Option<Verification>) -> String {
    let api = with_bundle(|settings, bundle| {
        let key = SigningKey { algorithm: algorithm.to_owned(), key: key.to_owned(), scope: "read".to_owned() };
        settings.keys.insert("k".to_owned(), key);
        bundle.verification = verification;
    });
    let server = Server::default();
    server.sends(bytes, None);
    let outcome = outcome(&api, &server);
    if outcome.starts_with("revision") {
        assert_eq!(told(&api, "GET", "/v1/data/a/p", ""), "200 {\"result\":1.50}");
    }
    outcome
}

fn secret() -> Signer {
    Signer::Secret(b"a secret that both know".to_vec())
}

fn header(algorithm: &str) -> Json {
    json!({"alg": algorithm, "kid": "k"})
}

#[test]
fn each_kind_of_key_verifies() {
    for (algorithm, signer) in [("HS256", secret()), ("ES256", Signer::ecdsa()), ("RS256", Signer::rsa())] {
        let bytes = bundle(&token(&header(algorithm), &claims(), &signer));
        assert_eq!(verified(&bytes, algorithm, &signer.key(), None), "revision 1", "{algorithm}");
        let required = Some(Verification { key_id: Some("k".to_owned()), ..Verification::default() });
        assert_eq!(verified(&bytes, algorithm, &signer.key(), required), "revision 1", "{algorithm}");
        let stranger = match algorithm {
            "HS256" => Signer::Secret(b"another".to_vec()),
            "ES256" => Signer::ecdsa(),
            _ => Signer::rsa(),
        };
        let forged = "failed to verify message: the signature is not that of key `k`";
        assert_eq!(verified(&bytes, algorithm, &stranger.key(), None), forged, "{algorithm}");
    }
}

#[test]
fn the_key_says_the_algorithm() {
    // A public key as the secret of an HMAC: the classic way around a verifier that believes the token.
    let real = Signer::rsa();
    let attacker = Signer::Secret(real.key().into_bytes());
    let bytes = bundle(&token(&header("HS256"), &claims(), &attacker));
    let forged = "failed to verify message: the signature is not that of key `k`";
    assert_eq!(verified(&bytes, "RS256", &real.key(), None), forged);
    let unsigned = bundle(&format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"k"}"#),
        URL_SAFE_NO_PAD.encode(claims().to_string())
    ));
    assert_eq!(verified(&unsigned, "RS256", &real.key(), None), forged);
    let bytes = bundle(&token(&header("HS256"), &claims(), &secret()));
    assert_eq!(verified(&bytes, "EdDSA", &secret().key(), None), "unknown signature algorithm: EdDSA");
}

#[test]
fn keys_are_named() {
    let signer = secret();
    let by_claim = |id: &str| {
        let mut claims = claims();
        claims["keyid"] = json!(id);
        bundle(&token(&json!({"alg": "HS256"}), &claims, &signer))
    };
    assert_eq!(verified(&by_claim("k"), "HS256", &signer.key(), None), "revision 1");
    let unknown = "verification key corresponding to ID other not found";
    assert_eq!(verified(&by_claim("other"), "HS256", &signer.key(), None), unknown);
    let unnamed = bundle(&token(&json!({"alg": "HS256"}), &claims(), &signer));
    assert_eq!(verified(&unnamed, "HS256", &signer.key(), None), "verification key ID is empty");
    let demands = Some(Verification { key_id: Some("other".to_owned()), ..Verification::default() });
    let signed = bundle(&token(&header("HS256"), &claims(), &signer));
    assert_eq!(verified(&signed, "HS256", &signer.key(), demands), unknown);
}

#[test]
fn scopes_agree() {
    let signer = secret();
    let with_scope = |scope: &str| {
        let mut claims = claims();
        claims["scope"] = json!(scope);
        bundle(&token(&header("HS256"), &claims, &signer))
    };
    assert_eq!(verified(&with_scope("write"), "HS256", &signer.key(), None), "scope mismatch");
    let demands = |scope: &str| Some(Verification { scope: Some(scope.to_owned()), ..Verification::default() });
    assert_eq!(verified(&with_scope("write"), "HS256", &signer.key(), demands("write")), "revision 1");
    assert_eq!(verified(&with_scope("read"), "HS256", &signer.key(), demands("write")), "scope mismatch");
}

/// Files by name.
type OwnedFiles = Vec<(String, Vec<u8>)>;

/// The files of a signed bundle, for changes that its signer did not make.
fn signed_files(signatures: &str) -> OwnedFiles {
    files(signatures).iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
}

#[test]
fn every_file_is_signed_and_every_signed_file_is_there() {
    let signer = secret();
    let signatures = json!({"signatures": [token(&header("HS256"), &claims(), &signer)]}).to_string();
    let check = |change: &dyn Fn(&mut OwnedFiles), excluded: &[&str], expected: &str| {
        let mut files = signed_files(&signatures);
        change(&mut files);
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let exclude_files = excluded.iter().map(|&pattern| pattern.to_owned()).collect();
        let demands = Verification { exclude_files, ..Verification::default() };
        assert_eq!(verified(&archive(&files), "HS256", &signer.key(), Some(demands)), expected);
    };
    let put = |files: &mut OwnedFiles, name: &str, bytes: &[u8]| {
        files.retain(|(known, _)| known != name);
        files.push((name.to_owned(), bytes.to_vec()));
    };
    check(&|_| (), &[], "revision 1");
    check(&|files| files.reverse(), &[], "revision 1");
    // Documents may be written another way, and not say anything else.
    check(&|files| put(files, "a/data.json", DATA.replace(' ', "  ").as_bytes()), &[], "revision 1");
    let other = "a/data.json: digest mismatch: it is not the file that was signed";
    check(&|files| put(files, "a/data.json", DATA.replace("1.50", "1.5").as_bytes()), &[], other);
    let other = "a/p.rego: digest mismatch: it is not the file that was signed";
    check(&|files| put(files, "a/p.rego", (MODULE.to_owned() + "\n").as_bytes()), &[], other);
    check(&|files| put(files, "a/more.rego", b"package a"), &[], "file a/more.rego not included in bundle signature");
    check(&|files| put(files, "note.txt", b"?"), &[], "file note.txt not included in bundle signature");
    check(&|files| put(files, "note.txt", b"?"), &["*.txt"], "revision 1");
    check(&|files| put(files, "a/note.txt", b"?"), &["*.txt"], "file a/note.txt not included in bundle signature");
    check(&|files| put(files, "a/note.txt", b"?"), &["**/*.txt"], "revision 1");
    check(
        &|files| files.retain(|(name, _)| name != "a/y/data.yaml"),
        &[],
        "file(s) a/y/data.yaml specified in bundle signatures but not found in the target bundle",
    );
    check(&|_| (), &["["], "`[` in `exclude_files` is no pattern: unclosed character class; missing ']'");
    check(&|files| files.retain(|(name, _)| name != ".signatures.json"), &[], "bundle missing .signatures.json file");
}

#[test]
fn weak_and_malformed_signatures_are_refused() {
    let signer = secret();
    let with_algorithm = |algorithm: &str| {
        let mut claims = claims();
        claims["files"][1]["algorithm"] = json!(algorithm);
        bundle(&token(&header("HS256"), &claims, &signer))
    };
    for algorithm in ["MD5", "SHA-1", "", "SHA"] {
        let expected = format!("file a/p.rego: unsupported hashing algorithm: {algorithm}");
        assert_eq!(verified(&with_algorithm(algorithm), "HS256", &signer.key(), None), expected);
    }
    let other = "a/p.rego: digest mismatch: it is not the file that was signed";
    assert_eq!(verified(&with_algorithm("SHA-512"), "HS256", &signer.key(), None), other);
    let token = token(&header("HS256"), &claims(), &signer);
    for (signatures, expected) in [
        ("{}".to_owned(), ".signatures.json: missing JWT (expected exactly one)"),
        ("[".to_owned(), ".signatures.json: "),
        (json!({"signatures": []}).to_string(), ".signatures.json: missing JWT (expected exactly one)"),
        (json!({"signatures": [token, token]}).to_string(), ".signatures.json: multiple JWTs not supported"),
        (json!({"signatures": [1]}).to_string(), ".signatures.json: a JWT must be a string"),
        (json!({"signatures": ["a.b"]}).to_string(), ".signatures.json: "),
        (
            json!({"signatures": [token], "plugin": "mine"}).to_string(),
            ".signatures.json: no verifier exists under id mine",
        ),
    ] {
        let found = verified(&archive(&files(&signatures)), "HS256", &signer.key(), None);
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn signatures_that_nobody_can_check() {
    let signed = bundle(&token(&header("HS256"), &claims(), &secret()));
    let outcome_of = |bytes: &[u8], verification: Option<Verification>| {
        let api = with_bundle(|_, bundle| bundle.verification = verification);
        let server = Server::default();
        server.sends(bytes, None);
        outcome(&api, &server)
    };
    assert_eq!(outcome_of(&signed, None), "verification key not provided");
    let unsigned = archive(&files("")[..4]);
    assert_eq!(outcome_of(&unsigned, None), "revision 1");
    assert_eq!(outcome_of(&unsigned, Some(Verification::default())), "bundle missing .signatures.json file");
    assert_eq!(verified(&unsigned, "HS256", &secret().key(), None), "revision 1", "keys alone demand nothing");
}

#[test]
fn keys_do_not_show() {
    let key = SigningKey { algorithm: "HS256".to_owned(), key: "very secret".to_owned(), scope: String::new() };
    assert_eq!(format!("{key:?}"), "SigningKey { algorithm: \"HS256\", scope: \"\", .. }");
}
