//! Names that code can refer to, and their spelling in CLIF: a namespace and a number, which the
//! object phase turns back into symbols.

use super::Item;
use crate::plan::Plan;
use cranelift_codegen::ir::{AbiParam, Signature, Type, UserExternalName, types};
use cranelift_codegen::isa::CallConv;
use kiln_abi::library::INSTANCE_FUNCTIONS;
use kiln_abi::symbols;

/// Something that can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// A compiled function, by function index: a defined one, or the body made for an import.
    Function(u32),
    /// The C function that an import is bound to, by the import's function index.
    Import(u32),
    /// The code that calls a function with arguments from memory, by function index.
    Trampoline(u32),
    /// The runtime's function on instances, by its place in
    /// [`INSTANCE_FUNCTIONS`](kiln_abi::library::INSTANCE_FUNCTIONS).
    InstanceFunction(u32),
    /// A function of the runtime.
    Runtime(Runtime),
}

/// Read-only data that code refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Data {
    /// The code entries of function references.
    Funcrefs,
    /// The code entries of a constant table.
    Table(u32),
    /// The bytes of a passive data segment.
    Segment(u32),
    /// The reference values of a passive element segment.
    Elements(u32),
    /// The name of an unknown import, by function index.
    ImportName(u32),
}

impl Data {
    /// The symbol it is linked by.
    pub fn symbol(self) -> String {
        match self {
            Data::Funcrefs => symbols::FUNCREFS.to_owned(),
            Data::Table(index) => format!("kiln::table[{index}]"),
            Data::Segment(index) => format!("kiln::segment[{index}]"),
            Data::Elements(index) => format!("kiln::elements[{index}]"),
            Data::ImportName(index) => format!("kiln::import_name[{index}]"),
        }
    }
}

macro_rules! runtime {
    ($($(#[$doc:meta])* $name:ident: $symbol:ident($($param:ident),*) $(-> $result:ident)?;)*) => {
        /// The runtime's functions that code calls. See [`kiln_abi::symbols`] for what each does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Runtime { $($name,)* }

        impl Runtime {
            pub const ALL: &[Runtime] = &[$(Runtime::$name,)*];

            /// The symbol it is linked by.
            pub fn symbol(self) -> &'static str {
                match self { $(Runtime::$name => symbols::$symbol,)* }
            }

            /// Its signature.
            pub fn signature(self) -> Signature {
                let (params, results): (&[Type], &[Type]) = match self {
                    $(Runtime::$name => (&[$(types::$param),*], &[$(types::$result)?]),)*
                };
                // A throw clobbers every register, as only this convention says.
                let throws = matches!(self, Runtime::Throw);
                let convention = if throws { CallConv::Tail } else { CallConv::SystemV };
                let mut signature = Signature::new(convention);
                signature.params.extend(params.iter().map(|ty| AbiParam::new(*ty)));
                signature.returns.extend(results.iter().map(|ty| AbiParam::new(*ty)));
                signature
            }
        }
    };
}

runtime! {
    MemoryGrow: MEMORY_GROW(I64, I64, I64) -> I64;
    MemoryGrowMapping: MEMORY_GROW_MAPPING(I64, I64, I64) -> I64;
    MemoryGrowMoving: MEMORY_GROW_MOVING(I64, I64, I64) -> I64;
    TableGrow: TABLE_GROW(I64, I64, I64, I64) -> I64;
    TableFill: TABLE_FILL(I64, I64, I64);
    UnknownImport: UNKNOWN_IMPORT(I64, I64, I64);
    AtomicWait32: ATOMIC_WAIT32(I64, I32, I64) -> I32;
    AtomicWait64: ATOMIC_WAIT64(I64, I64, I64) -> I32;
    AtomicNotify: ATOMIC_NOTIFY(I64, I32) -> I32;
    ExceptionNew: EXCEPTION_NEW(I64, I32, I64) -> I64;
    Throw: THROW(I64, I64);
    Memmove: MEMMOVE(I64, I64, I64) -> I64;
    Memset: MEMSET(I64, I32, I64) -> I64;
    Call: CALL(I64, I64, I64) -> I32;
}

const FUNCTION: u32 = 0;
const IMPORT: u32 = 1;
const RUNTIME: u32 = 2;
const FUNCREFS: u32 = 3;
const TABLE: u32 = 4;
const SEGMENT: u32 = 5;
const ELEMENTS: u32 = 6;
const IMPORT_NAME: u32 = 7;
const TRAMPOLINE: u32 = 8;
const INSTANCE_FUNCTION: u32 = 9;

impl From<Target> for UserExternalName {
    fn from(target: Target) -> Self {
        match target {
            Target::Function(index) => UserExternalName::new(FUNCTION, index),
            Target::Import(index) => UserExternalName::new(IMPORT, index),
            Target::Trampoline(index) => UserExternalName::new(TRAMPOLINE, index),
            Target::InstanceFunction(index) => UserExternalName::new(INSTANCE_FUNCTION, index),
            Target::Runtime(function) => UserExternalName::new(RUNTIME, function as u32),
        }
    }
}

impl From<Data> for UserExternalName {
    fn from(data: Data) -> Self {
        match data {
            Data::Funcrefs => UserExternalName::new(FUNCREFS, 0),
            Data::Table(index) => UserExternalName::new(TABLE, index),
            Data::Segment(index) => UserExternalName::new(SEGMENT, index),
            Data::Elements(index) => UserExternalName::new(ELEMENTS, index),
            Data::ImportName(index) => UserExternalName::new(IMPORT_NAME, index),
        }
    }
}

/// The meaning of a name in CLIF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    Target(Target),
    Data(Data),
}

impl Name {
    /// Gives what a person calls it.
    pub fn describe(self, plan: &Plan) -> String {
        match self {
            Name::Target(Target::Function(index) | Target::Import(index)) => {
                plan.module.describe(index)
            }
            Name::Target(Target::Trampoline(index)) => Item::Trampoline(index).describe(plan),
            Name::Target(Target::InstanceFunction(index)) => {
                INSTANCE_FUNCTIONS[index as usize].symbol.to_owned()
            }
            Name::Target(Target::Runtime(function)) => function.symbol().to_owned(),
            Name::Data(data) => data.symbol(),
        }
    }

    /// The inverse of the conversions to [`UserExternalName`].
    pub fn from_clif(name: &UserExternalName) -> Name {
        let index = name.index;
        match name.namespace {
            FUNCTION => Name::Target(Target::Function(index)),
            IMPORT => Name::Target(Target::Import(index)),
            TRAMPOLINE => Name::Target(Target::Trampoline(index)),
            INSTANCE_FUNCTION => Name::Target(Target::InstanceFunction(index)),
            RUNTIME => Name::Target(Target::Runtime(Runtime::ALL[index as usize])),
            FUNCREFS => Name::Data(Data::Funcrefs),
            TABLE => Name::Data(Data::Table(index)),
            SEGMENT => Name::Data(Data::Segment(index)),
            ELEMENTS => Name::Data(Data::Elements(index)),
            IMPORT_NAME => Name::Data(Data::ImportName(index)),
            namespace => unreachable!("no name has namespace {namespace}"),
        }
    }
}
