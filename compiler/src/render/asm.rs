//! Machine code as text: instructions in the syntax of GNU's assembler, with labels, with the names of
//! what they refer to, and with the offsets in the module that they come from.
//!
//! Cranelift lays jump tables and constants between the instructions and does not say where. So
//! instructions are found by following control from the function's start and its exception handlers;
//! bytes that control does not reach are data.

use super::Sources;
use crate::compile::{Code, RelocationTarget};
use crate::lower::Offsets;
use crate::plan::Plan;
use cranelift_codegen::CompiledCode;
use cranelift_codegen::binemit::Reloc;
use iced_x86::{
    Decoder, DecoderOptions, Formatter, GasFormatter, Instruction, Mnemonic, OpKind,
    SymbolResolver, SymbolResult,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Prints the machine code of a function, a line each instruction.
pub(super) fn print(
    plan: &Plan,
    code: &Code,
    compiled: &CompiledCode,
    offsets: &Offsets,
    sources: &mut Sources,
) -> String {
    let handlers = code.call_sites.iter().flat_map(|site| &site.handlers);
    let flow = Flow::of(&code.bytes, handlers.map(|(_, landing)| *landing));
    let mut printer = Printer {
        out: String::new(),
        formatter: formatter(plan, code, &flow),
        flow: &flow,
        code,
        origins: Origins::of(compiled, offsets),
        sources,
    };
    printer.all();
    printer.out
}

fn formatter<'a>(plan: &'a Plan<'a>, code: &'a Code, flow: &Flow) -> GasFormatter {
    let resolver = Resolver {
        relocations: relocations(plan, code),
        labels: flow.labels.clone(),
    };
    let mut formatter = GasFormatter::with_options(Some(Box::new(resolver)), None);
    let options = formatter.options_mut();
    options.set_space_after_operand_separator(true);
    options.set_gas_space_after_memory_operand_comma(true);
    // `%rip` shows how a constant is addressed.
    options.set_rip_relative_addresses(true);
    options.set_branch_leading_zeros(false);
    options.set_uppercase_hex(false);
    formatter
}

/// The instructions of a function, and the places that they refer to.
#[derive(Default)]
struct Flow {
    instructions: BTreeMap<u32, Instruction>,
    /// Places in the function that have a label.
    labels: BTreeSet<u32>,
    /// Jump tables, by place: the targets of each.
    tables: BTreeMap<u32, Vec<u32>>,
}

impl Flow {
    /// Follows control from the start and from `handlers`.
    fn of(bytes: &[u8], handlers: impl Iterator<Item = u32>) -> Self {
        let mut flow = Flow::default();
        let mut tables = flow.follow(bytes, 0);
        for handler in handlers {
            flow.labels.insert(handler);
            tables.extend(flow.follow(bytes, handler));
        }
        // An entry of each table in turn, because a table ends where instructions begin, which those of
        // another may lead to.
        while !tables.is_empty() {
            let mut unfinished = Vec::new();
            for table in tables {
                let targets = flow.tables.entry(table).or_default();
                let at = table + 4 * targets.len() as u32;
                let entry = bytes.get(at as usize..at as usize + 4);
                let entry = entry.and_then(|entry| entry.try_into().ok());
                let target =
                    entry.map(|entry| table.wrapping_add_signed(i32::from_le_bytes(entry)));
                let target = target.filter(|target| (*target as usize) < bytes.len());
                if let Some(target) = target
                    && !flow.instructions.contains_key(&at)
                {
                    targets.push(target);
                    flow.labels.insert(target);
                    unfinished.extend(flow.follow(bytes, target));
                    unfinished.push(table);
                }
            }
            tables = unfinished;
        }
        flow
    }

    /// Decodes what control reaches from `start`; gives the places of jump tables met.
    fn follow(&mut self, bytes: &[u8], start: u32) -> Vec<u32> {
        let mut tables = Vec::new();
        let mut starts = vec![start];
        while let Some(start) = starts.pop() {
            let rest = bytes.get(start as usize..).unwrap_or_default();
            let mut decoder = Decoder::with_ip(64, rest, start.into(), DecoderOptions::NONE);
            while decoder.can_decode() {
                let instruction = decoder.decode();
                let at = instruction.ip32();
                if instruction.is_invalid() || self.instructions.contains_key(&at) {
                    break;
                }
                self.instructions.insert(at, instruction);
                if instruction.is_ip_rel_memory_operand() {
                    self.labels
                        .insert(instruction.ip_rel_memory_address() as u32);
                }
                if let Some(target) = branch(&instruction) {
                    self.labels.insert(target);
                    starts.push(target);
                }
                let end = instruction.next_ip32();
                let is_indirect = instruction.op0_kind() == OpKind::Register;
                match instruction.mnemonic() {
                    // A `lea` has named what follows a jump through a table.
                    Mnemonic::Jmp if is_indirect && self.labels.contains(&end) => {
                        tables.push(end);
                        break;
                    }
                    Mnemonic::Jmp | Mnemonic::Ret | Mnemonic::Ud2 => break,
                    _ => {}
                }
            }
        }
        tables
    }

    /// The next place from `at` on where instructions or something with a label begins, at most `end`.
    fn next(&self, at: u32, end: u32) -> u32 {
        let instruction = self.instructions.range(at..).next().map(|(at, _)| *at);
        let label = self.labels.range(at..).next().copied();
        let next = instruction.into_iter().chain(label).min();
        next.unwrap_or(end).min(end)
    }
}

/// The target of a jump within the function. That of another function, whose place the linker fills
/// in, is beyond the jump by nothing, as is that of a jump to what follows.
fn branch(instruction: &Instruction) -> Option<u32> {
    let is_near = instruction.op0_kind() == OpKind::NearBranch64;
    let is_jump = is_near && instruction.mnemonic() != Mnemonic::Call;
    let target = instruction.near_branch64() as u32;
    (is_jump && target != instruction.next_ip32()).then_some(target)
}

/// A place that the linker fills in.
struct Relocated {
    offset: u32,
    name: String,
    /// The distance from what is named, for a place in memory with no distance from the instruction.
    addend: i64,
    /// The address is relative to the field of the instruction.
    is_relative: bool,
}

fn relocations(plan: &Plan, code: &Code) -> Vec<Relocated> {
    let relocations = code.relocations.iter().map(|relocation| {
        let mut name = match relocation.target {
            RelocationTarget::Name(name) => name.describe(plan),
            RelocationTarget::LibCall(call) => format!("{call:?}"),
            RelocationTarget::Offset(_) => "the function".to_owned(),
        };
        if relocation.kind == Reloc::X86GOTPCRel4 {
            name.push_str("@GOTPCREL");
        }
        Relocated {
            offset: relocation.offset,
            name,
            addend: relocation.addend,
            is_relative: !matches!(relocation.kind, Reloc::Abs4 | Reloc::Abs8),
        }
    });
    let mut relocations: Vec<Relocated> = relocations.collect();
    relocations.sort_by_key(|relocation| relocation.offset);
    relocations
}

/// Finds names for addresses in instructions.
struct Resolver {
    relocations: Vec<Relocated>,
    labels: BTreeSet<u32>,
}

impl SymbolResolver for Resolver {
    fn symbol(
        &mut self,
        instruction: &Instruction,
        operand: u32,
        _: Option<u32>,
        address: u64,
        _: u32,
    ) -> Option<SymbolResult<'_>> {
        let (start, end) = (instruction.ip32(), instruction.next_ip32());
        let first = self.relocations.partition_point(|r| r.offset < start);
        let relocated = self.relocations.get(first).filter(|r| r.offset < end);
        // The one field that is filled in belongs to a branch, an address or a wide immediate.
        let is_filled = relocated.is_some_and(|relocated| match instruction.op_kind(operand) {
            OpKind::Memory => relocated.is_relative || instruction.memory_displ_size() > 1,
            OpKind::NearBranch64 | OpKind::Immediate64 | OpKind::Immediate32to64 => true,
            OpKind::Immediate32 => !relocated.is_relative,
            _ => false,
        });
        if let Some(relocated) = relocated.filter(|_| is_filled) {
            let from_field = i64::from(end - relocated.offset);
            let distance = relocated.addend + if relocated.is_relative { from_field } else { 0 };
            let name = relocated.name.clone();
            let symbol = address.wrapping_add_signed(-distance);
            return Some(SymbolResult::with_string(symbol, name));
        }
        let is_place = branch(instruction).is_some() || instruction.is_ip_rel_memory_operand();
        let label = u32::try_from(address).ok().filter(|_| is_place)?;
        let number = self.labels.range(..label).count();
        let is_known = self.labels.contains(&label);
        is_known.then(|| SymbolResult::with_string(address, format!(".L{number}")))
    }
}

/// The offsets in the module that instructions come from.
struct Origins {
    /// Ranges of places, ascending: start, end, offset.
    ranges: Vec<(u32, u32, u32)>,
    last: Option<u32>,
}

impl Origins {
    fn of(compiled: &CompiledCode, offsets: &Offsets) -> Self {
        let known = compiled.buffer.get_srclocs_sorted().iter();
        let known = known.filter(|location| !location.loc.is_default());
        let ranges = known.map(|location| {
            let (_, offset) = offsets.place(location.loc.bits());
            (location.start, location.end, offset)
        });
        Self {
            ranges: ranges.collect(),
            last: None,
        }
    }

    /// That of the instruction at `at`, where it is another than that of the one before.
    fn change(&mut self, at: u32) -> Option<u32> {
        let after = self.ranges.partition_point(|(start, ..)| *start <= at);
        let range = after.checked_sub(1).map(|index| self.ranges[index]);
        let offset = range
            .filter(|(_, end, _)| at < *end)
            .map(|(.., offset)| offset);
        let changes = offset != self.last;
        self.last = offset;
        offset.filter(|_| changes)
    }
}

struct Printer<'a, 's> {
    out: String,
    formatter: GasFormatter,
    flow: &'a Flow,
    code: &'a Code,
    origins: Origins,
    sources: &'a mut Sources<'s>,
}

impl Printer<'_, '_> {
    fn all(&mut self) {
        let end = self.code.bytes.len() as u32;
        let mut at = 0;
        while at < end {
            if self.flow.labels.contains(&at) {
                let label = self.label(at);
                self.put(format_args!("{label}:"));
            }
            at = if let Some(instruction) = self.flow.instructions.get(&at) {
                self.instruction(instruction)
            } else if let Some(targets) = self.flow.tables.get(&at).filter(|t| !t.is_empty()) {
                self.table(at, targets)
            } else {
                let next = self.flow.next(at + 1, end);
                self.data(at, next);
                next
            };
        }
    }

    fn put(&mut self, line: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{line}");
    }

    fn label(&self, at: u32) -> String {
        format!(".L{}", self.flow.labels.range(..at).count())
    }

    fn instruction(&mut self, instruction: &Instruction) -> u32 {
        let mut text = String::new();
        self.formatter.format(instruction, &mut text);
        let (at, end) = (instruction.ip32(), instruction.next_ip32());
        let origin = self.origins.change(at);
        if let Some(source) = origin.and_then(|offset| self.sources.change(offset)) {
            let line = format!("; {source}");
            self.put(format_args!("{line}"));
        }
        let origin = origin.map_or(String::new(), |offset| format!("@{offset:04x}"));
        let note = self.note(instruction);
        let note = note.map_or(String::new(), |note| format!(" ; {note}"));
        self.put(format_args!("{origin:<6} {text}{note}"));
        end
    }

    /// Gives what the tables of traps and handlers say of an instruction.
    fn note(&self, instruction: &Instruction) -> Option<String> {
        let sites = &self.code.sites;
        let site = sites.binary_search_by_key(&instruction.ip32(), |site| site.offset);
        if instruction.mnemonic() == Mnemonic::Ud2 {
            return Some(sites[site.ok()?].trap?.message().to_owned());
        }
        let calls = self.code.call_sites.iter();
        let mut calls = calls.filter(|call| call.return_offset == instruction.next_ip32());
        let handlers = calls.next()?.handlers.iter().map(|(tag, landing)| {
            let label = self.label(*landing);
            match tag {
                Some(tag) => format!("tag {tag} to {label}"),
                None => format!("any to {label}"),
            }
        });
        Some(format!(
            "catches {}",
            handlers.collect::<Vec<_>>().join(", ")
        ))
    }

    fn table(&mut self, at: u32, targets: &[u32]) -> u32 {
        let table = self.label(at);
        for target in targets {
            let target = self.label(*target);
            self.put(format_args!("       .long {target} - {table}"));
        }
        at + 4 * targets.len() as u32
    }

    fn data(&mut self, start: u32, end: u32) {
        let bytes = &self.code.bytes[start as usize..end as usize];
        let is_named = self.flow.labels.contains(&start);
        if !is_named && bytes.iter().all(|byte| *byte == 0) {
            // What is aligned follows.
            return;
        }
        let mut rest = bytes;
        while let Some((word, behind)) = rest.split_first_chunk::<8>() {
            self.put(format_args!(
                "       .quad {:#018x}",
                u64::from_le_bytes(*word)
            ));
            rest = behind;
        }
        if let Some((word, behind)) = rest.split_first_chunk::<4>() {
            self.put(format_args!(
                "       .long {:#010x}",
                u32::from_le_bytes(*word)
            ));
            rest = behind;
        }
        for byte in rest {
            self.put(format_args!("       .byte {byte:#04x}"));
        }
    }
}
