//! The text format → the binary format, and from a byte of that back to its place in the text.

use super::foreign;
use crate::Error;
use crate::error::Location;
use std::borrow::Cow;
use wasmparser::{Parser, Payload};
use wast::Wat;
use wast::core::{FuncKind, ModuleField, ModuleKind};
use wast::parser::{self, ParseBuffer};
use wast::token::Span;

/// Assembles a module given as text; refuses anything else by saying what it seems to be.
pub(crate) fn to_binary(input: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    foreign::check_beginning(input)?;
    let text = match std::str::from_utf8(input) {
        Ok(text) if !text.contains('\0') => text,
        _ => return Err(foreign::unknown_bytes()),
    };
    let wasm = wat::parse_str(text);
    let wasm = wasm.map_err(|error| foreign::explain(text, from_wat(&error)))?;
    Ok(Cow::Owned(wasm))
}

// `wat::Error` prints itself over several lines, the second of which reads `--> <anon>:LINE:COL`;
// it offers its parts in no other way.
fn from_wat(error: &wat::Error) -> Error {
    let printed = error.to_string();
    let mut lines = printed.lines();
    let message = lines.next().unwrap_or("syntax error").trim();
    let place = lines.next().and_then(|line| {
        let mut parts = line.rsplitn(3, ':');
        let column = parts.next()?.trim().parse().ok()?;
        Some((parts.next()?.trim().parse().ok()?, column))
    });
    let error = Error::foreign(message);
    match place {
        Some((line, column)) => error.at_text(line, column),
        None => error,
    }
}

/// Gives an error in the binary form of a text its place in the text.
pub(crate) fn locate(input: &[u8], wasm: &[u8], error: Error) -> Error {
    let Location::Offset(offset) = error.location() else {
        return error;
    };
    let text = std::str::from_utf8(input);
    match text.ok().and_then(|text| place(text, wasm, offset)) {
        Some((line, column)) => error.at_text(line, column),
        None => error,
    }
}

/// The line and column, from 1, of what became the byte at `offset`.
fn place(text: &str, wasm: &[u8], offset: u64) -> Option<(usize, usize)> {
    let mut buffer = ParseBuffer::new(text).ok()?;
    buffer.track_instr_spans(true);
    let Wat::Module(mut module) = parser::parse::<Wat>(&buffer).ok()? else {
        return None;
    };
    // Abbreviations become fields of their own, in the order of the binary format's items.
    module.resolve().ok()?;
    let ModuleKind::Text(fields) = &module.kind else {
        return None;
    };
    let span = item_at(wasm, offset).and_then(|item| item.span(fields));
    let (line, column) = span.unwrap_or(module.span).linecol_in(text);
    Some((line + 1, column + 1))
}

/// An item of the binary format.
struct Item {
    section: Section,
    index: usize,
    /// Which of its instructions, if it is a function body.
    instruction: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Type,
    Import,
    Function,
    Table,
    Memory,
    Tag,
    Global,
    Export,
    Start,
    Element,
    Data,
}

impl Item {
    fn span(&self, fields: &[ModuleField]) -> Option<Span> {
        let mut own = fields.iter().filter_map(|field| {
            let (section, span) = match field {
                ModuleField::Type(ty) => (Section::Type, ty.span),
                ModuleField::Rec(rec) => (Section::Type, rec.span),
                ModuleField::Import(import) => (Section::Import, import.span),
                ModuleField::Func(func) => (Section::Function, func.span),
                ModuleField::Table(table) => (Section::Table, table.span),
                ModuleField::Memory(memory) => (Section::Memory, memory.span),
                ModuleField::Tag(tag) => (Section::Tag, tag.span),
                ModuleField::Global(global) => (Section::Global, global.span),
                ModuleField::Export(export) => (Section::Export, export.span),
                ModuleField::Start(function) => (Section::Start, function.span()),
                ModuleField::Elem(element) => (Section::Element, element.span),
                ModuleField::Data(data) => (Section::Data, data.span),
                _ => return None,
            };
            (section == self.section).then_some((field, span))
        });
        let (field, span) = own.nth(self.index)?;
        let instruction = self.instruction.and_then(|instruction| match field {
            ModuleField::Func(func) => match &func.kind {
                FuncKind::Inline { expression, .. } => {
                    // The `end` of a body is not written in the text.
                    expression.instr_spans.as_ref()?.get(instruction).copied()
                }
                _ => None,
            },
            _ => None,
        });
        Some(instruction.unwrap_or(span))
    }
}

/// The item of a well-formed module in which a byte lies.
fn item_at(wasm: &[u8], offset: u64) -> Option<Item> {
    let mut bodies = 0;
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        macro_rules! within {
            ($section:ident, $reader:ident) => {
                if $reader.range().contains(&offset) {
                    let items = $reader.into_iter_with_offsets().map_while(Result::ok);
                    let items = items.take_while(|(start, _)| *start <= offset);
                    return Some(Item {
                        section: Section::$section,
                        index: items.count().saturating_sub(1),
                        instruction: None,
                    });
                }
            };
        }
        match payload {
            Payload::TypeSection(types) => within!(Type, types),
            Payload::ImportSection(imports) => within!(Import, imports),
            Payload::FunctionSection(functions) => within!(Function, functions),
            Payload::TableSection(tables) => within!(Table, tables),
            Payload::MemorySection(memories) => within!(Memory, memories),
            Payload::TagSection(tags) => within!(Tag, tags),
            Payload::GlobalSection(globals) => within!(Global, globals),
            Payload::ExportSection(exports) => within!(Export, exports),
            Payload::ElementSection(elements) => within!(Element, elements),
            Payload::DataSection(data) => within!(Data, data),
            Payload::StartSection { range, .. } if range.contains(&offset) => {
                return Some(Item {
                    section: Section::Start,
                    index: 0,
                    instruction: None,
                });
            }
            Payload::CodeSectionEntry(body) => {
                if body.range().contains(&offset) {
                    return Some(Item {
                        section: Section::Function,
                        index: bodies,
                        instruction: instruction_at(&body, offset),
                    });
                }
                bodies += 1;
            }
            _ => {}
        }
    }
    None
}

/// Which instruction of a body a byte belongs to; `None` for its locals.
fn instruction_at(body: &wasmparser::FunctionBody, offset: u64) -> Option<usize> {
    let operators = body.get_operators_reader().ok()?.into_iter_with_offsets();
    let starts = operators.map_while(Result::ok).map(|(_, start)| start);
    starts
        .take_while(|start| *start <= offset)
        .count()
        .checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks where the error is found that lies behind `HERE` in a text.
    #[track_caller]
    fn found(marked: &str) {
        let (before, _) = marked.split_once("HERE").expect("a mark");
        let text = marked.replacen("HERE", "", 1);
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        let wasm = to_binary(text.as_bytes()).unwrap();
        let Err(error) = crate::parse::parse(&wasm) else {
            panic!("valid: {text}");
        };
        let error = locate(text.as_bytes(), &wasm, error);
        assert_eq!(error.location(), Location::Text { line, column }, "{error}");
    }

    #[test]
    fn instructions() {
        found("(module\n (func)\n (func\n  i32.const 1\n  HEREi64.eqz drop))");
        found("(module (func (drop (i64.add (HEREi32.wrap_i64 (f32.const 1)) (i64.const 2)))))");
        found(
            "(module (func (local i32)\n (if (i32.const 1) (then (drop (HEREi32.eqz (f64.const 0)))))))",
        );
    }

    #[test]
    fn bodies_that_end_too_early() {
        found("(module (func)\n (HEREfunc (result i32)))");
    }

    #[test]
    fn fields() {
        found(
            "(module (import \"a\" \"b\" (func)) (func (export \"x\"))\n (HEREexport \"x\" (func 0)))",
        );
        found("(module (global i32 (i32.const 1))\n (HEREglobal i32 (i64.const 1)))");
        found("(module (memory 1) (HEREmemory 70000))");
        found("(module (func (param i32)) (start HERE0))");
        found("(module (func $f) (table 1 funcref)\n (HEREelem (i64.const 0) $f))");
    }
}
