//! Printing floating point as Go does.

/// How a float is printed; the names are those of Go's `fmt` verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatStyle {
    /// `%e`: `1.5e+06`
    Exponent,
    /// `%f`: `1500000.0`
    Fixed,
    /// `%g`: whichever of the two is shorter, by Go's rule
    General,
}

/// Go uses this precision to choose the form when it prints the shortest digits.
const GENERAL_PRECISION: i64 = 6;

/// Prints `float` as Go's `strconv.FormatFloat` does, with `precision` digits or, when `None`, as few as identify it.
///
/// For [`FloatStyle::General`] the precision counts significant digits, otherwise digits after the point.
pub fn format_f64(float: f64, style: FloatStyle, precision: Option<usize>) -> String {
    if float.is_nan() {
        return "NaN".to_owned();
    }
    if float.is_infinite() {
        return if float < 0.0 { "-Inf" } else { "+Inf" }.to_owned();
    }
    let negative = float.is_sign_negative();
    let float = float.abs();
    match (style, precision) {
        (FloatStyle::Fixed, Some(precision)) => signed(negative, &format!("{float:.precision$}")),
        (FloatStyle::Fixed, None) => signed(negative, &format!("{float}")),
        (FloatStyle::Exponent, Some(precision)) => {
            let (digits, point) = scientific(&format!("{float:.precision$e}"));
            exponent_form(negative, &digits, point)
        }
        (FloatStyle::Exponent, None) => {
            let (digits, point) = scientific(&format!("{float:e}"));
            exponent_form(negative, &digits, point)
        }
        (FloatStyle::General, precision) => {
            let (mut digits, point) = match precision {
                None => scientific(&format!("{float:e}")),
                Some(precision) => scientific(&format!("{float:.*e}", precision.max(1) - 1)),
            };
            while digits.len() > 1 && digits.last() == Some(&b'0') {
                digits.pop();
            }
            let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
            let limit = match precision {
                None => GENERAL_PRECISION,
                Some(precision) => {
                    let precision = i64::try_from(precision.max(1)).unwrap_or(i64::MAX);
                    if precision > count && count >= point { count } else { precision }
                }
            };
            if point - 1 < -4 || point > limit {
                exponent_form(negative, &digits, point)
            } else {
                fixed_form(negative, &digits, point)
            }
        }
    }
}

/// How Go's `encoding/json` prints a finite float.
pub(super) fn json_f64(float: f64) -> String {
    let negative = float.is_sign_negative();
    let (digits, point) = scientific(&format!("{:e}", float.abs()));
    if float != 0.0 && !(-5..=21).contains(&point) {
        // `encoding/json` writes e-09 as e-9.
        let text = exponent_form(negative, &digits, point);
        return text.replace("e-0", "e-");
    }
    fixed_form(negative, &digits, point)
}

/// How OPA prints the result of floating-point arithmetic: `Text('f', -1)` of an integer, else `Text('g', -1)`.
pub(super) fn opa_text(negative: bool, digits: &[u8], point: i64, is_integer: bool) -> String {
    if is_integer || (-3..=GENERAL_PRECISION).contains(&point) {
        fixed_form(negative, digits, point)
    } else {
        exponent_form(negative, digits, point)
    }
}

fn signed(negative: bool, text: &str) -> String {
    if negative { format!("-{text}") } else { text.to_owned() }
}

/// Digits and point (`0.DIGITS * 10^point`) of Rust's `d.ddde-5`.
fn scientific(text: &str) -> (Vec<u8>, i64) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    (digits, exponent.parse::<i64>().unwrap_or_default() + 1)
}

/// `d.ddde+05`
fn exponent_form(negative: bool, digits: &[u8], point: i64) -> String {
    let mut text = String::with_capacity(digits.len() + 7);
    if negative {
        text.push('-');
    }
    for (i, &digit) in digits.iter().enumerate() {
        if i == 1 {
            text.push('.');
        }
        text.push(char::from(digit));
    }
    let exponent = if digits == b"0" { 0 } else { point - 1 };
    text.push('e');
    text.push(if exponent < 0 { '-' } else { '+' });
    text.push_str(&format!("{:02}", exponent.unsigned_abs()));
    text
}

/// `ddd.ddd` with as many zeros as it takes.
fn fixed_form(negative: bool, digits: &[u8], point: i64) -> String {
    /// A point, a sign, and the zeros after the point of what is not written with an exponent.
    const ROOM: usize = 8;
    let whole = usize::try_from(point).unwrap_or(0);
    let (before, after) = digits.split_at(whole.min(digits.len()));
    let mut text = String::with_capacity(digits.len().max(whole) + ROOM);
    if negative {
        text.push('-');
    }
    text.push_str(if whole == 0 { "0" } else { ascii(before) });
    text.extend(std::iter::repeat_n('0', whole - before.len()));
    if !after.is_empty() {
        text.push('.');
        text.extend((point..0).map(|_| '0'));
        text.push_str(ascii(after));
    }
    text
}

/// Digits as text.
fn ascii(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).unwrap_or_default()
}
