//! Our readers of JSON agree with one another and with `serde_json`, on what is JSON and on what it means.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::Deserialize;
use serde_json::Value as Theirs;
use value::json::{self, JsonError, JsonErrorKind, ParseLimits};
use value::{Arena, Value};

fuzz_target!(|bytes: &[u8]| {
    let arena = Arena::new();
    let limits = ParseLimits::default();
    let plain = json::parse(&arena, bytes, &limits);
    let borrowed = json::parse_borrowed(&arena, bytes, &limits);
    let compact = json::parse_compact(&arena, bytes, &limits);
    assert_eq!(plain, borrowed);
    assert_eq!(plain, compact);
    if let Err(error) = &plain {
        assert!(error.offset <= bytes.len(), "{error:?} is not in the input");
        let _ = error.position(bytes);
    }
    compare(&arena, bytes, &plain);
    if let Ok(value) = plain {
        let (whole, packed) = (json::to_string(value), compact.map(json::to_string));
        assert_eq!(Ok(&whole), packed.as_ref(), "compact values are written as others are");
        for text in [whole, json::to_string_pretty(value)] {
            assert_eq!(json::parse(&arena, text.as_bytes(), &limits), Ok(value), "`{text}` is not read back");
        }
    }
});

fn compare(arena: &Arena, bytes: &[u8], ours: &Result<Value<'_>, JsonError>) {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    reader.disable_recursion_limit();
    let theirs = Theirs::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => assert!(same(arena, *ours, &theirs), "{ours} is not {theirs}"),
        (Err(_), Err(_)) => {}
        // Documented differences: how deep containers may nest, and how large exponents may be.
        (Err(error), Ok(_)) if error.kind == JsonErrorKind::Depth || error.message.contains("exponent") => {}
        // Half of a surrogate pair is U+FFFD to us, as to Go.
        (Ok(_), Err(error)) if ["surrogate", "hex escape"].iter().any(|words| error.to_string().contains(words)) => {}
        (ours, theirs) => panic!("{ours:?} is not {theirs:?}"),
    }
}

fn same(arena: &Arena, ours: Value<'_>, theirs: &Theirs) -> bool {
    match theirs {
        Theirs::Null => matches!(ours, Value::Null),
        Theirs::Bool(theirs) => ours.as_bool() == Some(*theirs),
        Theirs::String(theirs) => ours.as_str() == Some(theirs),
        Theirs::Number(theirs) => same_number(arena, ours, &theirs.to_string()),
        Theirs::Array(theirs) => ours.as_array().is_some_and(|ours| {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(arena, ours, theirs))
        }),
        Theirs::Object(theirs) => ours.as_object().is_some_and(|object| {
            object.len() == theirs.len()
                && theirs.iter().all(|(key, theirs)| {
                    // Found by iteration and by looking it up, which may take different ways.
                    let found = object.iter().find(|(found, _)| found.as_str() == Some(key)).map(|(_, value)| value);
                    found.is_some_and(|found| Some(found) == ours.get_str(key) && same(arena, found, theirs))
                })
        }),
    }
}

/// The same number to us, and near enough to one to whom it is 64 bits of floating point.
fn same_number(arena: &Arena, ours: Value<'_>, theirs: &str) -> bool {
    let float = |text: &str| text.parse::<f64>().ok();
    value::number::parse(arena, theirs) == Some(ours) && float(&json::to_string(ours)) == float(theirs)
}
