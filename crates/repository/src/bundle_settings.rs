//! The parts `bundles` and `bundle_keys` of the section `server`: policies and data that come from elsewhere.

use crate::fields::Mistakes;
use std::collections::BTreeMap;
use value::{Pointer, Value};

/// Where a bundle comes from, and what is asked of it. What is not said is for the server to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleSettings {
    /// A URL with a `.tar.gz`.
    pub url: Option<String>,
    /// A folder or a `.tar.gz`, relative to `provost.yaml` or absolute.
    pub path: Option<String>,
    /// A file with the authorities of the server behind the URL.
    pub authority: Option<String>,
    /// A file with the bearer token that it is sent.
    pub token_file: Option<String>,
    /// The shortest time between two looks, in seconds.
    pub delay_s_min: Option<u64>,
    /// The longest time between two looks, in seconds.
    pub delay_s_max: Option<u64>,
    /// What its signature must be; none where it need not be signed.
    pub signed: Option<SignedSettings>,
}

/// What the signature of a bundle must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedSettings {
    /// The name of its key; without it, any of the keys.
    pub key: Option<String>,
    /// What it must say that it is for.
    pub scope: Option<String>,
    /// Patterns of files that need not be signed.
    pub exclude_files: Vec<String>,
}

/// A key that bundles are signed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleKeySettings {
    /// `RS256`, `ES256`, ...
    pub algorithm: String,
    /// A file with the public key, relative to `provost.yaml` or absolute.
    pub file: String,
    /// What signatures must say that they are for.
    pub scope: String,
}

/// Reads `bundles`.
pub(crate) fn bundles(
    mistakes: &mut Mistakes<'_>,
    here: &Pointer,
    section: Value<'_>,
) -> BTreeMap<String, BundleSettings> {
    let entries = mistakes.entries(here, section);
    entries.into_iter().map(|(at, name, value)| (name.to_owned(), bundle(mistakes, &at, value))).collect()
}

fn bundle(mistakes: &mut Mistakes<'_>, here: &Pointer, value: Value<'_>) -> BundleSettings {
    let known = ["url", "path", "authority", "token_file", "delay_s_min", "delay_s_max", "signed"];
    mistakes.refuse_unknown(here, value, &known);
    let mut settings = BundleSettings::default();
    for (at, key, value) in mistakes.entries(here, value) {
        let mut text = || mistakes.text(&at, value).map(str::to_owned);
        match key {
            "url" => settings.url = text(),
            "path" => settings.path = text(),
            "authority" => settings.authority = text(),
            "token_file" => settings.token_file = text(),
            "delay_s_min" => settings.delay_s_min = mistakes.positive(&at, value),
            "delay_s_max" => settings.delay_s_max = mistakes.positive(&at, value),
            "signed" => settings.signed = Some(signed(mistakes, &at, value)),
            _ => {}
        }
    }
    if settings.url.is_some() == settings.path.is_some() {
        mistakes.add(here, "a bundle has either a `url` or a `path`", "name the one that it comes from");
    }
    settings
}

fn signed(mistakes: &mut Mistakes<'_>, here: &Pointer, value: Value<'_>) -> SignedSettings {
    mistakes.refuse_unknown(here, value, &["key", "scope", "exclude_files"]);
    let mut settings = SignedSettings::default();
    for (at, key, value) in mistakes.entries(here, value) {
        match key {
            "key" => settings.key = mistakes.text(&at, value).map(str::to_owned),
            "scope" => settings.scope = mistakes.text(&at, value).map(str::to_owned),
            "exclude_files" => settings.exclude_files = mistakes.texts(&at, value),
            _ => {}
        }
    }
    settings
}

/// Reads `bundle_keys`.
pub(crate) fn bundle_keys(
    mistakes: &mut Mistakes<'_>,
    here: &Pointer,
    section: Value<'_>,
) -> BTreeMap<String, BundleKeySettings> {
    let entries = mistakes.entries(here, section);
    entries.into_iter().map(|(at, name, value)| (name.to_owned(), bundle_key(mistakes, &at, value))).collect()
}

fn bundle_key(mistakes: &mut Mistakes<'_>, here: &Pointer, value: Value<'_>) -> BundleKeySettings {
    mistakes.refuse_unknown(here, value, &["algorithm", "file", "scope"]);
    let mut settings = BundleKeySettings { algorithm: "RS256".to_owned(), ..BundleKeySettings::default() };
    for (at, key, value) in mistakes.entries(here, value) {
        let text = mistakes.text(&at, value).map(str::to_owned);
        match (key, text) {
            ("algorithm", Some(text)) => settings.algorithm = text,
            ("file", Some(text)) => settings.file = text,
            ("scope", Some(text)) => settings.scope = text,
            _ => {}
        }
    }
    if settings.file.is_empty() {
        mistakes.add(here, "the key has no `file`", "name the file with the public key");
    }
    settings
}
