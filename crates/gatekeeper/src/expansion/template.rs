//! One ExpansionTemplate.

use super::{ExpansionError, at_path, named};
use crate::applies_to::AppliesTo;
use crate::constraint::Action;
use crate::fields::Fields;
use crate::mistake::Mistake;
use kubernetes_types::{GroupVersionKind, KubernetesObject};
use value::{Arena, Value};

/// Longest name of a template; messages carry it.
const NAME_MAX: usize = 63;

/// Says which objects imply another one, and where in them it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpansionTemplate {
    /// `metadata.name`
    pub name: String,
    /// What is to happen when what it makes violates a constraint, whatever the constraint says.
    pub action: Option<Action>,
    pub(super) applies_to: Vec<AppliesTo>,
    source: Vec<String>,
    group: String,
    version: String,
    kind: String,
}

impl ExpansionTemplate {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, Mistake> {
        let metadata = fields.object("metadata")?;
        let name = metadata.required_text("name")?;
        if name.len() > NAME_MAX {
            return Err(metadata.wrong("name", format!("the name is longer than {NAME_MAX} characters")));
        }
        let spec = fields.object("spec")?;
        spec.only(&["applyTo", "enforcementAction", "generatedGVK", "templateSource"])?;
        let applies_to = spec.objects("applyTo")?;
        if applies_to.is_empty() {
            return Err(spec.missing("applyTo").help("say which objects it applies to"));
        }
        let generated = spec.object("generatedGVK")?;
        generated.only(&["group", "version", "kind"])?;
        let action = match spec.text("enforcementAction")? {
            None => None,
            Some(word) => Some(Action::parse(word).ok_or_else(|| {
                let message = format!("`{word}` is no action: use `deny`, `warn` or `dryrun`");
                spec.wrong("enforcementAction", message)
            })?),
        };
        Ok(Self {
            name: name.to_owned(),
            action,
            applies_to: applies_to.iter().map(AppliesTo::read).collect::<Result<_, _>>()?,
            source: spec.required_text("templateSource")?.split('.').map(str::to_owned).collect(),
            group: generated.text("group")?.unwrap_or_default().to_owned(),
            version: generated.required_text("version")?.to_owned(),
            kind: generated.required_text("kind")?.to_owned(),
        })
    }

    /// The type of what it makes.
    pub fn generated(&self) -> GroupVersionKind<'_> {
        GroupVersionKind { group: &self.group, version: &self.version, kind: &self.kind }
    }

    /// What it makes of `parent`: the part at its source, with a type, a name, a namespace and an owner.
    pub(super) fn make<'a>(
        &'a self,
        arena: &'a Arena,
        parent: KubernetesObject<'a>,
        namespace: Option<KubernetesObject<'a>>,
    ) -> Result<KubernetesObject<'a>, ExpansionError> {
        let source = at_path(parent.value(), &self.source).and_then(Value::as_object);
        let Some(source) = source else {
            return Err(ExpansionError::NoSource {
                template: self.name.clone(),
                path: self.source.join("."),
                object: named(parent),
            });
        };
        let key = |key: &'static str| arena.borrowed(key);
        let metadata = source.get_str("metadata").unwrap_or_default();
        let mut entries: Vec<_> = metadata.as_object().into_iter().flat_map(|fields| fields.iter()).collect();
        // Of equal keys the last one stays.
        let name = format!("{}-{}", parent.name(), self.kind).to_lowercase();
        entries.push((key("name"), arena.string(&name)));
        match namespace.map_or(parent.namespace(), KubernetesObject::name) {
            "" => entries.retain(|(name, _)| name.as_str() != Some("namespace")),
            namespace => entries.push((key("namespace"), arena.borrowed(namespace))),
        }
        entries.extend(owners(arena, metadata, parent).map(|owners| (key("ownerReferences"), owners)));
        let mut object: Vec<_> = source.iter().collect();
        object.push((key("apiVersion"), arena.string(&self.generated().api_version())));
        object.push((key("kind"), arena.borrowed(&self.kind)));
        object.push((key("metadata"), arena.object(&entries)));
        Ok(KubernetesObject::new(arena.object(&object)))
    }
}

/// The owners of what is made: those it names, and `parent`. `None` when nothing has to be added.
fn owners<'a>(arena: &'a Arena, metadata: Value<'a>, parent: KubernetesObject<'a>) -> Option<Value<'a>> {
    let (version, kind, name) = (parent.api_version(), parent.kind(), parent.name());
    if version.is_empty() || kind.is_empty() || name.is_empty() {
        return None;
    }
    let known = metadata.get_str("ownerReferences").and_then(Value::as_array);
    let mut owners: Vec<_> = known.into_iter().flat_map(|owners| owners.iter()).collect();
    let says = |owner: &Value<'_>, key: &str, text: &str| owner.get_str(key).and_then(Value::as_str) == Some(text);
    let is_parent = |owner: &Value<'_>| {
        says(owner, "apiVersion", version) && says(owner, "kind", kind) && says(owner, "name", name)
    };
    if owners.iter().any(is_parent) {
        return None;
    }
    owners.push(arena.object(&[
        (arena.borrowed("apiVersion"), arena.borrowed(version)),
        (arena.borrowed("kind"), arena.borrowed(kind)),
        (arena.borrowed("name"), arena.borrowed(name)),
    ]));
    Some(arena.array(&owners))
}
