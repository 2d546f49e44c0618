//! The compiled Rego of a template, and the one place that knows how the engine is asked.

use super::code::Code;
use super::modules::{self, ENTRY_PACKAGE, Modules, VIOLATION};
use crate::inventory_kind::InventoryNeeds;
use crate::manifest::Manifest;
use crate::mistake::Mistake;
use decision::{Certainty, PolicyPlace};
use host::Host;
use rego::{CompileOptions, DocumentPath, Environment, Evaluator, Program};
use std::collections::BTreeSet;
use value::{Arena, Array, Source, Value};

/// What a template's constraints run on.
#[derive(Debug)]
pub(crate) struct TemplateProgram {
    program: Program,
    violation: DocumentPath,
    reads_inventory: bool,
    /// Whether it may read `input.review.namespaceObject`.
    pub(crate) reads_namespace: bool,
    /// What its modules read of the inventory.
    pub(super) needs: InventoryNeeds,
    texts: BTreeSet<String>,
    /// The text of the entry module, for places.
    source: super::SharedSource,
}

/// What an evaluation runs with.
pub(crate) struct Run<'r, 'a> {
    pub(crate) arena: &'a Arena,
    /// The policy set's data; templates see no more of it than `inventory`.
    pub(crate) data: Value<'a>,
    pub(crate) host: &'a dyn Host,
    pub(crate) evaluator: &'r mut Evaluator,
    /// Whether Unknown leaves may stand in what is reviewed, or in the inventory.
    pub(crate) unknowns: bool,
}

/// One member of `violation`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    /// None when the words hang on something unknown.
    pub(crate) message: Option<&'a str>,
    pub(crate) details: Option<Value<'a>>,
    /// Whether it is a member whatever the unknown turns out to be.
    pub(crate) certainty: Certainty,
}

/// Why a template gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) place: Option<PolicyPlace>,
}

/// Compiles the code of a template.
pub(super) fn compile(code: &Code<'_>, kind: &str, manifest: &Manifest<'_>) -> Result<TemplateProgram, Vec<Mistake>> {
    let Modules { modules, reads_inventory, reads_namespace, needs, texts } = modules::read(code, kind, manifest)?;
    let source = modules.first().map_or_else(|| Source::new(manifest.document.file, ""), |entry| entry.source.clone());
    let program = rego::compile(modules, &CompileOptions::default()).map_err(|diagnostics| {
        let pointer = &code.entry.pointer;
        diagnostics.into_iter().map(|diagnostic| Mistake::rego(pointer, diagnostic)).collect::<Vec<_>>()
    })?;
    let violation = DocumentPath::new(vec![ENTRY_PACKAGE.to_owned(), VIOLATION.to_owned()]);
    Ok(TemplateProgram { program, violation, reads_inventory, reads_namespace, needs, texts, source })
}

impl TemplateProgram {
    /// Whether the Rego holds this text as a constant.
    pub(super) fn names(&self, text: &str) -> bool {
        self.texts.contains(text)
    }

    /// Where the template's Rego begins.
    pub(crate) fn place(&self) -> PolicyPlace {
        let blank = self.source.text.lines().take_while(|line| line.trim().is_empty()).count();
        PolicyPlace { file: self.source.name.clone(), line: u32::try_from(blank + 1).unwrap_or(u32::MAX) }
    }

    /// Evaluates `violation` over `input: {review, parameters}`.
    pub(crate) fn violations<'a>(
        &'a self,
        review: Value<'a>,
        parameters: Value<'a>,
        run: &mut Run<'_, 'a>,
    ) -> Result<Vec<Member<'a>>, Failure> {
        let arena = run.arena;
        let input = arena.object(&[(arena.borrowed("parameters"), parameters), (arena.borrowed("review"), review)]);
        // Other data would be a way around the template's own words, so that it sees nothing else.
        let inventory = if self.reads_inventory { run.data.get_str("inventory") } else { None };
        let data = match inventory {
            Some(inventory) => arena.object(&[(arena.borrowed("inventory"), inventory)]),
            None => Value::EMPTY_OBJECT,
        };
        let environment = Environment {
            arena,
            data,
            input: Some(input),
            host: run.host,
            strict_builtin_errors: false,
            unknowns: run.unknowns,
        };
        let answer = run.evaluator.evaluate(&self.program, &self.violation, &environment).map_err(|error| {
            let place =
                error.place().map(|place| PolicyPlace { file: place.source.name.clone(), line: place.position().line });
            Failure { message: error.kind().to_string(), place }
        })?;
        self.members(answer.value, answer.possible)
    }

    fn members<'a>(
        &self,
        value: Option<Value<'a>>,
        possible: Option<&'a Array<'a>>,
    ) -> Result<Vec<Member<'a>>, Failure> {
        let mut perhaps: Vec<Value<'a>> = possible.into_iter().flat_map(|members| members.iter()).collect();
        let found: Vec<Value<'a>> = match value {
            None => Vec::new(),
            // Nobody can tell whether there is a violation at all.
            Some(unknown @ Value::Unknown(_)) => {
                perhaps.push(unknown);
                Vec::new()
            }
            Some(Value::Set(set)) => set.iter().collect(),
            Some(Value::Array(array)) => array.iter().collect(),
            Some(Value::Object(object)) => object.values().collect(),
            Some(other) => return Err(self.misshapen(&format!("`violation` is {}", shown(other)))),
        };
        let mut members = Vec::with_capacity(found.len());
        let mut seen = BTreeSet::new();
        for member in found {
            let Some(message) = member.get_str("msg").and_then(Value::as_str) else {
                return Err(
                    self.misshapen(&format!("a violation must have a string `msg`, and one is {}", shown(member)))
                );
            };
            let details = details(member);
            // What else a member holds tells nobody anything, so that two which differ only there are one.
            if seen.insert((message, details)) {
                members.push(Member { message: Some(message), details, certainty: Certainty::Certain });
            }
        }
        members.extend(perhaps.into_iter().map(|member| Member {
            message: member.get_str("msg").and_then(Value::as_str),
            details: details(member),
            certainty: Certainty::Possible,
        }));
        Ok(members)
    }

    fn misshapen(&self, message: &str) -> Failure {
        Failure { message: message.to_owned(), place: Some(self.place()) }
    }
}

/// The details of a violation. Those that say nothing are as good as none (frameworks/constraint
/// pkg/client/drivers/rego/rego.go, hookModuleRego).
fn details(member: Value<'_>) -> Option<Value<'_>> {
    member.get_str("details").filter(|details| details.as_object().is_none_or(|details| !details.is_empty()))
}

/// The beginning of a value in Rego's notation.
fn shown(value: Value<'_>) -> String {
    const CHARACTERS_MAX: usize = 120;
    let text = value.to_string();
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
