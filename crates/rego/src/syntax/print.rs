//! Tree to text: valid Rego that parses to the same tree.
//!
//! Comments other than annotations are not in the tree and so not in the text.

use super::ast::{
    Annotation, AnnotationTarget, BinaryOperator, Dialect, Else, Expr, ExprKind, Head, HeadKind, Import, Literal,
    LiteralKind, LogicalOperand, Module, Rule, TemplatePart, With,
};

/// The text of a module.
pub fn print_module(module: &Module) -> String {
    let mut printer = Printer { dialect: module.dialect, ..Printer::default() };
    printer.annotations(module, AnnotationTarget::Package);
    printer.push("package ");
    printer.path(&module.package.path);
    printer.push("\n");
    for import in &module.imports {
        printer.push("\n");
        printer.import(import);
    }
    if !module.imports.is_empty() {
        printer.push("\n");
    }
    for (index, rule) in module.rules.iter().enumerate() {
        printer.push("\n");
        printer.annotations(module, AnnotationTarget::Rule(index));
        printer.rule(rule);
        printer.push("\n");
    }
    printer.output
}

/// The text of a rule, as a module of this dialect writes it.
pub fn print_rule(rule: &Rule, dialect: Dialect) -> String {
    let mut printer = Printer { dialect, ..Printer::default() };
    printer.rule(rule);
    printer.output
}

/// The text of a body or a query: one statement a line.
pub fn print_body(body: &[Literal]) -> String {
    let mut printer = Printer::default();
    printer.lines(body);
    printer.output
}

/// The text of an expression.
pub fn print_expression(expression: &Expr) -> String {
    let mut printer = Printer::default();
    printer.expression(expression);
    printer.output
}

#[derive(Default)]
struct Printer {
    output: String,
    indentation: usize,
    dialect: Dialect,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.output.push_str(text);
    }

    fn new_line(&mut self) {
        self.output.push('\n');
        self.output.extend(std::iter::repeat_n('\t', self.indentation));
    }

    fn annotations(&mut self, module: &Module, target: AnnotationTarget) {
        for Annotation { yaml, .. } in module.annotations.iter().filter(|annotation| annotation.target == target) {
            self.push("# METADATA\n");
            for line in yaml.lines() {
                self.push("#");
                self.push(line.get(1..).unwrap_or_default());
                self.push("\n");
            }
        }
    }

    fn import(&mut self, import: &Import) {
        self.push("import ");
        self.path(&import.path);
        if let Some(alias) = &import.alias {
            self.push(" as ");
            self.push(&alias.text);
        }
    }

    /// `a.b["c d"]`.
    fn path(&mut self, path: &[String]) {
        for (index, part) in path.iter().enumerate() {
            if index == 0 { self.push(part) } else { self.string_operand(part) }
        }
    }

    fn string_operand(&mut self, text: &str) {
        if is_word(text) {
            self.push(".");
            self.push(text);
        } else {
            self.push("[");
            self.string(text);
            self.push("]");
        }
    }

    fn rule(&mut self, rule: &Rule) {
        if rule.default {
            self.push("default ");
        }
        self.head(&rule.head);
        if !rule.body.is_empty() {
            self.rule_body(rule);
        }
        for branch in &rule.otherwise {
            self.else_branch(branch);
        }
    }

    fn head(&mut self, head: &Head) {
        self.push(&head.name.text);
        self.operands(&head.path);
        if let Some(parameters) = &head.parameters {
            self.push("(");
            self.elements(parameters);
            self.push(")");
        }
        match &head.kind {
            HeadKind::Value { value: Some(value) } => {
                self.push(" := ");
                self.expression(value);
            }
            HeadKind::Value { value: None } => {}
            // A v0 module may have `contains` by import, but writes this member without it just as well.
            HeadKind::Member { key } if self.dialect == Dialect::V0 && head.path.is_empty() => self.operand(key),
            HeadKind::Member { key } => {
                self.push(" contains ");
                self.expression(key);
            }
        }
    }

    fn rule_body(&mut self, rule: &Rule) {
        let value = matches!(rule.head.kind, HeadKind::Value { value: None });
        // In v0, only `if` keeps `p[x] if { ... }` from being a partial set.
        let needs_if = value && rule.head.path.len() == 1 && rule.head.parameters.is_none();
        if self.dialect == Dialect::V1 || needs_if {
            self.push(" if ");
            if let [literal] = rule.body.as_slice()
                && reads_as_comprehension(literal)
            {
                return self.literal(literal);
            }
        } else {
            self.push(" ");
        }
        self.braced_body(&rule.body);
    }

    fn else_branch(&mut self, branch: &Else) {
        self.push(" else");
        if let Some(value) = &branch.value {
            self.push(" := ");
            self.expression(value);
        }
        if !branch.body.is_empty() {
            self.push(if self.dialect == Dialect::V1 { " if " } else { " " });
            self.braced_body(&branch.body);
        }
    }

    fn braced_body(&mut self, body: &[Literal]) {
        self.push("{");
        self.indentation += 1;
        self.new_line();
        self.lines(body);
        self.indentation -= 1;
        self.new_line();
        self.push("}");
    }

    fn lines(&mut self, body: &[Literal]) {
        for (index, literal) in body.iter().enumerate() {
            if index > 0 {
                self.new_line();
            }
            self.literal(literal);
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::SomeDeclaration(names) => {
                self.push("some ");
                for (index, name) in names.iter().enumerate() {
                    if index > 0 {
                        self.push(", ");
                    }
                    self.push(&name.text);
                }
            }
            LiteralKind::SomeIn { key, value, collection } => {
                self.push("some ");
                if let Some(key) = key {
                    self.expression(key);
                    self.push(", ");
                }
                self.expression(value);
                self.push(" in ");
                self.expression(collection);
            }
            LiteralKind::Every { key, value, collection, body } => {
                self.push("every ");
                if let Some(key) = key {
                    self.push(&key.text);
                    self.push(", ");
                }
                self.push(&value.text);
                self.push(" in ");
                self.expression(collection);
                self.push(" ");
                self.braced_body(body);
            }
            LiteralKind::Not(expression) => {
                self.push("not ");
                self.expression(expression);
            }
            LiteralKind::NotBody(body) => {
                self.push("not ");
                self.braced_body(body);
            }
            LiteralKind::Logical { operator, left, right } => {
                self.logical_operand(left);
                self.push(" ");
                self.push(operator.as_str());
                self.push(" ");
                self.logical_operand(right);
            }
            LiteralKind::Expr(expression) => self.expression(expression),
        }
        self.with(&literal.with);
    }

    fn logical_operand(&mut self, operand: &LogicalOperand) {
        match operand.body.as_slice() {
            [literal] if !operand.braced => {
                let grouped = matches!(literal.kind, LiteralKind::Logical { .. }) || !literal.with.is_empty();
                self.push(if grouped { "(" } else { "" });
                self.literal(literal);
                self.push(if grouped { ")" } else { "" });
            }
            body => self.braced_body(body),
        }
    }

    fn with(&mut self, modifiers: &[With]) {
        for With { target, value, .. } in modifiers {
            self.push(" with ");
            self.expression(target);
            self.push(" as ");
            self.expression(value);
        }
    }

    fn expression(&mut self, expression: &Expr) {
        match &expression.kind {
            ExprKind::Null => self.push("null"),
            ExprKind::Bool(true) => self.push("true"),
            ExprKind::Bool(false) => self.push("false"),
            ExprKind::Number(text) | ExprKind::Var(text) => self.push(text),
            ExprKind::Wildcard => self.push("_"),
            ExprKind::String(text) => self.string(text),
            ExprKind::TemplateString(parts) => self.template(parts),
            ExprKind::Ref { head, path } => {
                self.expression(head);
                self.operands(path);
            }
            ExprKind::Call { function, arguments } => {
                self.expression(function);
                self.push("(");
                self.elements(arguments);
                self.push(")");
            }
            ExprKind::Array(elements) => {
                self.push("[");
                self.leading_comma(elements.first());
                self.elements(elements);
                self.push("]");
            }
            ExprKind::Set(elements) if elements.is_empty() => self.push("set()"),
            ExprKind::Set(elements) => {
                self.push("{");
                self.leading_comma(elements.first());
                self.elements(elements);
                self.push("}");
            }
            ExprKind::Object(pairs) => self.object(pairs),
            ExprKind::ArrayComprehension { term, body } => self.comprehension("[", &[term], body, "]"),
            ExprKind::SetComprehension { term, body } => self.comprehension("{", &[term], body, "}"),
            ExprKind::ObjectComprehension { key, value, body } => self.comprehension("{", &[key, value], body, "}"),
            ExprKind::Binary { operator, left, right } => self.binary(*operator, left, right),
            ExprKind::In { key, value, collection } => {
                if let Some(key) = key {
                    self.expression(key);
                    self.push(", ");
                }
                self.expression(value);
                self.push(" in ");
                self.expression(collection);
            }
            ExprKind::Negative(inner) => {
                self.push("-");
                self.expression(inner);
            }
            ExprKind::Parenthesised(inner) => {
                self.push("(");
                self.expression(inner);
                self.push(")");
            }
        }
    }

    /// Parentheses that a parsed tree has as [`ExprKind::Parenthesised`] are added for trees that were made otherwise.
    fn binary(&mut self, operator: BinaryOperator, left: &Expr, right: &Expr) {
        let precedence = operator.precedence();
        self.wrapped(left, looseness(left) < precedence);
        self.push(" ");
        self.push(operator.symbol());
        self.push(" ");
        self.wrapped(right, looseness(right) <= precedence);
    }

    fn wrapped(&mut self, expression: &Expr, parentheses: bool) {
        if parentheses {
            self.push("(");
        }
        self.expression(expression);
        if parentheses {
            self.push(")");
        }
    }

    fn operands(&mut self, path: &[Expr]) {
        for operand in path {
            self.operand(operand);
        }
    }

    fn operand(&mut self, operand: &Expr) {
        match &operand.kind {
            ExprKind::String(text) => self.string_operand(text),
            _ => {
                self.push("[");
                self.expression(operand);
                self.push("]");
            }
        }
    }

    fn elements(&mut self, elements: &[Expr]) {
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.expression(element);
        }
    }

    /// A comma before the first element makes its `|` a union, which otherwise would begin a comprehension.
    fn leading_comma(&mut self, first: Option<&Expr>) {
        if first.is_some_and(begins_with_union) {
            self.push(", ");
        }
    }

    fn object(&mut self, pairs: &[(Expr, Expr)]) {
        self.push("{");
        self.leading_comma(pairs.first().map(|(_, value)| value));
        for (index, (key, value)) in pairs.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.expression(key);
            self.push(": ");
            self.expression(value);
        }
        self.push("}");
    }

    fn comprehension(&mut self, open: &str, head: &[&Expr], body: &[Literal], close: &str) {
        self.push(open);
        for (index, term) in head.iter().enumerate() {
            if index > 0 {
                self.push(": ");
            }
            self.expression(term);
        }
        self.push(" | ");
        for (index, literal) in body.iter().enumerate() {
            if index > 0 {
                self.push("; ");
            }
            self.literal(literal);
        }
        self.push(close);
    }

    fn template(&mut self, parts: &[TemplatePart]) {
        self.push("$\"");
        for part in parts {
            match part {
                TemplatePart::Text(text) => self.escaped(text, true),
                TemplatePart::Expr { value, with } => {
                    self.push("{");
                    self.expression(value);
                    self.with(with);
                    self.push("}");
                }
            }
        }
        self.push("\"");
    }

    fn string(&mut self, text: &str) {
        self.push("\"");
        self.escaped(text, false);
        self.push("\"");
    }

    fn escaped(&mut self, text: &str, template: bool) {
        for character in text.chars() {
            match character {
                '"' => self.push("\\\""),
                '\\' => self.push("\\\\"),
                '\n' => self.push("\\n"),
                '\r' => self.push("\\r"),
                '\t' => self.push("\\t"),
                '{' if template => self.push("\\{"),
                // A byte-order mark inside a text is an error to OPA.
                character if character.is_control() || character == '\u{feff}' => {
                    self.push(&format!("\\u{:04x}", u32::from(character)));
                }
                character => self.output.push(character),
            }
        }
    }
}

/// Whether `.text` can be written.
fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

/// The precedence of the operator that holds the expression together; that of terms is the highest.
fn looseness(expression: &Expr) -> u8 {
    match &expression.kind {
        ExprKind::Binary { operator, .. } => operator.precedence(),
        ExprKind::In { .. } => 1,
        _ => u8::MAX,
    }
}

/// Whether the first operator of the expression is a `|` after a single term.
fn begins_with_union(expression: &Expr) -> bool {
    let mut expression = expression;
    let mut first_operator = None;
    loop {
        match &expression.kind {
            ExprKind::Binary { operator, left, .. } => {
                first_operator = Some(*operator);
                expression = left;
            }
            ExprKind::In { key: None, value, .. } => {
                first_operator = None;
                expression = value;
            }
            _ => return first_operator == Some(BinaryOperator::Or),
        }
    }
}

/// Whether `{ literal }` would be read as a comprehension.
fn reads_as_comprehension(literal: &Literal) -> bool {
    matches!(&literal.kind, LiteralKind::Expr(expression) if begins_with_union(expression))
}
