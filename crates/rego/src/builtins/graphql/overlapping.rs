//! The rule `OverlappingFieldsCanBeMerged`: fields that get the same name in a response must be the same field, with the
//! same arguments and types that go together (<https://spec.graphql.org/October2021/#FieldsInSetCanMerge()>).
//!
//! A selection is collected into its own fields, inline fragments included, and the fragments that it spreads. Fields
//! within a collection are compared with each other, and then each collection with each fragment, each fragment with
//! each other, and so on inward.

use super::ast::{Argument, DefinitionKind, Field, FragmentSpread, Position, Selection, TypeReference};
use super::validate::Validator;
use rustc_hash::{FxHashMap, FxHashSet};

/// What was compared already.
#[derive(Default)]
pub struct Compared<'a> {
    /// Pairs of fragments by name, and whether as ones of which only one can apply.
    pairs: FxHashMap<(&'a str, &'a str), bool>,
    /// Fragments that were compared with the collection at hand.
    fragments: FxHashSet<&'a str>,
}

/// Two fields that do not go together.
struct Conflict<'a> {
    response_name: &'a str,
    reason: Reason<'a>,
    position: Option<Position>,
}

enum Reason<'a> {
    Fields(String),
    Subfields(Vec<Conflict<'a>>),
}

impl Reason<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::Fields(message) => out.push_str(message),
            Self::Subfields(conflicts) => {
                for (at, conflict) in conflicts.iter().enumerate() {
                    out.push_str(if at == 0 { "subfields \"" } else { " and subfields \"" });
                    out.push_str(conflict.response_name);
                    out.push_str("\" conflict because ");
                    conflict.reason.write(out);
                }
            }
        }
    }
}

/// What a selection selects.
#[derive(Default)]
struct Collected<'d, 'a> {
    fields: Vec<(&'a str, Vec<&'d Field<'a>>)>,
    index_by_name: FxHashMap<&'a str, usize>,
    spreads: Vec<&'d FragmentSpread<'a>>,
}

impl<'d, 'a> Collected<'d, 'a> {
    fn add(&mut self, selections: &'d [Selection<'a>]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let name = field.response_name();
                    let at = *self.index_by_name.entry(name).or_insert(self.fields.len());
                    match self.fields.get_mut(at) {
                        Some((_, fields)) => fields.push(field),
                        None => self.fields.push((name, vec![field])),
                    }
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.selections),
                Selection::FragmentSpread(spread) => self.spreads.push(spread),
            }
        }
    }

    fn named(&self, name: &str) -> &[&'d Field<'a>] {
        let fields = self.index_by_name.get(name).and_then(|at| self.fields.get(*at));
        fields.map_or(&[], |(_, fields)| fields)
    }

    fn has_same_fields(&self, other: &Self) -> bool {
        let all = |collected: &Self| collected.fields.iter().map(|(_, fields)| fields.len()).sum::<usize>();
        let (mine, others) = (self.fields.iter(), other.fields.iter());
        all(self) == all(other)
            && mine.flat_map(|it| &it.1).zip(others.flat_map(|it| &it.1)).all(|(a, b)| std::ptr::eq(*a, *b))
    }
}

impl<'d, 'a> Validator<'d, 'a> {
    pub fn overlapping_fields_can_be_merged(&mut self, selections: &'d [Selection<'a>]) {
        if selections.is_empty() {
            return;
        }
        let collected = self.collect(selections);
        let mut conflicts = Vec::new();
        for (_, fields) in &collected.fields {
            for (at, a) in fields.iter().enumerate() {
                let others = fields.get(at + 1..).unwrap_or_default();
                if !self.count_steps(others.len()) {
                    return;
                }
                conflicts.extend(others.iter().filter_map(|b| self.conflict(false, a, b)));
            }
        }
        self.compared.fragments.clear();
        for (at, a) in collected.spreads.iter().enumerate() {
            self.compare_with_fragment(&mut conflicts, false, &collected, a);
            for b in collected.spreads.iter().skip(at + 1) {
                self.compare_fragments(&mut conflicts, false, a, b);
            }
        }
        for conflict in conflicts {
            let mut reason = String::new();
            conflict.reason.write(&mut reason);
            let name = conflict.response_name;
            let advice = "Use different aliases on the fields to fetch both if this was intentional.";
            self.report(conflict.position, format!("Fields \"{name}\" conflict because {reason}. {advice}"));
        }
    }

    fn collect(&mut self, selections: &'d [Selection<'a>]) -> Collected<'d, 'a> {
        let mut collected = Collected::default();
        collected.add(selections);
        self.count_steps(collected.fields.len());
        collected
    }

    fn compare_with_fragment(
        &mut self,
        conflicts: &mut Vec<Conflict<'a>>,
        exclusive: bool,
        collected: &Collected<'d, 'a>,
        spread: &'d FragmentSpread<'a>,
    ) {
        if !self.compared.fragments.insert(spread.name) {
            return;
        }
        let Some(fragment) = self.fragments.get(spread.name).copied() else { return };
        let others = self.collect(&fragment.selections);
        if collected.has_same_fields(&others) {
            return;
        }
        self.compare(conflicts, exclusive, collected, &others);
        for inner in others.spreads.iter().filter(|inner| inner.name != spread.name) {
            self.bounded(|validator| validator.compare_with_fragment(conflicts, exclusive, collected, inner));
        }
    }

    fn compare_fragments(
        &mut self,
        conflicts: &mut Vec<Conflict<'a>>,
        exclusive: bool,
        a: &'d FragmentSpread<'a>,
        b: &'d FragmentSpread<'a>,
    ) {
        // A pair that was compared as exclusive was compared less strictly.
        let is_compared = self.compared.pairs.get(&(a.name, b.name)).is_some_and(|before| exclusive || !before);
        if a.name == b.name || is_compared {
            return;
        }
        self.compared.pairs.insert((a.name, b.name), exclusive);
        self.compared.pairs.insert((b.name, a.name), exclusive);
        let fragments = (self.fragments.get(a.name).copied(), self.fragments.get(b.name).copied());
        let (Some(fragment_a), Some(fragment_b)) = fragments else { return };
        let (in_a, in_b) = (self.collect(&fragment_a.selections), self.collect(&fragment_b.selections));
        self.compare(conflicts, exclusive, &in_a, &in_b);
        self.bounded(|validator| {
            for inner in &in_b.spreads {
                validator.compare_fragments(conflicts, exclusive, a, inner);
            }
            for inner in &in_a.spreads {
                validator.compare_fragments(conflicts, exclusive, inner, b);
            }
        });
    }

    fn compare(
        &mut self,
        conflicts: &mut Vec<Conflict<'a>>,
        exclusive: bool,
        a: &Collected<'d, 'a>,
        b: &Collected<'d, 'a>,
    ) {
        for (name, fields) in &a.fields {
            let others = b.named(name);
            for field_a in fields {
                if !self.count_steps(others.len()) {
                    return;
                }
                conflicts.extend(others.iter().filter_map(|field_b| self.conflict(exclusive, field_a, field_b)));
            }
        }
    }

    /// How two fields of the same response name conflict. Of exclusive ones only one is in a response.
    fn conflict(&mut self, exclusive: bool, a: &'d Field<'a>, b: &'d Field<'a>) -> Option<Conflict<'a>> {
        let (in_a, in_b) = (self.fields.get(&std::ptr::from_ref(a))?, self.fields.get(&std::ptr::from_ref(b))?);
        let (parent_a, parent_b) = (in_a.parent?, in_b.parent?);
        let definitions = in_a.definition.zip(in_b.definition);
        let are_objects = parent_a.kind == DefinitionKind::Object && parent_b.kind == DefinitionKind::Object;
        let exclusive = exclusive || parent_a.name != parent_b.name && are_objects && definitions.is_some();
        let fail = |reason| Some(Conflict { response_name: a.response_name(), reason, position: b.position });
        if !exclusive && a.name != b.name {
            let message = format!("\"{}\" and \"{}\" are different fields", a.name, b.name);
            return fail(Reason::Fields(message));
        }
        if !exclusive && !are_same_arguments(&a.arguments, &b.arguments) {
            return fail(Reason::Fields("they have differing arguments".to_owned()));
        }
        if let Some((definition_a, definition_b)) = definitions {
            let (type_a, type_b) = (&definition_a.type_reference, &definition_b.type_reference);
            if self.do_types_conflict(type_a, type_b) {
                let message = format!("they return conflicting types \"{type_a}\" and \"{type_b}\"");
                return fail(Reason::Fields(message));
            }
        }
        let subfields = self.bounded(|validator| validator.subfield_conflicts(exclusive, a, b));
        if subfields.is_empty() { None } else { fail(Reason::Subfields(subfields)) }
    }

    fn subfield_conflicts(&mut self, exclusive: bool, a: &'d Field<'a>, b: &'d Field<'a>) -> Vec<Conflict<'a>> {
        let mut conflicts = Vec::new();
        if a.selections.is_empty() || b.selections.is_empty() {
            return conflicts;
        }
        let (in_a, in_b) = (self.collect(&a.selections), self.collect(&b.selections));
        self.compare(&mut conflicts, exclusive, &in_a, &in_b);
        for (collected, others) in [(&in_a, &in_b), (&in_b, &in_a)] {
            for spread in &others.spreads {
                self.compared.fragments.clear();
                self.compare_with_fragment(&mut conflicts, exclusive, collected, spread);
            }
        }
        for spread_a in &in_a.spreads {
            for spread_b in &in_b.spreads {
                self.compare_fragments(&mut conflicts, exclusive, spread_a, spread_b);
            }
        }
        conflicts
    }

    fn do_types_conflict(&self, a: &TypeReference<'a>, b: &TypeReference<'a>) -> bool {
        match (&a.element, &b.element) {
            (Some(a), Some(b)) => self.do_types_conflict(a, b),
            (None, None) => {
                let is_leaf = |name| self.type_named(name).is_some_and(|definition| definition.kind.is_leaf());
                a.non_null != b.non_null || is_leaf(a.named) && is_leaf(b.named) && a.named != b.named
            }
            _ => true,
        }
    }
}

/// Whether the arguments are the same in any order. Like gqlparser this does not look into lists and objects.
fn are_same_arguments(a: &[Argument<'_>], b: &[Argument<'_>]) -> bool {
    let is_same = |a: &Argument<'_>, b: &Argument<'_>| {
        a.name == b.name && a.value.kind == b.value.kind && a.value.raw == b.value.raw
    };
    a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| is_same(a, b)))
}
