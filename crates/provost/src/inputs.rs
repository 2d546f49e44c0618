//! Files to what is judged: documents, and the resources that the catalog sees in them.

use crate::places::positions;
use crate::progress::Progress;
use catalog::{CatalogError, Recognised, Settings};
use decision::{Change, Document, Member, Place, Scrubber};
use formats::Format;
use report::Note;
use repository::{Discovery, Repository, discover};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use value::{Arena, Diagnostic, Pointer, Position, Source, Span, Value};

/// The texts of files.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    files: Vec<Text>,
    /// Where in `files` the file of a name stands.
    by_name: BTreeMap<String, usize>,
    /// How many files have no content.
    empty: usize,
    bytes_max: u64,
    /// What could not be read.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

#[derive(Debug)]
struct Text {
    source: Arc<Source>,
    format: Format,
    /// Whether the file itself was named.
    named: bool,
}

/// What texts hold.
#[derive(Debug, Default)]
pub(crate) struct Inputs<'a> {
    /// All documents as they were parsed.
    pub(crate) documents: Vec<Document<'a>>,
    /// What is asked for together.
    pub(crate) changes: Vec<Change<'a>>,
    /// What must not leave.
    pub(crate) scrubber: Scrubber,
    /// What else to tell.
    pub(crate) notes: Vec<Note>,
    /// What could not be understood.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Files and documents without content.
    pub(crate) empty: usize,
    /// How many documents the catalog sees something in.
    pub(crate) recognised: usize,
    /// Documents in which it sees nothing.
    pub(crate) unrecognised: Vec<Unrecognised>,
}

/// What a command can judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Whatever the catalog knows.
    Anything,
    /// Kubernetes objects alone.
    Manifests,
}

impl Expected {
    const fn what(self) -> &'static str {
        match self {
            Self::Anything => "Terraform plan, CloudFormation template or Kubernetes manifest",
            Self::Manifests => "Kubernetes manifest",
        }
    }

    const fn in_short(self) -> &'static str {
        match self {
            Self::Anything => "plan, template or manifest",
            Self::Manifests => "manifest",
        }
    }

    const fn help(self) -> &'static str {
        match self {
            Self::Anything => {
                "for a plan, pass the output of `terraform show -json`; for any other document, name policies without \
                 `input: request` with `-p`"
            }
            Self::Manifests => {
                "name files with objects, such as those that `kubectl get pods -A -o yaml` writes; `provost check` \
                 judges plans and templates"
            }
        }
    }
}

/// A document in which the catalog sees nothing.
#[derive(Debug)]
pub(crate) struct Unrecognised {
    file: Arc<Source>,
    /// Whether nothing else in a file that was named is anything.
    nothing_in_named_file: bool,
}

impl Texts {
    /// Reads what `paths` name.
    pub(crate) fn read(paths: &[PathBuf], repository: &Repository, bytes_max: u64, progress: &Progress) -> Self {
        let Discovery { files, diagnostics } = discover(paths, Some(repository));
        let mut texts = Self { bytes_max, diagnostics, ..Self::default() };
        let all = files.len();
        for (done, file) in files.into_iter().enumerate() {
            progress.tell("reading", done, all);
            match file.read(bytes_max, io::stdin().lock()) {
                Ok(Some(source)) => {
                    let format = Format::detect(&source.name, &source.text);
                    texts.by_name.insert(source.name.clone(), texts.files.len());
                    texts.files.push(Text { source, format, named: file.named });
                }
                Ok(None) => texts.empty += 1,
                Err(diagnostic) => texts.diagnostics.push(diagnostic),
            }
        }
        texts
    }

    /// How many files have content.
    pub(crate) fn count(&self) -> usize {
        self.files.len()
    }

    /// Reads the texts as documents, and these as resources.
    pub(crate) fn understand<'a>(&'a self, arena: &'a Arena, settings: &Settings) -> Inputs<'a> {
        let mut inputs = Inputs { empty: self.empty, ..Inputs::default() };
        let mut texts = Vec::new();
        for text in &self.files {
            let mut options = formats::Options::default();
            options.limits.bytes_max = usize::try_from(self.bytes_max).unwrap_or(usize::MAX);
            let (parsed, mistake) = formats::parse_what_is_sound(arena, &text.source, text.format, &options);
            inputs.diagnostics.extend(mistake.map(discreet));
            inputs.empty += parsed.skipped;
            for document in parsed.documents {
                let file = text.source.name.as_str();
                inputs.documents.push(Document { file, index: document.index, root: document.value });
                texts.push(text);
            }
        }
        let roots: Vec<Value<'a>> = inputs.documents.iter().map(|document| document.root).collect();
        let recognised = catalog::recognise_all(arena, &roots, settings);
        let mut manifests = Change::default();
        let mut notes = Vec::new();
        // By file: how many documents are something, and how many are nothing.
        let mut seen: BTreeMap<&str, (usize, Vec<&Text>)> = BTreeMap::new();
        for ((document, text), recognised) in inputs.documents.iter().zip(&texts).zip(recognised) {
            let (something, nothing) = seen.entry(document.file).or_default();
            let change = match recognised {
                Ok(Recognised::Change(change)) => change,
                Ok(Recognised::Unrecognised) => {
                    nothing.push(text);
                    continue;
                }
                Err(error) => {
                    *something += 1;
                    inputs.diagnostics.push(text.mistake(document.index, &error));
                    continue;
                }
            };
            *something += 1;
            inputs.recognised += 1;
            change.sensitive.iter().for_each(|secret| inputs.scrubber.add(secret));
            notes.extend(change.notes.into_iter().map(|note| (*text, document.index, note)));
            let (file, index) = (document.file, document.index);
            let members = change.resources.into_iter().map(|resource| Member { file, document: index, resource });
            if change.source == catalog::Source::Kubernetes {
                manifests.members.extend(members);
            } else {
                inputs.changes.push(Change { members: members.collect(), ..Change::default() });
            }
        }
        if !manifests.members.is_empty() {
            inputs.changes.push(manifests);
        }
        for (something, nothing) in seen.into_values() {
            inputs.unrecognised.extend(nothing.into_iter().map(|text| Unrecognised {
                file: Arc::clone(&text.source),
                nothing_in_named_file: text.named && something == 0,
            }));
        }
        inputs.notes = notes.into_iter().map(|(text, document, note)| text.note(document, note)).collect();
        inputs
    }

    /// For [`decision::Decision::locate`].
    pub(crate) fn positions(&self, file: &str, places: &[(usize, Pointer)]) -> Vec<Option<Position>> {
        match self.by_name.get(file).and_then(|&index| self.files.get(index)) {
            Some(text) => text.positions(places),
            None => vec![None; places.len()],
        }
    }
}

impl Text {
    fn positions(&self, places: &[(usize, Pointer)]) -> Vec<Option<Position>> {
        let places: Vec<formats::Place> = places
            .iter()
            .map(|(document, pointer)| formats::Place { document: *document, pointer: pointer.clone() })
            .collect();
        let spans = formats::locate_all(&self.source, self.format, &places);
        let offsets: Vec<u32> = spans.iter().flatten().map(|span| span.start).collect();
        let mut found = positions(&self.source.text, &offsets).into_iter();
        spans.into_iter().map(|span| span.and_then(|_| found.next())).collect()
    }

    fn note(&self, document: usize, note: catalog::Note) -> Note {
        let position = self.positions(&[(document, note.pointer.clone())]).into_iter().next().flatten();
        let place = Place { position, ..Place::new(self.source.name.as_str(), document, note.pointer) };
        Note { place, message: note.message }
    }

    fn mistake(&self, document: usize, error: &CatalogError) -> Diagnostic {
        let span = formats::locate(&self.source, self.format, document, &error.pointer()).unwrap_or_default();
        let diagnostic = Diagnostic::new("input_error", error.to_string(), &self.source, span);
        discreet(diagnostic.help(error.help()))
    }
}

impl Inputs<'_> {
    /// Whether there is anything for policies to be asked about; `any_document` is whether they judge any document.
    pub(crate) fn is_anything(&self, any_document: bool) -> bool {
        self.recognised > 0 || (any_document && !self.documents.is_empty())
    }

    /// How many files and documents are left out.
    pub(crate) fn skipped(&self, any_document: bool) -> usize {
        self.empty + if any_document { 0 } else { self.unrecognised.len() }
    }

    /// Files that were named and are nothing that anybody can judge. In a folder such files are simply not looked at.
    pub(crate) fn refuse_unrecognised(&mut self, expected: Expected) {
        let mut told = "";
        for unrecognised in self.unrecognised.iter().filter(|unrecognised| unrecognised.nothing_in_named_file) {
            let file = &unrecognised.file;
            if told == file.name {
                continue;
            }
            told = &file.name;
            let message = format!("`{}` is no {}", file.name, expected.what());
            self.diagnostics.push(without_source("not_recognised", message, expected.help()));
        }
    }
}

/// Nothing in any file is anything.
pub(crate) fn nothing_recognised(expected: Expected, files: usize, skipped: usize) -> Diagnostic {
    let what = expected.in_short();
    let message = match (files, skipped) {
        (0, 0) => "there is nothing to check: no JSON or YAML file was found".to_owned(),
        (0, _) => "there is nothing to check: every file is empty".to_owned(),
        (1, _) => format!("there is nothing to check: the one file is no {what}"),
        (files, _) => format!("there is nothing to check: none of {files} files is a {what}"),
    };
    without_source("nothing_recognised", message, expected.help())
}

fn without_source(code: &'static str, message: String, help: &str) -> Diagnostic {
    Diagnostic { code, message, source: None, span: Span::default(), help: Some(help.to_owned()) }
}

/// A plan that cannot be understood may hold secrets, and nobody can tell which: its place is named, its text not shown.
fn discreet(diagnostic: Diagnostic) -> Diagnostic {
    /// What every plan and state begins with.
    const MARKS: [&str; 3] = ["\"format_version\"", "\"terraform_version\"", "\"sensitive_values\""];
    let Some(source) = diagnostic.source.as_ref().filter(|source| MARKS.iter().any(|mark| source.text.contains(mark)))
    else {
        return diagnostic;
    };
    let position = Position::of(&source.text, diagnostic.span.start);
    let message = format!("`{}` at {position}: {}", source.name, diagnostic.message);
    Diagnostic { message, source: None, span: Span::default(), ..diagnostic }
}
