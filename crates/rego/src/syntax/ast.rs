//! The syntax tree of a Rego module, as written: nothing is resolved, reordered or desugared.

use std::sync::Arc;
use value::{Source, Span};

/// Which dialect a module is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Rego before OPA 1.0: `if` and `contains` are optional and come by import.
    V0,
    /// Rego since OPA 1.0.
    #[default]
    V1,
}

/// A parsed module.
#[derive(Clone, Debug)]
pub struct Module {
    /// The text it was parsed from.
    pub source: Arc<Source>,
    /// The dialect it was read in (`import rego.v1` makes a v0 module v1).
    pub dialect: Dialect,
    /// The `package` clause.
    pub package: Package,
    /// `import` clauses in source order, `rego.v1` and `future.keywords` among them.
    pub imports: Vec<Import>,
    /// Rules in source order.
    pub rules: Vec<Rule>,
    /// `# METADATA` blocks in source order.
    pub annotations: Vec<Annotation>,
}

/// `package a.b["c"]`.
#[derive(Clone, Debug)]
pub struct Package {
    /// The whole clause.
    pub span: Span,
    /// The path below `data`: `["a", "b", "c"]`.
    pub path: Vec<String>,
}

/// `import data.a.b as c`.
#[derive(Clone, Debug)]
pub struct Import {
    /// The whole clause.
    pub span: Span,
    /// The full path, its root (`data`, `input`, `rego`, `future`) first.
    pub path: Vec<String>,
    /// The name after `as`.
    pub alias: Option<Name>,
}

/// What a `# METADATA` block is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnotationTarget {
    /// The `package` clause below it.
    Package,
    /// The rule below it, by index into [`Module::rules`].
    Rule(usize),
}

/// One `# METADATA` block. Its YAML is kept as text: reading it is the compiler's work.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The comment block without its `# METADATA` line.
    pub span: Span,
    /// The YAML with the leading `#` of each line replaced by a space, so that columns stay true.
    pub yaml: String,
    /// The line (from 1) of the first line of `yaml` in the module.
    pub first_line: u32,
    /// What it describes; a `scope:` inside the YAML may widen it.
    pub target: AnnotationTarget,
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Where it stands.
    pub span: Span,
    /// The name itself.
    pub text: String,
}

/// One rule with its chain of `else` branches.
#[derive(Clone, Debug)]
pub struct Rule {
    /// From the head (or `default`) to the end of the last body; of a further body of the same head, that body alone.
    pub span: Span,
    /// `default p := 1`.
    pub default: bool,
    /// The head.
    pub head: Head,
    /// The body; empty when the rule is a fact. A rule with several bodies (`p if { a } { b }`) becomes several rules.
    pub body: Vec<Literal>,
    /// `else := value if { ... }` branches in order.
    pub otherwise: Vec<Else>,
}

/// One `else` branch.
#[derive(Clone, Debug)]
pub struct Else {
    /// The whole branch.
    pub span: Span,
    /// Its value; `true` when none is written.
    pub value: Option<Expr>,
    /// Its body; empty when none is written.
    pub body: Vec<Literal>,
}

/// The head of a rule.
#[derive(Clone, Debug)]
pub struct Head {
    /// The head without the body.
    pub span: Span,
    /// The first part of the reference: the rule's name. (`data` and `input` are refused by the parser.)
    pub name: Name,
    /// What follows the name: `p.q[x].r` has `q`, `x`, `r`. In v0 the key of a partial set stands in `kind`, not here.
    pub path: Vec<Expr>,
    /// Parameters, when the rule is a function. `f() := 1` is an ordinary rule, as in OPA, and has none.
    pub parameters: Option<Vec<Expr>>,
    /// What the rule defines.
    pub kind: HeadKind,
}

/// What a rule defines.
#[derive(Clone, Debug)]
pub enum HeadKind {
    /// `p := v`, `p = v`, `p if ...`, `p.q[x] := v` (the last part of `path` may be a variable: a partial object),
    /// `f(x) := v`.
    Value {
        /// The value; `true` when none is written.
        value: Option<Expr>,
    },
    /// `p contains x`, and v0's `p[x] { ... }`.
    Member {
        /// The member.
        key: Expr,
    },
}

/// One statement of a body.
#[derive(Clone, Debug)]
pub struct Literal {
    /// The whole statement with its `with` modifiers.
    pub span: Span,
    /// The statement.
    pub kind: LiteralKind,
    /// `with` modifiers in source order.
    pub with: Vec<With>,
}

/// The kinds of statement.
#[derive(Clone, Debug)]
pub enum LiteralKind {
    /// `some x, y`.
    SomeDeclaration(Vec<Name>),
    /// `some k, v in xs` (patterns are allowed for both).
    SomeIn {
        /// The key or index pattern.
        key: Option<Expr>,
        /// The value or member pattern.
        value: Expr,
        /// What is iterated.
        collection: Expr,
    },
    /// `every k, v in xs { ... }`.
    Every {
        /// The key or index name.
        key: Option<Name>,
        /// The value or member name.
        value: Name,
        /// What is iterated.
        collection: Expr,
        /// What must hold.
        body: Vec<Literal>,
    },
    /// `not <expression>`. Where `future.keywords.not` is imported, whatever the expression expands to is negated too.
    Not(Expr),
    /// `not { ... }`, only where `future.keywords.not` is imported.
    NotBody(Vec<Literal>),
    /// `a and b`, `a or b`, only where `future.keywords.and` and `future.keywords.or` are imported.
    Logical {
        /// Which of the two.
        operator: LogicalOperator,
        /// The first operand; alone it decides where it can.
        left: LogicalOperand,
        /// The second operand.
        right: LogicalOperand,
    },
    /// Any expression, `:=` and `=` included.
    Expr(Expr),
}

/// What joins conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogicalOperator {
    /// `and`: both operands hold.
    And,
    /// `or`: at least one operand holds.
    Or,
}

impl LogicalOperator {
    /// The keyword.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
        }
    }
}

/// One side of `and` or `or`.
#[derive(Clone, Debug)]
pub struct LogicalOperand {
    /// All of it, brackets included.
    pub span: Span,
    /// What must hold: one statement, or several in braces.
    pub body: Vec<Literal>,
    /// Whether it stands in braces, inside which variables can be declared.
    pub braced: bool,
}

/// `with input.x as y`.
#[derive(Clone, Debug)]
pub struct With {
    /// The whole modifier.
    pub span: Span,
    /// A reference into `input` or `data`, a function or a builtin.
    pub target: Expr,
    /// Its replacement.
    pub value: Expr,
}

/// An expression or term with its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number as written (valid JSON number syntax).
    Number(String),
    /// A string, escapes resolved; raw strings too.
    String(String),
    /// `$"a {x} b"`.
    TemplateString(Vec<TemplatePart>),
    /// A name, `input` and `data` included. `_` is [`ExprKind::Wildcard`].
    Var(String),
    /// `_`: each occurrence is a variable of its own.
    Wildcard,
    /// `head.a[x]`; `.a` is a [`ExprKind::String`] part. The head is a variable, a wildcard, a call, a composite value, a
    /// comprehension, or one of those in parentheses (where any operator counts as a call).
    Ref {
        /// What is looked into.
        head: Box<Expr>,
        /// The operands, never empty.
        path: Vec<Expr>,
    },
    /// `f(x)`, `a.b.f(x)`.
    Call {
        /// A [`ExprKind::Var`], or a [`ExprKind::Ref`] whose parts are strings.
        function: Box<Expr>,
        /// The arguments as written: one more than the arity when the last is the output.
        arguments: Vec<Expr>,
    },
    /// `[a, b]`.
    Array(Vec<Expr>),
    /// `{k: v}`.
    Object(Vec<(Expr, Expr)>),
    /// `{a, b}`, `set()`.
    Set(Vec<Expr>),
    /// `[t | body]`.
    ArrayComprehension {
        /// What each solution gives.
        term: Box<Expr>,
        /// The body.
        body: Vec<Literal>,
    },
    /// `{t | body}`.
    SetComprehension {
        /// What each solution gives.
        term: Box<Expr>,
        /// The body.
        body: Vec<Literal>,
    },
    /// `{k: v | body}`.
    ObjectComprehension {
        /// The key each solution gives.
        key: Box<Expr>,
        /// The value each solution gives.
        value: Box<Expr>,
        /// The body.
        body: Vec<Literal>,
    },
    /// `a + b`, `a == b`, `a := b`, `a = b`.
    Binary {
        /// The operator.
        operator: BinaryOperator,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// `x in xs`, `k, v in xs`, as a test.
    In {
        /// The key or index.
        key: Option<Box<Expr>>,
        /// The member.
        value: Box<Expr>,
        /// The collection.
        collection: Box<Expr>,
    },
    /// `-x` of a variable, reference or call: `0 - x`. A negative number is [`ExprKind::Number`].
    Negative(Box<Expr>),
    /// `(a)`: kept, so that printing a tree gives the text back.
    Parenthesised(Box<Expr>),
}

/// One part of a template string.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text, escapes resolved.
    Text(String),
    /// `{expression}` or `{expression with input as x}`. Undefined prints as `<undefined>`.
    Expr {
        /// The expression; never `:=` or `=`.
        value: Expr,
        /// Its `with` modifiers in source order.
        with: Vec<With>,
    },
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `:=`
    Assign,
    /// `=`
    Unify,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `&`
    And,
    /// `|`
    Or,
}

impl BinaryOperator {
    /// The name of the builtin that the operator stands for.
    pub const fn builtin_name(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::Unify => "eq",
            Self::Equal => "equal",
            Self::NotEqual => "neq",
            Self::Less => "lt",
            Self::LessOrEqual => "lte",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "gte",
            Self::Plus => "plus",
            Self::Minus => "minus",
            Self::Times => "mul",
            Self::Divide => "div",
            Self::Remainder => "rem",
            Self::And => "and",
            Self::Or => "or",
        }
    }

    /// How tightly the operator binds: the higher, the tighter. All nest to the left; `:=` and `=` do not nest. `in` binds
    /// looser than all but those two.
    pub const fn precedence(self) -> u8 {
        match self {
            Self::Assign | Self::Unify => 0,
            Self::Equal | Self::NotEqual | Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 2,
            Self::Or => 3,
            Self::And => 4,
            Self::Plus | Self::Minus => 5,
            Self::Times | Self::Divide | Self::Remainder => 6,
        }
    }

    /// How the operator is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Assign => ":=",
            Self::Unify => "=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::And => "&",
            Self::Or => "|",
        }
    }
}

/// A body on its own: what `provost eval` and `POST /v1/query` evaluate.
#[derive(Clone, Debug)]
pub struct Query {
    /// The text it was parsed from.
    pub source: Arc<Source>,
    /// Its statements.
    pub body: Vec<Literal>,
}
