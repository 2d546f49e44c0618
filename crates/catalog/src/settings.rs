//! What an organisation tells the catalog about itself.

use std::collections::BTreeMap;

/// One spelling of a tag key that gives a dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DimensionKey {
    /// The key, exactly as it is written. On Kubernetes a key without `/` also stands for that key behind any prefix:
    /// `cost-center` for `example.com/cost-center`.
    pub key: String,
    /// The provider on which it counts; on all when None.
    pub provider: Option<String>,
}

/// A dimension: the organisation's own name for what tags say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// The name under `resource.dimensions`.
    pub name: String,
    /// The keys that give it; the first that a resource carries wins.
    pub keys: Vec<DimensionKey>,
}

impl Dimension {
    /// A dimension by keys that count on every provider.
    pub fn new(name: impl Into<String>, keys: &[&str]) -> Self {
        let keys = keys.iter().map(|&key| DimensionKey { key: key.to_owned(), provider: None }).collect();
        Self { name: name.into(), keys }
    }
}

/// What the catalog must be told because no document says it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which tag keys, in which spelling, on which provider, mean what.
    pub dimensions: Vec<Dimension>,
    /// Values of CloudFormation parameters, over the template's own defaults.
    pub parameters: BTreeMap<String, String>,
    /// The AWS region, where a document leaves it open: `AWS::Region`, a provider without one.
    pub region: Option<String>,
    /// The AWS account: `AWS::AccountId`.
    pub account: Option<String>,
    /// The name of the Kubernetes cluster that manifests go to.
    pub cluster: Option<String>,
}

/// The spellings that are in use everywhere, on every provider.
impl Default for Settings {
    fn default() -> Self {
        Self {
            dimensions: vec![
                Dimension::new(
                    "cost_center",
                    &[
                        "CostCenter",
                        "CostCentre",
                        "cost-center",
                        "cost-centre",
                        "cost_center",
                        "cost_centre",
                        "costCenter",
                        "costCentre",
                        "costcenter",
                        "costcentre",
                        "Cost Center",
                        "Cost Centre",
                    ],
                ),
                Dimension::new("team", &["Team", "team", "TeamName", "team-name", "team_name"]),
                Dimension::new("owner", &["Owner", "owner"]),
                Dimension::new("project", &["Project", "project"]),
                Dimension::new("environment", &["Environment", "environment", "Env", "env"]),
                Dimension::new(
                    "data_class",
                    &[
                        "DataClass",
                        "data-class",
                        "data_class",
                        "DataClassification",
                        "data-classification",
                        "data_classification",
                    ],
                ),
                Dimension::new("model_card", &["ModelCard", "model-card", "model_card"]),
            ],
            parameters: BTreeMap::new(),
            region: None,
            account: None,
            cluster: None,
        }
    }
}
