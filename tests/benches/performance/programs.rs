//! The programs that are measured, and how each is made.

use anyhow::Result;
use kiln_compiler::{BoundsChecks, Compiler, Emit, Options, SandboxMode};
use kiln_tests::tools::{self, pip, wasmtime};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A program whose running time is compared.
pub struct Workload {
    pub name: &'static str,
    /// The module in PyPI's `wasure`.
    pub module: &'static str,
    pub args: &'static [&'static str],
}

/// One or two of each suite, of the work for which a second or so is enough.
pub const WORKLOADS: [Workload; 5] = [
    Workload {
        name: "coremark (20000 iterations)",
        module: "coremark/coremark-1000.wasm",
        // Three seeds, then iterations, algorithms, contexts and bytes of data. With iterations left
        // to itself it would do as many as take ten seconds by the clock.
        args: &["0x0", "0x0", "0x66", "20000", "7", "1", "2000"],
    },
    Workload {
        name: "dhrystone (10 million)",
        module: "dhrystone/dhrystone10M.wasm",
        args: &[],
    },
    Workload {
        name: "mibench basicmath (large)",
        module: "mibench/basicmath_large.wasm",
        args: &[],
    },
    Workload {
        name: "ostrich lavamd",
        module: "ostrich/lavamd.wasm",
        args: &[],
    },
    Workload {
        name: "ostrich fft",
        module: "ostrich/fft.wasm",
        args: &[],
    },
];

const ASSEMBLY_HELLO: &str = r#"
    .globl _start
_start:
    mov $1, %eax                # write(1, greeting, 12)
    mov $1, %edi
    lea greeting(%rip), %rsi
    mov $12, %edx
    syscall
    mov $231, %eax              # exit_group(0)
    xor %edi, %edi
    syscall
    .section .rodata
greeting:
    .ascii "hello world\n"
    .section .note.GNU-stack, "", @progbits
"#;

const C_HELLO: &str = r#"
#include <stdio.h>
int main(void) { puts("hello world"); }
"#;

/// Something to run.
#[derive(Clone)]
pub struct Contender {
    pub name: String,
    /// The program that is started.
    pub program: PathBuf,
    pub args: Vec<String>,
    /// The file that holds its code: the program, or what it is given to run.
    pub file: PathBuf,
    /// Variables of its environment beside those inherited.
    pub env: Vec<(&'static str, String)>,
}

impl Contender {
    /// The same with these arguments more.
    pub fn with(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().copied().map(str::to_owned));
        self
    }
}

/// The folder in which programs are made.
pub struct Workshop {
    folder: TempDir,
    wasmtime: PathBuf,
    wasure: PathBuf,
}

impl Workshop {
    pub fn new() -> Result<Self> {
        Ok(Self {
            folder: TempDir::new()?,
            wasmtime: wasmtime()?,
            wasure: pip("wasure", "0.9")?.join("wasure/benchmarks"),
        })
    }

    pub fn assembly_hello(&self) -> Result<Contender> {
        let options = ["-static", "-nostdlib"];
        self.gcc("assembly, static", "a.s", ASSEMBLY_HELLO, &options)
    }

    pub fn c_hello(&self) -> Result<Contender> {
        self.gcc("C, static", "c.c", C_HELLO, &["-static", "-O2"])
    }

    pub fn gcc(&self, name: &str, file: &str, source: &str, options: &[&str]) -> Result<Contender> {
        let source_file = self.folder.path().join(file);
        let program = source_file.with_extension("");
        fs::write(&source_file, source)?;
        let mut gcc = Command::new("gcc");
        gcc.arg("-s").args(options).arg(source_file);
        tools::run(gcc.arg("-o").arg(&program), "gcc")?;
        Ok(Contender {
            name: name.to_owned(),
            args: Vec::new(),
            file: program.clone(),
            program,
            env: Vec::new(),
        })
    }

    /// The example that the README starts with.
    pub fn hello(&self) -> Result<Vec<u8>> {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/hello.wat");
        Ok(fs::read(example)?)
    }

    /// The module of a workload.
    pub fn read(&self, workload: &Workload) -> Result<Vec<u8>> {
        Ok(fs::read(self.wasure.join(workload.module))?)
    }

    /// Kiln's executable of a module.
    pub fn kiln(&self, name: &str, module: &[u8]) -> Result<Contender> {
        self.kiln_with(Options::default(), &format!("{name}, Kiln"), module)
    }

    /// Kiln's executable of a module, without a sandbox.
    pub fn kiln_open(&self, name: &str, module: &[u8]) -> Result<Contender> {
        let mut options = Options::default();
        options.sandbox = SandboxMode::Off;
        self.kiln_with(options, &format!("{name}, Kiln, no sandbox"), module)
    }

    /// Kiln's executable of a module, checking bounds explicitly.
    pub fn kiln_explicit(&self, name: &str, module: &[u8]) -> Result<Contender> {
        let mut options = Options::default();
        options.bounds_checks = BoundsChecks::Explicit;
        self.kiln_with(options, &format!("{name}, Kiln, explicit checks"), module)
    }

    /// Kiln's shared library of a module, in a program that runs it as a command.
    pub fn kiln_library(&self, name: &str, module: &[u8]) -> Result<Contender> {
        let host = include_str!("library.c");
        let (name, mut options) = (format!("{name}, Kiln, library"), Options::default());
        options.emit = Emit::SharedLibrary;
        let library = self.folder.path().join(format!("{name}.so"));
        Compiler::new(options)?.compile(module)?.write(&library)?;
        let arguments = [library.to_string_lossy().into_owned()];
        let mut contender = self.gcc(&name, "host.c", host, &["-O2"])?;
        contender.args.extend(arguments);
        contender.file = library;
        Ok(contender)
    }

    /// Kiln's executable of a module under these options.
    pub fn kiln_with(&self, options: Options, name: &str, module: &[u8]) -> Result<Contender> {
        let program = self.folder.path().join(name);
        Compiler::new(options)?.compile(module)?.write(&program)?;
        Ok(Contender {
            name: name.to_owned(),
            args: Vec::new(),
            file: program.clone(),
            program,
            env: Vec::new(),
        })
    }

    /// The module compiled ahead by wasmtime, and run by it.
    pub fn wasmtime(&self, name: &str, module: &[u8]) -> Result<Contender> {
        let source = self.folder.path().join(format!("{name}.wasm"));
        let compiled = source.with_extension("cwasm");
        fs::write(&source, module)?;
        let mut compile = Command::new(&self.wasmtime);
        compile.arg("compile").arg(source).arg("-o").arg(&compiled);
        tools::run(&mut compile, "wasmtime")?;
        Ok(Contender {
            name: format!("{name}, wasmtime"),
            program: self.wasmtime.clone(),
            args: ["run", "--allow-precompiled", &compiled.to_string_lossy()]
                .map(str::to_owned)
                .into(),
            file: compiled,
            env: Vec::new(),
        })
    }
}

/// A program with 64 MiB of memory, 5 MiB of which have initial contents, that looks at both ends of
/// them.
pub fn image_module() -> Vec<u8> {
    const IMAGE: usize = 5 << 20;
    let contents = "abcdefghijklmnop".repeat(IMAGE / 16);
    format!(
        r#"(module
            (memory (export "memory") 1024)
            (data (i32.const 0) "{contents}")
            (func (export "_start")
                (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 97)) (then unreachable))
                (if (i32.ne (i32.load8_u (i32.const {})) (i32.const 112)) (then unreachable))))"#,
        IMAGE - 1
    )
    .into_bytes()
}
