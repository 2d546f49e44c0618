//! Strings: joining, searching, cutting, replacing.

use super::operand::{any, integer, object, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type, text};
use memchr::memchr;
use smallvec::SmallVec;
use std::cmp::Ordering;
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

const STRINGS: Type = Type::AnyOf(&[Type::Set(&Type::String), Type::Array(&Type::String)]);
const STRING_OR_STRINGS: Type = Type::AnyOf(&[Type::String, Type::Set(&Type::String), Type::Array(&Type::String)]);

const VALUE: Parameter = Parameter::new("value", Type::String, "the string to trim");
const HAYSTACK: Parameter = Parameter::new("haystack", Type::String, "the string to search in");
const NEEDLE: Parameter = Parameter::new("needle", Type::String, "the string to look for");

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "concat",
        "Joins the strings of an array or a set, with a delimiter between each two.",
        &[
            Parameter::new("delimiter", Type::String, "what to put between"),
            Parameter::new("collection", STRINGS, "the strings to join"),
        ],
        Parameter::new("output", Type::String, "the joined string"),
        concat,
    ),
    Builtin::of_leaves(
        "contains",
        "Tells whether a string contains another.",
        &[HAYSTACK, NEEDLE],
        Parameter::new("result", Type::Boolean, "`true` if `needle` stands somewhere in `haystack`"),
        contains,
    ),
    Builtin::of_leaves(
        "startswith",
        "Tells whether a string starts with another.",
        &[
            Parameter::new("search", Type::String, "the string to look at"),
            Parameter::new("base", Type::String, "how it should start"),
        ],
        Parameter::new("result", Type::Boolean, "`true` if `search` starts with `base`"),
        startswith,
    ),
    Builtin::of_leaves(
        "endswith",
        "Tells whether a string ends with another.",
        &[
            Parameter::new("search", Type::String, "the string to look at"),
            Parameter::new("base", Type::String, "how it should end"),
        ],
        Parameter::new("result", Type::Boolean, "`true` if `search` ends with `base`"),
        endswith,
    ),
    Builtin::of_leaves(
        "indexof",
        "Finds where a string first occurs in another, counted in characters.",
        &[HAYSTACK, NEEDLE],
        Parameter::new("output", Type::Number, "the index of the first occurrence, `-1` if there is none"),
        indexof,
    ),
    Builtin::of_leaves(
        "indexof_n",
        "Finds every place where a string occurs in another, counted in characters; occurrences may overlap.",
        &[HAYSTACK, NEEDLE],
        Parameter::new("output", Type::Array(&Type::Number), "the indices of all occurrences"),
        indexof_n,
    ),
    Builtin::of_leaves(
        "lower",
        "Writes all letters small.",
        &[Parameter::new("x", Type::String, "the string to convert")],
        Parameter::new("y", Type::String, "`x` in lower case"),
        lower,
    ),
    Builtin::of_leaves(
        "upper",
        "Writes all letters large.",
        &[Parameter::new("x", Type::String, "the string to convert")],
        Parameter::new("y", Type::String, "`x` in upper case"),
        upper,
    ),
    Builtin::of_leaves(
        "replace",
        "Replaces every occurrence of a string in another.",
        &[
            Parameter::new("x", Type::String, "the string to search in"),
            Parameter::new("old", Type::String, "what to replace"),
            Parameter::new("new", Type::String, "what to put in its place"),
        ],
        Parameter::new("y", Type::String, "`x` with all replacements made"),
        replace,
    ),
    Builtin::of_leaves(
        "strings.replace_n",
        "Replaces several strings at once, from left to right without overlaps; where two keys fit, the lesser wins.",
        &[
            Parameter::new(
                "patterns",
                Type::Object(&Type::String, &Type::String),
                "what to replace, and what to put in its place",
            ),
            Parameter::new("value", Type::String, "the string to search in"),
        ],
        Parameter::new("output", Type::String, "`value` with all replacements made"),
        replace_n,
    ),
    Builtin::of_leaves(
        "split",
        "Cuts a string into parts at every occurrence of a delimiter, or into characters when the delimiter is empty.",
        &[
            Parameter::new("x", Type::String, "the string to cut"),
            Parameter::new("delimiter", Type::String, "where to cut"),
        ],
        Parameter::new("ys", Type::Array(&Type::String), "the parts"),
        split,
    ),
    Builtin::of_leaves(
        "strings.split_n",
        "Cuts a string at a delimiter and gives the first `n` parts, or the last ones when `n` is negative.",
        &[
            Parameter::new("x", Type::String, "the string to cut"),
            Parameter::new("delimiter", Type::String, "where to cut"),
            Parameter::new("n", Type::Number, "how many parts; all that there are if there are fewer"),
        ],
        Parameter::new("ys", Type::Array(&Type::String), "the parts"),
        split_n,
    ),
    Builtin::of_leaves(
        "substring",
        "Takes a piece out of a string, counted in characters.",
        &[
            Parameter::new("value", Type::String, "the string to take from"),
            Parameter::new("offset", Type::Number, "where the piece starts; not negative"),
            Parameter::new("length", Type::Number, "how long it is; all the rest if negative"),
        ],
        Parameter::new("output", Type::String, "the piece"),
        substring,
    ),
    Builtin::of_leaves(
        "trim",
        "Cuts characters off both ends of a string.",
        &[VALUE, Parameter::new("cutset", Type::String, "the characters to cut off")],
        Parameter::new("output", Type::String, "`value` without them"),
        trim,
    ),
    Builtin::of_leaves(
        "trim_left",
        "Cuts characters off the start of a string.",
        &[VALUE, Parameter::new("cutset", Type::String, "the characters to cut off")],
        Parameter::new("output", Type::String, "`value` without them"),
        trim_left,
    ),
    Builtin::of_leaves(
        "trim_right",
        "Cuts characters off the end of a string.",
        &[VALUE, Parameter::new("cutset", Type::String, "the characters to cut off")],
        Parameter::new("output", Type::String, "`value` without them"),
        trim_right,
    ),
    Builtin::of_leaves(
        "trim_prefix",
        "Cuts a prefix off a string if it starts with it.",
        &[VALUE, Parameter::new("prefix", Type::String, "what to cut off")],
        Parameter::new("output", Type::String, "`value` without the prefix"),
        trim_prefix,
    ),
    Builtin::of_leaves(
        "trim_suffix",
        "Cuts a suffix off a string if it ends with it.",
        &[VALUE, Parameter::new("suffix", Type::String, "what to cut off")],
        Parameter::new("output", Type::String, "`value` without the suffix"),
        trim_suffix,
    ),
    Builtin::of_leaves(
        "trim_space",
        "Cuts white space off both ends of a string.",
        &[VALUE],
        Parameter::new("output", Type::String, "`value` without the white space"),
        trim_space,
    ),
    Builtin::of_leaves(
        "strings.any_prefix_match",
        "Tells whether any of some strings starts with any of some prefixes.",
        &[
            Parameter::new("search", STRING_OR_STRINGS, "the strings to look at"),
            Parameter::new("base", STRING_OR_STRINGS, "the prefixes"),
        ],
        Parameter::new("result", Type::Boolean, "`true` if one of them does"),
        any_prefix_match,
    ),
    Builtin::of_leaves(
        "strings.any_suffix_match",
        "Tells whether any of some strings ends with any of some suffixes.",
        &[
            Parameter::new("search", STRING_OR_STRINGS, "the strings to look at"),
            Parameter::new("base", STRING_OR_STRINGS, "the suffixes"),
        ],
        Parameter::new("result", Type::Boolean, "`true` if one of them does"),
        any_suffix_match,
    ),
    Builtin::of_leaves(
        "strings.count",
        "Counts the occurrences of a string in another that do not overlap.",
        &[
            Parameter::new("search", Type::String, "the string to search in"),
            Parameter::new("substring", Type::String, "the string to count"),
        ],
        Parameter::new("output", Type::Number, "how often it occurs"),
        count,
    ),
    Builtin::of_leaves(
        "strings.reverse",
        "Turns a string round, character by character.",
        &[Parameter::new("x", Type::String, "the string to turn round")],
        Parameter::new("y", Type::String, "`x` backwards"),
        reverse,
    ),
];

fn concat<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let delimiter = string(operands, 0)?;
    let collection = any(operands, 1);
    let joined = match collection {
        Value::Array(array) => join(context, delimiter, collection, array.iter()),
        Value::Set(set) => join(context, delimiter, collection, set.iter()),
        _ => Err(BuiltinError::operand(1, "one of {set, array}", collection)),
    };
    joined.map(Some)
}

fn join<'a>(
    context: &Context<'_, 'a>,
    delimiter: &str,
    collection: Value<'a>,
    items: impl ExactSizeIterator<Item = Value<'a>> + Clone,
) -> std::result::Result<Value<'a>, BuiltinError> {
    if let Some(item) = items.clone().find(|item| item.as_str().is_none()) {
        return Err(BuiltinError::element(1, "string", collection, item));
    }
    if items.len() <= 1 {
        return Ok(items.into_iter().next().unwrap_or(Value::EMPTY_STRING));
    }
    text::join(context.arena, delimiter, items.filter_map(Value::as_str))
}

fn contains<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (haystack, needle) = (string(operands, 0)?, string(operands, 1)?);
    Ok(Some(haystack.contains(needle).into()))
}

fn startswith<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (search, base) = (string(operands, 0)?, string(operands, 1)?);
    Ok(Some(search.starts_with(base).into()))
}

fn endswith<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (search, base) = (string(operands, 0)?, string(operands, 1)?);
    Ok(Some(search.ends_with(base).into()))
}

fn indexof<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (haystack, needle) = haystack_and_needle(operands)?;
    let index = haystack.find(needle).and_then(|byte| haystack.get(..byte)).map_or(-1, length);
    Ok(Some(Value::Int(index)))
}

fn indexof_n<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (haystack, needle) = haystack_and_needle(operands)?;
    let indices: Vec<_> = (0..)
        .zip(haystack.char_indices())
        .filter(|&(_, (byte, _))| haystack.get(byte..).is_some_and(|rest| rest.starts_with(needle)))
        .map(|(index, _)| Value::Int(index))
        .collect();
    Ok(Some(context.arena.array(&indices)))
}

fn haystack_and_needle<'a>(operands: &[Value<'a>]) -> std::result::Result<(&'a str, &'a str), BuiltinError> {
    let (haystack, needle) = (string(operands, 0)?, string(operands, 1)?);
    if needle.is_empty() {
        return Err(BuiltinError::failed("empty search character"));
    }
    Ok((haystack, needle))
}

fn lower<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let x = string(operands, 0)?;
    if x.is_ascii() && !x.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Ok(Some(any(operands, 0)));
    }
    if x.is_ascii() {
        return Ok(Some(context.arena.string(&x.to_ascii_lowercase())));
    }
    text::build(context.arena, |out| x.chars().try_for_each(|c| out.write_char(simple_lower(c)))).map(Some)
}

fn upper<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let x = string(operands, 0)?;
    if x.is_ascii() && !x.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Ok(Some(any(operands, 0)));
    }
    if x.is_ascii() {
        return Ok(Some(context.arena.string(&x.to_ascii_uppercase())));
    }
    text::build(context.arena, |out| x.chars().try_for_each(|c| out.write_char(simple_upper(c)))).map(Some)
}

/// One character for one, as Go maps case: no final sigma, and the Turkish capital I loses its dot.
fn simple_lower(c: char) -> char {
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ if c == 'İ' => 'i',
        _ => c,
    }
}

/// One character for one, as Go maps case: letters whose capital would be several, such as `ß`, stay.
fn simple_upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        // Greek vowels with an iota subscript have a single title-case letter that stands for the capital.
        _ => match u32::from(c) {
            code @ (0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7) => char::from_u32(code + 8).unwrap_or(c),
            code @ (0x1FB3 | 0x1FC3 | 0x1FF3) => char::from_u32(code + 9).unwrap_or(c),
            _ => c,
        },
    }
}

fn replace<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (x, old, new) = (string(operands, 0)?, string(operands, 1)?, string(operands, 2)?);
    let mut characters = old.chars();
    match (characters.next(), characters.next()) {
        // A character is found without preparing a search.
        (Some(only), None) => replace_between(context, operands, x.split(only), new),
        _ => replace_between(context, operands, x.split(old), new),
    }
}

/// The parts of the first operand, with `new` between each two.
fn replace_between<'a>(
    context: &Context<'_, 'a>,
    operands: &[Value<'a>],
    parts: impl Iterator<Item = &'a str> + Clone,
    new: &str,
) -> Result<'a> {
    if parts.clone().nth(1).is_none() {
        return Ok(Some(any(operands, 0)));
    }
    text::join(context.arena, new, parts).map(Some)
}

fn replace_n<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (patterns, value) = (object(operands, 0)?, string(operands, 1)?);
    // Keys come sorted, which is the order in which they are tried.
    let pairs = patterns
        .iter()
        .map(|(key, new)| {
            let key = key.as_str().ok_or("non-string key found in pattern object")?;
            let new = new.as_str().ok_or("non-string value found in pattern object")?;
            Ok((key, new))
        })
        .collect::<std::result::Result<Vec<_>, &str>>()
        .map_err(|problem| BuiltinError::contents(0, problem))?;
    text::build(context.arena, |out| replace_all(out, value, &pairs)).map(Some)
}

/// Go's `strings.Replacer`: at each place the first pair that fits; an empty key fits between any two characters, but
/// not right after itself.
fn replace_all(out: &mut dyn std::fmt::Write, value: &str, pairs: &[(&str, &str)]) -> std::fmt::Result {
    let mut first_bytes = [false; 256];
    let mut empty_key = false;
    for (key, _) in pairs {
        match key.bytes().next().and_then(|byte| first_bytes.get_mut(usize::from(byte))) {
            Some(may_start) => *may_start = true,
            None => empty_key = true,
        }
    }
    let (mut last, mut at, mut after_empty_match) = (0, 0, false);
    while let Some(rest) = value.get(at..) {
        let possible =
            empty_key || rest.bytes().next().is_some_and(|b| first_bytes.get(usize::from(b)).is_some_and(|&may| may));
        let found = possible
            .then(|| pairs.iter().find(|(key, _)| rest.starts_with(key) && !(key.is_empty() && after_empty_match)))
            .flatten();
        after_empty_match = found.is_some_and(|(key, _)| key.is_empty());
        if let Some((key, new)) = found {
            out.write_str(value.get(last..at).unwrap_or_default())?;
            out.write_str(new)?;
            at += key.len();
            last = at;
            continue;
        }
        // Past the end `get` gives nothing, and the loop ends.
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    out.write_str(value.get(last..).unwrap_or_default())
}

/// Parts of a string before they are put into an array: few enough to stand on the stack most often.
type Parts<T> = SmallVec<[T; 8]>;

fn split<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (x, delimiter) = (string(operands, 0)?, string(operands, 1)?);
    let mut parts = Parts::new();
    each_part(x, delimiter, |part| parts.push(context.arena.borrowed(part)));
    Ok(Some(context.arena.array(&parts)))
}

fn split_n<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (x, delimiter, n) = (string(operands, 0)?, string(operands, 1)?, integer(operands, 2)?);
    let mut parts = Parts::new();
    each_part(x, delimiter, |part| parts.push(part));
    let wanted = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX).min(parts.len());
    let chosen = if n < 0 { parts.get(parts.len() - wanted..) } else { parts.get(..wanted) };
    let chosen: Parts<_> = chosen.unwrap_or_default().iter().map(|part| context.arena.borrowed(part)).collect();
    Ok(Some(context.arena.array(&chosen)))
}

/// Cuts `x` at every `delimiter`, or into characters where that is empty.
fn each_part<'a>(x: &'a str, delimiter: &str, mut visit: impl FnMut(&'a str)) {
    match delimiter.as_bytes() {
        // Rust would give empty parts at both ends here.
        [] => x.split("").filter(|part| !part.is_empty()).for_each(visit),
        // One byte is found without preparing a search.
        [only] => {
            let mut rest = x;
            while let Some((part, after)) = memchr(*only, rest.as_bytes()).and_then(|at| rest.split_at_checked(at)) {
                visit(part);
                rest = after.get(1..).unwrap_or_default();
            }
            visit(rest);
        }
        _ => x.split(delimiter).for_each(visit),
    }
}

fn substring<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (value, offset, length) = (string(operands, 0)?, integer(operands, 1)?, integer(operands, 2)?);
    let offset = usize::try_from(offset).map_err(|_| BuiltinError::failed("negative offset"))?;
    let rest = value.get(byte_of_char(value, offset)..).unwrap_or_default();
    let piece = match usize::try_from(length) {
        Ok(length) => rest.get(..byte_of_char(rest, length)).unwrap_or_default(),
        Err(_) => rest,
    };
    Ok(Some(context.arena.borrowed(piece)))
}

/// Where the character at `index` starts, or the end.
fn byte_of_char(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(byte, _)| byte)
}

fn trim<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (value, cutset) = (string(operands, 0)?, string(operands, 1)?);
    cut(context, operands, value.trim_matches(|c| cutset.contains(c)))
}

fn trim_left<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (value, cutset) = (string(operands, 0)?, string(operands, 1)?);
    cut(context, operands, value.trim_start_matches(|c| cutset.contains(c)))
}

fn trim_right<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (value, cutset) = (string(operands, 0)?, string(operands, 1)?);
    cut(context, operands, value.trim_end_matches(|c| cutset.contains(c)))
}

fn trim_prefix<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (value, prefix) = (string(operands, 0)?, string(operands, 1)?);
    cut(context, operands, value.strip_prefix(prefix).unwrap_or(value))
}

fn trim_suffix<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (value, suffix) = (string(operands, 0)?, string(operands, 1)?);
    cut(context, operands, value.strip_suffix(suffix).unwrap_or(value))
}

fn trim_space<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    cut(context, operands, string(operands, 0)?.trim())
}

/// What is left of the first operand: the operand itself when that is all of it.
fn cut<'a>(context: &Context<'_, 'a>, operands: &[Value<'a>], left: &'a str) -> Result<'a> {
    let value = any(operands, 0);
    let whole = value.as_str().is_some_and(|whole| whole.len() == left.len());
    Ok(Some(if whole { value } else { context.arena.borrowed(left) }))
}

fn any_prefix_match<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (strings, prefixes) = (one_or_more(operands, 0)?, one_or_more(operands, 1)?);
    Ok(Some(any_match(strings, &prefixes, str::cmp, |string, prefix| string.starts_with(prefix)).into()))
}

fn any_suffix_match<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (strings, suffixes) = (one_or_more(operands, 0)?, one_or_more(operands, 1)?);
    let backwards = |a: &str, b: &str| a.bytes().rev().cmp(b.bytes().rev());
    Ok(Some(any_match(strings, &suffixes, backwards, |string, suffix| string.ends_with(suffix)).into()))
}

/// Up to this many comparisons are made one by one; beyond, sorting first is cheaper.
const COMPARISONS_MAX: usize = 256;

/// Whether any of `strings` fits any of `affixes`. In `order`, what an affix fits follows right after the affix itself.
fn any_match(
    mut strings: Vec<&str>,
    affixes: &[&str],
    order: impl Fn(&str, &str) -> Ordering,
    fits: impl Fn(&str, &str) -> bool,
) -> bool {
    if strings.len().saturating_mul(affixes.len()) <= COMPARISONS_MAX {
        return strings.iter().any(|string| affixes.iter().any(|affix| fits(string, affix)));
    }
    strings.sort_unstable_by(|a, b| order(a, b));
    affixes.iter().any(|affix| {
        let first = strings.partition_point(|string| order(string, affix).is_lt());
        strings.get(first).is_some_and(|string| fits(string, affix))
    })
}

/// The string operand at `index`, or all strings of the collection there.
fn one_or_more<'a>(operands: &[Value<'a>], index: usize) -> std::result::Result<Vec<&'a str>, BuiltinError> {
    let operand = any(operands, index);
    if let Some(one) = operand.as_str() {
        return Ok(vec![one]);
    }
    items(operand)
        .ok_or_else(|| BuiltinError::operand(index, "one of {string, set, array}", operand))?
        .map(|item| item.as_str().ok_or_else(|| BuiltinError::element(index, "string", operand, item)))
        .collect()
}

/// The items of an array or a set.
fn items<'a>(collection: Value<'a>) -> Option<impl Iterator<Item = Value<'a>>> {
    let array = collection.as_array().map(|array| array.iter());
    let set = collection.as_set().map(|set| set.iter());
    if array.is_none() && set.is_none() {
        return None;
    }
    Some(array.into_iter().flatten().chain(set.into_iter().flatten()))
}

fn count<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (search, substring) = (string(operands, 0)?, string(operands, 1)?);
    let count = search.matches(substring).count();
    Ok(Some(Value::Int(i64::try_from(count).unwrap_or(i64::MAX))))
}

fn reverse<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let x = string(operands, 0)?;
    text::build(context.arena, |out| x.chars().rev().try_for_each(|c| out.write_char(c))).map(Some)
}

/// How many characters.
fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "strings_tests.rs"]
mod tests;
