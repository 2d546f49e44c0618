//! Tokens to nodes.

use super::datum::quoted;
use super::functions;
use super::lexer::{Placed, Token, tokens};
use std::collections::BTreeMap;

/// Deepest nesting of blocks and parentheses.
const DEPTH_MAX: usize = 200;

/// A template and those that it defines.
#[derive(Debug)]
pub(super) struct Template<'t> {
    pub source: &'t str,
    pub body: Vec<Node>,
    pub defined: BTreeMap<String, Vec<Node>>,
}

#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Branch),
    Range(Branch),
    With(Branch),
    Call { name: String, pipe: Option<Pipe>, at: usize },
    Break,
    Continue,
}

#[derive(Debug)]
pub(super) struct Branch {
    pub pipe: Pipe,
    pub body: Vec<Node>,
    pub otherwise: Vec<Node>,
}

/// Commands, each of which gets the value of the one before as its last argument.
#[derive(Debug)]
pub(super) struct Pipe {
    pub variables: Vec<String>,
    /// Whether the variables are there already.
    pub assigns: bool,
    pub commands: Vec<Vec<Operand>>,
}

/// An operand and where it stands.
#[derive(Debug)]
pub(super) struct Operand {
    pub kind: OperandKind,
    pub at: usize,
    pub end: usize,
}

#[derive(Debug)]
pub(super) enum OperandKind {
    Dot,
    Nil,
    Boolean(bool),
    Text(String),
    Integer(i64),
    Float(f64),
    Function(String),
    Variable(String),
    Pipe(Box<Pipe>),
    /// Fields of what stands in front.
    Fields(Box<Operand>, Vec<String>),
}

/// Reads a template.
///
/// # Errors
/// Go's message.
pub(super) fn parse(source: &str) -> Result<Template<'_>, String> {
    let failed = |at: usize, problem: &str| {
        let line = source.get(..at).unwrap_or(source).matches('\n').count() + 1;
        format!("template: template:{line}: {problem}")
    };
    let tokens = tokens(source).map_err(|(at, problem)| failed(at, &problem))?;
    let scopes = vec![vec!["$".to_owned()]];
    let mut parser = Parser { source, tokens, at: 0, depth: 0, loops: 0, scopes, defined: BTreeMap::new() };
    match parser.list(&[]) {
        Ok((body, _)) => Ok(Template { source, body, defined: parser.defined }),
        Err(problem) => Err(failed(parser.here(), &problem)),
    }
}

/// What ends a list of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    File,
    End,
    Else,
}

struct Parser<'t> {
    source: &'t str,
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
    /// How many `range` the parser is inside of.
    loops: usize,
    /// Variables that are declared, by block.
    scopes: Vec<Vec<String>>,
    defined: BTreeMap<String, Vec<Node>>,
}

impl Parser<'_> {
    fn here(&self) -> usize {
        self.tokens.get(self.at.min(self.tokens.len().saturating_sub(1))).map_or(0, |token| token.at)
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |placed| &placed.token)
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        self.at += usize::from(found);
        found
    }

    fn shown(&self) -> String {
        let placed = self.tokens.get(self.at);
        match placed.map(|placed| &placed.token) {
            None | Some(Token::End) => "EOF".to_owned(),
            Some(_) => {
                let text = placed.and_then(|placed| self.source.get(placed.at..placed.end)).unwrap_or_default();
                quoted(text).replace("\"\\\"", "\"").replace("\\\"\"", "\"")
            }
        }
    }

    fn unexpected(&self, context: &str) -> String {
        format!("unexpected {} in {context}", self.shown())
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.depth == DEPTH_MAX {
            return Err("the template nests too deeply".to_owned());
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Nodes up to one of `endings`, or to the end of the file when there are none.
    fn list(&mut self, endings: &[Ending]) -> Result<(Vec<Node>, Ending), String> {
        let mut nodes = Vec::new();
        loop {
            match self.advance() {
                Token::Text(text) => nodes.push(Node::Text(text)),
                Token::Open => {
                    let Token::Word(word) = self.peek().clone() else {
                        nodes.push(self.action()?);
                        continue;
                    };
                    match word.as_str() {
                        "end" | "else" => {
                            let ending = if word == "end" { Ending::End } else { Ending::Else };
                            if !endings.contains(&ending) {
                                return Err(format!("unexpected {{{{{word}}}}}"));
                            }
                            self.at += 1;
                            return Ok((nodes, ending));
                        }
                        "define" => self.define()?,
                        word => {
                            let node = self.deeper(|parser| parser.keyword(word))?;
                            nodes.push(node);
                        }
                    }
                }
                _ if endings.is_empty() => return Ok((nodes, Ending::File)),
                _ => return Err("unexpected EOF".to_owned()),
            }
        }
    }

    fn keyword(&mut self, word: &str) -> Result<Node, String> {
        let known = matches!(word, "if" | "range" | "with" | "template" | "block" | "break" | "continue");
        if !known {
            return self.action();
        }
        self.at += 1;
        match word {
            "if" => self.branch("if").map(Node::If),
            "range" => self.branch("range").map(Node::Range),
            "with" => self.branch("with").map(Node::With),
            "template" => self.call(),
            "block" => self.block(),
            _ if self.loops == 0 => Err(format!("{{{{{word}}}}} outside {{{{range}}}}")),
            _ => {
                self.close(word)?;
                Ok(if word == "break" { Node::Break } else { Node::Continue })
            }
        }
    }

    fn close(&mut self, context: &str) -> Result<(), String> {
        if self.take(&Token::Close) { Ok(()) } else { Err(self.unexpected(context)) }
    }

    fn action(&mut self) -> Result<Node, String> {
        let pipe = self.pipe("command", &Token::Close)?;
        Ok(Node::Action(pipe))
    }

    /// After `if`, `range` or `with`, up to its `end`.
    fn branch(&mut self, keyword: &'static str) -> Result<Branch, String> {
        self.scopes.push(Vec::new());
        let pipe = self.pipe(keyword, &Token::Close)?;
        self.loops += usize::from(keyword == "range");
        let (body, ending) = self.list(&[Ending::End, Ending::Else])?;
        self.loops -= usize::from(keyword == "range");
        let mut otherwise = Vec::new();
        if ending == Ending::Else {
            let chained = matches!(self.peek(), Token::Word(word) if keyword != "range" && word == keyword);
            if chained {
                // `else if` is an `if` of its own inside, whose `end` ends both.
                self.at += 1;
                let inner = self.deeper(|parser| parser.branch(keyword))?;
                otherwise.push(if keyword == "if" { Node::If(inner) } else { Node::With(inner) });
                self.scopes.pop();
                return Ok(Branch { pipe, body, otherwise });
            }
            self.close("else")?;
            otherwise = self.list(&[Ending::End])?.0;
        }
        self.close("end")?;
        self.scopes.pop();
        Ok(Branch { pipe, body, otherwise })
    }

    fn name(&mut self, context: &str) -> Result<String, String> {
        match self.peek().clone() {
            Token::Quoted(name) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected(context)),
        }
    }

    fn call(&mut self) -> Result<Node, String> {
        let at = self.here();
        let name = self.name("template clause")?;
        let pipe = if self.take(&Token::Close) { None } else { Some(self.pipe("template clause", &Token::Close)?) };
        Ok(Node::Call { name, pipe, at })
    }

    fn define(&mut self) -> Result<(), String> {
        self.at += 1;
        let name = self.name("define clause")?;
        self.close("define clause")?;
        let body = self.separate_body()?;
        self.defined.insert(name, body);
        Ok(())
    }

    fn block(&mut self) -> Result<Node, String> {
        let at = self.here();
        let name = self.name("block clause")?;
        let pipe = self.pipe("block clause", &Token::Close)?;
        let body = self.separate_body()?;
        self.defined.insert(name.clone(), body);
        Ok(Node::Call { name, pipe: Some(pipe), at })
    }

    /// A body that sees none of the variables around it.
    fn separate_body(&mut self) -> Result<Vec<Node>, String> {
        let scopes = std::mem::replace(&mut self.scopes, vec![vec!["$".to_owned()]]);
        let loops = std::mem::take(&mut self.loops);
        let (body, _) = self.deeper(|parser| parser.list(&[Ending::End]))?;
        self.close("end")?;
        (self.scopes, self.loops) = (scopes, loops);
        Ok(body)
    }

    fn declare(&mut self, name: &str) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(name.to_owned());
        }
    }

    fn pipe(&mut self, context: &str, close: &Token) -> Result<Pipe, String> {
        let (variables, assigns) = self.variables(context)?;
        let mut commands = Vec::new();
        loop {
            if self.take(close) {
                break;
            }
            if !commands.is_empty() && !self.take(&Token::Bar) {
                return Err(self.unexpected("operand"));
            }
            commands.push(self.command(context, close)?);
        }
        if commands.is_empty() {
            return Err(format!("missing value for {context}"));
        }
        for command in commands.iter().skip(1) {
            let constant = command.first().filter(|operand| {
                !matches!(
                    operand.kind,
                    OperandKind::Function(_)
                        | OperandKind::Fields(..)
                        | OperandKind::Variable(_)
                        | OperandKind::Pipe(_)
                )
            });
            if let Some(constant) = constant {
                let text = self.source.get(constant.at..constant.end).unwrap_or_default();
                return Err(format!("non executable command in pipeline stage 2: {text}"));
            }
        }
        if !assigns {
            for variable in &variables {
                self.declare(variable);
            }
        }
        Ok(Pipe { variables, assigns, commands })
    }

    /// `$x :=`, `$x =`, and in `range` also `$i, $x :=`.
    fn variables(&mut self, context: &str) -> Result<(Vec<String>, bool), String> {
        let start = self.at;
        let Token::Variable(first) = self.peek().clone() else { return Ok((Vec::new(), false)) };
        self.at += 1;
        let mut variables = vec![first];
        if self.take(&Token::Comma) {
            if context != "range" {
                return Err(format!("too many declarations in {context}"));
            }
            let Token::Variable(second) = self.peek().clone() else {
                return Err("range can only initialize variables".to_owned());
            };
            self.at += 1;
            variables.push(second);
        }
        match self.peek() {
            Token::Declare => {
                self.at += 1;
                Ok((variables, false))
            }
            Token::Assign => {
                self.at += 1;
                for variable in &variables {
                    self.check_variable(variable)?;
                }
                Ok((variables, true))
            }
            _ => {
                self.at = start;
                Ok((Vec::new(), false))
            }
        }
    }

    fn check_variable(&self, name: &str) -> Result<(), String> {
        let known = self.scopes.iter().flatten().any(|known| known == name);
        if known { Ok(()) } else { Err(format!("undefined variable {}", quoted(name))) }
    }

    fn command(&mut self, context: &str, close: &Token) -> Result<Vec<Operand>, String> {
        let mut operands = Vec::new();
        loop {
            if self.peek() == close || *self.peek() == Token::Bar {
                break;
            }
            if !operands.is_empty() && self.tokens.get(self.at).is_some_and(|placed| !placed.space_before) {
                return Err(self.unexpected("operand"));
            }
            let operand = self.deeper(|parser| parser.operand(context))?;
            operands.push(operand);
        }
        if operands.is_empty() { Err("empty command".to_owned()) } else { Ok(operands) }
    }

    fn operand(&mut self, context: &str) -> Result<Operand, String> {
        let at = self.here();
        let kind = match self.peek().clone() {
            Token::Dot => OperandKind::Dot,
            Token::Quoted(text) => OperandKind::Text(text),
            Token::Integer(integer) => OperandKind::Integer(integer),
            Token::Float(float) => OperandKind::Float(float),
            Token::Variable(name) => {
                self.check_variable(&name)?;
                OperandKind::Variable(name)
            }
            Token::Field(name) => {
                let dot = Operand { kind: OperandKind::Dot, at, end: at };
                OperandKind::Fields(Box::new(dot), vec![name])
            }
            Token::Word(word) => match word.as_str() {
                "true" => OperandKind::Boolean(true),
                "false" => OperandKind::Boolean(false),
                "nil" => OperandKind::Nil,
                name if functions::is_known(name) => OperandKind::Function(word),
                _ => return Err(format!("function {} not defined", quoted(&word))),
            },
            Token::LeftParenthesis => {
                self.at += 1;
                let pipe = self.pipe("parenthesized pipeline", &Token::RightParenthesis)?;
                self.at -= 1;
                OperandKind::Pipe(Box::new(pipe))
            }
            Token::End => return Err("unclosed action".to_owned()),
            _ => return Err(self.unexpected(context)),
        };
        self.at += 1;
        let end = |parser: &Self| parser.tokens.get(parser.at - 1).map_or(at, |placed| placed.end);
        let mut operand = Operand { kind, at, end: end(self) };
        let mut fields = Vec::new();
        while let Some(Placed { token: Token::Field(name), space_before: false, .. }) = self.tokens.get(self.at) {
            fields.push(name.clone());
            self.at += 1;
        }
        if fields.is_empty() {
            return Ok(operand);
        }
        if matches!(operand.kind, OperandKind::Boolean(_) | OperandKind::Text(_) | OperandKind::Nil | OperandKind::Dot)
        {
            let text = self.source.get(operand.at..operand.end).unwrap_or_default();
            return Err(format!("unexpected . after term {}", quoted(text)));
        }
        operand = match operand {
            Operand { kind: OperandKind::Fields(from, mut first), at, .. } => {
                first.append(&mut fields);
                Operand { kind: OperandKind::Fields(from, first), at, end: end(self) }
            }
            other => Operand { at: other.at, end: end(self), kind: OperandKind::Fields(Box::new(other), fields) },
        };
        Ok(operand)
    }
}
