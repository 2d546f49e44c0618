//! What an observer is told. Nothing here runs when there is none.

use super::{EvalError, Machine, Outcome, Then};
use crate::builtins::shown;
use crate::observe::Observer;
use crate::plan::{Body, Branch, Group, Operation, Pattern, PlaceId, Term};
use value::Value;

/// Whether an operation only prepares or ends what others do: it is written at the place of another.
fn is_silent(operation: &Operation) -> bool {
    matches!(operation, Operation::EnterWith(_) | Operation::LeaveWith)
}

/// Whether what follows an operation in its body runs inside it, once for each way in which it holds.
fn holds_several_times(operation: &Operation) -> bool {
    matches!(operation, Operation::Walk { .. } | Operation::Iterate { .. } | Operation::Relation { .. })
}

/// Tells that the operation `number` of a body is reached.
#[cold]
pub(super) fn reached(observer: &mut Observer, body: &Body, number: usize) {
    let (Some(operation), Some(&place)) = (body.operations.get(number), body.places.get(number)) else { return };
    if is_silent(operation) {
        observer.passed(place);
        return;
    }
    let before = number.checked_sub(1).and_then(|before| body.operations.get(before).zip(body.places.get(before)));
    let first = before.is_none_or(|(operation, before)| *before != place || is_silent(operation));
    observer.operation(place, number, first, holds_several_times(operation));
}

impl<'a, 'm> Machine<'a, 'm> {
    /// Runs a body from its start, or its rest inside an operation that held.
    #[cold]
    pub(super) fn run_observed(&mut self, body: &'a Body, from: usize, then: Then<'_, 'a, 'm>) -> Outcome {
        let Some(before) = from.checked_sub(1) else {
            self.tell(Observer::body_entered);
            let outcome = self.run_on(body, from, then);
            self.tell(Observer::body_left);
            return outcome;
        };
        if let (Some(operation), Some(&place)) = (body.operations.get(before), body.places.get(before))
            && holds_several_times(operation)
        {
            self.tell(|observer| observer.held_again(place, before));
        }
        self.run_on(body, from, then)
    }

    /// Runs the body of a rule or of an `else`; `then` finds its value.
    pub(super) fn run_branch(&mut self, branch: &'a Branch, then: Then<'_, 'a, 'm>) -> Outcome {
        if self.observer.is_none() {
            return self.run_on(&branch.body, 0, then);
        }
        self.run_observed(&branch.body, 0, &mut |machine| {
            machine.tell(|observer| observer.head(branch.place));
            then(machine)
        })
    }

    fn tell(&mut self, tell: impl FnOnce(&mut Observer)) {
        if let Some(observer) = &mut self.observer {
            tell(observer);
        }
    }

    /// Evaluates the rules of a group.
    #[cold]
    pub(super) fn observed<T>(
        &mut self,
        group: &'a Group,
        evaluate: impl FnOnce(&mut Self) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        self.tell(|observer| observer.entered(&group.path));
        let result = evaluate(self);
        self.tell(Observer::left);
        result
    }

    /// Notes that a rule gave a value.
    pub(super) fn note_value(&mut self, place: PlaceId, value: Value<'a>) {
        if let Some(observer) = &mut self.observer {
            observer.gave(place, || shown(value));
        }
    }

    /// Tells the observer which operation did not hold, and the values on its sides.
    #[cold]
    pub(super) fn note_failure(&mut self, operation: &'a Operation, place: PlaceId, number: usize) {
        const OUTERMOST: u32 = 1;
        let outermost = self.depth == OUTERMOST;
        // Showing the sides means evaluating them again, which is not to be observed.
        let Some(observer) = self.observer.take() else { return };
        let sides = if outermost || observer.is_tracing() { self.sides(operation) } else { Vec::new() };
        observer.did_not_hold(place, number, &sides);
        if outermost {
            observer.failed(place, sides);
        }
        self.observer = Some(observer);
    }

    /// The values on the sides of an operation.
    fn sides(&mut self, operation: &'a Operation) -> Vec<String> {
        let sides: Vec<&'a Term> = match operation {
            Operation::Test(Term::Compare { operands, .. }) => vec![&operands.0, &operands.1],
            Operation::Match { pattern: Pattern::Equal(left), term } => vec![left, term],
            Operation::Test(term) | Operation::Match { term, .. } | Operation::Bind { term, .. } => vec![term],
            Operation::Iterate { collection, .. } | Operation::Every { collection, .. } => vec![collection],
            _ => Vec::new(),
        };
        let mut values = Vec::new();
        for side in sides {
            if matches!(side, Term::Constant(_)) {
                continue;
            }
            // What cannot be evaluated again has nothing to show.
            let value = match self.term(side) {
                Ok(Some(value)) => shown(value),
                _ => "undefined".to_owned(),
            };
            values.push(value);
        }
        values
    }
}
