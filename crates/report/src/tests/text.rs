use crate::text::{printable, width, wrap};

#[track_caller]
fn check(text: &str, columns: usize, expected: &[&str]) {
    let lines = wrap(text, columns);
    assert_eq!(lines, expected);
    assert!(lines.iter().all(|line| width(line) <= columns.max(2)), "{lines:?}");
}

#[test]
fn text_breaks_between_words() {
    check("", 10, &[]);
    check("one two three", 7, &["one two", "three"]);
    check("one two three", 100, &["one two three"]);
    check("a\n\nb\n", 10, &["a", "", "b"]);
}

#[test]
fn a_word_breaks_only_when_it_alone_is_too_long() {
    check("an abcdefgh", 5, &["an", "abcde", "fgh"]);
    check("module.storage.aws_s3_bucket.scratch", 20, &["module.storage.", "aws_s3_bucket.", "scratch"]);
    check("abc", 0, &["a", "b", "c"]);
}

#[test]
fn wide_characters_take_two_columns() {
    check("模型模型", 4, &["模型", "模型"]);
    check("模", 1, &["模"]);
    assert_eq!(width("é模"), 3);
}

#[test]
fn terminals_are_not_obeyed() {
    assert_eq!(printable("a\u{1b}[2Jb\u{7}\tc\r\n"), "a\\u{1b}[2Jb\\u{7} c\n");
    assert_eq!(printable("\u{202e}evil"), "\\u{202e}evil");
}
