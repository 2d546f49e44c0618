use super::super::overlap::overlap;
use super::{Field, Key, ValueType};

fn field(name: &str, value: ValueType) -> (Key, Field) {
    (Key::String(name.into()), Field { value, optional: false })
}

fn tuple(items: &[ValueType]) -> ValueType {
    ValueType::array(items.to_vec(), None)
}

#[test]
fn shown_as_opa_does() {
    use ValueType::{Any, Boolean, Null, Number, String, Unresolved};
    for (values, text) in [
        (Unresolved, "???"),
        (tuple(&[Number, String]), "array<number, string>"),
        (ValueType::array_of(Any), "array[any]"),
        (ValueType::array(vec![Number], Some(String)), "array<number>[string]"),
        (ValueType::set_of(Null), "set[null]"),
        (ValueType::object(vec![field("b", Number), field("a", Null)], None), "object<a: null, b: number>"),
        (ValueType::object(vec![field("a", Null)], Some((String, Any))), "object<a: null>[string: any]"),
        (String.or(Boolean).or(Null), "any<null, boolean, string>"),
        (Number.or(Number), "number"),
        (Number.or(Any), "any"),
    ] {
        assert_eq!(values.to_string(), text);
    }
}

#[test]
fn overlapping() {
    use ValueType::{Any, Number, String, Unresolved};
    let object = |fields: &[(Key, Field)]| ValueType::object(fields.to_vec(), None);
    let a_number = object(&[field("a", Number)]);
    let maybe_b = ValueType::object(
        vec![(Key::String("b".into()), Field { value: Number, optional: true })],
        Some((String, Any)),
    );
    for (a, b, expected) in [
        (Any, Number, true),
        (Unresolved, ValueType::set_of(Number), true),
        (Number, String, false),
        (Number.or(String), String, true),
        (Number.or(String), ValueType::set_of(Any), false),
        (tuple(&[Number]), tuple(&[Number, Number]), false),
        (tuple(&[Number, Number]), ValueType::array_of(Number), true),
        (tuple(&[Number, String]), ValueType::array_of(Number), false),
        (ValueType::array_of(String), ValueType::array_of(Number), false),
        (ValueType::array_of(Any), ValueType::set_of(Any), false),
        (ValueType::set_of(Number), ValueType::set_of(String), false),
        (a_number.clone(), object(&[field("a", String)]), false),
        (a_number.clone(), object(&[field("b", Number)]), false),
        (a_number.clone(), object(&[field("a", Number), field("b", Number)]), false),
        (a_number.clone(), ValueType::object_of(String, Number), true),
        (a_number.clone(), ValueType::object_of(String, String), false),
        (a_number.clone(), maybe_b.clone(), true),
        (object(&[field("b", String)]), maybe_b, false),
    ] {
        assert_eq!(overlap(&a, &b), expected, "{a} and {b}");
        assert_eq!(overlap(&b, &a), expected, "{b} and {a}");
    }
}

#[test]
fn looked_into() {
    use ValueType::{Number, String};
    let text = |name: &str| Key::String(name.into());
    let object = ValueType::object(vec![field("a", Number)], Some((Number, String)));
    assert_eq!(object.at(&text("a")), Some(Number));
    assert_eq!(object.at(&text("b")), None);
    assert_eq!(object.at(&Key::Number(1)), Some(String));
    assert_eq!(object.keys(), Some(Number.or(String)));
    assert_eq!(object.values(), Some(Number.or(String)));
    let pair = tuple(&[Number, String]);
    assert_eq!(pair.at(&Key::Number(1)), Some(String));
    assert_eq!(pair.at(&Key::Number(2)), None);
    assert_eq!(pair.at(&Key::Number(-1)), None);
    assert_eq!(pair.at(&text("a")), None);
    assert_eq!(Number.or(pair).keys(), Some(Number));
    assert_eq!(Number.or(String).keys(), None);
}

/// What is too large to be read is widened, whatever it is made of.
#[test]
fn bounded() {
    use ValueType::{Any, Number};
    assert_eq!(tuple(&vec![Number; 5_000]), ValueType::array_of(Any));
    let fields: Vec<_> = (0..5_000).map(|n| field(&n.to_string(), Number)).collect();
    assert_eq!(ValueType::object(fields, None), ValueType::object_of(Any, Any));
    let nested = (0..5_000).fold(Number, |inner, _| ValueType::set_of(inner));
    assert!(nested.to_string().len() < 5_000);
    let doubled = (0..5_000).fold(Number, |inner, _| tuple(&[inner.clone(), inner]));
    assert!(doubled.to_string().len() < 10_000);
    let shapes = (0..17).map(|length| tuple(&vec![Number; length]));
    assert_eq!(ValueType::any_of(shapes), Some(Any));
}
