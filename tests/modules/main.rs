//! Real modules end to end: each is built by Kiln, run, and compared with the runtime of record on
//! the same input. `cargo test --test modules -- quickjs` runs a few.

mod case;
mod embedded;
mod itk;
mod pdf;
mod proposals;
mod published;
mod tours;
mod wasure;

use libtest_mimic::{Arguments, Conclusion};

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let cases = tours::cases()
        .into_iter()
        .chain(published::cases())
        .chain(wasure::cases())
        .chain(proposals::cases())
        .chain(embedded::cases())
        .chain(itk::cases());
    let trials = cases.map(case::Case::into_trial).collect();
    let conclusion: Conclusion = libtest_mimic::run(&arguments, trials);
    conclusion.exit_code()
}
