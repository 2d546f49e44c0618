//! What a bundle's files hold.

use super::BundleError;
use super::canonical;
use super::files::{BundleFile, BundleFiles};
use super::manifest::Manifest;
use crate::data_path;
use crate::edit;
use crate::module::{Origin, StoredModule};
use crate::signature::{SignedFiles, SigningKeys, Verification};
use formats::{Format, Options};
use rego::syntax::ast::Dialect;
use std::sync::Arc;
use value::json::{self, ParseLimits};
use value::{Arena, Diagnostic, Frozen, Pointer, Source, Value};

/// What a bundle holds.
#[derive(Debug)]
pub(crate) enum BundleContent {
    /// All of it.
    Snapshot {
        manifest: Manifest,
        modules: Vec<Arc<StoredModule>>,
        /// An object with `data` and `manifest`.
        document: Arc<Frozen>,
    },
    /// What changes about the data of the one before.
    Delta { manifest: Manifest, document: Arc<Frozen>, operations: Vec<PatchOperation> },
}

/// One change of a delta bundle. Its value stands at `data[index].value` of the document.
#[derive(Debug)]
pub(crate) struct PatchOperation {
    pub(crate) kind: PatchKind,
    pub(crate) path: Pointer,
    pub(crate) index: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchKind {
    Upsert,
    Replace,
    Remove,
}

/// How a bundle is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContentOptions<'o> {
    pub(crate) name: &'o str,
    pub(crate) dialect: Dialect,
    pub(crate) keys: &'o SigningKeys,
    pub(crate) verification: Option<&'o Verification>,
}

const MANIFEST: &str = ".manifest";
const SIGNATURES: &str = ".signatures.json";
const PATCH: &str = "patch.json";

/// Files that hold data, and are signed as documents.
fn is_data(file: &BundleFile) -> bool {
    matches!(file.name(), "data.json" | "data.yaml" | "data.yml")
}

impl BundleContent {
    /// Reads a bundle and, where keys are known or it must be signed, verifies it.
    pub(crate) fn read(files: &BundleFiles, options: &ContentOptions<'_>) -> Result<Self, BundleError> {
        verify(files, options)?;
        let manifest_text = files.find(MANIFEST);
        let manifest = match manifest_text {
            None => Manifest::default(),
            Some(file) => {
                let arena = Arena::new();
                let document = json::parse(&arena, &file.bytes, &ParseLimits::default()).map_err(|error| {
                    BundleError::Manifest(format!("bundle load failed on manifest decode: {error}"))
                })?;
                Manifest::read(document)
                    .map_err(|problem| BundleError::Manifest(format!("bundle load failed on manifest: {problem}")))?
            }
        };
        match files.find(PATCH) {
            Some(patch) => Self::read_delta(files, manifest, patch),
            None => Self::read_snapshot(files, manifest, manifest_text, options),
        }
    }

    fn read_snapshot(
        files: &BundleFiles,
        manifest: Manifest,
        manifest_text: Option<&BundleFile>,
        options: &ContentOptions<'_>,
    ) -> Result<Self, BundleError> {
        let mut modules = Vec::new();
        let mut mistakes = Vec::new();
        for file in files.iter().filter(|file| file.path.ends_with(".rego")) {
            match read_module(file, &manifest, options)? {
                Ok(Some(module)) => modules.push(Arc::new(module)),
                Ok(None) => {}
                Err(diagnostics) => mistakes.extend(diagnostics),
            }
        }
        if !mistakes.is_empty() {
            return Err(BundleError::Compile(mistakes));
        }
        let document = Frozen::build(|arena| {
            let mut data = Value::EMPTY_OBJECT;
            for file in files.iter().filter(|file| is_data(file)) {
                let part = read_data(arena, file)?;
                if file.folder().next().is_none() && part.as_object().is_none() {
                    return Err(BundleError::Manifest("the data at the bundle's root must be an object".to_owned()));
                }
                let part = file.folder().rev().fold(part, |inner, name| arena.object(&[(arena.string(name), inner)]));
                data = merge(arena, data, part).map_err(|at| {
                    BundleError::file(
                        &file.path,
                        format!("`data{at}` stands in another file already, with another value"),
                    )
                })?;
            }
            check_permitted(&manifest, data, &mut Vec::new())?;
            let manifest = match manifest_text {
                Some(file) => json::parse(arena, &file.bytes, &ParseLimits::default())
                    .map_err(|error| BundleError::Manifest(error.to_string()))?,
                None => Value::EMPTY_OBJECT,
            };
            Ok(arena.object(&[(arena.borrowed("data"), data), (arena.borrowed("manifest"), manifest)]))
        })?;
        Ok(Self::Snapshot { manifest, modules, document: Arc::new(document) })
    }

    fn read_delta(files: &BundleFiles, manifest: Manifest, patch: &BundleFile) -> Result<Self, BundleError> {
        let unexpected = files.iter().find(|file| is_data(file) || file.path.ends_with(".rego"));
        if let Some(file) = unexpected {
            let what = if is_data(file) { "data" } else { "policy" };
            let message = format!("delta bundle expected to contain only patch file but {what} files found");
            return Err(BundleError::Manifest(message));
        }
        let document = Frozen::build(|arena| {
            json::parse(arena, &patch.bytes, &ParseLimits::default()).map_err(|error| BundleError::file(PATCH, error))
        })?;
        let Some(listed) = document.root().get_str("data").and_then(Value::as_array) else {
            return Err(BundleError::file(PATCH, "`data` must be an array of operations"));
        };
        let mut operations = Vec::with_capacity(listed.len());
        for (index, operation) in listed.iter().enumerate() {
            let text = |name| operation.get_str(name).and_then(Value::as_str).unwrap_or_default();
            let kind = match text("op") {
                "upsert" => PatchKind::Upsert,
                "replace" => PatchKind::Replace,
                "remove" => PatchKind::Remove,
                other => return Err(BundleError::file(PATCH, format!("bad patch operation: {other}"))),
            };
            // What is no text is no path, and not the path of everything.
            let path = operation.get_str("path");
            let Some(path) = path.map_or(Some(""), Value::as_str).and_then(patch_path) else {
                let path = path.unwrap_or_default();
                return Err(BundleError::file(PATCH, format!("bad patch path: {path}")));
            };
            let names: Vec<String> = path.0.iter().map(data_path::name_of).collect();
            if !manifest.permits(&names) {
                let roots = manifest.shown_roots();
                let path = names.join("/");
                let message = format!("manifest roots {roots} do not permit data patch at path '{path}'");
                return Err(BundleError::Manifest(message));
            }
            operations.push(PatchOperation { kind, path, index });
        }
        Ok(Self::Delta { manifest, document: Arc::new(document), operations })
    }
}

/// A path of a JSON Patch: slashes, with the escapes of RFC 6901 and those of URLs.
pub(crate) fn patch_path(text: &str) -> Option<Pointer> {
    let pointer = data_path::parse(text)?;
    let unescaped = |segment| match segment {
        value::Segment::Key(name) if name.contains('~') => {
            value::Segment::Key(name.replace("~1", "/").replace("~0", "~"))
        }
        other => other,
    };
    Some(Pointer(pointer.0.into_iter().map(unescaped).collect()))
}

fn read_module(
    file: &BundleFile,
    manifest: &Manifest,
    options: &ContentOptions<'_>,
) -> Result<Result<Option<StoredModule>, Vec<Diagnostic>>, BundleError> {
    let text = formats::decode(&file.bytes).map_err(|error| BundleError::file(&file.path, error))?;
    if text.trim().is_empty() {
        return Ok(Ok(None));
    }
    let source = Source::new(format!("{}/{}", options.name, file.path), text);
    let dialect = manifest.dialect_of(&file.path, options.dialect);
    let module = match StoredModule::parse(source, dialect, Origin::Bundle(options.name.to_owned())) {
        Ok(module) => module,
        Err(diagnostics) => return Ok(Err(diagnostics)),
    };
    if !manifest.permits(&module.package) {
        let (roots, package) = (manifest.shown_roots(), module.package.join("."));
        let message = format!("manifest roots {roots} do not permit 'package {package}' in module '{}'", file.path);
        return Err(BundleError::Manifest(message));
    }
    Ok(Ok(Some(module)))
}

fn read_data<'a>(arena: &'a Arena, file: &BundleFile) -> Result<Value<'a>, BundleError> {
    if file.name() == "data.json" {
        return json::parse(arena, &file.bytes, &ParseLimits::default())
            .map_err(|error| BundleError::file(&file.path, format!("{error} at {}", error.position(&file.bytes))));
    }
    let text = formats::decode(&file.bytes).map_err(|error| BundleError::file(&file.path, error))?;
    let source = Source::new(file.path.clone(), text);
    let documents = formats::parse(arena, &source, Format::Yaml, &Options::lenient())
        .map_err(|mistake| BundleError::file(&file.path, mistake))?;
    match documents.documents.as_slice() {
        [document] => Ok(document.value),
        [] => Ok(Value::EMPTY_OBJECT),
        _ => Err(BundleError::file(&file.path, "it must hold one document")),
    }
}

/// Objects are put together; anything else that stands at one place twice is a conflict, unless it is the same.
fn merge<'a>(arena: &'a Arena, first: Value<'a>, second: Value<'a>) -> Result<Value<'a>, String> {
    let (Value::Object(a), Value::Object(b)) = (first, second) else {
        return if first == second { Ok(first) } else { Err(String::new()) };
    };
    let mut entries: Vec<_> = a.iter().collect();
    for (key, value) in b.iter() {
        let value = match a.get(key) {
            Some(known) => {
                merge(arena, known, value).map_err(|below| format!(".{}{below}", key.as_str().unwrap_or_default()))?
            }
            None => value,
        };
        entries.push((key, value));
    }
    Ok(arena.object(&entries))
}

/// Refuses data outside of the roots.
fn check_permitted<'a>(manifest: &Manifest, data: Value<'a>, path: &mut Vec<&'a str>) -> Result<(), BundleError> {
    if manifest.permits(path) {
        return Ok(());
    }
    let on_the_way = manifest.roots.iter().any(|root| root.meets(path));
    match data.as_object() {
        Some(object) if on_the_way => {
            for (key, value) in object.iter() {
                path.push(key.as_str().unwrap_or_default());
                check_permitted(manifest, value, path)?;
                path.pop();
            }
            Ok(())
        }
        _ => {
            let (roots, path) = (manifest.shown_roots(), path.join("/"));
            let message = format!(
                "manifest roots {roots} do not permit data at path '/{path}' (hint: check bundle directory structure)"
            );
            Err(BundleError::Manifest(message))
        }
    }
}

/// Holds the files against the signature.
fn verify(files: &BundleFiles, options: &ContentOptions<'_>) -> Result<(), BundleError> {
    let signatures = files.find(SIGNATURES).map(|file| file.bytes.as_slice());
    let Some(mut signed) = SignedFiles::verified(signatures, options.keys, options.verification)? else {
        return Ok(());
    };
    for file in files.iter().filter(|file| file.path != SIGNATURES) {
        let canonical = match file.name() {
            "data.json" | ".manifest" => {
                Some(canonical::of_json(&file.bytes).map_err(|problem| BundleError::file(&file.path, problem))?)
            }
            "data.yaml" | "data.yml" => {
                // OPA tries JSON first, whatever the name says, and leaves the digits of numbers alone then.
                Some(match canonical::of_json(&file.bytes) {
                    Ok(canonical) => canonical,
                    Err(_) => canonical::of_value(read_data(&Arena::new(), file)?),
                })
            }
            _ => None,
        };
        let bytes = canonical.as_ref().map_or(file.bytes.as_slice(), String::as_bytes);
        signed.check(&file.path, bytes)?;
    }
    signed.finish()?;
    Ok(())
}

/// The document after the operations of a delta bundle.
pub(crate) fn patched<'a>(
    arena: &'a Arena,
    data: Value<'a>,
    patch: Value<'a>,
    operations: &[PatchOperation],
) -> Result<Value<'a>, edit::EditError> {
    let listed = patch.get_str("data").and_then(Value::as_array);
    let value_of = |index| {
        let operation = listed.and_then(|listed| listed.get(index));
        operation.and_then(|operation| operation.get_str("value")).unwrap_or_default()
    };
    operations.iter().try_fold(data, |data, operation| {
        let edit = match operation.kind {
            PatchKind::Upsert => edit::Edit::Put(value_of(operation.index)),
            PatchKind::Replace => edit::Edit::Replace(value_of(operation.index)),
            PatchKind::Remove => edit::Edit::Remove,
        };
        edit::apply(arena, data, &operation.path, edit)
    })
}
