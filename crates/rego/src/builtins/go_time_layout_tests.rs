use super::{CivilTime, date_of_days, days_of_date, format, parse};

#[test]
fn dates_and_days_agree() {
    for (date, days) in [((1970, 1, 1), 0), ((2000, 2, 29), 11_016), ((1600, 3, 1), -135_080), ((0, 1, 1), -719_528)] {
        let (year, month, day) = date;
        assert_eq!(days_of_date(year, month, day), days, "{date:?}");
        assert_eq!(date_of_days(days), date, "{days}");
    }
    for days in (-1_000_000..1_000_000).step_by(97) {
        let (year, month, day) = date_of_days(days);
        assert_eq!(days_of_date(year, month, day), days);
    }
}

#[test]
fn formats_as_go_does() {
    let time = CivilTime::new(1_234_567_890, 12_345_678, 19_800, "IST".to_owned());
    for (layout, expected) in [
        ("Mon Jan _2 15:04:05 MST 2006", "Sat Feb 14 05:01:30 IST 2009"),
        ("Monday, 02-January-06 3:04PM 03pm", "Saturday, 14-February-09 5:01AM 05am"),
        ("2006-002 __2 1/2 01/02", "2009-045  45 2/14 02/14"),
        (".000 .999 ,000000 .999999999 .05", ".012 .012 ,012345 .012345678 .30"),
        ("-07 -0700 -07:00 -070000 -07:00:00", "+05 +0530 +05:30 +053000 +05:30:00"),
        ("Z07 Z0700 Z07:00", "+05 +0530 +05:30"),
        ("_2006 Janx Monx é", "_2009 Janx Monx é"),
    ] {
        let mut text = String::new();
        format(&mut text, layout, &time).expect("writing to memory");
        assert_eq!(text, expected, "{layout}");
    }
    let time = CivilTime::new(0, 0, 0, String::new());
    let mut text = String::new();
    format(&mut text, "Z0700 MST 15:04:05.999 _2 3pm", &time).expect("writing to memory");
    assert_eq!(text, "Z +0000 00:00:00  1 12am");
}

#[test]
fn parses_as_go_does() {
    for (layout, value, seconds) in [
        ("2006-01-02T15:04:05Z07:00", "2009-02-14T05:01:30+05:30", 1_234_567_890),
        ("2006-01-02 MST -0700", "1970-01-01 UTC -0700", 0),
        ("2006-01-02 MST", "1970-01-02 CEST", 86_400),
        ("2006-01-02 MST", "1970-01-02 GMT-7", 86_400),
        ("2006-002", "1972-060", 68_169_600),
        ("06", "69", -31_536_000),
        ("06", "68", 3_092_601_600_i64),
        ("2006 3:04 PM", "1970 12:30 AM", 1_800),
        ("2006 3:04 pm", "1970 12:30 pm", 45_000),
        ("january 2006 Monday", "january 1970 tuesday", 0),
        ("January 2006 Monday", "jANUARY 1970 tuesday", 0),
        ("2006   1", "1970 2", 2_678_400),
    ] {
        assert_eq!(parse(layout, value), Ok(i128::from(seconds) * 1_000_000_000), "{layout} {value}");
    }
    assert_eq!(parse("15:04:05 2006", "00:00:01.25 1970"), Ok(1_250_000_000));
    assert_eq!(parse("15:04:05.000 2006", "00:00:01,250 1970"), Ok(1_250_000_000));
    assert_eq!(parse("15:04:05.999 2006", "00:00:01.1234567891 1970"), Ok(1_123_456_789));
}

#[test]
fn complains_as_go_does() {
    for (layout, value, problem) in [
        ("2006-01-02", "x", r#""x" as "2006-01-02": cannot parse "x" as "2006""#),
        ("2006-01-02", "2006/01/02", r#""2006/01/02" as "2006-01-02": cannot parse "/01/02" as "-""#),
        ("2006-01-02", "2006-13-02", r#""2006-13-02": month out of range"#),
        ("2006-01-02", "2006-02-30", r#""2006-02-30": day out of range"#),
        ("2006-01-02", "2006-02-03é", r#""2006-02-03\xc3\xa9": extra text: "\xc3\xa9""#),
        ("15:04", "24:00", r#""24:00": hour out of range"#),
        ("2006-002", "2006-366", r#""2006-366": day-of-year out of range"#),
        ("2006-01 002", "2006-01 032", r#""2006-01 032": day-of-year does not match month"#),
        ("-0700", "+2500", r#""+2500": time zone offset hour out of range"#),
    ] {
        assert_eq!(parse(layout, value), Err(format!("parsing time {problem}")));
    }
}
