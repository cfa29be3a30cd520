//! Embedded files against the same files in the page cache: one program in C, by the machine's compiler
//! and by Kiln, with a folder and with that folder embedded. And what embedding costs where nothing is
//! read: at start-up, and when the executable is built.

use crate::measure::{cpu_times, wall_times};
use crate::programs::{Contender, Workshop};
use crate::{START_ROUNDS, print_ratio};
use anyhow::Result;
use kiln_compiler::{ConfigEntry, Options, Tree};
use kiln_tests::toolchain::Toolchain;
use std::fs;
use std::path::Path;
use std::time::Instant;

const PROGRAM: &str = include_str!("embedded.c");
const ROUNDS: usize = 15;

/// The reads, by the folder of the files and in pieces of so many bytes.
const WORK: [(&str, &str, &str); 4] = [
    ("large", "1048576", "100 MiB in 100 files, by 1 MiB"),
    ("large", "65536", "the same by 64 KiB"),
    ("large", "4096", "the same by 4 KiB"),
    ("small", "65536", "10 MB in 10000 files"),
];

/// Measures it and prints a table.
pub fn embedded(workshop: &Workshop) -> Result<()> {
    let folder = tempfile::tempdir()?;
    furnish(folder.path())?;
    reading(workshop, folder.path())?;
    start_up(workshop, folder.path())?;
    building(workshop, folder.path())
}

fn reading(workshop: &Workshop, folder: &Path) -> Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/performance/embedded.c");
    let module = fs::read(Toolchain::Clang.build(&source)?)?;
    println!("embedded files: processor milliseconds, {ROUNDS} rounds in turns");
    println!(
        "{:36} {:>8} {:>8} {:>8} {:>8}",
        "(minima)", "C", "folder", "embedded", "faster"
    );
    let native = workshop.gcc("C", "reader.c", PROGRAM, &["-O2"])?;
    for (name, piece, title) in WORK {
        let part = folder.join(name);
        let host = part.to_string_lossy().into_owned();
        let mut options = Options::default();
        options.bake(ConfigEntry::Dir {
            host: host.as_bytes(),
            guest: b"/d",
        });
        let cached = workshop.kiln_with(options, "folder", &module)?;
        let embedded = workshop.kiln_with(with(&part)?, "embedded", &module)?;
        let given = |contender: &Contender, path| contender.clone().with(&[path, piece]);
        let native = given(&native, &host);
        let (cached, embedded) = (given(&cached, "/d"), given(&embedded, "/d"));
        let [native, cached, embedded] = cpu_times(&[&native, &cached, &embedded], ROUNDS)?;
        println!(
            "{title:36} {:8.2} {:8.2} {:8.2} {:8.2}",
            native.min * 1e3,
            cached.min * 1e3,
            embedded.min * 1e3,
            cached.min / embedded.min
        );
    }
    println!("faster, than from the folder, is to be at least 1\n");
    Ok(())
}

fn start_up(workshop: &Workshop, folder: &Path) -> Result<()> {
    let hello = workshop.hello()?;
    let plain = workshop.kiln("hello", &hello)?;
    let large = workshop.kiln_with(with(&folder.join("large"))?, "hello, 100 MiB", &hello)?;
    let small = workshop.kiln_with(with(&folder.join("small"))?, "hello, 10000 files", &hello)?;
    let [plain, large, small] = wall_times(&[&plain, &large, &small], START_ROUNDS)?;
    println!("start-up with embedded files: spawn to exit, {START_ROUNDS} rounds in turns");
    println!("{:44} {:>8} {:>8}", "", "min", "median");
    print_ratio("with 100 MiB / without (at most 1.2)", &large, &plain);
    print_ratio("with 10000 files / without (at most 1.2)", &small, &plain);
    println!();
    Ok(())
}

fn building(workshop: &Workshop, folder: &Path) -> Result<()> {
    let hello = workshop.hello()?;
    let mut options = with(&folder.join("large"))?;
    options.embed("/again", Tree::read(folder.join("large"))?);
    let start = Instant::now();
    workshop.kiln_with(options, "hello, 200 MiB", &hello)?;
    let taken = start.elapsed().as_secs_f64();
    println!("building an executable with 200 MiB: {taken:.2} s by the clock\n");
    Ok(())
}

fn with(folder: &Path) -> Result<Options> {
    let mut options = Options::default();
    options.embed("/d", Tree::read(folder)?);
    Ok(options)
}

/// Makes the files, with contents that differ from page to page.
fn furnish(folder: &Path) -> Result<()> {
    let contents: Vec<u8> = (0..1u32 << 20).map(|index| (index / 997) as u8).collect();
    for number in 0..100 {
        let (large, small) = (folder.join("large"), folder.join("small"));
        let small = small.join(number.to_string());
        fs::create_dir_all(&large)?;
        fs::create_dir_all(&small)?;
        fs::write(large.join(number.to_string()), &contents)?;
        for number in 0..100 {
            fs::write(small.join(number.to_string()), &contents[..1000])?;
        }
    }
    Ok(())
}
