//! Which type an object is of.

use std::borrow::Cow;
use std::fmt;
use value::Value;

/// Group and version of an `apiVersion`: `apps/v1` is `("apps", "v1")`, `v1` is `("", "v1")`. `None` when more than one slash
/// stands in it, which no API server accepts.
pub fn split_api_version(api_version: &str) -> Option<(&str, &str)> {
    match api_version.split_once('/') {
        None => Some(("", api_version)),
        Some((_, version)) if version.contains('/') => None,
        Some(parts) => Some(parts),
    }
}

/// A type of object by group, version and kind. The core group is the empty string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupVersionKind<'a> {
    /// `apps`
    pub group: &'a str,
    /// `v1`
    pub version: &'a str,
    /// `Deployment`
    pub kind: &'a str,
}

impl<'a> GroupVersionKind<'a> {
    /// What an object's `apiVersion` and `kind` say. An `apiVersion` that is none gives neither group nor version.
    pub fn new(api_version: &'a str, kind: &'a str) -> Self {
        let (group, version) = split_api_version(api_version).unwrap_or_default();
        Self { group, version, kind }
    }

    /// What the fields `group`, `version` and `kind` of `fields` say, as AdmissionReviews spell a type.
    pub fn of_fields(fields: Value<'a>) -> Self {
        Self { group: text(fields, "group"), version: text(fields, "version"), kind: text(fields, "kind") }
    }

    /// `apps/v1`; the version alone for the core group.
    pub fn api_version(&self) -> Cow<'a, str> {
        if self.group.is_empty() {
            Cow::Borrowed(self.version)
        } else {
            Cow::Owned(format!("{}/{}", self.group, self.version))
        }
    }
}

/// Kinds that come with Kubernetes and are in no namespace, by group.
const CLUSTER_SCOPED: &[(&str, &[&str])] = &[
    ("", &["ComponentStatus", "Namespace", "Node", "PersistentVolume"]),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("authentication.k8s.io", &["SelfSubjectReview", "TokenReview"]),
    ("authorization.k8s.io", &["SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"]),
    ("certificates.k8s.io", &["CertificateSigningRequest", "ClusterTrustBundle"]),
    ("flowcontrol.apiserver.k8s.io", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("networking.k8s.io", &["IPAddress", "IngressClass", "ServiceCIDR"]),
    ("node.k8s.io", &["RuntimeClass"]),
    ("policy", &["PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding"]),
    ("resource.k8s.io", &["DeviceClass", "DeviceTaintRule", "ResourceSlice"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("storage.k8s.io", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"]),
    ("storagemigration.k8s.io", &["StorageVersionMigration"]),
];

impl GroupVersionKind<'_> {
    /// Whether it is a kind that comes with Kubernetes and is in no namespace. Of a custom kind nobody can tell from its name.
    pub fn is_built_in_cluster_scoped(&self) -> bool {
        CLUSTER_SCOPED.iter().any(|(group, kinds)| *group == self.group && kinds.contains(&self.kind))
    }
}

/// `apps/v1 Deployment`
impl fmt::Display for GroupVersionKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.api_version(), self.kind)
    }
}

/// A type of object as URLs name it: group, version and the plural.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupVersionResource<'a> {
    /// `apps`
    pub group: &'a str,
    /// `v1`
    pub version: &'a str,
    /// `deployments`
    pub resource: &'a str,
}

impl<'a> GroupVersionResource<'a> {
    /// What the fields `group`, `version` and `resource` of `fields` say.
    pub fn of_fields(fields: Value<'a>) -> Self {
        Self { group: text(fields, "group"), version: text(fields, "version"), resource: text(fields, "resource") }
    }
}

/// The text at `key`; empty where there is none.
pub(crate) fn text<'a>(object: Value<'a>, key: &str) -> &'a str {
    object.get_str(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{GroupVersionKind, split_api_version};

    #[test]
    fn groups_and_versions() {
        for (api_version, expected) in [
            ("v1", Some(("", "v1"))),
            ("apps/v1", Some(("apps", "v1"))),
            ("networking.k8s.io/v1beta1", Some(("networking.k8s.io", "v1beta1"))),
            ("", Some(("", ""))),
            ("a/b/c", None),
        ] {
            assert_eq!(split_api_version(api_version), expected, "{api_version}");
        }
        let deployment = GroupVersionKind::new("apps/v1", "Deployment");
        assert_eq!(deployment.to_string(), "apps/v1 Deployment");
        assert_eq!(GroupVersionKind::new("v1", "Pod").to_string(), "v1 Pod");
        for (api_version, kind, expected) in [
            ("v1", "Node", true),
            ("v1", "Pod", false),
            ("storage.k8s.io/v1", "StorageClass", true),
            ("storage.k8s.io/v1", "CSIStorageCapacity", false),
            ("example.org/v1", "Node", false),
        ] {
            assert_eq!(GroupVersionKind::new(api_version, kind).is_built_in_cluster_scoped(), expected, "{kind}");
        }
        assert_eq!(GroupVersionKind::new("a/b/c", "X"), GroupVersionKind { kind: "X", ..GroupVersionKind::default() });
    }
}
