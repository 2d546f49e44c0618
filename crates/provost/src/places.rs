//! Lines and columns of many places in one text.

use value::Position;

/// The positions of byte offsets, in one pass over the text: a minified plan is one line of many megabytes, and counting its
/// columns anew for each finding would take longer than deciding.
pub(crate) fn positions(text: &str, offsets: &[u32]) -> Vec<Position> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_unstable_by_key(|&index| offsets.get(index));
    let mut found = vec![Position::default(); offsets.len()];
    let mut waiting = order.into_iter().peekable();
    let mut position = Position { line: 1, column: 1 };
    let ends = text.char_indices().map(|(at, character)| (at + character.len_utf8(), character));
    for (end, character) in ends {
        while let Some(index) = waiting.next_if(|&index| offsets.get(index).is_some_and(|&at| (at as usize) < end)) {
            set(&mut found, index, position);
        }
        if waiting.peek().is_none() {
            break;
        }
        if character == '\n' {
            position = Position { line: position.line.saturating_add(1), column: 1 };
        } else {
            position.column = position.column.saturating_add(1);
        }
    }
    waiting.for_each(|index| set(&mut found, index, position));
    found
}

fn set(found: &mut [Position], index: usize, position: Position) {
    if let Some(slot) = found.get_mut(index) {
        *slot = position;
    }
}

#[cfg(test)]
mod tests {
    use super::positions;
    use value::Position;

    #[test]
    fn the_same_as_one_by_one() {
        let text = "a\nbé\n\nlast 世";
        let offsets: Vec<u32> = (0..=text.len() as u32 + 2).rev().collect();
        let expected: Vec<_> = offsets.iter().map(|&offset| Position::of(text, offset)).collect();
        assert_eq!(positions(text, &offsets), expected);
        assert_eq!(positions("", &[0, 5]), [Position { line: 1, column: 1 }; 2]);
    }
}
