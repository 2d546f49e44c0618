//! `.manifest`: what a bundle says about itself.

use super::roots::Root;
use globset::{GlobBuilder, GlobMatcher};
use rego::syntax::ast::Dialect;
use value::{Object, Value};

/// What a bundle says about itself.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    /// Which state of the bundle it is; empty when it does not say.
    pub(crate) revision: String,
    /// The part of `data` that is its own: everything when it does not say.
    pub(crate) roots: Vec<Root>,
    /// What its modules are written in.
    dialect: Option<Dialect>,
    /// What some of its modules are written in instead; the last pattern that fits counts.
    file_dialects: Vec<(GlobMatcher, Dialect)>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { revision: String::new(), roots: vec![Root::parse("")], dialect: None, file_dialects: Vec::new() }
    }
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn read(document: Value<'_>) -> Result<Self, String> {
        let Some(object) = document.as_object() else {
            return Err(format!("it must be an object, and this is {}", document.type_name()));
        };
        let revision = text(object, "revision")?.unwrap_or_default();
        let mut manifest = Self { revision, ..Self::default() };
        match object.get_str("roots") {
            None | Some(Value::Null) => {}
            Some(Value::Array(roots)) => {
                let root = |root: Value<'_>| root.as_str().map(Root::parse).ok_or("`roots` must be strings");
                manifest.roots = roots.iter().map(root).collect::<Result<_, _>>()?;
            }
            Some(_) => return Err("`roots` must be an array of strings".to_owned()),
        }
        manifest.dialect = object.get_str("rego_version").map(dialect).transpose()?.flatten();
        match object.get_str("file_rego_versions") {
            None | Some(Value::Null) => {}
            Some(Value::Object(files)) => {
                for (pattern, version) in files.iter() {
                    let pattern = pattern.as_str().unwrap_or_default().trim_start_matches('/');
                    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
                    let glob = glob.map_err(|error| format!("`file_rego_versions`: `{pattern}`: {}", error.kind()))?;
                    let dialect = dialect(version)?.ok_or("`file_rego_versions` must be 0 or 1")?;
                    manifest.file_dialects.push((glob.compile_matcher(), dialect));
                }
            }
            Some(_) => return Err("`file_rego_versions` must be an object".to_owned()),
        }
        if object.get_str("wasm").and_then(Value::as_array).is_some_and(|all| !all.is_empty()) {
            return Err("`wasm` names compiled modules, and only Rego can be evaluated here".to_owned());
        }
        manifest.check_roots()?;
        Ok(manifest)
    }

    fn check_roots(&self) -> Result<(), String> {
        for (index, root) in self.roots.iter().enumerate() {
            if let Some(other) = self.roots.iter().skip(index + 1).find(|other| root.meets(other.names())) {
                return Err(format!("manifest has overlapped roots: '{root}' and '{other}'"));
            }
        }
        Ok(())
    }

    /// What the module of that name is written in.
    pub(crate) fn dialect_of(&self, path: &str, default: Dialect) -> Dialect {
        let by_file = self.file_dialects.iter().rev().find(|(pattern, _)| pattern.is_match(path));
        by_file.map(|(_, dialect)| *dialect).or(self.dialect).unwrap_or(default)
    }

    /// Whether what stands at `path` may be in the bundle.
    pub(crate) fn permits<S: AsRef<str>>(&self, path: &[S]) -> bool {
        self.roots.iter().any(|root| root.contains(path))
    }

    /// Whether it owns the same part of `data` as another.
    pub(crate) fn has_roots_of(&self, other: &Self) -> bool {
        let sorted = |manifest: &Self| {
            let mut roots = manifest.roots.clone();
            roots.sort();
            roots
        };
        sorted(self) == sorted(other)
    }

    /// The roots as messages show them.
    pub(crate) fn shown_roots(&self) -> String {
        let roots: Vec<_> = self.roots.iter().map(ToString::to_string).collect();
        format!("[{}]", roots.join(" "))
    }
}

fn text(object: &Object<'_>, name: &str) -> Result<Option<String>, String> {
    match object.get_str(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str().to_owned())),
        Some(other) => Err(format!("`{name}` must be a string, and this is {}", other.type_name())),
    }
}

fn dialect(version: Value<'_>) -> Result<Option<Dialect>, String> {
    match version {
        Value::Null => Ok(None),
        Value::Int(0) => Ok(Some(Dialect::V0)),
        Value::Int(1) => Ok(Some(Dialect::V1)),
        other => Err(format!("`{other}` is no version of Rego; `0` and `1` are")),
    }
}
