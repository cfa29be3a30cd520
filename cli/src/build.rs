//! `kiln build`: a module into an executable or a library, or into text to read.

use crate::compile::{Module, is_stdio};
use crate::report::{self, Failure};
use crate::settings::{self, Emit};
use crate::{args, debug_info, options, output, timings};
use kiln_compiler::{Target, Text};
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
    output::check(&out, &[path], "-o OUT")?;
    let debug_file = settings.output.debug_file.as_deref();
    if let Some(file) = debug_file {
        check_debug_file(file, &out, path, emit)?;
    }
    let mut options = options::compilation(&settings.code)?;
    if let Some(name) = name {
        options.name = name.to_string_lossy().into_owned();
    }
    if let Some(target) = settings.output.target {
        options.target = match target {
            settings::Target::X86_64 => Target::X86_64,
            settings::Target::Aarch64 => Target::Aarch64,
            settings::Target::Riscv64 => Target::Riscv64,
        };
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
    options.debug_link = debug_file.and_then(Path::file_name).map(OsStr::to_owned);
    if !options.strip || debug_file.is_some() {
        let named = settings.code.debug_info.as_deref();
        match debug_info::read(named, &module, path) {
            Ok(file) => options.debug_file = file,
            Err(warning) => report::warning(&warning),
        }
    }
    options::limit(&mut options, &settings.limits);
    options::confine(&mut options, &settings.sandbox);
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
            if let (Some(file), Some(debug)) = (debug_file, &artifact.debug) {
                write(file, debug, 0o666, tell)?;
            }
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
    write(&out, &bytes, emit.mode(), tell)?;
    if let (Some(timings), Some(file)) = (timings, &args.timings) {
        timings::tell(&timings, file.as_deref())?;
    }
    Ok(())
}

fn write(out: &Path, bytes: &[u8], mode: u32, tell: impl Fn(&str)) -> Result<(), Failure> {
    output::write(out, bytes, mode)?;
    let (shown, len) = (report::shown(&out), bytes.len());
    tell(&format!("{len} bytes are written to {shown}"));
    Ok(())
}

/// Refuses a file for debug information that cannot have it.
fn check_debug_file(file: &Path, out: &Path, module: &Path, emit: Emit) -> Result<(), Failure> {
    const FLAG: &str = "--debug-file FILE";
    if emit != Emit::Exe {
        let message = "`--debug-file` takes the debug information of executables alone";
        return Err(Failure::new(message).help("leave it out"));
    }
    if is_stdio(file) || file.file_name().is_none() {
        let shown = report::shown(&file);
        let message = format!("debuggers find no debug information in a file `{shown}`");
        return Err(Failure::new(message).help(format!("name it with `{FLAG}`")));
    }
    if file == out {
        let message = format!(
            "{} would be the executable and its debug information",
            report::shown(&out)
        );
        return Err(Failure::new(message).help(format!("name another file with `{FLAG}`")));
    }
    output::check(file, &[module, out], FLAG)
}

impl Emit {
    /// Gives what a file of this kind has before and behind its name.
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
