//! Which parts of the data the API has changed.

use crate::data_path::name_of;
use std::collections::BTreeSet;
use value::{Pointer, Segment};

/// Places below `data` that the API has changed, none of them inside of another. When the files are read again, what stands at
/// these places stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WrittenPlaces {
    places: BTreeSet<Vec<String>>,
}

/// With more places than this, the folders around them count as changed.
const PLACES_MAX: usize = 10_000;

impl WrittenPlaces {
    /// Notes a change at `path` of a document. Items of arrays move when others come and go, so the array as a whole counts.
    pub(crate) fn insert(&mut self, path: &Pointer) {
        let is_position = |segment: &Segment| match segment {
            Segment::Index(_) => true,
            Segment::Key(name) => name == "-",
        };
        let names: Vec<String> = path.0.iter().take_while(|segment| !is_position(segment)).map(name_of).collect();
        if (0..=names.len()).any(|length| names.get(..length).is_some_and(|above| self.places.contains(above))) {
            return;
        }
        let below: Vec<_> =
            self.places.range(names.clone()..).take_while(|place| place.starts_with(&names)).cloned().collect();
        for place in below {
            self.places.remove(&place);
        }
        self.places.insert(names);
        while self.places.len() > PLACES_MAX {
            self.generalise();
        }
    }

    /// The places as pointers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Pointer> + '_ {
        self.places.iter().map(|names| Pointer(names.iter().cloned().map(Segment::Key).collect()))
    }

    /// Takes the deepest places one level up.
    fn generalise(&mut self) {
        let deepest = self.places.iter().map(Vec::len).max().unwrap_or_default();
        let (deep, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.places).into_iter().partition(|names| names.len() == deepest);
        let above: BTreeSet<_> = deep
            .into_iter()
            .map(|mut names| {
                names.pop();
                names
            })
            .collect();
        let covered = |names: &Vec<String>| {
            (0..names.len()).any(|length| names.get(..length).is_some_and(|place| above.contains(place)))
        };
        self.places = rest.into_iter().filter(|names| !covered(names)).collect();
        self.places.extend(above);
    }
}
