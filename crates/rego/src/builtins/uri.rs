//! URIs taken apart.

use super::go_url::Url;
use super::operand::{any, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type};
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "uri.parse",
        "Takes a URI apart into scheme, host name, port, path, query and fragment.",
        &[Parameter::new("uri", Type::String, "the URI or relative reference")],
        Parameter::new(
            "output",
            Type::Object(&Type::String, &Type::String),
            "`scheme`, `hostname`, `port`, `path`, `raw_path`, `raw_query`, `fragment`, as far as it has them",
        ),
        parse,
    ),
    Builtin::of_leaves(
        "uri.is_valid",
        "Tells whether a string is a URI or a relative reference that is not empty.",
        &[Parameter::new("uri", Type::String, "the string to check")],
        Parameter::new("result", Type::Boolean, "`true` if it is"),
        is_valid,
    ),
];

fn parse<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let url = Url::parse(string(operands, 0)?).map_err(BuiltinError::failed)?;
    let (hostname, port) = url.host_and_port();
    let raw_path = if url.raw_path.is_empty() { &url.path } else { &url.raw_path };
    let parts = [
        ("scheme", url.scheme.as_str()),
        ("hostname", hostname),
        ("port", port),
        ("path", &url.path),
        ("raw_path", raw_path),
        ("raw_query", &url.raw_query),
        ("fragment", &url.fragment),
    ];
    let entries: Vec<_> = parts
        .into_iter()
        .filter(|(_, part)| !part.is_empty())
        .map(|(name, part)| (context.arena.borrowed(name), context.arena.string(part)))
        .collect();
    Ok(Some(context.arena.object(&entries)))
}

fn is_valid<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let valid = any(operands, 0).as_str().is_some_and(|uri| !uri.is_empty() && Url::parse(uri).is_ok());
    Ok(Some(valid.into()))
}

#[cfg(test)]
#[path = "uri_tests.rs"]
mod tests;
