//! The guest's linear memory as host functions see it: the only place that turns a guest's pointer
//! into the host's.
//!
//! **Security-critical.** Every access is checked against the memory's length at the moment the
//! host function was called (it can only have grown since). No reference into guest memory is ever
//! made: bytes are copied in and out, or a checked [`Span`] is handed to a system call, so
//! overlapping buffers and other threads' writes are harmless.

use crate::sys::errno::Errno;
use core::ptr;

/// Linear memory at the moment a host function was called.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Address of byte 0.
    pub base: *mut u8,
    /// Its length in bytes.
    pub len: usize,
}

/// A run of bytes known to lie in the memory it was taken from.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    start: *mut u8,
    len: usize,
}

/// A buffer for a scattered read or a gathered write: `struct iovec` of readv(2).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Iovec {
    start: *mut u8,
    len: usize,
}

impl Memory {
    /// The `len` bytes at `pointer`, or `EFAULT`.
    #[inline(always)]
    pub fn span(self, pointer: u32, len: u32) -> Result<Span, Errno> {
        let (offset, len) = (pointer as usize, len as usize);
        if offset + len > self.len {
            return Err(Errno::FAULT);
        }
        Ok(Span {
            start: self.base.wrapping_add(offset),
            len,
        })
    }

    /// The first of `len` bytes at `address`; `None` where they do not all lie inside.
    #[inline]
    pub fn place(self, address: u64, len: usize) -> Option<*mut u8> {
        let address = usize::try_from(address).ok()?;
        let end = address.checked_add(len)?;
        (end <= self.len).then(|| self.base.wrapping_add(address))
    }

    /// Copies out the `N` bytes at `pointer`.
    #[inline]
    pub fn read<const N: usize>(self, pointer: u32) -> Result<[u8; N], Errno> {
        let mut bytes = [0; N];
        self.span(pointer, N as u32)?.copy_to(&mut bytes);
        Ok(bytes)
    }

    /// Copies `bytes` to `pointer`.
    #[inline(always)]
    pub fn write(self, pointer: u32, bytes: &[u8]) -> Result<(), Errno> {
        let len = u32::try_from(bytes.len()).map_err(|_| Errno::FAULT)?;
        self.span(pointer, len)?.copy_from(bytes);
        Ok(())
    }

    /// Copies a 32-bit number to `pointer`.
    #[inline]
    pub fn write_u32(self, pointer: u32, value: u32) -> Result<(), Errno> {
        self.write(pointer, &value.to_le_bytes())
    }

    /// Copies a 64-bit number to `pointer`.
    #[inline]
    pub fn write_u64(self, pointer: u32, value: u64) -> Result<(), Errno> {
        self.write(pointer, &value.to_le_bytes())
    }

    /// The buffers of an `iovec_array` or `ciovec_array`.
    #[inline]
    pub fn buffers(self, array: u32, count: u32) -> Result<Buffers, Errno> {
        let len = count.checked_mul(8).ok_or(Errno::FAULT)?;
        self.span(array, len)?;
        Ok(Buffers {
            memory: self,
            next: array,
            left: count,
        })
    }
}

impl Span {
    /// Address of the first byte, for a system call.
    #[inline]
    pub fn as_ptr(self) -> *mut u8 {
        self.start
    }

    /// Length in bytes.
    #[inline]
    pub fn len(self) -> usize {
        self.len
    }

    /// Tells if it holds no bytes.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Copies its first bytes out, as many as both sides have.
    #[inline]
    pub fn copy_to(self, bytes: &mut [u8]) {
        let len = bytes.len().min(self.len);
        // SAFETY: both sides hold `len` bytes, and the host's lie outside guest memory.
        unsafe { ptr::copy_nonoverlapping(self.start, bytes.as_mut_ptr(), len) };
    }

    /// Copies bytes in, as many as both sides have.
    #[inline]
    pub fn copy_from(self, bytes: &[u8]) {
        let len = bytes.len().min(self.len);
        // SAFETY: both sides hold `len` bytes, and the host's lie outside guest memory.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.start, len) };
    }

    /// Returns what lies after its first `count` bytes; empty if it has no more.
    #[inline]
    pub fn skip(self, count: usize) -> Span {
        let count = count.min(self.len);
        Span {
            start: self.start.wrapping_add(count),
            len: self.len - count,
        }
    }
}

/// The buffers of a guest's array that are not empty, in order, each checked when its turn comes.
#[derive(Clone, Debug)]
pub struct Buffers {
    memory: Memory,
    next: u32,
    left: u32,
}

impl Buffers {
    /// Fills `batch` with the next buffers and says how many there were.
    #[inline]
    pub fn fill(&mut self, batch: &mut Batch) -> Result<usize, Errno> {
        let mut count = 0;
        while self.left > 0 && count < batch.len() {
            let bytes: [u8; 8] = self.memory.read(self.next)?;
            let [pointer, len] = [[0, 1, 2, 3], [4, 5, 6, 7]]
                .map(|i| u32::from_le_bytes(i.map(|i: usize| bytes[i])));
            self.next += 8;
            self.left -= 1;
            let span = self.memory.span(pointer, len)?;
            if !span.is_empty() {
                batch[count] = Iovec::from(span);
                count += 1;
            }
        }
        Ok(count)
    }

    /// Tells if the array has come to its end.
    #[inline]
    pub fn is_done(&self) -> bool {
        self.left == 0
    }
}

/// Buffers that one system call takes. IOV_MAX is 1024; fewer spare the guest's stack.
pub type Batch = [Iovec; 32];

impl Iovec {
    /// No bytes.
    pub const EMPTY: Iovec = Iovec {
        start: ptr::null_mut(),
        len: 0,
    };

    /// Length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Tells if it holds no bytes.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Address of the first byte, for a system call.
    #[inline]
    pub fn as_ptr(&self) -> *mut u8 {
        self.start
    }

    /// The bytes it covers.
    #[inline(always)]
    pub fn span(&self) -> Span {
        Span {
            start: self.start,
            len: self.len,
        }
    }

    /// Takes the first `count` bytes that several cover together off them; how many are left.
    #[inline]
    pub fn advance(buffers: &mut [Iovec], mut count: usize) -> usize {
        let mut left = 0;
        for buffer in buffers {
            let taken = count.min(buffer.len);
            *buffer = buffer.span().skip(taken).into();
            count -= taken;
            left += buffer.len;
        }
        left
    }
}

impl From<Span> for Iovec {
    #[inline]
    fn from(span: Span) -> Self {
        Iovec {
            start: span.start,
            len: span.len,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 64 bytes of memory between two guards.
    fn with_memory(check: impl FnOnce(Memory)) {
        let mut bytes = [0xa5u8; 96];
        check(Memory {
            base: bytes[16..].as_mut_ptr(),
            len: 64,
        });
        assert!(
            bytes[..16]
                .iter()
                .chain(&bytes[80..])
                .all(|&byte| byte == 0xa5)
        );
    }

    #[test]
    fn only_what_lies_inside_is_reached() {
        with_memory(|memory| {
            for (pointer, len, is_inside) in [
                (0, 64, true),
                (63, 1, true),
                (64, 0, true),
                (64, 1, false),
                (65, 0, false),
                (1, 64, false),
                (0, u32::MAX, false),
                (u32::MAX, 1, false),
                (u32::MAX, u32::MAX, false),
            ] {
                let span = memory.span(pointer, len);
                assert_eq!(span.is_ok(), is_inside, "{pointer} {len}");
            }
            assert_eq!(memory.write(60, &[0; 5]), Err(Errno::FAULT));
            assert_eq!(memory.write(60, &[1, 2, 3, 4]), Ok(()));
            assert_eq!(memory.read(60), Ok([1, 2, 3, 4]));
            assert_eq!(memory.read::<5>(60), Err(Errno::FAULT));
        });
    }

    #[test]
    fn buffers_are_checked_one_by_one_and_empty_ones_left_out() {
        with_memory(|memory| {
            let vectors = [[8u32, 4], [64, 0], [0, 64], [64, 1]];
            for (index, vector) in vectors.as_flattened().iter().enumerate() {
                memory.write_u32(index as u32 * 4, *vector).expect("inside");
            }
            let mut batch: Batch = [Iovec::EMPTY; _];
            let mut buffers = memory.buffers(0, 3).expect("inside");
            assert_eq!(buffers.fill(&mut batch), Ok(2));
            assert_eq!([batch[0].len(), batch[1].len()], [4, 64]);
            assert!(buffers.is_done());
            let mut buffers = memory.buffers(0, 4).expect("inside");
            assert_eq!(buffers.fill(&mut batch), Err(Errno::FAULT));
            assert_eq!(Iovec::advance(&mut batch[..2], 7), 61);
            assert_eq!([batch[0].len(), batch[1].len()], [0, 61]);
            assert_eq!(batch[1].as_ptr(), memory.base.wrapping_add(3));
            assert!(memory.buffers(40, 4).is_err());
            assert!(memory.buffers(0, 1 << 29).is_err());
        });
    }
}
