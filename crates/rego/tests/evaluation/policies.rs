//! Random small policies over a small input, written as text: what the laws are tried on.
//!
//! Policies come from a list of bytes, so that a failing case shrinks: fewer and smaller bytes mean a simpler policy.

use std::fmt::Write;

/// Turns bytes into choices; when they are used up, the first choice is taken.
pub struct Chooser<'b> {
    bytes: &'b [u8],
}

impl<'b> Chooser<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    pub fn below(&mut self, count: usize) -> usize {
        match self.bytes.split_first() {
            Some((&first, rest)) => {
                self.bytes = rest;
                usize::from(first) % count
            }
            None => 0,
        }
    }

    pub fn one_of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Complete,
    Boolean,
    Set,
    Object,
    Function,
    /// A set whose rules compare one subject, which an index may select them by.
    Indexed,
}

/// How bodies are written.
#[derive(Clone, Copy, PartialEq)]
pub enum Style {
    /// `:=` and `some ... in`.
    Assigned,
    /// Declared first and unified, so that the literals of a body can come in any order.
    Unified,
}

/// A policy in parts, so that the literals of bodies can be shuffled.
pub struct Policy {
    /// Each rule: what stands before its body, its declarations, the literals, what comes after.
    pub rules: Vec<Rule>,
    /// Names of rules that are documents.
    pub documents: Vec<String>,
}

pub struct Rule {
    pub head: String,
    pub declared: Vec<String>,
    pub literals: Vec<String>,
    pub tail: String,
}

impl Policy {
    pub fn text(&self) -> String {
        let mut text = "package t\n".to_owned();
        for rule in &self.rules {
            let _ = write!(text, "\n{}", rule.head);
            if !rule.literals.is_empty() {
                let _ = writeln!(text, " if {{");
                if !rule.declared.is_empty() {
                    let _ = writeln!(text, "\tsome {}", rule.declared.join(", "));
                }
                for literal in &rule.literals {
                    let _ = writeln!(text, "\t{literal}");
                }
                let _ = write!(text, "}}");
            }
            let _ = writeln!(text, "{}", rule.tail);
        }
        text
    }
}

struct Author<'c, 'b> {
    chooser: &'c mut Chooser<'b>,
    style: Style,
    /// Rules that may be mentioned.
    known: Vec<(String, Kind)>,
    variables: Vec<String>,
    declared: Vec<String>,
    fresh: usize,
}

pub fn policy(chooser: &mut Chooser<'_>, style: Style) -> Policy {
    let count = 1 + chooser.below(4);
    let mut author =
        Author { chooser, style, known: Vec::new(), variables: Vec::new(), declared: Vec::new(), fresh: 0 };
    let mut rules = Vec::new();
    for index in 0..count {
        author.group(index, &mut rules);
    }
    let documents =
        author.known.iter().filter(|(_, kind)| *kind != Kind::Function).map(|(name, _)| name.clone()).collect();
    Policy { rules, documents }
}

impl Author<'_, '_> {
    fn group(&mut self, index: usize, rules: &mut Vec<Rule>) {
        let kinds = [Kind::Boolean, Kind::Set, Kind::Complete, Kind::Function, Kind::Object, Kind::Indexed];
        let kind = kinds[self.chooser.below(kinds.len())];
        let name = format!("r{index}");
        if kind == Kind::Indexed {
            self.indexed(&name, rules);
            self.known.push((name, Kind::Set));
            return;
        }
        if matches!(kind, Kind::Complete | Kind::Boolean | Kind::Function) && self.chooser.below(3) == 1 {
            let head = if kind == Kind::Function { format!("{name}(_)") } else { name.clone() };
            let value = self.chooser.one_of(&["false", "1", "\"a\"", "true"]);
            let head = format!("default {head} := {value}");
            rules.push(Rule { head, declared: Vec::new(), literals: Vec::new(), tail: String::new() });
        }
        for _ in 0..=self.chooser.below(2) {
            self.variables.clear();
            self.declared.clear();
            let mut parameter = String::new();
            if kind == Kind::Function {
                parameter = self.chooser.one_of(&["a", "[a, _]", "1", "{\"a\": a}"]).to_owned();
                if parameter.contains('a') {
                    self.variables.push("a".to_owned());
                }
            }
            let literals = self.literals(2);
            let declared = std::mem::take(&mut self.declared);
            let head = match kind {
                Kind::Boolean => name.clone(),
                Kind::Complete => format!("{name} := {}", self.term(1)),
                Kind::Set | Kind::Indexed => format!("{name} contains {}", self.term(1)),
                Kind::Object => format!("{name}[{}] := {}", self.term(0), self.term(1)),
                Kind::Function => format!("{name}({parameter}) := {}", self.term(1)),
            };
            let mut tail = String::new();
            if matches!(kind, Kind::Complete | Kind::Boolean | Kind::Function) && self.chooser.below(4) == 1 {
                self.variables.retain(|variable| variable == "a");
                let value = self.term(1);
                let style = std::mem::replace(&mut self.style, Style::Assigned);
                let body = self.literals(1).join("; ");
                self.style = style;
                tail = format!(" else := {value} if {{ {body} }}");
            }
            rules.push(Rule { head, declared, literals, tail });
        }
        self.known.push((name, kind));
    }

    fn indexed(&mut self, name: &str, rules: &mut Vec<Rule>) {
        let subject = self.chooser.one_of(&["input.u", "input.v", "input.u.a", "input.xs[0]"]);
        for member in 0..6 {
            self.variables.clear();
            self.declared.clear();
            let constant = self.chooser.one_of(&["1", "\"a\"", "2", "false", "[1]"]);
            let test = match self.chooser.below(4) {
                0 => format!("{subject} == {constant}"),
                1 => format!("{constant} = {subject}"),
                2 => format!("{subject} in {{{constant}, \"b\"}}"),
                _ => self.literal(1),
            };
            let mut literals = self.literals(1);
            literals.insert(self.chooser.below(2).min(literals.len()), test);
            let declared = std::mem::take(&mut self.declared);
            rules.push(Rule { head: format!("{name} contains {member}"), declared, literals, tail: String::new() });
        }
    }

    /// At least one literal; the variables that they bind stay in scope.
    fn literals(&mut self, depth: usize) -> Vec<String> {
        (0..=self.chooser.below(3)).map(|_| self.literal(depth)).collect()
    }

    /// A body inside a term or literal: what it binds is its own.
    fn inner(&mut self, depth: usize, then: impl FnOnce(&mut Self) -> String) -> String {
        let before = self.variables.clone();
        let style = std::mem::replace(&mut self.style, Style::Assigned);
        let body = self.literals(depth).join("; ");
        let term = then(self);
        self.style = style;
        self.variables = before;
        if term.is_empty() { body } else { format!("{term} | {body}") }
    }

    fn bind(&mut self) -> String {
        let name = format!("x{}", self.fresh);
        self.fresh += 1;
        name
    }

    fn assign(&mut self, pattern: &str, names: &[String], term: &str) -> String {
        self.variables.extend(names.iter().cloned());
        if self.style == Style::Unified {
            self.declared.extend(names.iter().cloned());
            return format!("{pattern} = {term}");
        }
        format!("{pattern} := {term}")
    }

    fn literal(&mut self, depth: usize) -> String {
        match self.chooser.below(14) {
            0 => self.term(depth),
            1 => self.comparison(depth),
            2 => format!("not {}", self.term(depth)),
            3 => format!("not {}", self.comparison(depth)),
            4 => {
                let term = self.term(depth);
                let name = self.bind();
                self.assign(&name.clone(), &[name], &term)
            }
            5 | 6 => {
                let collection = self.collection(depth);
                let name = self.bind();
                if self.style == Style::Unified {
                    let document = self.bind();
                    let both = [document.clone(), name.clone()];
                    self.declared.extend(both.iter().cloned());
                    self.variables.extend(both);
                    return format!("{document} = {collection}\n\t{name} = {document}[_]");
                }
                self.variables.push(name.clone());
                format!("some {name} in {collection}")
            }
            7 => {
                let collection = self.collection(depth);
                let (key, name) = (self.bind(), self.bind());
                if self.style == Style::Unified {
                    return format!("{} in {collection}", self.term(0));
                }
                self.variables.extend([key.clone(), name.clone()]);
                format!("some {key}, {name} in {collection}")
            }
            8 => {
                let collection = self.collection(depth);
                let name = self.bind();
                let before = self.variables.clone();
                self.variables.push(name.clone());
                let body = self.inner(depth.saturating_sub(1), |_| String::new());
                self.variables = before;
                // What `every` declares must be used.
                let used = body.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
                let name = if used { &name } else { "_" };
                format!("every {name} in {collection} {{ {body} }}")
            }
            9 => {
                let term = self.term(depth);
                let names = [self.bind(), self.bind()];
                self.assign(&format!("[{}, {}]", names[0], names[1]), &names, &term)
            }
            10 => {
                let term = self.term(depth);
                let name = self.bind();
                self.assign(&format!("{{\"a\": {name}}}"), &[name], &term)
            }
            11 => {
                let (term, collection) = (self.term(0), self.collection(depth));
                format!("{term} in {collection}")
            }
            12 => {
                let (term, value) = (self.term(depth), self.term(0));
                let target = self.chooser.one_of(&["input.u", "input.v", "input", "input.u.a", "data.d"]);
                format!("{term} with {target} as {value}")
            }
            _ => {
                let value = self.term(0);
                format!("not {} with input.u as {value}", self.term(depth))
            }
        }
    }

    fn comparison(&mut self, depth: usize) -> String {
        let operator = self.chooser.one_of(&["==", "!=", "<", ">=", "="]);
        format!("{} {operator} {}", self.term(depth), self.term(depth))
    }

    fn collection(&mut self, depth: usize) -> String {
        if self.chooser.below(3) == 0 {
            return self.chooser.one_of(&["input.u", "input.v", "input.xs", "input.set", "input", "data.d"]).to_owned();
        }
        self.term(depth)
    }

    fn constant(&mut self) -> String {
        self.chooser
            .one_of(&["1", "\"a\"", "true", "false", "2", "[1]", "{}", "null", "{1, 2}", "{\"a\": 1}"])
            .to_owned()
    }

    fn term(&mut self, depth: usize) -> String {
        let choices = if depth == 0 { 8 } else { 24 };
        let less = depth.saturating_sub(1);
        match self.chooser.below(choices) {
            0 | 1 => self
                .chooser
                .one_of(&["input.u", "input.v", "input.u.a", "input.xs[0]", "input.xs", "input.set", "input.u[0]"])
                .to_owned(),
            2 => self.constant(),
            3 | 4 => match self.variables.len() {
                0 => "input.v".to_owned(),
                count => {
                    let index = self.chooser.below(count);
                    self.variables[index].clone()
                }
            },
            5 | 6 => self.mention(less),
            7 => self.chooser.one_of(&["data.d", "data.d.a", "input.missing", "input"]).to_owned(),
            8 => format!("[{}, {}]", self.term(less), self.term(less)),
            9 => format!("{{\"a\": {}}}", self.term(less)),
            10 => format!("{{{}, {}}}", self.term(less), self.term(less)),
            11 => format!("{{{}: {}}}", self.term(0), self.term(less)),
            12 => format!("[{}]", self.inner(less, |author| author.term(0))),
            13 => format!("{{{}}}", self.inner(less, |author| author.term(0))),
            14 => format!("{{{}}}", self.inner(less, |author| format!("{}: {}", author.term(0), author.term(0)))),
            15 => format!("count({})", self.term(less)),
            16 => format!("object.get({}, \"a\", {})", self.term(less), self.term(0)),
            17 => format!("({} == {})", self.term(less), self.term(less)),
            18 => format!("({} + 1)", self.term(less)),
            19 => format!("sprintf(\"%v\", [{}])", self.term(less)),
            20 => {
                let inner = self.term(0);
                if inner.contains('{') || inner.contains('"') { inner } else { format!("$\"<{{{inner}}}>\"") }
            }
            21 => format!("({} in {})", self.term(0), self.collection(less)),
            22 => format!("{}[{}]", self.chooser.one_of(&["input.xs", "input.u", "input.set", "input"]), self.term(0)),
            _ => {
                let name =
                    self.chooser.one_of(&["is_string", "type_name", "sum", "max", "json.marshal", "array.reverse"]);
                format!("{name}({})", self.term(less))
            }
        }
    }

    /// A rule that was written before.
    fn mention(&mut self, depth: usize) -> String {
        if self.known.is_empty() {
            return "input.u".to_owned();
        }
        let index = self.chooser.below(self.known.len());
        let (name, kind) = self.known[index].clone();
        match kind {
            Kind::Function => format!("{name}({})", self.term(depth)),
            Kind::Set | Kind::Object | Kind::Indexed => match self.chooser.below(3) {
                0 => name,
                1 => format!("{name}[{}]", self.term(0)),
                _ => "data.t".to_owned() + "." + &name,
            },
            Kind::Complete | Kind::Boolean => name,
        }
    }
}

/// Groups of rules that compare a handful of subjects with a handful of constants, so that each may have an index: sets, booleans
/// with and without `else`, functions that are called with what the input holds.
pub fn indexed_groups(chooser: &mut Chooser<'_>) -> Policy {
    let mut groups = IndexedGroups { chooser, subject: SUBJECTS[0], rules: Vec::new() };
    let mut documents = Vec::new();
    for index in 0..=groups.chooser.below(3) {
        groups.subject = groups.chooser.one_of(&SUBJECTS);
        match groups.chooser.below(4) {
            0 => groups.set(&format!("s{index}")),
            1 => groups.boolean(&format!("s{index}")),
            2 => groups.object(&format!("s{index}")),
            _ => groups.function(&format!("s{index}")),
        }
        documents.push(format!("s{index}"));
    }
    Policy { rules: groups.rules, documents }
}

const SUBJECTS: [&str; 5] = ["input.u", "input.v", "input.n.a", "input.xs[0]", "input.w"];

/// Most of them are what an index looks up.
const CONSTANTS: [&str; 10] = ["\"a\"", "1", "\"b\"", "2", "\"1\"", "\"a\"", "1", "1.0", "null", "[\"a\"]"];

struct IndexedGroups<'c, 'b> {
    chooser: &'c mut Chooser<'b>,
    /// What most rules of the group compare.
    subject: &'static str,
    rules: Vec<Rule>,
}

impl IndexedGroups<'_, '_> {
    fn rule(&mut self, head: String, literals: Vec<String>, tail: String) {
        self.rules.push(Rule { head, declared: Vec::new(), literals, tail });
    }

    fn count(&mut self) -> usize {
        5 + self.chooser.below(5)
    }

    fn constant(&mut self) -> &'static str {
        CONSTANTS[self.chooser.below(CONSTANTS.len())]
    }

    fn subject(&mut self) -> &'static str {
        if self.chooser.below(6) == 5 { self.chooser.one_of(&SUBJECTS) } else { self.subject }
    }

    fn test(&mut self) -> String {
        let (subject, constant, other) = (self.subject(), self.constant(), self.constant());
        match self.chooser.below(10) {
            0..=3 => format!("{subject} == {constant}"),
            4 | 5 => format!("{constant} = {subject}"),
            6 => format!("{subject} in {{{constant}, {other}}}"),
            7 => format!("{subject} in [{constant}, {other}]"),
            8 => format!("not {subject} == {constant}"),
            _ => format!("{subject} == {constant} with input.u as {other}"),
        }
    }

    /// One test or two, and now and then what is no test.
    fn body(&mut self) -> Vec<String> {
        let mut literals = vec![self.test()];
        match self.chooser.below(6) {
            1 => literals.push(self.test()),
            2 => literals.insert(0, "some x in input.xs; x != 1".to_owned()),
            3 => literals.insert(0, "input.w".to_owned()),
            _ => {}
        }
        literals
    }

    fn set(&mut self, name: &str) {
        for member in 0..self.count() {
            let literals = self.body();
            let member = if self.chooser.below(4) == 1 { "input.v".to_owned() } else { member.to_string() };
            self.rule(format!("{name} contains {member}"), literals, String::new());
        }
    }

    fn object(&mut self, name: &str) {
        for key in 0..self.count() {
            let literals = self.body();
            self.rule(format!("{name}[{key}] := input.w"), literals, String::new());
        }
    }

    fn boolean(&mut self, name: &str) {
        if self.chooser.below(2) == 1 {
            self.rule(format!("default {name} := false"), Vec::new(), String::new());
        }
        for _ in 0..self.count() {
            let literals = self.body();
            let tail =
                if self.chooser.below(5) == 1 { format!(" else := false if {}", self.test()) } else { String::new() };
            self.rule(name.to_owned(), literals, tail);
        }
    }

    fn function(&mut self, name: &str) {
        let helper = format!("{name}_of");
        for value in 0..self.count() {
            let parameter = match self.chooser.below(5) {
                4 => "x".to_owned(),
                _ => self.constant().to_owned(),
            };
            let literals = match self.chooser.below(3) {
                0 => vec![self.test()],
                _ => vec!["true".to_owned()],
            };
            // Results that differ are a conflict, which must be the same one with an index.
            let value = value % (1 + self.chooser.below(3));
            self.rule(format!("{helper}({parameter}, _) := {value}"), literals, String::new());
        }
        let argument = self.subject();
        self.rule(name.to_owned() + &format!(" := {helper}({argument}, 1)"), vec!["true".to_owned()], String::new());
    }
}
