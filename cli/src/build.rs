//! `kiln build`: a module into an executable file.

use crate::compile::{Module, is_stdin};
use crate::report::Failure;
use crate::{args, options, output};
use std::path::{Path, PathBuf};

/// Runs the subcommand.
pub fn build(args: &args::Build) -> Result<(), Failure> {
    let out = match &args.out {
        Some(out) => out.clone(),
        None => default_out(&args.module)?,
    };
    let module = Module::read(&args.module)?;
    output::check(&out, &args.module)?;
    let mut options = options::compilation(&args.code);
    options::bake(&mut options, &args.grants);
    output::write(&out, &module.compile(options)?)
}

/// The module's file name without its extension, in the current directory.
fn default_out(module: &Path) -> Result<PathBuf, Failure> {
    match module.file_stem() {
        Some(stem) if !is_stdin(module) => Ok(stem.into()),
        _ => {
            let message = format!("`{}` gives the executable no name", module.display());
            Err(Failure::new(message).help("name the executable with `-o OUT`"))
        }
    }
}
