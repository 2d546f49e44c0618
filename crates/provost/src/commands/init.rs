//! `provost init`

use crate::Ending;
use crate::output::Output;
use crate::problem::Problem;
use anyhow::Result;
use clap::Args;
use repository::TemplateError;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost init my-governance
  cd my-governance && provost test && provost check .")]
pub(crate) struct InitArguments {
    /// The folder; it need not exist.
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

impl InitArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let written = repository::write_template(&self.folder).map_err(|error| {
            let help = match error {
                TemplateError::Exists { .. } => "name another folder, or remove the file",
                TemplateError::Write { .. } => "check the folder's permissions and the space left on the disk",
            };
            Problem::new(error.to_string(), help)
        })?;
        let mut text = String::new();
        for file in &written {
            text.push_str(&format!("wrote {}\n", file.display()));
        }
        let folder = self.folder.display().to_string();
        let go = if folder == "." { String::new() } else { format!("cd {folder} && ") };
        text.push_str(&format!("\nnext: {go}provost test && provost check .\n"));
        output.print(&text)?;
        Ok(Ending::Allowed)
    }
}
