//! Places in the source, for backtraces. What reads them is linked only with programs that have them: they
//! lead to it.

use kiln_abi::lines::{Find, Source};

/// The table and what reads it.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    table: &'static [u8],
    find: Find,
}

impl Lines {
    /// The table that the compiler has made, which begins with the distance to the function.
    ///
    /// # Safety
    ///
    /// `table` must be the symbol `kiln_lines`, of `len` bytes.
    #[cfg(feature = "linked")]
    pub unsafe fn linked(table: &'static i32, len: usize) -> Option<Self> {
        if len == 0 {
            return None;
        }
        let bytes = core::ptr::from_ref(table).cast::<u8>();
        // SAFETY: the caller's promise; the distance is that to the function of this type.
        unsafe {
            let find = bytes.offset(*table as isize);
            Some(Self {
                table: core::slice::from_raw_parts(bytes, len),
                find: core::mem::transmute::<*const u8, Find>(find),
            })
        }
    }

    /// The place that an instruction comes from, or the one so many calls outwards.
    pub fn source(&self, wasm_offset: u32, depth: u32) -> Option<Source<'static>> {
        let mut found = Source::default();
        let Self { table, find } = self;
        find(table.as_ptr(), table.len(), wasm_offset, depth, &mut found).then_some(found)
    }
}

#[cfg(feature = "linked")]
#[unsafe(no_mangle)]
extern "C" fn kiln_find_source(
    table: *const u8,
    len: usize,
    wasm_offset: u32,
    depth: u32,
    found: &mut Source<'static>,
) -> bool {
    // SAFETY: `Lines` gives the table that it has.
    let table = unsafe { core::slice::from_raw_parts(table, len) };
    let source = kiln_abi::lines::Lines(table).source(wasm_offset, depth);
    source.map(|source| *found = source).is_some()
}
