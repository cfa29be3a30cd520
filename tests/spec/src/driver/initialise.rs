//! The code that does what instantiation does, for one instance of several.

use super::Driver;
use crate::link::{Active, Target};
use anyhow::{Context, Result};
use wasm_encoder::{BlockType, Function};

impl Driver {
    /// A function that applies an instance's active segments and calls its start function.
    pub(super) fn initialiser(&mut self, instance: usize) -> Result<u32> {
        let mut body = Function::new([]);
        for active in &self.instances[instance].active {
            self.apply(&mut body, active)?;
        }
        if let Some(start) = self.instances[instance].start {
            body.instructions().call(start);
        }
        Ok(self.procedure(&body))
    }

    /// The same for an instance that cannot be: it stops short of the segment that would trap, and
    /// does not call the start function. What the segments before have written stays.
    pub(super) fn harmless_initialiser(&mut self, instance: usize) -> Result<u32> {
        let mut body = Function::new([]);
        for active in &self.instances[instance].active {
            self.return_unless_it_fits(&mut body, active)?;
            self.apply(&mut body, active)?;
        }
        Ok(self.procedure(&body))
    }

    /// Writes a segment and drops it.
    fn apply(&self, body: &mut Function, active: &Active) -> Result<()> {
        body.raw(active.offset.iter().copied());
        let mut code = body.instructions();
        code.i32_const(0).i32_const(active.len as i32);
        match active.target {
            Target::Table(table) => code
                .table_init(table, active.segment)
                .elem_drop(active.segment),
            Target::Memory(memory) => code
                .memory_init(memory, active.segment)
                .data_drop(active.segment),
        };
        Ok(())
    }

    /// Returns if a segment reaches over the end: if it is longer than what it goes into, or begins
    /// later than that length less its own.
    fn return_unless_it_fits(&self, body: &mut Function, active: &Active) -> Result<()> {
        self.size(body, active.target)?;
        let mut code = body.instructions();
        code.i64_const(active.len.into()).i64_lt_u();
        code.if_(BlockType::Empty).return_().end();

        body.raw(active.offset.iter().copied());
        if !self.is_64_bit(active.target)? {
            body.instructions().i64_extend_i32_u();
        }
        self.size(body, active.target)?;
        let mut code = body.instructions();
        code.i64_const(active.len.into()).i64_sub().i64_gt_u();
        code.if_(BlockType::Empty).return_().end();
        Ok(())
    }

    /// Pushes the size of a table in elements, or of a memory in bytes, as an `i64`.
    fn size(&self, body: &mut Function, target: Target) -> Result<()> {
        let mut code = body.instructions();
        match target {
            Target::Table(table) => code.table_size(table),
            Target::Memory(memory) => code.memory_size(memory),
        };
        if !self.is_64_bit(target)? {
            code.i64_extend_i32_u();
        }
        if let Target::Memory(memory) = target {
            let ty = self.linker.memory_type(memory).context("a memory")?;
            code.i64_const(ty.page_size_log2.unwrap_or(16).into())
                .i64_shl();
        }
        Ok(())
    }

    fn is_64_bit(&self, target: Target) -> Result<bool> {
        Ok(match target {
            Target::Table(table) => self.linker.table_type(table).context("a table")?.table64,
            Target::Memory(memory) => {
                self.linker
                    .memory_type(memory)
                    .context("a memory")?
                    .memory64
            }
        })
    }
}
