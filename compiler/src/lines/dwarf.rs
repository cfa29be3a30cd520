//! Places in the source by DWARF.

use super::{Source, Strings};
use crate::dwarf::{Dwarf, Slice};
use addr2line::Context;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A reader of DWARF.
pub(super) struct Resolver<'a> {
    context: Context<Slice<'a>>,
    code_start: u64,
    /// The folders that compilers ran in, which paths are shown without.
    folders: BTreeSet<String>,
}

impl<'a> Resolver<'a> {
    /// Reads what says which addresses are of which unit; an error is a warning.
    pub fn new(dwarf: &Dwarf<'a>) -> Result<Self, String> {
        let folders = folders(&dwarf.sections).map_err(damaged)?;
        Ok(Self {
            context: Context::from_dwarf(dwarf.again()).map_err(damaged)?,
            code_start: dwarf.code_start,
            folders,
        })
    }

    /// The places of an instruction, outermost first.
    pub fn stack(&self, wasm_offset: u32, strings: &mut Strings) -> Result<Vec<Source>, String> {
        let Some(address) = u64::from(wasm_offset).checked_sub(self.code_start) else {
            return Ok(Vec::new());
        };
        let found = self.context.find_frames(address).skip_all_loads();
        let mut frames = found.map_err(damaged)?;
        let mut stack = Vec::new();
        while let Some(frame) = frames.next().map_err(damaged)? {
            let name = frame.function.as_ref();
            let name = name.and_then(|function| function.raw_name().ok());
            let name = name.map_or_else(Arc::default, |name| strings.name(&name));
            let location = frame.location.as_ref();
            // What the compiler made by itself is of line 0.
            let location = location.filter(|location| location.line.is_some_and(|line| line != 0));
            let file = location.and_then(|location| location.file);
            stack.push(Source {
                name,
                file: file.map_or_else(Arc::default, |file| {
                    strings.file(file, |file| self.shortened(file))
                }),
                line: location.and_then(|location| location.line).unwrap_or(0),
                column: location.and_then(|location| location.column).unwrap_or(0),
            });
        }
        // Nothing but empty places says no more than none.
        if stack.len() == 1 && stack[0].file.is_empty() && stack[0].name.is_empty() {
            stack.clear();
        }
        stack.reverse();
        Ok(stack)
    }

    /// A path from the folder that the compiler ran in.
    fn shortened<'s>(&self, file: &'s str) -> &'s str {
        let folders = self.folders.iter();
        let rests = folders.filter_map(|folder| file.strip_prefix(&**folder)?.strip_prefix('/'));
        // The folder next to it.
        let shortest = rests.min_by_key(|rest| rest.len());
        shortest.filter(|rest| !rest.is_empty()).unwrap_or(file)
    }
}

fn folders(dwarf: &gimli::Dwarf<Slice>) -> gimli::Result<BTreeSet<String>> {
    let mut folders = BTreeSet::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        let folder = dwarf.unit(header)?.comp_dir;
        let folder = folder.map(|folder| folder.to_string_lossy().into_owned());
        let folder = folder.filter(|folder| !folder.is_empty() && folder != "/");
        folders.extend(folder.map(|folder| folder.trim_end_matches('/').to_owned()));
    }
    Ok(folders)
}

fn damaged(error: gimli::Error) -> String {
    format!("traps are told without some lines, because DWARF is damaged: {error}")
}
