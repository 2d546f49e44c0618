//! Tokens and comments cover a text in order, and leave nothing out but white space.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rego::syntax::lexemes;

fuzz_target!(|text: &str| {
    let found = lexemes(text);
    let mut spans: Vec<_> = found.tokens.iter().chain(&found.comments).collect();
    spans.sort_by_key(|span| (span.start, span.end));
    let mut at = 0;
    for span in spans {
        let (start, end) = (span.start as usize, span.end as usize);
        assert!(at <= start && start <= end, "{span:?} begins before {at}");
        let between = text.get(at..start).unwrap_or_else(|| panic!("{at}..{start} cuts a character"));
        let skipped = between.trim_start_matches('\u{feff}').trim();
        assert!(!found.is_sound || skipped.is_empty(), "`{skipped}` is in no token");
        assert!(text.get(start..end).is_some(), "{span:?} cuts a character or ends after the text");
        at = end;
    }
    for comment in &found.comments {
        let comment = &text[comment.start as usize..comment.end as usize];
        assert!(comment.starts_with('#') && !comment.contains('\n'), "`{comment}` is no comment");
    }
    let last = found.tokens.last().expect("a text ends");
    assert_eq!(last.end as usize, text.len(), "the last token is the end of the text");
});
