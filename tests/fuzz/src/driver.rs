//! A `_start` for any module without imports: it calls each function and prints what comes back, then
//! what is in the globals and memories.

use anyhow::{Context, Result};
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    BlockType, CodeSection, DataCountSection, DataSection, ElementSection, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, HeapType, ImportSection, Instruction,
    MemArg, MemArgTarget, MemorySection, MemoryType, Module, StartSection, TableSection,
    TagSection, TypeSection, ValType,
};
use wasmparser::{CompositeInnerType, FuncType, Parser, Payload, RefType};

/// The index of the one import.
const FD_WRITE: u32 = 0;
const LOG2_OF_PAGE: u32 = 16;

/// Adds one to the indices of functions, because there is an import before them.
struct Shift;

impl Reencode for Shift {
    type Error = std::convert::Infallible;

    fn function_index(
        &mut self,
        function: u32,
    ) -> Result<u32, wasm_encoder::reencode::Error<Self::Error>> {
        Ok(function + 1)
    }
}

/// The sections of a module, with what the driver has to know of them.
#[derive(Default)]
struct Sections {
    types: TypeSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    tags: TagSection,
    globals: GlobalSection,
    start: Option<u32>,
    elements: ElementSection,
    data_count: Option<u32>,
    code: CodeSection,
    data: DataSection,
    signatures: Vec<Option<FuncType>>,
    type_of_function: Vec<u32>,
    memory_types: Vec<wasmparser::MemoryType>,
    global_types: Vec<wasmparser::GlobalType>,
}

/// Gives a module with a `_start`; `arguments` is a source of constants.
pub fn with_start(module: &[u8], arguments: &mut dyn FnMut() -> u64) -> Result<Vec<u8>> {
    let mut sections = Sections::read(module)?;
    let first_type = sections.types.len();
    sections
        .types
        .ty()
        .function([ValType::I32; 4], [ValType::I32]);
    sections.types.ty().function([ValType::I64], []);
    sections.types.ty().function([], []);
    let memory = sections.memory_of_driver();
    let first_function = 1 + sections.functions.len();
    sections.functions.function(first_type + 1);
    sections.functions.function(first_type + 2);
    sections.code.function(&print(memory));
    let start = sections.start_function(first_function, arguments);
    sections.code.function(&start);

    let mut imports = ImportSection::new();
    imports.import(
        "wasi_snapshot_preview1",
        "fd_write",
        EntityType::Function(first_type),
    );
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, memory);
    exports.export("_start", ExportKind::Func, first_function + 1);
    Ok(sections.module(&imports, &exports))
}

impl Sections {
    fn read(module: &[u8]) -> Result<Self> {
        let mut sections = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            sections.add(payload?).context("encoding a module again")?;
        }
        Ok(sections)
    }

    fn add(&mut self, payload: Payload) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    let types = group?.into_types();
                    self.signatures
                        .extend(types.map(|ty| match ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => Some(ty),
                            _ => None,
                        }));
                }
                Shift.parse_type_section(&mut self.types, section)?;
            }
            Payload::FunctionSection(section) => {
                self.type_of_function = section.clone().into_iter().collect::<Result<_, _>>()?;
                Shift.parse_function_section(&mut self.functions, section)?;
            }
            Payload::TableSection(section) => {
                Shift.parse_table_section(&mut self.tables, section)?;
            }
            Payload::MemorySection(section) => {
                self.memory_types = section.clone().into_iter().collect::<Result<_, _>>()?;
                Shift.parse_memory_section(&mut self.memories, section)?;
            }
            Payload::TagSection(section) => Shift.parse_tag_section(&mut self.tags, section)?,
            Payload::GlobalSection(section) => {
                for global in section.clone() {
                    self.global_types.push(global?.ty);
                }
                Shift.parse_global_section(&mut self.globals, section)?;
            }
            Payload::StartSection { func, .. } => self.start = Some(Shift.start_section(func)?),
            Payload::ElementSection(section) => {
                Shift.parse_element_section(&mut self.elements, section)?;
            }
            Payload::DataCountSection { count, .. } => self.data_count = Some(count),
            Payload::DataSection(section) => Shift.parse_data_section(&mut self.data, section)?,
            Payload::CodeSectionEntry(body) => {
                Shift.parse_function_body(&mut self.code, body)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The memory that is exported and that the driver uses: the first, if it can, or another.
    fn memory_of_driver(&mut self) -> u32 {
        if let Some(first) = self.memory_types.first()
            && !first.memory64
            && first.page_size_log2.is_none_or(|log2| log2 == LOG2_OF_PAGE)
            && first.initial > 0
        {
            return 0;
        }
        self.memories.memory(MemoryType {
            minimum: 1,
            maximum: Some(1),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        self.memories.len() - 1
    }

    /// The body of `_start`, which prints by function `print`.
    fn start_function(&self, print: u32, arguments: &mut dyn FnMut() -> u64) -> Function {
        // A vector, a sum, an address.
        let mut body = Function::new([(1, ValType::V128), (2, ValType::I64)]);
        for (function, ty) in (1..).zip(&self.type_of_function) {
            let Some(ty) = &self.signatures[*ty as usize] else {
                continue;
            };
            let is_null_or_number = |ty: &wasmparser::ValType| ty.is_defaultable();
            if !ty.params().iter().all(is_null_or_number) {
                continue;
            }
            for param in ty.params() {
                push_constant(&mut body, *param, arguments());
            }
            body.instruction(&Instruction::Call(function));
            for result in ty.results().iter().rev() {
                print_value(&mut body, *result, print);
            }
        }
        for (global, ty) in (0..).zip(&self.global_types) {
            body.instruction(&Instruction::GlobalGet(global));
            print_value(&mut body, ty.content_type, print);
        }
        for (memory, ty) in (0..).zip(&self.memory_types) {
            hash(&mut body, memory, ty);
            body.instruction(&Instruction::Call(print));
        }
        body.instruction(&Instruction::End);
        body
    }

    fn module(self, imports: &ImportSection, exports: &ExportSection) -> Vec<u8> {
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(imports)
            .section(&self.functions);
        module.section(&self.tables).section(&self.memories);
        module
            .section(&self.tags)
            .section(&self.globals)
            .section(exports);
        if let Some(function_index) = self.start {
            module.section(&StartSection { function_index });
        }
        module.section(&self.elements);
        if let Some(count) = self.data_count {
            module.section(&DataCountSection { count });
        }
        module.section(&self.code).section(&self.data);
        module.finish()
    }
}

/// A function that prints the 8 bytes of its argument. The memory is as before when it returns.
fn print(memory: u32) -> Function {
    use Instruction as I;
    const SAVED: u32 = 3;
    let at = |offset: u64, align| MemArg {
        offset,
        align,
        target: MemArgTarget::Memory(memory),
        ordering: None,
    };
    let mut body = Function::new([(SAVED, ValType::I64)]);
    for word in 0..SAVED {
        body.instruction(&I::I32Const(0));
        body.instruction(&I::I64Load(at(8 * u64::from(word), 3)));
        body.instruction(&I::LocalSet(1 + word));
    }
    // A buffer of 8 bytes at address 8, then the bytes, then the number of bytes written.
    body.instruction(&I::I32Const(0));
    body.instruction(&I::I64Const(8 << 32 | 8));
    body.instruction(&I::I64Store(at(0, 3)));
    body.instruction(&I::I32Const(0));
    body.instruction(&I::LocalGet(0));
    body.instruction(&I::I64Store(at(8, 3)));
    for argument in [1, 0, 1, 16] {
        body.instruction(&I::I32Const(argument));
    }
    body.instruction(&I::Call(FD_WRITE));
    body.instruction(&I::Drop);
    for word in 0..SAVED {
        body.instruction(&I::I32Const(0));
        body.instruction(&I::LocalGet(1 + word));
        body.instruction(&I::I64Store(at(8 * u64::from(word), 3)));
    }
    body.instruction(&I::End);
    body
}

fn push_constant(body: &mut Function, ty: wasmparser::ValType, bits: u64) {
    use Instruction as I;
    match ty {
        wasmparser::ValType::I32 => body.instruction(&I::I32Const(bits as i32)),
        wasmparser::ValType::I64 => body.instruction(&I::I64Const(bits as i64)),
        wasmparser::ValType::F32 => body
            .instruction(&I::I32Const(bits as i32))
            .instruction(&I::F32ReinterpretI32),
        wasmparser::ValType::F64 => body
            .instruction(&I::I64Const(bits as i64))
            .instruction(&I::F64ReinterpretI64),
        wasmparser::ValType::V128 => body.instruction(&I::V128Const(
            (u128::from(bits) * 0x1_0000_0001_0001).cast_signed(),
        )),
        wasmparser::ValType::Ref(ty) => body.instruction(&I::RefNull(heap_type(ty))),
    };
}

fn heap_type(ty: RefType) -> HeapType {
    match Shift.heap_type(ty.heap_type()) {
        Ok(ty) => ty,
        Err(error) => unreachable!("indices of types stay: {error}"),
    }
}

/// Prints what is on the stack.
fn print_value(body: &mut Function, ty: wasmparser::ValType, print: u32) {
    use Instruction as I;
    match ty {
        wasmparser::ValType::I32 => body.instruction(&I::I64ExtendI32U),
        wasmparser::ValType::I64 => body,
        wasmparser::ValType::F32 => body
            .instruction(&I::I32ReinterpretF32)
            .instruction(&I::I64ExtendI32U),
        wasmparser::ValType::F64 => body.instruction(&I::I64ReinterpretF64),
        wasmparser::ValType::V128 => body
            .instruction(&I::LocalTee(0))
            .instruction(&I::I64x2ExtractLane(0))
            .instruction(&I::Call(print))
            .instruction(&I::LocalGet(0))
            .instruction(&I::I64x2ExtractLane(1)),
        wasmparser::ValType::Ref(_) => body
            .instruction(&I::RefIsNull)
            .instruction(&I::I64ExtendI32U),
    };
    body.instruction(&I::Call(print));
}

/// Pushes a hash of a memory's bytes.
fn hash(body: &mut Function, memory: u32, ty: &wasmparser::MemoryType) {
    use Instruction as I;
    const SUM: u32 = 1;
    const AT: u32 = 2;
    let page = ty.page_size_log2.unwrap_or(LOG2_OF_PAGE);
    let at = MemArg {
        offset: 0,
        align: 0,
        target: MemArgTarget::Memory(memory),
        ordering: None,
    };
    let (step, load) = match page {
        0..3 => (1, I::I64Load8U(at)),
        _ => (8, I::I64Load(at)),
    };
    body.instruction(&I::I64Const(0))
        .instruction(&I::LocalSet(SUM));
    body.instruction(&I::I64Const(0))
        .instruction(&I::LocalSet(AT));
    body.instruction(&I::Block(BlockType::Empty));
    body.instruction(&I::Loop(BlockType::Empty));
    body.instruction(&I::LocalGet(AT));
    body.instruction(&I::MemorySize(memory));
    if !ty.memory64 {
        body.instruction(&I::I64ExtendI32U);
    }
    body.instruction(&I::I64Const(page.into()))
        .instruction(&I::I64Shl);
    body.instruction(&I::I64GeU).instruction(&I::BrIf(1));
    body.instruction(&I::LocalGet(SUM));
    body.instruction(&I::I64Const(0x100_0000_01b3))
        .instruction(&I::I64Mul);
    body.instruction(&I::LocalGet(AT));
    if !ty.memory64 {
        body.instruction(&I::I32WrapI64);
    }
    body.instruction(&load)
        .instruction(&I::I64Add)
        .instruction(&I::LocalSet(SUM));
    body.instruction(&I::LocalGet(AT))
        .instruction(&I::I64Const(step));
    body.instruction(&I::I64Add).instruction(&I::LocalSet(AT));
    body.instruction(&I::Br(0))
        .instruction(&I::End)
        .instruction(&I::End);
    body.instruction(&I::LocalGet(SUM));
}
