//! ConstraintTemplates (`templates.gatekeeper.sh`): a kind of constraint, the schema of its parameters, and the Rego that
//! judges.

mod code;
mod modules;
mod program;

use crate::fields::Fields;
use crate::inventory_kind::InventoryNeeds;
use crate::manifest::Manifest;
use crate::mistake::{Mistake, MistakeKind};
use crate::schema::Schema;
use code::Code;
use kubernetes_types::admission::Operation;
use kubernetes_types::{KubernetesObject, is_dns_subdomain};
pub(crate) use program::{Failure, Member, Run, TemplateProgram};
use std::sync::Arc;
use value::{Source, Value};

/// The API group.
pub(crate) const GROUP: &str = "templates.gatekeeper.sh";
/// The kind.
pub(crate) const KIND: &str = "ConstraintTemplate";
/// The versions in which templates are written.
const VERSIONS: [&str; 3] = ["v1", "v1beta1", "v1alpha1"];
/// The one target that Gatekeeper has.
const TARGET: &str = "admission.k8s.gatekeeper.sh";

/// A template, compiled. Its constraints share it.
#[derive(Debug)]
pub struct ConstraintTemplate {
    /// `metadata.name`
    pub name: String,
    /// The kind of its constraints: `K8sRequiredLabels`.
    pub kind: String,
    /// `metadata.gatekeeper.sh/title`; empty when it has none.
    pub title: String,
    /// The annotation `description`; empty when it has none.
    pub description: String,
    /// Whether it carries CEL as well. Its Rego runs, where Gatekeeper would run the CEL.
    pub has_cel: bool,
    /// The operations that it has something to say about: those it lists, and where it lists none, CREATE and UPDATE and
    /// whatever else its Rego names. Gatekeeper's own webhook asks about CREATE and UPDATE unless told otherwise.
    pub operations: Vec<Operation>,
    /// What it asks the inventory for: what it says so itself, and where it says nothing what its Rego reads.
    pub needs: InventoryNeeds,
    /// The schema of `spec.parameters`; `None` when constraints take no parameters.
    pub(crate) parameters: Option<Schema>,
    pub(crate) program: TemplateProgram,
}

impl ConstraintTemplate {
    /// Reads and compiles a template. Where the text of its file is known, mistakes and failures in its Rego name the lines of
    /// that file.
    ///
    /// # Errors
    /// Everything that is wrong with it, as far as that can be told at once.
    pub fn read(manifest: &Manifest<'_>) -> Result<Self, Vec<Mistake>> {
        let (mut template, code) = Self::read_fields(manifest.root()).map_err(|mistake| vec![mistake])?;
        let program = program::compile(&code, &template.kind, manifest)?;
        let named = |operation: &Operation| {
            matches!(operation, Operation::Create | Operation::Update) || program.names(operation.as_str())
        };
        if template.operations.is_empty() {
            template.operations = Operation::ALL.into_iter().filter(named).collect();
        }
        let said = InventoryNeeds::of_template(KubernetesObject::new(manifest.root()));
        let needs = said.unwrap_or_else(|| program.needs.clone());
        let ReadTemplate { name, kind, title, description, has_cel, operations, parameters } = template;
        Ok(Self { name, kind, title, description, has_cel, operations, needs, parameters, program })
    }

    fn read_fields(document: Value<'_>) -> Result<(ReadTemplate, Code<'_>), Mistake> {
        let fields = Fields::of_document(document)?;
        let object = KubernetesObject::new(document);
        let version = object.group_version_kind().version;
        if !VERSIONS.contains(&version) {
            let message = format!("a ConstraintTemplate has no version `{version}`: use `{GROUP}/v1`");
            return Err(fields.wrong("apiVersion", message));
        }
        let metadata = fields.object("metadata")?;
        let name = metadata.required_text("name")?;
        if !is_dns_subdomain(name) {
            return Err(metadata.wrong("name", format!("`{name}` cannot be the name of an object")));
        }
        let spec = fields.object("spec")?;
        spec.only(&["crd", "targets"])?;
        let crd = spec.object("crd")?.object("spec")?;
        let kind = crd.object("names")?.required_text("kind")?;
        if name != kind.to_lowercase() {
            let message =
                format!("the template is named `{name}`, and must be named as its kind `{kind}` in lower case");
            return Err(metadata.wrong("name", message).help(format!("name it `{}`", kind.to_lowercase())));
        }
        let target = target(&spec)?;
        let code = Code::read(&target)?;
        let template = ReadTemplate {
            name: name.to_owned(),
            kind: kind.to_owned(),
            title: object.annotations().get("metadata.gatekeeper.sh/title").unwrap_or_default().to_owned(),
            description: object.annotations().get("description").unwrap_or_default().trim().to_owned(),
            has_cel: code.has_cel,
            operations: operations(&target)?,
            parameters: parameters(&crd, version)?,
        };
        Ok((template, code))
    }
}

/// What the fields of a template say, before its Rego is compiled.
struct ReadTemplate {
    name: String,
    kind: String,
    title: String,
    description: String,
    has_cel: bool,
    operations: Vec<Operation>,
    parameters: Option<Schema>,
}

fn target<'a>(spec: &Fields<'a>) -> Result<Fields<'a>, Mistake> {
    let mut targets = spec.objects("targets")?;
    let (Some(target), true) = (targets.pop(), targets.is_empty()) else {
        let message = "a template must have exactly one target";
        return Err(spec.wrong("targets", message).help(format!("use the target `{TARGET}`")));
    };
    match target.required_text("target")? {
        TARGET => Ok(target),
        other => {
            let message = format!("`{other}` is no target that Gatekeeper has");
            Err(target.wrong("target", message).help(format!("use the target `{TARGET}`")))
        }
    }
}

fn operations(target: &Fields<'_>) -> Result<Vec<Operation>, Mistake> {
    let words = target.texts("operations")?;
    if words.iter().any(|word| word == "*") {
        return Ok(Operation::ALL.to_vec());
    }
    words
        .iter()
        .map(|word| {
            Operation::parse(word).ok_or_else(|| {
                let message = format!("`{word}` is no operation: use `CREATE`, `UPDATE`, `DELETE`, `CONNECT` or `*`");
                target.wrong("operations", message)
            })
        })
        .collect()
}

/// The schema of the parameters. Before version v1 templates are legacy unless they say otherwise.
fn parameters(crd: &Fields<'_>, version: &str) -> Result<Option<Schema>, Mistake> {
    let validation = crd.object("validation")?;
    let legacy = validation.boolean("legacySchema")?.unwrap_or(version != "v1");
    match validation.value("openAPIV3Schema") {
        Some(_) => Schema::read(&validation.object("openAPIV3Schema")?, legacy).map(Some),
        None if legacy => Ok(Some(Schema::anything())),
        None => Ok(None),
    }
}

/// The template's text in its file and those of its libraries, shared with diagnostics.
pub(crate) type SharedSource = Arc<Source>;

/// That the template is written in something that is not run here.
pub(crate) fn unsupported(pointer: value::Pointer, message: impl Into<String>, help: &str) -> Mistake {
    Mistake::new(MistakeKind::Unsupported, pointer, message).help(help)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
