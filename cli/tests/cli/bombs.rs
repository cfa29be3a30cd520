//! Modules made to take a compiler's time or memory: compilation stays near linear, and what a service
//! that compiles strangers' modules allows is not exceeded.

use crate::support::{Folder, Outcome, Usage, names};
use std::fs::File;
use std::time::Duration;
use wasm_encoder::{
    BlockType, Catch, CodeSection, ExportKind, ExportSection, Function, FunctionSection,
    InstructionSink, MemArg, MemArgTarget, MemorySection, MemoryType, Module, TagKind, TagSection,
    TagType, TypeSection, ValType,
};

/// The most that the compilation of a module here may take.
const CPU: Duration = Duration::from_secs(15);
const MEMORY: u64 = 1 << 30;

/// Bytes of a module's body in the larger tests.
const LARGE: usize = 5_000_000;

/// A command whose `_start` is `body`; the others, of type `() -> ()` too, follow it. It has a memory of a
/// page, and `tags` tags without a payload.
fn command(body: Function, others: &[Function], tags: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for function in [&body].into_iter().chain(others) {
        functions.function(0);
        code.function(function);
    }
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports
        .export("_start", ExportKind::Func, 0)
        .export("memory", ExportKind::Memory, 0);
    let mut tag_section = TagSection::new();
    for _ in 0..tags {
        tag_section.tag(TagType {
            kind: TagKind::Exception,
            func_type_idx: 0,
        });
    }
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories);
    module
        .section(&tag_section)
        .section(&exports)
        .section(&code);
    module.finish()
}

/// An address in memory 0.
fn at(offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 2,
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}

/// A body that emits the same again and again, up to a size.
fn repeated(size: usize, mut emit: impl FnMut(&mut InstructionSink)) -> Function {
    let mut body = Function::new([]);
    while body.byte_len() < size {
        emit(&mut body.instructions());
    }
    body.instructions().end();
    body
}

fn empty() -> Function {
    let mut function = Function::new([]);
    function.instructions().end();
    function
}

/// Builds a module within the bars, and runs it; what the build says with `-v`.
fn build(module: &[u8], options: &[&str]) -> String {
    let folder = Folder::new();
    folder.write("app.wasm", module);
    let stderr = File::create(folder.path("stderr")).unwrap();
    let args = [&["build", "app.wasm", "-v"], options].concat();
    let usage = Usage::of(folder.kiln(args).stderr(stderr));
    assert!(usage.cpu < CPU && usage.memory < MEMORY, "{usage:?}");
    Outcome::of(&mut folder.command(folder.path("app"))).succeeds();
    std::fs::read_to_string(folder.path("stderr")).unwrap()
}

/// `_start` with `depth` nested `try_table`s, in which function 1 is called; `tag` gives the tag of each.
/// Traps unless the one at level `caught`, counted from the outermost, catches.
fn nested_tries(depth: u32, calls: u32, tag: impl Fn(u32) -> u32, caught: u32) -> Function {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    for level in 0..depth {
        let catch = Catch::One {
            tag: tag(level),
            label: 0,
        };
        code.block(BlockType::Empty)
            .try_table(BlockType::Empty, [catch]);
    }
    for _ in 0..calls {
        code.call(1);
    }
    // Counts the levels from the one that caught.
    for _ in 0..depth {
        code.end().end();
        code.i32_const(0).i32_const(0).i32_load(at(4));
        code.i32_const(1).i32_add().i32_store(at(4));
    }
    code.i32_const(0).i32_load(at(4));
    code.i32_const(caught as i32 + 1).i32_ne();
    code.if_(BlockType::Empty).unreachable().end().end();
    body
}

/// Throws the exception of this tag.
fn throwing(tag: u32) -> Function {
    let mut function = Function::new([]);
    function.instructions().throw(tag).end();
    function
}

#[test]
fn handlers_of_one_tag_nested_in_each_other() {
    let body = nested_tries(1000, 3000, |_| 0, 999);
    build(&command(body, &[throwing(0)], 1), &[]);
}

#[test]
fn handlers_of_many_tags_nested_in_each_other() {
    // What is thrown is caught by the outermost, the innermost, and one between.
    for thrown in [0, 500, 999] {
        let body = nested_tries(1000, 3000, |level| level, thrown);
        build(&command(body, &[throwing(thrown)], 1000), &[]);
    }
}

#[test]
fn a_large_function_of_ifs() {
    let body = repeated(LARGE, |code| {
        code.i32_const(0)
            .i32_load(at(0))
            .if_(BlockType::Empty)
            .i32_const(0)
            .i32_const(1)
            .i32_store(at(4))
            .end();
    });
    let told = build(&command(body, &[], 0), &[]);
    assert!(told.contains("without optimisation"), "{told}");
    assert!(told.contains("function 0"), "{told}");
}

#[test]
fn a_large_function_without_branches() {
    let mut offset = 0;
    let body = repeated(LARGE, |code| {
        offset = (offset + 4) % 65528;
        code.i32_const(8)
            .i32_const(8)
            .i32_load(at(offset))
            .i32_const(3)
            .i32_add()
            .i32_store(at(offset));
    });
    build(&command(body, &[], 0), &[]);
}

/// Sets `count` locals to their numbers and, past a branch, adds them up; traps unless the sum is right.
fn live_locals(count: u32) -> Function {
    let mut body = Function::new([(count, ValType::I32)]);
    let mut code = body.instructions();
    for local in 0..count {
        code.i32_const(0).i32_load(at(0)).i32_const(local as i32);
        code.i32_add().local_set(local);
    }
    code.i32_const(0)
        .i32_load(at(0))
        .if_(BlockType::Empty)
        .call(1)
        .end()
        .i32_const(0);
    for local in 0..count {
        code.local_get(local).i32_add();
    }
    let sum = (0..count).fold(0, u32::wrapping_add);
    code.i32_const(sum as i32)
        .i32_ne()
        .if_(BlockType::Empty)
        .unreachable()
        .end()
        .end();
    body
}

#[test]
fn locals_that_live_all_at_once() {
    let module = command(live_locals(45_000), &[empty()], 0);
    for level in ["-O0", "-O2"] {
        let told = build(&module, &[level]);
        assert!(told.contains("values at a time"), "{level}: {told}");
    }
}

#[test]
fn locals_that_nothing_mentions() {
    let mut others = vec![empty()];
    for _ in 0..20_000 {
        let mut function = Function::new([(50_000, ValType::I64)]);
        function.instructions().local_get(49_999).drop().end();
        others.push(function);
    }
    let mut body = Function::new([]);
    for function in 1..=others.len() as u32 {
        body.instructions().call(function);
    }
    body.instructions().end();
    build(&command(body, &others, 0), &[]);
}

#[test]
fn a_few_of_many_locals_are_what_they_are_set_to() {
    let mut body = Function::new([
        (2000, ValType::I32),
        (2000, ValType::I64),
        (1, ValType::F64),
    ]);
    body.instructions()
        .i32_const(7)
        .local_set(1999)
        .i64_const(9)
        .local_set(2000)
        .local_get(1999)
        .local_get(3)
        .i32_add()
        .i64_extend_i32_u()
        .local_get(2000)
        .local_get(3999)
        .i64_add()
        .i64_add()
        .i64_const(16)
        .i64_ne()
        .local_get(4000)
        .f64_const(0.0.into())
        .f64_ne()
        .i32_or()
        .if_(BlockType::Empty)
        .unreachable()
        .end()
        .end();
    build(&command(body, &[], 0), &[]);
}

#[test]
fn branches_to_a_hundred_thousand_targets() {
    let targets: Vec<u32> = (0..100_000).map(|target| target % 3).collect();
    let body = repeated(1_000_000, |code| {
        for _ in 0..3 {
            code.block(BlockType::Empty);
        }
        code.i32_const(0).i32_load(at(0));
        code.br_table(targets.iter().copied(), 1);
        code.end().end().end();
    });
    build(&command(body, &[], 0), &[]);
}

#[test]
fn blocks_nested_a_hundred_thousand_deep() {
    let mut body = Function::new([]);
    for _ in 0..100_000 {
        body.instructions().block(BlockType::Empty);
    }
    body.instructions()
        .i32_const(0)
        .i32_load(at(0))
        .br_if(99_999);
    for _ in 0..100_000 {
        body.instructions().end();
    }
    body.instructions().end();
    build(&command(body, &[], 0), &[]);
}

#[test]
fn a_hundred_thousand_functions() {
    let mut body = Function::new([]);
    for function in 1..=100_000 {
        body.instructions().call(function);
    }
    body.instructions().end();
    build(&command(body, &vec![empty(); 100_000], 0), &[]);
}

#[test]
fn a_compilation_beyond_its_memory_or_time_is_an_error() {
    let folder = Folder::new();
    folder.write("app.wasm", command(live_locals(20_000), &[empty()], 0));
    for command in ["build", "run"] {
        for (flag, small, large) in [
            ("--max-build-memory", "2M", "1G"),
            ("--max-build-time", "1ms", "10m"),
        ] {
            let told = Outcome::of(&mut folder.kiln([command, flag, small, "app.wasm"])).fails(1);
            assert!(told.starts_with("error: app.wasm: "), "{told}");
            assert!(told.contains(flag), "{told}");
            assert!(!folder.path("app").exists(), "{command} {flag}");
            if command == "run" {
                let cached = names(&folder.path("cache/kiln"));
                assert!(cached.is_empty(), "{flag}: {cached:?}");
            }
            Outcome::of(&mut folder.kiln([command, flag, large, "app.wasm"])).succeeds();
            let _ = std::fs::remove_file(folder.path("app"));
            let _ = std::fs::remove_dir_all(folder.path("cache"));
        }
    }
}

#[test]
fn a_config_file_limits_a_compilation() {
    let folder = Folder::new();
    folder.write("app.wasm", command(live_locals(20_000), &[empty()], 0));
    folder.write(
        "kiln.toml",
        "module = 'app.wasm'\nmax-build-memory = '2M'\n",
    );
    let told = Outcome::of(&mut folder.kiln(["build"])).fails(1);
    assert!(told.contains("more than the 2M of memory"), "{told}");
}
