//! How Kiln's executables compare: start-up and size against programs in assembly and C, run time
//! against the runtime of record with its code compiled ahead, start-up against that too, input and
//! output against both.
//!
//! `cargo bench -p kiln-tests` prints it all, with `-- start`, `run` or `io` a part. Everything in a
//! table is measured in turns within one run, so that what else the machine does strikes all alike.
//! Nothing is asserted about time.

mod io;
mod measure;
mod programs;

use anyhow::Result;
use measure::{Figures, cpu_times, wall_times};
use programs::{Contender, Workshop};
use std::fs;

const START_ROUNDS: usize = 1000;
const RUN_ROUNDS: usize = 5;

fn main() -> Result<()> {
    let workshop = Workshop::new()?;
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let is_wanted = |name| wanted.as_deref().is_none_or(|wanted| wanted == name);
    if is_wanted("start") {
        start_up(&workshop)?;
    }
    if is_wanted("run") {
        run_time(&workshop)?;
    }
    if is_wanted("io") {
        io::throughput(&workshop)?;
    }
    Ok(())
}

fn start_up(workshop: &Workshop) -> Result<()> {
    let assembly = workshop.assembly_hello()?;
    let c = workshop.c_hello()?;
    let hello = workshop.hello()?;
    let kiln = workshop.kiln("hello", &hello)?;
    let image = workshop.kiln("image", &programs::image_module())?;
    let wasmtime = workshop.wasmtime("hello", &hello)?;

    let contenders = [&assembly, &c, &kiln, &image, &wasmtime];
    let figures = wall_times(&contenders, START_ROUNDS)?;
    println!("start-up: spawn to exit, microseconds, {START_ROUNDS} rounds in turns");
    println!("{:44} {:>8} {:>8} {:>10}", "", "min", "median", "bytes");
    for (contender, figures) in contenders.iter().zip(&figures) {
        let size = fs::metadata(&contender.file)?.len();
        let (min, median) = (figures.min * 1e6, figures.median * 1e6);
        println!("{:44} {min:8.0} {median:8.0} {size:10}", contender.name);
    }
    let [assembly, _, kiln, image, wasmtime] = figures;
    print_ratio("hello / assembly (at most 2.0)", &kiln, &assembly);
    print_ratio("5 MiB image in 64 MiB / hello (at most 1.5)", &image, &kiln);
    print_ratio("wasmtime / hello (at least 15)", &wasmtime, &kiln);
    println!();
    Ok(())
}

fn run_time(workshop: &Workshop) -> Result<()> {
    println!("run time: processor seconds, {RUN_ROUNDS} rounds in turns");
    println!(
        "{:44} {:>8} {:>8} {:>8}",
        "(minima)", "Kiln", "wasmtime", "faster"
    );
    let mut product = 1.0;
    for workload in &programs::WORKLOADS {
        let (name, module) = (workload.name, workshop.read(workload)?);
        let kiln = workshop.kiln(name, &module)?.with(workload.args);
        let wasmtime = workshop.wasmtime(name, &module)?.with(workload.args);
        let [kiln, wasmtime] = cpu_times(&[&kiln, &wasmtime], RUN_ROUNDS)?;
        let ratio = wasmtime.min / kiln.min;
        println!(
            "{name:44} {:8.3} {:8.3} {ratio:8.2}",
            kiln.min, wasmtime.min
        );
        product *= ratio;
    }
    let mean = f64::powf(product, 1.0 / programs::WORKLOADS.len() as f64);
    println!("{:44} {mean:26.2}\n", "geometric mean (at least 1.05)");
    Ok(())
}

fn print_ratio(what: &str, this: &Figures, that: &Figures) {
    let (min, median) = (this.min / that.min, this.median / that.median);
    println!("{what:44} {min:8.2} {median:8.2}");
}
