//! A program around a library: what [`crate::engine`] runs where a command is built as one. It calls
//! the command's `_start` in an instance of its own and ends as an executable would.

use anyhow::{Context, Result, bail};
use std::ffi::{CStr, CString, OsString, c_char, c_void};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::ptr;

/// The argument that makes this test a host; the library's path and its arguments follow.
pub const HOST: &str = "--host-of-library";

/// The library's module, as Kiln calls it unless told otherwise.
const NAME: &str = "module";

const OK: u32 = 0;
const EXIT: u32 = 1;
const TRAP: u32 = 2;

/// A `module_instance`.
type Instance = *mut c_void;

/// Runs the command in a library; its exit status.
pub fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<u8> {
    let library = Library::open(arguments.next().context("no library")?)?;
    // SAFETY: the types are those of the header.
    unsafe {
        let new = library.function::<extern "C" fn(*mut Instance) -> u32>("instance_new")?;
        let arg =
            library.function::<extern "C" fn(Instance, *const c_char) -> u32>("instance_arg")?;
        let start = library.function::<extern "C" fn(Instance) -> u32>("instance_start")?;
        let command = library.function::<extern "C" fn(Instance) -> u32>("_start")?;
        let message =
            library.function::<extern "C" fn(Instance) -> *const c_char>("instance_message")?;
        let exit_code = library.function::<extern "C" fn(Instance) -> u32>("instance_exit_code")?;
        let free = library.function::<extern "C" fn(Instance)>("instance_free")?;

        let mut instance = ptr::null_mut();
        let mut status = new(&mut instance);
        for argument in arguments {
            let argument = CString::new(argument.into_vec())?;
            status = status.max(arg(instance, argument.as_ptr()));
        }
        if status == OK {
            status = start(instance);
        }
        if status == OK {
            status = command(instance);
        }
        let code = match status {
            OK => 0,
            EXIT => exit_code(instance) as u8,
            other => {
                eprintln!("error: {}", CStr::from_ptr(message(instance)).to_str()?);
                if other == TRAP { 134 } else { 1 }
            }
        };
        free(instance);
        Ok(code)
    }
}

struct Library(*mut c_void);

impl Library {
    fn open(path: OsString) -> Result<Self> {
        let path = CString::new(path.as_bytes())?;
        // SAFETY: what Kiln makes runs nothing when it is loaded.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if handle.is_null() {
            // SAFETY: there is an error to tell.
            let error = unsafe { CStr::from_ptr(libc::dlerror()) };
            bail!("{}", error.to_string_lossy());
        }
        Ok(Self(handle))
    }

    /// A function of the library.
    ///
    /// # Safety
    ///
    /// `F` must be the type of a pointer to it.
    unsafe fn function<F: Copy>(&self, name: &str) -> Result<F> {
        let name = CString::new(format!("{NAME}_{name}"))?;
        // SAFETY: the handle is open for good.
        let address = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        if address.is_null() {
            bail!("the library has no function {name:?}");
        }
        // SAFETY: the caller's promise.
        Ok(unsafe { std::mem::transmute_copy(&address) })
    }
}
