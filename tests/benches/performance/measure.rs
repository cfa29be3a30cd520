//! Runs programs in turns and says how long each took.

use crate::Contender;
use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::mem::MaybeUninit;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The times of many runs of one program, in seconds.
pub struct Figures {
    pub min: f64,
    pub median: f64,
}

/// By the clock on the wall, from before the process is made until after it has ended. The standard
/// library spawns by posix_spawn, which costs little and the same for every program.
pub fn wall_times<const N: usize>(
    contenders: &[&Contender; N],
    rounds: usize,
) -> Result<[Figures; N]> {
    in_turns(contenders, rounds, |contender| {
        let mut command = command(contender)?;
        let start = Instant::now();
        let status = command.status();
        let taken = start.elapsed();
        let status = status.with_context(|| contender.name.clone())?;
        ensure!(status.success(), "{}: {status}", contender.name);
        Ok(taken)
    })
}

/// By the time processors spent on it, which other work on the machine disturbs less.
pub fn cpu_times<const N: usize>(
    contenders: &[&Contender; N],
    rounds: usize,
) -> Result<[Figures; N]> {
    in_turns(contenders, rounds, |contender| {
        let before = children_cpu_time()?;
        let status = command(contender)?.status();
        let status = status.with_context(|| contender.name.clone())?;
        ensure!(status.success(), "{}: {status}", contender.name);
        Ok(children_cpu_time()? - before)
    })
}

fn in_turns<const N: usize>(
    contenders: &[&Contender; N],
    rounds: usize,
    run: impl Fn(&Contender) -> Result<Duration>,
) -> Result<[Figures; N]> {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (contender, times) in contenders.iter().zip(&mut times) {
            times.push(run(contender)?.as_secs_f64());
        }
    }
    Ok(times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        Figures {
            min: times[0],
            median: times[times.len() / 2],
        }
    }))
}

fn command(contender: &Contender) -> Result<Command> {
    let mut command = Command::new(&contender.program);
    command
        .args(&contender.args)
        .envs(contender.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(File::create("/dev/null")?);
    Ok(command)
}

/// The processor time of all children waited for.
fn children_cpu_time() -> Result<Duration> {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: getrusage(2) fills the record unless it fails.
    let usage = unsafe {
        ensure!(
            libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()) == 0,
            "getrusage"
        );
        usage.assume_init()
    };
    let duration = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64)
    };
    Ok(duration(usage.ru_utime) + duration(usage.ru_stime))
}
