//! The user's own imports, linked into executables and libraries, or left to the host.

use super::support::{Case, Host, KINDS, source};
use anyhow::{Result, ensure};
use kiln_compiler::{Compiler, Emit, LinkInput, Options, UnknownImports};
use object::Object as _;
use std::fs;
use std::path::{Path, PathBuf};

fn input(path: &Path) -> Result<LinkInput> {
    Ok(LinkInput {
        name: path.display().to_string(),
        bytes: fs::read(path)?,
    })
}

fn inputs(case: &Case, names: [&str; 2]) -> Result<Vec<LinkInput>> {
    inputs_of("imports", case, names)
}

fn inputs_of(module: &str, case: &Case, names: [&str; 2]) -> Result<Vec<LinkInput>> {
    let mut options = kiln_tests::options::options();
    options.name = module.into();
    let text = fs::read(source(&format!("{module}.wat")))?;
    let header = Compiler::new(options)?.header(&text)?;
    fs::write(case.folder().join(format!("{module}.h")), header)?;
    let options = ["-fPIC", "-fstack-protector-all", "-fcf-protection=full"];
    let objects = names.iter().map(|name| case.c_object(name, &options));
    objects.map(|object| input(&object?)).collect()
}

#[test]
fn imports_linked_into_a_library_can_call_back() -> Result<()> {
    for kind in KINDS {
        let case = Case::new()?;
        let link = inputs(&case, ["imports.c", "imports_library.c"])?;
        let case = case.with("imports", &source("imports.wat"), kind, |options| {
            options.link = link;
        })?;
        case.c_host("imports_host.c")?.succeeds(&[])?;
        let symbols = case.symbols("imports")?;
        ensure!(
            !symbols.iter().any(|(_, name)| name == "env_add"),
            "{symbols:?}"
        );
    }
    Ok(())
}

#[test]
fn imports_can_be_left_to_the_host() -> Result<()> {
    for kind in KINDS {
        let case = Case::new()?.with("imports", &source("imports.wat"), kind, |options| {
            options.unknown_imports = UnknownImports::Link;
        })?;
        let files = [source("imports.c"), source("imports_library.c")];
        let mut files: Vec<PathBuf> = files.into();
        files.push("-rdynamic".into());
        case.c_host_with("imports_host.c", &files)?.succeeds(&[])?;
    }
    Ok(())
}

#[test]
fn imports_linked_into_an_executable_are_called() -> Result<()> {
    let case = Case::new()?;
    let link = inputs(&case, ["imports.c", "imports_executable.c"])?;
    let mut options = kiln_tests::options::options();
    options.name = "imports".into();
    options.link = link;
    let executable = Compiler::new(options)?.compile(&fs::read(source("imports.wat"))?)?;
    let output = Host::install(&case, &executable.bytes)?.run(&[])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(134), "{output:?}");
    ensure!(said.contains("a message"), "{said}");
    Ok(())
}

/// Neither the compiled code nor the runtime keeps a shadow stack in order (SECURITY.md).
#[test]
fn no_output_is_marked_for_control_flow_enforcement() -> Result<()> {
    let is_marked = |bytes: &[u8]| -> Result<bool> {
        let file = object::File::parse(bytes)?;
        Ok(file.section_by_name(".note.gnu.property").is_some())
    };
    for (emit, imports) in [
        (Emit::Executable, "imports_executable.c"),
        (Emit::Object, "imports_library.c"),
        (Emit::SharedLibrary, "imports_library.c"),
    ] {
        let case = Case::new()?;
        let mut options = kiln_tests::options::options();
        options.name = "imports".into();
        options.emit = emit;
        options.link = inputs(&case, ["imports.c", imports])?;
        for input in &options.link {
            ensure!(is_marked(&input.bytes)?, "{} has no mark", input.name);
        }
        let output = Compiler::new(options)?.compile(&fs::read(source("imports.wat"))?)?;
        ensure!(!is_marked(&output.bytes)?, "{emit:?}");
    }
    Ok(())
}

#[test]
fn imports_can_be_in_cpp() -> Result<()> {
    for kind in KINDS {
        let case = Case::new()?;
        let link = inputs_of("cpp", &case, ["cpp_at.cc", "cpp_count.cc"])?;
        let case = case.with("cpp", &source("cpp.wat"), kind, |options| {
            options.link = link;
        })?;
        case.c_host("cpp_host.cc")?.succeeds(&[])?;
    }
    Ok(())
}

fn refusal(module: &str, change: impl FnOnce(&mut Options)) -> Result<String> {
    let mut options = kiln_tests::options::options();
    options.name = "app".into();
    change(&mut options);
    match Compiler::new(options)?.compile(module.as_bytes()) {
        Ok(_) => anyhow::bail!("compiled"),
        Err(error) => Ok(format!("{error}\n{}", error.advice().unwrap_or_default())),
    }
}

#[test]
fn what_is_missing_is_named_with_its_prototype_and_where_it_was_looked_for() -> Result<()> {
    let case = Case::new()?;
    let link = inputs(&case, ["imports.c", "imports_executable.c"])?;
    let names: Vec<_> = link.iter().map(|input| input.name.clone()).collect();
    let module = r#"(module
        (import "env" "sub" (func (param i32 f64) (result i64)))
        (func (export "_start")))"#;
    let words = refusal(module, |options| options.link = link)?;
    ensure!(
        words.contains("unknown import: `env::sub` [i32 f64] -> [i64]"),
        "{words}"
    );
    let prototype = "int64_t env_sub(app_instance *instance, int32_t a0, double a1);";
    ensure!(words.contains(prototype), "{words}");
    for name in names {
        ensure!(words.contains(&name), "{words}");
    }
    Ok(())
}

#[test]
fn what_cannot_be_linked_is_refused() -> Result<()> {
    let link = |bytes: &[u8]| {
        vec![LinkInput {
            name: "input".into(),
            bytes: bytes.into(),
        }]
    };
    let module = r#"(module (func (export "_start")))"#;
    for bytes in [
        &b""[..],
        b"INPUT(libc.a)",
        b"\x7fELF\x02\x01",
        b"!<arch>\nnonsense",
    ] {
        let words = refusal(module, |options| options.link = link(bytes))?;
        ensure!(words.contains("`input`"), "{words}");
    }
    let module = r#"(module
        (import "env" "pair" (func (result i32 i32)))
        (func (export "_start")))"#;
    let words = refusal(module, |options| {
        options.emit = Emit::Object;
        options.unknown_imports = UnknownImports::Link;
    })?;
    ensure!(words.contains("`env::pair` gives 2 results"), "{words}");
    let module = r#"(module (import "a" "b_c" (func)) (import "a_b" "c" (func (param i32))))"#;
    let words = refusal(module, |options| {
        options.emit = Emit::Object;
        options.unknown_imports = UnknownImports::Link;
    })?;
    ensure!(words.contains("`a_b::c` is `a_b_c` in C"), "{words}");
    let module = r#"(module (import "app" "f" (func)) (func (export "f")))"#;
    let words = refusal(module, |options| {
        options.emit = Emit::Object;
        options.unknown_imports = UnknownImports::Link;
    })?;
    ensure!(
        words.contains("`app_f`") && words.contains("--name"),
        "{words}"
    );
    Ok(())
}
