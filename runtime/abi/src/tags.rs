//! The tags of a module, by which an uncaught exception is told.
//!
//! The table ([`crate::symbols::TAGS`]) has the tags in order of index: each its name and the types of its
//! values, both strings in the format of [`leb128`]. The name is empty where it is not exported; it is escaped.
//! A type is a byte of [`ValueType`].

use crate::leb128;

/// A type of value, in so far as it matters to whom it is told.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `i32`.
    I32 = 1,
    /// `i64`.
    I64 = 2,
    /// `f32`.
    F32 = 3,
    /// `f64`.
    F64 = 4,
    /// `v128`.
    V128 = 5,
    /// Any reference.
    Reference = 6,
}

impl ValueType {
    fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::I32,
            2 => Self::I64,
            3 => Self::F32,
            4 => Self::F64,
            5 => Self::V128,
            6 => Self::Reference,
            _ => return None,
        })
    }

    /// Bytes that a value takes in an exception.
    pub fn size(self) -> u32 {
        match self {
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 | Self::Reference => 8,
            Self::V128 => 16,
        }
    }
}

/// A tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// The name it is exported by, or nothing. UTF-8.
    pub name: &'a [u8],
    types: &'a [u8],
}

impl<'a> Tag<'a> {
    /// The types of its values.
    pub fn types(self) -> impl Iterator<Item = ValueType> + Clone + use<'a> {
        self.types
            .iter()
            .map_while(|number| ValueType::from_number(*number))
    }
}

/// The table as the runtime reads it.
#[derive(Clone, Copy, Debug)]
pub struct Tags<'a>(pub &'a [u8]);

impl<'a> Tags<'a> {
    /// The tag with this index.
    pub fn find(self, index: u32) -> Option<Tag<'a>> {
        let string = |at| leb128::nth_string(self.0, at);
        let at = index.checked_mul(2)?;
        Some(Tag {
            name: string(at)?,
            types: string(at + 1)?,
        })
    }
}

/// Appends a tag.
#[cfg(feature = "alloc")]
pub fn write(out: &mut alloc::vec::Vec<u8>, name: &str, types: impl Iterator<Item = ValueType>) {
    let types: alloc::vec::Vec<u8> = types.map(|ty| ty as u8).collect();
    leb128::write_string(out, name.as_bytes());
    leb128::write_string(out, &types);
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn tags_are_read_as_written() {
        let all = [
            ValueType::I32,
            ValueType::I64,
            ValueType::F32,
            ValueType::F64,
            ValueType::V128,
            ValueType::Reference,
        ];
        let mut table = Vec::new();
        write(&mut table, "", [].into_iter());
        write(&mut table, "failure", all.into_iter());
        let tags = Tags(&table);
        assert_eq!(tags.find(0).unwrap().types().count(), 0);
        let tag = tags.find(1).unwrap();
        assert_eq!(tag.name, b"failure");
        assert!(tag.types().eq(all));
        assert_eq!(tags.find(2), None);
    }
}
