//! What the parser underneath complains about, in our words.

use crate::mistake::{Mistake, character_at, excerpt};
use granit_parser::{ErrorKind, ScanError};
use value::Span;

pub(super) fn explain(error: &ScanError, text: &str, depth_max: usize) -> Mistake {
    let offset = error.marker().byte_offset().unwrap_or(text.len());
    let span = character_at(text, offset);
    let mistake = match error.kind() {
        ErrorKind::RecursionLimitExceeded => too_deep(span, depth_max),
        ErrorKind::UnknownAnchor => unknown_anchor(text, offset, span),
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
            Mistake::new(span, "a tab stands where only spaces may").help("indent with spaces")
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            Mistake::new(span, "a mapping is not allowed here")
                .help("check the indentation, or put quotes around a text that has `: ` in it")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey | ErrorKind::ExpectedBlockMappingKey => {
            Mistake::new(span, "expected a key followed by `:`")
                .help("check the indentation of this line and the one above")
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            Mistake::new(span, "expected another `- ` item of the list").help("check the indentation of this line")
        }
        ErrorKind::InvalidIndentation => {
            Mistake::new(span, "this line is indented in a way that fits no line above it")
        }
        ErrorKind::UnclosedQuotedScalar => Mistake::new(span, "a quoted text begins here that nothing closes"),
        ErrorKind::UnclosedFlowCollection { open } => {
            Mistake::new(span, format!("a `{open}` stands here that nothing closes"))
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            Mistake::new(span, format!("a `{open}` is closed with `{close}`"))
        }
        ErrorKind::UnexpectedCharacter { character } => {
            Mistake::new(span, format!("a text may not begin with `{}`", character.escape_debug()))
                .help("put quotes around it")
        }
        ErrorKind::UndeclaredTagHandle => Mistake::new(span, "the tag has a handle that no %TAG directive declares"),
        kind => Mistake::new(span, lower_case(&kind.to_string())),
    };
    with_template_help(mistake, text)
}

pub(super) fn too_deep(span: Span, depth_max: usize) -> Mistake {
    Mistake::new(span, format!("arrays and objects nest deeper than {depth_max} levels"))
        .help("raise the limit `depth_max` if the document is meant to be this deep")
}

/// Templates are not YAML before they are rendered, and what is wrong with them as YAML says nothing to their author.
pub(super) fn with_template_help(mistake: Mistake, text: &str) -> Mistake {
    let start = mistake.span.start as usize;
    let before = text.get(..start).unwrap_or_default().rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(before..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    if line.contains("{{") {
        return mistake.help("this looks like a template: render it first, for Helm with `helm template`");
    }
    mistake
}

fn unknown_anchor(text: &str, offset: usize, span: Span) -> Mistake {
    let alias = text.get(offset..).unwrap_or_default();
    let end = alias.find([' ', '\t', '\r', '\n', ',', ']', '}']).unwrap_or(alias.len());
    let name = alias.get(..end).unwrap_or_default();
    let whole = Span::new(span.start, span.start.saturating_add(u32::try_from(end).unwrap_or(u32::MAX)));
    let anchor = name.strip_prefix('*').unwrap_or(name);
    Mistake::new(whole, format!("no anchor above is named `{}`", excerpt(anchor)))
        .help("put quotes around it if it is a text that begins with `*`")
}

fn lower_case(message: &str) -> String {
    let message = message.replace('\'', "`");
    let mut characters = message.chars();
    let first = characters.next();
    let second = characters.clone().next();
    match (first, second) {
        // An abbreviation stays as it is.
        (Some(_), Some(second)) if second.is_uppercase() => message,
        (Some(first), _) => first.to_lowercase().chain(characters).collect(),
        (None, _) => message,
    }
}
