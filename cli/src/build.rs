//! `kiln build`: a module into an executable file, or into text to read.

use crate::compile::{Module, is_stdio};
use crate::report::{self, Failure};
use crate::settings::Emit;
use crate::{args, options, output};
use kiln_compiler::Text;
use std::path::{Path, PathBuf};

/// Runs the subcommand.
pub fn build(args: &args::Build) -> Result<(), Failure> {
    let path = args.source.module()?;
    let settings = &args.settings;
    let emit = settings.output.emit;
    let out = match &settings.output.output {
        Some(out) => out.clone(),
        None => default_out(path, emit)?,
    };
    let module = Module::read(path)?;
    output::check(&out, path)?;
    let mut options = options::compilation(&settings.code);
    options::limit(&mut options, &settings.limits);
    options::embed(&mut options, &settings.files)?;
    options::bake(&mut options, &settings.grants);
    let bytes = match emit {
        Emit::Exe => module.compile(options)?,
        Emit::Asm => module.render(options, Text::Asm)?.into_bytes(),
        Emit::Clif => module.render(options, Text::Clif)?.into_bytes(),
    };
    output::write(&out, &bytes, emit.mode())?;
    if args.source.verbose {
        let (out, len) = (out.display(), bytes.len());
        report::note(&format!("{len} bytes are written to {out}"));
    }
    Ok(())
}

impl Emit {
    /// What the names of such files end in.
    fn extension(self) -> &'static str {
        match self {
            Emit::Exe => "",
            Emit::Asm => "asm",
            Emit::Clif => "clif",
        }
    }

    /// The permissions such a file has, less the umask.
    fn mode(self) -> u32 {
        match self {
            Emit::Exe => 0o777,
            Emit::Asm | Emit::Clif => 0o666,
        }
    }
}

/// The module's file name with another extension or none, in the current directory.
fn default_out(module: &Path, emit: Emit) -> Result<PathBuf, Failure> {
    match module.file_stem() {
        Some(stem) if !is_stdio(module) => {
            let extension = emit.extension();
            let mut name = stem.to_owned();
            if !extension.is_empty() {
                name.push(".");
                name.push(extension);
            }
            Ok(name.into())
        }
        _ => {
            let message = format!("`{}` gives the output no name", module.display());
            Err(Failure::new(message).help("name it with `-o OUT`"))
        }
    }
}
