//! Reading a suite.

use super::assertion::Assertion;
use super::{Case, GROUP, KIND, Suite, Test};
use crate::fields::Fields;
use crate::files::ManifestFile;
use crate::manifest::Manifest;
use crate::mistake::Mistake;
use std::path::Path;
use value::{Diagnostic, Pointer, Position};

impl Suite {
    /// Reads a suite; `name` is what people call the file. `None` when the file holds something else.
    ///
    /// # Errors
    /// When the file cannot be read, or is a suite that is wrong.
    pub fn read(path: &Path, name: &str) -> Result<Option<Self>, Diagnostic> {
        let file = ManifestFile::read(path, name)?;
        let manifests = file.manifests();
        let Some(manifest) = manifests.first() else { return Ok(None) };
        let kind = manifest.object().group_version_kind();
        if (kind.group, kind.kind) != (GROUP, KIND) {
            return Ok(None);
        }
        let suite = suite(manifest, path).map_err(|mistake| mistake.at(manifest).diagnostic())?;
        Ok(Some(suite))
    }
}

fn suite(manifest: &Manifest<'_>, path: &Path) -> Result<Suite, Mistake> {
    let fields = Fields::of_document(manifest.root())?;
    let tests = fields.objects("tests")?;
    Ok(Suite {
        file: manifest.document.file.to_owned(),
        folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
        skip: fields.boolean("skip")?.unwrap_or_default(),
        tests: tests.iter().map(|fields| test(manifest, fields)).collect::<Result<_, _>>()?,
    })
}

fn test(manifest: &Manifest<'_>, fields: &Fields<'_>) -> Result<Test, Mistake> {
    let cases = fields.objects("cases")?;
    Ok(Test {
        name: fields.text("name")?.unwrap_or("(unnamed)").to_owned(),
        line: line(manifest, fields.pointer()),
        template: file(fields, "template")?,
        constraint: file(fields, "constraint")?,
        expansion: file(fields, "expansion")?,
        invalid: fields.boolean("invalid")?.unwrap_or_default(),
        skip: fields.boolean("skip")?.unwrap_or_default(),
        cases: cases.iter().map(|fields| case(manifest, fields)).collect::<Result<_, _>>()?,
    })
}

fn case(manifest: &Manifest<'_>, fields: &Fields<'_>) -> Result<Case, Mistake> {
    let assertions = fields.objects("assertions")?;
    let assertion = |fields: &Fields<'_>| Assertion::read(fields, line(manifest, fields.pointer()));
    let inventory = fields.texts("inventory")?;
    if let Some(absolute) = inventory.iter().find(|name| Path::new(name).is_absolute()) {
        return Err(fields.wrong("inventory", absolute_path(absolute)));
    }
    Ok(Case {
        name: fields.text("name")?.unwrap_or("(unnamed)").to_owned(),
        line: line(manifest, fields.pointer()),
        object: file(fields, "object")?,
        inventory,
        assertions: assertions.iter().map(assertion).collect::<Result<_, _>>()?,
        skip: fields.boolean("skip")?.unwrap_or_default(),
    })
}

fn file(fields: &Fields<'_>, key: &str) -> Result<Option<String>, Mistake> {
    match fields.text(key)? {
        Some(name) if Path::new(name).is_absolute() => Err(fields.wrong(key, absolute_path(name))),
        name => Ok(name.map(str::to_owned)),
    }
}

fn absolute_path(name: &str) -> String {
    format!("`{name}` is an absolute path, and a suite names files from its own folder on")
}

fn line(manifest: &Manifest<'_>, pointer: &Pointer) -> u32 {
    let source = manifest.source.map(|source| source.text.as_str()).unwrap_or_default();
    manifest.locate(pointer).map_or(1, |span| Position::of(source, span.start).line)
}
