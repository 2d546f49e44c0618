use crate::builtins::testing::{NOW_NS, check};

#[test]
fn tells_the_time() {
    check("time.now_ns", &[], &NOW_NS.to_string());
}

#[test]
fn parses() {
    for (layout, value, expected) in [
        (r#""2006-01-02T15:04:05Z07:00""#, r#""2017-06-02T19:00:00-07:00""#, "1496455200000000000"),
        (r#""2006-01-02T15:04:05Z07:00""#, r#""1677-09-21T00:12:43.145224192-00:00""#, "-9223372036854775808"),
        (r#""01/02 03:04:05PM '06 -0700""#, r#""06/02 07:00:00PM '17 -0700""#, "1496455200000000000"),
        (r#""RFC822Z""#, r#""02 Jun 17 19:00 -0700""#, "1496455200000000000"),
        (r#""RFC3339""#, r#""2262-04-11T23:47:16.854775808-00:00""#, "error: time outside of valid range"),
        (r#""RFC3339""#, r#""1677-09-21T00:12:43.145224191-00:00""#, "error: time outside of valid range"),
        (r#""RFC3339""#, "1", "error: operand 2 must be string but got number"),
        (r#""RFC3339""#, "unknown", "unknown"),
    ] {
        check("time.parse_ns", &[layout, value], expected);
    }
    check("time.parse_rfc3339_ns", &[r#""2017-06-02T19:00:00.5-07:00""#], "1496455200500000000");
    check("time.parse_rfc3339_ns", &[r#""2017""#], {
        r#"error: parsing time "2017" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "-""#
    });
}

#[test]
fn parses_durations() {
    for (text, expected) in [
        ("100ms", "100000000"),
        ("-1.5h", "-5400000000000"),
        ("2h45m", "9900000000000"),
        ("1us1µs1μs", "3000"),
        ("+5.s", "5000000000"),
        ("0", "0"),
        ("1d2h", "93600000000000"),
        ("1.5d", "129600000000000"),
        ("1w", "604800000000000"),
        ("1y", "31536000000000000"),
        ("0.3333333333333333333h", "1200000000000"),
        ("9223372036854775807ns", "9223372036854775807"),
        ("-9223372036854775808ns", "-9223372036854775808"),
        ("9223372036854775808ns", r#"error: time: invalid duration "9223372036854775808ns""#),
        ("99999999999d", r#"error: time: invalid duration "99999999999d""#),
        ("", r#"error: time: invalid duration """#),
        ("-", r#"error: time: invalid duration "-""#),
        (".s", r#"error: time: invalid duration ".s""#),
        ("badinputd", r#"error: time: invalid duration "badinputd""#),
        ("3", r#"error: time: missing unit in duration "3""#),
        ("1d2x", r#"error: time: unknown unit "x" in duration "1d2x""#),
    ] {
        check("time.parse_duration_ns", &[&format!("{text:?}")], expected);
    }
}

#[test]
fn formats() {
    for (x, expected) in [
        ("1670006453141828752", r#""2022-12-02T18:40:53.141828752Z""#),
        (r#"[1670006453141828752, "Asia/Kolkata"]"#, r#""2022-12-03T00:10:53.141828752+05:30""#),
        (
            r#"[1670006453141828752, "Asia/Kolkata", "Mon Jan 02 15:04:05 -0700 2006"]"#,
            r#""Sat Dec 03 00:10:53 +0530 2022""#,
        ),
        (r#"[1670006453141828752, "Asia/Kolkata", "RFC1123"]"#, r#""Sat, 03 Dec 2022 00:10:53 IST""#),
        (r#"[1670006453141828752, "", ""]"#, r#""2022-12-02T18:40:53.141828752Z""#),
        ("[-9223372036854775808]", r#""1677-09-21T00:12:43.145224192Z""#),
        ("15829776000000000000000", "error: timestamp too big"),
        ("1.5", "error: timestamp too big"),
        (r#"[0, "Nowhere/Land"]"#, "error: unknown time zone Nowhere/Land"),
        (r#"[0, "europe/berlin"]"#, "error: unknown time zone europe/berlin"),
        (r#"[0, "../etc"]"#, "error: time: invalid location name"),
        (r#"["0"]"#, "error: operand 1 must be number but got string"),
        ("[0, 1]", "error: operand 1 must be string but got number"),
        ("[]", "error: operand 1 must be either number (ns) or [number (ns), string (tz)] but got array"),
        ("null", "error: operand 1 must be either number (ns) or [number (ns), string (tz)] but got null"),
        (r#"[unknown, "UTC"]"#, "unknown"),
    ] {
        check("time.format", &[x], expected);
    }
}

#[test]
fn takes_times_apart() {
    for (name, x, expected) in [
        ("time.date", "1517814000000000000", "[2018, 2, 5]"),
        ("time.date", r#"[1517814000000000000, "America/Los_Angeles"]"#, "[2018, 2, 4]"),
        ("time.date", "-1", "[1969, 12, 31]"),
        ("time.clock", "1517832000000000000", "[12, 0, 0]"),
        ("time.clock", r#"[1517832000000000000, "America/New_York"]"#, "[7, 0, 0]"),
        ("time.weekday", "1517832000000000000", r#""Monday""#),
        ("time.weekday", "1518350400000000000", r#""Sunday""#),
        ("time.weekday", "-86400000000001", r#""Tuesday""#),
        ("time.weekday", "1582977600000000000000", "error: timestamp too big"),
    ] {
        check(name, &[x], expected);
    }
}

#[test]
fn adds_dates() {
    for (x, [years, months, days], expected) in [
        ("1585852421593912000", ["3", "9", "12"], "1705257221593912000"),
        ("1585852421593912000", ["-1", "-1", "-1"], "1551465221593912000"),
        // 31 January and a month is 3 March, or 2 March in a leap year.
        ("1548892800000000000", ["0", "1", "0"], "1551571200000000000"),
        ("1580428800000000000", ["0", "1", "0"], "1583107200000000000"),
        // Half past two on the night when clocks went forward.
        (r#"[1583562600000000000, "America/New_York"]"#, ["0", "0", "1"], "1583649000000000000"),
        ("0", ["2262", "1", "1"], "error: time outside of valid range"),
        ("0", ["9223372036854775807", "0", "0"], "error: time outside of valid range"),
        ("0", ["0", "9223372036854775807", "9223372036854775807"], "error: time outside of valid range"),
        ("0", ["0", "0", "1.5"], "error: operand 4 must be integer number but got floating-point number"),
    ] {
        check("time.add_date", &[x, years, months, days], expected);
    }
}

#[test]
fn tells_differences() {
    for (a, b, expected) in [
        ("61000000000", "0", "[0, 0, 0, 0, 1, 1]"),
        ("0", "61000000000", "[0, 0, 0, 0, 1, 1]"),
        (r#"[60000000000, "UTC"]"#, r#"[0, "Asia/Shanghai"]"#, "[0, 0, 0, 0, 1, 0]"),
        // From 2 February to 1 March of a leap year and another.
        ("1580601600000000000", "1583020800000000000", "[0, 0, 28, 0, 0, 0]"),
        ("1612224000000000000", "1614556800000000000", "[0, 0, 27, 0, 0, 0]"),
        // From 29 February 2004 to 1 March 2005.
        ("1078012800000000000", "1109635200000000000", "[1, 0, 1, 0, 0, 0]"),
        // From 31 December 1999, 23:59:59 to 1 January 2000.
        ("946684799000000000", "946684800000000000", "[0, 0, 0, 0, 0, 1]"),
        ("null", "0", "error: operand 1 must be either number (ns) or [number (ns), string (tz)] but got null"),
    ] {
        check("time.diff", &[a, b], expected);
    }
}
