//! Debug information of libraries: gdb stops in the guest at lines, walks to the host, and shows variables,
//! whose memory it finds by the instance.

use super::Program;
use super::gdb::gdb;
use super::sources::{place, tells_in_order};
use anyhow::Result;
use kiln_compiler::{Emit, OptLevel};
use kiln_tests::toolchain::Toolchain;

#[test]
fn lines_and_variables_of_a_library_are_known() -> Result<()> {
    let module = Toolchain::Debug.build(&super::source("shop.c"))?;
    let (inside, main) = (
        place("shop.c", "// in total")?,
        place("shop.c", "// in main")?,
    );
    for kind in [Emit::Object, Emit::StaticLibrary, Emit::SharedLibrary] {
        let program = Program::hosted_with(&module, kind, |options| {
            options.debug = true;
            options.opt_level = OptLevel::None;
        })?;
        let stop = format!("break {inside}");
        let commands = [
            "set breakpoint pending on",
            &stop,
            "run",
            "bt",
            "info args",
            "info locals",
            "print *item",
            "print first->weight",
            "next",
            "up",
            "print list.price",
            "print numbers",
        ];
        tells_in_order(
            &gdb(&program, &commands)?,
            &[
                "#0",
                "total (first=0x",
                "count=2) at ",
                &inside,
                "main () at ",
                &main,
                "kiln::call",
                "host.c:",
                "count = 2",
                "price = 60",
                "sum = 0",
                "$1 = {price = 30, weight = 1.25, name = {offset = ",
                "$2 = 1.25",
                "$3 = 30",
                "$4 = {1, 2, 3}",
            ],
        )?;
    }
    Ok(())
}
