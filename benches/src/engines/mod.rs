//! Engines behind one face, each with one policy, its data and its input loaded: what remains is to evaluate.

mod opa;
mod provost;
#[cfg(feature = "peers")]
mod regorus;

pub use opa::{Opa, find_opa};
pub use provost::{Provost, compile, load};
#[cfg(feature = "peers")]
pub use regorus::{Interpreter, Machine, load as load_with_regorus, prepare as prepare_with_regorus};

use crate::policies::Policy;
use anyhow::{Result, ensure};

/// An engine that is ready to answer.
pub trait Engine {
    /// The name of its column.
    fn name(&self) -> &'static str;

    /// Evaluates the policy once over the parsed input.
    fn evaluate(&mut self);

    /// Reads the input from its bytes and evaluates.
    fn decide(&mut self);

    /// What the policy says, sets as arrays in order.
    ///
    /// # Errors
    /// When the policy cannot be evaluated.
    fn answer(&mut self) -> Result<serde_json::Value>;
}

/// All engines of this build that run in the process, ours first. Each has given the same answer.
///
/// # Errors
/// When an engine does not take the policy, or answers something else than ours: a benchmark of a wrong answer is worth
/// nothing.
pub fn ready(policy: &Policy) -> Result<Vec<Box<dyn Engine>>> {
    #[cfg_attr(not(feature = "peers"), allow(unused_mut, reason = "without peers there is one engine"))]
    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Provost::new(policy)?)];
    #[cfg(feature = "peers")]
    {
        engines.push(Box::new(Machine::new(policy)?));
        engines.push(Box::new(Interpreter::new(policy)?));
    }
    let Some((ours, peers)) = engines.split_first_mut() else { return Ok(engines) };
    let expected = normal(ours.answer()?);
    for peer in peers {
        let found = normal(peer.answer()?);
        ensure!(
            found == expected,
            "`{}`: provost says {}, {} says {}",
            policy.document,
            excerpt(&expected),
            peer.name(),
            excerpt(&found)
        );
    }
    Ok(engines)
}

/// As much of an answer as a person wants to read.
fn excerpt(answer: &serde_json::Value) -> String {
    answer.to_string().chars().take(1000).collect()
}

/// An answer with its arrays in order and its numbers in one form: engines differ in both.
fn normal(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(normal).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(entries) => entries.into_iter().map(|(key, value)| (key, normal(value))).collect(),
        Value::Number(number) => number.as_f64().map_or(Value::Number(number), Value::from),
        other => other,
    }
}
