//! Input and output: one program in C, by the machine's compiler, by Kiln and by the runtime of
//! record, on one file and one tree.

use crate::measure::cpu_times;
use crate::programs::{Contender, Workshop};
use anyhow::Result;
use kiln_tests::toolchain::Toolchain;
use std::fs;
use std::path::Path;

const PROGRAM: &str = include_str!("io.c");
const ROUNDS: usize = 3;

/// Bytes of the file, as many as are read before the program goes back to its start.
const FILE: usize = 64 * (64 << 10);

/// The work, as it is told to the program and to people.
const WORK: [(&str, &str); 4] = [
    ("read", "read 1 GiB by 64 KiB"),
    ("write", "write 1 GiB by 64 KiB"),
    ("small", "1000000 writes of 16 bytes"),
    ("tree", "list and stat 20000 files"),
];

/// Measures it and prints a table.
pub fn throughput(workshop: &Workshop) -> Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/performance/io.c");
    let module = fs::read(Toolchain::Clang.build(&source)?)?;
    let folder = tempfile::tempdir()?;
    let host = folder.path().display();
    furnish(folder.path())?;

    println!("input and output: processor seconds, {ROUNDS} rounds in turns");
    println!(
        "{:36} {:>7} {:>7} {:>8} {:>8} {:>8}",
        "(minima)", "C", "Kiln", "wasmtime", "Kiln/C", "faster"
    );
    let native = workshop.gcc("C", "io.c", PROGRAM, &["-static", "-O2"])?;
    let mut kiln = workshop.kiln("io", &module)?;
    kiln.env.push(("KILN_DIRS", format!("{host}::/")));
    let mut wasmtime = workshop.wasmtime("io", &module)?;
    wasmtime.args.insert(1, format!("--dir={host}::/"));
    for (work, name) in WORK {
        let given = |contender: &Contender, folder: &str| contender.clone().with(&[work, folder]);
        let native = given(&native, &host.to_string());
        let (kiln, wasmtime) = (given(&kiln, ""), given(&wasmtime, ""));
        let [native, kiln, wasmtime] = cpu_times(&[&native, &kiln, &wasmtime], ROUNDS)?;
        println!(
            "{name:36} {:7.3} {:7.3} {:8.3} {:8.2} {:8.2}",
            native.min,
            kiln.min,
            wasmtime.min,
            kiln.min / native.min,
            wasmtime.min / kiln.min
        );
    }
    println!("Kiln/C is to be at most 1.3 where there is no tree; faster, than wasmtime, above 1");
    Ok(())
}

/// Makes the file and the tree that the program expects.
fn furnish(folder: &Path) -> Result<()> {
    fs::write(folder.join("file"), vec![b'x'; FILE])?;
    for number in 0..20000 {
        let dir = folder.join(format!("tree/{}", number / 200));
        fs::create_dir_all(&dir)?;
        fs::write(dir.join(number.to_string()), "")?;
    }
    Ok(())
}
