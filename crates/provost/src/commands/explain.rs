//! `provost explain`

use crate::Ending;
use crate::governance::{Governance, GovernanceArguments};
use crate::output::Output;
use crate::problem::Problem;
use anyhow::Result;
use clap::Args;
use decision::Scrubber;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost explain                 the policies that would judge here
  provost explain COST-001
  provost explain COST-001 -p policies/")]
pub(crate) struct ExplainArguments {
    /// The policy's id; without one, all policies are listed.
    #[arg(value_name = "ID")]
    id: Option<String>,

    #[command(flatten)]
    governance: GovernanceArguments,
}

impl ExplainArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let Governance { policies, diagnostics, .. } = Governance::load(&self.governance, &[])?;
        output.complain(&report::diagnostics::render(&diagnostics, &Scrubber::default(), &output.error_style));
        let Some(id) = self.id else {
            let policies = policies.metadata().map(std::convert::AsRef::as_ref);
            output.print(&report::explain::render_list(policies, &output.style))?;
            return Ok(if diagnostics.is_empty() { Ending::Allowed } else { Ending::Incomplete });
        };
        let same_letters = || policies.metadata().find(|metadata| metadata.id.eq_ignore_ascii_case(&id));
        match policies.find(&id).or_else(same_letters) {
            Some(policy) => {
                output.print(&report::explain::render(policy, &output.style))?;
                Ok(Ending::Allowed)
            }
            None => {
                let help = match value::nearest(&id, policies.metadata().map(|metadata| metadata.id.as_str())) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "`provost explain` lists the policies; `-p` names others".to_owned(),
                };
                Err(Problem::new(format!("there is no policy `{id}`"), help).into())
            }
        }
    }
}
