//! The code that compares a result with what is expected.

use crate::link::Linker;
use crate::script::{Action, Outcome, Program};
use crate::value::{Arg, Expected};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::{Function, InstructionSink, RefType, TableType, ValType};

/// The functions and constants that comparisons use.
pub struct Checks {
    host: Option<Host>,
}

/// External values of a host, in a program that has none: functions that give their own number.
/// References cannot be compared, so a result is put into a table and called.
struct Host {
    values: BTreeMap<u32, u32>,
    ty: u32,
    table: u32,
}

impl Checks {
    /// Checks that can name these external values.
    pub fn new(linker: &mut Linker, host_values: &BTreeSet<u32>) -> Self {
        if host_values.is_empty() {
            return Self { host: None };
        }
        let ty = linker.ty(&[], &[ValType::I32]);
        let mut values = BTreeMap::new();
        for &number in host_values {
            let mut body = Function::new([]);
            body.instructions().i32_const(number as i32).end();
            values.insert(number, linker.function(ty, &body));
        }
        linker.refer_to(&values.values().copied().collect::<Vec<_>>());
        let table = linker.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 1,
            maximum: Some(1),
            shared: false,
        });
        Self {
            host: Some(Host { values, ty, table }),
        }
    }

    /// The function that stands for an external value.
    pub fn host_value(&self, number: u32) -> Result<u32> {
        let host = self.host.as_ref().context("no external values")?;
        host.values
            .get(&number)
            .copied()
            .context("no such external value")
    }

    /// Pushes whether local `local` is as expected.
    pub fn matches(
        &self,
        code: &mut InstructionSink<'_>,
        local: u32,
        ty: ValType,
        expected: &Expected,
    ) -> Result<()> {
        match expected {
            Expected::Number { bits, mask } => number(code, local, ty, *bits, *mask)?,
            Expected::Null => {
                code.local_get(local).ref_is_null();
            }
            Expected::NonNull => {
                code.local_get(local).ref_is_null().i32_eqz();
            }
            Expected::Extern(number) => {
                let host = self.host.as_ref().context("no external values")?;
                code.i32_const(0).local_get(local).table_set(host.table);
                code.i32_const(0).call_indirect(host.table, host.ty);
                code.i32_const(*number as i32).i32_eq();
            }
            Expected::Either(cases) => {
                code.i32_const(0);
                for case in cases {
                    self.matches(code, local, ty, case)?;
                    code.i32_or();
                }
            }
        }
        Ok(())
    }
}

/// Pushes whether a number agrees with `bits` in the bits of `mask`.
fn number(
    code: &mut InstructionSink<'_>,
    local: u32,
    ty: ValType,
    bits: u128,
    mask: u128,
) -> Result<()> {
    code.local_get(local);
    match ty {
        ValType::I32 | ValType::F32 => {
            if ty == ValType::F32 {
                code.i32_reinterpret_f32();
            }
            code.i32_const(mask as i32).i32_and();
            code.i32_const(bits as i32).i32_eq();
        }
        ValType::I64 | ValType::F64 => {
            if ty == ValType::F64 {
                code.i64_reinterpret_f64();
            }
            code.i64_const(mask as i64).i64_and();
            code.i64_const(bits as i64).i64_eq();
        }
        ValType::V128 => {
            code.i64x2_extract_lane(0);
            code.i64_const(mask as i64).i64_and();
            code.i64_const(bits as i64).i64_eq();
            code.local_get(local).i64x2_extract_lane(1);
            code.i64_const((mask >> 64) as i64).i64_and();
            code.i64_const((bits >> 64) as i64).i64_eq();
            code.i32_and();
        }
        ValType::Ref(_) => bail!("a number is expected of a reference"),
    }
    Ok(())
}

/// The external values of a host that a program's commands name.
pub fn host_values(program: &Program) -> BTreeSet<u32> {
    let mut values = BTreeSet::new();
    for command in &program.commands {
        if let Action::Invoke { args, .. } = &command.action {
            values.extend(args.iter().filter_map(|arg| match arg {
                Arg::Extern(number) => Some(*number),
                _ => None,
            }));
        }
        if let Outcome::Returns(expected) = &command.outcome {
            for expected in expected {
                add_host_values(expected, &mut values);
            }
        }
    }
    values
}

fn add_host_values(expected: &Expected, values: &mut BTreeSet<u32>) {
    match expected {
        Expected::Extern(number) => {
            values.insert(*number);
        }
        Expected::Either(cases) => {
            for case in cases {
                add_host_values(case, values);
            }
        }
        _ => {}
    }
}
