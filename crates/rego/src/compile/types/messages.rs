//! What is said about types that cannot be right, in OPA's words.

use super::signature::Signature;
use super::value_type::{Key, ValueType};
use crate::compile::hir::{Callee, Expr, ExprKind, Head, Scalar};
use std::sync::Arc;
use value::{Diagnostic, Source, Span, nearest};

const ONLY_COLLECTIONS: &str = "only arrays, objects and sets can be looked into";

/// A type that is longer than this is cut where it is shown, in characters.
const SHOWN_CHARS_MAX: usize = 400;

/// A call with an argument that the function never takes; `have` are the arguments, and the output where there is one.
pub(super) fn arguments(
    source: &Arc<Source>,
    span: Span,
    callee: &Callee,
    signature: &Signature,
    have: &[ValueType],
    wrong: usize,
) -> Diagnostic {
    let (name, want) = match callee {
        Callee::Builtin(builtin) => (builtin.0.name.to_owned(), signature.named(builtin.0)),
        Callee::Rule(path) => (format!("data.{}", path.join(".")), signature.unnamed()),
    };
    let have_all: Vec<String> = have.iter().map(ValueType::to_string).collect();
    let message = format!(
        "{name}: invalid argument(s)\n\thave: {}\n\twant: {}",
        shown(&format!("({})", have_all.join(", "))),
        shown(&want)
    );
    let what = match callee {
        _ if wrong >= signature.parameters.len() => "what it gives".to_owned(),
        Callee::Builtin(builtin) => {
            builtin.0.parameters.get(wrong).map_or_else(String::new, |parameter| format!("`{}`", parameter.name))
        }
        Callee::Rule(_) => format!("argument {}", wrong + 1),
    };
    let wanted = signature.parameters.get(wrong).or(signature.result.as_ref()).map(ValueType::to_string);
    let got = have.get(wrong).map(ValueType::to_string);
    let help = format!(
        "{what} must be `{}` and this can only be `{}`",
        shown(&wanted.unwrap_or_default()),
        shown(&got.unwrap_or_default())
    );
    Diagnostic::new("rego_type_error", message, source, span).help(help)
}

/// Two sides that are never equal.
pub(super) fn no_match(source: &Arc<Source>, span: Span, left: &ValueType, right: &ValueType) -> Diagnostic {
    let message =
        format!("match error\n\tleft  : {}\n\tright : {}", shown(&left.to_string()), shown(&right.to_string()));
    let help = "the two sides can never be equal: compare values of one type";
    Diagnostic::new("rego_type_error", message, source, span).help(help)
}

/// What is wrong with a part of a reference.
pub(super) enum WrongPart<'t> {
    /// What it looks into is no collection.
    Scalar(&'t ValueType),
    /// No entry has this key.
    Missing { collection: &'t ValueType, key: Key },
    /// No key is of this type.
    KeyType { collection: &'t ValueType, have: ValueType },
}

/// A reference that never leads anywhere.
pub(super) fn reference(
    source: &Arc<Source>,
    span: Span,
    (head, path): (&Head, &[Expr]),
    wrong: &WrongPart<'_>,
) -> Diagnostic {
    let text = Written { source }.reference(head, path);
    let (detail, help) = match wrong {
        WrongPart::Scalar(have) => (format!("\n\thave: {}", shown(&have.to_string())), ONLY_COLLECTIONS.to_owned()),
        WrongPart::Missing { collection, key } => {
            let names = collection.known_keys().into_iter().filter_map(|known| match known {
                Key::String(name) => Some(&**name),
                _ => None,
            });
            let meant = match key {
                // To a single letter everything of one letter is near.
                Key::String(name) if name.len() > 1 => nearest(name, names),
                _ => None,
            };
            let help = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "nothing ever stands at this key, so that the reference is never defined".to_owned(),
            };
            (format!("\n\thave: {key}{}", wanted(collection)), help)
        }
        WrongPart::KeyType { collection, have } => (
            format!("\n\thave (type): {}{}", shown(&have.to_string()), wanted(collection)),
            "no key is of this type, so that the reference is never defined".to_owned(),
        ),
    };
    Diagnostic::new("rego_type_error", format!("undefined ref: {text}{detail}"), source, span).help(help)
}

/// Something to iterate over that is no collection.
pub(super) fn no_collection(source: &Arc<Source>, collection: &Expr, have: &ValueType) -> Diagnostic {
    let text = Written { source }.expr(collection);
    let message = format!("undefined ref: {text}[_]\n\thave: {}", shown(&have.to_string()));
    Diagnostic::new("rego_type_error", message, source, collection.span).help(ONLY_COLLECTIONS)
}

/// A function that is named and not called.
pub(super) fn function_not_called(
    source: &Arc<Source>,
    span: Span,
    path: &[Box<str>],
    signature: &Signature,
) -> Diagnostic {
    let name = format!("data.{}", path.join("."));
    let parameters: Vec<String> = signature.parameters.iter().map(ValueType::to_string).collect();
    let result = signature.result.as_ref().unwrap_or(&ValueType::Any);
    let message = format!(
        "function {name} used as reference, not called\n\thave: {}",
        shown(&format!("({}) => {result}", parameters.join(", ")))
    );
    let help = format!("call it with {} argument{}", parameters.len(), if parameters.len() == 1 { "" } else { "s" });
    Diagnostic::new("rego_type_error", message, source, span).help(help)
}

/// The keys that there are, or their type.
fn wanted(collection: &ValueType) -> String {
    let known: Vec<String> = collection.known_keys().into_iter().map(Key::to_string).collect();
    if known.is_empty() {
        let keys = collection.keys().unwrap_or(ValueType::Any);
        return format!("\n\twant (type): {}", shown(&keys.to_string()));
    }
    format!("\n\twant (one of): {}", shown(&format!("[{}]", known.join(" "))))
}

/// Expressions as text: references by their whole path, anything else as its author wrote it.
struct Written<'w> {
    source: &'w Source,
}

impl Written<'_> {
    fn reference(&self, head: &Head, path: &[Expr]) -> String {
        let mut text = match head {
            Head::Input => "input".to_owned(),
            Head::Data => "data".to_owned(),
            Head::Expr(expr) => self.expr(expr),
        };
        for part in path {
            match &part.kind {
                ExprKind::Constant(Scalar::String(name)) if is_name(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                ExprKind::Constant(Scalar::String(name)) => text.push_str(&format!("[{name:?}]")),
                _ => text.push_str(&format!("[{}]", self.expr(part))),
            }
        }
        text
    }

    fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Reference { head, path } => self.reference(head, path),
            _ => {
                let (start, end) = (expr.span.start as usize, expr.span.end as usize);
                let text = shown(self.source.text.get(start..end).unwrap_or("..."));
                let infix = match &expr.kind {
                    ExprKind::Compare { .. } | ExprKind::Membership { .. } => true,
                    ExprKind::Call { .. } => !text.ends_with(')'),
                    _ => false,
                };
                if infix { format!("({text})") } else { text }
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first == '_' || first.is_ascii_alphabetic())
        && letters.all(|letter| letter == '_' || letter.is_ascii_alphanumeric())
}

/// Cut to what can be read, and on one line.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).map(|c| if c == '\n' { ' ' } else { c }).collect();
    if shown.len() < text.len() {
        shown.push_str(" ...");
    }
    shown
}
