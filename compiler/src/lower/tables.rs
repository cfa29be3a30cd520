//! Tables as data: get, set, size, growth, and the bulk operators.

use super::traps::Word;
use super::{Data, Region, Runtime, Translator};
use crate::plan::TablePlace;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use kiln_abi::layout::{TABLE_ELEMENT, TableCell};
use kiln_abi::trap::TrapKind;
use std::mem::offset_of;
use wasmparser::Operator;

impl<'a> Translator<'a> {
    /// Translates an operator on tables; false for any other.
    pub(super) fn table_operator(&mut self, operator: &Operator) -> bool {
        match *operator {
            Operator::TableGet { table } => {
                let element = self.popped_element(table);
                let flags = self.trusted(Region::Table);
                let value = self.ins().load(types::I64, flags, element, 0);
                self.push(value);
            }
            Operator::TableSet { table } => {
                let value = self.pop();
                let element = self.popped_element(table);
                let flags = self.trusted(Region::Table);
                self.ins().store(flags, value, element, 0);
            }
            Operator::TableSize { table } => self.table_size(table),
            Operator::TableGrow { table } => self.table_grow(table),
            Operator::TableFill { table } => self.table_fill(table),
            Operator::TableCopy {
                dst_table,
                src_table,
            } => self.table_copy(dst_table, src_table),
            Operator::TableInit { elem_index, table } => self.table_init(elem_index, table),
            Operator::ElemDrop { elem_index } => {
                let segment = self.plan.elements[elem_index as usize];
                self.drop_segment(segment.len_cell);
            }
            _ => return false,
        }
        true
    }

    pub(super) fn mutable_cell(&self, table: u32) -> u64 {
        match self.plan.tables[table as usize] {
            TablePlace::Mutable { cell } => cell,
            _ => unreachable!("planned: a table used as data is mutable"),
        }
    }

    fn popped_element(&mut self, table: u32) -> Value {
        let index = self.pop();
        let index = self.index64(index);
        self.table_element(table, index, TrapKind::TableOutOfBounds)
    }

    fn table_size(&mut self, table: u32) {
        let len = match self.plan.tables[table as usize] {
            TablePlace::Constant { len, .. } => self.ins().iconst(types::I64, len as i64),
            _ => self.table_len(table),
        };
        let len = self.index_value(len, self.plan.module.tables[table as usize].ty.table64);
        self.push(len);
    }

    fn table_len(&mut self, table: u32) -> Value {
        let cell = self.mutable_cell(table);
        self.load_state(types::I64, cell + offset_of!(TableCell, len) as u64)
    }

    fn table_grow(&mut self, table: u32) {
        let (value, delta) = self.pop2();
        let delta = self.index64(delta);
        let cell = self.state_address(self.mutable_cell(table));
        let instance = self.instance();
        let old = self.call_runtime(Runtime::TableGrow, &[instance, cell, delta, value]);
        let old = self.index_value(old[0], self.plan.module.tables[table as usize].ty.table64);
        self.push(old);
    }

    // Traps unless `start .. start + len` lies in the table; gives the address of `start`, and `len`.
    fn elements(&mut self, table: u32, start: Value, len: Value) -> (Value, Value) {
        let limit = self.table_len(table);
        let kind = TrapKind::TableRangeOutOfBounds;
        let cell = self.mutable_cell(table);
        let (start, len) = self.check_range(start, len, limit, kind, Word::len_of_cell(cell));
        let base = self.load_state(types::I64, cell + offset_of!(TableCell, base) as u64);
        let offset = self.element_bytes(start);
        (self.ins().iadd(base, offset), len)
    }

    fn element_bytes(&mut self, count: Value) -> Value {
        self.ins().ishl_imm_u(count, TABLE_ELEMENT.ilog2() as i64)
    }

    fn table_fill(&mut self, table: u32) {
        let (start, value, len) = self.pop3();
        let (start, len) = (self.index64(start), self.index64(len));
        let (first, len) = self.elements(table, start, len);
        self.call_runtime(Runtime::TableFill, &[first, value, len]);
    }

    fn table_copy(&mut self, to: u32, from: u32) {
        let (target, source, len) = self.pop3();
        let (target, source) = (self.index64(target), self.index64(source));
        let len = self.index64(len);
        let (source, len) = self.elements(from, source, len);
        let (target, len) = self.elements(to, target, len);
        let bytes = self.element_bytes(len);
        self.call_runtime(Runtime::Memmove, &[target, source, bytes]);
    }

    fn table_init(&mut self, segment: u32, table: u32) {
        let (target, source, len) = self.pop3();
        let target = self.index64(target);
        let (source, len) = (self.index64(source), self.index64(len));
        let limit = self.segment_len(self.plan.elements[segment as usize].len_cell);
        let kind = TrapKind::ElementSegmentOutOfBounds;
        let (source, len) = self.check_range(source, len, limit, kind, Word::Value(limit));
        let (target, len) = self.elements(table, target, len);
        let items = self.data_address(Data::Elements(segment));
        let source = self.element_bytes(source);
        let source = self.ins().iadd(items, source);
        let bytes = self.element_bytes(len);
        self.call_runtime(Runtime::Memmove, &[target, source, bytes]);
    }
}
