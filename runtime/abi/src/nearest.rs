//! The name that a misspelt one is most like.

/// The longest words that are compared.
const LONGEST: usize = 40;

/// The candidate that `word` is most like, the first of several. `None` where none is close: one
/// edit for each three characters is allowed.
pub fn nearest<'a>(word: &[u8], candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best = None;
    for candidate in candidates {
        let longest = word.len().max(candidate.len());
        let Some(distance) = distance(word, candidate.as_bytes()) else {
            continue;
        };
        if distance * 3 <= longest && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The edits that make one word of the other: insertions, deletions, substitutions and swaps of
/// neighbours (optimal string alignment), capitals counting as small letters. `None` for words that
/// are too long.
fn distance(a: &[u8], b: &[u8]) -> Option<usize> {
    if a.len() > LONGEST || b.len() > LONGEST {
        return None;
    }
    let same = |i: usize, j: usize| a[i].eq_ignore_ascii_case(&b[j]);
    // Rows of the matrix of distances between prefixes: two back, last, this one.
    let mut rows = [[0; LONGEST + 1]; 3];
    for (j, cell) in rows[1].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 0..a.len() {
        rows[2][0] = i + 1;
        for j in 0..b.len() {
            let substituted = rows[1][j] + usize::from(!same(i, j));
            let edited = (rows[1][j + 1] + 1).min(rows[2][j] + 1).min(substituted);
            let is_swap = i > 0 && j > 0 && same(i, j - 1) && same(i - 1, j);
            let swapped = if is_swap { rows[0][j - 1] + 1 } else { edited };
            rows[2][j + 1] = edited.min(swapped);
        }
        rows.rotate_left(1);
    }
    Some(rows[1][b.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, edits) in [
            ("", "", 0),
            ("dirs", "DIRS", 0),
            ("dir", "dirs", 1),
            ("fd_wirte", "fd_write", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("abc", "", 3),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), Some(edits), "{a} {b}");
        }
        assert_eq!(distance(&[b'a'; 41], b"a"), None);
    }

    #[test]
    fn only_what_is_close_is_near() {
        let names = ["DIRS", "ENV", "STDIN", "STDOUT", "MAX_MEMORY"];
        for (word, near) in [
            ("DIR", Some("DIRS")),
            ("ENVS", Some("ENV")),
            ("STDOT", Some("STDOUT")),
            ("MAX_MEM", Some("MAX_MEMORY")),
            ("OTHER", None),
            ("", None),
        ] {
            assert_eq!(nearest(word.as_bytes(), names), near, "{word}");
        }
    }
}
