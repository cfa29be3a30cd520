//! The time and memory that a compilation takes, by phase and by function.

use crate::codegen::Spent;
use crate::compile::Code;
use crate::plan::Plan;
use serde::Serialize;
use std::time::{Duration, Instant};

/// The costs of a compilation: see [`Compiler::with_timings`](crate::Compiler::with_timings).
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Timings {
    /// Threads that take part.
    pub threads: usize,
    /// The phases, in their order.
    pub phases: Vec<Phase>,
    /// All that is compiled: the module's functions and what is added to them, the slowest first.
    pub functions: Vec<Function>,
}

/// A phase.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Phase {
    /// Its name in ARCHITECTURE.md.
    pub name: &'static str,
    /// Time by the clock. The phases lower, optimize and compile, which take turns, have the sum over
    /// all functions, which can be that of several threads.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub time: Duration,
    /// The most memory in bytes that the process has had up to its end, as Linux tells (`VmHWM` of
    /// proc(5)). Lower, optimize and compile share one number; without `/proc` there is none.
    pub peak_memory: Option<u64>,
}

/// A function.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Function {
    /// The name that messages have for it.
    pub name: String,
    /// Offset of its body in the module, 0 if it has none there.
    pub wasm_offset: u64,
    /// Bytes of its body, without those of functions inlined into it.
    pub wasm_bytes: u64,
    /// Bytes of its machine code.
    pub code_bytes: u64,
    /// Time to translate it to CLIF.
    #[serde(rename = "lower_seconds", serialize_with = "seconds")]
    pub lower: Duration,
    /// Time of Kiln's passes.
    #[serde(rename = "optimize_seconds", serialize_with = "seconds")]
    pub optimize: Duration,
    /// Time of Cranelift.
    #[serde(rename = "compile_seconds", serialize_with = "seconds")]
    pub compile: Duration,
}

impl Function {
    /// The time of all phases.
    pub fn total(&self) -> Duration {
        self.lower + self.optimize + self.compile
    }
}

fn seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// Takes the time of one phase after the other, if it is asked to.
pub(crate) struct Stopwatch {
    timings: Option<Timings>,
    last: Instant,
}

impl Stopwatch {
    pub fn new(is_wanted: bool) -> Self {
        let threads = rayon::current_num_threads();
        Self {
            timings: is_wanted.then(|| Timings {
                threads,
                ..Timings::default()
            }),
            last: Instant::now(),
        }
    }

    /// Ends a phase, which began with the end of the one before.
    pub fn phase(&mut self, name: &'static str) {
        let now = Instant::now();
        let time = now - self.last;
        self.last = now;
        if let Some(timings) = &mut self.timings {
            timings.phases.push(Phase {
                name,
                time,
                peak_memory: peak_memory(),
            });
        }
    }

    /// Ends the three phases that go function by function, with what each function took.
    pub fn functions(&mut self, plan: &Plan, code: &[Code], spent: &[Spent]) {
        let Some(timings) = &mut self.timings else {
            return;
        };
        let peak_memory = peak_memory();
        let functions = code.iter().zip(spent).map(|(code, spent)| Function {
            name: code.item.describe(plan),
            wasm_offset: code.item.wasm_offset(plan),
            wasm_bytes: code.item.size(plan),
            code_bytes: code.bytes.len() as u64,
            lower: spent.lower,
            optimize: spent.optimize,
            compile: spent.compile,
        });
        timings.functions = functions.collect();
        // Stable, so that equal ones stay in the module's order.
        timings
            .functions
            .sort_by_key(|function| std::cmp::Reverse(function.total()));
        let mut phase = |name, time: fn(&Spent) -> Duration| {
            timings.phases.push(Phase {
                name,
                time: spent.iter().map(time).sum(),
                peak_memory,
            });
        };
        phase("lower", |spent| spent.lower);
        phase("optimize", |spent| spent.optimize);
        phase("compile", |spent| spent.compile);
        self.last = Instant::now();
    }

    pub fn finish(self) -> Option<Timings> {
        self.timings
    }
}

fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib << 10)
}
