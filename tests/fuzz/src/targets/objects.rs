//! Damaged objects and archives to `--link` are linked or refused.

use super::one_of;
use crate::once;
use anyhow::{Context, Result};
use arbitrary::Unstructured;
use kiln_compiler::{Compiler, Emit, LinkInput, Options, silence_linker};
use kiln_tests::tools;
use std::fs;
use std::process::Command;
use std::sync::OnceLock;

const MODULE: &str = r#"(module
  (import "env" "twice" (func $twice (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $twice (i32.const 21)))))"#;

const SOURCE: &str = "
#include <stdint.h>
static int32_t table[4] = {1, 2, 3, 4};
static int32_t zeros[64];
const char *const name = \"twice\";
__attribute__((weak)) int32_t other(int32_t x) { return x + table[x & 3]; }
int32_t env_twice(void *instance, int32_t x) { zeros[x & 63] = x; return instance ? 2 * other(x) + *name : zeros[1]; }
";

pub fn check(input: &[u8]) -> Result<bool> {
    // The linker's panics become errors, but the panic hook of libFuzzer would abort.
    silence_linker();
    let mut input = Unstructured::new(input);
    let (name, bytes) = one_of(&mut input, inputs()?)?;
    let mut bytes = bytes.clone();
    for _ in 0..input.int_in_range(1..=6)? {
        // Headers are at the beginning and at the end.
        let len = bytes.len();
        let place = match input.int_in_range(0..=2)? {
            0 => input.int_in_range(0..=len.min(200) - 1)?,
            1 => len - 1 - input.int_in_range(0..=len.min(1500) - 1)?,
            _ => input.int_in_range(0..=len - 1)?,
        };
        bytes[place] = input.arbitrary()?;
    }
    if input.ratio(1, 8)? {
        let len = input.int_in_range(0..=bytes.len())?;
        bytes.truncate(len);
    }
    let mut options = Options::default();
    options.emit = *one_of(
        &mut input,
        &[Emit::Executable, Emit::Object, Emit::SharedLibrary],
    )?;
    options.link.push(LinkInput {
        name: (*name).to_owned(),
        bytes,
    });
    Ok(Compiler::new(options)?.compile(MODULE.as_bytes()).is_ok())
}

/// An object and an archive of it.
fn inputs() -> Result<&'static [(&'static str, Vec<u8>)]> {
    static INPUTS: OnceLock<Vec<(&str, Vec<u8>)>> = OnceLock::new();
    let inputs = once(&INPUTS, make_inputs)?;
    Ok(inputs)
}

fn make_inputs() -> Result<Vec<(&'static str, Vec<u8>)>> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    fs::write(path("twice.c"), SOURCE)?;
    let mut gcc = Command::new("gcc");
    gcc.args(["-O1", "-g", "-ffunction-sections", "-c", "-o"]);
    tools::run(gcc.arg(path("twice.o")).arg(path("twice.c")), "gcc")?;
    let mut ar = Command::new("ar");
    ar.arg("rcs").arg(path("libtwice.a")).arg(path("twice.o"));
    tools::run(&mut ar, "ar, of GNU binutils")?;
    let mut inputs = Vec::new();
    for name in ["twice.o", "libtwice.a"] {
        inputs.push((name, fs::read(path(name)).context(name)?));
    }
    Ok(inputs)
}
