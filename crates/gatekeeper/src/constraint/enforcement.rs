//! What happens when a constraint is violated, and where.

use crate::fields::Fields;
use crate::mistake::Mistake;
use decision::{Mode, Modes, Point};
use std::fmt;

/// What happens when a constraint is violated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is noted.
    Dryrun,
    /// The request passes with a warning.
    Warn,
    /// The request is refused.
    #[default]
    Deny,
}

/// Where a constraint may be enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnforcementPoint {
    /// The validating webhook.
    Webhook,
    /// The audit of what exists.
    Audit,
    /// Checks of files before they are applied.
    Gator,
    /// A ValidatingAdmissionPolicy, which the API server itself enforces.
    ValidatingAdmissionPolicy,
}

impl Action {
    /// All of them, mildest first.
    pub const ALL: [Self; 3] = [Self::Dryrun, Self::Warn, Self::Deny];

    /// The word in `enforcementAction`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dryrun => "dryrun",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }

    /// The action of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// The mode of a policy that does the same.
    pub const fn mode(self) -> Mode {
        match self {
            Self::Dryrun => Mode::Audit,
            Self::Warn => Mode::Warn,
            Self::Deny => Mode::Enforce,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl EnforcementPoint {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Webhook, Self::Audit, Self::Gator, Self::ValidatingAdmissionPolicy];

    /// The name in `scopedEnforcementActions`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "validation.gatekeeper.sh",
            Self::Audit => "audit.gatekeeper.sh",
            Self::Gator => "gator.gatekeeper.sh",
            Self::ValidatingAdmissionPolicy => "vap.k8s.io",
        }
    }

    /// The point of that name; `webhook.gatekeeper.sh` is an older name of the webhook.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "webhook.gatekeeper.sh" => Some(Self::Webhook),
            _ => Self::ALL.into_iter().find(|point| point.as_str() == name),
        }
    }

    /// The point that a decision is made for; what Gatekeeper does not have counts as its webhook.
    pub const fn of(point: Point) -> Self {
        match point {
            Point::Check => Self::Gator,
            Point::Audit => Self::Audit,
            Point::Admission | Point::Api | Point::MlflowGateway | Point::Polkit => Self::Webhook,
        }
    }
}

/// How strictly a constraint is held to, point by point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// The same everywhere.
    Everywhere(Action),
    /// Only where it is said (`enforcementAction: scoped`).
    Scoped(Vec<(EnforcementPoint, Action)>),
}

impl Enforcement {
    /// Reads `enforcementAction` and `scopedEnforcementActions` of a constraint's `spec`.
    pub(crate) fn read(spec: &Fields<'_>) -> Result<Self, Mistake> {
        match spec.text("enforcementAction")? {
            None => Ok(Self::Everywhere(Action::Deny)),
            Some("scoped") => Self::read_scoped(spec),
            Some(word) => match Action::parse(word) {
                Some(action) => Ok(Self::Everywhere(action)),
                None => {
                    let message = format!("`{word}` is no action: use `deny`, `warn`, `dryrun` or `scoped`");
                    Err(spec.wrong("enforcementAction", message))
                }
            },
        }
    }

    fn read_scoped(spec: &Fields<'_>) -> Result<Self, Mistake> {
        if spec.value("scopedEnforcementActions").is_none() {
            let help = "say for each point what happens there, or use `enforcementAction: deny`";
            return Err(spec.missing("scopedEnforcementActions").help(help));
        }
        let mut scoped = Vec::new();
        for entry in spec.objects("scopedEnforcementActions")? {
            entry.only(&["action", "enforcementPoints"])?;
            let word = entry.required_text("action")?;
            let Some(action) = Action::parse(word) else {
                let message = format!("`{word}` is no action: use `deny`, `warn` or `dryrun`");
                return Err(entry.wrong("action", message));
            };
            for point in entry.objects("enforcementPoints")? {
                point.only(&["name"])?;
                match point.required_text("name")? {
                    "*" => scoped.extend(EnforcementPoint::ALL.map(|point| (point, action))),
                    name => match EnforcementPoint::parse(name) {
                        Some(point) => scoped.push((point, action)),
                        None => {
                            let names = EnforcementPoint::ALL.map(EnforcementPoint::as_str).join("`, `");
                            let message = format!("`{name}` is no enforcement point: use `{names}` or `*`");
                            return Err(point.wrong("name", message));
                        }
                    },
                }
            }
        }
        Ok(Self::Scoped(scoped))
    }

    /// What happens at `point`: the strictest of what is said for it, or nothing at all.
    pub fn at(&self, point: EnforcementPoint) -> Option<Action> {
        match self {
            Self::Everywhere(action) => Some(*action),
            Self::Scoped(scoped) => scoped.iter().filter(|(there, _)| *there == point).map(|(_, action)| *action).max(),
        }
    }

    /// The same as modes of a policy. A point at which the constraint is not enforced has the mildest mode, and the policy
    /// says nothing there.
    pub(crate) fn modes(&self) -> Modes {
        match self {
            Self::Everywhere(action) => Modes::everywhere(action.mode()),
            Self::Scoped(_) => {
                let mode = |point| self.at(EnforcementPoint::of(point)).map_or(Mode::Audit, Action::mode);
                Modes { default: Mode::Audit, points: Point::ALL.map(|point| (point, mode(point))).to_vec() }
            }
        }
    }
}
