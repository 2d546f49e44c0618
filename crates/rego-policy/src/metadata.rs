//! From a package's annotations to what is known about a policy.

use crate::fields::{Fields, described};
use catalog::{Action, Class};
use decision::{Input, Mode, Modes, Point, PolicyMetadata, PolicyPlace, Severity};
use rego::annotations::{Annotations, Scope};
use rego::syntax::ast::{AnnotationTarget, Module};
use value::{Diagnostic, Pointer, Position, Span, Value};

const KEYS: [&str; 12] = [
    "id",
    "input",
    "classes",
    "providers",
    "kinds",
    "namespaces",
    "actions",
    "severity",
    "mode",
    "remediation",
    "documentation",
    "owners",
];

/// The keys that choose resources, which only requests have.
const CHOOSING: [&str; 5] = ["classes", "providers", "kinds", "namespaces", "actions"];

const ACTIONS: [Action; 8] = [
    Action::Create,
    Action::Update,
    Action::Replace,
    Action::Delete,
    Action::None,
    Action::Import,
    Action::Forget,
    Action::Connect,
];

/// A module with its annotations.
pub(crate) struct Annotated<'m> {
    pub(crate) module: &'m Module,
    pub(crate) annotations: Vec<Annotations>,
}

/// What is known about the policy that the package `path` is; `modules` are those of the package, `above` those of packages
/// around it, the outermost first.
pub(crate) fn of_package(
    path: &[String],
    modules: &[&Annotated<'_>],
    above: &[&Annotated<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> PolicyMetadata {
    let mut metadata = PolicyMetadata::new(path.join("."));
    for outer in above {
        for annotations in outer.annotations.iter().filter(|annotations| annotations.scope == Scope::Subpackages) {
            take_general(&mut metadata, annotations);
            // What is wrong with it is said once, for the package that it stands in.
            let mut said = Vec::new();
            if let Some(fields) = Fields::of(&outer.module.source, annotations, &mut said) {
                take_fields(&mut metadata, &fields, &mut said);
            }
        }
    }
    // What names and describes one policy is not handed down.
    metadata.id = path.join(".");
    metadata.title.clear();
    metadata.description.clear();
    let mut own: Option<PolicyPlace> = None;
    for Annotated { module, annotations } in modules {
        for annotations in annotations {
            let mut said = Vec::new();
            let fields = Fields::of(&module.source, annotations, &mut said);
            diagnostics.append(&mut said);
            if annotations.target != AnnotationTarget::Package {
                if let Some(fields) = fields {
                    let mistake = fields.mistake(&Pointer::root().join("custom"), "`provost` stands above a rule");
                    diagnostics
                        .push(mistake.help("move it to the metadata above the `package` line: a package is a policy"));
                } else if metadata.title.is_empty() && crate::decision_rules::is_decision(module, annotations.target) {
                    metadata.title.clone_from(&annotations.title);
                }
                continue;
            }
            take_general(&mut metadata, annotations);
            let Some(fields) = fields else { continue };
            if let Some(first) = &own {
                let mistake =
                    fields.mistake(&Pointer::root(), format!("the package has policy metadata already, at {first}"));
                diagnostics.push(mistake.help("keep one of them"));
                continue;
            }
            own = Some(place(module, annotations.span()));
            fields.refuse_unknown(&KEYS, diagnostics);
            take_fields(&mut metadata, &fields, diagnostics);
            if let Some(id) = fields.text("id", diagnostics) {
                check_id(&fields, id, diagnostics);
                metadata.id = id.to_owned();
            }
            if metadata.input == Input::Document {
                refuse_choosing(&fields, diagnostics);
            }
        }
    }
    if metadata.input == Input::Document {
        // Handed down by a package around it, where they are meant for its neighbours that take requests.
        let PolicyMetadata { classes, providers, kinds, namespaces, actions, .. } = &mut metadata;
        [classes, providers, kinds, namespaces, actions].into_iter().for_each(Vec::clear);
    }
    metadata.place = modules.first().map(|first| place(first.module, first.module.package.span)).unwrap_or_default();
    metadata
}

/// The line of `span`.
pub(crate) fn place(module: &Module, span: Span) -> PolicyPlace {
    let line = Position::of(&module.source.text, span.start).line;
    PolicyPlace { file: module.source.name.clone(), line }
}

/// What OPA's own keys say.
fn take_general(metadata: &mut PolicyMetadata, annotations: &Annotations) {
    let set = |field: &mut String, text: &str| {
        if !text.is_empty() {
            text.clone_into(field);
        }
    };
    set(&mut metadata.title, annotations.title.trim());
    set(&mut metadata.description, annotations.description.trim());
    if let Some(resource) = annotations.related_resources.first() {
        metadata.documentation = Some(resource.reference.clone());
    }
    if !annotations.authors.is_empty() {
        let name = |author: &rego::annotations::Author| match (author.name.as_str(), author.email.as_str()) {
            (name, "") => name.to_owned(),
            ("", email) => email.to_owned(),
            (name, email) => format!("{name} <{email}>"),
        };
        metadata.owners = annotations.authors.iter().map(name).collect();
    }
}

/// What the keys under `provost` say, but for `id`.
fn take_fields(metadata: &mut PolicyMetadata, fields: &Fields<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let inputs = [("request", Input::Request), ("document", Input::Document)];
    if let Some(input) = fields.word("input", &inputs, diagnostics) {
        metadata.input = input;
    }
    if let Some(severity) = fields.word("severity", &Severity::ALL.map(|s| (s.as_str(), s)), diagnostics) {
        metadata.severity = severity;
    }
    if let Some(modes) = modes(fields, diagnostics) {
        metadata.modes = modes;
    }
    if let Some(remediation) = fields.text("remediation", diagnostics) {
        metadata.remediation = Some(remediation.trim().to_owned());
    }
    if let Some(documentation) = fields.text("documentation", diagnostics) {
        metadata.documentation = Some(documentation.trim().to_owned());
    }
    let classes: Vec<_> =
        Class::all().iter().filter(|class| class.governed()).map(|class| (class.as_str(), ())).collect();
    let actions = ACTIONS.map(|action| (action.as_str(), ()));
    let any: [(&str, ()); 0] = [];
    let lists = [
        ("classes", "class", classes.as_slice(), &mut metadata.classes),
        ("actions", "action", actions.as_slice(), &mut metadata.actions),
        ("providers", "provider", any.as_slice(), &mut metadata.providers),
        ("kinds", "kind", any.as_slice(), &mut metadata.kinds),
        ("namespaces", "namespace", any.as_slice(), &mut metadata.namespaces),
        ("owners", "owner", any.as_slice(), &mut metadata.owners),
    ];
    for (key, one, words, list) in lists {
        if fields.get(key).is_none() {
            continue;
        }
        let named = fields.list(key, diagnostics);
        *list = named.iter().map(|(_, name)| (*name).to_owned()).collect();
        if !words.is_empty() {
            for (pointer, name) in named {
                fields.choose(&pointer, one, name, words, diagnostics);
            }
        }
    }
}

/// `mode: warn`, or `mode: {default: enforce, admission: warn}`.
fn modes(fields: &Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Modes> {
    let words = Mode::ALL.map(|mode| (mode.as_str(), mode));
    let value = fields.get("mode")?;
    let Value::Object(object) = value else {
        return fields.word("mode", &words, diagnostics).map(Modes::everywhere);
    };
    let points: Vec<_> =
        Point::ALL.iter().map(|point| (point.as_str(), Some(*point))).chain([("default", None)]).collect();
    let mut modes = Modes::default();
    for (key, value) in object.iter() {
        let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        let pointer = fields.at("mode").join(key.as_str());
        let Some(point) = fields.choose(&pointer, "point", &key, &points, diagnostics) else { continue };
        let Some(word) = value.as_str() else {
            diagnostics.push(fields.mistake(&pointer, format!("a mode must be a string, not {}", described(value))));
            continue;
        };
        let Some(mode) = fields.choose(&pointer, "mode", word, &words, diagnostics) else { continue };
        match point {
            Some(point) => modes.points.push((point, mode)),
            None => modes.default = mode,
        }
    }
    Some(modes)
}

/// Ids stand in file names, links and comments, so they hold no spaces.
fn check_id(fields: &Fields<'_>, id: &str, diagnostics: &mut Vec<Diagnostic>) {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if id.is_empty() || !id.chars().all(fits) {
        let mistake = fields.mistake(&fields.at("id"), format!("`{id}` is no policy id"));
        diagnostics.push(mistake.help("use letters, digits, `-`, `_`, `.` and `/`, such as `COST-001`"));
    }
}

fn refuse_choosing(fields: &Fields<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if fields.get("input").is_some_and(|input| input.as_str() != Some("document")) {
        // What `input` says is a mistake already.
        return;
    }
    for key in CHOOSING.into_iter().filter(|key| fields.get(key).is_some()) {
        let message = format!("`{key}` chooses resources, and this policy is evaluated over whole documents");
        diagnostics.push(fields.mistake(&fields.at(key), message).help("add `input: request`"));
    }
}
