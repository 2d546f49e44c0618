//! The parameters of a query string.

use std::borrow::Cow;

/// The parameters of a query string, `application/x-www-form-urlencoded`. It is read when somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parameters<'q> {
    query: &'q str,
}

impl<'q> Parameters<'q> {
    /// The parameters of what stands behind the `?`, if anything does.
    pub fn new(query: Option<&'q str>) -> Self {
        Self { query: query.unwrap_or_default() }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.query.is_empty()
    }

    /// The values under `name`, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Cow<'q, str>> {
        let pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.filter(move |(key, _)| key == name).map(|(_, value)| value)
    }

    /// The last value under `name`.
    pub fn last(&self, name: &str) -> Option<Cow<'q, str>> {
        self.all(name).last()
    }

    /// Whether a switch is on: `?name` and `?name=true` are, in any case and among any other values.
    pub fn is_on(&self, name: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let mut values = self.all(name).peekable();
        let Some(first) = values.next() else { return false };
        let alone = values.peek().is_none();
        (alone && first.is_empty())
            || first.eq_ignore_ascii_case("true")
            || values.any(|value| value.eq_ignore_ascii_case("true"))
    }
}
