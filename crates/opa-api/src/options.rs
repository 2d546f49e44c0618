//! What a request's parameters ask for beside the answer.

use http_documents::Parameters;

/// The parameters that several routes share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AnswerOptions {
    /// Line breaks and indentation.
    pub(crate) pretty: bool,
    /// How long the parts of the work took.
    pub(crate) metrics: bool,
    /// What else is known of the work.
    pub(crate) instrument: bool,
    /// Which binary and which bundles answered.
    pub(crate) provenance: bool,
    /// Errors of builtins are errors of the request.
    pub(crate) strict_builtin_errors: bool,
    pub(crate) explain: Explain,
}

/// How much of an evaluation is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Explain {
    #[default]
    Off,
    /// What policies noted with `trace`.
    Notes,
    /// What did not hold, with the way to it.
    Fails,
    /// Everything.
    Full,
}

impl AnswerOptions {
    pub(crate) fn read(parameters: &Parameters<'_>) -> Self {
        if parameters.is_empty() {
            return Self::default();
        }
        let explain = parameters.all("explain").find_map(|mode| match mode.as_ref() {
            "notes" => Some(Explain::Notes),
            "fails" => Some(Explain::Fails),
            // OPA leaves out rules that its index rules out unless it debugs; here all are looked at whenever it is explained.
            "full" | "debug" => Some(Explain::Full),
            _ => None,
        });
        Self {
            pretty: parameters.is_on("pretty"),
            metrics: parameters.is_on("metrics"),
            instrument: parameters.is_on("instrument"),
            provenance: parameters.is_on("provenance"),
            strict_builtin_errors: parameters.is_on("strict-builtin-errors"),
            explain: explain.unwrap_or_default(),
        }
    }

    /// Whether nothing but the answer is asked for.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn measures(&self) -> bool {
        self.metrics || self.instrument
    }
}
