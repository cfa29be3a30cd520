//! Instructions executed, counted by Valgrind's cachegrind.
//!
//! The counts are exact and do not depend on what else the machine does: two runs of one executable
//! differ by some hundreds. A count is that of the whole process. The count of a program that does
//! nothing is shown beside, because Wasmtime needs some millions to load and start any program; the
//! means are given with it and without it.

use crate::catalogue::{self, Length, Program, Workplace};
use crate::engines::{Built, Contender, Cpu, Engine};
use crate::record::{self, Circumstances};
use crate::results::{by_group, outcome};
use crate::run::{Input, run};
use crate::selection::{Selection, by_cpu};
use crate::statistics::geometric_mean;
use anyhow::{Context, Result, ensure};
use kiln_tests::tools::debian;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::ops::Sub;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fewer instructions say more about start-up than about a program: such do not enter the means.
const FEWEST: u64 = 50_000_000;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Programs counted at the same time; counts do not depend on it.
    #[arg(long, short, default_value_t = 2)]
    jobs: usize,
}

/// The counts of one program.
#[derive(Serialize)]
struct Row {
    group: &'static str,
    name: &'static str,
    counts: BTreeMap<String, Count>,
}

#[derive(Clone, Copy, Serialize)]
struct Count {
    instructions: u64,
    /// Bytes of machine code.
    text: Option<u64>,
}

#[derive(Serialize)]
struct Record<'a> {
    measurement: &'static str,
    circumstances: Circumstances,
    /// The instructions of a program that does nothing.
    start_up: &'a BTreeMap<String, Count>,
    programs: &'a [Row],
    /// Instructions of the first contender divided by those of the others on the same processor.
    means: &'a [Mean],
}

#[derive(Serialize)]
struct Mean {
    group: String,
    programs: usize,
    contender: String,
    of: String,
    ratio: f64,
    ratio_without_start_up: f64,
    text_ratio: f64,
    text_ratio_without_start_up: f64,
}

/// Counts the instructions of the selected programs and prints a table.
pub fn measure(arguments: &Arguments) -> Result<()> {
    let selection = &arguments.selection;
    let mut programs = selection.programs()?;
    programs.retain(|program| program.counted);
    if selection.list {
        catalogue::list(&programs);
        return Ok(());
    }
    debian(&["valgrind", "libc6-dbg"], &["/usr/bin/valgrind"])?;
    let cpus = selection.cpus(&[Cpu::Baseline, Cpu::V3]);
    ensure!(
        !cpus.contains(&Cpu::Native),
        "Valgrind does not simulate every native processor: say --cpu x86-64-v3"
    );
    let contenders = selection.contenders(&[Engine::Wasmtime, Engine::Wasm2c], &cpus)?;
    let workplace = Workplace::new()?;

    let nothing = Program::nothing();
    let start_up = count_all(&nothing, &contenders, &workplace)?;
    print_head(&contenders);
    print_counts("(a program that does nothing)", &contenders, &start_up);
    let results = in_parallel(arguments.jobs, &programs, |program| {
        let counts = count_all(program, &contenders, &workplace)
            .with_context(|| format!("while counting {}", program.path()))?;
        print_counts(&program.path(), &contenders, &counts);
        Ok(Row {
            group: program.group,
            name: program.name,
            counts,
        })
    });
    let (rows, failures) = outcome(results);
    let means = means(&contenders, &rows, &start_up);
    print_means(&means);
    if let Some(path) = &selection.json {
        let record = Record {
            measurement: "instructions",
            circumstances: Circumstances::now()?,
            start_up: &start_up,
            programs: &rows,
            means: &means,
        };
        record::write(path, &record)?;
    }
    failures
}

/// The results of all programs, in their order, though several run at the same time.
fn in_parallel<T: Send>(
    jobs: usize,
    programs: &[Program],
    work: impl Fn(&Program) -> Result<T> + Sync,
) -> Vec<Result<T>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some((index, program)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    programs.get(index).map(|program| (index, program))
                } {
                    let result = work(program);
                    results.lock().expect("unpoisoned").insert(index, result);
                }
            });
        }
    });
    let results = results.into_inner().expect("unpoisoned");
    results.into_values().collect()
}

fn count_all(
    program: &Program,
    contenders: &[Contender],
    workplace: &Workplace,
) -> Result<BTreeMap<String, Count>> {
    let module = program.module(Length::Short)?;
    let input = program.input(Length::Short, workplace)?;
    let folder = tempfile::tempdir()?;
    let (mut counts, mut expected) = (BTreeMap::new(), None);
    for contender in contenders {
        let built = contender.build(program, &module, folder.path());
        let Some(built) = built.context(contender.label.clone())? else {
            continue;
        };
        let (instructions, output) = count(&built, &input).context(contender.label.clone())?;
        program.check(&mut expected, &output, &contender.label)?;
        let text = built.text_size()?;
        counts.insert(contender.label.clone(), Count { instructions, text });
    }
    Ok(counts)
}

fn count(built: &Built, input: &Input) -> Result<(u64, Vec<u8>)> {
    let log = tempfile::NamedTempFile::new()?;
    let to = format!("--log-file={}", log.path().display());
    let wrapper = [
        "/usr/bin/valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
        // Executables bring stacks of their own.
        "--max-stackframe=8388608",
        &to,
    ];
    let outcome = run(built, input, &wrapper.map(OsStr::new))?;
    let log = fs::read_to_string(log.path())?;
    // The line is `==PID== I   refs:      992,180,143`.
    let line = log.lines().find(|line| line.contains("refs:"));
    let number = line.and_then(|line| line.rsplit("refs:").next());
    let number = number.with_context(|| format!("no count in Valgrind's log:\n{log}"))?;
    let digits = number.trim().replace(',', "");
    Ok((digits.parse()?, outcome.stdout))
}

fn means(contenders: &[Contender], rows: &[Row], start_up: &BTreeMap<String, Count>) -> Vec<Mean> {
    let mut means = Vec::new();
    for (group, rows) in by_group(rows, |row| row.group) {
        for contenders in by_cpu(contenders) {
            for other in &contenders[1..] {
                means.extend(mean(group, &contenders[0], other, &rows, start_up));
            }
        }
    }
    means
}

/// The mean over the programs that are long enough; `None` without any.
fn mean(
    group: &str,
    first: &Contender,
    other: &Contender,
    rows: &[&Row],
    start_up: &BTreeMap<String, Count>,
) -> Option<Mean> {
    let pairs: Vec<(Count, Count)> = rows
        .iter()
        .filter_map(|row| {
            let first = *row.counts.get(&first.label)?;
            let other = *row.counts.get(&other.label)?;
            (first.instructions.max(other.instructions) >= FEWEST).then_some((first, other))
        })
        .collect();
    let (first_start, other_start) = (*start_up.get(&first.label)?, *start_up.get(&other.label)?);
    let of = |ratio: fn(Count, Count) -> f64, without: bool| {
        geometric_mean(pairs.iter().map(|(first, other)| match without {
            true => ratio(*first - first_start, *other - other_start),
            false => ratio(*first, *other),
        }))
    };
    let instructions: fn(Count, Count) -> f64 =
        |first, other| first.instructions as f64 / other.instructions as f64;
    let text: fn(Count, Count) -> f64 =
        |first, other| first.text.unwrap_or(0) as f64 / other.text.unwrap_or(0) as f64;
    Some(Mean {
        group: group.to_owned(),
        programs: pairs.len(),
        contender: first.label.clone(),
        of: other.label.clone(),
        ratio: of(instructions, false)?,
        ratio_without_start_up: of(instructions, true)?,
        text_ratio: of(text, false)?,
        text_ratio_without_start_up: of(text, true)?,
    })
}

impl Sub for Count {
    type Output = Self;

    fn sub(self, start_up: Self) -> Self {
        Self {
            instructions: self.instructions.saturating_sub(start_up.instructions),
            text: self.text.zip(start_up.text).map(|(all, start)| all - start),
        }
    }
}

fn print_head(contenders: &[Contender]) {
    println!("millions of instructions of the whole process, KiB of machine code, and the count");
    println!("divided by that of the other contenders: below 1, the first executes fewer");
    print!("{:30}", "");
    for contenders in by_cpu(contenders) {
        print!(" | {:>16} {:>6}", contenders[0].label, "text");
        for other in &contenders[1..] {
            let name = other.label.split('@').next().unwrap_or_default();
            print!(" {:>12}", format!("/{name}"));
        }
    }
    println!();
}

/// Prints a line at once, since several threads print.
fn print_counts(name: &str, contenders: &[Contender], counts: &BTreeMap<String, Count>) {
    let mut line = format!("{name:30}");
    for contenders in by_cpu(contenders) {
        let Some(first) = counts.get(&contenders[0].label) else {
            line += &format!(" | {:>16} {:>6}", "-", "-");
            continue;
        };
        let (millions, text) = (first.instructions as f64 / 1e6, first.text.unwrap_or(0));
        line += &format!(" | {millions:16.2} {:6}", text / 1024);
        for other in &contenders[1..] {
            let other = counts.get(&other.label);
            let ratio = other.map(|other| first.instructions as f64 / other.instructions as f64);
            let cell = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.3}"));
            line += &format!(" {cell:>12}");
        }
    }
    println!("{line}");
}

fn print_means(means: &[Mean]) {
    println!("\ngeometric means over programs of {FEWEST} instructions or more");
    println!(
        "{:12} {:>8} {:45} {:>12} {:>11} {:>9} {:>11}",
        "", "programs", "", "instructions", "less start", "text", "less start"
    );
    for mean in means {
        println!(
            "{:12} {:8} {:45} {:12.3} {:11.3} {:9.2} {:11.2}",
            mean.group,
            mean.programs,
            format!("{} / {}", mean.contender, mean.of),
            mean.ratio,
            mean.ratio_without_start_up,
            mean.text_ratio,
            mean.text_ratio_without_start_up
        );
    }
}
