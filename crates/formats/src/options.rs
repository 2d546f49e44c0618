//! What a reader accepts and how it understands it.

use crate::mistake::Mistake;
use value::Span;
use value::json::DuplicateKeys;

/// How to read a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What is too much.
    pub limits: Limits,
    /// What a plain YAML scalar means.
    pub dialect: Dialect,
    /// What YAML tags mean.
    pub tags: TagStyle,
    /// What happens to YAML tags that mean nothing under `tags`.
    pub unknown_tags: UnknownTags,
    /// What happens to a key that stands in an object twice. Two readers that disagree on which value counts are a way
    /// around a policy, so the default refuses it.
    pub duplicate_keys: DuplicateKeys,
    /// Whether documents are kept for long, as data is: JSON then takes more time to read and a fraction of the memory.
    pub kept: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            dialect: Dialect::default(),
            tags: TagStyle::default(),
            unknown_tags: UnknownTags::default(),
            duplicate_keys: DuplicateKeys::Refuse,
            kept: false,
        }
    }
}

impl Options {
    /// What OPA accepts as data, as input and in `yaml.unmarshal`: plain scalars mean what [`Dialect::GoYaml`] says, tags
    /// that are not known are dropped and of equal keys the last one counts.
    pub fn lenient() -> Self {
        Self {
            dialect: Dialect::GoYaml,
            tags: TagStyle::Plain,
            unknown_tags: UnknownTags::Ignore,
            duplicate_keys: DuplicateKeys::LastWins,
            ..Self::default()
        }
    }
}

/// How much input is too much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the text in bytes; never more than 4 GiB, which is as far as places reach.
    pub bytes_max: usize,
    /// Arrays and objects inside one another, aliases followed.
    pub depth_max: usize,
    /// Documents in one source.
    pub documents_max: usize,
    /// Nodes that YAML aliases may add to what stands in the text, over all documents of a source; a long scalar counts
    /// as one node per 64 bytes. Aliases cost nothing while they are read, but everything after that walks the expansion.
    pub alias_nodes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes_max: 256 << 20, depth_max: 500, documents_max: 100_000, alias_nodes_max: 1_000_000 }
    }
}

impl Limits {
    pub(crate) fn check_size(&self, text: &str) -> Result<(), Mistake> {
        let bytes_max = self.bytes_max.min(u32::MAX as usize);
        if text.len() <= bytes_max {
            return Ok(());
        }
        let message = format!("the input has {} bytes, more than the limit of {bytes_max}", text.len());
        Err(Mistake::new(Span::default(), message).help("split the input, or raise the limit `bytes_max`"))
    }
}

/// What a plain (unquoted) YAML scalar means.
///
/// In all dialects `null`, `~` and nothing are null, timestamps stay strings, and `.inf` and `.nan` are refused, because
/// no JSON document can hold them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// What API servers of Kubernetes make of it, and therefore kubectl and Helm: `yes`, `no`, `on`, `off`, `y` and `n` are
    /// booleans, `0o17`, `017` and `0b11` are integers, digits may be grouped with `_`, and a merge key `<<`
    /// takes effect where it stands, so that it overrides the keys before it and yields to those after it.
    ///
    /// One difference: numbers keep all their digits, where Go rounds fractions to 64 bits.
    #[default]
    Kubernetes,
    /// What go-yaml 3 makes of it where no type says what is wanted, and with it OPA (1.22.3) of data, inputs, `yaml.unmarshal`
    /// and `# METADATA`: only `true` and `false` are booleans, numbers are those of [`Self::Kubernetes`], and every explicit
    /// key beats the merged ones.
    GoYaml,
    /// The core schema of YAML 1.2: only `true` and `false` are booleans, `017` is seventeen, and every explicit key
    /// beats the merged ones.
    Core,
}

/// What YAML tags mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagStyle {
    /// Only the tags of YAML itself (`!!str`, `!!binary` ...) mean something.
    Plain,
    /// The short forms of CloudFormation's intrinsic functions also mean their long forms: `!Ref x` is `{"Ref": "x"}`,
    /// `!GetAtt a.b` is `{"Fn::GetAtt": ["a", "b"]}`. No other format uses these tags, so this is the default.
    #[default]
    CloudFormation,
}

/// What happens to a tag that means nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownTags {
    /// The document is refused: nobody can say what was meant.
    #[default]
    Refuse,
    /// The tag is dropped; a scalar under it is a string.
    Ignore,
}
