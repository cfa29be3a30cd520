//! Programs made of libraries and hosts, each in a folder of its own.

use anyhow::{Context, Result, ensure};
use kiln_compiler::{Compiler, Emit, Options};
use kiln_tests::tools::run;
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The kinds of libraries there are.
pub const KINDS: [Emit; 3] = [Emit::Object, Emit::StaticLibrary, Emit::SharedLibrary];

const GCC: &str = "gcc and g++ (Debian: apt-get install g++)";

/// The path of a file beside this one.
pub fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("libraries")
        .join(name)
}

/// Libraries and their headers.
pub struct Case {
    folder: tempfile::TempDir,
    libraries: Vec<PathBuf>,
    hosts: Cell<usize>,
}

/// A program.
pub struct Host(PathBuf);

impl Case {
    /// Without libraries.
    pub fn new() -> Result<Self> {
        Ok(Self {
            folder: tempfile::tempdir()?,
            libraries: Vec::new(),
            hosts: Cell::new(0),
        })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a module as a library of this name and kind.
    pub fn with(
        mut self,
        name: &str,
        module: &Path,
        kind: Emit,
        change: impl FnOnce(&mut Options),
    ) -> Result<Self> {
        let mut options = kiln_tests::options::options();
        options.name = name.to_owned();
        options.emit = kind;
        change(&mut options);
        let compiler = Compiler::new(options)?;
        let module = fs::read(module)?;
        let file = match kind {
            Emit::StaticLibrary => format!("lib{name}.a"),
            Emit::SharedLibrary => format!("lib{name}.so"),
            _ => format!("{name}.o"),
        };
        let path = self.folder().join(file);
        fs::write(&path, compiler.compile(&module)?.bytes)?;
        fs::write(
            self.folder().join(format!("{name}.h")),
            compiler.header(&module)?,
        )?;
        self.libraries.push(path);
        Ok(self)
    }

    /// Compiles a C file into an object.
    pub fn c_object(&self, name: &str, options: &[&str]) -> Result<PathBuf> {
        let object = self.folder().join(name).with_extension("o");
        let mut gcc = self.gcc(name);
        gcc.args(options).arg("-c").arg("-o").arg(&object);
        run(gcc.arg(source(name)), GCC)?;
        Ok(object)
    }

    /// Compiles and links a host in C with the libraries.
    pub fn c_host(&self, name: &str) -> Result<Host> {
        self.c_host_with(name, &[])
    }

    /// The same with further files.
    pub fn c_host_with(&self, name: &str, files: &[PathBuf]) -> Result<Host> {
        let program = self.program();
        let mut gcc = self.gcc(name);
        gcc.arg("-o").arg(&program).arg(source(name));
        gcc.args(files).args(&self.libraries).arg("-pthread");
        gcc.arg(self.rpath());
        run(&mut gcc, GCC)?;
        Ok(Host(program))
    }

    /// Compiles and links a host in Rust.
    pub fn rust_host(&self, name: &str) -> Result<Host> {
        let program = self.program();
        let mut rustc = Command::new("rustc");
        rustc.args(["-O", "--edition=2021", "-o"]).arg(&program);
        for library in &self.libraries {
            rustc.arg(format!("-Clink-arg={}", library.display()));
        }
        run(rustc.arg(source(name)), "Rust, from rustup")?;
        Ok(Host(program))
    }

    fn program(&self) -> PathBuf {
        self.hosts.set(self.hosts.get() + 1);
        self.folder().join(format!("host{}", self.hosts.get()))
    }

    // For C, and for C++ (`.cc`).
    fn gcc(&self, source_name: &str) -> Command {
        let (command, standard) = match source_name.ends_with(".cc") {
            true => ("g++", "-std=c++17"),
            false => ("gcc", "-std=c11"),
        };
        let mut gcc = Command::new(command);
        gcc.args([standard, "-O2", "-Wall", "-Wextra", "-Werror", "-I"]);
        gcc.arg(self.folder()).arg("-I").arg(source(""));
        gcc
    }

    fn rpath(&self) -> String {
        format!("-Wl,-rpath,{}", self.folder().display())
    }

    /// The symbols that a library shows or needs, by `nm`'s letters.
    pub fn symbols(&self, name: &str) -> Result<Vec<(char, String)>> {
        let mut libraries = self.libraries.iter();
        let library = libraries
            .find(|path| {
                path.file_stem()
                    .is_some_and(|stem| stem.to_string_lossy().ends_with(name))
            })
            .context("no such library")?;
        let mut nm = Command::new("nm");
        nm.arg("--extern-only").arg("--format=posix");
        if library
            .extension()
            .is_some_and(|extension| extension == "so")
        {
            nm.arg("--dynamic");
        }
        let output = run(nm.arg(library), "nm (Debian: apt-get install binutils)")?;
        let lines = String::from_utf8(output.stdout)?;
        let symbols = lines.lines().filter_map(|line| {
            let mut words = line.split(' ');
            let name = words.next()?.to_owned();
            Some((words.next()?.chars().next()?, name))
        });
        Ok(symbols.collect())
    }
}

impl Host {
    /// An executable of these bytes, in a folder. Another process writes the final file, so that no
    /// child forked meanwhile holds it open for writing.
    pub fn install(case: &Case, bytes: &[u8]) -> Result<Self> {
        let (written, program) = (case.folder().join("bytes"), case.program());
        fs::write(&written, bytes)?;
        let mut install = Command::new("install");
        install.arg("--mode=755").arg(&written).arg(&program);
        run(&mut install, "install, of GNU coreutils")?;
        Ok(Self(program))
    }

    /// Runs it, killed when it runs for longer than any test should.
    pub fn run(&self, args: &[&str]) -> Result<Output> {
        let mut command = Command::new("timeout");
        command
            .args(["--signal=KILL", "300"])
            .arg(&self.0)
            .args(args);
        command
            .output()
            .context("cannot run `timeout`, of GNU coreutils")
    }

    pub fn succeeds(&self, args: &[&str]) -> Result<()> {
        self.succeeds_with(args).map(drop)
    }

    /// Runs it; its standard output.
    pub fn succeeds_with(&self, args: &[&str]) -> Result<String> {
        let output = self.run(args)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {said}", output.status);
        Ok(String::from_utf8(output.stdout)?)
    }
}
