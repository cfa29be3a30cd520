//! perf and callgrind: functions by name, and what calls them.

use super::{Program, printed, tells, tool};
use anyhow::{Context, Result, ensure};

/// Samples of the processor's clock, which needs no counters of the hardware's: virtual machines have none.
fn record(program: &Program) -> Result<()> {
    let mut perf = tool("perf", program)?;
    perf.args([
        "record",
        "--event=cpu-clock",
        "--freq=2000",
        "--call-graph=dwarf",
    ]);
    perf.args(["--output=perf.data", "./program", "long"]);
    printed(&mut perf).map(drop).context(
        "perf cannot record: perf_event_open(2) must be allowed (sysctl kernel.perf_event_paranoid=2 \
         or less, and in a container its seccomp profile)",
    )
}

#[test]
fn perf_names_functions_and_annotates_them() -> Result<()> {
    let program = Program::new("calls.c", |_| {})?;
    record(&program)?;
    let perf = |args: &[&str]| printed(tool("perf", &program)?.args(args));
    let report = perf(&["report", "--stdio", "--input=perf.data", "--no-children"])?;
    for name in ["[.] sink", "descend", "kiln::entry"] {
        tells(&report, name)?;
    }
    let annotated = perf(&["annotate", "--stdio", "--input=perf.data", "--symbol=sink"])?;
    tells(&annotated, "<sink>:")?;
    tells(&annotated, "push   %rbp")
}

#[test]
fn callgrind_names_functions() -> Result<()> {
    let program = Program::new("calls.c", |_| {})?;
    let mut valgrind = tool("valgrind", &program)?;
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=callgrind.out"]);
    let told = printed(valgrind.arg("./program"))?;
    ensure!(told.contains(program.output()?.trim_end()), "{told}");
    let annotate = &mut tool("callgrind_annotate", &program)?;
    let annotated = printed(annotate.args(["--inclusive=yes", "callgrind.out"]))?;
    for name in ["sink", "descend", "kiln::start::run"] {
        tells(&annotated, &format!(":{name} "))
            .or_else(|_| tells(&annotated, &format!(":{name}'2 ")))?;
    }
    Ok(())
}
