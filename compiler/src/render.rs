//! Code as text: for people, and for the golden tests.

mod asm;
mod vcode;

use crate::Error;
use crate::codegen::{self, Function};
use crate::lines::{Resolver, Source};
use crate::lower::{self, Item, Name, Offsets};
use crate::plan::Plan;
use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::entities::AnyEntity;
use cranelift_codegen::ir::{self, Block, ExternalName, FuncRef, Inst, InstructionData, Value};
use cranelift_codegen::write::{FuncWriter, PlainWriter, decorate_function};
use std::cell::RefCell;
use std::fmt::{self, Write};

/// A form that compiled functions can be printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Text {
    /// Cranelift's intermediate form, as functions are lowered to it. Offsets in the module
    /// (`@1a2b`) stand before instructions, names of functions in comments behind them, places in the
    /// source, where the module has debug information, in comments on lines of their own.
    Clif,
    /// The same after Kiln's optimisations, as it is handed to Cranelift.
    ClifOpt,
    /// The machine code in the syntax of GNU's assembler, with labels and with the names of what it
    /// refers to. Offsets in the module stand before instructions.
    Asm,
}

/// Prints every function that is planned, in the order of the text section.
pub(crate) fn render(plan: &Plan, form: Text) -> Result<String, Error> {
    let mut out = String::new();
    let sources = RefCell::new(Sources::new(plan));
    for item in lower::items(plan) {
        let name = item.describe(plan);
        let text = codegen::text(plan, item, form, |function| match function {
            Function::Clif(func, offsets) => {
                clif(plan, item, func, offsets, &mut sources.borrow_mut())
            }
            Function::Machine(code, compiled, offsets) => match plan.machine.architecture {
                object::Architecture::X86_64 => {
                    asm::print(plan, &code, compiled, offsets, &mut sources.borrow_mut())
                }
                _ => vcode::print(compiled),
            },
        })?;
        // Writing to a string cannot fail.
        let _ = writeln!(out, "; {name}\n{}\n", text.trim_end());
    }
    Ok(out)
}

fn clif(
    plan: &Plan,
    item: Item,
    func: &ir::Function,
    offsets: &Offsets,
    sources: &mut Sources,
) -> String {
    let mut out = String::new();
    if let offset @ 1.. = item.wasm_offset(plan) {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "; at offset {offset:#x} of the module");
    }
    let mut text = String::new();
    let _ = decorate_function(&mut Commented { plan }, &mut text, func);
    for line in text.lines() {
        // Cranelift has no way to print offsets otherwise than as they are.
        let offset = line.strip_prefix('@').and_then(|rest| rest.split_once(' '));
        let number = offset.and_then(|(offset, _)| u32::from_str_radix(offset, 16).ok());
        let _ = match (number, offset) {
            (Some(number), Some((_, rest))) => {
                let offset = offsets.place(number).1;
                if let Some(source) = sources.change(offset) {
                    let _ = writeln!(out, "; {source}");
                }
                writeln!(out, "@{offset:04x} {rest}")
            }
            _ => writeln!(out, "{line}"),
        };
    }
    out
}

/// The places in the source of instructions that are printed one after the other.
struct Sources<'a> {
    resolver: Resolver<'a>,
    last: Option<Source>,
}

impl<'a> Sources<'a> {
    fn new(plan: &'a Plan<'a>) -> Self {
        Self {
            resolver: Resolver::new(plan),
            last: None,
        }
    }

    /// The place that an instruction comes from, where it is known and not that of the last.
    fn change(&mut self, wasm_offset: u32) -> Option<&Source> {
        let source = self.resolver.innermost(wasm_offset)?;
        let is_new = !source.file.is_empty() && self.last.as_ref() != Some(&source);
        if is_new {
            self.last = Some(source);
        }
        self.last.as_ref().filter(|_| is_new)
    }
}

/// Prints CLIF with comments on what it calls.
struct Commented<'a> {
    plan: &'a Plan<'a>,
}

impl Commented<'_> {
    /// The name of a function of the module that `func` refers to.
    fn name(&self, func: &ir::Function, callee: FuncRef) -> Option<String> {
        let ExternalName::User(name) = func.dfg.ext_funcs[callee].name else {
            return None;
        };
        let name = Name::from_clif(&func.params.user_named_funcs()[name]);
        Some(name.describe(self.plan))
    }
}

impl FuncWriter for Commented<'_> {
    fn write_block_header(
        &mut self,
        w: &mut dyn Write,
        func: &ir::Function,
        block: Block,
        indent: usize,
    ) -> fmt::Result {
        PlainWriter.write_block_header(w, func, block, indent)
    }

    fn write_instruction(
        &mut self,
        w: &mut dyn Write,
        func: &ir::Function,
        aliases: &SecondaryMap<Value, Vec<Value>>,
        inst: Inst,
        indent: usize,
    ) -> fmt::Result {
        let callee = match func.dfg.insts[inst] {
            InstructionData::Call { func_ref, .. } | InstructionData::TryCall { func_ref, .. } => {
                self.name(func, func_ref)
            }
            _ => None,
        };
        let Some(callee) = callee else {
            return PlainWriter.write_instruction(w, func, aliases, inst, indent);
        };
        let mut text = String::new();
        PlainWriter.write_instruction(&mut text, func, aliases, inst, indent)?;
        // Aliases of the results follow on lines of their own.
        let (line, rest) = text.split_once('\n').unwrap_or((&text, ""));
        write!(w, "{line} ; {callee}\n{rest}")
    }

    fn write_entity_definition(
        &mut self,
        w: &mut dyn Write,
        func: &ir::Function,
        entity: AnyEntity,
        value: &dyn fmt::Display,
    ) -> fmt::Result {
        let name = match entity {
            AnyEntity::FuncRef(callee) => self.name(func, callee),
            _ => None,
        };
        match name {
            Some(name) => writeln!(w, "    {entity} = {value} ; {name}"),
            None => self.super_entity_definition(w, func, entity, value),
        }
    }
}
