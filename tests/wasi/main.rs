//! Every function of preview1 and of snapshot 0, called by programs in C that show each answer:
//! what Kiln's executables show must be what the runtime of record shows. Where Kiln answers
//! otherwise on purpose, the program says what is right (`OURS` in `wasi.h`). And attempts to get
//! out of the sandbox ([`escapes`]), embedded files ([`embedded`]), directories that change while
//! they are listed ([`directories`]), and paths that end with slashes ([`slashes`]).
//! `cargo test --test wasi -- listing` runs a few.

mod directories;
mod embedded;
mod escapes;
mod slashes;

use anyhow::{Context, Result, bail, ensure};
use kiln_tests::program::{Input, by_reference, granted_at_launch};
use kiln_tests::toolchain::Toolchain;
use kiln_tests::tools::once;
use libtest_mimic::{Arguments, Trial};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, process};

const HEADER: &str = include_str!("wasi.h");

const PROGRAMS: [(&str, &str); 5] = [
    ("files", include_str!("files.c")),
    ("listing", include_str!("listing.c")),
    ("paths", include_str!("paths.c")),
    ("streams", include_str!("streams.c")),
    ("waiting", include_str!("waiting.c")),
];

/// The snapshots and what chooses them.
const SNAPSHOTS: [(&str, &str); 2] = [("preview1", ""), ("snapshot 0", "#define SNAPSHOT_0\n")];

fn main() -> process::ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = escapes::trials();
    trials.extend(embedded::trials());
    trials.extend(directories::trials());
    trials.extend(slashes::trials());
    for (snapshot, choice) in SNAPSHOTS {
        for (name, program) in PROGRAMS {
            trials.push(Trial::test(format!("{snapshot}: {name}"), move || {
                compare(choice, program).map_err(|error| format!("{error:#}").into())
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn compare(choice: &str, program: &str) -> Result<()> {
    let module = Toolchain::Clang.build(&source(choice, program)?)?;
    let expected = output(&module, &[], by_reference).context("reference")?;
    let actual = output(&module, &["kiln"], granted_at_launch).context("kiln")?;
    let (ours, shared): (Vec<&str>, Vec<&str>) =
        actual.lines().partition(|line| line.starts_with('!'));
    for line in ours {
        ensure!(line.ends_with(", right"), "{line}");
    }
    for (number, (expected, actual)) in expected.lines().zip(&shared).enumerate() {
        ensure!(
            expected == *actual,
            "line {}:\n  expected: {expected}\n  actual:   {actual}",
            number + 1
        );
    }
    let (wanted, found) = (expected.lines().count(), shared.len());
    ensure!(wanted == found, "{wanted} lines expected, {found} found");
    Ok(())
}

/// A file with the whole program, the header included, so that it is built anew when either changes.
fn source(choice: &str, program: &str) -> Result<PathBuf> {
    let Some((before, after)) = program.split_once("#include \"wasi.h\"\n") else {
        bail!("a program that does not include wasi.h");
    };
    let text = format!("{choice}{before}{HEADER}{after}");
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let name = format!("source-{:016x}", hasher.finish());
    let folder = once(&name, |folder| Ok(fs::write(folder.join("a.c"), &text)?))?;
    Ok(folder.join("a.c"))
}

/// Gives what a program shows, run in a fresh folder.
fn output(
    module: &Path,
    args: &[&str],
    run: impl Fn(&Path, &Input) -> Result<process::Output>,
) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let input = Input {
        args: args.iter().map(|arg| (*arg).into()).collect(),
        dirs: vec![(folder.path().to_owned(), "/".into())],
        stdin: b"some input".to_vec(),
        ..Input::default()
    };
    let output = run(module, &input)?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    ensure!(
        output.status.success(),
        "{}: {}",
        output.status,
        text(&output.stderr)
    );
    Ok(text(&output.stdout))
}
