//! Processor time of whole programs.
//!
//! All contenders run a program in turns, so that what else the machine does strikes all alike, and
//! the least of several runs counts. The time is that of the whole process with all its threads: for
//! Node it includes compiling, for the others loading what was compiled ahead.

use crate::catalogue::{self, Length, Program, Workplace};
use crate::engines::{Contender, Cpu, Engine};
use crate::record::{self, Circumstances};
use crate::results::{by_group, outcome};
use crate::run::run;
use crate::selection::{Selection, by_cpu};
use crate::statistics::geometric_mean;
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Runs of each contender.
    #[arg(long, short, default_value_t = 5)]
    rounds: usize,
    /// Run the short inputs.
    #[arg(long)]
    short: bool,
}

/// The seconds of one program, by contender.
#[derive(Serialize)]
struct Row {
    group: &'static str,
    name: &'static str,
    /// The least of all rounds.
    seconds: BTreeMap<String, f64>,
    /// The middle one, which shows how quiet the machine was.
    median_seconds: BTreeMap<String, f64>,
}

#[derive(Serialize)]
struct Record<'a> {
    measurement: &'static str,
    circumstances: Circumstances,
    rounds: usize,
    programs: &'a [Row],
    /// The time of another contender divided by Kiln's: above 1, Kiln is faster.
    means: &'a [Mean],
}

#[derive(Serialize)]
struct Mean {
    group: String,
    programs: usize,
    contender: String,
    of: String,
    ratio: f64,
    least: f64,
    greatest: f64,
}

/// Measures the selected programs and prints tables.
pub fn measure(arguments: &Arguments) -> Result<()> {
    let selection = &arguments.selection;
    let programs = selection.programs()?;
    if selection.list {
        catalogue::list(&programs);
        return Ok(());
    }
    let circumstances = Circumstances::now()?;
    let cpus = selection.cpus(&[Cpu::Baseline, Cpu::Native]);
    let contenders = selection.contenders(&Engine::OF_MODULES, &cpus)?;
    let workplace = Workplace::new()?;
    print_head(&contenders, arguments.rounds);
    let results = programs.iter().map(|program| {
        let row = time(program, &contenders, &workplace, arguments)
            .with_context(|| format!("while timing {}", program.path()))?;
        print_row(&contenders, &row);
        Ok(row)
    });
    let (rows, failures) = outcome(results);
    let means = means(&contenders, &rows);
    print_means(&means);
    if let Some(path) = &selection.json {
        let record = Record {
            measurement: "times",
            circumstances,
            rounds: arguments.rounds,
            programs: &rows,
            means: &means,
        };
        record::write(path, &record)?;
    }
    failures
}

fn time(
    program: &Program,
    contenders: &[Contender],
    workplace: &Workplace,
    arguments: &Arguments,
) -> Result<Row> {
    let length = match arguments.short {
        true => Length::Short,
        false => Length::Full,
    };
    let module = program.module(length)?;
    let input = program.input(length, workplace)?;
    let folder = tempfile::tempdir()?;
    let mut built = Vec::new();
    for contender in contenders {
        let result = contender.build(program, &module, folder.path());
        if let Some(result) = result.context(contender.label.clone())? {
            built.push((&contender.label, result));
        }
    }
    let (mut times, mut expected) = (BTreeMap::<String, Vec<f64>>::new(), None);
    for _ in 0..arguments.rounds.max(1) {
        for (label, built) in &built {
            let outcome = run(built, &input, &[]).with_context(|| (*label).clone())?;
            program.check(&mut expected, &outcome.stdout, label)?;
            let times = times.entry((*label).clone()).or_default();
            times.push(outcome.cpu_time.as_secs_f64());
        }
    }
    for times in times.values_mut() {
        times.sort_by(f64::total_cmp);
    }
    let pick = |index: fn(usize) -> usize| {
        let picked = times
            .iter()
            .map(|(label, times)| (label.clone(), times[index(times.len())]));
        picked.collect()
    };
    Ok(Row {
        group: program.group,
        name: program.name,
        seconds: pick(|_| 0),
        median_seconds: pick(|count| count / 2),
    })
}

/// The comparisons: Kiln with the others on the same processor, and Kiln's default with the defaults
/// of those that compile for the processor they run on.
fn pairs(contenders: &[Contender]) -> Vec<(&Contender, &Contender)> {
    let mut pairs = Vec::new();
    for same in by_cpu(contenders) {
        let first = &same[0];
        pairs.extend(same[1..].iter().map(|other| (first, other)));
        let native = contenders.iter().filter(|other| {
            let default = ["wasmtime@native", "node"].contains(&other.label.as_str());
            default && first.cpu == Cpu::Baseline
        });
        pairs.extend(native.map(|other| (first, other)));
    }
    pairs
}

fn means(contenders: &[Contender], rows: &[Row]) -> Vec<Mean> {
    let mut means = Vec::new();
    for (group, rows) in by_group(rows, |row| row.group) {
        for (first, other) in pairs(contenders) {
            let ratios: Vec<f64> = rows
                .iter()
                .filter_map(|row| {
                    Some(row.seconds.get(&other.label)? / row.seconds.get(&first.label)?)
                })
                .collect();
            let Some(ratio) = geometric_mean(ratios.iter().copied()) else {
                continue;
            };
            means.push(Mean {
                group: group.to_owned(),
                programs: ratios.len(),
                contender: first.label.clone(),
                of: other.label.clone(),
                ratio,
                least: ratios.iter().copied().fold(f64::INFINITY, f64::min),
                greatest: ratios.iter().copied().fold(0.0, f64::max),
            });
        }
    }
    means
}

fn print_head(contenders: &[Contender], rounds: usize) {
    println!("processor seconds, the least of {rounds} runs in turns, and how many times as long");
    println!("the other contenders take: above 1, Kiln is faster");
    print!("{:28}", "");
    for contenders in by_cpu(contenders) {
        print!(" | {:>14}", contenders[0].label);
        for other in &contenders[1..] {
            let name = other.label.split('@').next().unwrap_or_default();
            print!(" {name:>12}");
        }
    }
    println!();
}

fn print_row(contenders: &[Contender], row: &Row) {
    print!("{:28}", format!("{}/{}", row.group, row.name));
    for contenders in by_cpu(contenders) {
        // Node alone, where it cannot run the program.
        let Some(first) = row.seconds.get(&contenders[0].label) else {
            print!(" | {:>14}", "-");
            continue;
        };
        print!(" | {first:14.3}");
        for other in &contenders[1..] {
            let ratio = row.seconds.get(&other.label).map(|other| other / first);
            let cell = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
            print!(" {cell:>12}");
        }
    }
    println!();
}

fn print_means(means: &[Mean]) {
    println!("\ngeometric means, and the least and greatest ratio");
    for mean in means {
        println!(
            "{:12} {:4} programs  {:36} {:6.3} ({:.2} to {:.2})",
            mean.group,
            mean.programs,
            format!("{} / {}", mean.of, mean.contender),
            mean.ratio,
            mean.least,
            mean.greatest
        );
    }
}
