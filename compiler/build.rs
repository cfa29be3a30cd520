//! Builds the runtime for the executables Kiln makes and leaves it, as one relocatable object, at
//! `$OUT_DIR/runtime.o` for `runtime_object.rs` to include.
//!
//! The runtime wants its own profile, features and code model, so a cargo of its own builds it as a
//! static library, with the workspace's lock file and apart from this build's target directory.
//! Link-time optimisation leaves all that is needed in one member of that library.

use kiln_abi::symbols;
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// What the runtime is compiled for.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What the nested cargo keeps of cargo's variables, given by prefix: where packages come from. The
/// others speak of this build.
const KEPT_VARIABLES: [&str; 4] = ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR"];

fn main() -> Result<(), Box<dyn Error>> {
    let workspace = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    for source in ["runtime", "Cargo.toml", "Cargo.lock"] {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(source).display()
        );
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let library = fs::read(build_runtime(&workspace, &out.join("runtime"))?)?;
    fs::write(out.join("runtime.o"), extract_object(&library)?)?;
    Ok(())
}

/// Builds the static library and returns its path.
fn build_runtime(workspace: &Path, target_dir: &Path) -> Result<PathBuf, Box<dyn Error>> {
    // Nothing goes over the network when everything is there already.
    let mut output = cargo_rustc(workspace, target_dir, &["--offline"])?;
    if !output.status.success() {
        output = cargo_rustc(workspace, target_dir, &[])?;
    }
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the runtime does not build for {TARGET}:\n{words}").into());
    }
    Ok(target_dir.join(TARGET).join("runtime/libkiln_runtime.a"))
}

fn cargo_rustc(workspace: &Path, target_dir: &Path, more: &[&str]) -> std::io::Result<Output> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let is_cargos = ["CARGO", "RUSTC_", "RUSTFLAGS", "CLIPPY_"]
            .iter()
            .any(|p| text.starts_with(p));
        if is_cargos && !KEPT_VARIABLES.iter().any(|prefix| text.starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    cargo
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags().join("\x1f"))
        .args([
            "rustc",
            "--quiet",
            "--locked",
            "--profile=runtime",
            "--package=kiln-runtime",
        ])
        .args([
            "--lib",
            "--crate-type=staticlib",
            "--features=standalone",
            "--target",
            TARGET,
        ])
        .args(more)
        .arg("--target-dir")
        .arg(target_dir)
        .arg("--manifest-path")
        .arg(workspace.join("Cargo.toml"))
        .output()
}

fn rustflags() -> Vec<String> {
    let mut flags = vec![
        // What executables are.
        "-Crelocation-model=pie".to_owned(),
        // It never unwinds.
        "-Cforce-unwind-tables=no".to_owned(),
    ];
    // Panics tell in which source file they are, not where this machine keeps it: executables would
    // differ by the machine that Kiln was built on. Of flags that fit, the last holds.
    let home = env::var("CARGO_HOME")
        .or_else(|_| env::var("HOME").map(|home| home + "/.cargo"))
        .unwrap_or_default();
    let registries = fs::read_dir(Path::new(&home).join("registry/src"));
    let registries = registries.into_iter().flatten().flatten();
    let registries = registries.map(|entry| entry.path().display().to_string());
    for place in [home].into_iter().chain(registries) {
        flags.push(format!("--remap-path-prefix={place}=cargo"));
    }
    flags
}

/// The member that defines `_start`, all of whose undefined symbols the compiler defines.
fn extract_object(library: &[u8]) -> Result<&[u8], Box<dyn Error>> {
    let archive = ArchiveFile::parse(library)?;
    for member in archive.members() {
        let bytes = member?.data(library)?;
        let Ok(object) = object::File::parse(bytes) else {
            continue;
        };
        if object
            .symbols()
            .any(|symbol| symbol.is_definition() && symbol.name() == Ok("_start"))
        {
            check_undefined(&object)?;
            return Ok(bytes);
        }
    }
    Err("the runtime has no `_start`".into())
}

fn check_undefined(object: &object::File<'_>) -> Result<(), Box<dyn Error>> {
    let undefined = object.symbols().filter(|symbol| symbol.is_undefined());
    let names: Result<BTreeSet<&str>, _> = undefined.map(|symbol| symbol.name()).collect();
    let unknown: Vec<&str> = names?
        .into_iter()
        .filter(|name| !name.is_empty() && !symbols::DEFINED_BY_COMPILER.contains(name))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the runtime needs symbols that nothing defines: {}",
        unknown.join(", ")
    )
    .into())
}
