//! Which tests and cases are run.

use regex::Regex;
use thiserror::Error;

/// Selects tests and cases by name, as gator's `--run` does: `regex` takes cases whose own name or whose test's name
/// matches, `test//case` those of which both match; either half may be empty.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    kind: Kind,
}

#[derive(Clone, Debug, Default)]
enum Kind {
    #[default]
    All,
    Either(Regex),
    Both {
        test: Regex,
        case: Regex,
    },
}

/// Why a text selects nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FilterError {
    /// A part is no regular expression.
    #[error("`{0}` is no regular expression")]
    Pattern(String),
    /// There are more than two parts.
    #[error("a filter has at most one `//`, between the test and the case")]
    Parts,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// When a part is no regular expression, or there are too many.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let regex = |pattern: &str| Regex::new(pattern).map_err(|_| FilterError::Pattern(pattern.to_owned()));
        let kind = match text.split("//").collect::<Vec<_>>().as_slice() {
            [""] => Kind::All,
            [pattern] => Kind::Either(regex(pattern)?),
            [test, case] => Kind::Both { test: regex(test)?, case: regex(case)? },
            _ => return Err(FilterError::Parts),
        };
        Ok(Self { kind })
    }

    /// Whether a case is run, or a test that has none.
    pub fn takes(&self, test: &str, case: Option<&str>) -> bool {
        match &self.kind {
            Kind::All => true,
            Kind::Either(pattern) => pattern.is_match(test) || case.is_some_and(|case| pattern.is_match(case)),
            Kind::Both { test: of_test, case: of_case } => {
                of_test.is_match(test) && of_case.is_match(case.unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
