//! Builds the runtime for each target whose standard library is installed, once for executables and once for
//! libraries, and leaves it as relocatable objects in `$OUT_DIR`, with a file of Rust source for each target that
//! the phase `target` includes.
//!
//! The runtime wants its own profile, features and code model, so a cargo of its own builds it as a
//! static library, with the workspace's lock file and apart from this build's target directory.
//! Link-time optimisation leaves all that is needed in one member of that library. Its symbols are
//! renamed to what a person calls the functions, under `kiln::`.
//!
//! Of the standard library the runtime needs `core`, which `rustup target add` brings. A target that lacks it is
//! left out; the compiler then says so where it is asked for.

use kiln_abi::symbols;
use object::build::elf::{Builder, SectionData};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol, elf};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// A target that the runtime is compiled for.
struct Target {
    /// The architecture.
    name: &'static str,
    /// rustc's name for the target.
    triple: &'static str,
    /// Features that rustc is to use or not to use.
    features: &'static str,
}

const TARGETS: [Target; 3] = [
    Target {
        name: "x86_64",
        triple: "x86_64-unknown-linux-gnu",
        features: "",
    },
    Target {
        name: "aarch64",
        triple: "aarch64-unknown-linux-gnu",
        // Calls of functions that choose at run time between kinds of atomic instructions would be undefined.
        features: "-outline-atomics",
    },
    Target {
        name: "riscv64",
        triple: "riscv64gc-unknown-linux-gnu",
        // The linker does not relax. Linux lets programs load and store unaligned, which Rust does byte by byte
        // otherwise.
        features: "-relax,+unaligned-scalar-mem",
    },
];

/// A copy of the runtime.
struct Copy {
    /// The field of the compiler's record that it is for.
    field: &'static str,
    /// The feature of the crate that makes it.
    feature: &'static str,
    /// The relocation model for the output that it is linked into.
    relocation_model: &'static str,
    /// A symbol that the object with everything in it defines.
    root: &'static str,
}

const COPIES: [Copy; 2] = [
    Copy {
        field: "executable",
        feature: "standalone",
        relocation_model: "pie",
        root: "_start",
    },
    Copy {
        field: "library",
        feature: "library",
        relocation_model: "pic",
        root: "kiln_call",
    },
];

/// The prefixes of cargo's variables that the nested cargo keeps: where packages come from. The
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
    let host = env::var("CARGO_CFG_TARGET_ARCH")?;
    for target in &TARGETS {
        let is_installed = target.is_installed()?;
        if !is_installed && target.name == host {
            let triple = target.triple;
            return Err(format!("the runtime needs `rustup target add {triple}`").into());
        }
        let objects = match is_installed {
            true => target.objects(&workspace, &out)?,
            false => "None".to_owned(),
        };
        let source = format!("const RUNTIME: Option<RuntimeObjects> = {objects};\n");
        fs::write(out.join(format!("runtime_{}.rs", target.name)), source)?;
    }
    Ok(())
}

impl Target {
    /// Tells if the standard library for the target is there. Has cargo look again when rustup changes what is.
    fn is_installed(&self) -> Result<bool, Box<dyn Error>> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut print = Command::new(rustc);
        let output = print
            .args(["--print=target-libdir", "--target", self.triple])
            .output()?;
        let folder = PathBuf::from(String::from_utf8(output.stdout)?.trim());
        let components = folder.join("../../components");
        if components.exists() {
            println!("cargo::rerun-if-changed={}", components.display());
        }
        Ok(output.status.success() && folder.exists())
    }

    /// Makes the objects; gives an expression of Rust for them.
    fn objects(&self, workspace: &Path, out: &Path) -> Result<String, Box<dyn Error>> {
        let mut fields = String::new();
        for copy in COPIES {
            let library = self.build(&copy, workspace, &out.join("runtime"))?;
            let object = rename_symbols(extract_object(&copy, &fs::read(library)?)?)?;
            check_undefined(&object::File::parse(&*object)?)?;
            let (name, field) = (self.name, copy.field);
            let file = format!("runtime_{name}_{field}.o");
            fs::write(out.join(&file), object)?;
            fields += &format!("{field}: include_bytes!({file:?}), ");
        }
        Ok(format!("Some(RuntimeObjects {{ {fields}}})"))
    }

    /// Builds the static library and returns its path.
    fn build(
        &self,
        copy: &Copy,
        workspace: &Path,
        target_dir: &Path,
    ) -> Result<PathBuf, Box<dyn Error>> {
        // Nothing goes over the network when everything is there already.
        let mut output = self.cargo_rustc(copy, workspace, target_dir, &["--offline"])?;
        if !output.status.success() {
            output = self.cargo_rustc(copy, workspace, target_dir, &[])?;
        }
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            let triple = self.triple;
            return Err(format!("the runtime does not build for {triple}:\n{words}").into());
        }
        Ok(target_dir
            .join(self.triple)
            .join("runtime/libkiln_exports.a"))
    }

    fn cargo_rustc(
        &self,
        copy: &Copy,
        workspace: &Path,
        target_dir: &Path,
        more: &[&str],
    ) -> std::io::Result<Output> {
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
            .env("CARGO_ENCODED_RUSTFLAGS", self.rustflags(copy).join("\x1f"))
            .args([
                "rustc",
                "--quiet",
                "--locked",
                "--profile=runtime",
                "--package=kiln-exports",
            ])
            .args([
                "--lib",
                "--crate-type=staticlib",
                "--features",
                copy.feature,
                "--target",
                self.triple,
            ])
            .args(more)
            .arg("--target-dir")
            .arg(target_dir)
            .arg("--manifest-path")
            .arg(workspace.join("Cargo.toml"))
            .output()
    }

    fn rustflags(&self, copy: &Copy) -> Vec<String> {
        let mut flags = vec![
            format!("-Crelocation-model={}", copy.relocation_model),
            // Debuggers walk through it; it never unwinds.
            "-Cforce-unwind-tables=yes".to_owned(),
            format!("-Ctarget-feature={}", self.features),
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
}

/// The member that defines the copy's root.
fn extract_object<'a>(copy: &Copy, library: &'a [u8]) -> Result<&'a [u8], Box<dyn Error>> {
    let archive = ArchiveFile::parse(library)?;
    for member in archive.members() {
        let bytes = member?.data(library)?;
        let Ok(object) = object::File::parse(bytes) else {
            continue;
        };
        if object
            .symbols()
            .any(|symbol| symbol.is_definition() && symbol.name() == Ok(copy.root))
        {
            return Ok(bytes);
        }
    }
    Err(format!("the runtime has no `{}`", copy.root).into())
}

/// Gives every symbol the name that debuggers and profilers show.
fn rename_symbols(object: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut builder = Builder::read(object)?;
    for symbol in builder.symbols.iter_mut() {
        let name = std::str::from_utf8(&symbol.name)?;
        if let Some(shown) = shown_name(name) {
            symbol.name = shown.into_bytes().into();
        }
    }
    // That of Rust's libraries would be for nobody.
    for section in builder.sections.iter_mut() {
        let name = section.name.strip_prefix(b".rela").unwrap_or(&section.name);
        section.delete = name.starts_with(b".debug_");
    }
    builder.delete_orphans();
    // LLVM has one table for the names of both sections and symbols, which the builder does not.
    let names = builder.sections.add();
    names.name = ".shstrtab".into();
    names.sh_type = elf::SHT_STRTAB;
    names.data = SectionData::SectionString;
    let mut renamed = Vec::new();
    builder.write(&mut renamed)?;
    Ok(renamed)
}

/// The name to show in place of a symbol's; `None` where that is C's or nobody's.
fn shown_name(name: &str) -> Option<String> {
    // As `kiln_abi::symbols` has them.
    if let Some(name) = name.strip_prefix("kiln_") {
        return Some(format!("kiln::{name}"));
    }
    // Without the hash that tells crates' versions apart.
    let path = format!("{:#}", rustc_demangle::try_demangle(name).ok()?);
    let mut path = path
        .replace("kiln_runtime::", "kiln::")
        .replace("kiln_exports::", "kiln::")
        .replace("kiln_abi::", "kiln::abi::");
    // A type's method is known without its trait.
    if let Some((of, method)) = path
        .strip_prefix('<')
        .and_then(|path| path.split_once(" as "))
        && let Some((_, name)) = method.split_once(">::")
        && of.starts_with(char::is_alphabetic)
        && !name.contains('<')
    {
        path = format!("{of}::{name}");
    }
    // The guest may have the same functions of Rust's libraries.
    if path.trim_start_matches('<').starts_with("kiln::") {
        Some(path)
    } else {
        Some(format!("kiln::{path}"))
    }
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
