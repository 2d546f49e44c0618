//! What is audited.

use crate::inventory;
use catalog::{Action, Resource, Source};
use decision::{Change, Member};
use kubernetes_types::KubernetesObject;
use report::policy_report::AuditedObject;
use std::sync::Arc;
use value::{Frozen, Value};

/// The objects that were read.
#[derive(Debug, Default)]
pub(super) struct Objects<'a> {
    /// Those that are audited, in the order of the files.
    pub(super) members: Vec<Member<'a>>,
    /// Those in exempt namespaces: they exist, and nobody is asked about them.
    passed_over: Vec<Member<'a>>,
    /// How many plans and templates were read, which are no objects of a cluster.
    pub(super) others: usize,
}

impl<'a> Objects<'a> {
    /// The objects among `changes`. Nothing is done to any of them: they are there.
    pub(super) fn of(changes: Vec<Change<'a>>, exempt_namespaces: &[String]) -> Self {
        let mut objects = Self::default();
        for change in changes {
            let of_cluster = |member: &Member<'a>| member.resource.source == Source::Kubernetes;
            if !change.members.iter().any(of_cluster) {
                objects.others += 1;
                continue;
            }
            for mut member in change.members {
                member.resource.action = Action::None;
                match is_exempt(&member.resource, exempt_namespaces) {
                    true => objects.passed_over.push(member),
                    false => objects.members.push(member),
                }
            }
        }
        objects
    }

    /// How many objects are left out because their namespaces are exempt.
    pub(super) fn exempt(&self) -> usize {
        self.passed_over.len()
    }

    /// Everything that exists: what was read, those in exempt namespaces too, over what was `known` before.
    pub(super) fn inventory(&self, known: Value<'_>) -> Arc<Frozen> {
        inventory::over(known, self.members.iter().chain(&self.passed_over).map(|member| member.resource.object))
    }

    /// The audited objects as reports refer to them.
    pub(super) fn references(&self) -> Vec<AuditedObject> {
        let reference = |Member { file, document, resource }: &Member<'a>| {
            let object = KubernetesObject::new(resource.object);
            let uid = resource.object.get_str("metadata").and_then(|metadata| metadata.get_str("uid"));
            AuditedObject {
                file: (*file).to_owned(),
                document: *document,
                pointer: resource.pointer.clone(),
                api_version: object.api_version().to_owned(),
                kind: object.kind().to_owned(),
                namespace: resource.namespace.map(str::to_owned),
                name: object.name().to_owned(),
                uid: uid.and_then(Value::as_str).map(str::to_owned),
            }
        };
        self.members.iter().map(reference).collect()
    }
}

/// Admission asks nobody about what is in such a namespace, nor about the Namespace itself.
fn is_exempt(resource: &Resource<'_>, exempt_namespaces: &[String]) -> bool {
    let object = KubernetesObject::new(resource.object);
    let namespace = if object.is_namespace() { Some(object.name()) } else { resource.namespace };
    namespace.is_some_and(|namespace| exempt_namespaces.iter().any(|exempt| exempt == namespace))
}
