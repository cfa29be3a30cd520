//! Validates one function body and notes what it uses.

use super::features;
use crate::Error;
use crate::module::Uses;
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, OperatorsReader,
    ValidatorResources,
};

/// Validates `body`, in one walk with noting what it uses.
pub(super) fn validate(
    to_validate: FuncToValidate<ValidatorResources>,
    body: &FunctionBody,
    allocations: &mut FuncValidatorAllocations,
) -> Result<Uses, Error> {
    let mut validator = to_validate.into_validator(std::mem::take(allocations));
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    let mut uses = Uses::default();
    let mut products = LongProducts::default();
    let mut operators = OperatorsReader::new(reader);
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        validator.op(offset, &operator)?;
        uses.note(&operator);
        products.note(&operator);
    }
    operators.finish()?;
    uses.weight -= products.saved().min(uses.weight);
    *allocations = validator.into_allocations();
    uses.deduplicate();
    Ok(uses)
}

impl Uses {
    fn note(&mut self, operator: &Operator) {
        self.features.add(features::of_operator(operator));
        self.weight += weight(operator);
        self.tail_calls |= matches!(
            operator,
            Operator::ReturnCall { .. }
                | Operator::ReturnCallIndirect { .. }
                | Operator::ReturnCallRef { .. }
        );
        match *operator {
            Operator::Call { function_index } => self.calls.push((function_index, 1)),
            Operator::ReturnCall { function_index } => self.tail_callees.push(function_index),
            Operator::RefFunc { function_index } => self.references.push(function_index),
            Operator::GlobalGet { global_index } => self.globals.push(global_index),
            Operator::GlobalSet { global_index } => {
                self.globals.push(global_index);
                self.globals_set.push(global_index);
            }
            Operator::CallIndirect { table_index, .. }
            | Operator::ReturnCallIndirect { table_index, .. } => self.tables.push(table_index),
            Operator::TableSize { table } => self.tables.push(table),
            Operator::TableGet { table }
            | Operator::TableSet { table }
            | Operator::TableGrow { table }
            | Operator::TableFill { table } => self.table_as_data(table),
            Operator::TableInit { elem_index, table } => {
                self.table_as_data(table);
                self.elements.push(elem_index);
            }
            Operator::TableCopy {
                dst_table,
                src_table,
            } => {
                self.table_as_data(dst_table);
                self.table_as_data(src_table);
            }
            _ => {}
        }
    }

    fn table_as_data(&mut self, table: u32) {
        self.tables.push(table);
        self.tables_as_data.push(table);
    }

    fn deduplicate(&mut self) {
        self.calls.sort_unstable();
        self.calls.dedup_by(|call, first| {
            let is_same = call.0 == first.0;
            first.1 += u32::from(is_same);
            is_same
        });
        self.calls.shrink_to_fit();
        for list in [
            &mut self.tail_callees,
            &mut self.references,
            &mut self.tables,
            &mut self.tables_as_data,
            &mut self.elements,
            &mut self.globals,
            &mut self.globals_set,
        ] {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
    }
}

/// The signs of products of 128 bits, such as compilers' `__multi3`, of which `optimize::wide_multiply` makes one
/// multiplication each half.
#[derive(Default)]
struct LongProducts {
    multiplications: u32,
    /// Halves taken by a mask.
    halves: u32,
    branches: bool,
}

impl LongProducts {
    /// The 64-bit multiplications of one product.
    const PARTS: u32 = 4;
    /// Instructions that go with each: 27 become 9.
    const SAVED: u32 = 18;

    fn note(&mut self, operator: &Operator) {
        match operator {
            Operator::I64Mul => self.multiplications += 1,
            Operator::I64Const { value: 0xffff_ffff } => self.halves += 1,
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Call { .. }
            | Operator::CallIndirect { .. } => self.branches = true,
            _ => {}
        }
    }

    /// The weight to subtract: an estimate, which decides nothing but what is inlined.
    fn saved(&self) -> u32 {
        let products = (self.multiplications / Self::PARTS).min(self.halves / 2);
        match self.branches {
            true => 0,
            false => products * Self::SAVED,
        }
    }
}

/// About how many machine instructions an operator becomes. Locals, constants and labels become
/// operands or nothing.
fn weight(operator: &Operator) -> u32 {
    match operator {
        Operator::LocalGet { .. }
        | Operator::LocalSet { .. }
        | Operator::LocalTee { .. }
        | Operator::I32Const { .. }
        | Operator::I64Const { .. }
        | Operator::F32Const { .. }
        | Operator::F64Const { .. }
        | Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::End
        | Operator::Nop
        | Operator::Drop
        | Operator::I32WrapI64
        | Operator::I64ExtendI32U => 0,
        Operator::Call { .. } | Operator::BrTable { .. } => 4,
        Operator::CallIndirect { .. } | Operator::CallRef { .. } => 8,
        Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => 12,
        _ => 1,
    }
}
