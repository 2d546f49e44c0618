use super::*;
use num_bigint::BigInt;
use std::collections::hash_map::DefaultHasher;

fn number<'a>(arena: &'a Arena, text: &str) -> Value<'a> {
    parse(arena, text).unwrap_or_else(|| panic!("`{text}` is a number"))
}

fn hash(value: Value<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn reads_json_numbers_and_nothing_else() {
    let arena = Arena::new();
    let integers = [
        ("0", 0),
        ("-0", 0),
        ("0.0", 0),
        ("-0.000e5", 0),
        ("0e999999999", 0),
        ("1", 1),
        ("-1", -1),
        ("1.0", 1),
        ("1e2", 100),
        ("1E+2", 100),
        ("10e-1", 1),
        ("1200e-2", 12),
        ("1.25e2", 125),
        ("0.00125e5", 125),
        ("-1.5e1", -15),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("9223372036854775807.000", i64::MAX),
        ("0.9223372036854775807e19", i64::MAX),
        ("1e18", 1_000_000_000_000_000_000),
        ("1e000000000000000000000000002", 100),
    ];
    for (text, expected) in integers {
        assert!(matches!(number(&arena, text), Value::Int(n) if n == expected), "{text}");
    }
    let others = [
        "9223372036854775808",
        "-9223372036854775809",
        "1e19",
        "0.1",
        "-0.5",
        "1.50",
        "1e-1",
        "1e400",
        "1e1000000000",
        "1e-1000000000",
        "123456789012345678901234567890",
        "1.0000000000000000000000000000000001",
        "1e999999999999999999",
    ];
    for text in others {
        match number(&arena, text) {
            Value::Number(number) => assert_eq!(number.to_string(), text, "keeps its text"),
            other => panic!("{text} became {other}"),
        }
    }
    let refused = [
        "",
        "-",
        "+1",
        "01",
        "-01",
        "00",
        ".5",
        "5.",
        "1.e1",
        "1e",
        "1e+",
        "1e1.5",
        "0x10",
        "1_000",
        " 1",
        "1 ",
        "NaN",
        "inf",
        "--1",
        "1e1000000000000000000",
        "1.2.3",
        "१",
    ];
    for text in refused {
        assert!(parse(&arena, text).is_none(), "{text}");
    }
}

#[test]
fn equal_numbers_are_equal_however_written() {
    let arena = Arena::new();
    let classes: &[&[&str]] = &[
        &["-1e1000000000", "-10e999999999", "-0.1e1000000001"],
        &["-100000000000000000000", "-1e20", "-1.000e+20"],
        &["-9223372036854775809", "-9.223372036854775809e18"],
        &["-9223372036854775808"],
        &["-1.5", "-1.50", "-15e-1"],
        &["-1"],
        &["-0.1"],
        &["-1e-1000000000"],
        &["0", "-0", "0.00"],
        &["1e-1000000000", "0.1e-999999999"],
        &["0.000001", "1e-6", "0.1e-5"],
        &["0.1", "1e-1", "0.10"],
        &["0.3"],
        &["0.30000000000000000001"],
        &["1", "1.0"],
        &["1.5", "1.50", "15e-1", "0.15e1"],
        &["1.51"],
        &["9", "9.0"],
        &["10"],
        &["9223372036854775807"],
        &["9223372036854775807.5"],
        &["9223372036854775808", "9223372036854775808.0"],
        &["100000000000000000000", "1e20", "1.000e+20", "1000e17"],
        &["100000000000000000001"],
        &["1e1000000000", "10e999999999"],
    ];
    for (i, a) in classes.iter().enumerate() {
        for (j, b) in classes.iter().enumerate() {
            for a in *a {
                for b in *b {
                    let (left, right) = (number(&arena, a), number(&arena, b));
                    assert_eq!(compare(left, right), i.cmp(&j), "{a} against {b}");
                    assert_eq!(left == right, i == j, "{a} against {b}");
                    if i == j {
                        assert_eq!(hash(left), hash(right), "{a} and {b}");
                    }
                }
            }
        }
    }
}

/// One row: operation, operands, and what OPA prints (big integers: the exact result).
#[test]
fn computes_as_opa_does() {
    let rows: &[(&str, &str, &str, &str)] = &[
        ("add", "0.1", "0.2", "0.3"),
        ("add", "1", "2", "3"),
        ("add", "49649733057", "1", "49649733058"),
        ("add", "9223372036854775807", "1", "9223372036854775808"),
        ("add", "9223372036854775808", "-1", "9223372036854775807"),
        ("add", "-9223372036854775808", "-1", "-9223372036854775809"),
        ("add", "100000000000000000000", "1", "100000000000000000001"),
        ("add", "1.5", "1.5", "3"),
        ("add", "1.5", "-1.5", "0"),
        ("add", "1e-30", "1", "1"),
        ("add", "1234567.25", "0.25", "1.2345675e+06"),
        ("add", "123456.25", "0.25", "123456.5"),
        ("add", "0.00001", "0.00001", "2e-05"),
        ("add", "0.0001", "0.0001", "0.0002"),
        ("subtract", "0.3", "0.1", "0.20000000000000000002"),
        ("subtract", "1.1", "1", "0.10000000000000000002"),
        ("subtract", "-9223372036854775808", "1", "-9223372036854775809"),
        ("multiply", "2.5", "4", "10"),
        ("multiply", "0.1", "3", "0.3"),
        ("multiply", "1.1", "1024", "1126.4"),
        ("multiply", "4294967296", "4294967296", "18446744073709551616"),
        ("multiply", "1e25", "2.5", "25000000000000000000000000"),
        ("multiply", "-0.5", "3", "-1.5"),
        ("multiply", "0", "1.5", "0"),
        ("divide", "10", "4", "2.5"),
        ("divide", "10", "5", "2"),
        ("divide", "1", "3", "0.33333333333333333334"),
        ("divide", "2", "3", "0.6666666666666666667"),
        ("divide", "-1", "3", "-0.33333333333333333334"),
        ("divide", "7", "2", "3.5"),
        ("divide", "3", "0.5", "6"),
        ("divide", "0", "3.5", "0"),
        ("divide", "-9223372036854775808", "-1", "9223372036854775808"),
        ("divide", "100000000000000000000", "10", "10000000000000000000"),
        ("divide", "1", "1000000", "1e-06"),
        ("remainder", "7", "4", "3"),
        ("remainder", "-7", "4", "-3"),
        ("remainder", "7", "-4", "3"),
        ("remainder", "-9223372036854775808", "-1", "0"),
        ("remainder", "100000000000000000001", "10", "1"),
        ("remainder", "-100000000000000000001", "10", "-1"),
        ("remainder", "1", "1.5", "modulo on floating-point number"),
        ("remainder", "1.1", "1", "modulo on floating-point number"),
        ("remainder", "1", "0", "modulo by zero"),
        ("remainder", "100000000000000000000", "0", "modulo by zero"),
        ("divide", "1", "0", "divide by zero"),
        ("divide", "1.5", "0", "divide by zero"),
        ("divide", "100000000000000000000", "0", "divide by zero"),
        ("multiply", "1e9999", "1e9999", "number has more than 10000 digits"),
        ("add", "1e1000000000", "1", "number has more than 10000 digits"),
        ("add", "1e-1000000000", "1", "number has more than 10000 digits"),
        ("multiply", "1.5e9999", "1.5e9999", "number has more than 10000 digits"),
    ];
    let arena = Arena::new();
    for &(operation, a, b, expected) in rows {
        let operate = match operation {
            "add" => add,
            "subtract" => subtract,
            "multiply" => multiply,
            "divide" => divide,
            _ => remainder,
        };
        let text = match operate(&arena, number(&arena, a), number(&arena, b)) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(text, expected, "{operation} {a} {b}");
    }
    assert_eq!(add(&arena, Value::Null, Value::Int(1)).unwrap_err(), NumberError::NotANumber);
}

#[test]
fn rounds_to_integers() {
    /// Number, then its floor, round, ceil, magnitude and negation.
    const ROWS: &[[&str; 6]] = &[
        ["0", "0", "0", "0", "0", "0"],
        ["3", "3", "3", "3", "3", "-3"],
        ["1.01", "1", "1", "2", "1.01", "-1.01"],
        ["1.5", "1", "2", "2", "1.5", "-1.5"],
        ["2.5", "2", "3", "3", "2.5", "-2.5"],
        ["-1.5", "-2", "-2", "-1", "1.5", "1.5"],
        ["-1.99999", "-2", "-2", "-1", "1.99999", "1.99999"],
        ["-1.001", "-2", "-1", "-1", "1.001", "1.001"],
        ["0.5", "0", "1", "1", "0.5", "-0.5"],
        ["-0.5", "-1", "-1", "0", "0.5", "0.5"],
        ["0.05", "0", "0", "1", "0.05", "-0.05"],
        ["0.49999999999999999999999", "0", "0", "1", "0.49999999999999999999999", "-0.49999999999999999999999"],
        ["1e-1000000000", "0", "0", "1", "1e-1000000000", "-1e-1000000000"],
        ["9.9", "9", "10", "10", "9.9", "-9.9"],
        ["2222.2222222222", "2222", "2222", "2223", "2222.2222222222", "-2222.2222222222"],
        [
            "9223372036854775807.5",
            "9223372036854775807",
            "9223372036854775808",
            "9223372036854775808",
            "9223372036854775807.5",
            "-9223372036854775807.5",
        ],
        ["1e20", "1e20", "1e20", "1e20", "1e20", "-1e20"],
        [
            "-9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775808",
            "9223372036854775808",
            "9223372036854775808",
        ],
    ];
    let arena = Arena::new();
    for row in ROWS {
        let value = number(&arena, row[0]);
        let found = [floor, round, ceil, abs, negate].map(|operate| operate(&arena, value).unwrap().to_string());
        assert_eq!(found, row[1..], "{}", row[0]);
    }
    assert!(matches!(negate(&arena, number(&arena, "9223372036854775808")), Ok(Value::Int(i64::MIN))));
}

#[test]
fn converts() {
    let arena = Arena::new();
    let of = |text| number(&arena, text);
    assert!(is_integer(of("1e1000000000")) && is_integer(of("1e20")) && is_integer(of("12345678901234567890.0")));
    assert!(!is_integer(of("1e-1")) && !is_integer(of("12345678901234567890.1")) && !is_integer(Value::Null));
    assert_eq!(to_i64(of("1e3")), Some(1000));
    assert_eq!(to_i64(of("1e20")), None);
    assert_eq!(to_u64(of("18446744073709551615")), Some(u64::MAX));
    assert_eq!(to_u64(of("18446744073709551616")), None);
    assert_eq!(to_u64(of("-1")), None);
    assert_eq!(to_f64(of("0.1")), 0.1);
    assert_eq!(to_f64(of("1e400")), f64::INFINITY);
    assert_eq!(to_f64(of("-1e1000000000")), f64::NEG_INFINITY);
    assert_eq!(to_big_int(of("-1.5e20")), Some(BigInt::from(-150_000_000_000_000_000_000_i128)));
    assert_eq!(to_big_int(of("1e1000000000")), None);
    assert_eq!(to_big_int(of("1.5")), None);
    assert_eq!(from_big_int(&arena, &BigInt::from(7)), Value::Int(7));
    assert_eq!(from_big_int(&arena, &BigInt::from(i128::MAX)).to_string(), i128::MAX.to_string());
    assert_eq!(from_u64(&arena, u64::MAX).to_string(), u64::MAX.to_string());
    let floats = [
        (0.1, "0.1"),
        (-0.0, "0"),
        (1.0, "1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (1589385770.1234, "1589385770.1234"),
    ];
    for (float, expected) in floats {
        assert_eq!(from_f64(&arena, float).unwrap().to_string(), expected);
    }
    assert!(from_f64(&arena, f64::NAN).is_none() && from_f64(&arena, f64::INFINITY).is_none());

    let (numerator, denominator) = to_ratio(of("-0.25")).unwrap();
    assert_eq!((numerator.to_string(), denominator.to_string()), ("-25".to_owned(), "100".to_owned()));
    let ratio = |n: i64, d: u32, places| from_ratio(&arena, &BigInt::from(n), &d.into(), places).unwrap().to_string();
    assert_eq!(ratio(11_264, 10, 10), "1126.4000000000");
    assert_eq!(ratio(-35, 100, 10), "-0.3500000000");
    assert_eq!(ratio(1, 3, 3), "0.333");
    assert_eq!(ratio(1, 2, 0), "1");
    assert_eq!(ratio(-1, 20, 1), "-0.1");
    assert_eq!(ratio(10, 5, 10), "2");
    assert!(from_ratio(&arena, &BigInt::from(1), &0_u8.into(), 1).is_none());
}

#[test]
fn prints_floats_as_go_does() {
    use FloatStyle::{Exponent, Fixed, General};
    let rows = [
        (3.1515, Fixed, Some(2), "3.15"),
        (3.0, Fixed, Some(6), "3.000000"),
        (2.5, Fixed, Some(0), "2"),
        (-1.25, Fixed, None, "-1.25"),
        (1e21, Fixed, None, "1000000000000000000000"),
        (1234.5, Exponent, Some(6), "1.234500e+03"),
        (1e-7, Exponent, None, "1e-07"),
        (1e100, Exponent, None, "1e+100"),
        (0.0, Exponent, Some(2), "0.00e+00"),
        (0.0, General, None, "0"),
        (100000.0, General, None, "100000"),
        (1000000.0, General, None, "1e+06"),
        (123456789.0, General, None, "1.23456789e+08"),
        (0.0001, General, None, "0.0001"),
        (0.00001, General, None, "1e-05"),
        (3.1515, General, Some(3), "3.15"),
        (1234.5, General, Some(2), "1.2e+03"),
        (100.0, General, Some(10), "100"),
        (f64::NAN, General, None, "NaN"),
        (f64::NEG_INFINITY, Fixed, Some(2), "-Inf"),
    ];
    for (float, style, precision, expected) in rows {
        assert_eq!(format_f64(float, style, precision), expected, "{float} {style:?} {precision:?}");
    }
}

#[test]
fn copies_outlive_their_source() {
    let target = Arena::new();
    let copy = {
        let source = Arena::new();
        target.copy(number(&source, "-12.50e3000"))
    };
    assert_eq!(copy.to_string(), "-12.50e3000");
    assert_eq!(copy, number(&target, "-1.25e3001"));
}
