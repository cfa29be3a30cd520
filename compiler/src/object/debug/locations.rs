//! Places of variables: expressions about locals, globals and memory of the module become expressions about
//! registers, stack frames and the addresses of an executable.

use super::Writer;
use super::functions::Instance;
use crate::compile::{Local, LocalPlace};
use crate::dwarf::{EntryId, Slice};
use crate::lower::INSTANCE;
use crate::plan::{Form, GlobalPlace, MemoryBase, Placement};
use gimli::write::{AttributeValue, Expression, Location, LocationList};
use gimli::{self as dw, Operation, Register};
use kiln_abi::layout::MemoryCell;
use std::mem::offset_of;
use std::ops::Range;

/// A step of an expression.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Pushes the value of a local.
    Local(u32),
    /// Pushes the value of a global, of so many bytes, that lies at this offset in the state.
    Global(u64, u8),
    Constant(u64),
    Signed(i64),
    /// Reads the module's memory.
    Read(u8),
    Plain(dw::DwOp),
    /// Ends a piece of so many bytes.
    Piece(u64),
}

/// The places of memory 0 and of the state.
#[derive(Clone, Copy)]
pub(super) enum Base {
    /// In an executable, with byte 0 of the memory and the state at these addresses.
    Constant { memory: u64, state: u64 },
    /// In an instance of a library, whose state has the address of byte 0 at this offset.
    Instance(u64),
}

/// Gives a local where it is held, by its index.
type Locals<'k, 'l> = &'k dyn Fn(u32) -> Option<(&'l Local, LocalPlace)>;

/// An expression that has been read.
struct Steps {
    steps: Vec<Step>,
}

impl<'a> Writer<'a> {
    /// Gives the address of byte 0 of the memory that pointers are to, if it is known.
    pub fn memory_base(&self) -> Option<u64> {
        match self.plan.memories.first()?.base {
            MemoryBase::Constant(base) => Some(base),
            _ => None,
        }
    }

    fn base(&self, variable: EntryId) -> Option<Base> {
        if let (Some(memory), Placement::Constant(state)) =
            (self.memory_base(), self.plan.placement)
        {
            return Some(Base::Constant { memory, state });
        }
        let encoding = self.tree.units[variable.unit as usize].unit.encoding();
        let is_library = self.plan.form == Form::Library && encoding.address_size == 4;
        let cell = self.plan.memories.first()?.cell;
        let base = Base::Instance(cell + offset_of!(MemoryCell, base) as u64);
        is_library.then_some(base)
    }

    /// Translates the place of a variable: in the machine code of `instance`, or anywhere. `is_pointer` has the address
    /// that it holds become one of the executable.
    pub fn location(
        &mut self,
        instance: Option<&Instance>,
        variable: EntryId,
        is_pointer: bool,
    ) -> Option<AttributeValue> {
        use gimli::AttributeValue as Value;
        let base = self.base(variable)?;
        match self.tree.attr(variable, dw::DW_AT_location)? {
            Value::Exprloc(expression) => {
                let steps = self.steps(variable, expression.0)?;
                let Some(instance) = instance else {
                    let places = Vec::new();
                    return Some(AttributeValue::Exprloc(
                        steps.expression(&places, base, is_pointer)?,
                    ));
                };
                let whole = 0..instance.code.bytes.len() as u32;
                if steps.locals(base, is_pointer).is_empty() {
                    let expression = steps.expression(&Vec::new(), base, is_pointer)?;
                    return Some(AttributeValue::Exprloc(expression));
                }
                let list = steps.list(instance, std::slice::from_ref(&whole), base, is_pointer);
                self.location_list(instance, list)
            }
            value => {
                let instance = instance?;
                let mut list = Vec::new();
                for (addresses, expression) in self.tree.locations(variable, value) {
                    let code = instance.places.at(instance.number, &[addresses]);
                    if let Some(steps) = self.steps(variable, expression) {
                        list.extend(steps.list(instance, &code, base, is_pointer));
                    }
                }
                self.location_list(instance, list)
            }
        }
    }

    fn location_list(
        &mut self,
        instance: &Instance,
        list: Vec<(Range<u32>, Expression)>,
    ) -> Option<AttributeValue> {
        if list.is_empty() {
            return None;
        }
        let locations = list.into_iter().map(|(code, data)| Location::StartLength {
            begin: super::functions::address(instance.piece, code.start),
            length: (code.end - code.start).into(),
            data,
        });
        let unit = self.unit(instance.unit);
        let unit = self.out.units.get_mut(unit);
        let list = unit.locations.add(LocationList(locations.collect()));
        Some(AttributeValue::LocationListRef(list))
    }

    /// Reads an expression; `None` for one that is not understood.
    fn steps(&self, of: EntryId, bytes: Slice<'a>) -> Option<Steps> {
        let mut steps = Vec::new();
        self.read_steps(of, bytes, &mut steps)?;
        let version = self.tree.units[of.unit as usize].unit.encoding().version;
        Some(Steps {
            steps: if version < 4 {
                with_values(steps)
            } else {
                steps
            },
        })
    }

    fn read_steps(&self, of: EntryId, bytes: Slice<'a>, steps: &mut Vec<Step>) -> Option<()> {
        let encoding = self.tree.units[of.unit as usize].unit.encoding();
        let mut operations = gimli::Expression(bytes).operations(encoding);
        while let Some(operation) = operations.next().ok()? {
            match operation {
                Operation::Address { address } => {
                    // What the linker dropped.
                    if address == 0 || address >= u64::from(u32::MAX - 1) {
                        return None;
                    }
                    steps.push(Step::Constant(address));
                }
                Operation::FrameOffset { offset } => {
                    let frame = self.frame_base(of)?;
                    let before = steps.len();
                    self.read_steps(of, frame, steps)?;
                    // The local that it lies in, as a value.
                    if let Some(Step::Plain(dw::DW_OP_stack_value)) = steps[before..].last() {
                        steps.pop();
                    }
                    steps.push(Step::Signed(offset));
                    steps.push(Step::Plain(dw::DW_OP_plus));
                }
                Operation::WasmLocal { index } => steps.push(Step::Local(index)),
                Operation::WasmGlobal { index } => steps.push(self.global(index)?),
                Operation::UnsignedConstant { value } => steps.push(Step::Constant(value)),
                Operation::SignedConstant { value } => steps.push(Step::Signed(value)),
                Operation::PlusConstant { value } => {
                    steps.push(Step::Constant(value));
                    steps.push(Step::Plain(dw::DW_OP_plus));
                }
                Operation::Deref { size, .. } => steps.push(Step::Read(size)),
                Operation::Plus => steps.push(Step::Plain(dw::DW_OP_plus)),
                Operation::Minus => steps.push(Step::Plain(dw::DW_OP_minus)),
                Operation::And => steps.push(Step::Plain(dw::DW_OP_and)),
                Operation::StackValue => steps.push(Step::Plain(dw::DW_OP_stack_value)),
                Operation::Piece {
                    size_in_bits,
                    bit_offset: None,
                } => steps.push(Step::Piece(size_in_bits / 8)),
                _ => return None,
            }
        }
        Some(())
    }

    fn global(&self, index: u32) -> Option<Step> {
        match *self.plan.globals.get(index as usize)? {
            GlobalPlace::State(offset) => Some(Step::Global(offset, 4)),
            GlobalPlace::Constant(_) => None,
        }
    }

    /// Finds the expression of the frame of the function that an entry is in.
    fn frame_base(&self, of: EntryId) -> Option<Slice<'a>> {
        let mut entry = of;
        loop {
            entry = self.tree.parent(entry)?;
            if self.tree.tag(entry) == dw::DW_TAG_subprogram {
                break;
            }
        }
        match self.tree.attr(entry, dw::DW_AT_frame_base)? {
            gimli::AttributeValue::Exprloc(expression) => Some(expression.0),
            _ => None,
        }
    }
}

impl Steps {
    /// Lists the locals that the value or the place takes, [`INSTANCE`] among them.
    fn locals(&self, base: Base, is_pointer: bool) -> Vec<u32> {
        let mut locals: Vec<u32> = self
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Local(local) => Some(*local),
                _ => None,
            })
            .collect();
        let is_held = matches!(
            self.steps[..],
            [Step::Local(_), Step::Plain(dw::DW_OP_stack_value)]
        ) && !is_pointer;
        if matches!(base, Base::Instance(_)) && !is_held {
            locals.push(INSTANCE);
        }
        locals.sort_unstable();
        locals.dedup();
        locals
    }

    /// Gives the expressions for parts of `code`, wherever all locals that are needed are known.
    fn list(
        &self,
        instance: &Instance,
        code: &[Range<u32>],
        base: Base,
        is_pointer: bool,
    ) -> Vec<(Range<u32>, Expression)> {
        type Known<'l> = Vec<(u32, (&'l Local, LocalPlace))>;
        let mut parts: Vec<(Range<u32>, Known)> = code
            .iter()
            .map(|range| (range.clone(), Vec::new()))
            .collect();
        for index in self.locals(base, is_pointer) {
            // What is inlined is of the same instance.
            let function = if index == INSTANCE {
                0
            } else {
                instance.number
            };
            let key = (function, index);
            let locals = &instance.code.locals;
            let Ok(found) =
                locals.binary_search_by_key(&key, |local| (local.function, local.index))
            else {
                return Vec::new();
            };
            let local = &locals[found];
            let mut narrower = Vec::new();
            for (range, known) in &parts {
                for (held, place) in &local.places {
                    let common = range.start.max(held.start)..range.end.min(held.end);
                    if common.start < common.end {
                        let mut known = known.clone();
                        known.push((index, (local, *place)));
                        narrower.push((common, known));
                    }
                }
            }
            parts = narrower;
        }
        let expressions = parts.into_iter().filter_map(|(range, known)| {
            let expression = self.expression(&known, base, is_pointer)?;
            Some((range, expression))
        });
        expressions.collect()
    }

    fn expression(
        &self,
        known: &[(u32, (&Local, LocalPlace))],
        base: Base,
        is_pointer: bool,
    ) -> Option<Expression> {
        let local = |index: u32| {
            let mut known = known.iter();
            let (_, local) = known.find(|(known, _)| *known == index)?;
            Some(*local)
        };
        let mut out = Expression::new();
        let mut steps = &self.steps[..];
        while !steps.is_empty() {
            let len = steps.iter().position(|step| matches!(step, Step::Piece(_)));
            let (piece, rest) = steps.split_at(len.unwrap_or(steps.len()));
            let is_whole = len.is_none() && steps.len() == self.steps.len();
            push_piece(&mut out, piece, &local, base, is_pointer && is_whole)?;
            steps = rest;
            if let Some((Step::Piece(size), rest)) = steps.split_first() {
                out.op_piece(*size);
                steps = rest;
            }
        }
        Some(out)
    }
}

/// Marks locals that are a whole variable, or a whole piece of one, as its value. Before DWARF 4 there was no
/// `DW_OP_stack_value`, and a local alone was the value that it holds.
fn with_values(steps: Vec<Step>) -> Vec<Step> {
    let pieces = steps.split_inclusive(|step| matches!(step, Step::Piece(_)));
    let marked = pieces.flat_map(|piece| match *piece {
        [local @ Step::Local(_), ref rest @ ..] if rest.len() <= 1 => {
            let is_alone = rest.iter().all(|step| matches!(step, Step::Piece(_)));
            let value = is_alone.then_some(Step::Plain(dw::DW_OP_stack_value));
            std::iter::once(local)
                .chain(value)
                .chain(rest.iter().copied())
                .collect()
        }
        _ => piece.to_vec(),
    });
    marked.collect()
}

/// Writes the place of a variable or of a piece of it.
fn push_piece(
    out: &mut Expression,
    steps: &[Step],
    local: Locals,
    base: Base,
    is_pointer: bool,
) -> Option<()> {
    let (steps, is_value) = match steps {
        [steps @ .., Step::Plain(dw::DW_OP_stack_value)] => (steps, true),
        // What is nowhere.
        [] => return Some(()),
        _ => (steps, false),
    };
    // Without `DW_OP_stack_value` a local holds the variable's address (LLVM's `TI_LOCAL_INDIRECT`).
    if let ([Step::Local(index)], true, false) = (steps, is_value, is_pointer) {
        match local(*index)?.1 {
            LocalPlace::Register(register) => out.op_reg(Register(register)),
            LocalPlace::Frame(offset) => out.op_fbreg(offset),
        }
        return Some(());
    }
    for step in steps {
        match *step {
            Step::Local(index) => push_local(out, local(index)?)?,
            Step::Global(offset, size) => {
                match base {
                    Base::Constant { state, .. } => out.op_constu(state + offset),
                    Base::Instance(_) => {
                        push_local(out, local(INSTANCE)?)?;
                        out.op_plus_uconst(offset);
                    }
                }
                out.op_deref_size(size);
            }
            Step::Constant(value) => out.op_constu(value),
            Step::Signed(value) => out.op_consts(value),
            Step::Read(size) => {
                add_base(out, base, local)?;
                out.op_deref_size(size.min(8));
            }
            Step::Plain(op) => out.op(op),
            Step::Piece(_) => {}
        }
    }
    if !is_value {
        add_base(out, base, local)?;
        if !is_pointer {
            return Some(());
        }
        out.op_deref_size(4);
    }
    if is_pointer {
        // Null stays null.
        out.op(dw::DW_OP_dup);
        let branch = out.op_bra();
        let skip = out.op_skip();
        let add = out.next_index();
        add_base(out, base, local)?;
        let end = out.next_index();
        out.set_target(branch, add);
        out.set_target(skip, end);
    }
    out.op(dw::DW_OP_stack_value);
    Some(())
}

fn push_local(out: &mut Expression, (held, place): (&Local, LocalPlace)) -> Option<()> {
    match place {
        _ if held.is_vector => return None,
        LocalPlace::Register(register) => {
            out.op_breg(Register(register), 0);
            if held.size == 4 {
                out.op_constu(u32::MAX.into());
                out.op(dw::DW_OP_and);
            }
        }
        LocalPlace::Frame(offset) => {
            out.op_fbreg(offset);
            out.op_deref_size(held.size);
        }
    }
    Some(())
}

/// Makes an address of the module one of the process.
fn add_base(out: &mut Expression, base: Base, local: Locals) -> Option<()> {
    match base {
        Base::Constant { memory, .. } => out.op_constu(memory),
        Base::Instance(offset) => {
            push_local(out, local(INSTANCE)?)?;
            out.op_plus_uconst(offset);
            out.op_deref();
        }
    }
    out.op(dw::DW_OP_plus);
    Some(())
}
