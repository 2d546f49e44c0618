//! Objects and their metadata.

use crate::types::{GroupVersionKind, text};
use value::{Object, Value};

/// An object as its document has it.
///
/// What a field should be and is not, such as a name that is a number, reads as absent: an API server would not have let it
/// in, and whoever judges a file sees the document itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KubernetesObject<'a>(Value<'a>);

impl<'a> KubernetesObject<'a> {
    /// The object in `document`. It need not be one: everything then reads as absent.
    pub const fn new(document: Value<'a>) -> Self {
        Self(document)
    }

    /// The document.
    pub const fn value(self) -> Value<'a> {
        self.0
    }

    /// `apps/v1`; empty when it has none.
    pub fn api_version(self) -> &'a str {
        text(self.0, "apiVersion")
    }

    /// `Deployment`; empty when it has none.
    pub fn kind(self) -> &'a str {
        text(self.0, "kind")
    }

    /// Its type.
    pub fn group_version_kind(self) -> GroupVersionKind<'a> {
        GroupVersionKind::new(self.api_version(), self.kind())
    }

    /// `metadata.name`; empty while the API server has yet to make one from [`Self::generate_name`].
    pub fn name(self) -> &'a str {
        text(self.metadata(), "name")
    }

    /// `metadata.generateName`; empty when it has none.
    pub fn generate_name(self) -> &'a str {
        text(self.metadata(), "generateName")
    }

    /// `metadata.namespace`; empty when it names none.
    pub fn namespace(self) -> &'a str {
        text(self.metadata(), "namespace")
    }

    /// `metadata.labels`
    pub fn labels(self) -> Labels<'a> {
        Labels::new(self.metadata().get_str("labels").unwrap_or_default())
    }

    /// `metadata.annotations`
    pub fn annotations(self) -> Labels<'a> {
        Labels::new(self.metadata().get_str("annotations").unwrap_or_default())
    }

    /// Whether it is a Namespace of the core group.
    pub fn is_namespace(self) -> bool {
        let GroupVersionKind { group, kind, .. } = self.group_version_kind();
        group.is_empty() && kind == "Namespace"
    }

    fn metadata(self) -> Value<'a> {
        self.0.get_str("metadata").unwrap_or_default()
    }
}

/// Labels or annotations: texts by key.
#[derive(Clone, Copy, Default)]
pub struct Labels<'a>(Option<&'a Object<'a>>);

impl<'a> Labels<'a> {
    /// The labels in `map`; none when it is no object.
    pub fn new(map: Value<'a>) -> Self {
        Self(map.as_object())
    }

    /// The value at `key`.
    pub fn get(self, key: &str) -> Option<&'a str> {
        self.0?.get_str(key)?.as_str()
    }

    /// Keys and values, by ascending key.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let entries = self.0.into_iter().flat_map(|map| map.iter());
        entries.filter_map(|(key, value)| Some((key.as_str()?, value.as_str()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::KubernetesObject;
    use value::{Arena, json};

    #[test]
    fn what_is_there_and_what_is_not() {
        let arena = Arena::new();
        let parse = |text: &str| {
            KubernetesObject::new(json::parse(&arena, text.as_bytes(), &json::ParseLimits::default()).unwrap())
        };
        let pod = parse(
            r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "web-", "namespace": "shop",
                "labels": {"app": "web", "broken": 1}, "annotations": {"note": "x"}}}"#,
        );
        assert_eq!((pod.name(), pod.generate_name(), pod.namespace()), ("", "web-", "shop"));
        assert_eq!((pod.labels().get("app"), pod.labels().get("broken")), (Some("web"), None));
        assert_eq!(pod.annotations().iter().collect::<Vec<_>>(), [("note", "x")]);
        assert!(!pod.is_namespace());

        let nothing = parse(r#"[{"metadata": 1}]"#);
        assert_eq!((nothing.kind(), nothing.name(), nothing.labels().iter().count()), ("", "", 0));

        assert!(parse(r#"{"apiVersion": "v1", "kind": "Namespace"}"#).is_namespace());
        assert!(!parse(r#"{"apiVersion": "example.org/v1", "kind": "Namespace"}"#).is_namespace());
    }
}
