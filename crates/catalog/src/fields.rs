//! Which fields of a resource somebody reads, so that nobody need find out the others.

use crate::request_schema::RESOURCE_FIELDS;

/// Some of the fields that [`request_schema`](crate::request_schema) lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fields(u32);

impl Fields {
    /// No field.
    pub const NONE: Self = Self(0);
    /// Every field.
    pub const ALL: Self = Self(u32::MAX);

    pub(crate) const ACCELERATORS: Self = Self::field(b"accelerators");
    pub(crate) const BEFORE: Self = Self::field(b"before");
    pub(crate) const DIMENSIONS: Self = Self::field(b"dimensions");
    pub(crate) const IMAGES: Self = Self::field(b"images");
    pub(crate) const PODS: Self = Self::field(b"pods");
    pub(crate) const REPLICAS: Self = Self::field(b"replicas");
    pub(crate) const TAGS: Self = Self::field(b"tags");

    /// The field of that name; none when a resource has no such field.
    pub fn named(name: &str) -> Option<Self> {
        RESOURCE_FIELDS.iter().position(|field| field.name == name).map(|index| Self(1 << index))
    }

    /// For names that are known to be fields: a test holds that none is empty.
    const fn field(name: &[u8]) -> Self {
        let mut rest = RESOURCE_FIELDS;
        let mut bit = 1;
        while let Some((field, after)) = rest.split_first() {
            if same(field.name.as_bytes(), name) {
                return Self(bit);
            }
            bit <<= 1;
            rest = after;
        }
        Self::NONE
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether one of `others` is among these.
    pub const fn meets(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let (Some((first, rest)), Some((other, others))) = (a.split_first(), b.split_first()) {
        if *first != *other {
            return false;
        }
        (a, b) = (rest, others);
    }
    a.is_empty() && b.is_empty()
}

#[cfg(test)]
mod tests {
    use super::Fields;
    use crate::request_schema::RESOURCE_FIELDS;

    #[test]
    fn each_field_has_its_own_bit() {
        let mut seen = Fields::NONE;
        for field in RESOURCE_FIELDS {
            let named = Fields::named(field.name).unwrap_or(Fields::NONE);
            assert!(named != Fields::NONE && !seen.meets(named), "{}", field.name);
            seen = seen.and(named);
        }
        assert_eq!(Fields::named("colour"), None);
    }

    #[test]
    fn the_named_ones_are_fields() {
        let named = [
            ("accelerators", Fields::ACCELERATORS),
            ("before", Fields::BEFORE),
            ("dimensions", Fields::DIMENSIONS),
            ("images", Fields::IMAGES),
            ("pods", Fields::PODS),
            ("replicas", Fields::REPLICAS),
            ("tags", Fields::TAGS),
        ];
        for (name, field) in named {
            assert_eq!(Fields::named(name), Some(field), "{name}");
        }
    }
}
