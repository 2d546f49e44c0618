//! What the builtins' tests share: call a builtin with operands written as Rego terms.

use super::{Builtin, Caches, Context, Type, UnknownOperands, lookup};
use host::{FixedHost, Host};
use value::json::ParseLimits;
use value::{Arena, Value};

/// The time that [`check`]'s host tells: 2024-01-02T03:04:05.678901234Z.
pub(super) const NOW_NS: i64 = 1_704_164_645_678_901_234;

/// Calls the builtin `name` and compares what it gives with `expected`.
///
/// Operands and `expected` are ground Rego terms: JSON, sets as `{1, 2}` and `set()`, raw strings in backticks, and the
/// word `unknown` for an Unknown leaf. `expected` may also be `undefined`, or `error: ` and the whole message.
#[track_caller]
pub(super) fn check(name: &str, operands: &[&str], expected: &str) {
    check_on(&FixedHost { now_ns: NOW_NS }, name, operands, expected);
}

/// [`check`] with a host of the test's own.
#[track_caller]
pub(super) fn check_on(host: &dyn Host, name: &str, operands: &[&str], expected: &str) {
    let arena = Arena::new();
    let expected = match expected {
        "undefined" => expected.to_owned(),
        _ if expected.starts_with("error: ") => expected.to_owned(),
        _ => term(&arena, expected).to_string(),
    };
    assert_eq!(run(host, &arena, name, operands), expected, "{name}({})", operands.join(", "));
}

/// The result in Rego notation, `undefined`, or `error: ` and the message.
#[track_caller]
pub(super) fn run(host: &dyn Host, arena: &Arena, name: &str, operands: &[&str]) -> String {
    let builtin = lookup(name).unwrap_or_else(|| panic!("no builtin is called `{name}`"));
    assert_eq!(builtin.parameters.len(), operands.len(), "{name}: number of operands");
    let operands: Vec<Value<'_>> = operands.iter().map(|operand| term(arena, operand)).collect();
    let unknown = match builtin.unknown {
        UnknownOperands::Deep => operands.iter().any(|operand| operand.find_unknown().is_some()),
        UnknownOperands::Shallow => operands.iter().any(|operand| operand.is_unknown()),
        UnknownOperands::Handled => false,
    };
    if unknown {
        return Value::UNKNOWN.to_string();
    }
    let (mut caches, mut now_ns) = (Caches::default(), None);
    let mut context =
        Context { arena, host, caches: &mut caches, now_ns: &mut now_ns, deadline_ns: None, place: &|| None };
    match (builtin.call)(&mut context, &operands) {
        Ok(Some(result)) => {
            check_result_type(builtin, result);
            result.to_string()
        }
        Ok(None) => "undefined".to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

/// Checks that what a builtin gave is what its table says, since the compiler believes the table.
#[track_caller]
fn check_result_type(builtin: &'static Builtin, result: Value<'_>) {
    let kind = if builtin.relation { Type::Array(&builtin.result.kind) } else { builtin.result.kind };
    assert!(is_of(result, kind), "{} gives {result}, which its table says is {kind:?}", builtin.name);
}

/// Whether a value is one of those that a type names. What is Unknown may be any value.
fn is_of(value: Value<'_>, kind: Type) -> bool {
    match (kind, value) {
        (_, Value::Unknown(_)) | (Type::Any, _) => true,
        // What only has an effect holds.
        (Type::Nothing, value) => value == Value::TRUE,
        (Type::Null, value) => value == Value::Null,
        (Type::Boolean, value) => value.as_bool().is_some(),
        (Type::Number, value) => value.is_number(),
        (Type::String, value) => value.as_str().is_some(),
        (Type::Array(items), Value::Array(array)) => array.iter().all(|item| is_of(item, *items)),
        (Type::Tuple(kinds), Value::Array(array)) => {
            array.len() == kinds.len() && array.iter().zip(kinds).all(|(item, kind)| is_of(item, *kind))
        }
        (Type::Set(members), Value::Set(set)) => set.iter().all(|member| is_of(member, *members)),
        (Type::Object(keys, values), Value::Object(object)) => {
            object.iter().all(|(key, value)| is_of(key, *keys) && is_of(value, *values))
        }
        (Type::Fields(fields), Value::Object(object)) => object
            .iter()
            .all(|(key, value)| fields.iter().all(|(name, kind)| key.as_str() != Some(*name) || is_of(value, *kind))),
        (Type::AnyOf(kinds), value) => kinds.iter().any(|kind| is_of(value, *kind)),
        (Type::Array(_) | Type::Tuple(_) | Type::Set(_) | Type::Object(..) | Type::Fields(_), _) => false,
    }
}

/// The value of a ground term, as [`check`] reads it.
#[track_caller]
pub(super) fn term<'a>(arena: &'a Arena, text: &str) -> Value<'a> {
    let mut reader = Reader { arena, rest: text };
    let value = reader.term();
    reader.skip_spaces();
    assert!(reader.rest.is_empty(), "left over after the term: `{}` in `{text}`", reader.rest);
    value
}

struct Reader<'a, 't> {
    arena: &'a Arena,
    rest: &'t str,
}

impl<'a> Reader<'a, '_> {
    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_spaces();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    #[track_caller]
    fn term(&mut self) -> Value<'a> {
        if self.eat("[") {
            let mut items = Vec::new();
            while !self.eat("]") {
                items.push(self.term());
                self.eat(",");
            }
            self.arena.array(&items)
        } else if self.eat("set()") {
            Value::EMPTY_SET
        } else if self.eat("{") {
            self.object_or_set()
        } else if self.eat("unknown") {
            Value::UNKNOWN
        } else if self.eat("`") {
            let (raw, rest) = self.rest.split_once('`').expect("the closing backtick");
            self.rest = rest;
            self.arena.string(raw)
        } else {
            self.scalar()
        }
    }

    #[track_caller]
    fn object_or_set(&mut self) -> Value<'a> {
        let (mut members, mut entries) = (Vec::new(), Vec::new());
        while !self.eat("}") {
            let member = self.term();
            if self.eat(":") {
                let value = self.term();
                entries.push((member, value));
            } else {
                members.push(member);
            }
            self.eat(",");
        }
        assert!(members.is_empty() || entries.is_empty(), "object and set in one");
        if members.is_empty() { self.arena.object(&entries) } else { self.arena.set(&members) }
    }

    #[track_caller]
    fn scalar(&mut self) -> Value<'a> {
        let length = if self.rest.starts_with('"') {
            let mut escaped = false;
            let close = self.rest.char_indices().skip(1).find(|&(_, c)| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            close.expect("the closing quote").0 + 1
        } else {
            self.rest.find([',', ']', '}', ':', ' ']).unwrap_or(self.rest.len())
        };
        let (scalar, rest) = self.rest.split_at(length);
        self.rest = rest;
        value::json::parse(self.arena, scalar.as_bytes(), &ParseLimits::default())
            .unwrap_or_else(|error| panic!("`{scalar}` is no term: {error}"))
    }
}
