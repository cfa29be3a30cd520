//! `kiln run`: a module as a program, compiled once.

use crate::cache::{self, Cache};
use crate::compile::Module;
use crate::report::Failure;
use crate::{args, launch, options};
use rustix::fs::MemfdFlags;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;

/// Runs the subcommand. Returns only if the program could not be started.
pub fn run(args: &args::Run) -> Result<Infallible, Failure> {
    let source = args.source.module()?;
    let module = Module::read(source)?;
    let mut options = options::compilation(&args.code)?;
    // What is linked in calls the module's functions by its name.
    if let Some(name) = options::name(&args.code, source)
        && !options.link.is_empty()
    {
        options.name = name.to_string_lossy().into_owned();
    }
    options::embed(&mut options, &args.files)?;
    if args.grants.seal {
        options::limit(&mut options, &args.limits);
        options::bake(&mut options, &args.grants);
    }
    let cache = Cache::open().zip(cache::key(&module.bytes, &options).ok());
    if let Some((cache, key)) = &cache
        && let Some(path) = cache.find(key)
    {
        // Comes back where the cache lies on a file system mounted `noexec`.
        launch::exec(&path, source, args);
    }
    let executable = module.compile(options)?;
    if let Some((cache, key)) = &cache
        && let Ok(path) = cache.insert(key, &executable)
    {
        launch::exec(&path, source, args);
    }
    match in_memory(&executable) {
        Ok((_file, path)) => Err(cannot_run(&module, &launch::exec(&path, source, args))),
        Err(error) => Err(cannot_run(&module, &error)),
    }
}

/// A nameless file with this contents, and a path to it while it is open.
fn in_memory(executable: &[u8]) -> io::Result<(File, PathBuf)> {
    let mut file = File::from(rustix::fs::memfd_create("kiln-run", MemfdFlags::CLOEXEC)?);
    file.write_all(executable)?;
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok((file, path.into()))
}

fn cannot_run(module: &Module, error: &io::Error) -> Failure {
    Failure::new(format!("cannot run {}: {error}", module.name))
}
