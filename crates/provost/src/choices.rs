//! The words that options take.

use clap::ValueEnum;
use decision::OnUnknown;

/// `--color`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<Color> for report::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// `--format` of a decision.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For a terminal.
    People,
    /// The whole decision.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// JUnit XML.
    Junit,
}

impl From<ReportFormat> for report::Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::People => Self::People,
            ReportFormat::Json => Self::Json,
            ReportFormat::Sarif => Self::Sarif,
            ReportFormat::Github => Self::Github,
            ReportFormat::Junit => Self::Junit,
        }
    }
}

/// `--format` of an audit.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AuditFormat {
    /// For a terminal.
    People,
    /// The whole decision.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// JUnit XML.
    Junit,
    /// PolicyReports of wgpolicyk8s.io/v1alpha2, for `kubectl apply`.
    PolicyReport,
    /// Reports of openreports.io/v1alpha1, for `kubectl apply`.
    OpenReports,
}

/// `--on-unknown`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum UnknownAnswer {
    /// It passes, and is reported.
    Warn,
    /// It is refused.
    Deny,
}

impl From<UnknownAnswer> for OnUnknown {
    fn from(answer: UnknownAnswer) -> Self {
        match answer {
            UnknownAnswer::Warn => Self::Warn,
            UnknownAnswer::Deny => Self::Deny,
        }
    }
}

/// `1000`, `64K`, `256M`, `1G`: bytes, or powers of 1024 of them.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size: write bytes, or `64K`, `256M`, `1G`");
    let upper = text.trim().to_ascii_uppercase();
    let upper = upper.strip_suffix("IB").or_else(|| upper.strip_suffix('B')).unwrap_or(&upper);
    let (digits, shift) = match upper.char_indices().next_back() {
        Some((at, 'K')) => (upper.get(..at), 10),
        Some((at, 'M')) => (upper.get(..at), 20),
        Some((at, 'G')) => (upper.get(..at), 30),
        _ => (Some(upper), 0),
    };
    let number: u64 = digits.and_then(|digits| digits.trim().parse().ok()).ok_or_else(wrong)?;
    number.checked_mul(1 << shift).filter(|&size| size > 0).ok_or_else(wrong)
}

/// `0` to `100`, with a fraction if need be.
pub(crate) fn percentage(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| format!("`{text}` is no percentage: write a number from 0 to 100"))
}

/// `Name=value`
pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is no assignment: write `Name=value`")),
    }
}
