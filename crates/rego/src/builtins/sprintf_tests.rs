use crate::builtins::testing::check;

#[test]
fn formats_as_go_does() {
    // What Go's fmt.Sprintf prints for the values that OPA would pass.
    for (format, values, expected) in [
        ("hi", "[]", "hi"),
        ("100%%", "[]", "100%"),
        ("%s %v", r#"["there", "x"]"#, "there x"),
        ("%v %v %v", "[true, null, 1]", "true null 1"),
        ("%v", r#"[["there", 5, 3.14]]"#, r#"["there", 5, 3.14]"#),
        ("%v", r#"[{"a": 1, "b": set()}]"#, r#"{"a": 1, "b": set()}"#),
        ("%s", r#"[{"x", 1}]"#, r#"{1, "x"}"#),
        ("%s", "[true]", "true"),
        ("%d|%5d|%-5d|%05d|%+d|% d", "[42, 42, 42, 42, 42, 42]", "42|   42|42   |00042|+42| 42"),
        ("%x|%X|%#x|%o|%#o|%O|%b|%#b", "[255, 255, 255, 8, 8, 8, 5, 5]", "ff|FF|0xff|10|010|0o10|101|0b101"),
        ("%c|%q|%U|%#U", "[65, 65, 128512, 128512]", "A|'A'|U+1F600|U+1F600 '😀'"),
        ("%.5d|%8.3d|%.0d|", "[42, 42, 0]", "00042|     042||"),
        ("%f|%.2f|%8.3f|%-8.1f|%08.2f|%+.1f", "[3.1415, 3.1415, 3.1415, 3.15, -3.1415, 2.5]", {
            "3.141500|3.14|   3.142|3.1     |-0003.14|+2.5"
        }),
        ("%e|%E|%g|%G", "[123456.789, 123456.789, 1e21, 1e-7]", "1.234568e+05|1.234568E+05|1e+21|1E-07"),
        ("%v %v %v", "[1e21, 0.1, 100000.5]", "1e+21 0.1 100000.5"),
        ("%x %b %.2x", "[2.5, 0.5, 2.5]", "0x1.4p+01 4503599627370496p-53 0x1.40p+01"),
        (
            "%s|%d|%+v|%30d|%x",
            "[123456789123456789123, 123456789123456789123, 123456789123456789123, 123456789123456789123, 123456789123456789123]",
            {
                "123456789123456789123|123456789123456789123|+123456789123456789123|         123456789123456789123|6b14e9f9b0df36a83"
            },
        ),
        ("%v", "[2e308]", "2e308"),
        ("%5s|%-5s|%05s|%.2s|%5.1s", r#"["héé", "hé", "hé", "héé", "hé"]"#, "  héé|hé   |000hé|hé|    h"),
        ("%q|%+q|%#q|%x|% X|%# x", r#"["a\"é\n", "é", "é", "hé", "hé", "hé"]"#, {
            r#""a\"é\n"|"\u00e9"|`é`|68c3a9|68 C3 A9|0x68 0xc3 0xa9"#
        }),
        ("%#v %T %T %T %T", r#"["x", 1, 1.5, "x", [1]]"#, r#""x" int64 float64 string string"#),
        ("%*d|%-*d|%.*f", "[5, 42, 5, 42, 1, 2.55]", "   42|42   |2.5"),
        ("%[2]d %[1]d", "[1, 2]", "2 1"),
        ("%[2]*[1]d|%[3]*.[2]*[1]f", "[2.5, 3, 9]", "%!d(float64=2.5)|    2.500"),
    ] {
        check("sprintf", &[&format!("{format:?}"), values], &format!("{expected:?}"));
    }
}

#[test]
fn shows_mistakes_as_go_does() {
    for (format, values, expected) in [
        ("%d", r#"["x"]"#, "%!d(string=x)"),
        ("%d", "[true]", "%!d(string=true)"),
        ("%t", "[true]", "%!t(string=true)"),
        ("%d", "[1.5]", "%!d(float64=1.5)"),
        ("%s", "[1]", "%!s(int64=1)"),
        ("%s", "[1.5]", "%!s(float64=1.5)"),
        ("%z", "[1]", "%!z(int64=1)"),
        ("%c", "[123456789123456789123]", "%!c(big.Int=123456789123456789123)"),
        ("%d %d", "[1]", "1 %!d(MISSING)"),
        ("%d", r#"[1, "x", 2.5]"#, "1%!(EXTRA string=x, float64=2.5)"),
        ("%[5]d %[x]d %[]d %[1", "[1]", "%!d(BADINDEX) %!d(BADINDEX) %!d(BADINDEX) %!(NOVERB)"),
        ("%*d|%.*d", r#"["x", 1, "y", 2]"#, "%!(BADWIDTH)1|%!(BADPREC)2"),
        ("%", "[]", "%!(NOVERB)"),
        ("%!", "[1]", "%!!(int64=1)"),
        ("%99999999d", "[1]", "%!(NOVERB)%!(EXTRA int64=1)"),
    ] {
        check("sprintf", &[&format!("{format:?}"), values], &format!("{expected:?}"));
    }
}

#[test]
fn takes_integers_for_floats() {
    // One value here, whether written 100 or 100.0; OPA prints `%!f(int64=100)` for the first.
    check("sprintf", &[r#""%f %3.1f %.3f %g""#, "[0.0, 100.0, 7, 5]"], r#""0.000000 100.0 7.000 5""#);
    check("sprintf", &[r#""%.0f""#, "[100000000000000000000]"], r#""100000000000000000000""#);
}

#[test]
fn refuses_what_is_no_format() {
    check("sprintf", &["1", "[]"], "error: operand 1 must be string but got number");
    check("sprintf", &[r#""%d""#, "1"], "error: operand 2 must be array but got number");
    check("sprintf", &[r#""%d""#, "[unknown]"], "unknown");
    check("sprintf", &[r#""%d""#, "[[unknown]]"], "unknown");
}

#[test]
fn bounds_its_result() {
    let format = "%1000000[1]d".repeat(100);
    check("sprintf", &[&format!("{format:?}"), "[1]"], "error: result is longer than 67108864 bytes");
}

#[test]
fn what_is_unknown_fits_every_verb() {
    let mut text = String::new();
    super::write(&mut text, "%d GPUs, %v and %.2f", &[value::Value::UNKNOWN; 3]).unwrap();
    assert_eq!(text, "unknown GPUs, unknown and unknown");
}
