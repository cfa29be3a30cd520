//! Traps: their numbers and their words.

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

            /// What a person is told.
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
}
