use super::*;

#[test]
fn reads_what_kubernetes_writes() {
    let check = |text: &str, expected: &str| {
        let arena = Arena::new();
        let found = Quantity::parse(text).map_or("none".to_owned(), |quantity| json::to_string(quantity.value(&arena)));
        assert_eq!(found, expected, "{text}");
    };
    check("2", "2");
    check("+2", "2");
    check("-2", "-2");
    check("0.125", "0.125");
    check(".5", "0.5");
    check("5.", "5");
    check("500m", "0.5");
    check("1500m", "1.5");
    check("-500m", "-0.5");
    check("2k", "2000");
    check("1Ki", "1024");
    check("1.5Gi", "1610612736");
    check("1e3", "1000");
    check("12E-1", "1.2");
    check("1E", "1000000000000000000");
    check("100E", "100000000000000000000");
    for bad in [
        "",
        " ",
        "x",
        "1x",
        "1.2.3",
        "--1",
        "1-1",
        "1e",
        "1e99999999999",
        "1e400",
        ".",
        "k",
        "99999999999999999999999999999999999999",
    ] {
        check(bad, "none");
    }
}

#[test]
fn nothing_times_the_unknown_is_nothing() {
    let unknown = Count::Unknown(Value::UNKNOWN);
    assert!(Count::ZERO.times(unknown).is_zero());
    assert!(unknown.times(Count::ZERO).is_zero());
    assert!(matches!(Count::ONE.times(unknown), Count::Unknown(_)));
    assert!(matches!(Count::ONE.plus(unknown), Count::Unknown(_)));
}

#[test]
fn arithmetic_never_overflows() {
    let most = Quantity::parse("9223372036854775807E").or(Quantity::parse("9223372036854775807")).expect("a quantity");
    let _ = most.times(most).times(most).plus(most);
}
