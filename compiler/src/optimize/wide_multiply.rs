//! Makes one multiplication of the four by which wasm code multiplies 64-bit numbers to 128 bits.
//!
//! WebAssembly without wide arithmetic has no upper half of a product, so compilers write it with
//! halves of 32 bits, as in their `__multi3`: for factors `a` and `b`, each `x` being
//! `x.high << 32 | x.low`,
//!
//! ```text
//! low    = a.low * b.low
//! first  = (low >> 32) + a.high * b.low
//! second = (first & 0xffffffff) + a.low * b.high
//! upper  = a.high * b.high + (first >> 32) + (second >> 32)
//! lower  = second << 32 | low & 0xffffffff
//! ```
//!
//! The pass looks for this, not for a function of some name: `upper` becomes `umulhi a, b`, whatever
//! else is added to it, and `lower` becomes `imul a, b`. Cranelift drops what is no longer used.
//!
//! Soundness: neither sum can wrap, since `(2^32 - 1)^2 + 2^32 - 1 < 2^64`, so that `first` and
//! `second` are what long multiplication carries, and `upper` and `lower` the product's halves. The
//! sum that `upper` is part of is taken apart and put together modulo 2^64, where order is free.
//!
//! A 64×64→128-bit product takes 9 instructions instead of 27.

use super::values;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{Function, Inst, InstBuilder, Opcode, Value, types};

/// The most terms of a sum that are looked at, so that the pass is linear.
const TERMS: usize = 12;

/// The most products whose upper half is looked for at a time, so that the pass is linear. Compilers
/// place both halves of a product close together.
const PRODUCTS: usize = 8;

pub(super) fn run(func: &mut Function) {
    let blocks: Vec<_> = func.layout.blocks().collect();
    for block in blocks {
        // Sums of high halves that an upper half of a product may end with.
        let mut found: Vec<Product> = Vec::new();
        let mut next = func.layout.first_inst(block);
        while let Some(inst) = next {
            next = func.layout.next_inst(inst);
            match opcode(func, inst) {
                Opcode::Ushr => {
                    if let Some(product) = carry(func, func.dfg.first_result(inst)) {
                        if found.len() == PRODUCTS {
                            found.remove(0);
                        }
                        found.push(product);
                    }
                }
                Opcode::Bor if !found.is_empty() => replace_lower(func, inst),
                Opcode::Iadd if !found.is_empty() => replace_upper(func, inst, &found),
                _ => {}
            }
        }
    }
}

/// A product in halves, as far as its last carry.
#[derive(Clone, Copy)]
struct Product {
    factors: (Value, Value),
    /// The product of the low halves.
    low: Value,
    first: Value,
    second: Value,
}

/// The product whose last carry, `second >> 32`, is `value`.
fn carry(func: &Function, value: Value) -> Option<Product> {
    product(func, high(func, value)?)
}

/// The product whose second sum is `value`.
fn product(func: &Function, second: Value) -> Option<Product> {
    let (left, right) = binary(func, second, Opcode::Iadd)?;
    let sum = |first, cross| {
        let (first, (a, b)) = (low(func, first)?, halves(func, cross)?);
        let (left, right) = binary(func, first, Opcode::Iadd)?;
        let lows = |carried, cross| {
            // Crosswise: the factor that was taken high is taken low.
            let carried = (halves(func, cross)? == (b, a)).then(|| high(func, carried))??;
            let (x, y) = binary(func, carried, Opcode::Imul)?;
            let factors = (low(func, x)?, low(func, y)?);
            (factors == (a, b) || factors == (b, a)).then_some(carried)
        };
        let low = lows(left, right).or_else(|| lows(right, left))?;
        Some(Product {
            factors: (a, b),
            low,
            first,
            second,
        })
    };
    sum(left, right).or_else(|| sum(right, left))
}

/// The factors of a product of one's high half with the other's low half, in this order.
fn halves(func: &Function, value: Value) -> Option<(Value, Value)> {
    let (x, y) = binary(func, value, Opcode::Imul)?;
    let in_order = |x, y| Some((high(func, x)?, low(func, y)?));
    in_order(x, y).or_else(|| in_order(y, x))
}

/// Replaces `inst` if it is the lower half of a product.
fn replace_lower(func: &mut Function, inst: Inst) {
    let value = func.dfg.first_result(inst);
    let lower = |func: &Function, shifted, masked| {
        let (second, by) = binary(func, shifted, Opcode::Ishl)?;
        let found = (values::constant(func, by)? == 32).then(|| product(func, second))??;
        (low(func, masked)? == found.low).then_some(found.factors)
    };
    let factors = binary(func, value, Opcode::Bor)
        .and_then(|(x, y)| lower(func, x, y).or_else(|| lower(func, y, x)));
    if let Some((a, b)) = factors {
        func.replace(inst).imul(a, b);
    }
}

/// Replaces `inst` if it is the upper half of one of the products `found`, or a sum with it.
fn replace_upper(func: &mut Function, inst: Inst, found: &[Product]) {
    let mut terms = Vec::new();
    let mut sums = vec![func.dfg.first_result(inst)];
    while let Some(value) = sums.pop() {
        match binary(func, value, Opcode::Iadd) {
            Some((x, y)) if terms.len() + sums.len() + 2 <= TERMS => sums.extend([x, y]),
            _ => terms.push(value),
        }
    }
    for product in found {
        let is_term: [&dyn Fn(Value) -> bool; 3] = [
            &|term| high(func, term) == Some(product.second),
            &|term| high(func, term) == Some(product.first),
            &|term| {
                let factors = binary(func, term, Opcode::Imul);
                let highs = factors.and_then(|(x, y)| Some((high(func, x)?, high(func, y)?)));
                let (a, b) = product.factors;
                highs == Some((a, b)) || highs == Some((b, a))
            },
        ];
        let mut rest = terms.clone();
        let is_upper = is_term.iter().all(|is_term| {
            let at = rest.iter().position(|term| is_term(*term));
            at.map(|at| rest.swap_remove(at)).is_some()
        });
        if is_upper {
            replace_sum(func, inst, product.factors, &rest);
            return;
        }
    }
}

fn replace_sum(func: &mut Function, inst: Inst, (a, b): (Value, Value), rest: &[Value]) {
    let Some((last, rest)) = rest.split_last() else {
        func.replace(inst).umulhi(a, b);
        return;
    };
    let mut cursor = FuncCursor::new(func).at_inst(inst);
    cursor.use_srcloc(inst);
    let mut sum = cursor.ins().umulhi(a, b);
    for term in rest {
        sum = cursor.ins().iadd(sum, *term);
    }
    func.replace(inst).iadd(sum, *last);
}

fn opcode(func: &Function, inst: Inst) -> Opcode {
    func.dfg.insts[inst].opcode()
}

/// The operands of the instruction that gives `value`, if it is this one, on 64-bit integers.
fn binary(func: &Function, value: Value, expected: Opcode) -> Option<(Value, Value)> {
    let is_wide = func.dfg.value_type(value) == types::I64;
    is_wide.then(|| values::binary(func, value, expected))?
}

/// The value that this is the high half of.
fn high(func: &Function, value: Value) -> Option<Value> {
    let (of, by) = binary(func, value, Opcode::Ushr)?;
    (values::constant(func, by)? == 32).then_some(of)
}

/// The value that this is the low half of, extended with zeros.
fn low(func: &Function, value: Value) -> Option<Value> {
    if let Some((x, y)) = binary(func, value, Opcode::Band) {
        let mask = |mask| (values::constant(func, mask)? == 0xffff_ffff).then_some(());
        return mask(y).map(|()| x).or_else(|| mask(x).map(|()| y));
    }
    let wrapped = values::unary(func, value, Opcode::Uextend)?;
    let of = values::unary(func, wrapped, Opcode::Ireduce)?;
    let is_word = func.dfg.value_type(wrapped) == types::I32;
    (is_word && func.dfg.value_type(of) == types::I64).then_some(of)
}
