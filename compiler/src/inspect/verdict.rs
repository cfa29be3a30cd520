//! The outputs that Kiln can make of a module: found by planning it, as a build would.

use super::read::provider;
use super::{Answer, Builds, Verdict};
use crate::module::Module;
use crate::note::Provider;
use crate::options::{Emit, Options, UnknownImports};
use crate::origin::{self, Imported};
use crate::{Error, plan};

/// The verdicts before anything is known.
pub(super) fn none() -> Builds {
    let verdict = Verdict {
        answer: Answer::No,
        reason: None,
        help: None,
    };
    Builds {
        executable: verdict.clone(),
        library: verdict,
    }
}

/// The verdicts on a module, or on one that Kiln does not support. `locate` gives an error its place in
/// what was given.
pub(super) fn verdicts(parsed: Result<&Module, &Error>, locate: &dyn Fn(Error) -> Error) -> Builds {
    let verdict = |emit| match parsed {
        Ok(module) => of_module(module, emit, locate),
        Err(error) => because_of(&locate(error.clone()), Answer::No),
    };
    Builds {
        executable: verdict(Emit::Executable),
        library: verdict(Emit::StaticLibrary),
    }
}

fn of_module(module: &Module, emit: Emit, locate: &dyn Fn(Error) -> Error) -> Verdict {
    let mut options = Options {
        emit,
        ..Options::default()
    };
    let Err(error) = plan::plan(module, &options) else {
        return Verdict {
            answer: Answer::Yes,
            reason: None,
            help: None,
        };
    };
    options.unknown_imports = UnknownImports::Trap;
    let error = locate(error);
    let builds_without_imports = plan::plan(module, &options).is_ok();
    // Of what is made for another host, nobody will link in all the imports.
    let is_missing =
        |import: &Imported| provider(import.module, import.name, import.ty) == Provider::Nothing;
    let is_for_another_host =
        origin::of(module.wasm, is_missing).is_some_and(|origin| !origin.can_trap);
    if builds_without_imports && !is_for_another_host {
        because_of(&error, Answer::WithImports)
    } else {
        because_of(&error, Answer::No)
    }
}

fn because_of(error: &Error, answer: Answer) -> Verdict {
    Verdict {
        answer,
        reason: Some(error.to_string()),
        help: error.advice().map(str::to_owned),
    }
}
