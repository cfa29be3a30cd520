//! Growth of the cost of compiling with the number of functions, on generated modules: a compiler whose
//! time is linear takes the same time for each function of a large module as of a small one.

use crate::compiling::{Cost, compare};
use crate::record::{self, Circumstances};
use crate::selection::Kilns;
use anyhow::{Context, Result, ensure};
use serde::Serialize;
use std::fs;
use std::path::PathBuf;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    InstructionSink, MemArg, MemArgTarget, MemorySection, MemoryType, Module, RefType,
    TableSection, TableType, TypeSection, ValType,
};

#[derive(clap::Args)]
pub struct Arguments {
    /// The numbers of functions, ascending.
    #[arg(value_delimiter = ',', default_values_t = [62_500, 125_000, 250_000, 500_000])]
    functions: Vec<u32>,
    #[command(flatten)]
    kilns: Kilns,
    /// Runs of each compiler, of which the least counts.
    #[arg(long, short, default_value_t = 1)]
    rounds: usize,
    /// Write the results to a file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Serialize)]
struct Row {
    functions: u32,
    bytes: u64,
    compiler: String,
    #[serde(flatten)]
    cost: Cost,
}

/// Measures the compilers on modules of each size, on one processor, and prints a table.
pub fn measure(arguments: &Arguments) -> Result<()> {
    ensure!(
        arguments.functions.iter().all(|&functions| functions > 1),
        "a module has two functions or more"
    );
    let circumstances = Circumstances::now()?;
    let kilns = arguments.kilns.commands()?;
    let folder = tempfile::tempdir()?;
    println!("generated modules on one processor, for each function of the module");
    println!(
        "{:>9} {:>9} {:14} {:>8} {:>8} {:>8} {:>8}",
        "functions", "KB", "compiler", "cpu s", "µs each", "peak MB", "B each"
    );
    let mut rows = Vec::new();
    for &functions in &arguments.functions {
        let path = folder.path().join(format!("{functions}.wasm"));
        let module = module(functions);
        fs::write(&path, &module)?;
        let costs = compare(&path, &[], &kilns, 1, arguments.rounds)
            .with_context(|| format!("while compiling {functions} functions"))?;
        for (compiler, cost) in costs {
            println!(
                "{functions:9} {:9} {compiler:14} {:8.2} {:8.1} {:8} {:8}",
                module.len() / 1000,
                cost.cpu_seconds,
                cost.cpu_seconds * 1e6 / f64::from(functions),
                cost.peak_bytes / 1_000_000,
                cost.peak_bytes / u64::from(functions),
            );
            rows.push(Row {
                functions,
                bytes: module.len() as u64,
                compiler,
                cost,
            });
        }
    }
    if let Some(path) = &arguments.json {
        let record = record::Compilers {
            measurement: "growth",
            circumstances,
            rounds: arguments.rounds,
            rows,
        };
        record::write(path, &record)?;
    }
    Ok(())
}

/// The type of `proc_exit`.
const EXIT_TYPE: u32 = 0;
/// The type of `_start`.
const START_TYPE: u32 = 1;
/// The type of the functions that are counted.
const WORK_TYPE: u32 = 2;

/// Makes a command of so many functions. All are in a table that `_start` calls through, so that none can be
/// left out; each calls three others, stores and loads in a loop and reads a global.
fn module(functions: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    types.ty().function([], []);
    types
        .ty()
        .function([ValType::I32, ValType::I64], [ValType::I64]);
    let mut imports = ImportSection::new();
    imports.import(
        "wasi_snapshot_preview1",
        "proc_exit",
        EntityType::Function(EXIT_TYPE),
    );
    let mut declared = FunctionSection::new();
    declared.function(START_TYPE);
    let mut code = CodeSection::new();
    code.function(&start(functions));
    for index in 0..functions {
        declared.function(WORK_TYPE);
        code.function(&work(index, functions));
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        minimum: functions.into(),
        maximum: Some(functions.into()),
        table64: false,
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 2,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut globals = GlobalSection::new();
    let mutable = GlobalType {
        val_type: ValType::I64,
        mutable: true,
        shared: false,
    };
    globals.global(mutable, &ConstExpr::i64_const(1));
    let mut exports = ExportSection::new();
    exports.export("_start", ExportKind::Func, 1);
    exports.export("memory", ExportKind::Memory, 0);
    let mut elements = ElementSection::new();
    let all: Vec<u32> = (0..functions).map(|index| index + 2).collect();
    elements.active(
        None,
        &ConstExpr::i32_const(0),
        Elements::Functions(all.into()),
    );
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&declared)
        .section(&tables)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&elements)
        .section(&code);
    module.finish()
}

/// Calls the function of the table whose index is in memory, and exits.
fn start(functions: u32) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.i32_const(1).i64_const(2);
    code.i32_const(0)
        .i32_load(word(2))
        .i32_const(functions as i32)
        .i32_rem_u();
    code.call_indirect(0, WORK_TYPE).drop();
    code.i32_const(0).call(0).end();
    function
}

/// A function that differs from its neighbours in constants and callees.
fn work(index: u32, functions: u32) -> Function {
    let [count, pointer, sum] = [0, 2, 3];
    let mut function = Function::new([(1, ValType::I32), (1, ValType::I64)]);
    let mut code = function.instructions();
    code.local_get(count)
        .i32_const(0x7fff)
        .i32_and()
        .i32_const(8)
        .i32_or();
    code.local_set(pointer);
    code.loop_(BlockType::Empty);
    update(&mut code, pointer, sum, index);
    code.local_get(count)
        .i32_const(1)
        .i32_sub()
        .local_tee(count);
    code.i32_const(0).i32_gt_s().br_if(0).end();
    for step in 1..=3_u32 {
        let callee = index.wrapping_mul(2_654_435_761).wrapping_add(step * 977) % functions;
        code.local_get(sum).i64_const(1 << (step + 8)).i64_lt_u();
        code.if_(BlockType::Empty);
        code.local_get(pointer).i32_const(step as i32).i32_shr_u();
        code.local_get(sum).call(callee + 2);
        code.local_get(1).i64_xor().local_set(sum).end();
    }
    code.global_get(0).local_get(sum).i64_add().global_set(0);
    code.local_get(sum).end();
    function
}

/// `sum = load(pointer) * constant + sum; store(pointer + 8, sum)`
fn update(code: &mut InstructionSink<'_>, pointer: u32, sum: u32, index: u32) {
    code.local_get(pointer).i64_load(word(3));
    code.i64_const(i64::from(index) + 3).i64_mul();
    code.local_get(sum).i64_add().local_set(sum);
    code.local_get(pointer).local_get(sum).i64_store(MemArg {
        offset: 8,
        ..word(3)
    });
}

fn word(align: u32) -> MemArg {
    MemArg {
        offset: 0,
        align,
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}
