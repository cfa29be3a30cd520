//! `kiln build`: a module into an executable or a library, or into text to read.

use crate::compile::Module;
use crate::report::{self, Failure};
use crate::settings::Emit;
use crate::{args, debug_info, options, output, timings};
use kiln_compiler::Text;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Runs the subcommand.
pub fn build(args: &args::Build) -> Result<(), Failure> {
    let path = args.source.module()?;
    let module = Module::read(path)?;
    let settings = &args.settings;
    let emit = settings.output.emit;
    let name = options::name(&settings.code, path);
    let out = match &settings.output.output {
        Some(out) => out.clone(),
        None => default_out(name.as_deref(), path, emit)?,
    };
    output::check(&out, path)?;
    let mut options = options::compilation(&settings.code)?;
    if let Some(name) = name {
        options.name = name.to_string_lossy().into_owned();
    }
    options.emit = match emit {
        Emit::Obj => kiln_compiler::Emit::Object,
        Emit::Staticlib => kiln_compiler::Emit::StaticLibrary,
        Emit::Sharedlib => kiln_compiler::Emit::SharedLibrary,
        Emit::Exe | Emit::Header | Emit::Asm | Emit::Clif | Emit::ClifOpt => {
            kiln_compiler::Emit::Executable
        }
    };
    options.strip = settings.output.strip;
    options.debug = settings.output.debug;
    if !options.strip {
        let named = settings.code.debug_info.as_deref();
        match debug_info::read(named, &module, path) {
            Ok(file) => options.debug_file = file,
            Err(warning) => report::warning(&warning),
        }
    }
    options::limit(&mut options, &settings.limits);
    options::embed(&mut options, &settings.files)?;
    options::bake(&mut options, &settings.grants);
    let budget = &settings.budget;
    let tell = |message: &str| {
        if args.source.verbose {
            report::note(message);
        }
    };
    let mut timings = None;
    let bytes = match emit {
        Emit::Exe | Emit::Obj | Emit::Staticlib | Emit::Sharedlib => {
            let artifact = module.compile(
                options,
                budget,
                args.timings.is_some(),
                tell,
                report::warning,
            )?;
            timings = artifact.timings;
            artifact.bytes
        }
        _ if args.timings.is_some() => {
            let help = "build an executable or a library";
            return Err(Failure::new("`--timings` has nothing to tell of text").help(help));
        }
        Emit::Header => module.header(options)?.into_bytes(),
        Emit::Asm => module.render(options, budget, Text::Asm)?.into_bytes(),
        Emit::Clif => module.render(options, budget, Text::Clif)?.into_bytes(),
        Emit::ClifOpt => module.render(options, budget, Text::ClifOpt)?.into_bytes(),
    };
    output::write(&out, &bytes, emit.mode())?;
    let (shown, len) = (report::shown(&out), bytes.len());
    tell(&format!("{len} bytes are written to {shown}"));
    if let (Some(timings), Some(file)) = (timings, &args.timings) {
        timings::tell(&timings, file.as_deref())?;
    }
    Ok(())
}

impl Emit {
    /// What a file of this kind has before and behind its name.
    fn affixes(self) -> (&'static str, &'static str) {
        match self {
            Emit::Exe => ("", ""),
            Emit::Obj => ("", ".o"),
            Emit::Staticlib => ("lib", ".a"),
            Emit::Sharedlib => ("lib", ".so"),
            Emit::Header => ("", ".h"),
            Emit::Asm => ("", ".asm"),
            Emit::Clif | Emit::ClifOpt => ("", ".clif"),
        }
    }

    /// The permissions such a file has, less the umask.
    fn mode(self) -> u32 {
        match self {
            Emit::Exe | Emit::Sharedlib => 0o777,
            Emit::Obj | Emit::Staticlib | Emit::Header | Emit::Asm | Emit::Clif | Emit::ClifOpt => {
                0o666
            }
        }
    }
}

/// A file of the module's name, in the current directory.
fn default_out(name: Option<&OsStr>, module: &Path, emit: Emit) -> Result<PathBuf, Failure> {
    let Some(name) = name else {
        let message = format!("`{}` gives the output no name", report::shown(&module));
        return Err(Failure::new(message).help("name it with `-o OUT`"));
    };
    let (before, behind) = emit.affixes();
    let mut out = OsString::from(before);
    out.push(name);
    out.push(behind);
    Ok(out.into())
}
