//! Comparisons of Kiln's executables: start-up and size against programs in assembly and C, run time
//! against the runtime of record with its code compiled ahead, and against the same program with
//! explicit bounds checks and as a library, start-up against that runtime too, input and output against
//! both, embedded files against a folder.
//!
//! `cargo bench --bench performance` prints it all, with `-- start`, `run`, `io` or `embedded` a part.
//! Everything in a table is measured in turns within one run, so that what else the machine does
//! strikes all alike.
//! Nothing is asserted about time.

mod embedded;
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
    if is_wanted("embedded") {
        embedded::embedded(&workshop)?;
    }
    Ok(())
}

fn start_up(workshop: &Workshop) -> Result<()> {
    let assembly = workshop.assembly_hello()?;
    let c = workshop.c_hello()?;
    let hello = workshop.hello()?;
    let kiln = workshop.kiln("hello", &hello)?;
    let open = workshop.kiln_open("hello", &hello)?;
    let image = workshop.kiln("image", &programs::image_module())?;
    let wasmtime = workshop.wasmtime("hello", &hello)?;

    let contenders = [&assembly, &c, &kiln, &open, &image, &wasmtime];
    let figures = wall_times(&contenders, START_ROUNDS)?;
    println!("start-up: spawn to exit, microseconds, {START_ROUNDS} rounds in turns");
    println!("{:44} {:>8} {:>8} {:>10}", "", "min", "median", "bytes");
    for (contender, figures) in contenders.iter().zip(&figures) {
        let size = fs::metadata(&contender.file)?.len();
        let (min, median) = (figures.min * 1e6, figures.median * 1e6);
        println!("{:44} {min:8.0} {median:8.0} {size:10}", contender.name);
    }
    let [assembly, _, kiln, open, image, wasmtime] = figures;
    print_ratio("hello / assembly (at most 2.0)", &kiln, &assembly);
    print_ratio(
        "hello without sandbox / assembly (at most 1.4)",
        &open,
        &assembly,
    );
    let cost = (kiln.min - open.min) * 1e6;
    println!("{:46} {cost:8.0}", "sandbox, microseconds (at most 75)");
    print_ratio("5 MiB image in 64 MiB / hello (at most 1.5)", &image, &kiln);
    print_ratio("wasmtime / hello (at least 15)", &wasmtime, &kiln);
    println!();
    Ok(())
}

fn run_time(workshop: &Workshop) -> Result<()> {
    println!("run time: processor seconds, {RUN_ROUNDS} rounds in turns");
    println!(
        "{:30} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7}",
        "(minima)", "Kiln", "wasmtime", "explicit", "library", "faster", "slower", "slower"
    );
    let mut products = [1.0; 3];
    for workload in &programs::WORKLOADS {
        let (name, module) = (workload.name, workshop.read(workload)?);
        let kiln = workshop.kiln(name, &module)?.with(workload.args);
        let explicit = workshop.kiln_explicit(name, &module)?.with(workload.args);
        let wasmtime = workshop.wasmtime(name, &module)?.with(workload.args);
        let library = workshop.kiln_library(name, &module)?.with(workload.args);
        let times = cpu_times(&[&kiln, &wasmtime, &explicit, &library], RUN_ROUNDS)?;
        let [kiln, wasmtime, explicit, library] = times.map(|figures| figures.min);
        let ratios = [wasmtime / kiln, explicit / kiln, library / kiln];
        print!("{name:30} {kiln:8.3} {wasmtime:8.3} {explicit:8.3} {library:8.3}");
        println!(" {:7.2} {:7.2} {:7.2}", ratios[0], ratios[1], ratios[2]);
        for (product, ratio) in products.iter_mut().zip(ratios) {
            *product *= ratio;
        }
    }
    let means = products.map(|product: f64| product.powf(1.0 / programs::WORKLOADS.len() as f64));
    let what = "geometric mean (at least 1.05; explicit checks; library)";
    let [faster, explicit, library] = means;
    println!("{what:66} {faster:7.2} {explicit:7.2} {library:7.2}\n");
    Ok(())
}

fn print_ratio(what: &str, this: &Figures, that: &Figures) {
    let (min, median) = (this.min / that.min, this.median / that.median);
    println!("{what:44} {min:8.2} {median:8.2}");
}
