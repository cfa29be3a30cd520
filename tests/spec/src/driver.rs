//! Turns a program into a WASI command that checks itself.
//!
//! Each command of the program becomes a function; `_start` calls them in order and ends with
//! status 0, or with status 1 at the first result that is not what it must be. So that one
//! executable serves for every trap too, the number of its arguments selects what is judged:
//!
//! - none: every command but those that must trap or throw;
//! - *n*: the commands before the *n*th are performed unjudged, the *n*th alone is judged. If it is
//!   to end the process, it must do so itself: status 2 says that it came back.
//!
//! A command that must trap is thus run in a process of its own, and the commands after it do not
//! see what it did before it trapped. Instantiation that fails is the exception: scripts look for
//! what it left behind, so it is performed up to the trap ([`initialise`]).
//!
//! The one thing this asks of WASI's memory is `args_sizes_get`, and the eight bytes it writes are
//! put back, so that the test's own memory 0 can serve. Where that cannot (it is shared, of 64
//! bits, has pages of another size or starts out empty) the driver adds a memory of its own.

mod checks;
mod initialise;

use crate::link::{Export, Instance, Linker};
use crate::script::{Action, Command, Outcome, Program};
use crate::spectest;
use crate::value::{Arg, Expected};
use anyhow::{Context, Result, ensure};
use checks::Checks;
pub use checks::host_values;
use std::collections::{BTreeSet, HashMap};
use wasm_encoder::{
    BlockType, ConstExpr, ExportKind, Function, GlobalType, InstructionSink, MemArg, MemArgTarget,
    MemoryType, ValType,
};
use wasmparser::{ExternalKind, Parser, Payload};

/// Status of a program that found a result which is not what it must be.
pub const MISMATCH: i32 = 1;
/// Status of a program in which a command came back that was to end it.
pub const CAME_BACK: i32 = 2;

/// A program as a WASI command, without the commands (counted from 0) in `left_out`.
pub fn build(program: &Program, left_out: &BTreeSet<usize>) -> Result<Vec<u8>> {
    let mut driver = Driver::new(program)?;
    let mut steps = Vec::new();
    for (index, command) in program.commands.iter().enumerate() {
        if !left_out.contains(&index) {
            let step = driver.step(command)?;
            steps.push((index as i32 + 1, step));
        }
    }
    let start = driver.start(&steps)?;
    driver.linker.export("_start", ExportKind::Func, start);
    Ok(driver.linker.finish())
}

/// A command as code.
enum Step {
    /// Calls a function.
    Perform(u32),
    /// Calls a function that says whether all is well.
    Check(u32),
    /// Calls a function that must not come back, if it is selected. If not, it calls the other.
    Fatal(u32, Option<u32>),
}

struct Driver {
    linker: Linker,
    instances: Vec<Instance>,
    lone: bool,
    proc_exit: u32,
    args_sizes_get: u32,
    /// Index of the memory that WASI writes to.
    memory: u32,
    /// A global: the number of the command to judge, or 0.
    selected: u32,
    /// A global that is always 0, though no compiler can know it.
    zero: u32,
    /// The checks of results.
    checks: Checks,
}

impl Driver {
    fn new(program: &Program) -> Result<Self> {
        let lone = program.instances.len() == 1;
        let host_values = host_values(program);
        let mut linker = Linker::new(lone, !host_values.is_empty());
        let ty = linker.ty(&[ValType::I32], &[]);
        let proc_exit = linker.import("wasi_snapshot_preview1", "proc_exit", ty);
        let ty = linker.ty(&[ValType::I32, ValType::I32], &[ValType::I32]);
        let args_sizes_get = linker.import("wasi_snapshot_preview1", "args_sizes_get", ty);
        let instances = link(&mut linker, program)?;
        let functions: Vec<_> = instances
            .iter()
            .flat_map(Instance::exported_functions)
            .collect();
        linker.refer_to(&functions);
        let memory = wasi_memory(&mut linker);
        linker.export("memory", ExportKind::Memory, memory);
        let variable = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        Ok(Self {
            selected: linker.global(variable, ConstExpr::i32_const(0)),
            zero: linker.global(variable, ConstExpr::i32_const(0)),
            checks: Checks::new(&mut linker, &host_values),
            linker,
            instances,
            lone,
            proc_exit,
            args_sizes_get,
            memory,
        })
    }

    fn step(&mut self, command: &Command) -> Result<Step> {
        Ok(match (&command.action, &command.outcome) {
            (&Action::Instantiate(instance), outcome) => self.instantiate(instance, outcome)?,
            (action, Outcome::Returns(expected)) => Step::Check(self.check(action, expected)?),
            (action, Outcome::Completes) => Step::Perform(self.perform(action)?),
            (action, Outcome::Traps(_) | Outcome::Throws) => {
                Step::Fatal(self.perform(action)?, None)
            }
        })
    }

    /// A lone instance is there already. Of several, one that must not be instantiated leaves what
    /// it wrote behind for the others to see.
    fn instantiate(&mut self, instance: usize, outcome: &Outcome) -> Result<Step> {
        let fatal = matches!(outcome, Outcome::Traps(_) | Outcome::Throws);
        let full = if self.lone {
            self.procedure(&Function::new([]))
        } else {
            self.initialiser(instance)?
        };
        if !fatal {
            return Ok(Step::Perform(full));
        }
        let harmless = if self.lone {
            None
        } else {
            Some(self.harmless_initialiser(instance)?)
        };
        Ok(Step::Fatal(full, harmless))
    }

    /// A function that performs an action and drops what it gives.
    fn perform(&mut self, action: &Action) -> Result<u32> {
        let mut body = Function::new([]);
        let mut code = body.instructions();
        for _ in self.act(action, &mut code)? {
            code.drop();
        }
        Ok(self.procedure(&body))
    }

    /// A function that performs an action and gives 1 if it results in what is expected, else 0.
    fn check(&mut self, action: &Action, expected: &[Expected]) -> Result<u32> {
        let results = self.results(action)?;
        ensure!(
            results.len() == expected.len(),
            "as many results as expected"
        );
        let mut body = Function::new_with_locals_types(results.iter().copied());
        let mut code = body.instructions();
        self.act(action, &mut code)?;
        for local in (0..results.len() as u32).rev() {
            code.local_set(local);
        }
        code.i32_const(1);
        for (local, expected) in expected.iter().enumerate() {
            self.checks
                .matches(&mut code, local as u32, results[local], expected)?;
            code.i32_and();
        }
        code.end();
        let ty = self.linker.ty(&[], &[ValType::I32]);
        Ok(self.linker.function(ty, &body))
    }

    /// A function without parameters or results.
    fn procedure(&mut self, body: &Function) -> u32 {
        let ty = self.linker.ty(&[], &[]);
        let mut body = body.clone();
        body.instructions().end();
        self.linker.function(ty, &body)
    }

    fn export(&self, instance: usize, name: &str, kind: ExternalKind) -> Result<u32> {
        let export = self.instances[instance].exports.get(name);
        let &(found, index) = export.with_context(|| format!("no export `{name}`"))?;
        ensure!(found == kind, "`{name}` is of another kind");
        Ok(index)
    }

    /// The types of what an action leaves.
    fn results(&self, action: &Action) -> Result<Vec<ValType>> {
        Ok(match action {
            Action::Instantiate(_) => Vec::new(),
            Action::Invoke {
                instance, export, ..
            } => {
                let function = self.export(*instance, export, ExternalKind::Func)?;
                self.linker.signature(function)?.results().to_vec()
            }
            Action::Get { instance, export } => {
                let global = self.export(*instance, export, ExternalKind::Global)?;
                self.linker.global_type(global).into_iter().collect()
            }
        })
    }

    /// Performs an action; the types of what it leaves on the stack.
    fn act(&self, action: &Action, code: &mut InstructionSink<'_>) -> Result<Vec<ValType>> {
        match action {
            Action::Instantiate(_) => {}
            Action::Invoke {
                instance,
                export,
                args,
            } => {
                let function = self.export(*instance, export, ExternalKind::Func)?;
                let params = self.linker.signature(function)?.params();
                ensure!(
                    params.len() == args.len(),
                    "as many arguments as parameters"
                );
                for (arg, &ty) in args.iter().zip(params) {
                    self.argument(code, *arg, ty)?;
                }
                code.call(function);
            }
            Action::Get { instance, export } => {
                code.global_get(self.export(*instance, export, ExternalKind::Global)?);
            }
        }
        self.results(action)
    }

    /// Pushes an argument, in such a way that no compiler can fold it into the function called:
    /// it is the instruction that is tested, not the compiler's arithmetic.
    fn argument(&self, code: &mut InstructionSink<'_>, arg: Arg, ty: ValType) -> Result<()> {
        let opaque32 = |code: &mut InstructionSink<'_>, bits: u32| {
            code.i32_const(bits as i32).global_get(self.zero).i32_xor();
        };
        let opaque64 = |code: &mut InstructionSink<'_>, bits: u64| {
            code.i64_const(bits as i64)
                .global_get(self.zero)
                .i64_extend_i32_u()
                .i64_xor();
        };
        match arg {
            Arg::I32(bits) => opaque32(code, bits),
            Arg::I64(bits) => opaque64(code, bits),
            Arg::F32(bits) => {
                opaque32(code, bits);
                code.f32_reinterpret_i32();
            }
            Arg::F64(bits) => {
                opaque64(code, bits);
                code.f64_reinterpret_i64();
            }
            Arg::V128(bits) => {
                code.v128_const(bits as i128);
                code.global_get(self.zero).i32x4_splat().v128_xor();
            }
            Arg::Null => {
                let ValType::Ref(ty) = ty else {
                    anyhow::bail!("null for a parameter that is no reference");
                };
                code.ref_null(ty.heap_type);
            }
            Arg::Extern(number) => {
                code.ref_func(self.checks.host_value(number)?);
            }
        }
        Ok(())
    }

    /// The function `_start`.
    fn start(&mut self, steps: &[(i32, Step)]) -> Result<u32> {
        let judge = self.judge();
        let mut body = Function::new_with_locals_types([ValType::I64]);
        let mut code = body.instructions();
        self.read_selection(&mut code);
        for (number, step) in steps {
            match step {
                Step::Perform(function) => {
                    code.call(*function);
                    code.i32_const(1).i32_const(*number).call(judge);
                }
                Step::Check(function) => {
                    code.call(*function).i32_const(*number).call(judge);
                }
                Step::Fatal(function, otherwise) => {
                    code.global_get(self.selected).i32_const(*number).i32_eq();
                    code.if_(BlockType::Empty).call(*function);
                    code.i32_const(CAME_BACK).call(self.proc_exit).end();
                    if let Some(function) = otherwise {
                        code.call(*function);
                    }
                }
            }
        }
        Ok(self.procedure(&body))
    }

    /// Sets `selected` to the number of arguments after the program's name.
    fn read_selection(&self, code: &mut InstructionSink<'_>) {
        let at = |align| MemArg {
            offset: 0,
            align,
            target: MemArgTarget::Memory(self.memory),
            ordering: None,
        };
        code.i32_const(0).i64_load(at(3)).local_set(0);
        code.i32_const(0).i32_const(4);
        code.call(self.args_sizes_get).drop();
        code.i32_const(0).i32_load(at(2));
        code.i32_const(1).i32_sub().global_set(self.selected);
        code.i32_const(0).local_get(0).i64_store(at(3));
        code.global_get(self.selected);
        code.i32_const(31).i32_shr_u().global_set(self.zero);
    }

    /// A function of whether all is well and a command's number: ends the program if that is all
    /// that was to be known.
    fn judge(&mut self) -> u32 {
        let (well, number) = (0, 1);
        let mut body = Function::new([]);
        let mut code = body.instructions();
        code.global_get(self.selected).local_get(number).i32_eq();
        code.if_(BlockType::Empty);
        code.local_get(well).i32_eqz().call(self.proc_exit);
        code.end();
        code.local_get(well).global_get(self.selected).i32_or();
        code.i32_eqz().if_(BlockType::Empty);
        code.i32_const(MISMATCH).call(self.proc_exit);
        code.end().end();
        let ty = self.linker.ty(&[ValType::I32, ValType::I32], &[]);
        self.linker.function(ty, &body)
    }
}

/// Lays a program's instances into a module, after the parts of `spectest` that they import.
fn link(linker: &mut Linker, program: &Program) -> Result<Vec<Instance>> {
    let mut spectest = HashMap::new();
    for name in spectest_imports(program)? {
        let piece = spectest::piece(&name).with_context(|| format!("no spectest.{name}"))?;
        let piece = linker.add(&wat::parse_str(piece)?, |_, _| None)?;
        spectest.extend(piece.exports);
    }
    let mut instances: Vec<Instance> = Vec::new();
    for instance in &program.instances {
        let resolve = |module: &str, name: &str| -> Option<Export> {
            match instance.imports.get(module) {
                Some(&other) => instances[other].exports.get(name).copied(),
                None => spectest.get(name).copied(),
            }
        };
        let linked = linker.add(&instance.wasm, resolve)?;
        instances.push(linked);
    }
    Ok(instances)
}

/// The names that a program's instances import from `spectest`.
fn spectest_imports(program: &Program) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for instance in &program.instances {
        for payload in Parser::new(0).parse_all(&instance.wasm) {
            if let Payload::ImportSection(imports) = payload? {
                for import in imports.into_imports() {
                    let import = import?;
                    if !instance.imports.contains_key(import.module) {
                        names.insert(import.name.into());
                    }
                }
            }
        }
    }
    Ok(names)
}

/// Memory 0 if WASI can write to it, else one of the driver's own.
fn wasi_memory(linker: &mut Linker) -> u32 {
    let serves = |ty: &MemoryType| {
        !ty.shared && !ty.memory64 && ty.page_size_log2.is_none() && ty.minimum > 0
    };
    match linker.memory_type(0) {
        Some(ty) if serves(ty) => 0,
        _ => linker.memory(MemoryType {
            minimum: 1,
            maximum: Some(1),
            memory64: false,
            shared: false,
            page_size_log2: None,
        }),
    }
}
