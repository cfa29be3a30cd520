//! Golden tests of code quality: each `.wat` here carries, as its last comment, what Kiln makes of
//! it, so that a change shows in review.
//!
//! The first line says what to print: `;;! clif` (before optimisation), `;;! clif-opt` (after it, as
//! Cranelift is given it) or `;;! asm` (machine code), followed by `explicit` where bounds checks are,
//! by `library` where it is one's, and by `spectre` or `no-spectre` where that is not the default. Lines `;;! KEY = VALUE` may follow: `target` (`x86_64-linux`),
//! `opt` (`0`, `2`, `s`) and `cpu` (`x86-64` to `x86-64-v4`), as `kiln build` takes them. The expected
//! text follows a line `;; expected:`, behind `;; ` each. To accept what comes out now:
//! `KILN_BLESS=1 cargo test --test disas`.

use anyhow::{Context, Result, bail};
use kiln_compiler::{BoundsChecks, Compiler, Cpu, Emit, OptLevel, Options, Target, Text};
use std::path::Path;

const EXPECTED: &str = "\n;; expected:\n";

#[test]
fn golden() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("disas");
    let bless = std::env::var_os("KILN_BLESS").is_some();
    let (mut checked, mut differing) = (0, Vec::new());
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "wat") {
            continue;
        }
        let file = std::fs::read_to_string(&path)?;
        let (input, expected) = file.split_once(EXPECTED).unwrap_or((file.trim_end(), ""));
        let actual = actual(input).with_context(|| path.display().to_string())?;
        checked += 1;
        if actual != expected {
            if bless {
                std::fs::write(&path, format!("{input}{EXPECTED}{actual}"))?;
            } else {
                differing.push(format!("{}:\n{actual}", path.display()));
            }
        }
    }
    anyhow::ensure!(checked > 0, "no golden tests in {}", folder.display());
    if !differing.is_empty() {
        bail!(
            "these differ from what they expect (KILN_BLESS=1 accepts):\n{}",
            differing.join("\n")
        );
    }
    Ok(())
}

fn actual(input: &str) -> Result<String> {
    let mut options = Options::default();
    let mut keys = input.lines().map_while(|line| line.strip_prefix(";;! "));
    let mut words = keys.next().unwrap_or_default().split(' ');
    let form = match words.next() {
        Some("clif") => Text::Clif,
        Some("clif-opt") => Text::ClifOpt,
        Some("asm") => Text::Asm,
        _ => bail!("the first line must begin with `;;! clif`, `;;! clif-opt` or `;;! asm`"),
    };
    for word in words {
        match word {
            "explicit" => options.bounds_checks = BoundsChecks::Explicit,
            "library" => options.emit = Emit::Object,
            "spectre" => options.spectre = Some(true),
            "no-spectre" => options.spectre = Some(false),
            other => bail!("the first line says `{other}`, which means nothing"),
        }
    }
    for key in keys {
        match key {
            "opt = 0" => options.opt_level = OptLevel::None,
            "opt = 2" => options.opt_level = OptLevel::Speed,
            "opt = s" => options.opt_level = OptLevel::SpeedAndSize,
            other => {
                let target = other.strip_prefix("target = ").and_then(Target::named);
                let cpu = other.strip_prefix("cpu = ").and_then(Cpu::named);
                match (target, cpu) {
                    (Some(target), _) => options.target = target,
                    (_, Some(cpu)) => options.cpu = cpu,
                    _ => bail!("`;;! {other}` means nothing"),
                }
            }
        }
    }
    let text = Compiler::new(options)?.render(input.as_bytes(), form)?;
    // The functions on instances are the same for every module.
    let functions = text.trim_end().split("\n\n");
    let functions = functions.filter(|text| !text.starts_with("; module_instance_"));
    let text = functions.collect::<Vec<_>>().join("\n\n");
    let lines = text.lines();
    Ok(lines
        .map(|line| format!(";; {line}").trim_end().to_owned() + "\n")
        .collect())
}
