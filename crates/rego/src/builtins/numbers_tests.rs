use super::RANGE_ITEMS_MAX;
use crate::builtins::testing::{check, check_on, run};
use host::{FixedHost, Host, HostError};
use std::net::IpAddr;
use value::Arena;

#[test]
fn arithmetic() {
    for (name, x, y, expected) in [
        ("plus", "1", "2", "3"),
        ("plus", "0.1", "0.2", "0.3"),
        ("plus", "9223372036854775807", "1", "9223372036854775808"),
        ("minus", "1", "2.5", "-1.5"),
        ("minus", "-9223372036854775808", "1", "-9223372036854775809"),
        ("mul", "4294967296", "4294967296", "18446744073709551616"),
        ("mul", "-1.5", "2", "-3"),
        ("div", "6", "3", "2"),
        ("div", "1", "4", "0.25"),
        ("div", "5", "0", "error: divide by zero"),
        ("div", "5.5", "0.0", "error: divide by zero"),
        ("rem", "7", "4", "3"),
        ("rem", "-7", "4", "-3"),
        ("rem", "10", "18446744073709551616", "10"),
        ("rem", "7", "0", "error: modulo by zero"),
        ("rem", "1.1", "1", "error: modulo on floating-point number"),
        ("plus", "unknown", "1", "unknown"),
        ("minus", "1", "unknown", "unknown"),
        ("plus", r#""1""#, "1", "error: operand 1 must be number but got string"),
        ("mul", "1", "null", "error: operand 2 must be number but got null"),
        ("minus", "{1}", "1", "error: operand 2 must be set but got number"),
        ("minus", "1", "{1}", "error: operand 2 must be number but got set"),
        ("minus", "{1}", "[1]", "error: operand 2 must be number but got array"),
        ("minus", "[1]", "{1}", "error: operand 1 must be one of {number, set} but got array"),
    ] {
        check(name, &[x, y], expected);
    }
}

#[test]
fn rounding() {
    for (x, abs, round, ceil, floor) in [
        ("5", "5", "5", "5", "5"),
        ("-5", "5", "-5", "-5", "-5"),
        ("1.01", "1.01", "1", "2", "1"),
        ("2.5", "2.5", "3", "3", "2"),
        ("-2.5", "2.5", "-3", "-2", "-3"),
        ("-0.4", "0.4", "0", "0", "-1"),
        ("1e20", "1e20", "1e20", "1e20", "1e20"),
        (
            "-9223372036854775808",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775808",
        ),
        ("unknown", "unknown", "unknown", "unknown", "unknown"),
    ] {
        check("abs", &[x], abs);
        check("round", &[x], round);
        check("ceil", &[x], ceil);
        check("floor", &[x], floor);
    }
    for name in ["abs", "round", "ceil", "floor"] {
        check(name, &["true"], "error: operand 1 must be number but got boolean");
    }
}

#[test]
fn ranges() {
    for (a, b, expected) in [
        ("0", "0", "[0]"),
        ("-2", "3", "[-2, -1, 0, 1, 2, 3]"),
        ("2", "-1", "[2, 1, 0, -1]"),
        ("49649733057", "49649733058", "[49649733057, 49649733058]"),
        (
            "9223372036854775806",
            "9223372036854775808",
            "[9223372036854775806, 9223372036854775807, 9223372036854775808]",
        ),
        ("-9223372036854775808", "-9223372036854775807", "[-9223372036854775808, -9223372036854775807]"),
        ("1", "unknown", "unknown"),
        ("3.14", "4", "error: operand 1 must be integer number but got floating-point number"),
        ("3", "3.14", "error: operand 2 must be integer number but got floating-point number"),
        (r#""1""#, "4", "error: operand 1 must be integer but got string"),
        ("0", "1000000", "error: range has more than 1000000 numbers"),
        ("-9223372036854775808", "9223372036854775807", "error: range has more than 1000000 numbers"),
        ("0", "1e300", "error: range has more than 1000000 numbers"),
    ] {
        check("numbers.range", &[a, b], expected);
    }
    for (a, b, step, expected) in [
        ("0", "10", "2", "[0, 2, 4, 6, 8, 10]"),
        ("0", "-10", "4", "[0, -4, -8]"),
        ("2", "5", "2", "[2, 4]"),
        ("2", "2", "2", "[2]"),
        ("0", "10", "99999999999999999999", "[0]"),
        (
            "-9223372036854775808",
            "9223372036854775807",
            "9223372036854775807",
            "[-9223372036854775808, -1, 9223372036854775806]",
        ),
        ("0", "1e30", "5e29", "[0, 500000000000000000000000000000, 1000000000000000000000000000000]"),
        ("0", "10", "-2", "error: step must be a positive integer"),
        ("0", "10", "0", "error: step must be a positive integer"),
        ("0", "10", "-1e30", "error: step must be a positive integer"),
        ("0", "10", "1.5", "error: operand 3 must be integer number but got floating-point number"),
        ("0", "10", r#""2""#, "error: operand 3 must be integer but got string"),
    ] {
        check("numbers.range_step", &[a, b, step], expected);
    }
}

#[test]
fn longest_range() {
    let arena = Arena::new();
    let last = (RANGE_ITEMS_MAX - 1).to_string();
    let range = run(&FixedHost::default(), &arena, "numbers.range", &["0", &last]);
    assert!(range.ends_with(&format!(", {last}]")));
}

#[test]
fn format_int() {
    for (number, base, expected) in [
        ("15", "16", r#""f""#),
        ("15.5", "16", r#""f""#),
        ("-255", "16", r#""-ff""#),
        ("-3.7", "10", r#""-3""#),
        ("-0.5", "10", r#""0""#),
        ("10", "2", r#""1010""#),
        ("8", "8", r#""10""#),
        ("18446744073709551616", "16", r#""10000000000000000""#),
        ("1e20", "10", r#""100000000000000000000""#),
        ("unknown", "10", "unknown"),
        ("4.1", "199", "error: operand 2 must be one of {2, 8, 10, 16}"),
        ("4", r#""10""#, "error: operand 2 must be number but got string"),
        (r#""4""#, "10", "error: operand 1 must be number but got string"),
    ] {
        check("format_int", &[number, base], expected);
    }
}

struct Dice(u64);

impl Host for Dice {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.0.to_le_bytes());
    }

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, _: &str) -> Result<Vec<IpAddr>, HostError> {
        Ok(Vec::new())
    }

    fn print(&self, _: &str) {}
}

#[test]
fn random_integers() {
    for (random, n, expected) in [
        (0, "100", "0"),
        (u64::MAX, "100", "99"),
        (u64::MAX, "-100", "99"),
        (u64::MAX / 2, "100", "49"),
        (u64::MAX, "0", "0"),
        (u64::MAX, "1", "0"),
        (u64::MAX, "-9223372036854775808", "9223372036854775807"),
    ] {
        check_on(&Dice(random), "rand.intn", &[r#""key""#, n], expected);
    }
    check("rand.intn", &["1", "2"], "error: operand 1 must be string but got number");
    check("rand.intn", &[r#""key""#, "2.5"], "error: operand 2 must be integer number but got floating-point number");
}
