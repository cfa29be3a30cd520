//! The module's object → what was asked for, by linking it with the runtime and with what the user
//! links in.

use crate::Error;
use crate::archive::archive;
use crate::combine::combine;
use crate::options::Emit;
use crate::plan::Plan;
use crate::split::split;
use kiln_link::{Input, LinkError, LinkOptions, Output as Linked};
use std::borrow::Cow;

/// The bytes of what was asked for.
pub(crate) struct Output {
    pub bytes: Vec<u8>,
    /// Those of the debug information, where it has a file of its own.
    pub debug: Option<Vec<u8>>,
}

/// Makes what is planned.
pub(crate) fn output(plan: &Plan, object: Vec<u8>) -> Result<Output, Error> {
    let bytes = linked(plan, object)?;
    let Some(name) = plan.debug_link else {
        return Ok(Output { bytes, debug: None });
    };
    let split = split(&bytes, name, plan.strip)?;
    Ok(Output {
        bytes: split.executable,
        debug: Some(split.debug),
    })
}

fn linked(plan: &Plan, object: Vec<u8>) -> Result<Vec<u8>, Error> {
    let objects = plan.machine.runtime()?;
    let runtime = match plan.emit {
        Emit::Executable => objects.executable,
        _ => objects.library,
    };
    let ours = [("module", Cow::from(object)), ("runtime", runtime.into())];
    let users = plan.link.iter();
    let users = users.map(|input| (input.name.as_str(), Cow::from(&input.bytes)));
    let inputs: Vec<_> = ours
        .into_iter()
        .chain(users)
        .map(|(name, bytes)| Input { name, bytes })
        .collect();
    if plan.emit == Emit::Executable {
        return link(plan, inputs, Linked::Executable);
    }
    let public = plan.interface.symbols().collect();
    let combined = combine(
        plan.machine,
        &inputs,
        &public,
        plan.strip,
        plan.translates_debug,
    )?;
    // Embedded files make them large.
    drop(inputs);
    let name = plan.name;
    match plan.emit {
        Emit::StaticLibrary => archive(&format!("{name}.o"), &combined),
        Emit::SharedLibrary => {
            let input = Input {
                name: "module",
                bytes: combined.into(),
            };
            let soname = format!("lib{name}.so");
            link(plan, vec![input], Linked::SharedLibrary { soname })
        }
        Emit::Executable | Emit::Object => Ok(combined),
    }
}

fn link(plan: &Plan, inputs: Vec<Input>, output: Linked) -> Result<Vec<u8>, Error> {
    let mut options = LinkOptions::default();
    options.machine = plan.machine.linker;
    options.output = output;
    options.strip = plan.strip && plan.debug_link.is_none();
    options.debug = plan.translates_debug;
    options.build_id = plan.debug_link.is_some();
    kiln_link::link(inputs, &options).map_err(|error| link_error(plan, &error))
}

fn link_error(plan: &Plan, error: &LinkError) -> Error {
    let told = Error::new(format!("cannot link: {error}"));
    let users = plan.link.iter().map(|input| format!("`{}`", input.name));
    let users = users.collect::<Vec<_>>().join(", ");
    match error {
        LinkError::Panicked(_) if users.is_empty() => told.help("report this as a fault of Kiln"),
        LinkError::Panicked(_) => told.help(format!(
            "perhaps an object is damaged: compile {users} anew, or link fewer to find which; if all \
             are sound, report this as a fault of Kiln"
        )),
        _ => told,
    }
}
