//! The middle form: names resolved, sugar gone, literals still in source order.
//!
//! Every local variable is a [`VariableId`] of its rule; every global name is a path below `data`.

use crate::builtins::Builtin;
use value::Span;

/// A local variable of one rule or query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct VariableId(pub u32);

/// What a rule knows of one of its variables.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    /// As written; `_` for wildcards.
    pub name: String,
    /// Where it first occurs.
    pub span: Span,
}

/// A scalar as written.
#[derive(Clone, Debug)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(String),
    String(String),
}

/// What is called.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Callee {
    /// A builtin.
    Builtin(BuiltinRef),
    /// A function rule, by its path below `data`.
    Rule(Vec<String>),
}

/// A builtin, compared by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct BuiltinRef(pub &'static Builtin);

impl PartialEq for BuiltinRef {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

/// Where a reference starts.
#[derive(Clone, Debug)]
pub(super) enum Head {
    Input,
    Data,
    Expr(Box<Expr>),
}

/// A comparison that the evaluator does itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
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
}

#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Clone, Debug)]
pub(super) enum ExprKind {
    Constant(Scalar),
    Variable(VariableId),
    /// A whole document or something inside: `input`, `data.a`, `x.y[z]`.
    Reference {
        head: Head,
        path: Vec<Expr>,
    },
    Call {
        callee: Callee,
        arguments: Vec<Expr>,
    },
    Compare {
        comparison: Comparison,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Membership {
        key: Option<Box<Expr>>,
        value: Box<Expr>,
        collection: Box<Expr>,
    },
    Array(Vec<Expr>),
    Object(Vec<(Expr, Expr)>),
    Set(Vec<Expr>),
    ArrayComprehension {
        term: Box<Expr>,
        body: Body,
    },
    SetComprehension {
        term: Box<Expr>,
        body: Body,
    },
    ObjectComprehension {
        key: Box<Expr>,
        value: Box<Expr>,
        body: Body,
    },
    /// Each part is text or a set comprehension over the expression's values.
    Template(Vec<TemplatePart>),
}

#[derive(Clone, Debug)]
pub(super) enum TemplatePart {
    Text(String),
    Expr { term: Box<Expr>, body: Body },
}

#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    pub literals: Vec<Literal>,
    /// The variables that belong to this body and to no body around it.
    pub own: Vec<VariableId>,
}

#[derive(Clone, Debug)]
pub(super) struct Literal {
    pub span: Span,
    pub kind: LiteralKind,
    pub with: Vec<With>,
}

#[derive(Clone, Debug)]
pub(super) enum LiteralKind {
    /// Holds when defined and not false.
    Test(Expr),
    /// `a = b`.
    Unify(Expr, Expr),
    /// `a := b`: as `a = b`, but nothing in `b` gets its value from `a` (opa issue 3546).
    Assign {
        pattern: Expr,
        value: Expr,
    },
    /// A call whose last argument takes the result: `count(xs, n)`.
    Output {
        output: Expr,
        call: Expr,
    },
    SomeIn {
        key: Option<Expr>,
        value: Expr,
        collection: Expr,
    },
    Every {
        key: Option<VariableId>,
        value: VariableId,
        collection: Expr,
        body: Body,
    },
    /// Holds when the body has no solution. `whole` is `import future.keywords.not`: nested terms are inside the negation.
    Not {
        literal: Box<LiteralKind>,
        whole: bool,
        own: Vec<VariableId>,
    },
    /// `not { ... }`: holds when the body has no solution.
    NotBody(Body),
    Print(Vec<Body>, Vec<VariableId>),
}

#[derive(Clone, Debug)]
pub(super) struct With {
    pub target: WithTarget,
    pub value: WithValue,
}

#[derive(Clone, Debug)]
pub(super) enum WithTarget {
    Input(Vec<String>),
    Data(Vec<String>),
    Function(Callee),
}

#[derive(Clone, Debug)]
pub(super) enum WithValue {
    Expr(Expr),
    /// Only for functions: another function takes its place.
    Function(Callee),
}
