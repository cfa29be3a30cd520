//! Wasmtime, in this process.

use crate::once;
use crate::outcome::{End, Kind, Outcome, hash};
use anyhow::{Context, Result, bail};
use std::sync::OnceLock;
use wasmtime::{Caller, Config, Engine, Extern, Linker, Module, Store, Trap};

fn engine() -> Result<&'static Engine> {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let mut config = Config::new();
    config.wasm_tail_call(true);
    config.wasm_exceptions(true);
    config.wasm_function_references(true);
    config.wasm_memory64(true);
    config.wasm_multi_memory(true);
    config.wasm_custom_page_sizes(true);
    config.wasm_wide_arithmetic(true);
    config.consume_fuel(true);
    once(&ENGINE, || Engine::new(&config).map_err(failed))
}

/// Makes an error of Wasmtime's one of ours, with its causes.
fn failed(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}

/// Instructions that a module may execute: some tenths of a second.
const FUEL: u64 = 200_000_000;

/// Gives what a module does that imports `fd_write` alone and runs by its `_start`; `None` where its stack was
/// exhausted, because engines have stacks of different sizes, or it ran for too long to be compared often.
pub fn run(module: &[u8]) -> Result<Option<Outcome>> {
    let engine = engine()?;
    let module = Module::new(engine, module).map_err(failed)?;
    let mut store = Store::new(engine, Vec::new());
    store.set_fuel(FUEL).map_err(failed)?;
    let mut linker = Linker::new(engine);
    linker
        .func_wrap("wasi_snapshot_preview1", "fd_write", fd_write)
        .map_err(failed)?;
    let instance = linker.instantiate(&mut store, &module);
    let (end, memory) = match instance {
        Err(error) => (end_of(&error)?, None),
        Ok(instance) => {
            let start = instance.get_typed_func::<(), ()>(&mut store, "_start");
            let start = start.map_err(failed)?;
            let end = match start.call(&mut store, ()) {
                Ok(()) => Some(End::Returned),
                Err(error) => end_of(&error)?,
            };
            let memory = instance.get_memory(&mut store, "memory");
            (end, memory.map(|memory| hash(memory.data(&store))))
        }
    };
    Ok(end.map(|end| Outcome {
        printed: store.into_data(),
        end,
        memory,
    }))
}

/// Writes one buffer, which is all that the driver has.
fn fd_write(
    mut caller: Caller<'_, Vec<u8>>,
    _: i32,
    buffers: u32,
    _: i32,
    written: u32,
) -> wasmtime::Result<i32> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Err(wasmtime::Error::msg("no memory"));
    };
    let (bytes, printed) = memory.data_and_store_mut(&mut caller);
    let word = |at: u32| {
        let bytes = &bytes[at as usize..at as usize + 4];
        bytes
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | usize::from(*byte))
    };
    let (start, len) = (word(buffers), word(buffers + 4));
    printed.extend_from_slice(&bytes[start..start + len]);
    bytes[written as usize..written as usize + 4].copy_from_slice(&(len as u32).to_le_bytes());
    Ok(0)
}

fn end_of(error: &wasmtime::Error) -> Result<Option<End>> {
    if error.is::<wasmtime::ThrownException>() {
        return Ok(Some(End::Threw));
    }
    let trap = error
        .downcast_ref::<Trap>()
        .with_context(|| format!("{error:?}"))?;
    let kind = match trap {
        Trap::StackOverflow | Trap::OutOfFuel => return Ok(None),
        Trap::MemoryOutOfBounds => Kind::Memory,
        Trap::HeapMisaligned => Kind::Alignment,
        Trap::TableOutOfBounds => Kind::Table,
        Trap::IndirectCallToNull => Kind::NullElement,
        Trap::BadSignature => Kind::CallType,
        Trap::IntegerOverflow => Kind::Overflow,
        Trap::IntegerDivisionByZero => Kind::DivisionByZero,
        Trap::BadConversionToInteger => Kind::Conversion,
        Trap::UnreachableCodeReached => Kind::Unreachable,
        Trap::NullReference => Kind::Null,
        other => bail!("a trap that no module here can cause: {other:?}"),
    };
    Ok(Some(End::Trapped(kind)))
}
