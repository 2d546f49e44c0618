//! Nodes to text.

use super::datum::{Datum, quoted};
use super::functions;
use super::parser::{Branch, Node, Operand, OperandKind, Pipe, Template};
use crate::builtins::text::TEXT_BYTES_MAX;
use value::{Arena, Value};

/// Most nodes and commands that one template runs.
const STEPS_MAX: u32 = 5_000_000;
/// Deepest nesting of templates that call templates.
const CALLS_MAX: u32 = 100;

/// Fills `template`.
///
/// # Errors
/// Go's message, or that the template runs away.
pub(super) fn execute<'a>(arena: &'a Arena, template: &Template<'_>, data: Value<'a>) -> Result<String, String> {
    let mut executor = Executor {
        arena,
        template,
        name: "template".to_owned(),
        out: String::new(),
        variables: vec![("$".to_owned(), Datum::of(data))],
        steps_left: STEPS_MAX,
        calls: 0,
    };
    executor.list(&template.body, &Datum::of(data))?;
    Ok(executor.out)
}

/// What a list of nodes asks of the loop around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

struct Executor<'a, 't> {
    arena: &'a Arena,
    template: &'t Template<'t>,
    /// Of the template that runs now.
    name: String,
    out: String,
    variables: Vec<(String, Datum<'a>)>,
    steps_left: u32,
    calls: u32,
}

impl<'a, 't> Executor<'a, 't> {
    fn step(&mut self) -> Result<(), String> {
        self.steps_left = self.steps_left.checked_sub(1).ok_or("the template takes too long")?;
        if self.out.len() > TEXT_BYTES_MAX {
            return Err(format!("result is longer than {TEXT_BYTES_MAX} bytes"));
        }
        Ok(())
    }

    /// A message about what stands from `at` to `end`.
    fn failed(&self, at: usize, end: usize, problem: &str) -> String {
        let source = self.template.source;
        let before = source.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = at - before.rfind('\n').map_or(0, |newline| newline + 1);
        let text = source.get(at..end).unwrap_or_default();
        let shown =
            if text.chars().count() > 20 { text.chars().take(20).collect::<String>() + "..." } else { text.to_owned() };
        format!("template: template:{line}:{column}: executing {} at <{shown}>: {problem}", quoted(&self.name))
    }

    fn list(&mut self, nodes: &'t [Node], dot: &Datum<'a>) -> Result<Flow, String> {
        for node in nodes {
            let flow = self.node(node, dot)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn node(&mut self, node: &'t Node, dot: &Datum<'a>) -> Result<Flow, String> {
        self.step()?;
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Action(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.variables.is_empty() {
                    value.print(&mut self.out);
                }
            }
            Node::If(branch) => return self.branch(branch, dot, false),
            Node::With(branch) => return self.branch(branch, dot, true),
            Node::Range(branch) => return self.range(branch, dot),
            Node::Call { name, pipe, at } => self.call(name, pipe.as_ref(), *at, dot)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn branch(&mut self, branch: &'t Branch, dot: &Datum<'a>, is_with: bool) -> Result<Flow, String> {
        let outer = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        let flow = if value.is_true() {
            self.list(&branch.body, if is_with { &value } else { dot })
        } else {
            self.list(&branch.otherwise, dot)
        };
        self.variables.truncate(outer);
        flow
    }

    fn range(&mut self, branch: &'t Branch, dot: &Datum<'a>) -> Result<Flow, String> {
        let outer = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        let number = |at: usize| Datum::Integer(i64::try_from(at).unwrap_or(i64::MAX));
        let turns: Vec<(Datum<'a>, Datum<'a>)> = match &value {
            Datum::Nothing => Vec::new(),
            Datum::Rego(Value::Array(items)) => {
                items.iter().enumerate().map(|(at, item)| (number(at), Datum::of(item))).collect()
            }
            Datum::Rego(Value::Object(object)) => {
                object.iter().map(|(key, value)| (Datum::of(key), Datum::of(value))).collect()
            }
            Datum::Integer(count) => {
                let count = u32::try_from((*count).max(0)).ok().filter(|count| *count <= self.steps_left);
                let count = count.ok_or("the template takes too long")?;
                (0..i64::from(count)).map(|at| (Datum::Integer(at), Datum::Integer(at))).collect()
            }
            other => {
                let problem = format!("range can't iterate over {}", other.printed());
                let (at, end) = extent(&branch.pipe);
                return Err(self.failed(at, end, &problem));
            }
        };
        self.variables.truncate(outer);
        if turns.is_empty() {
            return self.list(&branch.otherwise, dot);
        }
        for (key, item) in turns {
            match branch.pipe.variables.as_slice() {
                [one] => self.bind(one, item.clone(), branch.pipe.assigns),
                [first, second] => {
                    self.bind(first, key, branch.pipe.assigns);
                    self.bind(second, item.clone(), branch.pipe.assigns);
                }
                _ => {}
            }
            let flow = self.list(&branch.body, &item)?;
            self.variables.truncate(outer);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn bind(&mut self, name: &str, value: Datum<'a>, assigns: bool) {
        match self.variables.iter_mut().rev().find(|(known, _)| assigns && known == name) {
            Some((_, known)) => *known = value,
            None => self.variables.push((name.to_owned(), value)),
        }
    }

    fn call(&mut self, name: &str, pipe: Option<&'t Pipe>, at: usize, dot: &Datum<'a>) -> Result<(), String> {
        let Some(body) = self.template.defined.get(name) else {
            let problem = format!("template {} not defined", quoted(name));
            return Err(self.failed(at, at, &problem));
        };
        if self.calls == CALLS_MAX {
            return Err(self.failed(at, at, "exceeded maximum template depth"));
        }
        let data = match pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Datum::Nothing,
        };
        let variables = std::mem::replace(&mut self.variables, vec![("$".to_owned(), data.clone())]);
        let caller = std::mem::replace(&mut self.name, name.to_owned());
        self.calls += 1;
        self.list(body, &data)?;
        self.calls -= 1;
        (self.variables, self.name) = (variables, caller);
        Ok(())
    }

    fn pipe(&mut self, pipe: &'t Pipe, dot: &Datum<'a>) -> Result<Datum<'a>, String> {
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?);
        }
        let value = value.unwrap_or(Datum::Nothing);
        for name in &pipe.variables {
            self.bind(name, value.clone(), pipe.assigns);
        }
        Ok(value)
    }

    /// `last` is the value of the command before in the pipe.
    fn command(
        &mut self,
        operands: &'t [Operand],
        dot: &Datum<'a>,
        last: Option<Datum<'a>>,
    ) -> Result<Datum<'a>, String> {
        self.step()?;
        let Some((first, arguments)) = operands.split_first() else { return Ok(Datum::Nothing) };
        if let OperandKind::Function(name) = &first.kind {
            return self.function(first, name, arguments, dot, last);
        }
        if !arguments.is_empty() || last.is_some() {
            let problem = match &first.kind {
                OperandKind::Fields(_, names) => {
                    format!("{} is not a method but has arguments", names.last().map_or("", String::as_str))
                }
                _ => "can't give argument to non-function".to_owned(),
            };
            return Err(self.failed(first.at, first.end, &problem));
        }
        if matches!(first.kind, OperandKind::Nil) {
            return Err(self.failed(first.at, first.end, "nil is not a command"));
        }
        self.operand(first, dot)
    }

    fn operand(&mut self, operand: &'t Operand, dot: &Datum<'a>) -> Result<Datum<'a>, String> {
        Ok(match &operand.kind {
            OperandKind::Dot => dot.clone(),
            OperandKind::Nil => Datum::Nothing,
            OperandKind::Boolean(truth) => Datum::Rego((*truth).into()),
            OperandKind::Text(text) => Datum::Text(text.clone()),
            OperandKind::Integer(integer) => Datum::Integer(*integer),
            OperandKind::Float(float) => Datum::Float(*float),
            OperandKind::Variable(name) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                known.map_or(Datum::Nothing, |(_, value)| value.clone())
            }
            OperandKind::Function(name) => return self.function(operand, name, &[], dot, None),
            OperandKind::Pipe(pipe) => self.pipe(pipe, dot)?,
            OperandKind::Fields(from, names) => {
                let mut value = self.operand(from, dot)?;
                for name in names {
                    value = match value {
                        Datum::Nothing => Datum::Nothing,
                        Datum::Rego(Value::Object(object)) => object.get_str(name).map_or(Datum::Nothing, Datum::of),
                        other => {
                            let problem = format!("can't evaluate field {name} in type {}", other.type_name());
                            return Err(self.failed(operand.at, operand.end, &problem));
                        }
                    };
                }
                value
            }
        })
    }

    fn function(
        &mut self,
        operand: &'t Operand,
        name: &str,
        arguments: &'t [Operand],
        dot: &Datum<'a>,
        last: Option<Datum<'a>>,
    ) -> Result<Datum<'a>, String> {
        let given = arguments.len() + usize::from(last.is_some());
        let (least, most) = functions::arity(name);
        if given < least || most.is_some_and(|most| given > most) {
            let want = if most == Some(least) { least.to_string() } else { format!("at least {least}") };
            let problem = format!("wrong number of args for {name}: want {want} got {given}");
            return Err(self.failed(operand.at, operand.end, &problem));
        }
        if matches!(name, "and" | "or") {
            // The first that decides is the value, and what follows is not looked at.
            let mut value = Datum::Nothing;
            for argument in arguments {
                value = self.operand(argument, dot)?;
                if value.is_true() == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let mut values = Vec::with_capacity(given);
        for argument in arguments {
            values.push(self.operand(argument, dot)?);
        }
        values.extend(last);
        functions::call(self.arena, name, &values)
            .map_err(|problem| self.failed(operand.at, operand.end, &format!("error calling {name}: {problem}")))
    }
}

fn extent(pipe: &Pipe) -> (usize, usize) {
    let mut operands = pipe.commands.iter().flatten();
    let first = operands.next();
    let last = operands.last().or(first);
    (first.map_or(0, |operand| operand.at), last.map_or(0, |operand| operand.end))
}
