//! Documents and rules that are made by code, because they are large. The same on every machine and in every run.

use serde_json::{Map, Value, json};
use std::fmt::Write;

/// A sequence of numbers that look random and are always the same (splitmix64).
#[derive(Clone, Debug)]
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn of<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        let chosen = usize::try_from(self.below(choices.len() as u64)).unwrap_or_default();
        choices.get(chosen).copied().unwrap_or_default()
    }
}

const REGIONS: [&str; 6] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-south-1", "sa-east-1"];
const TEAMS: [&str; 8] = ["nlp", "vision", "search", "ads", "risk", "platform", "speech", "robotics"];
const ROLES: [&str; 7] = ["reader", "writer", "reviewer", "operator", "approver", "auditor", "owner"];
const CLASSES: [&str; 5] = ["endpoint", "training-job", "notebook", "bucket", "model"];

/// For `rbac`: five hundred people with up to three of a hundred roles, and twelve permissions a role.
pub fn roles() -> String {
    let mut sequence = Sequence(1);
    let roles_of: Map<String, Value> = (0..500)
        .map(|person| {
            let roles: Vec<String> =
                (0..=sequence.below(3)).map(|_| format!("role-{:02}", sequence.below(100))).collect();
            (format!("user-{person:04}"), json!(roles))
        })
        .collect();
    let permissions_of: Map<String, Value> = (0..100)
        .map(|role| {
            let permissions: Vec<Value> = (0..12)
                .map(|_| {
                    let action = sequence.of(&["read", "create", "update", "delete", "promote", "share"]);
                    json!({"action": action, "kind": sequence.of(&CLASSES)})
                })
                .collect();
            (format!("role-{role:02}"), json!(permissions))
        })
        .collect();
    json!({"roles_of": roles_of, "permissions_of": permissions_of}).to_string()
}

/// For `comprehensions`: two thousand resources.
pub fn inventory() -> String {
    let mut sequence = Sequence(2);
    let resources: Vec<Value> = (0..2000)
        .map(|number| {
            let mut tags = Map::new();
            if sequence.below(10) > 1 {
                tags.insert("owner".to_owned(), json!(sequence.of(&TEAMS)));
            }
            if sequence.below(10) > 2 {
                tags.insert("cost_centre".to_owned(), json!(sequence.below(100).to_string()));
            }
            json!({
                "id": format!("resource-{number:04}"),
                "class": sequence.of(&CLASSES),
                "region": sequence.of(&REGIONS),
                "cents_per_hour": sequence.below(800),
                "accelerators": sequence.below(9),
                "tags": tags,
            })
        })
        .collect();
    json!({"resources": resources}).to_string()
}

/// For `lookups`: fifty thousand people, quotas by team and level, and who is blocked.
pub fn directory() -> String {
    const PEOPLE: u64 = 50_000;
    let mut sequence = Sequence(3);
    let mut people = Map::new();
    let mut blocked = Map::new();
    for number in 0..PEOPLE {
        let person = json!({
            "name": format!("Person {number}"),
            "team": sequence.of(&TEAMS),
            "level": format!("level-{}", sequence.below(6)),
            "manager": person_id(sequence.below(PEOPLE)),
        });
        people.insert(person_id(number), person);
        if sequence.below(20) == 0 {
            blocked.insert(person_id(number), json!(true));
        }
    }
    let quotas: Map<String, Value> = TEAMS
        .iter()
        .map(|team| {
            let levels: Map<String, Value> =
                (0..6).map(|level| (format!("level-{level}"), json!(sequence.below(64)))).collect();
            ((*team).to_owned(), json!(levels))
        })
        .collect();
    json!({"people": people, "blocked": blocked, "quotas": quotas}).to_string()
}

fn person_id(number: u64) -> String {
    format!("employee-{:06}", number * 17 % 1_000_003)
}

/// A document of about `bytes` bytes: one half people with roles and attributes, one half a table of small integers.
pub fn large_document(bytes: usize) -> String {
    let mut sequence = Sequence(5);
    let mut text = String::with_capacity(bytes + 1024);
    text.push_str("{\"users\":{");
    let mut number = 0_u64;
    while text.len() < bytes / 2 {
        let comma = if number == 0 { "" } else { "," };
        let (first, second) = (sequence.of(&ROLES), sequence.of(&ROLES));
        // Writing to memory does not fail.
        let _ = write!(
            text,
            "{comma}\"user-{number:07}\":{{\"name\":\"Person {number}\",\"email\":\"person.{number}@example.com\",\
             \"roles\":[\"{first}\",\"{second}\"],\"attributes\":{{\"team\":\"{}\",\"region\":\"{}\",\"level\":{},\
             \"cost_centre\":\"{}\",\"active\":{}}}}}",
            sequence.of(&TEAMS),
            sequence.of(&REGIONS),
            sequence.below(9),
            sequence.below(500),
            sequence.below(10) > 0,
        );
        number += 1;
    }
    text.push_str("},\"table\":[");
    let mut row = 0_u64;
    while text.len() < bytes - 2 {
        text.push_str(if row == 0 { "[" } else { ",[" });
        for column in 0..16 {
            let comma = if column == 0 { "" } else { "," };
            let _ = write!(text, "{comma}{}", sequence.below(1000));
        }
        text.push(']');
        row += 1;
    }
    text.push_str("]}");
    text
}

/// What rules are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `input.kind`
    Kind,
    /// `input.request.kind.kind`, as in a review of the Kubernetes API server
    ReviewKind,
}

impl Subject {
    fn path(self) -> &'static str {
        match self {
            Self::Kind => "input.kind",
            Self::ReviewKind => "input.request.kind.kind",
        }
    }

    fn object(self) -> &'static str {
        match self {
            Self::Kind => "input",
            Self::ReviewKind => "input.request.object",
        }
    }
}

/// The document that [`rules`] define.
pub const RULES_DOCUMENT: &str = "data.bench.rules.deny";

/// `count` rules in modules of a hundred; the first of each `count / applying` is about pods, each other about a kind of its
/// own. With `only_applying` the others are left out.
pub fn rules(subject: Subject, count: usize, applying: usize, only_applying: bool) -> Vec<(String, String)> {
    const RULES_PER_MODULE: usize = 100;
    let apart = (count / applying.max(1)).max(1);
    let mut modules: Vec<(String, String)> = Vec::new();
    let mut in_module = RULES_PER_MODULE;
    for number in 0..count {
        let applies = number % apart == 0 && number / apart < applying;
        if only_applying && !applies {
            continue;
        }
        if in_module == RULES_PER_MODULE {
            modules.push((format!("rules/{}.rego", modules.len()), "package bench.rules\n".to_owned()));
            in_module = 0;
        }
        in_module += 1;
        if let Some((_, text)) = modules.last_mut() {
            let kind = if applies { "Pod".to_owned() } else { format!("Kind{number}") };
            rule(text, subject, &kind, number);
        }
    }
    modules
}

fn rule(text: &mut String, subject: Subject, kind: &str, number: usize) {
    let (path, object) = (subject.path(), subject.object());
    let body = match number / 7 % 5 {
        0 => format!("\tnot {object}.metadata.labels.team{}\n\tmsg := \"rule {number}: no team\"", number % 50),
        1 => format!(
            "\tsome container in {object}.spec.containers\n\tnot startswith(container.image, \"registry-{number}/\")\n\tmsg \
             := sprintf(\"rule {number}: %v comes from elsewhere\", [container.image])"
        ),
        2 => format!(
            "\t{object}.spec.replicas > {}\n\tmsg := sprintf(\"rule {number}: %d replicas\", [{object}.spec.replicas])",
            number % 40
        ),
        3 => format!(
            "\tsome key, value in {object}.metadata.labels\n\tkey != \"app\"\n\tvalue == \"forbidden-{number}\"\n\tmsg := \
             concat(\" \", [\"rule {number}:\", key])"
        ),
        _ => format!(
            "\tcount({object}.spec.containers) > {}\n\tobject.get({object}.metadata.annotations, \"note\", \"\") == \
             \"\"\n\tmsg := \"rule {number}: a note is missing\"",
            number % 4
        ),
    };
    // Writing to memory does not fail.
    let _ = write!(text, "\ndeny contains msg if {{\n\t{path} == \"{kind}\"\n{body}\n}}\n");
}

/// An input that the rules about pods apply to.
pub fn rules_input(subject: Subject) -> Vec<u8> {
    let object = json!({
        "metadata": {"name": "trainer", "labels": {"app": "trainer", "tier": "batch"}, "annotations": {}},
        "spec": {
            "replicas": 12,
            "containers": [
                {"name": "trainer", "image": "registry.example.com/ml/trainer:1"},
                {"name": "metrics", "image": "registry.example.com/ml/metrics:2"},
            ],
        },
    });
    let input = match subject {
        Subject::ReviewKind => json!({"request": {"kind": {"kind": "Pod"}, "operation": "CREATE", "object": object}}),
        Subject::Kind => {
            let mut input = object;
            if let Some(fields) = input.as_object_mut() {
                fields.insert("kind".to_owned(), json!("Pod"));
            }
            input
        }
    };
    input.to_string().into_bytes()
}
