//! Constraints (`constraints.gatekeeper.sh`): a template, its parameters, what it is about, and how strictly it is held to.

mod enforcement;

pub use enforcement::{Action, Enforcement, EnforcementPoint};

use crate::fields::{Fields, path};
use crate::manifest::Manifest;
use crate::matching::Match;
use crate::mistake::{Mistake, MistakeKind};
use crate::template::ConstraintTemplate;
use decision::PolicyPlace;
use kubernetes_types::{KubernetesObject, is_dns_subdomain};
use std::sync::Arc;
use value::{Arena, Frozen, Pointer, Value};

/// The API group.
pub(crate) const GROUP: &str = "constraints.gatekeeper.sh";
/// The versions in which constraints are written.
const VERSIONS: [&str; 3] = ["v1beta1", "v1alpha1", "v1"];
/// Longest name of a constraint, as its generated schema has it.
const NAME_MAX: usize = 63;

/// A constraint, checked against its template.
#[derive(Debug)]
pub struct Constraint {
    /// `metadata.name`
    pub name: String,
    /// The template that it is one of.
    pub template: Arc<ConstraintTemplate>,
    /// What it is about.
    pub matching: Match,
    /// How strictly it is held to, point by point.
    pub enforcement: Enforcement,
    /// Where it is written.
    pub place: PolicyPlace,
    /// `spec.parameters` with the schema's defaults, an object. Frozen once: evaluations refer to it.
    parameters: Frozen,
}

impl Constraint {
    /// Reads a constraint of `template`.
    ///
    /// # Errors
    /// Everything that an API server or Gatekeeper would refuse, and fields that an API server would drop.
    pub fn read(manifest: &Manifest<'_>, template: &Arc<ConstraintTemplate>) -> Result<Self, Vec<Mistake>> {
        let one = |mistake| vec![mistake];
        let fields = Fields::of_document(manifest.root()).map_err(one)?;
        let name = read_name(&fields, manifest.root()).map_err(one)?;
        fields.only(&["apiVersion", "kind", "metadata", "spec", "status"]).map_err(one)?;
        let spec = fields.object("spec").map_err(one)?;
        let parameters = read_parameters(&spec, template)?;
        spec.only(&["enforcementAction", "match", "parameters", "scopedEnforcementActions"]).map_err(one)?;
        let matching = spec.object("match").and_then(|fields| Match::read(&fields)).map_err(one)?;
        let enforcement = Enforcement::read(&spec).map_err(one)?;
        let (name, place) = (name.to_owned(), manifest.place());
        Ok(Self { name, template: Arc::clone(template), matching, enforcement, place, parameters })
    }

    /// `K8sRequiredLabels/must-have-owner`
    pub fn id(&self) -> String {
        format!("{}/{}", self.template.kind, self.name)
    }

    /// The parameters that its template sees.
    pub fn parameters(&self) -> Value<'_> {
        self.parameters.root()
    }
}

fn read_name<'a>(fields: &Fields<'a>, document: Value<'a>) -> Result<&'a str, Mistake> {
    let version = KubernetesObject::new(document).group_version_kind().version;
    if !VERSIONS.contains(&version) {
        let message = format!("a constraint has no version `{version}`: use `{GROUP}/v1beta1`");
        return Err(fields.wrong("apiVersion", message));
    }
    let metadata = fields.object("metadata")?;
    let name = metadata.required_text("name")?;
    if !is_dns_subdomain(name) {
        let message = format!("`{name}` cannot be the name of an object");
        return Err(Mistake::new(MistakeKind::Invalid, metadata.place("name"), message));
    }
    if name.len() > NAME_MAX {
        return Err(metadata.wrong("name", format!("the name is longer than {NAME_MAX} characters")));
    }
    Ok(name)
}

fn read_parameters(spec: &Fields<'_>, template: &ConstraintTemplate) -> Result<Frozen, Vec<Mistake>> {
    let place = spec.place("parameters");
    let given = spec.value("parameters");
    let Some(schema) = &template.parameters else {
        return match given {
            None => Ok(Frozen::copy_of(Value::EMPTY_OBJECT)),
            Some(_) => {
                let message = format!("`{}` takes no parameters", template.kind);
                let help = "remove `spec.parameters`, or give the template an `openAPIV3Schema`";
                Err(vec![Mistake::new(MistakeKind::UnknownField, place, message).help(help)])
            }
        };
    };
    let Some(parameters) = given else {
        // What is not given at all is neither held to what it would have to hold nor filled in, as an API server has it.
        return Ok(Frozen::copy_of(schema.default_value().unwrap_or(Value::EMPTY_OBJECT)));
    };
    let mut mistakes = schema.check(parameters, &place);
    if mistakes.is_empty() {
        mistakes = schema.unknown_fields(parameters, &place);
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let arena = Arena::new();
    Ok(Frozen::copy_of(schema.with_defaults(&arena, arena.copy(parameters))))
}

/// That a constraint is of a kind that no template defines.
pub(crate) fn without_template(kind: &str, known: &[&str]) -> Mistake {
    let place = Pointer::root().join("kind");
    let message = format!("`{}` is `{kind}`, and there is no ConstraintTemplate for it", path(&place));
    let mistake = Mistake::new(MistakeKind::Conflict, place, message);
    match value::nearest(kind, known.iter().copied()) {
        Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
        None => mistake.help("load its ConstraintTemplate too"),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
