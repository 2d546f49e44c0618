//! Text to tree: lexer, parser, tree, printer.
//!
//! [`parse_module`], [`parse_query`] and [`parse_term`] give a tree and a list of mistakes, and never panic.
//! [`print_module`] and its siblings give the text of a tree back.

pub mod ast;
mod lexer;
mod parser;
mod print;
mod token;
pub mod walk;
pub(crate) mod walk_mut;

pub(crate) use lexer::comments;
#[cfg(fuzzing)]
pub use lexer::{Lexemes, lexemes};
pub use parser::{DEPTH_MAX, parse_module, parse_query, parse_term};
pub use print::{print_body, print_expression, print_module, print_rule};

#[cfg(test)]
#[path = "conformance_tests.rs"]
mod conformance_tests;
#[cfg(test)]
#[path = "error_tests.rs"]
mod error_tests;
#[cfg(test)]
#[path = "limit_tests.rs"]
mod limit_tests;
#[cfg(test)]
#[path = "parser_tests.rs"]
mod parser_tests;
