//! `provost token`

use crate::Ending;
use crate::output::Output;
use crate::problem::Problem;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::io::Read;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost token new --subject ci --group ml >> tokens.yaml
  provost token hash < token.txt")]
pub(crate) struct TokenArguments {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token for a caller, and the entry that lets a server know it.
    New(NewArguments),
    /// Print what a server keeps of a token that is read from standard input.
    Hash,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost token new --subject ci --group ml >> tokens.yaml

The entry goes to standard output; it holds a hash and no secret, and belongs at the end of the file that
`server.tokens` of provost.yaml names. The token itself goes to standard error and is kept nowhere.")]
struct NewArguments {
    /// Whom it names.
    #[arg(long, value_name = "SUBJECT")]
    subject: String,

    /// A group of the subject.
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,

    /// When it ends, such as 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
}

/// The longest token that is hashed.
const TOKEN_BYTES_MAX: u64 = 64 << 10;

impl TokenArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        match self.command {
            TokenCommand::New(arguments) => arguments.run(output),
            TokenCommand::Hash => hash(output),
        }
    }
}

impl NewArguments {
    fn run(self, output: &Output) -> Result<Ending> {
        self.check()?;
        let token = server::generate_token()?;
        let mut entry = format!("- subject: {}\n", quoted(&self.subject));
        if !self.group.is_empty() {
            let groups: Vec<_> = self.group.iter().map(|group| quoted(group)).collect();
            entry.push_str(&format!("  groups: [{}]\n", groups.join(", ")));
        }
        entry.push_str(&format!("  hash: {}\n", quoted(&server::hash_token(&token)?)));
        if let Some(expires) = &self.expires {
            entry.push_str(&format!("  expires: {}\n", quoted(&expires.to_string())));
        }
        output.complain(&format!("{token}\n"));
        output.print(&entry)?;
        Ok(Ending::Allowed)
    }
}

impl NewArguments {
    /// Refuses what a server would refuse, or could never let in.
    fn check(&self) -> Result<(), Problem> {
        if self.subject.trim().is_empty() {
            let help = "name the caller, such as `--subject ci`; grants under `server.access` name it too";
            return Err(Problem::new("`--subject` is empty", help));
        }
        if self.group.iter().any(|group| group.trim().is_empty()) {
            return Err(Problem::new("`--group` is empty", "name a group, or leave it out"));
        }
        if let Some(expires) = self.expires.filter(|expires| *expires <= Timestamp::now()) {
            let message = format!("`--expires {expires}` is in the past, so nobody could use the token");
            return Err(Problem::new(message, "name a time to come, or leave it out"));
        }
        Ok(())
    }
}

/// A JSON string is a YAML one.
fn quoted(text: &str) -> String {
    value::json::quote(text)
}

fn hash(output: &Output) -> Result<Ending> {
    let mut token = String::new();
    let mut input = std::io::stdin().lock().take(TOKEN_BYTES_MAX);
    input.read_to_string(&mut token).context("the token cannot be read from standard input")?;
    let hash = server::hash_token(token.trim())?;
    output.print(&format!("{hash}\n"))?;
    Ok(Ending::Allowed)
}
