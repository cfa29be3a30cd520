//! Traps: their numbers, their words, and the values that are told of them.
//!
//! Three words are told of a trap at a comparison. Compiled code stores some in the instance's record, from
//! [`crate::layout::TRAP_VALUES`] on. Those in parentheses the runtime finds in the registers of the comparison,
//! because storing them would make code longer at every access and indirect call.
//!
//! | kinds | words |
//! |---|---|
//! | [`TrapKind::MemoryOutOfBounds`], unless the processor has found it | (address of the last byte, limit) |
//! | [`TrapKind::TableOutOfBounds`], [`TrapKind::UndefinedElement`] | (index, limit) |
//! | [`TrapKind::MemoryRangeOutOfBounds`] and its like | first, number, limit |
//! | [`TrapKind::UninitializedElement`] | index |
//! | [`TrapKind::IndirectCallMismatch`] | index (numbers of the expected and of the found type) |
//! | [`TrapKind::UnalignedAtomic`] | address |
//!
//! A [`Limit`] is a number of bytes or elements, or where it lies.

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $message:literal;)*) => {
        /// Why a program trapped. The words begin as those that the specification's tests ask for.
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum TrapKind { $($(#[$doc])* $name = $number,)* }

        impl TrapKind {
            /// The kind with this number.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// Gives what a person is told.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

kinds! {
    /// The `unreachable` instruction.
    Unreachable = 1, "unreachable executed";
    /// An access outside a linear memory.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// An access outside a table.
    TableOutOfBounds = 3, "out of bounds table access";
    /// An indirect call outside its table.
    UndefinedElement = 4, "undefined element";
    /// An indirect call of a null element.
    UninitializedElement = 5, "uninitialized element";
    /// An indirect call of a function of another type.
    IndirectCallMismatch = 6, "indirect call type mismatch";
    /// Integer division by zero.
    DivisionByZero = 7, "integer divide by zero";
    /// Integer overflow in a division or a conversion.
    IntegerOverflow = 8, "integer overflow";
    /// A conversion of NaN to an integer.
    InvalidConversion = 9, "invalid conversion to integer";
    /// The wasm stack is used up.
    StackExhausted = 10, "call stack exhausted";
    /// A null reference where a value is needed.
    NullReference = 11, "null reference";
    /// An atomic access that is not naturally aligned.
    UnalignedAtomic = 12, "unaligned atomic";
    /// `memory.atomic.wait` on a memory that is not shared.
    ExpectedShared = 13, "expected shared memory";
    /// A call to an import that was unknown when the program was compiled.
    UnknownImport = 14, "unknown import called";
    /// A call of a null function reference.
    NullFunctionReference = 15, "null function reference";
    /// A null exception reference that is thrown.
    NullExceptionReference = 16, "null exception reference";
    /// A bulk operator's range outside a linear memory.
    MemoryRangeOutOfBounds = 17, "out of bounds memory access";
    /// A bulk operator's range outside a table.
    TableRangeOutOfBounds = 18, "out of bounds table access";
    /// A bulk operator's range outside a data segment.
    DataSegmentOutOfBounds = 19, "out of bounds memory access";
    /// A bulk operator's range outside an element segment.
    ElementSegmentOutOfBounds = 20, "out of bounds table access";
    /// An address beyond 64 bits.
    AddressOverflow = 21, "out of bounds memory access";
}

/// The length of a memory, table or segment as one word: itself, or, with the highest bit set, where in the
/// state it lies. Code that reads it there to compare it need keep no copy for the trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The length, in bytes or elements.
    Is(u64),
    /// Offset from the state of a `u64`.
    At(u64),
}

impl Limit {
    /// The word. Lengths of 2^63 and more are told as 2^63 - 1.
    pub fn word(self) -> u64 {
        match self {
            Self::Is(len) => len.min(i64::MAX as u64),
            Self::At(offset) => !offset,
        }
    }

    /// The limit of a word.
    pub fn of_word(word: u64) -> Self {
        match word as i64 {
            0.. => Self::Is(word),
            _ => Self::At(!word),
        }
    }
}
