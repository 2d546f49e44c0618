//! The section `server` of `provost.yaml`: how `provost serve` is to be.
//!
//! What is read here is checked for its shape; what it means is for the server.

use crate::bundle_settings::{self, BundleKeySettings, BundleSettings};
use crate::fields::Mistakes;
use std::collections::BTreeMap;
use value::{Pointer, Value};

const KEYS: [&str; 14] = [
    "addresses",
    "diagnostic_addresses",
    "socket_mode",
    "allow_plain",
    "tls",
    "tokens",
    "issuers",
    "access",
    "authorization",
    "bundles",
    "bundle_keys",
    "limits",
    "policies_root",
    "test_before_swap",
];

/// What a grant may name under `may`.
const MAY: [&str; 6] = ["health", "metrics", "read", "decide", "change-data", "change-policies"];

/// What may have verified a caller.
/// What can verify a caller.
pub(crate) const VERIFIED_BY: [&str; 4] = ["mtls", "oidc", "token", "unix"];

/// How `provost serve` is to be. Paths are relative to `provost.yaml` unless they are absolute: certificates and tokens belong to a
/// machine and not to the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSettings {
    /// Where it listens.
    pub addresses: Vec<String>,
    /// Where it listens for health and metrics only.
    pub diagnostic_addresses: Vec<String>,
    /// Permissions of unix sockets.
    pub socket_mode: Option<u32>,
    /// Whether plain HTTP may leave the machine.
    pub allow_plain: bool,
    /// Certificates.
    pub tls: Option<TlsSettings>,
    /// A file with hashes of tokens.
    pub tokens: Option<String>,
    /// Who may sign tokens.
    pub issuers: Vec<IssuerSettings>,
    /// Who may do what; none where nothing is said, which is not the same as an empty list.
    pub access: Option<Vec<AccessSettings>>,
    /// A policy about access in place of the one that reads `access`.
    pub authorization: Option<AuthorizationSettings>,
    /// How much is too much.
    pub limits: ServerLimits,
    /// Below which names of `data` policies may be put through the API; none where they may not. An empty list is anywhere.
    pub policies_root: Option<Vec<String>>,
    /// Policies and data that come from elsewhere, by name.
    pub bundles: BTreeMap<String, BundleSettings>,
    /// The keys that bundles may be signed with, by name.
    pub bundle_keys: BTreeMap<String, BundleKeySettings>,
    /// Whether the tests of changed policies must hold before they judge.
    pub test_before_swap: bool,
}

/// Where certificates are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The server's certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// The authorities of clients.
    pub client_authorities: Option<String>,
    /// Whether clients must show a certificate.
    pub client_certificates_required: bool,
}

/// Who may sign tokens. What is not said is for the server to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuerSettings {
    /// The claim `iss`.
    pub issuer: String,
    /// The claim `aud` must name one of them.
    pub audiences: Vec<String>,
    /// Algorithms that tokens may be signed with.
    pub algorithms: Vec<String>,
    /// A URL or a file with the keys; without it they are discovered.
    pub keys: Option<String>,
    /// A file with the authorities of the server that has the keys.
    pub authority: Option<String>,
    /// The claim that names the subject.
    pub subject_claim: Option<String>,
    /// The claim that names the groups.
    pub groups_claim: Option<String>,
    /// Put in front of subjects and groups.
    pub prefix: String,
    /// How far clocks may be apart, in seconds.
    pub leeway_s: Option<u64>,
}

/// What is given to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessSettings {
    /// Whether it is for everybody.
    pub anyone: bool,
    /// Whether it is for callers on this machine.
    pub local: bool,
    /// Patterns of subjects.
    pub subjects: Vec<String>,
    /// Patterns of groups.
    pub groups: Vec<String>,
    /// What must have verified them.
    pub verified_by: Vec<String>,
    /// What they may do: `health`, `metrics`, `read`, `decide`, `change-data`, `change-policies`.
    pub may: Vec<String>,
    /// Patterns of paths.
    pub paths: Vec<String>,
}

/// A policy about access.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizationSettings {
    /// Files and folders with the package `system.authz`.
    pub policies: Vec<String>,
    /// Files and folders with its data.
    pub data: Vec<String>,
    /// Whether it sees the body.
    pub body: bool,
}

/// How much is too much; where nothing is said, the server chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerLimits {
    /// Connections open at once.
    pub connections_max: Option<u64>,
    /// Length of a request's head.
    pub head_bytes_max: Option<u64>,
    /// Length of a body.
    pub body_bytes_max: Option<u64>,
    /// Length of a body that changes data or policies.
    pub change_body_bytes_max: Option<u64>,
    /// Length of all bodies together.
    pub bodies_bytes_max: Option<u64>,
    /// How long a head may take to come.
    pub head_ms_max: Option<u64>,
    /// How long a body may take to come.
    pub body_ms_max: Option<u64>,
    /// How long an answer may take.
    pub answer_ms_max: Option<u64>,
    /// How long a change may take.
    pub change_ms_max: Option<u64>,
    /// How long a connection may be idle.
    pub idle_ms_max: Option<u64>,
    /// How long requests under way may take to end when the server stops.
    pub drain_ms_max: Option<u64>,
}

impl ServerSettings {
    pub(crate) fn read(mistakes: &mut Mistakes<'_>, here: &Pointer, root: Value<'_>) -> Self {
        let mut settings = Self::default();
        mistakes.refuse_unknown(here, root, &KEYS);
        for (at, key, value) in present(mistakes, here, root) {
            match key {
                "addresses" => settings.addresses = mistakes.texts(&at, value),
                "diagnostic_addresses" => settings.diagnostic_addresses = mistakes.texts(&at, value),
                "socket_mode" => settings.socket_mode = socket_mode(mistakes, &at, value),
                "allow_plain" => settings.allow_plain = mistakes.boolean(&at, value).unwrap_or(false),
                "tls" => settings.tls = tls(mistakes, &at, value),
                "tokens" => settings.tokens = text(mistakes, &at, value),
                "issuers" => settings.issuers = list(mistakes, &at, value, issuer),
                "access" => settings.access = Some(list(mistakes, &at, value, access)),
                "authorization" => settings.authorization = Some(authorization(mistakes, &at, value)),
                "limits" => settings.limits = limits(mistakes, &at, value),
                "policies_root" => settings.policies_root = policies_root(mistakes, &at, value),
                "bundles" => settings.bundles = bundle_settings::bundles(mistakes, &at, value),
                "bundle_keys" => settings.bundle_keys = bundle_settings::bundle_keys(mistakes, &at, value),
                "test_before_swap" => settings.test_before_swap = mistakes.boolean(&at, value).unwrap_or(false),
                _ => {}
            }
        }
        if settings.access.is_some() && settings.authorization.is_some() {
            let help = "keep `access`, or write what it says into the policy";
            mistakes.add(&here.join("access"), "a policy under `authorization` does not read `access`", help);
        }
        settings
    }
}

/// The entries that are not null.
fn present<'v>(mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'v>) -> Vec<(Pointer, &'v str, Value<'v>)> {
    let mut entries = mistakes.entries(at, value);
    entries.retain(|(_, _, value)| !matches!(value, Value::Null));
    entries
}

fn text(mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) -> Option<String> {
    mistakes.text(at, value).map(str::to_owned)
}

fn list<T>(
    mistakes: &mut Mistakes<'_>,
    at: &Pointer,
    value: Value<'_>,
    item: impl Fn(&mut Mistakes<'_>, &Pointer, Value<'_>) -> T,
) -> Vec<T> {
    let Value::Array(items) = value else {
        mistakes.add(at, "it must be a list", "write each entry behind a `-`");
        return Vec::new();
    };
    (0..).zip(items.iter()).map(|(index, value): (usize, _)| item(mistakes, &at.join(index), value)).collect()
}

fn socket_mode(mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) -> Option<u32> {
    let mode = value.as_str().and_then(|text| u32::from_str_radix(text, 8).ok()).filter(|mode| *mode <= 0o777);
    if mode.is_none() {
        mistakes.add(at, "`socket_mode` must be permissions in quotes", "write \"0660\" for user and group");
    }
    mode
}

/// `adhoc.team` is `["adhoc", "team"]`, and `data` is anywhere.
fn policies_root(mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) -> Option<Vec<String>> {
    let path = mistakes.text(at, value)?;
    let below = path.strip_prefix("data").filter(|rest| rest.is_empty() || rest.starts_with('.'));
    let names: Vec<String> =
        below.unwrap_or(path).split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.is_empty() && below.is_none() {
        mistakes.add(at, "`policies_root` names no package", "write one such as `adhoc`");
        return None;
    }
    Some(names)
}

fn tls(mistakes: &mut Mistakes<'_>, here: &Pointer, value: Value<'_>) -> Option<TlsSettings> {
    let known = ["certificate", "key", "client_authorities", "client_certificates"];
    mistakes.refuse_unknown(here, value, &known);
    let mut settings = TlsSettings::default();
    for (at, key, value) in present(mistakes, here, value) {
        match key {
            "certificate" => settings.certificate = text(mistakes, &at, value).unwrap_or_default(),
            "key" => settings.key = text(mistakes, &at, value).unwrap_or_default(),
            "client_authorities" => settings.client_authorities = text(mistakes, &at, value),
            "client_certificates" => {
                let words = [("optional", false), ("required", true)];
                let required = mistakes.word(&at, "answer", value, &words);
                settings.client_certificates_required = required.unwrap_or(true);
            }
            _ => {}
        }
    }
    if settings.certificate.is_empty() || settings.key.is_empty() {
        let help = "name both, as PEM files; `provost certs` makes some";
        mistakes.add(here, "`tls` must have a `certificate` and a `key`", help);
        return None;
    }
    if settings.client_certificates_required && settings.client_authorities.is_none() {
        let help = "name the authorities that sign them under `client_authorities`";
        mistakes.add(here, "certificates of clients are required, and nobody could have signed them", help);
    }
    Some(settings)
}

fn issuer(mistakes: &mut Mistakes<'_>, here: &Pointer, value: Value<'_>) -> IssuerSettings {
    let known = [
        "issuer",
        "audiences",
        "algorithms",
        "keys",
        "authority",
        "subject_claim",
        "groups_claim",
        "prefix",
        "leeway_s",
    ];
    mistakes.refuse_unknown(here, value, &known);
    let mut settings = IssuerSettings::default();
    for (at, key, value) in present(mistakes, here, value) {
        match key {
            "issuer" => settings.issuer = text(mistakes, &at, value).unwrap_or_default(),
            "audiences" => settings.audiences = mistakes.texts(&at, value),
            "algorithms" => settings.algorithms = mistakes.texts(&at, value),
            "keys" => settings.keys = text(mistakes, &at, value),
            "authority" => settings.authority = text(mistakes, &at, value),
            "subject_claim" => settings.subject_claim = text(mistakes, &at, value),
            "groups_claim" => settings.groups_claim = text(mistakes, &at, value),
            "prefix" => settings.prefix = text(mistakes, &at, value).unwrap_or_default(),
            "leeway_s" => settings.leeway_s = mistakes.positive(&at, value),
            _ => {}
        }
    }
    if settings.issuer.is_empty() || settings.audiences.is_empty() {
        let help = "write the claims `iss` and `aud` that its tokens have";
        mistakes.add(here, "an issuer must have `issuer` and `audiences`", help);
    }
    settings
}

fn access(mistakes: &mut Mistakes<'_>, here: &Pointer, value: Value<'_>) -> AccessSettings {
    let known = ["anyone", "local", "subjects", "groups", "verified_by", "may", "paths"];
    mistakes.refuse_unknown(here, value, &known);
    let mut settings = AccessSettings::default();
    for (at, key, value) in present(mistakes, here, value) {
        match key {
            "anyone" => settings.anyone = mistakes.boolean(&at, value).unwrap_or(false),
            "local" => settings.local = mistakes.boolean(&at, value).unwrap_or(false),
            "subjects" => settings.subjects = mistakes.texts(&at, value),
            "groups" => settings.groups = mistakes.texts(&at, value),
            "verified_by" => settings.verified_by = words(mistakes, &at, value, "way to verify a caller", &VERIFIED_BY),
            "may" => settings.may = words(mistakes, &at, value, "permission", &MAY),
            "paths" => settings.paths = mistakes.texts(&at, value),
            _ => {}
        }
    }
    if settings.may.is_empty() {
        mistakes.add(here, "it gives nothing", format!("name under `may` some of `{}`", MAY.join("`, `")));
    }
    if !settings.anyone && !settings.local && settings.subjects.is_empty() && settings.groups.is_empty() {
        let help = "name `subjects` or `groups`, or write `local: true` or `anyone: true`";
        mistakes.add(here, "it is for nobody", help);
    }
    settings
}

pub(crate) fn words(
    mistakes: &mut Mistakes<'_>,
    at: &Pointer,
    value: Value<'_>,
    what: &str,
    known: &[&str],
) -> Vec<String> {
    let words = mistakes.texts(at, value);
    for word in words.iter().filter(|word| !known.contains(&word.as_str())) {
        mistakes.unknown_word(at, what, word, known);
    }
    words
}

fn authorization(mistakes: &mut Mistakes<'_>, here: &Pointer, value: Value<'_>) -> AuthorizationSettings {
    mistakes.refuse_unknown(here, value, &["policies", "data", "body"]);
    let mut settings = AuthorizationSettings::default();
    for (at, key, value) in present(mistakes, here, value) {
        match key {
            "policies" => settings.policies = mistakes.texts(&at, value),
            "data" => settings.data = mistakes.texts(&at, value),
            "body" => settings.body = mistakes.boolean(&at, value).unwrap_or(false),
            _ => {}
        }
    }
    if settings.policies.is_empty() {
        let help = "name files with a package `system.authz` under `policies`";
        mistakes.add(here, "there is no policy about access", help);
    }
    settings
}

fn limits(mistakes: &mut Mistakes<'_>, here: &Pointer, value: Value<'_>) -> ServerLimits {
    let mut limits = ServerLimits::default();
    let mut fields = [
        ("connections_max", &mut limits.connections_max),
        ("head_bytes_max", &mut limits.head_bytes_max),
        ("body_bytes_max", &mut limits.body_bytes_max),
        ("change_body_bytes_max", &mut limits.change_body_bytes_max),
        ("bodies_bytes_max", &mut limits.bodies_bytes_max),
        ("head_ms_max", &mut limits.head_ms_max),
        ("body_ms_max", &mut limits.body_ms_max),
        ("answer_ms_max", &mut limits.answer_ms_max),
        ("change_ms_max", &mut limits.change_ms_max),
        ("idle_ms_max", &mut limits.idle_ms_max),
        ("drain_ms_max", &mut limits.drain_ms_max),
    ];
    mistakes.refuse_unknown(here, value, &fields.each_ref().map(|(name, _)| *name));
    for (at, key, value) in present(mistakes, here, value) {
        if let Some((_, field)) = fields.iter_mut().find(|(name, _)| *name == key) {
            **field = mistakes.positive(&at, value);
        }
    }
    limits
}
