//! Names that may be meant by a name that is not known.

/// The candidate that is most like a name, if one is so much like it that it may be meant: it differs
/// in at most a third of the name's letters, or the name is whole words at its begin or end.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |candidate: &&str| strsim::osa_distance(name, candidate);
    let is_near = |candidate: &&str| {
        distance(candidate) <= name.chars().count().max(3) / 3 || is_part(name, candidate)
    };
    let near = candidates.into_iter().filter(is_near);
    near.min_by_key(|candidate| (distance(candidate), !is_part(name, candidate)))
}

/// Tells if a name is the begin of another, or its last words. One or two letters are part of too
/// many.
fn is_part(name: &str, whole: &str) -> bool {
    let rest = whole.strip_suffix(name);
    let is_end = rest.is_some_and(|rest| rest.ends_with('-'));
    name.len() >= 3 && (whole.starts_with(name) || is_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: [&str; 12] = [
        "output",
        "emit",
        "opt-level",
        "cpu",
        "stack-size",
        "max-memory",
        "dir",
        "arg",
        "argv0",
        "inherit-env",
        "stdout",
        "embed-times",
    ];

    #[test]
    fn typing_errors_are_near() {
        for (name, meant) in [
            ("opt-levl", "opt-level"),
            ("dri", "dir"),
            ("dirs", "dir"),
            ("stdotu", "stdout"),
            ("stack_size", "stack-size"),
            ("max-mem", "max-memory"),
            ("memory", "max-memory"),
            ("inherit", "inherit-env"),
            ("args", "arg"),
            ("argv", "argv0"),
        ] {
            assert_eq!(nearest(name, FLAGS), Some(meant), "{name}");
        }
    }

    #[test]
    fn other_words_are_not() {
        for name in [
            "target", "mount", "volume", "env-file", "wasm", "x", "", "é",
        ] {
            assert_eq!(nearest(name, FLAGS), None, "{name}");
        }
    }
}
