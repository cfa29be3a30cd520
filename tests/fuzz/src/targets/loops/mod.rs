//! Nests of counted loops, of the shapes that LLVM makes, do what they do under Wasmtime: arrays that overlap,
//! reach the end of the memory or beyond it, and wrap; counters of any step that end by any rule.
//!
//! A module holds floating-point numbers of one type or integers, because the payload of a NaN may differ: where
//! there can be NaNs, they are made equal before the memory is compared, and it is not compared after a trap.

mod counter;
mod expression;
mod nest;
mod rows;
mod text;

use super::{compare_to, kept};
use crate::outcome::End;
use crate::reference;
use crate::ways::Way;
use anyhow::{Context, Result};
use arbitrary::Unstructured;

pub fn check(input: &[u8]) -> Result<bool> {
    let made = text::Made::new(&mut Unstructured::new(input))?;
    let module = wat::parse_str(&made.text).with_context(|| made.text.clone())?;
    let expected = reference::run(&module).with_context(|| kept("reference", &module))?;
    let Some(mut expected) = expected else {
        return Ok(false);
    };
    if made.has_nans && expected.end != End::Returned {
        expected.memory = None;
    }
    compare_to(&expected, &module, Way::fast())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_compiler::{Compiler, Options, Text};

    const VECTORS: [&str; 4] = ["f64x2", "f32x4", "i64x2", "i32x4"];

    /// Counts the modules of which a line of the code holds.
    fn count(modules: u64, holds: impl Fn(&str) -> bool) -> Result<u64> {
        let mut count = 0;
        for number in 0..modules {
            let made = text::Made::new(&mut Unstructured::new(&crate::input(number)))?;
            let module = wat::parse_str(&made.text).with_context(|| made.text.clone())?;
            let clif = Compiler::new(Options::default())?.render(&module, Text::ClifOpt)?;
            count += u64::from(clif.lines().any(&holds));
        }
        Ok(count)
    }

    #[test]
    fn most_modules_have_a_loop_that_is_vectorised() -> Result<()> {
        let with_vectors = count(40, |line| VECTORS.iter().any(|it| line.contains(it)))?;
        assert!(2 * with_vectors > 40, "{with_vectors} of 40");
        Ok(())
    }

    /// Such are sums in lanes: of nests, of rows, and of integers.
    #[test]
    fn some_modules_have_a_loop_that_passes_vectors_back() -> Result<()> {
        let passes = |line: &str| {
            let line = line.trim_start();
            line.starts_with("block") && VECTORS.iter().any(|it| line.contains(&format!(": {it}")))
        };
        let passing = count(80, passes)?;
        assert!(passing > 3, "{passing} of 80");
        Ok(())
    }
}
