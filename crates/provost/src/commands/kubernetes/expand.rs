//! `provost kubernetes expand`

use super::manifests::{ManifestArguments, Manifests, Understood};
use super::test::problem;
use crate::Ending;
use crate::output::Output;
use anyhow::Result;
use clap::{Args, ValueEnum};
use decision::Scrubber;
use value::{Arena, Value, json};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost kubernetes expand deployment.yaml expansion.yaml
  kustomize build . | provost kubernetes expand -f expansion/ -f - --format json

Objects, ExpansionTemplates and mutators may stand in any of the files, as for `gator expand`. What
comes out is what the objects imply: the Pods of a Deployment, for instance, mutated as they would be.

Exit codes: 0 done, 2 not everything could be expanded.")]
pub(crate) struct ExpandArguments {
    #[command(flatten)]
    manifests: ManifestArguments,

    /// How to write the objects.
    #[arg(short = 'o', long, value_name = "FORMAT", default_value = "yaml")]
    format: ExpandFormat,
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
        let manifests = Manifests::read(&self.manifests)?;
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
        output.print(&match self.format {
            ExpandFormat::Yaml => {
                implied.iter().map(|object| formats::yaml::to_string(*object)).collect::<Vec<_>>().join("---\n")
            }
            ExpandFormat::Json => format!("{}\n", json::to_string_pretty(arena.array(&implied))),
        })?;
        Ok(if diagnostics.is_empty() { Ending::Allowed } else { Ending::Incomplete })
    }
}
