//! Where a Terraform resource stands.

use super::configuration::Configuration;
use super::merge::REASON;
use crate::settings::Settings;
use crate::tables;
use value::{Arena, Value};

/// The region; null for what stands in none.
pub(super) fn region<'a>(
    arena: &'a Arena,
    settings: &Settings,
    configuration: &Configuration<'a>,
    provider: &str,
    kind: &str,
    facts: Value<'a>,
    configured: Option<Value<'a>>,
) -> Value<'a> {
    if tables::terraform().is_global(kind)
        || !matches!(provider, "aws" | "awscc" | "google" | "google-beta" | "azurerm")
    {
        return Value::Null;
    }
    let attributes = ["region", "location"].into_iter().filter_map(|name| facts.get_str(name));
    let told = attributes.filter_map(Value::as_str).find(|region| !region.is_empty());
    if let Some(told) = told.or_else(|| arn_part(facts, 3)) {
        return arena.borrowed(told);
    }
    if let Some(zone) = text(facts, "availability_zone")
        && let Some(region) = zone.strip_suffix(|letter: char| letter.is_ascii_lowercase())
        && looks_like_region(region)
    {
        return arena.borrowed(region);
    }
    let provided = configured.and_then(|resource| configuration.provider(resource)).and_then(|(module, provider)| {
        let expression = provider.get_str("expressions")?.get_str("region")?;
        configuration.evaluate(&super::configuration::module_names(module), expression)?.as_str()
    });
    if let Some(region) = provided.filter(|region| looks_like_region(region)) {
        return arena.borrowed(region);
    }
    match &settings.region {
        Some(region) => arena.string(region),
        None if provided.is_some() => arena.unknown("region", REASON),
        None => arena.unknown("region", "neither the resource nor its provider's configuration says it"),
    }
}

/// The account; null where neither an ARN nor the settings say it.
pub(super) fn account<'a>(arena: &'a Arena, settings: &Settings, provider: &str, facts: Value<'a>) -> Value<'a> {
    if provider != "aws" {
        return Value::Null;
    }
    match (arn_part(facts, 4), &settings.account) {
        (Some(account), _) => arena.borrowed(account),
        (None, Some(account)) => arena.string(account),
        (None, None) => Value::Null,
    }
}

fn text<'a>(facts: Value<'a>, name: &str) -> Option<&'a str> {
    facts.get_str(name)?.as_str().filter(|text| !text.is_empty())
}

/// A part of the resource's ARN, `arn:partition:service:region:account:resource`, from 0.
fn arn_part<'a>(facts: Value<'a>, part: usize) -> Option<&'a str> {
    let arn = text(facts, "arn")?;
    arn.starts_with("arn:").then_some(())?;
    arn.split(':').nth(part).filter(|text| !text.is_empty())
}

/// `us-east-1`, `us-gov-west-1`, `europe-west4`: words of lower-case letters with a number at the end.
fn looks_like_region(text: &str) -> bool {
    let trimmed = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
    trimmed.len() < text.len()
        && text.contains('-')
        && trimmed
            .trim_end_matches('-')
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}
