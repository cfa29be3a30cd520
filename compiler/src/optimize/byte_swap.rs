//! Makes one instruction of the masks, shifts and rotations by which wasm code reverses bytes.
//!
//! WebAssembly has no byte swap, so compilers write one out: 5 instructions for 32 bits, 21 for 64. The
//! pass does not look for their forms. It follows each byte of a number through `band` with whole bytes,
//! `bor`, and shifts and rotations by whole bytes, back to the number it comes from. Where the bytes come
//! out in reverse, `bswap` takes the place of all that; where zeros take the place of some, as in a swap
//! of 16 bits, `bswap` and a shift do.
//!
//! Soundness: each of these instructions gives every byte of its result as one byte of an operand or as
//! 0, except `bor` of bytes neither of which is 0, where the pass gives up. What gives all bytes of a
//! number from the same places is the same number.
//!
//! Instructions executed by SHA-2: 0.92 (libsodium's `auth7` and `hash`).

use super::values;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{Function, Inst, InstBuilder, InstructionData, Opcode, Value, types};

/// Instructions that bytes are followed through, so that the pass is linear: compilers write 21 for 64
/// bits, and the number itself stands in them 8 times.
const VISITS: u32 = 40;

/// Instructions that are less than a swap is worth.
const WORTH: u32 = 4;

/// Runs the pass. Values are no aliases.
pub(super) fn run(func: &mut Function) {
    let candidates: Vec<Inst> = values::instructions(func)
        .filter(|inst| is_last(func, *inst))
        .collect();
    // The last come first: the number that ends a swap has those within it as operands.
    for inst in candidates.into_iter().rev() {
        let value = func.dfg.first_result(inst);
        let origin = origin(func, value, &mut { VISITS });
        let width = func.dfg.value_type(value).bytes() as usize;
        if let Some(origin) = origin.filter(|origin| origin.steps >= WORTH)
            && let Some(shift) = reversed(origin.bytes, own_bytes(func, origin.root), width)
        {
            replace(func, inst, origin.root, shift);
        }
    }
}

/// Tells if `inst` can be the last instruction of a swap.
fn is_last(func: &Function, inst: Inst) -> bool {
    let InstructionData::Binary { opcode, args } = func.dfg.insts[inst] else {
        return false;
    };
    let is_masked_or = || {
        with_constant(func, opcode, args)
            .is_some_and(|(masked, _)| values::binary(func, masked, Opcode::Bor).is_some())
    };
    let ty = func.dfg.value_type(args[0]);
    (ty == types::I32 || ty == types::I64)
        && (opcode == Opcode::Bor || (opcode == Opcode::Band && is_masked_or()))
}

/// The place in the number it comes from of each byte of a number, the lowest first; `None` where it is 0.
type Bytes = [Option<u8>; 8];

/// The number that the bytes of another come from.
struct Origin {
    root: Value,
    bytes: Bytes,
    /// Instructions on the way.
    steps: u32,
}

/// Follows the bytes of `value`, of 32 or 64 bits; gives up where that takes too many instructions.
fn origin(func: &Function, value: Value, visits: &mut u32) -> Option<Origin> {
    *visits = visits.checked_sub(1)?;
    let value = func.dfg.resolve_aliases(value);
    let itself = Origin {
        root: value,
        bytes: own_bytes(func, value),
        steps: 0,
    };
    let Some(inst) = func.dfg.value_def(value).inst() else {
        return Some(itself);
    };
    let InstructionData::Binary { opcode, args } = func.dfg.insts[inst] else {
        return Some(itself);
    };
    let found = if opcode == Opcode::Bor {
        either(
            origin(func, args[0], visits)?,
            origin(func, args[1], visits)?,
        )
    } else {
        let width = func.dfg.value_type(value).bytes() as usize;
        match with_constant(func, opcode, args).filter(|_| is_move(opcode)) {
            Some((operand, constant)) => {
                let origin = origin(func, operand, visits)?;
                moved(origin.bytes, width, opcode, constant).map(|bytes| Origin {
                    bytes,
                    steps: origin.steps + 1,
                    ..origin
                })
            }
            None => None,
        }
    };
    // What mixes bytes is a number of its own.
    Some(found.unwrap_or(itself))
}

/// The bytes of `value` as a number of its own, without those that its instruction leaves 0.
fn own_bytes(func: &Function, value: Value) -> Bytes {
    let width = func.dfg.value_type(value).bytes() as usize;
    let inst = func.dfg.value_def(value).inst();
    let filled = match inst.map(|inst| func.dfg.insts[inst]) {
        Some(InstructionData::Load { opcode, .. }) => match opcode {
            Opcode::Uload8 => 1,
            Opcode::Uload16 => 2,
            Opcode::Uload32 => 4,
            _ => width,
        },
        Some(InstructionData::Unary {
            opcode: Opcode::Uextend,
            arg,
        }) => func.dfg.value_type(arg).bytes() as usize,
        _ => width,
    };
    std::array::from_fn(|byte| (byte < filled).then_some(byte as u8))
}

/// The operand of an instruction whose other one is a constant, and that.
fn with_constant(func: &Function, opcode: Opcode, args: [Value; 2]) -> Option<(Value, u64)> {
    let [x, y] = args.map(|arg| func.dfg.resolve_aliases(arg));
    let constant = |value| values::constant(func, value).map(|constant| constant as u64);
    match constant(y) {
        Some(constant) => Some((x, constant)),
        None => constant(x)
            .filter(|_| opcode == Opcode::Band)
            .map(|c| (y, c)),
    }
}

fn is_move(opcode: Opcode) -> bool {
    use Opcode::*;
    matches!(opcode, Band | Ishl | Ushr | Rotl | Rotr)
}

/// The bytes of `x | y`.
fn either(x: Origin, y: Origin) -> Option<Origin> {
    let mut bytes = [None; 8];
    for (byte, pair) in bytes.iter_mut().zip(x.bytes.into_iter().zip(y.bytes)) {
        *byte = match pair {
            (Some(_), Some(_)) => return None,
            (x, y) => x.or(y),
        };
    }
    (x.root == y.root).then_some(Origin {
        root: x.root,
        bytes,
        steps: x.steps + y.steps + 1,
    })
}

/// The bytes of a number of `width` bytes behind an instruction with a constant, if it moves them whole.
fn moved(bytes: Bytes, width: usize, opcode: Opcode, constant: u64) -> Option<Bytes> {
    if opcode == Opcode::Band {
        let mut masked = bytes;
        for (byte, mask) in masked.iter_mut().zip(constant.to_le_bytes()).take(width) {
            match mask {
                0 => *byte = None,
                0xff => {}
                _ => return None,
            }
        }
        return Some(masked);
    }
    let bits = constant as usize % (8 * width);
    if !bits.is_multiple_of(8) {
        return None;
    }
    let by = bits / 8;
    let from = |byte: usize| match opcode {
        Opcode::Ishl => byte.checked_sub(by),
        Opcode::Ushr => Some(byte + by).filter(|from| *from < width),
        Opcode::Rotl => Some((byte + width - by) % width),
        Opcode::Rotr => Some((byte + by) % width),
        _ => None,
    };
    Some(std::array::from_fn(|byte| {
        from(byte)
            .filter(|_| byte < width)
            .and_then(|from| bytes[from])
    }))
}

/// A shift that follows a byte swap, in bytes: upwards where it is above 0.
type Shift = i32;

/// The shift behind a byte swap of a number of `own` bytes that gives `bytes`, if one does.
fn reversed(bytes: Bytes, own: Bytes, width: usize) -> Option<Shift> {
    let width = width as Shift;
    let gives = |shift: &Shift| {
        (0..width).all(|byte| {
            let swapped = Some(byte - shift).filter(|swapped| (0..width).contains(swapped));
            bytes[byte as usize] == swapped.and_then(|swapped| own[(width - 1 - swapped) as usize])
        })
    };
    [0].into_iter().chain(1 - width..width).find(gives)
}

fn replace(func: &mut Function, inst: Inst, root: Value, shift: Shift) {
    let mut cursor = FuncCursor::new(func).at_inst(inst);
    cursor.use_srcloc(inst);
    let swapped = cursor.ins().bswap(root);
    let bits = i64::from(8 * shift.abs());
    let result = match shift {
        0 => swapped,
        1.. => cursor.ins().ishl_imm_u(swapped, bits),
        _ => cursor.ins().ushr_imm_u(swapped, bits),
    };
    let value = cursor.func.dfg.first_result(inst);
    cursor.func.dfg.clear_results(inst);
    cursor.func.dfg.change_to_alias(value, result);
    cursor.func.layout.remove_inst(inst);
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Bytes = [Some(0), Some(1), Some(2), Some(3), None, None, None, None];
    const NUMBER: u32 = 0x4433_2211;

    type Operator = fn(u32, u32) -> u32;

    /// The number with these bytes of [`NUMBER`].
    fn number(bytes: Bytes) -> u32 {
        let from = |byte: Option<u8>| byte.map_or(0, |byte| NUMBER.to_le_bytes()[byte as usize]);
        u32::from_le_bytes(std::array::from_fn(|byte| from(bytes[byte])))
    }

    #[test]
    fn bytes_are_moved_as_instructions_do() {
        let operators: [(Opcode, Operator); 4] = [
            (Opcode::Ishl, |x, by| x << (by & 31)),
            (Opcode::Ushr, |x, by| x >> (by & 31)),
            (Opcode::Rotl, |x, by| x.rotate_left(by & 31)),
            (Opcode::Rotr, |x, by| x.rotate_right(by & 31)),
        ];
        for (opcode, operator) in operators {
            for by in (0..80).step_by(8) {
                let bytes = moved(OWN, 4, opcode, by.into()).expect("whole bytes");
                assert_eq!(number(bytes), operator(NUMBER, by), "{opcode} {by}");
                assert_eq!(moved(OWN, 4, opcode, u64::from(by) + 3), None);
            }
        }
        for mask in [0, 0xff, 0xff00_ff00, 0xffff_ffff, u64::MAX] {
            let bytes = moved(OWN, 4, Opcode::Band, mask).expect("whole bytes");
            assert_eq!(number(bytes), NUMBER & mask as u32, "{mask:#x}");
        }
        assert_eq!(moved(OWN, 4, Opcode::Band, 0x0fff), None);
    }

    #[test]
    fn reversed_bytes_are_a_swap_and_a_shift() {
        for shift in -3..=3 {
            let swapped = match shift {
                0.. => NUMBER.swap_bytes() << (8 * shift),
                _ => NUMBER.swap_bytes() >> (-8 * shift),
            };
            let place = |byte: u8| NUMBER.to_le_bytes().iter().position(|b| *b == byte);
            let bytes = std::array::from_fn(|byte| {
                let byte = *swapped.to_le_bytes().get(byte)?;
                place(byte).map(|place| place as u8)
            });
            assert_eq!(reversed(bytes, OWN, 4), Some(shift));
        }
        assert_eq!(reversed(OWN, OWN, 4), None);
        assert_eq!(reversed([None; 8], OWN, 4), None);
    }
}
