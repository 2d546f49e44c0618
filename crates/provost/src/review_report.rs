//! What constraints hold against objects, for people and for programs.

use gatekeeper::{Action, Cause, Gatekeeper, Manifest, Violation};
use kubernetes_types::KubernetesObject;
use report::Style;
use std::collections::BTreeSet;
use std::fmt::Write;
use value::{Arena, Value, json};

/// Objects that were reviewed.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) reviewed: Vec<Reviewed>,
    constraints: usize,
    cel_not_run: BTreeSet<String>,
}

/// An object, and what is held against it.
#[derive(Debug)]
pub(crate) struct Reviewed {
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    file: String,
    /// From 1.
    line: u32,
    violations: Vec<Violation>,
}

impl Reviewed {
    /// What came of reviewing a document.
    pub(crate) fn new(manifest: &Manifest<'_>, violations: Vec<Violation>) -> Self {
        let object = manifest.object();
        Self {
            api_version: object.api_version().to_owned(),
            kind: object.kind().to_owned(),
            namespace: object.namespace().to_owned(),
            name: name(object),
            file: manifest.document.file.to_owned(),
            line: if violations.is_empty() { 0 } else { manifest.place().line },
            violations,
        }
    }

    /// `Pod/shop/web`
    fn address(&self) -> String {
        match self.namespace.as_str() {
            "" => format!("{}/{}", self.kind, self.name),
            namespace => format!("{}/{namespace}/{}", self.kind, self.name),
        }
    }
}

fn name(object: KubernetesObject<'_>) -> String {
    match (object.name(), object.generate_name()) {
        ("", "") => "unnamed".to_owned(),
        ("", prefix) => format!("{prefix}*"),
        (name, _) => name.to_owned(),
    }
}

impl Run {
    /// A run in which nothing has been reviewed yet.
    pub(crate) fn new(gatekeeper: &Gatekeeper) -> Self {
        let with_cel = gatekeeper.templates().iter().filter(|template| template.has_cel);
        Self {
            reviewed: Vec::new(),
            constraints: gatekeeper.constraints().len(),
            cel_not_run: with_cel.map(|template| template.kind.clone()).collect(),
        }
    }

    /// Everything that is held against objects.
    pub(crate) fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.reviewed.iter().flat_map(|reviewed| &reviewed.violations)
    }

    /// How many violations ask for this.
    pub(crate) fn count(&self, action: Action) -> usize {
        self.violations().filter(|violation| violation.action == action).count()
    }
}

/// For a terminal.
pub(crate) fn people(run: &Run, style: &Style) -> String {
    let mut text = String::new();
    for reviewed in &run.reviewed {
        for violation in &reviewed.violations {
            let place = format!("{}:{}", reviewed.file, reviewed.line);
            // Writing to a string never fails.
            let _ = writeln!(
                text,
                "{:<7}  {}  {}  {place}",
                violation.action.as_str(),
                violation.constraint.id(),
                reviewed.address()
            );
            let why = match &violation.cause {
                Cause::Template => String::new(),
                Cause::Unknown => "this hangs on its Namespace, which is not among the files: ".to_owned(),
                Cause::Unmatched(_) => "nobody can say whether the constraint applies: ".to_owned(),
                Cause::Failed(None) => "the template failed: ".to_owned(),
                Cause::Failed(Some(place)) => format!("the template failed at {place}: "),
            };
            for line in wrapped(&format!("{why}{}", violation.message), style.width.saturating_sub(INDENT.len())) {
                let _ = writeln!(text, "{INDENT}{line}");
            }
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&cel_note(&run.cel_not_run));
    let counts = Action::ALL.map(|action| run.count(action));
    let [noted, warned, denied] = counts;
    let _ = writeln!(
        text,
        "{} reviewed by {}: {denied} denied, {warned} warned, {noted} noted",
        counted(run.reviewed.len(), "object"),
        counted(run.constraints, "constraint"),
    );
    text
}

/// A line that says which templates have CEL that was not run, if any.
pub(crate) fn cel_note(kinds: &BTreeSet<String>) -> String {
    const NAMED_MAX: usize = 3;
    let mut named: Vec<&str> = kinds.iter().take(NAMED_MAX).map(String::as_str).collect();
    let more = kinds.len().saturating_sub(NAMED_MAX);
    let more = (more > 0).then(|| format!("{more} more"));
    named.extend(more.as_deref());
    match named.split_last() {
        None => String::new(),
        Some((only, [])) => format!("note: {only} has Rego and CEL; its Rego is run\n"),
        Some((last, rest)) => format!("note: {} and {last} have Rego and CEL; their Rego is run\n", rest.join(", ")),
    }
}

const INDENT: &str = "         ";

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Lines of at most `columns` characters, broken at white space. What a terminal would obey is not written.
fn wrapped(message: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in message.split_whitespace() {
        let word: String = word.chars().filter(|character| !character.is_control()).collect();
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(&word);
        } else if line.chars().count() + 1 + word.chars().count() <= columns {
            line.push(' ');
            line.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines
}

/// For programs: `violations`, `summary` and `cel_not_run`.
pub(crate) fn json(run: &Run) -> String {
    let arena = Arena::new();
    let violations = run
        .reviewed
        .iter()
        .flat_map(|reviewed| reviewed.violations.iter().map(|violation| violation_value(&arena, reviewed, violation)));
    let violations: Vec<_> = violations.collect();
    let count = |count: usize| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let mut summary = vec![("objects", count(run.reviewed.len())), ("constraints", count(run.constraints))];
    summary.extend(Action::ALL.map(|action| (action.as_str(), count(run.count(action)))));
    let summary: Vec<_> = summary.into_iter().map(|(key, value)| (arena.borrowed(key), value)).collect();
    let cel_not_run: Vec<_> = run.cel_not_run.iter().map(|kind| arena.string(kind)).collect();
    let document = arena.object(&[
        (arena.borrowed("version"), Value::Int(1)),
        (arena.borrowed("violations"), arena.array(&violations)),
        (arena.borrowed("cel_not_run"), arena.array(&cel_not_run)),
        (arena.borrowed("summary"), arena.object(&summary)),
    ]);
    let mut text = json::to_string_pretty(document);
    text.push('\n');
    text
}

fn violation_value<'a>(arena: &'a Arena, reviewed: &Reviewed, violation: &Violation) -> Value<'a> {
    let constraint = &violation.constraint;
    let cause = match violation.cause {
        Cause::Template => "template",
        Cause::Unknown => "unknown",
        Cause::Unmatched(_) => "unmatched",
        Cause::Failed(_) => "failed",
    };
    arena.object(&[
        (arena.borrowed("action"), arena.borrowed(violation.action.as_str())),
        (arena.borrowed("cause"), arena.borrowed(cause)),
        (
            arena.borrowed("constraint"),
            arena.object(&[
                (arena.borrowed("kind"), arena.string(&constraint.template.kind)),
                (arena.borrowed("name"), arena.string(&constraint.name)),
            ]),
        ),
        (
            arena.borrowed("details"),
            violation.details.as_ref().map_or(Value::Null, |details| arena.copy(details.root())),
        ),
        (arena.borrowed("file"), arena.string(&reviewed.file)),
        (arena.borrowed("line"), Value::Int(i64::from(reviewed.line))),
        (arena.borrowed("message"), arena.string(&violation.message)),
        (
            arena.borrowed("object"),
            arena.object(&[
                (arena.borrowed("apiVersion"), arena.string(&reviewed.api_version)),
                (arena.borrowed("kind"), arena.string(&reviewed.kind)),
                (arena.borrowed("name"), arena.string(&reviewed.name)),
                (arena.borrowed("namespace"), arena.string(&reviewed.namespace)),
            ]),
        ),
    ])
}
