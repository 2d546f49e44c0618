use crate::testing::{empty, finding, place, policy, resource, sample};
use crate::text::width;
use crate::{ColorChoice, Format};
use decision::{OnUnknown, Severity, Verdict};
use std::sync::Arc;

#[test]
fn a_usual_terminal() {
    insta::assert_snapshot!(sample().render_people(100, false));
}

#[test]
fn a_narrow_terminal() {
    insta::assert_snapshot!(sample().render_people(40, false));
}

#[test]
fn a_wide_terminal() {
    insta::assert_snapshot!(sample().render_people(200, false));
}

#[test]
fn in_colour() {
    insta::assert_snapshot!(sample().render_people(100, true).replace('\u{1b}', "ESC"));
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    for width_max in [30, 40, 60, 80, 100, 200] {
        let text = sample().render_people(width_max, false);
        for line in text.lines() {
            assert!(width(line) <= width_max, "{width_max} columns: `{line}`");
            assert_eq!(line, line.trim_end(), "white space at the end");
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    for width in [40, 100] {
        let colored = sample().render_people(width, true);
        let mut plain = String::new();
        let mut rest = colored.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_eq!(plain, sample().render_people(width, false));
    }
}

#[test]
fn nothing_found_is_one_line() {
    assert_eq!(
        empty().render(Format::People),
        "0 denied, 0 unknown, 0 warnings, 0 allowed; 0 resources, 2 files, 1 skipped\n"
    );
}

#[test]
fn unknown_that_counts_as_denied_is_said() {
    let mut sample = sample();
    sample.decision.judged.retain(|judged| judged.verdict != Verdict::Deny);
    sample.decision.findings.retain(|finding| finding.verdict != Verdict::Deny);
    assert_eq!(OnUnknown::default_at(decision::Point::Admission), OnUnknown::Deny);
    let text = sample.render(Format::People);
    assert!(text.contains("denied as a whole, because what is unknown is not allowed here"), "{text}");
}

#[test]
fn a_message_cannot_fake_a_finding() {
    let mut sample = empty();
    let policy = Arc::new(policy("P-1", "", Severity::Low));
    let resource = resource("a\nallow    P-1  b", "t", "bucket");
    let place = place("a.json", &[], 1, 1);
    let message = "\u{1b}[2K\nallow    P-1  everything";
    sample.decision.findings = vec![finding(&policy, Verdict::Deny, Some(&resource), &place, message)];
    let text = sample.render_people(100, true);
    assert!(!text.contains("\u{1b}[2K"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("allow")), "{text}");
}

#[test]
fn colour_goes_by_option_environment_and_terminal() {
    use ColorChoice::{Always, Auto, Never};
    for (choice, no_color, force, terminal, expected) in [
        (Auto, None, None, true, true),
        (Auto, None, None, false, false),
        (Auto, Some("1"), None, true, false),
        (Auto, Some(""), None, true, true),
        (Auto, None, Some("1"), false, true),
        (Auto, None, Some("0"), false, false),
        (Auto, Some("1"), Some("1"), true, false),
        (Always, Some("1"), None, false, true),
        (Never, None, Some("1"), true, false),
    ] {
        assert_eq!(choice.resolve(no_color, force, terminal), expected, "{choice:?} {no_color:?} {force:?} {terminal}");
    }
}
