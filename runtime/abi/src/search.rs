//! Finding records in the tables that are read when a program traps.

/// The little-endian number at an offset.
pub(crate) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// The first of `count` indices that `is_before` does not hold for, where it holds up to some index.
pub(crate) fn partition_point(
    count: usize,
    is_before: impl Fn(usize) -> Option<bool>,
) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_before(middle)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Some(low)
}
