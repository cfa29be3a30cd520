//! Builds C and C++ that throw, or jump far, in either encoding of exceptions: by Debian's clang 22
//! with the WASI libraries of `@yowasp/clang`, whose C++ library lacks only what throws. That is
//! compiled here from the sources in the zig package.

use crate::tools::{debian_unpacked, npm, once, pip, run};
use anyhow::Result;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The spelling of `catch` in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `try_table` and `exnref`, as in WebAssembly 3.0.
    Exnref,
    /// `try` … `catch`, as before.
    Legacy,
}

const HINT: &str = "Debian's clang 22";

/// The module built from this source, C (`.c`) or C++ (`.cc`).
pub fn build(source: &Path, wasm: &Path, encoding: Encoding) -> Result<()> {
    if source.extension().is_some_and(|found| found == "c") {
        let mut clang = clang("clang", encoding)?;
        clang.args(["-mllvm", "-wasm-enable-sjlj", "-o"]).arg(wasm);
        return run(clang.arg(source).arg("-lsetjmp"), HINT).map(drop);
    }
    let objects = wasm.with_extension("objects");
    fs::create_dir(&objects)?;
    let zig = pip("ziglang", "0.17.1")?.join("ziglang/lib");
    let mut library = clang("clang", encoding)?;
    library
        .current_dir(&objects)
        .args(["-c", "-w", "-fwasm-exceptions", "-DNDEBUG"])
        .args(["-D_LIBCXXABI_HAS_NO_THREADS", "-D_LIBCPP_BUILDING_LIBRARY"])
        .arg("-D_LIBUNWIND_HIDE_SYMBOLS");
    for folder in ["libcxxabi/include", "libunwind/include", "libcxx/src"] {
        library.arg("-I").arg(zig.join(folder));
    }
    library
        .arg(zig.join("libcxxabi/src/cxa_exception.cpp"))
        .arg(zig.join("libcxxabi/src/cxa_personality.cpp"))
        .arg(zig.join("libunwind/src/Unwind-wasm.c"))
        .arg(source.with_file_name("cpp_exception.s"));
    run(&mut library, HINT)?;
    let mut program = clang("clang++", encoding)?;
    program
        .args(["-std=c++20", "-fwasm-exceptions", "-o"])
        .arg(wasm)
        .arg(source);
    for object in fs::read_dir(&objects)? {
        program.arg(object?.path());
    }
    run(&mut program, HINT).map(drop)
}

fn clang(command: &str, encoding: Encoding) -> Result<Command> {
    let packages = [
        "clang-22",
        "lld-22",
        "libllvm22",
        "libclang-cpp22",
        "libclang-common-22-dev",
        "libclang-rt-22-dev-wasm32",
    ];
    let root = debian_unpacked(&packages)?.join("usr");
    let mut sysroot = OsString::from("--sysroot=");
    sysroot.push(libraries()?);
    let legacy = encoding == Encoding::Legacy;
    let mut clang = Command::new(root.join("lib/llvm-22/bin").join(command));
    clang
        .env("LD_LIBRARY_PATH", root.join("lib/x86_64-linux-gnu"))
        // It looks for `wasm-ld-22` there.
        .env("PATH", root.join("bin"))
        .args(["--target=wasm32-wasip1", "-O2"])
        .arg(sysroot)
        .args(["-mllvm".into(), format!("-wasm-use-legacy-eh={legacy}")]);
    Ok(clang)
}

fn libraries() -> Result<PathBuf> {
    const PACKAGE: &str = "@yowasp/clang@22.0.0-git20542-10";
    once("yowasp-clang-libraries", |folder| {
        let archive = npm(&[PACKAGE])?.join("@yowasp/clang/gen/llvm-resources.tar");
        let mut tar = Command::new("tar");
        tar.arg("-xf").arg(archive).arg("-C").arg(folder);
        run(&mut tar, "tar").map(drop)
    })
}
