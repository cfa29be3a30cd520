//! The operands of a comparison that led to a trap, read from machine code and registers.
//!
//! A bounds check is `cmp` and a conditional jump to `ud2`. Neither the jump nor `ud2` changes a register,
//! so at the fault the operands are where the comparison had them. The Linux kernel tells of a failed
//! control-flow check in the same way (`arch/x86/kernel/cfi.c`). Code that stored the operands before it
//! trapped would be longer: by 52 % for a program whose every access is checked, by 3.5 % for one of
//! many indirect calls (resvg and QuickJS).
//!
//! The values found are for messages only. A search that fails, or finds operands that could not have
//! trapped, gives nothing.

use super::Registers;

/// Bytes of a block that stores one value and traps: a jump to it leads to a trap not further away.
const TRAPPING_BLOCK: usize = 48;
/// Bytes of a conditional jump with a distance of 32 bits: `0f 8x`, distance.
const JUMP: usize = 6;

/// The conditions of jumps (Intel SDM, volume 2, Jcc): above, below and their like, and unequal.
const BELOW: u8 = 2;
const NOT_BELOW: u8 = 3;
const UNEQUAL: u8 = 5;
const NOT_ABOVE: u8 = 6;
const ABOVE: u8 = 7;

/// Finds the operands of the bounds check that led to the `ud2` behind `code`: what was too large, and
/// the limit. `registers` are numbered as instructions do.
pub fn compared_bounds(code: &[u8], registers: &Registers) -> Option<(u64, u64)> {
    let (condition, before) = jump_to(code, 0)?;
    let (left, right) = operands(before, registers, true)?;
    let (larger, smaller) = match condition {
        ABOVE | NOT_BELOW => (left, right),
        BELOW | NOT_ABOVE => (right, left),
        _ => return None,
    };
    (larger >= smaller).then_some((larger, smaller))
}

/// Finds the operands of the comparison of two types that led to the block with the `ud2` behind `code`:
/// the type that was found and the one that was expected.
pub fn compared_types(code: &[u8], registers: &Registers) -> Option<(u32, u32)> {
    let (condition, before) = jump_to(code, TRAPPING_BLOCK)?;
    let (found, expected) = operands(before, registers, false)?;
    let may_trap = condition == UNEQUAL && found != expected;
    may_trap.then_some((found as u32, expected as u32))
}

/// Finds the jump to the last bytes of `code` or to its end that leads nearest to it. Gives the condition,
/// and the code before the jump; `None` if there are two such jumps, since either may have been taken.
fn jump_to(code: &[u8], last: usize) -> Option<(u8, &[u8])> {
    let (mut nearest, mut least, mut is_only) = (None, last, false);
    for (at, bytes) in code.windows(JUMP).enumerate() {
        let &[0x0f, kind @ 0x80..=0x8f, a, b, c, d] = bytes else {
            continue;
        };
        let target = at + JUMP + u32::from_le_bytes([a, b, c, d]) as usize;
        let Some(distance) = code.len().checked_sub(target) else {
            continue;
        };
        if distance < least || nearest.is_none() && distance == least {
            (nearest, least, is_only) = (Some((kind & 0xf, at)), distance, true);
        } else if distance == least {
            is_only = false;
        }
    }
    let (condition, at) = nearest.filter(|_| is_only)?;
    Some((condition, code.get(..at)?))
}

/// Bytes of the longest comparison: prefix, operation code, ModRM, SIB, displacement, immediate.
const LONGEST: usize = 1 + 1 + 1 + 1 + 4 + 4;

/// The operands of the `cmp` that ends where `code` does, of 64 bits if it is wide, otherwise of 32. The
/// first is compared with the second.
fn operands(code: &[u8], registers: &Registers, is_wide: bool) -> Option<(u64, u64)> {
    let bytes = code.last_chunk()?;
    (1..LONGEST - 1).find_map(|start| decode(bytes, LONGEST - 1 - start, registers, is_wide))
}

/// Decodes a comparison with its operation code at `start` and its end at that of `bytes` (Intel SDM,
/// volume 2, CMP and table 2-2). Forms that Cranelift does not use give nothing.
fn decode(
    bytes: &[u8; LONGEST],
    start: usize,
    registers: &Registers,
    is_wide: bool,
) -> Option<(u64, u64)> {
    let rex = match (*bytes.get(start.checked_sub(1)?)?, is_wide) {
        (prefix @ 0x48..=0x4f, true) | (prefix @ 0x40..=0x47, false) => prefix,
        (_, true) => return None,
        (_, false) => 0,
    };
    let register = |low: u8, bit: u8| registers[usize::from(low & 7 | (rex >> bit & 1) << 3)];
    let (code, modrm) = (*bytes.get(start)?, *bytes.get(start + 1)?);
    let is_extended = (modrm >> 3) & 7 == 7;
    let immediate_len = match code {
        0x39 | 0x3b => 0,
        0x81 if is_extended => 4,
        0x83 if is_extended => 1,
        _ if code == 0x3d && start + 5 == LONGEST => {
            return sized(registers[0], number(bytes, start + 1, 4)?, is_wide);
        }
        _ => return None,
    };
    let (mode, rm) = (modrm >> 6, modrm & 7);
    let mut at = start + 2;
    if mode != 3 && rm == 4 {
        // A SIB byte without an index.
        (bytes.get(at)? & 0x3f == 0x24).then_some(())?;
        at += 1;
    }
    let displacement_len = match mode {
        0 if rm == 5 => 4,
        0 | 3 => 0,
        1 => 1,
        _ => 4,
    };
    let displacement = number(bytes, at, displacement_len)?;
    at += displacement_len;
    let immediate = number(bytes, at, immediate_len)?;
    if at + immediate_len != LONGEST {
        return None;
    }
    let operand = match (mode, rm) {
        (3, _) => register(rm, 0),
        // The block that a comparison of types leads to may have changed a register.
        _ if !is_wide => return None,
        _ => {
            let is_relative = (mode, rm) == (0, 5);
            let end = bytes.as_ptr_range().end.addr() as u64;
            let base = if is_relative { end } else { register(rm, 0) };
            let address = base.wrapping_add(displacement);
            // SAFETY: the comparison has read this address; no register has changed since.
            unsafe { (address as *const u64).read_unaligned() }
        }
    };
    match code {
        0x39 => sized(operand, register(modrm >> 3, 2), is_wide),
        0x3b => sized(register(modrm >> 3, 2), operand, is_wide),
        _ => sized(operand, immediate, is_wide),
    }
}

fn sized(left: u64, right: u64, is_wide: bool) -> Option<(u64, u64)> {
    let mask = if is_wide { u64::MAX } else { 0xffff_ffff };
    Some((left & mask, right & mask))
}

/// A little-endian number of 0, 8 or 32 bits with a sign.
fn number(bytes: &[u8; LONGEST], at: usize, len: usize) -> Option<u64> {
    let bytes = bytes.get(at..)?;
    let number = match len {
        0 => 0,
        1 => i32::from(*bytes.first()? as i8),
        _ => i32::from_le_bytes(*bytes.first_chunk()?),
    };
    Some(i64::from(number) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code with a comparison, a jump by `condition` over 4 bytes to its end.
    fn code(comparison: &[u8], condition: u8) -> std::vec::Vec<u8> {
        let jump = [0x0f, 0x80 | condition, 4, 0, 0, 0];
        [&[0x90; 12], &[0x48][..], comparison, &jump, &[0x90; 4]].concat()
    }

    /// Registers that hold 100 and their number.
    fn registers() -> Registers {
        core::array::from_fn(|number| 100 + number as u64)
    }

    #[test]
    fn registers_are_compared() {
        let above = |bytes: &[u8]| compared_bounds(&code(bytes, 7), &registers());
        // cmp rcx, rax; cmp r13, rdx; cmp rdi, r8 in both forms.
        assert_eq!(above(&[0x48, 0x3b, 0xc8]), Some((101, 100)));
        assert_eq!(above(&[0x4c, 0x3b, 0xea]), Some((113, 102)));
        assert_eq!(above(&[0x49, 0x3b, 0xf8]), None);
        assert_eq!(above(&[0x4c, 0x39, 0xc7]), None);
        let below = |bytes: &[u8]| compared_bounds(&code(bytes, 2), &registers());
        assert_eq!(below(&[0x49, 0x3b, 0xf8]), Some((108, 107)));
        assert_eq!(below(&[0x4c, 0x39, 0xc7]), Some((108, 107)));
    }

    #[test]
    fn constants_are_compared() {
        let not_below = |bytes: &[u8]| compared_bounds(&code(bytes, 3), &registers());
        // cmp rcx, 5; cmp rsi, 0x69; cmp rax, 0x40; cmp r12, 0x41 in the forms they have.
        assert_eq!(not_below(&[0x48, 0x83, 0xf9, 5]), Some((101, 5)));
        assert_eq!(
            not_below(&[0x48, 0x81, 0xfe, 0x69, 0, 0, 0]),
            Some((106, 0x69))
        );
        assert_eq!(not_below(&[0x48, 0x3d, 0x40, 0, 0, 0]), Some((100, 0x40)));
        assert_eq!(not_below(&[0x49, 0x83, 0xfc, 0x41]), Some((112, 0x41)));
    }

    #[test]
    fn memory_is_read_as_the_comparison_read_it() {
        let words = [1, 2, 3, 4u64];
        let mut registers = registers();
        let mut compared = |register: usize, value: u64, bytes: &[u8]| {
            registers[register] = value;
            compared_bounds(&code(bytes, 7), &registers)
        };
        let base = words.as_ptr().addr() as u64;
        // cmp rax, [rcx]; cmp rax, [r12 + 8]; cmp rax, [rbp + 0x100].
        assert_eq!(compared(1, base, &[0x48, 0x3b, 0x01]), Some((100, 1)));
        let with_base = [0x49, 0x3b, 0x44, 0x24, 8];
        assert_eq!(compared(12, base, &with_base), Some((100, 2)));
        let far = [0x48, 0x3b, 0x85, 0, 1, 0, 0];
        assert_eq!(compared(5, base - 0x100 + 16, &far), Some((100, 3)));
        // cmp rax, [rip - 7]: the bytes of the instruction and of the jump.
        let own = [0x48, 0x3b, 0x05, 0xf9, 0xff, 0xff, 0xff];
        let number = u64::from_le_bytes([0x48, 0x3b, 0x05, 0xf9, 0xff, 0xff, 0xff, 0x0f]);
        assert_eq!(compared(0, u64::MAX, &own), Some((u64::MAX, number)));
    }

    #[test]
    fn types_are_compared_in_registers() {
        let differ = |bytes: &[u8]| compared_types(&code(bytes, 5), &registers());
        // cmp ecx, 5; cmp r9d, 0x100; cmp ecx, 0x65; cmp dword [rcx], 5.
        assert_eq!(differ(&[0x83, 0xf9, 5]), Some((101, 5)));
        assert_eq!(differ(&[0x41, 0x81, 0xf9, 0, 1, 0, 0]), Some((109, 0x100)));
        assert_eq!(differ(&[0x83, 0xf9, 0x65]), None);
        assert_eq!(differ(&[0x83, 0x39, 5]), None);
    }

    #[test]
    fn what_is_no_comparison_gives_nothing() {
        let above = |bytes: &[u8]| compared_bounds(&code(bytes, 7), &registers());
        // test rcx, rcx; add rcx, 5; cmp ecx, eax; nothing.
        assert_eq!(above(&[0x48, 0x85, 0xc9]), None);
        assert_eq!(above(&[0x48, 0x83, 0xc1, 5]), None);
        assert_eq!(above(&[0x90, 0x3b, 0xc8]), None);
        assert_eq!(above(&[]), None);
        let far = &code(&[0x48, 0x3b, 0xc8], 7)[..20];
        assert_eq!(compared_bounds(far, &registers()), None);
    }

    #[test]
    fn two_jumps_to_a_trap_leave_it_open() {
        let first = code(&[0x48, 0x3b, 0xc8], 7);
        let second = [0x0f, 0x87, 0, 0, 0, 0];
        let mut both = first[..first.len() - 4].to_vec();
        let jump = both.len() - 4;
        both[jump] = 6;
        both.extend(second);
        assert_eq!(compared_bounds(&both, &registers()), None);
    }

    #[test]
    fn hostile_bytes_are_no_panic() {
        let mut state = 1u32;
        for _ in 0..20_000 {
            let mut bytes = [0u8; LONGEST];
            for byte in &mut bytes {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (state >> 24) as u8;
            }
            let codes = [0x39, 0x3b, 0x3d, 0x81, 0x83];
            for start in 0..LONGEST {
                let mut bytes = bytes;
                bytes[start] = codes[state as usize % codes.len()];
                decode(&bytes, start, &registers(), false);
            }
        }
    }
}
