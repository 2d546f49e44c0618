use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn set<'a>(arena: &'a Arena, members: &[u16]) -> &'a Set<'a> {
    let members: Vec<_> = members.iter().map(|n| arena.string(&format!("a name with a number {n}"))).collect();
    arena.set(&members).as_set().unwrap()
}

proptest! {
    /// Sets of all sizes, so that both ways of looking are taken.
    #[test]
    fn agrees_with_sets_of_the_library(
        a in prop::collection::vec(0_u16..300, 0..200),
        b in prop::collection::vec(0_u16..300, 0..200),
        few in prop::collection::vec(0_u16..300, 0..4),
    ) {
        let arena = Arena::new();
        for (a, b) in [(&a, &b), (&a, &few), (&few, &a), (&a, &a)] {
            let (left, right) = (set(&arena, a), set(&arena, b));
            let (a, b): (BTreeSet<u16>, BTreeSet<u16>) = (a.iter().copied().collect(), b.iter().copied().collect());
            let expected = |members: BTreeSet<u16>| Value::Set(set(&arena, &Vec::from_iter(members)));
            prop_assert_eq!(left.union(right, &arena), expected(&a | &b));
            prop_assert_eq!(left.intersection(right, &arena), expected(&a & &b));
            prop_assert_eq!(left.difference(right, &arena), expected(&a - &b));
        }
    }
}
