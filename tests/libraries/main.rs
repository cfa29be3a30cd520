//! Libraries that Kiln makes, used by programs in C and Rust. The programs check themselves and end
//! with status 0 where all is as it must be.

mod addresses;
mod bulk;
mod link;
mod support;

use anyhow::{Result, ensure};
use kiln_compiler::{
    BoundsChecks, Compiler, ConfigEntry, Emit, OptLevel, Options, Tree, UnknownImports,
};
use kiln_tests::toolchain::Toolchain;
use std::os::unix::process::ExitStatusExt;
use support::{Case, KINDS, source};

fn abi(kind: Emit) -> Result<Case> {
    Case::new()?.with("abi", &source("abi.wat"), kind, |_| {})
}

#[test]
fn values_go_in_and_out_and_instances_are_apart() -> Result<()> {
    for kind in KINDS {
        abi(kind)?.c_host("values_host.c")?.succeeds(&[])?;
    }
    Ok(())
}

#[test]
fn code_that_is_not_optimised_or_checks_bounds_does_the_same() -> Result<()> {
    let abi = |change: fn(&mut Options)| {
        Case::new()?.with("abi", &source("abi.wat"), Emit::StaticLibrary, change)
    };
    for change in [
        |options: &mut Options| options.opt_level = OptLevel::None,
        |options: &mut Options| options.cpu = kiln_compiler::Cpu::Native,
    ] {
        abi(change)?.c_host("values_host.c")?.succeeds(&[])?;
        abi(change)?.c_host("endings_host.c")?.succeeds(&[])?;
    }
    let explicit = abi(|options| options.bounds_checks = BoundsChecks::Explicit)?;
    explicit.c_host("endings_host.c")?.succeeds(&[])?;
    // Memories that have moved are freed where they are.
    explicit.c_host("many_host.c")?.succeeds(&[])
}

#[test]
fn every_way_a_call_can_end_leaves_the_instance_usable() -> Result<()> {
    for kind in KINDS {
        abi(kind)?.c_host("endings_host.c")?.succeeds(&[])?;
    }
    Ok(())
}

#[test]
fn a_thousand_instances_leave_nothing_behind() -> Result<()> {
    let case = abi(Emit::StaticLibrary)?;
    case.c_host("many_host.c")?.succeeds(&[])
}

#[test]
fn nothing_lies_where_an_index_leads_that_is_taken_for_negative() -> Result<()> {
    abi(Emit::StaticLibrary)?
        .c_host("guards_host.c")?
        .succeeds(&[])
}

#[test]
fn faults_of_the_host_stay_its_own() -> Result<()> {
    for kind in [Emit::StaticLibrary, Emit::SharedLibrary] {
        let case = abi(kind)?;
        let output = case.c_host("signals_host.c")?.run(&[])?;
        let said = String::from_utf8_lossy(&output.stderr);
        // `timeout` ends as what it runs.
        ensure!(
            output.status.signal() == Some(libc::SIGSEGV),
            "{}: {said}",
            output.status
        );
        ensure!(said.is_empty(), "{said}");
    }
    Ok(())
}

#[test]
fn an_instance_is_given_what_it_was_granted_and_nothing_else() -> Result<()> {
    let grants = source("grants.wat");
    for kind in KINDS {
        let case = Case::new()?.with("grants", &grants, kind, |_| {})?;
        case.c_host("grants_host.c")?.succeeds(&[])?;
    }
    let seal = |options: &mut Options| {
        options.bake(ConfigEntry::Sealed);
    };
    let sealed = Case::new()?.with("grants", &grants, Emit::StaticLibrary, seal)?;
    sealed.c_host("grants_host.c")?.succeeds(&["sealed"])
}

#[test]
fn to_free_an_instance_that_runs_ends_the_process() -> Result<()> {
    let link = |options: &mut Options| options.unknown_imports = UnknownImports::Link;
    let running = source("running.wat");
    let case = Case::new()?.with("running", &running, Emit::StaticLibrary, link)?;
    let output = case.c_host("running_host.c")?.run(&[])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        said == "error: an instance is freed while it runs\n",
        "{said}"
    );
    // `timeout` ends as what it runs.
    ensure!(
        output.status.signal() == Some(libc::SIGABRT),
        "{}",
        output.status
    );
    Ok(())
}

#[test]
fn two_libraries_and_a_command_live_in_one_program() -> Result<()> {
    for (abi, command) in [
        (Emit::Object, Emit::StaticLibrary),
        (Emit::SharedLibrary, Emit::Object),
        (Emit::SharedLibrary, Emit::SharedLibrary),
    ] {
        let case = Case::new()?
            .with("abi", &source("abi.wat"), abi, |_| {})?
            .with("command", &source("command.wat"), command, |_| {})?;
        case.c_host("two_host.c")?.succeeds(&[])?;
    }
    Ok(())
}

fn reactor(language: &str) -> Result<()> {
    let module = Toolchain::Reactor.build(&source(&format!("reactor.{language}")))?;
    for kind in KINDS {
        let case = Case::new()?.with("reactor", &module, kind, |_| {})?;
        std::fs::write(case.folder().join("seven"), "7 bytes")?;
        let folder = case.folder().display().to_string();
        // A thousand instances in one of the kinds: what differs between them is how they are linked.
        let count = if kind == Emit::StaticLibrary {
            "1000"
        } else {
            "20"
        };
        let output = case
            .c_host("reactor_host.c")?
            .succeeds_with(&[&folder, count])?;
        ensure!(output == "hello\n", "{output}");
        if kind != Emit::SharedLibrary {
            case.rust_host("reactor_host.rs")?
                .succeeds(&[&folder, count])?;
        }
    }
    Ok(())
}

#[test]
fn reactors_in_c_can_be_used() -> Result<()> {
    reactor("c")
}

#[test]
fn reactors_in_rust_can_be_used() -> Result<()> {
    reactor("rs")
}

#[test]
fn reactors_in_go_can_be_used() -> Result<()> {
    reactor("go")
}

#[test]
fn instances_share_embedded_files() -> Result<()> {
    let mut tree = Tree::new();
    tree.add_file("note", "ab")?;
    for kind in KINDS {
        let embed = |options: &mut Options| {
            options.embed("/assets", tree.clone());
        };
        let case = Case::new()?.with("assets", &source("assets.wat"), kind, embed)?;
        let other = case.folder().join("other");
        std::fs::create_dir(&other)?;
        std::fs::write(other.join("note"), "x")?;
        let host = case.c_host("assets_host.c")?;
        host.succeeds(&[&other.display().to_string()])?;
    }
    Ok(())
}

#[test]
fn the_same_module_gives_the_same_bytes() -> Result<()> {
    let module = std::fs::read(source("abi.wat"))?;
    for kind in KINDS {
        let mut options = Options::default();
        options.emit = kind;
        let first = Compiler::new(options.clone())?.compile(&module)?.bytes;
        let second = Compiler::new(options)?.compile(&module)?.bytes;
        ensure!(first == second, "{kind:?}");
    }
    Ok(())
}

#[test]
fn a_library_shows_its_own_functions_and_needs_nothing() -> Result<()> {
    for kind in KINDS {
        let case = abi(kind)?;
        let symbols = case.symbols("abi")?;
        let (needed, shown): (Vec<_>, Vec<_>) = symbols.iter().partition(|(kind, _)| *kind == 'U');
        ensure!(needed.is_empty(), "{kind:?} needs {needed:?}");
        ensure!(shown.iter().any(|(_, name)| name == "abi_instance_new"));
        let strange = shown.iter().find(|(_, name)| !name.starts_with("abi_"));
        ensure!(strange.is_none(), "{kind:?} shows {strange:?}");
    }
    Ok(())
}
