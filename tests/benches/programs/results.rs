//! The results of programs, as the tables of all commands are made of them.

use anyhow::{Result, anyhow};

/// Takes the failures apart, so that one program that fails does not lose the results of the others.
pub fn outcome<T>(results: impl IntoIterator<Item = Result<T>>) -> (Vec<T>, Result<()>) {
    let (mut good, mut failed) = (Vec::new(), 0);
    for result in results {
        match result {
            Ok(result) => good.push(result),
            Err(error) => {
                eprintln!("error: {error:#}");
                failed += 1;
            }
        }
    }
    let failures = match failed {
        0 => Ok(()),
        _ => Err(anyhow!("{failed} programs failed")),
    };
    (good, failures)
}

/// The rows of each group, in their order, and of all together.
pub fn by_group<R>(rows: &[R], group: impl Fn(&R) -> &'static str) -> Vec<(&'static str, Vec<&R>)> {
    let mut groups: Vec<(&'static str, Vec<&R>)> = rows
        .chunk_by(|one, next| group(one) == group(next))
        .map(|rows| (group(&rows[0]), rows.iter().collect()))
        .collect();
    groups.push(("all", rows.iter().collect()));
    groups
}
