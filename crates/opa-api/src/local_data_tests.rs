use super::LocalData;
use crate::data_path;
use crate::edit::{self, Edit, EditError};
use crate::layered::LAYERS_MAX;
use std::sync::Arc;
use value::json::{self, ParseLimits};
use value::{Arena, Frozen};

fn frozen(text: &str) -> Arc<Frozen> {
    Arc::new(Frozen::build(|arena| json::parse(arena, text.as_bytes(), &ParseLimits::default())).unwrap())
}

fn put(data: &LocalData, path: &str, value: &str) -> Result<LocalData, EditError> {
    let path = data_path::parse(path).unwrap();
    data.edited(std::slice::from_ref(&path), |arena, root| {
        let value = json::parse(arena, value.as_bytes(), &ParseLimits::default()).unwrap();
        edit::apply(arena, root, &path, Edit::Put(value))
    })
}

fn remove(data: &LocalData, path: &str) -> LocalData {
    let path = data_path::parse(path).unwrap();
    data.edited(std::slice::from_ref(&path), |arena, root| edit::apply(arena, root, &path, Edit::Remove)).unwrap()
}

fn text(data: &LocalData) -> String {
    json::to_string(data.document().root())
}

#[test]
fn a_change_shares_what_it_does_not_touch() {
    let large = format!(r#"{{"large": ["{}"], "small": {{"a": 1}}}}"#, "x".repeat(10_000_000));
    let before = LocalData::new(frozen(&large));
    let after = put(&before, "small/b", "2").unwrap();
    assert!(after.document().allocated_bytes() < 10_000, "{}", after.document().allocated_bytes());
    assert_eq!(after.document().root().get_str("small").unwrap().to_string(), r#"{"a": 1, "b": 2}"#);
    assert_eq!(before.document().root().get_str("small").unwrap().to_string(), r#"{"a": 1}"#, "the old one stays");
}

#[test]
fn layers_are_let_go_of() {
    let mut data = LocalData::new(frozen("{}"));
    for number in 0..2_000 {
        data = put(&data, "counter", &number.to_string()).unwrap();
    }
    assert!(data.layered.layers() < LAYERS_MAX);
    assert_eq!(text(&data), r#"{"counter":1999}"#);
    let long = format!("\"{}\"", "x".repeat(200_000));
    for _ in 0..50 {
        data = put(&data, "long", &long).unwrap();
        assert!(data.layered.bytes() < 4 << 20, "{}", data.layered.bytes());
    }
}

#[test]
fn what_was_written_stays_when_files_change() {
    let mut data = LocalData::new(frozen(r#"{"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 3}"#));
    data = put(&data, "a/x", "10").unwrap();
    data = put(&data, "b/0", "0").unwrap();
    data = put(&data, "new/deep", "true").unwrap();
    data = remove(&data, "c");
    assert_eq!(text(&data), r#"{"a":{"x":10,"y":2},"b":[0,1,2],"new":{"deep":true}}"#);
    let rebased = data.rebased(frozen(r#"{"a": {"x": 1, "y": 3, "z": 4}, "b": [9], "c": 4, "d": 5}"#));
    assert_eq!(text(&rebased), r#"{"a":{"x":10,"y":3,"z":4},"b":[0,1,2],"d":5,"new":{"deep":true}}"#);
    let without = rebased.rebased(frozen(r#"{"new": 7}"#));
    assert_eq!(text(&without), r#"{"a":{"x":10},"b":[0,1,2],"new":7}"#, "files win where there is no way");
}

#[test]
fn the_places_of_many_changes_are_bounded() {
    let mut written = crate::written::WrittenPlaces::default();
    for number in 0..30_000 {
        written.insert(&data_path::parse(&format!("a/b{number}/c")).unwrap());
    }
    let places: Vec<_> = written.iter().collect();
    assert_eq!(places, [data_path::parse("a").unwrap()]);
    let arena = Arena::new();
    assert!(edit::find(arena.object(&[]), &places[0]).is_none());
}
