//! Conditions on the way to a location (`parameters.pathTests`).

use super::location::Location;
use crate::fields::Fields;
use crate::mistake::{Mistake, MistakeKind};

/// What must hold at a step of a location for anything to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Something stands there.
    MustExist,
    /// Nothing stands there.
    MustNotExist,
}

/// The conditions of a location, one for each of its steps at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PathTests {
    conditions: Vec<Option<Condition>>,
}

impl PathTests {
    /// Conditions that a mutator's `parameters` name.
    pub(super) fn read(parameters: &Fields<'_>, location: &Location) -> Result<Self, Mistake> {
        let mut tests = Self { conditions: vec![None; location.segments.len()] };
        for test in parameters.objects("pathTests")? {
            test.only(&["subPath", "condition"])?;
            let condition = match test.required_text("condition")? {
                "MustExist" => Condition::MustExist,
                "MustNotExist" => Condition::MustNotExist,
                other => {
                    let message = format!("`{other}` is no condition: use `MustExist` or `MustNotExist`");
                    return Err(test.wrong("condition", message));
                }
            };
            let text = test.required_text("subPath")?;
            let path =
                Location::parse(text).map_err(|error| invalid(&test, format!("`{text}` is no location: {error}")))?;
            if !path.leads_to(location) {
                return Err(invalid(&test, format!("`{text}` is not the beginning of `{location}`")));
            }
            let Some(slot) = tests.conditions.get_mut(path.segments.len().saturating_sub(1)) else { continue };
            if slot.is_some_and(|known| known != condition) {
                return Err(invalid(&test, format!("`{text}` must exist and must not exist, by two conditions")));
            }
            *slot = Some(condition);
        }
        Ok(tests)
    }

    /// The one condition that nothing stands at the location.
    pub(super) fn absent(location: &Location) -> Self {
        let mut conditions = vec![None; location.segments.len()];
        if let Some(last) = conditions.last_mut() {
            *last = Some(Condition::MustNotExist);
        }
        Self { conditions }
    }

    /// Whether something may stand at that step.
    pub(super) fn may_exist(&self, depth: usize) -> bool {
        self.at(depth) != Some(Condition::MustNotExist)
    }

    /// Whether nothing may stand at that step.
    pub(super) fn may_be_missing(&self, depth: usize) -> bool {
        self.at(depth) != Some(Condition::MustExist)
    }

    fn at(&self, depth: usize) -> Option<Condition> {
        self.conditions.get(depth).copied().flatten()
    }
}

fn invalid(test: &Fields<'_>, message: String) -> Mistake {
    Mistake::new(MistakeKind::Invalid, test.place("subPath"), message)
}
