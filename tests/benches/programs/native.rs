//! Native executables from the source of a program: the bound that code compiled from a module can be held
//! against.

use crate::engines::Cpu;
use anyhow::Result;
use kiln_tests::tools::{self, debian};
use std::fs;
use std::path::Path;
use std::process::Command;

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
            Self::Clang => ("clang-19", &[]),
            Self::ClangScalar => ("clang-19", &["-fno-vectorize", "-fno-slp-vectorize"]),
            Self::Gcc => ("gcc", &[]),
        };
        if command == "clang-19" {
            debian(&["clang-19"], &["/usr/bin/clang-19"])?;
        }
        let mut compile = Command::new(command);
        compile
            .current_dir(folder)
            .args(["-O3", "-w", &format!("-march={}", cpu.name())])
            // A fused multiplication and addition rounds once where the module rounds twice.
            .arg("-ffp-contract=off")
            .args(options)
            .args(["-o", "a", "a.c", "-lm"]);
        tools::run(&mut compile, command).map(drop)
    }
}
