//! Width and colour.

use anstyle::{AnsiColor, Effects};
use decision::Verdict;
use std::fmt::Display;

/// How text for people is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether escape codes for colour are written.
    pub color: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { width: 100, color: false }
    }
}

/// What was asked for with `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// As terminal and environment say.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// The choice of that name.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => None,
        }
    }

    /// Whether to write colour: the option wins, then `NO_COLOR` when it is not empty, then `CLICOLOR_FORCE` when it is
    /// neither empty nor 0, then whether this is a terminal.
    pub fn resolve(self, no_color: Option<&str>, clicolor_force: Option<&str>, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if no_color.is_some_and(|value| !value.is_empty()) => false,
            Self::Auto => clicolor_force.is_some_and(|value| !matches!(value, "" | "0")) || is_terminal,
        }
    }
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Verdict(Verdict),
    Patch,
    Strong,
    Faint,
    Help,
}

impl Paint {
    fn ansi(self) -> anstyle::Style {
        let color = |color: AnsiColor| color.on_default();
        match self {
            Self::Plain => anstyle::Style::new(),
            Self::Verdict(Verdict::Deny) => color(AnsiColor::Red) | Effects::BOLD,
            Self::Verdict(Verdict::Unknown) => color(AnsiColor::Magenta) | Effects::BOLD,
            Self::Verdict(Verdict::Warn) => color(AnsiColor::Yellow) | Effects::BOLD,
            Self::Verdict(Verdict::Allow) => color(AnsiColor::Green),
            Self::Patch => color(AnsiColor::Blue) | Effects::BOLD,
            Self::Strong => anstyle::Style::new().bold(),
            Self::Faint => anstyle::Style::new().dimmed(),
            Self::Help => color(AnsiColor::Cyan),
        }
    }
}

impl Style {
    /// `text` in the colour of what it is.
    pub(crate) fn paint(&self, paint: Paint, text: impl Display) -> String {
        let style = paint.ansi();
        if self.color && style != anstyle::Style::new() { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}
