//! Bytes and those who claim them, who may be strangers: ranges that overlap, or reach beyond the end.

use std::ops::Range;

/// Gives each byte of `whole` to the first that claims it, or to nobody. The claims are taken by where
/// they start, those that start together in their order. No part is empty, and all parts together are
/// the whole.
pub(super) fn divide<T: Clone>(
    whole: Range<u64>,
    mut claims: Vec<(Range<u64>, T)>,
) -> Vec<(Range<u64>, Option<T>)> {
    claims.sort_by_key(|(range, _)| range.start);
    let mut parts = Vec::new();
    let mut at = whole.start;
    for (range, owner) in claims {
        let (start, end) = (range.start.max(at), range.end.min(whole.end));
        if start >= end {
            continue;
        }
        if at < start {
            parts.push((at..start, None));
        }
        parts.push((start..end, Some(owner)));
        at = end;
    }
    if at < whole.end {
        parts.push((at..whole.end, None));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_one_owner() {
        let claims = vec![
            (6..8, 'c'),
            (2..4, 'a'),
            (2..6, 'b'),
            (1..1, 'd'),
            (7..99, 'e'),
        ];
        let parts = [
            (0..2, None),
            (2..4, Some('a')),
            (4..6, Some('b')),
            (6..8, Some('c')),
            (8..10, Some('e')),
        ];
        assert_eq!(divide(0..10, claims), parts);
        let reversed = Range { start: 9, end: 3 };
        assert_eq!(divide(5..5, vec![(0..9, 'a')]), []);
        assert_eq!(
            divide(5..7, vec![(reversed, 'a'), (7..u64::MAX, 'b')]),
            [(5..7, None)]
        );
    }
}
