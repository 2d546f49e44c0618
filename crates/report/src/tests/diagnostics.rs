use crate::Style;
use crate::diagnostics::render;
use crate::testing::sample;
use decision::Scrubber;
use value::{Diagnostic, Source, Span};

fn plain(diagnostics: &[Diagnostic]) -> String {
    render(diagnostics, &Scrubber::default(), &Style { width: 80, color: false })
}

#[test]
fn the_line_itself_a_caret_and_help() {
    insta::assert_snapshot!(plain(&sample().diagnostics));
    assert_eq!(plain(&[]), "");
}

#[test]
fn several_and_in_colour() {
    let source = Source::new("policies/a.rego", "package a\n\ndeny contains msg if {\n\tinput.x = = 1\n}\n");
    let diagnostics = [
        Diagnostic::new("rego_parse_error", "unexpected `=`", &source, Span::new(46, 47)),
        Diagnostic { source: None, ..Diagnostic::new("limit", "too many files", &source, Span::default()) }
            .help("raise `limits.files`"),
    ];
    let text = render(&diagnostics, &Scrubber::default(), &Style { width: 80, color: true });
    insta::assert_snapshot!(text.replace('\u{1b}', "ESC"));
}

#[test]
fn any_span_of_any_text_can_be_shown() {
    for text in ["", "\n", "a", "ü\nüü", "a\n\n\nb", "\u{1b}[2J\ttab", &"x".repeat(100_000), &"line\n".repeat(50)] {
        let source = Source::new("file", text);
        let length = u32::try_from(text.len()).unwrap();
        for start in (0..=length.min(20)).chain([length, length + 5, u32::MAX]) {
            for end in [0, start, start.saturating_add(1), start.saturating_add(3), length, u32::MAX] {
                let shown = plain(&[Diagnostic::new("code", "message", &source, Span::new(start, end))]);
                assert!(shown.starts_with("error[code]: message"), "{shown}");
                assert!(!shown.contains('\u{1b}'), "{shown}");
                assert!(shown.lines().count() < 16, "{shown}");
            }
        }
    }
}

#[test]
fn a_line_with_a_secret_is_not_shown() {
    let source = Source::new("plan.json", "{\n  \"password\": \"hunter2\" oops\n}\n");
    let diagnostic = Diagnostic::new("json_error", "unexpected `oops` after `hunter2`", &source, Span::new(26, 30));
    let scrubber = Scrubber::new(["hunter2"]);
    let shown = render(&[diagnostic], &scrubber, &Style::default());
    assert!(!shown.contains("hunter2") && shown.contains("plan.json:2:25"), "{shown}");
}
