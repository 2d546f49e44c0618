//! What is wrong with a document, in the words of OPA's validator: policies compare them.

/// A place in the document: names and indices, the innermost first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'p> {
    pub name: &'p str,
    pub outer: Option<&'p Place<'p>>,
}

/// The whole document.
pub(super) const ROOT: Place<'static> = Place { name: "(root)", outer: None };

impl<'p> Place<'p> {
    pub fn inside(&'p self, name: &'p str) -> Self {
        Self { name, outer: Some(self) }
    }

    /// Dotted, without the root unless that is all.
    fn field(&self) -> String {
        let mut names = Vec::new();
        let mut at = Some(self);
        while let Some(place) = at {
            names.push(place.name);
            at = place.outer;
        }
        if names.len() > 1 {
            names.pop();
        }
        names.reverse();
        names.join(".")
    }
}

/// One mistake.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    pub field: String,
    pub kind: &'static str,
    pub description: String,
}

/// What a validation found, and how far the document got: of several schemas none of which fits, the one with the highest score
/// is most likely the one that was meant.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub mistakes: Vec<Mistake>,
    pub score: i64,
}

impl Outcome {
    pub const fn is_valid(&self) -> bool {
        self.mistakes.is_empty()
    }

    pub fn add(&mut self, place: &Place<'_>, kind: &'static str, describe: impl FnOnce(&str) -> String) {
        let field = place.field();
        let description = describe(&field);
        self.mistakes.push(Mistake { field, kind, description });
        // With the point that every part gets at its end, one less than before.
        self.score -= 2;
    }

    pub fn merge(&mut self, other: Self) {
        self.mistakes.extend(other.mistakes);
        self.score += other.score;
    }
}
