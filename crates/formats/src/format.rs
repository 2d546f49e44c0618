//! Which format a text is in.

/// A format that documents are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// JSON (RFC 8259), one document or several in a row.
    Json,
    /// YAML 1.2, with the dialect that [`crate::Options`] names.
    Yaml,
}

impl Format {
    /// The format that the name of a file promises, by its extension; `None` for names that promise nothing, such as `-`
    /// and CloudFormation's `.template`, which is used for both.
    pub fn of_name(name: &str) -> Option<Self> {
        let file = name.rsplit(['/', '\\']).next()?;
        let (stem, extension) = file.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        match extension.to_ascii_lowercase().as_str() {
            "json" | "jsonl" | "ndjson" | "tfstate" => Some(Format::Json),
            "yaml" | "yml" => Some(Format::Yaml),
            _ => None,
        }
    }

    /// The format that a text looks like: JSON if it begins as JSON objects and arrays do, else YAML.
    ///
    /// Flow style YAML (`{a: 1}`) and templates (`{{ .Values }}`) begin with a brace too, so what follows it counts.
    pub fn of_content(text: &str) -> Self {
        let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
        let mut characters = text.chars();
        let first = characters.next();
        let second = characters.find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'));
        match (first, second) {
            (Some('{'), None | Some('"' | '}')) => Format::Json,
            (Some('['), None | Some('"' | '{' | '[' | ']' | '-' | '0'..='9' | 't' | 'f' | 'n')) => Format::Json,
            _ => Format::Yaml,
        }
    }

    /// The format by name where the name promises one, else by content.
    pub fn detect(name: &str, text: &str) -> Self {
        Self::of_name(name).unwrap_or_else(|| Self::of_content(text))
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Json => "JSON",
            Format::Yaml => "YAML",
        }
    }

    pub(crate) const fn error_code(self) -> &'static str {
        match self {
            Format::Json => "json_parse_error",
            Format::Yaml => "yaml_parse_error",
        }
    }
}
