//! Initial contents that say little and come to be much: tables filled by initialisers, segments far
//! apart, in many memories, over each other. The output stays small, and all is where it belongs.

use crate::support::{Folder, Outcome, Usage};
use std::fs;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection,
    Function, FunctionSection, MemArg, MemArgTarget, MemorySection, MemoryType, Module, RefType,
    TableSection, TableType, TypeSection,
};

/// Bytes that an executable may take beyond one that does nothing, for code and small contents.
const SMALL: u64 = 32 << 10;

/// Builds `wat`, runs it, which must succeed, and returns the executable's size.
fn size_of_running(wat: &str) -> u64 {
    let folder = Folder::new();
    Outcome::of(&mut folder.built(wat, &[])).succeeds();
    fs::metadata(folder.path("app")).unwrap().len()
}

/// Builds and runs `wat`; returns the bytes of the executable beyond those of one that does nothing.
fn growth_of_running(wat: &str) -> u64 {
    size_of_running(wat).saturating_sub(size_of_nothing())
}

fn size_of_nothing() -> u64 {
    size_of_running(r#"(module (func (export "_start")))"#)
}

/// Builds and runs a module in the binary format; returns the bytes of the executable beyond those of
/// one that does nothing.
fn growth_of_running_binary(module: Module) -> u64 {
    let folder = Folder::new();
    folder.write("app.wasm", module.finish());
    Outcome::of(&mut folder.kiln(["build", "app.wasm"])).succeeds();
    Outcome::of(&mut folder.command(folder.path("app"))).succeeds();
    let size = fs::metadata(folder.path("app")).unwrap().len();
    size.saturating_sub(size_of_nothing())
}

/// A command with a `_start` of these instructions, and the sections that `add` adds in between.
fn command(
    body: Function,
    tables: TableSection,
    memories: MemorySection,
    elements: ElementSection,
    data: DataSection,
) -> Module {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut exports = ExportSection::new();
    exports.export("_start", ExportKind::Func, 0);
    let mut code = CodeSection::new();
    code.function(&body);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&tables)
        .section(&memories)
        .section(&exports)
        .section(&elements)
        .section(&code)
        .section(&data);
    module
}

/// An address as it is on the stack.
fn at(align: u32) -> MemArg {
    MemArg {
        offset: 0,
        align,
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}

fn memory(pages: u64) -> MemoryType {
    MemoryType {
        minimum: pages,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

#[test]
fn a_constant_table_filled_by_its_initialiser_takes_no_room() {
    let tables = "(table 10000000 funcref (ref.func $f))".repeat(20);
    let calls: String = (0..20)
        .map(|table| {
            format!(
                "(if (i32.ne (call_indirect {table} (type $t) (i32.const {})) (i32.const 42))
                    (then unreachable))",
                9_999_999 - table
            )
        })
        .collect();
    let size = growth_of_running(&format!(
        r#"(module (type $t (func (result i32))) {tables}
            (table $part 1000 funcref (ref.func $f))
            (elem (table $part) (i32.const 3) func $g)
            (func $f (result i32) (i32.const 42))
            (func $g (result i32) (i32.const 43))
            (func $expect (param $index i32) (param $value i32)
                (if (i32.ne (call_indirect $part (type $t) (local.get $index)) (local.get $value))
                    (then unreachable)))
            (func (export "_start") {calls}
                (call $expect (i32.const 0) (i32.const 42))
                (call $expect (i32.const 3) (i32.const 43))
                (call $expect (i32.const 4) (i32.const 42))
                (call $expect (i32.const 999) (i32.const 42))))"#
    ));
    assert!(size < SMALL, "{size}");
}

#[test]
fn a_table_beyond_its_initialised_elements_is_still_out_of_bounds() {
    let folder = Folder::new();
    let wat = r#"(module (type $t (func)) (table 10 funcref (ref.func $f)) (func $f)
        (func (export "_start") (call_indirect (type $t) (i32.const 10))))"#;
    let told = Outcome::of(&mut folder.built(wat, &[])).fails(134);
    assert!(told.contains("wasm trap: undefined element"), "{told}");
}

#[test]
fn a_table_that_is_changed_is_filled_at_the_start() {
    let size = growth_of_running(
        r#"(module (type $t (func (result i32)))
            (table $a 5000000 funcref (ref.func $f))
            (table $b 5000000 6000000 funcref (ref.func $f))
            (elem (table $a) (i32.const 4000000) funcref (ref.func $g) (ref.null func))
            (func $f (result i32) (i32.const 42))
            (func $g (result i32) (i32.const 43))
            (func $expect (param $index i32) (param $value i32)
                (if (i32.ne (call_indirect $a (type $t) (local.get $index)) (local.get $value))
                    (then unreachable)))
            (func (export "_start")
                (table.set $a (i32.const 1) (table.get $b (i32.const 4999999)))
                (call $expect (i32.const 0) (i32.const 42))
                (call $expect (i32.const 1) (i32.const 42))
                (call $expect (i32.const 3999999) (i32.const 42))
                (call $expect (i32.const 4000000) (i32.const 43))
                (call $expect (i32.const 4000002) (i32.const 42))
                (call $expect (i32.const 4999999) (i32.const 42))
                (if (i32.eqz (ref.is_null (table.get $a (i32.const 4000001)))) (then unreachable))
                (if (i32.ne (table.grow $b (ref.null func) (i32.const 1)) (i32.const 5000000))
                    (then unreachable))))"#,
    );
    assert!(size < SMALL, "{size}");
}

#[test]
fn elements_far_apart_take_the_room_of_elements() {
    let size = growth_of_running(
        r#"(module (type $t (func (result i32)))
            (table $a 9000000 funcref) (table $b 9000000 funcref)
            (elem (table $a) (i32.const 0) func $f $f $f)
            (elem (table $a) (i32.const 8999999) func $g)
            (elem (table $b) (i32.const 8999998) func $g $f)
            (func $f (result i32) (i32.const 42))
            (func $g (result i32) (i32.const 43))
            (func $expect (param $value i32) (param $expected i32)
                (if (i32.ne (local.get $value) (local.get $expected)) (then unreachable)))
            (func (export "_start")
                (call $expect (call_indirect $a (type $t) (i32.const 2)) (i32.const 42))
                (call $expect (call_indirect $a (type $t) (i32.const 8999999)) (i32.const 43))
                (call $expect (call_indirect $b (type $t) (i32.const 8999999)) (i32.const 42))))"#,
    );
    assert!(size < SMALL, "{size}");
}

#[test]
fn one_function_a_million_times_takes_the_room_of_its_indices() {
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        minimum: 1_000_000,
        maximum: None,
        table64: false,
        shared: false,
    });
    let mut elements = ElementSection::new();
    elements.active(
        None,
        &ConstExpr::i32_const(0),
        Elements::Functions(vec![0; 1_000_000].into()),
    );
    // Calls the last element where the memory's first byte, which is 0, says so.
    let mut body = Function::new([]);
    body.instructions()
        .i32_const(0)
        .i32_load(at(2))
        .if_(wasm_encoder::BlockType::Empty)
        .i32_const(999_999)
        .call_indirect(0, 0)
        .end()
        .end();
    let mut memories = MemorySection::new();
    memories.memory(memory(1));
    let module = command(body, tables, memories, elements, DataSection::new());
    let size = growth_of_running_binary(module);
    assert!(size < SMALL + 2_000_000, "{size}");
}

#[test]
fn tables_that_no_executable_can_hold_are_refused() {
    let folder = Folder::new();
    let tables = "(table 10000000 funcref (ref.func $f))".repeat(4);
    let sets: String = (0..4)
        .map(|table| format!("(table.set {table} (i32.const 1) (ref.null func))"))
        .collect();
    folder.write(
        "app.wat",
        format!(r#"(module {tables} (func $f) (func (export "_start") {sets}))"#),
    );
    let told = Outcome::of(&mut folder.kiln(["build", "app.wat"])).fails(1);
    assert!(told.contains("40000000 elements"), "{told}");
    assert!(told.contains("help: "), "{told}");
    assert_eq!(folder.names(), ["app.wat"]);
}

#[test]
fn bytes_far_apart_take_the_room_of_bytes() {
    // A hundred thousand segments of a byte, each on a page of its own, in a memory of 400 MB.
    let mut data = DataSection::new();
    for page in 0..100_000 {
        data.active(0, &ConstExpr::i32_const(page * 4096 + 7), [page as u8 | 1]);
    }
    let mut memories = MemorySection::new();
    memories.memory(memory(6300));
    let mut body = Function::new([]);
    for page in [0, 1, 777, 99_999] {
        body.instructions()
            .i32_const(page * 4096 + 4)
            .i64_load(at(0))
            .i64_const((i64::from(page as u8) | 1) << 24)
            .i64_ne()
            .if_(wasm_encoder::BlockType::Empty)
            .unreachable()
            .end();
    }
    body.instructions().end();
    let module = command(
        body,
        TableSection::new(),
        memories,
        ElementSection::new(),
        data,
    );
    let input = module.as_slice().len() as u64;
    let size = growth_of_running_binary(module);
    assert!(size < SMALL + input, "{size} of {input}");
}

#[test]
fn segments_over_each_other_count_once() {
    // A thousand times the same 10 KB, each a byte further on.
    let contents = vec![7; 10_000];
    let mut data = DataSection::new();
    for offset in 0..1000 {
        data.active(0, &ConstExpr::i32_const(offset), contents.iter().copied());
    }
    let mut memories = MemorySection::new();
    memories.memory(memory(1));
    let mut body = Function::new([]);
    body.instructions()
        .i32_const(10_996)
        .i32_load(at(0))
        .i32_const(0x0007_0707)
        .i32_ne()
        .if_(wasm_encoder::BlockType::Empty)
        .unreachable()
        .end()
        .end();
    let module = command(
        body,
        TableSection::new(),
        memories,
        ElementSection::new(),
        data,
    );
    let size = growth_of_running_binary(module);
    assert!(size < SMALL, "{size}");
}

#[test]
fn many_memories_with_a_byte_far_out_are_small() {
    let memories: String = (0..100)
        .map(|index| {
            let export = if index == 0 {
                r#"(export "memory")"#
            } else {
                ""
            };
            format!("(memory {export} 65536) (data (memory {index}) (i32.const -2) \"\\01\")")
        })
        .collect();
    let size = growth_of_running(&format!(
        r#"(module {memories}
            (func (export "_start")
                (if (i32.ne (i32.load8_u 57 (i32.const -2)) (i32.const 1)) (then unreachable))
                (if (i32.load8_u 57 (i32.const -1)) (then unreachable))))"#
    ));
    assert!(size < SMALL, "{size}");
}

#[test]
fn dense_contents_stay_whole_pages() {
    // So that the start does not touch them: a memory of 16 MiB of data is not copied.
    let contents: Vec<u8> = (0..16 << 20)
        .map(|index: u32| (index % 251) as u8 + 1)
        .collect();
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(100), contents);
    let mut memories = MemorySection::new();
    memories.memory(memory(300));
    let mut body = Function::new([]);
    body.instructions().end();
    let module = command(
        body,
        TableSection::new(),
        memories,
        ElementSection::new(),
        data,
    );
    let folder = Folder::new();
    folder.write("app.wasm", module.finish());
    Outcome::of(&mut folder.kiln(["build", "app.wasm"])).succeeds();
    let faults = Usage::of(&mut folder.command(folder.path("app"))).faults;
    assert!(faults < 500, "{faults} of 4096 pages");
}
