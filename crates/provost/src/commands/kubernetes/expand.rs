//! `provost kubernetes expand`

use super::manifests::{Manifests, Understood};
use super::test::problem;
use crate::Ending;
use crate::output::Output;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use decision::Scrubber;
use std::fs;
use std::path::PathBuf;
use value::{Arena, Value, json};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost kubernetes expand deployment.yaml expansion.yaml
  kustomize build . | provost kubernetes expand -n expansion/ -n - --format json

Objects, ExpansionTemplates and mutators may stand in any of the files, as for `gator expand`. What
comes out is what the objects imply: the Pods of a Deployment, for instance, mutated as they would be.

Exit codes: 0 done, 2 not everything could be expanded.")]
pub(crate) struct ExpandArguments {
    /// Files, folders with files anywhere below, `-` for standard input, which is also read when nothing is named.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The same, as gator has it.
    #[arg(short = 'n', long = "filename", value_name = "PATH")]
    filenames: Vec<PathBuf>,

    /// How to write the objects.
    #[arg(short = 'f', long, value_name = "FORMAT", default_value = "yaml")]
    format: ExpandFormat,

    /// Write the objects to this file, over what is there.
    #[arg(short = 'o', long = "outputfile", value_name = "FILE")]
    output_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ExpandFormat {
    /// A document each.
    Yaml,
    /// An array.
    Json,
}

impl ExpandArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let manifests = Manifests::read([self.paths, self.filenames].concat())?;
        let Understood { all, surroundings, gatekeeper, mut diagnostics } = manifests.understand();
        let arena = Arena::new();
        let (expansions, mutators) = (gatekeeper.expansions(), gatekeeper.mutators());
        let mut implied: Vec<Value<'_>> = Vec::new();
        for manifest in &all {
            let object = manifest.object();
            match expansions.expand_unmutated(&arena, object, surroundings.namespace(object), mutators) {
                Ok(expanded) => implied.extend(expanded.iter().map(|implied| implied.object.value())),
                Err(error) => diagnostics.push(problem(manifest.source, error.to_string())),
            }
        }
        output.complain(&report::diagnostics::render(&diagnostics, &Scrubber::default(), &output.error_style));
        if implied.is_empty() && diagnostics.is_empty() {
            output.complain(match expansions.is_empty() {
                true => "nothing is implied: there is no ExpansionTemplate\n",
                false => "nothing is implied: no ExpansionTemplate applies to an object\n",
            });
        }
        let text = match self.format {
            ExpandFormat::Yaml => {
                implied.iter().map(|object| formats::yaml::to_string(*object)).collect::<Vec<_>>().join("---\n")
            }
            ExpandFormat::Json => format!("{}\n", json::to_string_pretty(arena.array(&implied))),
        };
        match &self.output_file {
            None => output.print(&text)?,
            Some(path) => {
                fs::write(path, text).with_context(|| format!("`{}` cannot be written", path.display()))?;
            }
        }
        Ok(if diagnostics.is_empty() { Ending::Allowed } else { Ending::Incomplete })
    }
}
