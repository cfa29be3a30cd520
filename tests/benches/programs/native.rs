//! Native executables from the source of a program: the bound that code compiled from a module can be held
//! against.

use crate::engines::Cpu;
use anyhow::Result;
use kiln_tests::tools::{self, debian};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The clang that also made the modules.
pub const CLANG: &str = "clang-19";

/// Installs [`CLANG`] if it is not there.
pub fn install_clang() -> Result<()> {
    debian(&[CLANG], &["/usr/bin/clang-19"])
}

/// Gives the command of a compiler that optimises for a processor all it can.
pub fn optimising(compiler: &str, cpu: Cpu) -> Command {
    let mut compile = Command::new(compiler);
    compile
        .args(["-O3", "-w", &format!("-march={}", cpu.name())])
        // A fused multiplication and addition rounds once where the module rounds twice.
        .arg("-ffp-contract=off");
    compile
}

/// A native compiler, and what it may do.
#[derive(Clone, Copy)]
pub enum Compiler {
    /// clang 19, the version that made the module.
    Clang,
    /// The same without vectors.
    ClangScalar,
    /// The installed gcc.
    Gcc,
}

impl Compiler {
    /// Makes the executable `a` in this folder from a text in C.
    pub fn build(self, text: &str, cpu: Cpu, folder: &Path) -> Result<()> {
        fs::write(folder.join("a.c"), text)?;
        let (command, options): (_, &[&str]) = match self {
            Self::Clang => (CLANG, &[]),
            Self::ClangScalar => (CLANG, &["-fno-vectorize", "-fno-slp-vectorize"]),
            Self::Gcc => ("gcc", &[]),
        };
        if command == CLANG {
            install_clang()?;
        }
        let mut compile = optimising(command, cpu);
        compile
            .current_dir(folder)
            .args(options)
            .args(["-o", "a", "a.c", "-lm"]);
        tools::run(&mut compile, command).map(drop)
    }
}
