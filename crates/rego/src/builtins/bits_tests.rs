use crate::builtins::testing::check;

#[test]
fn bits() {
    for (name, x, y, expected) in [
        ("bits.and", "7", "9", "1"),
        ("bits.and", "-1", "18446744073709551615", "18446744073709551615"),
        ("bits.or", "7", "9", "15"),
        ("bits.or", "1", "18446744073709551616", "18446744073709551617"),
        ("bits.xor", "42", "3", "41"),
        ("bits.xor", "-1", "1", "-2"),
        ("bits.lsh", "1", "3", "8"),
        ("bits.lsh", "9223372036854775807", "1", "18446744073709551614"),
        ("bits.lsh", "-3", "2", "-12"),
        ("bits.lsh", "0", "100000000000000000000", "0"),
        ("bits.lsh", "1", "30001", "error: shift by more than 30000 bits"),
        ("bits.rsh", "8", "3", "1"),
        ("bits.rsh", "-5", "1", "-3"),
        ("bits.rsh", "5", "100000000000000000000", "0"),
        ("bits.rsh", "-5", "100000000000000000000", "-1"),
        ("bits.rsh", "18446744073709551616", "60", "16"),
        ("bits.and", "1", "unknown", "unknown"),
        ("bits.and", "7.2", "42", "error: operand 1 must be integer number but got floating-point number"),
        ("bits.or", "7", r#""hi""#, "error: operand 2 must be integer but got string"),
        ("bits.lsh", "7", "-1", "error: operand 2 must be an unsigned integer number but got a negative integer"),
        ("bits.rsh", "7", "-1", "error: operand 2 must be an unsigned integer number but got a negative integer"),
    ] {
        check(name, &[x, y], expected);
    }
    check("bits.negate", &["42"], "-43");
    check("bits.negate", &["18446744073709551616"], "-18446744073709551617");
    check("bits.negate", &["7.2"], "error: operand 1 must be integer number but got floating-point number");
}
