//! An instance's indices and types, as they are in the linked module.

use super::Instance;
use std::collections::HashMap;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{AbstractHeapType, ConstExpr, Encode};
use wasmparser::Operator;

type Result<T> = std::result::Result<T, Error>;

/// The common part of instances.
#[derive(Default)]
pub struct Shared {
    /// True if external references become function references, which a module can make itself.
    pub externs_are_functions: bool,
    /// The initial values of the immutable globals so far, encoded without their `end`.
    pub constants: HashMap<u32, Vec<u8>>,
}

/// Re-encodes what belongs to an instance.
pub struct Remap<'a> {
    pub instance: &'a Instance,
    pub shared: &'a Shared,
}

fn look_up(indices: &[u32], index: u32) -> Result<u32> {
    indices
        .get(index as usize)
        .copied()
        .ok_or(Error::CanonicalizedHeapTypeReference)
}

impl Reencode for Remap<'_> {
    type Error = std::convert::Infallible;

    fn type_index(&mut self, ty: u32) -> Result<u32> {
        Ok(self.instance.types + ty)
    }

    fn function_index(&mut self, function: u32) -> Result<u32> {
        look_up(&self.instance.functions, function)
    }

    fn table_index(&mut self, table: u32) -> Result<u32> {
        look_up(&self.instance.tables, table)
    }

    fn memory_index(&mut self, memory: u32) -> Result<u32> {
        look_up(&self.instance.memories, memory)
    }

    fn global_index(&mut self, global: u32) -> Result<u32> {
        look_up(&self.instance.globals, global)
    }

    fn tag_index(&mut self, tag: u32) -> Result<u32> {
        look_up(&self.instance.tags, tag)
    }

    fn element_index(&mut self, element: u32) -> Result<u32> {
        Ok(self.instance.elements + element)
    }

    fn data_index(&mut self, data: u32) -> Result<u32> {
        Ok(self.instance.data + data)
    }

    fn abstract_heap_type(&mut self, ty: wasmparser::AbstractHeapType) -> Result<AbstractHeapType> {
        Ok(match utils::abstract_heap_type(self, ty) {
            AbstractHeapType::Extern if self.shared.externs_are_functions => AbstractHeapType::Func,
            ty => ty,
        })
    }

    /// Only imported globals can be read in a constant expression, and after linking none is
    /// imported any more: their values take their place.
    fn const_expr(&mut self, expr: wasmparser::ConstExpr<'_>) -> Result<ConstExpr> {
        let mut bytes = Vec::new();
        let mut operators = expr.get_operators_reader();
        while !operators.is_end_then_eof() {
            match operators.read()? {
                Operator::GlobalGet { global_index } => {
                    let global = self.global_index(global_index)?;
                    let value = self.shared.constants.get(&global);
                    bytes.extend(value.ok_or(Error::InvalidConstExpr)?);
                }
                operator => self.instruction(operator)?.encode(&mut bytes),
            }
        }
        Ok(ConstExpr::raw(bytes))
    }
}
