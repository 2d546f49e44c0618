//! Where a template keeps its code, and in which language.

use super::unsupported;
use crate::fields::Fields;
use crate::mistake::Mistake;
use rego::syntax::ast::Dialect;
use value::{Pointer, Value};

/// The engine whose code is run here.
const REGO: &str = "Rego";
/// The engine of ValidatingAdmissionPolicy-styled CEL.
const CEL: &str = "K8sNativeValidation";

/// The code of a template.
#[derive(Debug)]
pub(super) struct Code<'a> {
    /// The module with the rule `violation`.
    pub(super) entry: Module<'a>,
    /// Modules in packages below `lib`.
    pub(super) libraries: Vec<Module<'a>>,
    /// What they say they are written in.
    pub(super) dialect: Option<Dialect>,
    /// Whether the template has the same in CEL.
    pub(super) has_cel: bool,
}

/// The text of a module and where it stands in the document.
#[derive(Debug)]
pub(super) struct Module<'a> {
    pub(super) text: &'a str,
    pub(super) pointer: Pointer,
}

impl<'a> Code<'a> {
    /// Finds the Rego of a target: in `code`, or in `rego` and `libs` beside it.
    pub(super) fn read(target: &Fields<'a>) -> Result<Self, Mistake> {
        let mut rego = None;
        let mut has_cel = false;
        for code in target.objects("code")? {
            match code.required_text("engine")? {
                REGO => rego = Some(code.object("source")?),
                CEL => has_cel = true,
                other => {
                    let message = format!("`{other}` is no engine that is known here");
                    let help = "use `Rego`, or `K8sNativeValidation` beside it";
                    return Err(unsupported(code.place("engine"), message, help));
                }
            }
        }
        // The older field counts, and in the place of all that stands in `code` (frameworks/constraint
        // pkg/apis/templates/v1/conversion.go, Convert_v1_Target_To_templates_Target).
        let (source, dialect) = match rego {
            _ if target.text("rego")?.is_some() => (target.clone(), None),
            Some(source) => {
                let dialect = match source.text("version")? {
                    None => None,
                    Some("v0") => Some(Dialect::V0),
                    Some("v1") => Some(Dialect::V1),
                    Some(other) => {
                        let message = format!("`{other}` is no version of Rego: use `v0` or `v1`");
                        return Err(source.wrong("version", message));
                    }
                };
                (source, dialect)
            }
            None if has_cel => {
                let message = "the template is written in CEL alone, which is not run here yet";
                let help = "add the same in Rego: `- engine: Rego` under `code`";
                return Err(unsupported(target.place("code"), message, help));
            }
            None => {
                return Err(target.missing("rego").help("write the policy under `code`, with `engine: Rego`"));
            }
        };
        let entry = Module { text: source.required_text("rego")?, pointer: source.place("rego") };
        let libraries = source.list("libs")?.into_iter().map(library).collect::<Result<_, _>>()?;
        Ok(Self { entry, libraries, dialect, has_cel })
    }
}

fn library<'a>((value, pointer): (Value<'a>, Pointer)) -> Result<Module<'a>, Mistake> {
    match value.as_str() {
        Some(text) => Ok(Module { text, pointer }),
        None => Err(crate::fields::wrong_type(&pointer, "a string", value)),
    }
}
