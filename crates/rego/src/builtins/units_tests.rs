use crate::builtins::testing::check;

#[test]
fn parses_numbers_with_units() {
    for (text, expected) in [
        ("0", "0"),
        ("0.0", "0"),
        ("12345", "12345"),
        ("10K", "10000"),
        ("10k", "10000"),
        ("1.1Ki", "1126.4000000000"),
        (".5K", "500"),
        ("500m", "0.5000000000"),
        ("1000m", "1"),
        ("1m", "0.0010000000"),
        ("-3.5E2m", "-0.3500000000"),
        ("100M", "100000000"),
        ("100mi", "104857600"),
        ("100MI", "104857600"),
        ("10E", "10000000000000000000"),
        ("10ei", "11529215046068469760"),
        ("1e10", "10000000000"),
        ("2.5e3K", "2500000"),
        ("1e-2", "0.0100000000"),
        ("5E", "5000000000000000000"),
        ("0.00000000005", "0.0000000001"),
        ("0.00000000004", "0.0000000000"),
        (r#"\"100TI\""#, "109951162777600"),
        ("1e-3K", "1"),
        ("", "error: units.parse: no amount provided"),
        ("foo", "error: units.parse: no amount provided"),
        ("0.0.0", "error: units.parse: could not parse amount to a number"),
        ("-", "error: units.parse: could not parse amount to a number"),
        ("1+2", "error: units.parse: could not parse amount to a number"),
        ("100 k", "error: units.parse: spaces not allowed in resource strings"),
        ("1MB", "error: units.parse: unit Mb not recognized"),
        ("1é", "error: units.parse: unit é not recognized"),
        ("1e1000000", "error: units.parse: exponent too large"),
        ("1e999999", "error: units.parse: exponent too large"),
        ("1e-999999", "error: units.parse: exponent too large"),
    ] {
        check("units.parse", &[&format!("\"{text}\"")], expected);
    }
    check("units.parse", &["1"], "error: operand 1 must be string but got number");
    check("units.parse", &["unknown"], "unknown");
}

#[test]
fn parses_amounts_of_memory() {
    for (text, expected) in [
        ("0", "0"),
        ("1024", "1024"),
        ("10KB", "10000"),
        ("10Kib", "10240"),
        ("100ki", "102400"),
        ("1.1KB", "1100"),
        ("1.1KiB", "1126"),
        (".5KB", "500"),
        ("-1.5k", "-1500"),
        ("4.1Mi", "4299161"),
        ("100m", "100000000"),
        ("10e", "10000000000000000000"),
        ("10ei", "11529215046068469760"),
        ("1e3KB", "1000000"),
        ("3.2E2MiB", "335544320"),
        ("1e-2KB", "10"),
        ("1e-300", "0"),
        ("1e-100000", "0"),
        (r#"\"100TIB\""#, "109951162777600"),
        // Through 64 bits, as in OPA.
        ("123456789012345678901234567890", "123456789012345678899921813504"),
        ("", "error: units.parse_bytes: no byte amount provided"),
        ("GB", "error: units.parse_bytes: no byte amount provided"),
        ("0.0.0", "error: units.parse_bytes: could not parse byte amount to a number"),
        ("100 kb", "error: units.parse_bytes: spaces not allowed in resource strings"),
        ("1b", "error: units.parse_bytes: byte unit b not recognized"),
        ("1foo", "error: units.parse_bytes: byte unit foo not recognized"),
        ("1e1000000", "error: units.parse_bytes: exponent too large"),
        ("1e999999", "error: units.parse_bytes: exponent too large"),
    ] {
        check("units.parse_bytes", &[&format!("\"{text}\"")], expected);
    }
    check("units.parse_bytes", &["null"], "error: operand 1 must be string but got null");
}
