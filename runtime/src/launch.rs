//! A launch of the program, as the kernel and the compiler hand it over.

use core::ffi::CStr;
use core::ptr;

/// The values that the kernel and the compiler hand over at start-up. The pointers are those the kernel put on
/// the first stack, which stay valid for good.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// Number of arguments.
    pub argc: usize,
    /// The arguments, C strings.
    pub argv: *const *const u8,
    /// The environment, C strings, ended by a null pointer.
    pub envp: *const *const u8,
    /// The baked configuration, in the format of [`kiln_abi::config`].
    pub config: &'static [u8],
    /// The entries that the program around a library gives, in the same format.
    pub given: &'static [u8],
    /// The embedded files, in the format of [`kiln_abi::embed`].
    pub embedded: &'static [u8],
    /// Whoever launches the program has fewer rights than it: see AT_SECURE in getauxval(3).
    pub is_privileged: bool,
}

impl Launch {
    /// A launch with nothing.
    pub const EMPTY: Launch = Launch {
        argc: 0,
        argv: ptr::null(),
        envp: &ptr::null(),
        config: &[],
        given: &[],
        embedded: &[],
        is_privileged: false,
    };

    /// The arguments, the program's name first.
    pub fn arguments(self) -> impl Iterator<Item = &'static [u8]> + Clone {
        // SAFETY: `argv` has `argc` elements.
        (0..self.argc).filter_map(move |index| unsafe { word(self.argv.add(index)) })
    }

    /// The environment, each variable `NAME=VALUE`.
    pub fn variables(self) -> Variables<'static> {
        self.variables_after(b"")
    }

    /// Overwrites with zeros the variables of the environment that `is_needed` does not name.
    ///
    /// # Safety
    ///
    /// The environment must be the kernel's own, on the first stack, and no reference to one of these variables
    /// be in use.
    #[cfg(feature = "standalone")]
    pub unsafe fn wipe_variables(self, is_needed: impl Fn(&[u8]) -> bool) {
        let mut next = self.envp;
        // SAFETY: a null pointer ends the array, and a NUL each string, which the kernel leaves writable.
        unsafe {
            while let Some(variable) = word(next) {
                if !is_needed(variable) {
                    let mut byte = (*next).cast_mut();
                    while *byte != 0 {
                        byte.write_volatile(0);
                        byte = byte.add(1);
                    }
                }
                next = next.add(1);
            }
        }
    }

    /// Returns what follows `prefix` in each variable that begins with it.
    pub fn variables_after(self, prefix: &[u8]) -> Variables<'_> {
        let next = self.envp;
        Variables { next, prefix }
    }
}

/// The rests of the variables of an environment that begin with a prefix.
#[derive(Clone, Debug)]
pub struct Variables<'a> {
    next: *const *const u8,
    prefix: &'a [u8],
}

impl Iterator for Variables<'_> {
    type Item = &'static [u8];

    fn next(&mut self) -> Option<&'static [u8]> {
        loop {
            // SAFETY: `next` has not passed the null pointer that ends the array, and the string ends
            // with a NUL, which is in no prefix.
            unsafe {
                let mut rest = *self.next;
                if rest.is_null() {
                    return None;
                }
                self.next = self.next.add(1);
                let mut prefix = self.prefix.iter();
                loop {
                    match prefix.next() {
                        None => return Some(CStr::from_ptr(rest.cast()).to_bytes()),
                        Some(byte) if *byte == *rest => rest = rest.add(1),
                        Some(_) => break,
                    }
                }
            }
        }
    }
}

/// The string an element of `argv` or `envp` points at; `None` for the null pointer.
///
/// # Safety
///
/// `element` is a valid element of such an array, whose strings stay valid for good.
unsafe fn word(element: *const *const u8) -> Option<&'static [u8]> {
    // SAFETY: the caller's promise.
    unsafe {
        let string = *element;
        (!string.is_null()).then(|| CStr::from_ptr(string.cast()).to_bytes())
    }
}
