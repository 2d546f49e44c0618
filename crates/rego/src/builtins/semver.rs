//! Semantic versions, read as leniently as OPA does: a leading `v` and leading zeros are fine.

use super::operand::{any, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type, go_format};
use std::cmp::Ordering;
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "semver.is_valid",
        "Tells whether a value is a string with a semantic version.",
        &[Parameter::new("vsn", Type::Any, "the value to check")],
        Parameter::new("result", Type::Boolean, "`true` if it is"),
        is_valid,
    ),
    Builtin::of_leaves(
        "semver.compare",
        "Compares two semantic versions by precedence.",
        &[
            Parameter::new("a", Type::String, "the first version"),
            Parameter::new("b", Type::String, "the second version"),
        ],
        Parameter::new("result", Type::Number, "`-1` if `a` comes before `b`, `1` if after, `0` if neither"),
        compare,
    ),
];

fn is_valid<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    Ok(Some(any(operands, 0).as_str().and_then(Version::parse).is_some().into()))
}

fn compare<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (a, b) = (string(operands, 0)?, string(operands, 1)?);
    let invalid = |position: usize, text: &str| {
        let text = go_format::quote(text, '"', false);
        BuiltinError::failed(format!("operand {position}: string {text} is not a valid SemVer"))
    };
    let a = Version::parse(a).ok_or_else(|| invalid(1, a))?;
    let b = Version::parse(b).ok_or_else(|| invalid(2, b))?;
    let order = a.numbers.cmp(&b.numbers).then_with(|| compare_pre_releases(a.pre_release, b.pre_release));
    Ok(Some(Value::Int(order as i64)))
}

struct Version<'t> {
    /// Major, minor and patch.
    numbers: [i64; 3],
    /// Empty for a release.
    pre_release: &'t str,
}

impl<'t> Version<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = text.split_once('+').unwrap_or((text, ""));
        let (text, pre_release) = text.split_once('-').unwrap_or((text, ""));
        if !is_identifiers(metadata) || !is_identifiers(pre_release) {
            return None;
        }
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        let parsed = [numbers.next()??, numbers.next()??, numbers.next()??];
        numbers.next().is_none().then_some(Self { numbers: parsed, pre_release })
    }
}

/// Nothing, or identifiers with dots between.
fn is_identifiers(text: &str) -> bool {
    let is_identifier = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    text.is_empty() || text.split('.').all(is_identifier)
}

/// The precedence of pre-releases (<https://semver.org/#spec-item-11>).
fn compare_pre_releases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        // A release comes after its pre-releases.
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (a, b) = match (a.next(), b.next()) {
            (Some(a), Some(b)) => (a, b),
            (a, b) => return a.is_some().cmp(&b.is_some()),
        };
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let order = match (is_number(a), is_number(b)) {
            (true, true) => {
                let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
                a.len().cmp(&b.len()).then_with(|| a.cmp(b))
            }
            // Numbers come before words.
            (a_is_number, b_is_number) if a_is_number != b_is_number => b_is_number.cmp(&a_is_number),
            _ => a.cmp(b),
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
#[path = "semver_tests.rs"]
mod tests;
