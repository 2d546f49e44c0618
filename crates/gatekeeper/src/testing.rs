//! Documents for tests.

use crate::files::ManifestFile;
use crate::gatekeeper::{Compiled, Gatekeeper};
use value::{Arena, Source, Value};

/// A value written in YAML.
pub(crate) fn yaml<'a>(arena: &'a Arena, text: &str) -> Value<'a> {
    formats::yaml::parse_value(arena, text, &formats::Options::default()).unwrap()
}

/// A file named `test.yaml`.
pub(crate) fn file(text: &str) -> ManifestFile {
    ManifestFile::parse(Source::new("test.yaml", text)).unwrap()
}

/// All documents of a text, compiled.
pub(crate) fn compiled(text: &str) -> Compiled {
    Gatekeeper::compile(&file(text).manifests())
}

/// All documents of a text, in which nothing is wrong.
pub(crate) fn sound(text: &str) -> Gatekeeper {
    let compiled = compiled(text);
    assert_eq!(compiled.problems, [], "{text}");
    compiled.gatekeeper
}

/// What is wrong with the documents of a text, each as `path: message` with its help behind `|`.
pub(crate) fn mistakes(text: &str) -> Vec<String> {
    let problems = compiled(text).problems;
    let shown = |problem: &crate::Problem| {
        let help = problem.mistake.help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
        format!("{}: {}{help}", problem.place.pointer, problem.mistake.message)
    };
    problems.iter().map(shown).collect()
}
