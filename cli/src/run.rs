//! `kiln run`: a module as a program, compiled once.

use crate::cache::{self, Cache};
use crate::compile::Module;
use crate::launch::{self, Executable};
use crate::report::{self, Failure};
use crate::{args, debug_info, options};
use kiln_compiler::Options;
use rustix::fs::MemfdFlags;
use rustix::io::Errno;
use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Runs the subcommand. Returns only if the program could not be started.
pub fn run(args: &args::Run) -> Result<Infallible, Failure> {
    let source = args.source.module()?;
    let module = Module::read(source)?;
    let mut options = options(args, source)?;
    let tell = |message: &str| {
        if args.source.verbose {
            report::note(message);
        }
    };
    let debug_file = args.code.debug_info.as_deref();
    match debug_info::read(debug_file, &module, source) {
        Ok(file) => options.debug_file = file,
        // The standard error is the program's, but for what the user named.
        Err(warning) if debug_file.is_some() => report::warning(&warning),
        Err(warning) => tell(&warning),
    }
    let cache = match entry(&module, &options) {
        Ok(cache) => Some(cache),
        Err(reason) => {
            tell(&format!("the cache is not used, because {reason}"));
            None
        }
    };
    let mut executable = None;
    if let Some((cache, key)) = &cache {
        if let Some(path) = cache.find(key) {
            tell(&format!(
                "the cache holds the executable: {}",
                report::shown(&path)
            ));
            let error = launch::exec(Executable::At(&path), source, args);
            tell(&format!("it cannot be run there: {error}"));
            // The cache lies on a file system mounted `noexec`: its contents are good.
            if error.kind() == ErrorKind::PermissionDenied {
                executable = fs::read(&path).ok();
            }
        } else {
            tell("the cache does not hold the executable, which is compiled");
        }
    }
    let executable = match executable {
        Some(executable) => executable,
        None => {
            let artifact = module.compile(options, &args.budget, false, tell, tell)?;
            let executable = artifact.bytes;
            if let Some((cache, key)) = &cache {
                match cache.insert(key, &executable) {
                    Ok(path) => {
                        tell(&format!("the cache keeps it: {}", report::shown(&path)));
                        let error = launch::exec(Executable::At(&path), source, args);
                        tell(&format!("it cannot be run there: {error}"));
                    }
                    Err(error) => tell(&format!("the cache cannot keep it: {error}")),
                }
            }
            executable
        }
    };
    tell("the executable is run from memory");
    let error = match in_memory(&executable) {
        Ok(file) => launch::exec(Executable::Open(&file), source, args),
        Err(error) => error,
    };
    Err(Failure::new(format!("cannot run {}: {error}", module.name)))
}

/// Tells how the module is compiled. What the program is granted goes along when it is started, unless it
/// is sealed.
fn options(args: &args::Run, source: &Path) -> Result<Options, Failure> {
    let mut options = options::compilation(&args.code)?;
    // What is linked in calls the module's functions by its name.
    if let Some(name) = options::name(&args.code, source)
        && !options.link.is_empty()
    {
        options.name = name.to_string_lossy().into_owned();
    }
    options::confine(&mut options, &args.sandbox);
    options::embed(&mut options, &args.files)?;
    if args.grants.seal {
        options::limit(&mut options, &args.limits);
        options::bake(&mut options, &args.grants);
    }
    Ok(options)
}

/// The cache, and the executable's name in it; or why there is none.
fn entry(module: &Module, options: &Options) -> Result<(Cache, String), String> {
    let cache = Cache::open()?;
    let features = options
        .cpu
        .features(options.target)
        .map_err(|error| error.to_string())?;
    let key = cache::key(&module.bytes, options, &features);
    let key = key.map_err(|error| format!("kiln's own file cannot be found: {error}"))?;
    Ok((cache, key))
}

/// A nameless file with this contents.
fn in_memory(executable: &[u8]) -> io::Result<File> {
    let create = |flags| rustix::fs::memfd_create("kiln-run", MemfdFlags::CLOEXEC | flags);
    // Where such files are not executable by default (vm.memfd_noexec), it is to be asked for.
    let file = match create(MemfdFlags::EXEC) {
        // Kernels before 6.3 do not know it.
        Err(Errno::INVAL) => create(MemfdFlags::empty())?,
        file => file?,
    };
    let mut file = File::from(file);
    file.write_all(executable)?;
    Ok(file)
}
