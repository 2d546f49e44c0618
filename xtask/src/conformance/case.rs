//! A case of OPA's compliance suite, as its file tells it.

use anyhow::{Context, Result};
use std::path::Path;
use value::{Arena, Value, json};

/// One case. Documents are kept as JSON text, so that a case can move to the thread that runs it.
#[derive(Clone, Debug, Default)]
pub struct Case {
    pub id: i64,
    pub group: String,
    pub note: String,
    pub query: String,
    pub modules: Vec<String>,
    /// JSON.
    pub data: Option<String>,
    /// JSON.
    pub input: Option<String>,
    /// A Rego term, which wins over `input`.
    pub input_term: Option<String>,
    /// A JSON array of binding objects.
    pub want_result: Option<String>,
    /// A part of the error's text.
    pub want_error: Option<String>,
    /// The error's code, whole.
    pub want_error_code: Option<String>,
    /// Errors of builtins end the evaluation.
    pub strict_errors: bool,
    /// The order inside a binding's array does not count.
    pub sort_bindings: bool,
    /// Variables that the compiler made up do not count.
    pub ignore_generated_variables: bool,
}

impl Case {
    /// Whether an error is what the case waits for. A few cases name a result too: the one without strict errors.
    pub fn wants_error(&self) -> bool {
        self.want_error.is_some() || self.want_error_code.is_some()
    }

    /// What the case waits for, for people.
    pub fn want(&self) -> String {
        if self.wants_error() {
            let code = self.want_error_code.as_deref().unwrap_or("an error");
            return format!("{code}: {}", self.want_error.as_deref().unwrap_or_default());
        }
        self.want_result.clone().unwrap_or_else(|| "no error".to_owned())
    }
}

/// Reads a file of cases.
pub fn read(path: &Path) -> Result<Vec<Case>> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("could not read `{name}`"))?;
    parse(&text).with_context(|| format!("`{name}` is not a file of cases"))
}

pub fn parse(text: &str) -> Result<Vec<Case>> {
    let arena = Arena::new();
    let cases = json::parse(&arena, text.as_bytes(), &json::ParseLimits::default())?;
    let cases = cases.as_array().context("not an array")?;
    cases.iter().map(|case| read_case(case).with_context(|| format!("case {case}"))).collect()
}

fn read_case(case: Value<'_>) -> Result<Case> {
    let text = |field: &str| case.get_str(field).and_then(Value::as_str).map(str::to_owned);
    let document = |field: &str| case.get_str(field).map(json::to_string);
    let flag = |field: &str| case.get_str(field).and_then(Value::as_bool).unwrap_or_default();
    let modules = case.get_str("modules").and_then(Value::as_array).context("no `modules`")?;
    let modules = modules.iter().map(|module| module.as_str().map(str::to_owned).context("a module is not a string"));
    Ok(Case {
        id: case.get_str("id").and_then(Value::as_i64).context("no `id`")?,
        group: text("group").context("no `group`")?,
        note: text("note").unwrap_or_default(),
        query: text("query").context("no `query`")?,
        modules: modules.collect::<Result<_>>()?,
        data: document("data"),
        input: document("input"),
        input_term: text("input_term"),
        want_result: document("want_result"),
        want_error: text("want_error"),
        want_error_code: text("want_error_code"),
        strict_errors: flag("strict_error"),
        sort_bindings: flag("sort_bindings"),
        ignore_generated_variables: flag("ignore_generated_vars"),
    })
}
