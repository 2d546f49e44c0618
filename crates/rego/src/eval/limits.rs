//! Bounds of one evaluation, and where they are held.

use super::error::EvalErrorKind;
use super::{Answer, EvalError, Machine, Solution};
use crate::plan::PlaceId;
use value::{Value, json};

/// Bounds of one evaluation. Reaching one is [`EvalErrorKind::Limit`], which names it, its value and the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations and terms evaluated.
    pub steps_max: u64,
    /// Bytes of the evaluation's arena.
    pub memory_bytes_max: u64,
    /// Rules and functions that wait for one another.
    pub depth_max: u32,
    /// Bytes of the answer as JSON. Values share their parts, so that little memory can hold an answer that is very long.
    pub output_bytes_max: u64,
    /// Milliseconds, where the host has a clock for them ([`host::Host::elapsed_ns`]).
    pub time_ms_max: u64,
}

impl Limits {
    /// What holds unless somebody says otherwise: more than any policy needs that people wait for.
    pub const DEFAULT: Self = Self {
        steps_max: 1_000_000_000,
        memory_bytes_max: 4 << 30,
        depth_max: 10_000,
        output_bytes_max: 1 << 30,
        time_ms_max: 60_000,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Steps between two looks at the clock and at the arena's size.
const STEPS_BETWEEN_CHECKS: u64 = 4096;

/// Values collected between two looks at the memory they take.
pub(super) const COLLECTED_BETWEEN_CHECKS: usize = 1024;

const NANOSECONDS_PER_MILLISECOND: u64 = 1_000_000;

impl<'a> Machine<'a, '_> {
    /// Counts a step against the limits.
    #[inline]
    pub(super) fn step(&mut self, place: PlaceId) -> Result<(), EvalError> {
        self.place = place;
        match self.steps_left.checked_sub(1) {
            Some(left) if left % STEPS_BETWEEN_CHECKS != 0 => {
                self.steps_left = left;
                Ok(())
            }
            left => self.check(left),
        }
    }

    #[cold]
    fn check(&mut self, left: Option<u64>) -> Result<(), EvalError> {
        let Some(left) = left else { return Err(self.reached("steps", self.limits.steps_max)) };
        self.steps_left = left;
        self.check_time()?;
        self.check_memory(0)
    }

    /// Looks at the clock.
    pub(super) fn check_time(&mut self) -> Result<(), EvalError> {
        if self.host.is_late() {
            return Err(self.error(EvalErrorKind::Late, Some(self.place)));
        }
        if let Some(now) = self.host.elapsed_ns() {
            // The first look comes so soon that what went before it does not count.
            let allowed = self.limits.time_ms_max.saturating_mul(NANOSECONDS_PER_MILLISECOND);
            if now > *self.deadline_ns.get_or_insert(now.saturating_add(allowed)) {
                return Err(self.reached("time in milliseconds", self.limits.time_ms_max));
            }
        }
        Ok(())
    }

    /// Puts a value on the stack.
    #[inline]
    pub(super) fn push(&mut self, value: Value<'a>) -> Result<(), EvalError> {
        self.stack.push(value);
        if self.stack.len().is_multiple_of(COLLECTED_BETWEEN_CHECKS) {
            return self.check_memory(0);
        }
        Ok(())
    }

    /// Counts the arena, the stack, and values that are collected beside them, against the limits.
    pub(super) fn check_memory(&self, values_beside: usize) -> Result<(), EvalError> {
        let bytes_beside = values_beside.saturating_add(self.stack.len()).saturating_mul(size_of::<Value<'_>>());
        if self.arena.allocated_bytes().saturating_add(bytes_beside) as u64 > self.limits.memory_bytes_max {
            return Err(self.reached("memory in bytes", self.limits.memory_bytes_max));
        }
        Ok(())
    }

    /// The error of a limit that was reached at the current operation.
    pub(super) fn reached(&self, limit: &'static str, value: u64) -> EvalError {
        let rule = self.rule.map(|group| format!("data.{}", group.path.join(".")));
        self.error(EvalErrorKind::Limit { limit, value, rule }, Some(self.place))
    }

    /// The answer, if it is short enough to be handed out.
    pub(super) fn short_enough(&self, answer: Answer<'a>) -> Result<Answer<'a>, EvalError> {
        let possible = answer.possible.into_iter().flat_map(|members| members.iter());
        self.check_output(answer.value.into_iter().chain(possible))?;
        Ok(answer)
    }

    /// The solutions, if they are short enough to be handed out.
    pub(super) fn all_short_enough(&self, solutions: Vec<Solution<'a>>) -> Result<Vec<Solution<'a>>, EvalError> {
        self.check_output(solutions.iter().flat_map(|solution| solution.bindings.iter().map(|(_, value)| *value)))?;
        Ok(solutions)
    }

    fn check_output(&self, values: impl Iterator<Item = Value<'a>>) -> Result<(), EvalError> {
        let mut left = self.limits.output_bytes_max;
        for value in values {
            match left.checked_sub(json::length_at_least(value, left)) {
                Some(less) => left = less,
                None => return Err(self.reached("output in bytes", self.limits.output_bytes_max)),
            }
        }
        Ok(())
    }
}
