//! The formats of texts that an API server holds custom resources to (apiextensions-apiserver
//! pkg/apiserver/validation/formats.go), each as it tells them (kube-openapi pkg/validation/strfmt). What is in no list says
//! something to people only.

use regex::Regex;
use rego::builtins::has_format;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::LazyLock;

/// A format that texts are held to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub(super) name: &'static str,
    is_had_by: fn(&str) -> bool,
}

/// Without the `-` that people may write in their names.
const FORMATS: [Format; 23] = [
    format("bsonobjectid", |text| text.len() == 24 && is_hexadecimal(text)),
    format("byte", is_base64),
    format("cidr", is_cidr),
    format("creditcard", is_credit_card),
    format("date", is_date),
    format("datetime", is_date_time),
    format("duration", |text| is_go_duration(text) || holds_duration(text)),
    format("email", |text| has_format("email", text)),
    format("hexcolor", |text| {
        let digits = text.strip_prefix('#').unwrap_or(text);
        matches!(digits.len(), 3 | 6) && is_hexadecimal(digits)
    }),
    format("hostname", is_hostname),
    format("ipv4", |text| text.contains('.') && address(text).is_some()),
    format("ipv6", |text| text.parse::<Ipv6Addr>().is_ok()),
    format("isbn", |text| is_isbn10(text) || is_isbn13(text)),
    format("isbn10", is_isbn10),
    format("isbn13", is_isbn13),
    format("mac", is_mac),
    format("rgbcolor", is_rgb_color),
    format("ssn", is_social_security_number),
    format("uri", is_request_uri),
    format("uuid", |text| is_uuid(text, None)),
    format("uuid3", |text| is_uuid(text, Some('3'))),
    format("uuid4", |text| is_uuid(text, Some('4'))),
    format("uuid5", |text| is_uuid(text, Some('5'))),
];

const fn format(name: &'static str, is_had_by: fn(&str) -> bool) -> Format {
    Format { name, is_had_by }
}

impl Format {
    /// The format of that name, if texts are held to it.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.replace('-', "");
        FORMATS.into_iter().find(|format| format.name == name)
    }

    /// Whether `text` has it.
    pub(super) fn is_had_by(self, text: &str) -> bool {
        (self.is_had_by)(text)
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_base64(text: &str) -> bool {
    let data = text.trim_end_matches('=');
    let padding = text.len() - data.len();
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    !data.is_empty() && padding <= 2 && text.len().is_multiple_of(4) && data.bytes().all(is_digit)
}

/// An address whose numbers may begin with zeros, as Go had it once (k8s.io/utils/net, ParseIPSloppy).
fn address(text: &str) -> Option<IpAddr> {
    let is_byte = |part: &str| is_digits(part) && part.trim_start_matches('0').len() <= 3;
    if text.split('.').count() == 4 && text.split('.').all(is_byte) {
        let parts: Vec<&str> = text.split('.').map(|part| part.trim_start_matches('0')).collect();
        let parts: Vec<&str> = parts.into_iter().map(|part| if part.is_empty() { "0" } else { part }).collect();
        return parts.join(".").parse().ok();
    }
    text.parse().ok()
}

fn is_cidr(text: &str) -> bool {
    let Some((base, length)) = text.split_once('/') else { return false };
    let bits_max = match address(base) {
        Some(IpAddr::V4(_)) => 32,
        Some(IpAddr::V6(_)) => 128,
        None => return false,
    };
    is_digits(length) && length.parse::<u32>().is_ok_and(|length| length <= bits_max)
}

/// The digits of a text, by value.
fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> {
    text.chars().filter_map(|digit| digit.to_digit(10))
}

fn is_credit_card(text: &str) -> bool {
    static ISSUED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let issuers = "4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|\
                       3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11}";
        Regex::new(&format!("^(?:{issuers})$")).ok()
    });
    let number: String = text.chars().filter(char::is_ascii_digit).collect();
    let sum: u32 = digits(&number)
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, factor)| digit * factor)
        .map(|product| product / 10 + product % 10)
        .sum();
    ISSUED.as_ref().is_some_and(|issued| issued.is_match(&number)) && sum.is_multiple_of(10)
}

fn is_isbn10(text: &str) -> bool {
    let number = without_hyphens(text);
    let Some((body, last)) = number.split_at_checked(9) else { return false };
    let check = match last {
        "X" => 10,
        last if last.len() == 1 && is_digits(last) => digits(last).sum(),
        _ => return false,
    };
    let sum: u32 = digits(body).zip(1..).map(|(digit, place)| digit * place).sum();
    is_digits(body) && (sum + 10 * check).is_multiple_of(11)
}

fn is_isbn13(text: &str) -> bool {
    let number = without_hyphens(text);
    let sum: u32 = digits(&number).zip([1, 3].into_iter().cycle()).map(|(digit, factor)| digit * factor).sum();
    number.len() == 13 && is_digits(&number) && sum.is_multiple_of(10)
}

fn without_hyphens(text: &str) -> String {
    text.chars().filter(|character| !character.is_ascii_whitespace() && *character != '-').collect()
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |text: &str, length: usize| {
        let written = Some(text).filter(|text| text.len() == length && is_digits(text))?;
        written.parse::<u32>().ok()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leaps = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leaps => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    // Whatever one character stands before a fraction.
    static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new("^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})$").ok()
    });
    let text = text.to_lowercase();
    let mut parts = text.split('t');
    let (date, time) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    is_date(date) && TIME.as_ref().is_some_and(|pattern| pattern.is_match(time))
}

/// A duration as Go writes it: `1h30m`, `-1.5s`, `0`.
fn is_go_duration(text: &str) -> bool {
    const UNITS: [&str; 8] = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut found = false;
    while !rest.is_empty() {
        let (number, after) = split_where(rest, |character| !character.is_ascii_digit() && character != '.');
        let (unit, after) = split_where(after, |character| character.is_ascii_digit() || character == '.');
        let is_number = number.matches('.').count() <= 1 && number.bytes().any(|byte| byte.is_ascii_digit());
        if !is_number || !UNITS.contains(&unit) {
            return false;
        }
        (rest, found) = (after, true);
    }
    found
}

/// Whether there is a count with a unit anywhere in a text: `22 ns`, `3 weeks`.
fn holds_duration(text: &str) -> bool {
    const WHOLE: [&str; 11] = ["ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk"];
    const BEGINNINGS: [&str; 8] = ["nano", "micro", "milli", "sec", "min", "hour", "day", "week"];
    static COUNTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("([0-9]+)[\\t\\n\\f\\r ]*([A-Za-zµ]+)").ok());
    let Some(counted) = COUNTED.as_ref() else { return false };
    let mut found = false;
    for count in counted.captures_iter(text) {
        let part = |index: usize| count.get(index).map_or("", |part| part.as_str());
        if part(1).parse::<i64>().is_err() {
            return false;
        }
        let unit = part(2).to_lowercase();
        found |= WHOLE.contains(&unit.as_str()) || BEGINNINGS.iter().any(|beginning| unit.starts_with(beginning));
    }
    found
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// One label, with a hyphen nowhere but behind its first character; or labels with a domain of letters at their end.
fn is_hostname(text: &str) -> bool {
    const LABEL_MAX: usize = 63;
    static CHARACTERS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[a-zA-Z0-9\p{S}\p{L}][a-zA-Z0-9\p{S}\p{L}-]*$").ok());
    static LETTERS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[a-zA-Z\p{L}]{2,}$").ok());
    let is = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
    let is_label = |label: &str| is(&CHARACTERS, label) && label.len() <= LABEL_MAX;
    if text.len() > 255 {
        return false;
    }
    match text.rsplit_once('.') {
        None => {
            let rest = text.strip_prefix(|_: char| true).unwrap_or_default();
            is_label(text) && !rest.strip_prefix('-').unwrap_or(rest).contains('-')
        }
        Some((labels, domain)) => {
            let is_inner = |label: &str| is_label(label) && !label.ends_with('-');
            labels.split('.').all(is_inner) && is(&LETTERS, domain) && domain.len() <= LABEL_MAX
        }
    }
}

/// As Go's `net.ParseMAC`: 6, 8 or 20 bytes, in pairs behind `:` or `-`, or in fours behind `.`.
fn is_mac(text: &str) -> bool {
    let (separator, width) = match text {
        text if text.contains(':') => (':', 2),
        text if text.contains('-') => ('-', 2),
        _ => ('.', 4),
    };
    let groups: Vec<&str> = text.split(separator).collect();
    let bytes = groups.len() * width / 2;
    matches!(bytes, 6 | 8 | 20) && groups.iter().all(|group| group.len() == width && is_hexadecimal(group))
}

fn is_rgb_color(text: &str) -> bool {
    let inner = text.strip_prefix("rgb(").and_then(|text| text.strip_suffix(')'));
    let is_part = |part: &str| {
        let part = part.trim_matches(|character: char| character.is_ascii_whitespace());
        is_digits(part) && (part == "0" || !part.starts_with('0')) && part.parse::<u8>().is_ok()
    };
    inner.is_some_and(|inner| inner.split(',').count() == 3 && inner.split(',').all(is_part))
}

fn is_social_security_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', ' ']).collect();
    parts.iter().map(|part| part.len()).eq([3, 2, 4]) && parts.iter().all(|part| is_digits(part))
}

/// As Go's `url.ParseRequestURI`: with a scheme, or from the root on.
fn is_request_uri(text: &str) -> bool {
    text == "*" || has_format("uri", text) || (text.starts_with('/') && has_format("uri-reference", text))
}

/// A UUID of any version or of one; those of versions 4 and 5 have the variant of RFC 4122.
fn is_uuid(text: &str, version: Option<char>) -> bool {
    let mut rest = text;
    let mut digits = String::with_capacity(32);
    for width in [8, 4, 4, 4, 12] {
        let Some((group, after)) = rest.split_at_checked(width) else { return false };
        digits.push_str(group);
        rest = if digits.len() < 32 { after.strip_prefix('-').unwrap_or(after) } else { after };
    }
    let has_variant = || digits.chars().nth(16).is_some_and(|digit| "89abAB".contains(digit));
    rest.is_empty()
        && is_hexadecimal(&digits)
        && version.is_none_or(|version| digits.chars().nth(12) == Some(version) && (version == '3' || has_variant()))
}

#[cfg(test)]
#[path = "formats_tests.rs"]
mod tests;
