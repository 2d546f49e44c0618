//! Bytes to tokens.

use super::super::token::TokenKind;
use super::{lex, unescape};
use std::fmt::Write;

/// Tokens as `kind:text`, with `^` before those that begin a line.
fn tokens(text: &str) -> String {
    let lexed = lex(text);
    let mut written = String::new();
    for token in &lexed.tokens {
        if token.kind == TokenKind::EndOfFile {
            break;
        }
        let mark = if token.newline_before { "^" } else { "" };
        let spelling = &text[token.span.start as usize..token.span.end as usize];
        write!(written, "{}{mark}{:?}:{spelling}", if written.is_empty() { "" } else { " " }, token.kind)
            .expect("a string");
    }
    written
}

#[test]
fn tokens_have_kinds_places_and_lines() {
    for (text, expected) in [
        ("", ""),
        ("a_1 B _", "Identifier:a_1 Identifier:B Identifier:_"),
        ("a\n\nb # c\nd", "Identifier:a ^Identifier:b ^Identifier:d"),
        ("if iff not", "If:if Identifier:iff Not:not"),
        ("a:=b==c!=d", "Identifier:a Assign::= Identifier:b Equal:== Identifier:c NotEqual:!= Identifier:d"),
        ("<=<>=>", "LessOrEqual:<= Less:< GreaterOrEqual:>= Greater:>"),
        (
            "a.b[0](1)",
            "Identifier:a Dot:. Identifier:b LeftBracket:[ Number:0 RightBracket:] LeftParenthesis:( Number:1 RightParenthesis:)",
        ),
        ("-1.5e+3", "Minus:- Number:1.5e+3"),
        (".05", "Dot:. Number:05"),
        ("\"a\\\"b\" `c\nd`", "String:\"a\\\"b\" RawString:`c\nd`"),
        ("$\"a\"", "TemplateBegin:$\" TemplateText:a TemplateEnd:\""),
        ("$\"{x}\"", "TemplateBegin:$\" TemplateOpen:{ Identifier:x TemplateClose:} TemplateEnd:\""),
        (
            "$`a{ {1:{}} }b`",
            "TemplateBegin:$` TemplateText:a TemplateOpen:{ LeftBrace:{ Number:1 Colon:: LeftBrace:{ RightBrace:} RightBrace:} \
             TemplateClose:} TemplateText:b TemplateEnd:`",
        ),
        ("$\"\\{x}\"", "TemplateBegin:$\" TemplateText:\\{x} TemplateEnd:\""),
        ("$`\\{x}\\`", "TemplateBegin:$` TemplateText:\\{x}\\ TemplateEnd:`"),
        (
            "$\"{$\"{a}\"}b\"",
            "TemplateBegin:$\" TemplateOpen:{ TemplateBegin:$\" TemplateOpen:{ Identifier:a TemplateClose:} TemplateEnd:\" TemplateClose:} TemplateText:b TemplateEnd:\"",
        ),
        ("{}", "LeftBrace:{ RightBrace:}"),
    ] {
        assert_eq!(tokens(text), expected, "{text}");
        assert_eq!(lex(text).errors, [], "{text}");
    }
}

#[test]
fn comments_are_kept_aside() {
    let text = "a # one\r\n#two\n\"# no\" `# no` #";
    let lexed = lex(text);
    let comments: Vec<_> = lexed.comments.iter().map(|span| &text[span.start as usize..span.end as usize]).collect();
    assert_eq!(comments, ["# one", "#two", "#"]);
}

#[test]
fn a_mistake_is_reported_once_and_gives_the_token_that_was_meant() {
    for (text, message, expected) in [
        ("\"abc\nd", "non-terminated string", "String:\"abc ^Identifier:d"),
        ("\"abc", "non-terminated string", "String:\"abc"),
        ("`abc", "non-terminated string", "RawString:`abc"),
        ("\"a\\", "illegal escape sequence", "String:\"a\\"),
        ("\"\\x\"", "illegal escape sequence", "String:\"\\x\""),
        ("\"\\u00g0\"", "illegal escape sequence", "String:\"\\u00g0\""),
        ("\"\\{\"", "illegal escape sequence", "String:\"\\{\""),
        ("01", "illegal number `01`: expected number without leading zero", "Number:01"),
        ("1.", "illegal number `1.`: expected fraction", "Number:1."),
        ("1e", "illegal number `1e`: expected exponent", "Number:1e"),
        ("1e+", "illegal number `1e+`: expected exponent", "Number:1e+"),
        ("1.2.3", "illegal number format `1.2.3`", "Number:1.2.3"),
        ("12abc", "illegal number format `12abc`", "Number:12abc"),
        ("1e30001", "illegal number `1e30001`: number too big", "Number:1e30001"),
        ("1e-99999999999", "illegal number `1e-99999999999`: number too big", "Number:1e-99999999999"),
        ("a @ b", "illegal token `@`", "Identifier:a Invalid:@ Identifier:b"),
        ("\u{e9}t\u{e9} b", "illegal token `\u{e9}t\u{e9}`", "Invalid:\u{e9}t\u{e9} Identifier:b"),
        ("'a b' c", "illegal token `'a b'`", "Invalid:'a b' Identifier:c"),
        ("a ! b", "illegal ! character", "Identifier:a Invalid:! Identifier:b"),
        ("$\"a\nb", "non-terminated string", "TemplateBegin:$\" TemplateText:a TemplateEnd: ^Identifier:b"),
        ("$`a", "non-terminated string", "TemplateBegin:$` TemplateText:a TemplateEnd:"),
    ] {
        let errors = lex(text).errors;
        let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).take(1).collect();
        assert_eq!(messages, [message], "{text}");
        assert_eq!(tokens(text), expected, "{text}");
    }
}

#[test]
fn escapes() {
    for (text, expected) in [
        ("", ""),
        ("plain", "plain"),
        (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r"a\u00e9b", "a\u{e9}b"),
        (r"\ud83d\ude00", "\u{1f600}"),
        (r"\ud83d", "\u{fffd}"),
        (r"\ud83dx\ude00", "\u{fffd}x\u{fffd}"),
        (r"\ud83d\u0041", "\u{fffd}A"),
        (r"\{x}", "{x}"),
    ] {
        assert_eq!(unescape(text), expected, "{text}");
    }
}
