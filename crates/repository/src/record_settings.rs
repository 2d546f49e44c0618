//! The section `record` of `provost.yaml`: where decisions are kept, and how.

use crate::fields::Mistakes;
use value::{Pointer, Value, json};

const KEYS: [&str; 7] = ["path", "key", "durability", "mask", "bodies", "spool_bytes_max", "bytes_max"];
const BODIES_KEYS: [&str; 4] = ["keep", "days_max", "bytes_max", "body_bytes_max"];

/// Where decisions are kept, and how. What is not said is left to the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordSettings {
    /// The file, relative to `provost.yaml` or absolute. None when nothing is recorded.
    pub path: Option<String>,
    /// The private key that signs, likewise; without it one is drawn beside the record.
    pub key: Option<String>,
    /// What an answered decision outlives.
    pub durability: Option<RecordDurability>,
    /// What is taken out of bodies.
    pub masks: Vec<MaskSetting>,
    /// Whether bodies are kept.
    pub keep_bodies: Option<bool>,
    /// How many days bodies are kept.
    pub body_days_max: Option<u64>,
    /// How many bytes all bodies may take together.
    pub bodies_bytes_max: Option<u64>,
    /// Longer bodies are not kept.
    pub body_bytes_max: Option<u64>,
    /// How many bytes of decisions wait in memory while the record cannot be written.
    pub spool_bytes_max: Option<u64>,
    /// How large the file may become.
    pub bytes_max: Option<u64>,
}

/// What an answered decision outlives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordDurability {
    /// The end of the process and of the machine's power.
    Disk,
    /// The end of the process.
    Process,
}

/// A part of bodies that is not written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskSetting {
    /// A JSON pointer from the body's root; `*` stands for any key or position.
    pub pointer: String,
    /// What stands there instead, as JSON.
    pub replacement: Option<String>,
}

impl RecordSettings {
    /// Reads the section.
    pub(crate) fn read(mistakes: &mut Mistakes<'_>, at: &Pointer, section: Value<'_>) -> Self {
        let mut settings = Self::default();
        mistakes.refuse_unknown(at, section, &KEYS);
        for (at, key, value) in mistakes.entries(at, section) {
            match key {
                "path" => settings.path = mistakes.text(&at, value).map(str::to_owned),
                "key" => settings.key = mistakes.text(&at, value).map(str::to_owned),
                "durability" => {
                    let words = [("disk", RecordDurability::Disk), ("process", RecordDurability::Process)];
                    settings.durability = mistakes.word(&at, "durability", value, &words);
                }
                "mask" => settings.masks = masks(mistakes, &at, value),
                "bodies" => settings.bodies(mistakes, &at, value),
                "spool_bytes_max" => settings.spool_bytes_max = mistakes.positive(&at, value),
                "bytes_max" => settings.bytes_max = mistakes.positive(&at, value),
                _ => {}
            }
        }
        if settings.path.is_none() {
            mistakes.add(at, "the record has no `path`", "name the file that decisions are written to");
        }
        settings
    }

    fn bodies(&mut self, mistakes: &mut Mistakes<'_>, at: &Pointer, section: Value<'_>) {
        mistakes.refuse_unknown(at, section, &BODIES_KEYS);
        for (at, key, value) in mistakes.entries(at, section) {
            match key {
                "keep" => self.keep_bodies = mistakes.boolean(&at, value),
                "days_max" => self.body_days_max = mistakes.positive(&at, value),
                "bytes_max" => self.bodies_bytes_max = mistakes.positive(&at, value),
                "body_bytes_max" => self.body_bytes_max = mistakes.positive(&at, value),
                _ => {}
            }
        }
    }
}

/// `["/input/password", {path: /request/object/data, value: "**"}]`, as `system.log.mask` has it.
fn masks(mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) -> Vec<MaskSetting> {
    let items: Vec<(Pointer, Value<'_>)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (at.join(index), item)).collect(),
        one => vec![(at.clone(), one)],
    };
    let mut masks = Vec::with_capacity(items.len());
    for (at, item) in items {
        let (pointer, replacement) = if let Value::Object(_) = item {
            mistakes.refuse_unknown(&at, item, &["path", "value"]);
            (item.get_str("path").unwrap_or_default(), item.get_str("value").map(json::to_string))
        } else {
            (item, None)
        };
        let Some(pointer) = mistakes.text(&at, pointer) else { continue };
        if pointer.len() > 1 && pointer.starts_with('/') {
            masks.push(MaskSetting { pointer: pointer.to_owned(), replacement });
        } else {
            let help = "write where it stands in a request, such as `/input/password`";
            mistakes.add(&at, format!("`{pointer}` is no JSON pointer to a part"), help);
        }
    }
    masks
}
