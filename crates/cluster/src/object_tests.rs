use super::{Event, Page};
use crate::error::ClientError;
use crate::kind::Served;
use value::json;

fn pods() -> Served {
    Served { api_version: "v1".to_owned(), kind: "Pod".to_owned(), plural: "pods".to_owned(), namespaced: true }
}

#[test]
fn a_page_gives_objects_their_type_and_takes_away_who_wrote_them() {
    let page = br#"{"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7", "continue": "next"}, "items": [
        {"metadata": {"name": "a", "namespace": "n", "resourceVersion": "5", "managedFields": [{}]}, "spec": {"x": 1}},
        {"metadata": {"name": "b", "namespace": "n", "resourceVersion": "6"}}]}"#;
    let read = Page::read(page, &pods(), |(_, name), version| name == "b" && version == "6").unwrap();
    assert_eq!((read.version.as_str(), read.rest.as_deref()), ("7", Some("next")));
    let [a, b] = read.objects.as_slice() else { panic!("{read:?}") };
    assert_eq!(
        json::to_string(a.object.as_ref().unwrap().root()),
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"n","resourceVersion":"5"},"spec":{"x":1}}"#
    );
    assert!(b.object.is_none(), "what is known is not copied");
    let empty = Page::read(br#"{"metadata": {"resourceVersion": "7"}, "items": null}"#, &pods(), |_, _| false).unwrap();
    assert!(empty.objects.is_empty() && empty.rest.is_none());
}

#[test]
fn what_is_no_list_and_no_event_is_refused() {
    for page in [
        "",
        "[]",
        "{}",
        r#"{"metadata": {"resourceVersion": "1"}, "items": 3}"#,
        r#"{"metadata": {"resourceVersion": "1"}, "items": [{}]}"#,
    ] {
        let read = Page::read(page.as_bytes(), &pods(), |_, _| false);
        assert!(matches!(read, Err(ClientError::Answer(_))), "{page}: {read:?}");
    }
    for event in
        ["", "{}", r#"{"type": "ADDED", "object": {}}"#, r#"{"type": "BOOKMARK", "object": {}}"#, r#"{"type": "X"}"#]
    {
        let read = Event::read(event.as_bytes(), &pods());
        assert!(matches!(read, Err(ClientError::Answer(_))), "{event}: {read:?}");
    }
    let expired = br#"{"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}}"#;
    assert!(Event::read(expired, &pods()).unwrap_err().is_expired());
}
