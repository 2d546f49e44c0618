//! The terminal, or whatever stands in its place.

use anyhow::{Context, Result};
use report::{ColorChoice, Style};
use std::env;
use std::io::{self, IsTerminal, Write};

/// Columns where nobody knows how many there are.
const WIDTH: usize = 100;

/// Where a command writes, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// How to write to standard output.
    pub(crate) style: Style,
    /// How to write to standard error.
    pub(crate) error_style: Style,
}

impl Output {
    /// The process's own streams.
    pub(crate) fn new(color: ColorChoice) -> Self {
        let variable = |name| env::var(name).ok();
        let (no_color, force) = (variable("NO_COLOR"), variable("CLICOLOR_FORCE"));
        let style = |is_terminal| Style {
            width: width(),
            color: color.resolve(no_color.as_deref(), force.as_deref(), is_terminal),
        };
        Self { style: style(io::stdout().is_terminal()), error_style: style(io::stderr().is_terminal()) }
    }

    /// Writes to standard output. A reader that has gone away, such as `head`, has read all that it wanted.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        let mut stdout = io::BufWriter::new(io::stdout().lock());
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                // What is buffered would be tried again when the writer goes.
                let _ = stdout.into_parts();
                Ok(())
            }
            result => result.context("standard output cannot be written"),
        }
    }

    /// Writes to standard error. When that fails there is nobody left to tell.
    pub(crate) fn complain(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

fn width() -> usize {
    let of_environment = || env::var("COLUMNS").ok()?.parse().ok();
    let of_terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    of_terminal().or_else(of_environment).filter(|&width| width > 0).unwrap_or(WIDTH)
}
