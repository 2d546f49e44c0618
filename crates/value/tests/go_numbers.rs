//! Six hundred results of Go 1.26 that Provost must print to the last digit.
//!
//! `tests/data/go_numbers.txt` holds random cases, one a line: `<operation> <a> <b> <result>` computed by `big.Float` values
//! from `SetString` and printed as OPA's `FloatToNumber` prints them, and `format <float> <verb><precision> <result>` printed
//! by `strconv.FormatFloat`, where precision -1 means as few digits as identify the float.

use value::number::{self, FloatStyle};
use value::{Arena, Value};

fn compute(operation: &str, a: &str, b: &str) -> String {
    let arena = Arena::new();
    let read = |text| number::parse(&arena, text).unwrap_or(Value::Null);
    let operate = match operation {
        "add" => number::add,
        "subtract" => number::subtract,
        "multiply" => number::multiply,
        _ => number::divide,
    };
    operate(&arena, read(a), read(b)).map_or_else(|error| error.to_string(), |value| value.to_string())
}

fn format(float: &str, verb: &str) -> String {
    let (style, precision) = verb.split_at(1);
    let style = match style {
        "e" => FloatStyle::Exponent,
        "f" => FloatStyle::Fixed,
        _ => FloatStyle::General,
    };
    let precision = precision.parse::<i32>().ok().and_then(|precision| usize::try_from(precision).ok());
    number::format_f64(float.parse().unwrap_or(f64::NAN), style, precision)
}

#[test]
fn agrees_with_go() {
    let mut differences = Vec::new();
    for line in include_str!("data/go_numbers.txt").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [operation, a, b, expected] = words[..] else { panic!("four words expected: {line}") };
        let found = if operation == "format" { format(a, b) } else { compute(operation, a, b) };
        if found != expected {
            differences.push(format!("{line}: found {found}"));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}
