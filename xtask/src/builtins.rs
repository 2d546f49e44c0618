//! The reference of Rego's builtins, generated from their tables so that it cannot say what is not so.

use anyhow::{Context, Result};
use rego::builtins::{self, Builtin, Parameter, Type};
use std::fmt::Write;
use std::path::Path;

/// The page, from the root of the repository.
pub const PAGE: &str = "docs/rego-builtins.md";

/// Writes the page.
pub fn write(root: &Path) -> Result<bool> {
    std::fs::write(root.join(PAGE), page()).with_context(|| format!("could not write `{PAGE}`"))?;
    println!("{PAGE}: {} builtins", builtins::all().count());
    Ok(true)
}

/// Whether the page says what the tables say.
pub fn is_current(root: &Path) -> bool {
    std::fs::read_to_string(root.join(PAGE)).is_ok_and(|text| text == page())
}

fn page() -> String {
    let mut out = String::from(
        "# Rego builtins\n\n\
         <!-- `cargo xtask builtins` writes this page from the tables in crates/rego/src/builtins. -->\n\n\
         The functions that a policy can call. A call with an operand that makes no sense is undefined, or stops the evaluation\n\
         with an error under `--strict-builtin-errors`. Besides these there is `print`, which takes any number of operands, shows\n\
         them and always holds.\n",
    );
    for (title, family) in builtins::families() {
        // Writing to a string never fails.
        let _ = writeln!(out, "\n## {title}");
        for builtin in family {
            describe(&mut out, builtin);
        }
    }
    out
}

fn describe(out: &mut String, builtin: &Builtin) {
    let parameters: Vec<_> =
        builtin.parameters.iter().map(|parameter| format!("{}: {}", parameter.name, shown(parameter.kind))).collect();
    let result = match builtin.result.kind {
        Type::Nothing => String::new(),
        kind => format!(" -> {}", shown(kind)),
    };
    // Writing to a string never fails.
    let _ = writeln!(out, "\n### `{}`\n", builtin.name);
    let _ = writeln!(out, "{}\n", builtin.description);
    let _ = writeln!(out, "```text\n{}({}){result}\n```", builtin.name, parameters.join(", "));
    let explained: Vec<&Parameter> = builtin
        .parameters
        .iter()
        .chain([&builtin.result])
        .filter(|parameter| !parameter.description.is_empty())
        .collect();
    if !explained.is_empty() {
        out.push('\n');
    }
    for parameter in explained {
        let _ = writeln!(out, "- `{}`: {}", parameter.name, parameter.description);
    }
    if let Some(instead) = builtin.deprecated {
        let _ = writeln!(out, "\nDeprecated: write {instead} instead. Modules since OPA 1.0 must not call it.");
    }
    if builtin.nondeterministic {
        out.push_str("\nTwo evaluations may see different answers; within one evaluation the answer stays.\n");
    }
}

fn shown(kind: Type) -> String {
    let list = |kinds: &[Type]| kinds.iter().map(|kind| shown(*kind)).collect::<Vec<_>>();
    match kind {
        Type::Any => "any".to_owned(),
        Type::Nothing => "nothing".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Number => "number".to_owned(),
        Type::String => "string".to_owned(),
        Type::Array(Type::Any) => "array".to_owned(),
        Type::Array(items) => format!("array[{}]", shown(*items)),
        Type::Tuple(items) => format!("[{}]", list(items).join(", ")),
        Type::Set(Type::Any) => "set".to_owned(),
        Type::Set(members) => format!("set[{}]", shown(*members)),
        Type::Object(Type::Any, Type::Any) => "object".to_owned(),
        Type::Object(keys, values) => format!("object[{}: {}]", shown(*keys), shown(*values)),
        Type::Fields(fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, kind)| format!("{name}: {}", shown(*kind))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Type::AnyOf(kinds) => list(kinds).join(" | "),
    }
}
