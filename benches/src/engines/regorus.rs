//! The peer in Rust: its interpreter, and its virtual machine (RVM).

use super::Engine;
use crate::policies::Policy;
use anyhow::Result;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::{CompiledPolicy, Value};
use std::hint::black_box;

/// Its interpreter with a policy.
pub struct Interpreter {
    engine: regorus::Engine,
    document: String,
    input: Value,
    input_json: String,
}

/// Its virtual machine with a policy.
pub struct Machine {
    machine: RegoVM,
    input: Value,
    input_json: String,
}

/// A document of its own kind.
///
/// # Errors
/// When it is not JSON.
pub fn load(json: &[u8]) -> Result<Value> {
    Value::from_json_str(std::str::from_utf8(json)?)
}

/// Modules, by name and text, parsed and prepared to be evaluated.
///
/// That is what its interpreter needs; its machine needs more, and takes no more than some three thousand rules.
///
/// # Errors
/// The first mistake in them.
pub fn prepare(modules: &[(String, String)], document: &str) -> Result<CompiledPolicy> {
    compiled(&mut engine(modules)?, document)
}

fn engine(modules: &[(String, String)]) -> Result<regorus::Engine> {
    let mut engine = regorus::Engine::new();
    for (name, text) in modules {
        engine.add_policy(name.clone(), text.clone())?;
    }
    Ok(engine)
}

fn compiled(engine: &mut regorus::Engine, document: &str) -> Result<CompiledPolicy> {
    engine.compile_with_entrypoint(&document.into())
}

fn to_json(value: &Value) -> Result<serde_json::Value> {
    Ok(serde_json::from_str(&value.to_json_str()?)?)
}

fn text(json: &[u8]) -> Result<String> {
    Ok(std::str::from_utf8(json)?.to_owned())
}

impl Interpreter {
    /// Compiles the policy and reads its documents.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(policy: &Policy) -> Result<Self> {
        let mut engine = engine(&policy.modules)?;
        engine.add_data(load(&policy.data)?)?;
        Ok(Self {
            engine,
            document: policy.document.clone(),
            input: load(&policy.input)?,
            input_json: text(&policy.input)?,
        })
    }

    fn run(&mut self, input: Value) -> Result<Value> {
        self.engine.set_input(input);
        self.engine.eval_rule(self.document.clone())
    }
}

impl Engine for Interpreter {
    fn name(&self) -> &'static str {
        "regorus, interpreter"
    }

    fn evaluate(&mut self) {
        black_box(self.run(self.input.clone()).is_ok());
    }

    fn decide(&mut self) {
        black_box(Value::from_json_str(&self.input_json).and_then(|input| self.run(input)).is_ok());
    }

    fn answer(&mut self) -> Result<serde_json::Value> {
        to_json(&self.run(self.input.clone())?)
    }
}

impl Machine {
    /// Compiles the policy and reads its documents.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(policy: &Policy) -> Result<Self> {
        let compiled = prepare(&policy.modules, &policy.document)?;
        let mut machine = RegoVM::new();
        machine.load_program(Compiler::compile_from_policy(&compiled, &[policy.document.as_str()])?);
        machine.set_data(load(&policy.data)?)?;
        // Its default stops most of these policies.
        machine.set_max_instructions(usize::MAX);
        Ok(Self { machine, input: load(&policy.input)?, input_json: text(&policy.input)? })
    }

    fn run(&mut self, input: Value) -> Result<Value> {
        self.machine.set_input(input);
        Ok(self.machine.execute()?)
    }
}

impl Engine for Machine {
    fn name(&self) -> &'static str {
        "regorus, machine"
    }

    fn evaluate(&mut self) {
        black_box(self.run(self.input.clone()).is_ok());
    }

    fn decide(&mut self) {
        black_box(Value::from_json_str(&self.input_json).and_then(|input| self.run(input)).is_ok());
    }

    fn answer(&mut self) -> Result<serde_json::Value> {
        to_json(&self.run(self.input.clone())?)
    }
}
