//! The memory that an instance may still take: what `--max-memory` and `KILN_MAX_MEMORY` leave it.
//! Counted are the bytes of its memories, the elements of the tables it can change, and the space of
//! its exceptions: all that a program can make larger as it runs.

/// A number of bytes, of which some are taken.
#[derive(Debug)]
pub struct Budget {
    left: u64,
}

impl Budget {
    /// A budget of so many bytes, `u64::MAX` being no limit.
    #[inline]
    pub const fn new(bytes: u64) -> Self {
        Budget { left: bytes }
    }

    /// Takes bytes; `false`, with nothing taken, where there are not so many left.
    #[inline(always)]
    pub fn take(&mut self, bytes: u64) -> bool {
        if bytes > self.left {
            return false;
        }
        self.left -= bytes;
        true
    }

    /// Gives bytes back that were taken.
    #[inline]
    pub fn give_back(&mut self, bytes: u64) {
        self.left += bytes;
    }

    /// Returns the bytes that are left.
    #[inline]
    pub fn left(&self) -> u64 {
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn no_more_is_taken_than_there_is() {
        let mut budget = Budget::new(10);
        assert!(budget.take(6));
        assert!(!budget.take(5));
        assert_eq!(budget.left(), 4);
        assert!(budget.take(4) && budget.take(0) && !budget.take(1));
        budget.give_back(6);
        assert!(budget.take(6));
        let mut unlimited = Budget::new(u64::MAX);
        assert!(unlimited.take(u64::MAX / 2) && unlimited.take(u64::MAX / 2));
    }
}
